"""What of its data would make a fit of RADD wrong in silence: order, place and noise of states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise

import numpy as np

from .closed_form import N_CHUNKS
from .model import rows_with_past

FAR = 3.0  # standard deviations of the mean from 0
NO_MEMORY = 1e-3  # level at which the past must help
# Noise of a share of 0.003 changes a weight of 0.84 to 0.82; a share must be sure, too.
NOISY, CERTAIN = 0.003, 4.0  # share, and standard errors of it
_exact: ContextVar[bool] = ContextVar("exact", default=False)


class ShuffledWarning(UserWarning):
    """The state before does not help to predict the next: rows may be out of order."""


class UncentredWarning(UserWarning):
    """States are far from 0, where the model is centred and starts."""


class NoisyStatesWarning(UserWarning):
    """States have noise of measurement, which biases the regression."""


@contextmanager
def exact_states() -> Iterator[None]:
    """Look for neither noise nor order: states are a network's own, in order and exact."""
    token = _exact.set(True)
    try:
        yield
    finally:
        _exact.reset(token)


def problems(
    z: np.ndarray,
    inputs: np.ndarray,
    lengths: np.ndarray,
    activation: str,
    *,
    centred: bool,
    regresses: bool,
) -> Iterator[tuple[type[UserWarning], str]]:
    """What to warn of before a fit to states (n_rows, M) in the model's coordinates.

    ``centred`` is whether their mean was subtracted, and ``regresses`` whether the fit is, or is
    held to, the closed form.
    """
    if not centred and activation != "relu" and (off := _off_centre(z)) > FAR:
        yield (
            UncentredWarning,
            f"y is up to {off:.3g} standard deviations from 0, around which the model is made and "
            "where it starts: centre=True subtracts the mean",
        )
    if _exact.get():
        return
    drive = np.arctanh(z) if activation == "tanh" else z
    if not _past_helps(z, inputs, drive, lengths):
        yield (
            ShuffledWarning,
            "the state before does not help to predict the next: are the rows shuffled, or is "
            "groups or lengths missing?  (Or the system has no memory.)",
        )
    elif regresses and activation != "relu":
        share, error = noise_share(z, inputs, drive, lengths)
        if max(NOISY, CERTAIN * error) < share < 1:
            yield (
                NoisyStatesWarning,
                f"about {share:.1%} of what predicts the next state looks like noise of "
                "measurement (or like states that y leaves out), and noise biases the regression: "
                'solver="free_running" with never_worse=False does not regress on it, and the more '
                "noise, the longer its horizon must be",
            )


def _off_centre(z: np.ndarray) -> float:
    spread = z.std(axis=0)
    moves = spread > 1e-12 * np.abs(z).max(axis=0)
    return float((np.abs(z.mean(axis=0))[moves] / spread[moves]).max(initial=0))


def _without(columns: np.ndarray, *arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays (n, k) without what columns (n, m) and a constant explain."""
    columns, *centred = (a - a.mean(axis=0) for a in (columns, *arrays))
    square = columns.T @ columns  # much quicker than the columns themselves, and as good here
    return [a - columns @ np.linalg.lstsq(square, columns.T @ a, rcond=None)[0] for a in centred]


def _past_helps(z, inputs, drive, lengths) -> bool:
    """Whether z_{t-1} speaks for the drive at t beyond o_t: an F test of each unit, Bonferroni's.

    If the rows are in random order, it does so with a probability of ``NO_MEMORY`` at most; where
    there are too few rows, nothing is said.
    """
    from scipy.stats import f

    rows = rows_with_past(lengths)
    n_units = z.shape[1]
    n_left = len(rows) - n_units - inputs.shape[1] - 1
    if n_left < 10:
        return True
    before, now = _without(inputs[rows], z[rows - 1], drive[rows])
    explained = before @ np.linalg.lstsq(before.T @ before, before.T @ now, rcond=None)[0]
    left = np.square(now - explained).sum(axis=0)
    least = 1e-24 * np.square(drive[rows]).sum(axis=0)  # rounding
    gained = np.square(explained).sum(axis=0)
    moves = gained + left > least
    ratio = gained[moves] / n_units / (np.maximum(left, least)[moves] / n_left)
    return not moves.any() or f.sf(ratio, n_units, n_left).min() * n_units < NO_MEMORY


def noise_share(
    z: np.ndarray, inputs: np.ndarray, drive: np.ndarray, lengths: np.ndarray
) -> tuple[float, float]:
    """Share of what predicts the next state that is noise of measurement, and its standard error.

    Noise of measurement is new at every step and does not act on the next state, so regression on
    the state before takes less of it than there is.  The state before that, and its input, tell
    the state before apart from its noise: as instruments they give coefficients without that
    bias (Wald 1940; Hausman 1978, Econometrica 46).  The share is 1 - regression / instruments.
    Noise of the system itself is none.  States of the system that are not in z may pass for
    it, or make the share negative, as they do in projections of trained networks to two dimensions.

    Parameters
    ----------
    z, drive : (n_rows, M) float
        States, and f^-1 of them.
    inputs : (n_rows, n_inputs) float
    lengths : (n_sequences,) int

    Returns
    -------
    share, error : float
        Of a jackknife over 20 groups of sequences, or parts of one; NaN if there are too few rows.
    """
    first = np.zeros(len(z), dtype=bool)
    first[np.cumsum(lengths) - lengths] = True
    rows = rows_with_past(lengths)
    rows = rows[~first[rows - 1]]
    n_columns = z.shape[1] + inputs.shape[1]
    if len(rows) < 10 * N_CHUNKS or len(rows) < 4 * n_columns:
        return np.nan, np.nan
    instruments = np.column_stack([z[rows - 2], inputs[rows - 1]])
    before, older, now = _without(inputs[rows], z[rows - 1], instruments, drive[rows])
    group = np.arange(len(rows)) * N_CHUNKS // len(rows)
    if len(lengths) >= N_CHUNKS:  # whole sequences
        sequence = np.repeat(np.arange(len(lengths)), lengths)[rows]
        group = sequence * N_CHUNKS // len(lengths)
    pairs = ((before, before), (older, older), (older, before), (older, now), (before, now))
    edges = np.searchsorted(group, np.arange(N_CHUNKS + 1))
    parts = [slice(*ends) for ends in pairwise(edges)]
    sums = [np.stack([a[part].T @ b[part] for part in parts]) for a, b in pairs]

    def share(*totals) -> float:
        square, of_older, across, older_now, before_now = totals
        plain = np.linalg.lstsq(square, before_now, rcond=None)[0]
        onto = np.linalg.lstsq(of_older, across, rcond=None)[0].T  # before, from what is older
        instrumental = np.linalg.lstsq(onto @ across, onto @ older_now, rcond=None)[0]
        return 1 - np.sum(plain * (square @ plain)) / np.sum(plain * (square @ instrumental))

    whole = share(*(one.sum(axis=0) for one in sums))
    without = [share(*(one.sum(axis=0) - one[k] for one in sums)) for k in range(N_CHUNKS)]
    error = np.sqrt((N_CHUNKS - 1) * np.var(without))
    return float(whole), float(error)
