"""Stretches of a few steps, within a sequence, over which a model runs on its own past."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Windows(NamedTuple):
    """Time comes first, so that one step of all windows is one block of memory.

    Attributes
    ----------
    start : (n_windows, M) float
        True states from which the model sets out.
    inputs : (horizon, n_windows, n_inputs) float
    targets : (horizon, n_windows, M) float
        True states after each step.
    cluster : (n_windows,) int
    """

    start: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray
    cluster: np.ndarray


def window_starts(lengths: np.ndarray, horizon: int) -> np.ndarray:
    """(n,) int: rows that are followed by ``horizon`` more of the same sequence.

    Raises
    ------
    ValueError
        If there are none.
    """
    first = np.cumsum(lengths) - lengths
    starts = [np.arange(a, a + n - horizon) for a, n in zip(first, lengths, strict=True)]
    starts = np.concatenate(starts)
    if not len(starts):
        raise ValueError(
            f"horizon must be less than the rows of the longest sequence, {max(lengths)}, "
            f"got {horizon}"
        )
    return starts


def sample_windows(
    states: np.ndarray,
    inputs: np.ndarray,
    lengths: np.ndarray,
    cluster: np.ndarray,
    *,
    horizon: int,
    n_windows: int,
    seed: int,
) -> Windows:
    """Windows with random starts, drawn without replacement, or all if there are no more.

    Sequences of ``horizon`` rows or fewer have no part in them.

    Parameters
    ----------
    states : (n_rows, M) float
    inputs : (n_rows, n_inputs) float
    lengths : (n_sequences,) int
    cluster : (n_rows,) int
    horizon, n_windows, seed : int

    Raises
    ------
    ValueError
        If all sequences are too short.
    """
    starts = window_starts(lengths, horizon)
    if n_windows < len(starts):
        starts = np.random.default_rng(seed).choice(starts, n_windows, replace=False)
    rows = starts + np.arange(1, horizon + 1)[:, None]
    return Windows(states[starts], inputs[rows], states[rows], cluster[starts])
