"""What of its data would make a fit of RADD wrong in silence: order, place and noise of states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from .chunks import CHUNK, add_products, drive_of, largest, rows_with_past
from .closed_form import N_CHUNKS

FAR = 3.0  # standard deviations of the mean from 0
NO_MEMORY = 1e-3  # level at which the past must help
# Noise of a share of 0.003 changes a weight of 0.84 to 0.82; a share must be sure, too.
NOISY, CERTAIN = 0.003, 4.0  # share, and standard errors of it
Parts = Callable[[], Iterator[tuple[np.ndarray, np.ndarray]]]  # of two arrays, some rows at a time
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
    if not _past_helps(z, inputs, lengths, activation):
        yield (
            ShuffledWarning,
            "the state before does not help to predict the next: are the rows shuffled, or is "
            "groups or lengths missing?  (Or the system has no memory.)",
        )
    elif regresses and activation != "relu":
        share, error = noise_share(z, inputs, lengths, activation)
        if max(NOISY, CERTAIN * error) < share < 1:
            yield (
                NoisyStatesWarning,
                f"about {share:.1%} of what predicts the next state looks like noise of "
                "measurement (or like states that y leaves out), and noise biases the regression: "
                'solver="free_running" with never_worse=False does not regress on it, and the more '
                "noise, the longer its horizon must be",
            )


def _off_centre(z: np.ndarray) -> float:
    mean = z.mean(axis=0)
    parts = (z[k : k + CHUNK] - mean for k in range(0, len(z), CHUNK))
    spread = np.sqrt(sum(np.square(part).sum(axis=0) for part in parts) / len(z))
    moves = spread > 1e-12 * largest(z, 0)
    return float((np.abs(mean)[moves] / spread[moves]).max(initial=0))


def _without(parts: Parts) -> Parts:
    """The second of two arrays (n, m) and (n, k), and what the first and a constant leave of it."""
    n, m, mean = 0, 0, np.zeros(())
    for columns, values in parts():
        n, m = n + len(columns), columns.shape[1]
        mean = mean + np.column_stack([columns, values]).sum(axis=0)
    mean = mean / n
    products = np.zeros(())  # of columns with all: quicker than columns, as good here
    for columns, values in parts():
        both = np.column_stack([columns, values]) - mean
        products = products + both[:, :m].T @ both
    coefficients = np.linalg.lstsq(products[:, :m], products[:, m:], rcond=None)[0]

    def left():
        for columns, values in parts():
            yield values, values - mean[m:] - (columns - mean[:m]) @ coefficients

    return left


def _past_helps(z, inputs, lengths, activation) -> bool:
    """Whether z_{t-1} speaks for the drive at t beyond o_t: an F test of each unit, Bonferroni's.

    If the rows are in random order, it does so with a probability of ``NO_MEMORY`` at most; where
    there are too few rows, nothing is said.
    """
    from scipy.stats import f

    m = z.shape[1]
    n_left = int(np.sum(lengths - 1)) - m - inputs.shape[1] - 1
    if n_left < 10:
        return True

    def parts():
        for rows in rows_with_past(lengths):
            drive = drive_of(z[rows], activation)
            yield inputs[rows], np.column_stack([z[rows - 1], drive])

    both = _without(parts)
    products = sum((part[:, :m].T @ part for _, part in both()), np.zeros(()))
    coefficients = np.linalg.lstsq(products[:, :m], products[:, m:], rcond=None)[0]
    left, least, gained = np.zeros((3, m))
    for values, part in both():
        explained = part[:, :m] @ coefficients
        left += np.square(part[:, m:] - explained).sum(axis=0)
        least += 1e-24 * np.square(values[:, m:]).sum(axis=0)  # rounding
        gained += np.square(explained).sum(axis=0)
    moves = gained + left > least
    ratio = gained[moves] / m / (np.maximum(left, least)[moves] / n_left)
    return not moves.any() or f.sf(ratio, m, n_left).min() * m < NO_MEMORY


def noise_share(
    z: np.ndarray, inputs: np.ndarray, lengths: np.ndarray, activation: str
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
    z : (n_rows, M) float
        States, in the model's coordinates.
    inputs : (n_rows, n_inputs) float
    lengths : (n_sequences,) int
    activation : {"tanh", "identity"}

    Returns
    -------
    share, error : float
        Of a jackknife over 20 groups of sequences, or parts of one; NaN if there are too few rows.
    """
    m, n_columns = z.shape[1], z.shape[1] + inputs.shape[1]
    n_rows = int(np.sum(np.maximum(lengths - 2, 0)))
    if n_rows < 10 * N_CHUNKS or n_rows < 4 * n_columns:
        return np.nan, np.nan

    def parts():
        for rows in rows_with_past(lengths, 2):
            instruments = [z[rows - 2], inputs[rows - 1]]
            drive = drive_of(z[rows], activation)
            yield inputs[rows], np.column_stack([z[rows - 1], *instruments, drive])

    products = np.zeros((N_CHUNKS, 2 * m + n_columns, 2 * m + n_columns))
    done, ends = 0, np.cumsum(lengths)
    for rows, (_, part) in zip(rows_with_past(lengths, 2), _without(parts)(), strict=True):
        group = (done + np.arange(len(rows))) * N_CHUNKS // n_rows
        if len(lengths) >= N_CHUNKS:  # whole sequences
            group = np.searchsorted(ends, rows, side="right") * N_CHUNKS // len(lengths)
        add_products(products, group, part, part)
        done += len(rows)
    before, older, now = np.split(np.arange(2 * m + n_columns), [m, m + n_columns])
    pairs = ((before, before), (older, older), (older, before), (older, now), (before, now))
    sums = [products[:, a[:, None], b] for a, b in pairs]

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
