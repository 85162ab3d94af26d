"""Tables of rewards: a row for each state and stimulus."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from ..hypercube import spins
from .columns import numbers_of, read_columns, some, states_of, stimuli_of

# Columns beside those of the neurons.
OF_TABLES = ("stimulus", "reward", "visits", "low", "high", "first_half", "second_half")


def reward_table(reward: np.ndarray, neurons, stimuli=(), **columns):
    """A reward as a frame: a row for each state and stimulus, a column of 0 or 1 for each neuron.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    neurons : sequence of str
    stimuli : sequence
        Value of each input; empty if there is only one.
    **columns : (2^n, n_inputs) array
        What else to say about each.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        A neuron that is called as another column.
    """
    if both := set(neurons) & {*OF_TABLES, *columns}:
        raise ValueError(f"neurons must not be called as the columns of results, got {some(both)}")
    n_states, n_inputs = reward.shape
    active = (spins(len(neurons)) > 0).astype(int)
    table = pd.DataFrame(np.tile(active, (n_inputs, 1)), columns=list(neurons))
    if len(stimuli):
        table["stimulus"] = np.repeat(np.array(stimuli), n_states)
    for name, values in ({"reward": reward} | columns).items():
        table[name] = values.T.ravel()
    return table


def read_reward_table(path: str | os.PathLike, neurons, stimuli=()) -> np.ndarray:
    """The reward in a file, as :func:`reward_table` writes it; rows may stand in any order.

    Parameters
    ----------
    path : path-like
    neurons, stimuli
        As of :func:`reward_table`.

    Returns
    -------
    (2^n, n_inputs) float

    Raises
    ------
    ValueError
        Columns, states or stimuli that are missing, or there twice; rewards that are not finite.
    OSError
        The file cannot be read.
    """
    path = Path(path)
    columns = read_columns(path).columns
    for name in [*neurons, *(["stimulus"] if len(stimuli) else []), "reward"]:
        if name not in columns:
            raise ValueError(f"{path} has no column {name!r}; it has {some(columns)}")
    n_inputs, inputs = max(1, len(stimuli)), 0
    if len(stimuli):
        found, inputs = stimuli_of(path, "stimulus", columns["stimulus"])
        if len(found) != len(stimuli) or not all(map(_is_same, found, stimuli)):
            raise ValueError(f"{path} must have the stimuli {some(stimuli)}, got {some(found)}")
    active = np.stack([states_of(path, name, columns[name]) == 1 for name in neurons], axis=1)
    place = active @ (1 << np.arange(len(neurons))) * n_inputs + inputs
    n_rows = n_inputs << len(neurons)
    if not np.array_equal(np.sort(place), np.arange(n_rows)):
        raise ValueError(f"{path} must have each of the {n_rows} states and stimuli once")
    values = numbers_of(path, "reward", columns["reward"])
    if not np.isfinite(values).all():
        raise ValueError(f"{path}: column 'reward' must hold finite numbers")
    reward = np.empty(n_rows)
    reward[place] = values
    return reward.reshape(-1, n_inputs)


def _is_same(a, b) -> bool:
    """Whether two stimuli are one, up to the rounding of a printed number."""
    return str(a) == str(b) or (
        not isinstance(a, str) and not isinstance(b, str) and bool(np.isclose(a, b, rtol=1e-6))
    )
