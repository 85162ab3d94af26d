"""How alike two systems are that heard the same, each answer one number with its interval.

Sums are kept by session, and a session is left out at a time (jackknife), as the numbers are
ratios and extremes of those sums.

Source: Schaeffer et al. 2020, section 3.3.3 and Fig. 8.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.compiled import compiled
from ..core.crossed_effects import jackknife
from ..core.means import Measured
from ..task.session import Session
from .model import window_starts

N_LAGS = 20


def distances(session: Session, states: np.ndarray, *, differences: bool = False) -> np.ndarray:
    """(n_sessions, 20) float: sums over steps of how far states D = 1, ..., 20 steps apart are.

    Parameters
    ----------
    session : Session
    states : (n_rows, n_units) float
    differences : bool
        The norm of the D-th order difference instead, as the released code has it.
    """
    states = np.ascontiguousarray(session.rows_of(states, "states", n_axes=2))
    for lag in range(1, N_LAGS + 1):
        window_starts(session.steps_per_session, lag)  # refuses sessions that are too short
    sums = np.zeros((session.trials.n_sessions, N_LAGS))
    _add_distances(states, session.session_row_start, differences, sums)
    return sums


@compiled(nogil=True)
def _add_distances(states, first_row, differences, sums):
    """Fill ``sums``, a session at a time: its states are few enough to stay at hand for all lags.

    Loops are over steps inside and over units outside, so that they need no reordered sums to be
    quick.
    """
    n_units = states.shape[1]
    for session in range(len(sums)):
        first, n = first_row[session], first_row[session + 1] - first_row[session]
        x = np.empty((n_units, n))
        for t in range(n):
            for unit in range(n_units):
                x[unit, t] = states[first + t, unit]
        for lag in range(1, min(N_LAGS, n - 1) + 1):
            squares = np.zeros(n - lag)
            for unit in range(n_units):
                place = x[unit]
                if differences:
                    for t in range(n - lag):
                        place[t] = place[t + 1] - place[t]
                        squares[t] += place[t] * place[t]
                else:
                    for t in range(n - lag):
                        moved = place[t + lag] - place[t]
                        squares[t] += moved * moved
            for square in squares:
                sums[session, lag - 1] += np.sqrt(square)


def decoherence_gap(
    session: Session, states: np.ndarray, others: np.ndarray, *, differences: bool = False
) -> Measured:
    """Largest relative difference, over 1 to 20 steps, of how far states drift apart (Fig. 8a).

    Parameters
    ----------
    session : Session
    states, others : (n_rows, M) float
        Of two systems that heard the same; differences are relative to ``states``.
    differences
        As for :func:`distances`.
    """
    sums = [distances(session, x, differences=differences) for x in (states, others)]
    return _over_sessions(sums, lambda one, other: np.abs(other / one - 1).max())


def decoherence_rate_gap(
    session: Session, states: np.ndarray, others: np.ndarray, *, differences: bool = False
) -> Measured:
    """The same where lengths differ: each distance over its own value at 20 steps.

    Parameters
    ----------
    session, differences
        As for :func:`distances`.
    states, others : (n_rows, n_units) float
        Of as many units as each has.
    """
    sums = [distances(session, x, differences=differences) for x in (states, others)]

    def gap(n, *totals):
        one, other = (total / n / (total[-1] / n[-1]) for total in totals)
        return np.abs(one - other).max()

    return _over_sessions([_pairs(session), *sums], gap)


def growth(session: Session, states: np.ndarray, *, differences: bool = False) -> Measured:
    """Mean factor by which distances grow per step, from 1 to 20 steps.

    Parameters
    ----------
    session : Session
    states : (n_rows, n_units) float
    differences
        As for :func:`distances`.
    """

    def factor(n, total):
        return (total[-1] / n[-1] / (total[0] / n[0])) ** (1 / (N_LAGS - 1))

    sums = distances(session, states, differences=differences)
    return _over_sessions([_pairs(session), sums], factor)


def explained(session: Session, states: np.ndarray, others: np.ndarray) -> Measured:
    """R2 of one system's states as those of another, of the coordinate that fits worse (Fig. 8b).

    Parameters
    ----------
    session : Session
    states, others : (n_rows, M) float
        1 - (squares of others - states) / (squares of states around their mean).
    """
    start = session.session_row_start[:-1]
    columns = np.square(others - states), states, np.square(states)
    sums = [np.add.reduceat(x, start) for x in columns]

    def worst(n, wrong, total, squares):
        return (1 - wrong / (squares - total**2 / n)).min()

    return _over_sessions([session.steps_per_session, *sums], worst)


def explained_on_average(session: Session, states: np.ndarray, others: np.ndarray) -> Measured:
    """R2 of the mean path: of mean states at the ends of trials, by trial in block and its side.

    Parameters
    ----------
    session : Session
    states, others : (n_rows, M) float
        As for :func:`explained`; all coordinates together.  A mean weighs as many trials as it
        is of.
    """
    trials = session.trials
    position = 2 * trials.trial_in_block + trials.in_right_block
    n_cells, n_sessions = int(position.max()) + 1, trials.n_sessions
    cell = trials.session * n_cells + position
    ends = [x[session.last_rows] for x in (states, others)]
    n, *sums = (
        np.bincount(cell, column, n_sessions * n_cells).reshape(n_sessions, n_cells)
        for column in (np.ones(len(cell)), *ends[0].T, *ends[1].T)
    )

    def share(n, *sums):
        some = n > 0
        paths = np.array(sums)[:, some] / n[some]
        one, other = np.split(paths, 2)
        centre = (one @ n[some] / n.sum())[:, None]
        return (
            1 - (np.square(other - one) @ n[some]).sum() / (np.square(one - centre) @ n[some]).sum()
        )

    return _over_sessions([n, *sums], share)


def tilt(session: Session, states: np.ndarray) -> Measured:
    """How far the second coordinate moves where the first moves by 1: slope of their changes.

    ``states`` are (n_rows, 2) float; every step counts but the first of each session.
    """
    rows = session.changing_rows
    x, y = (states[rows] - states[rows - 1]).T
    of_row = session.trials.session[session.row_trial[rows]]
    sums = [np.bincount(of_row, c) for c in (np.ones(len(x)), x, y, x * x, x * y)]
    return _over_sessions(sums, lambda n, x, y, xx, xy: (n * xy - x * y) / (n * xx - x * x))


def curve_gap(one: Session, other: Session) -> Measured:
    """Largest difference in fraction correct, over strengths, concordant and discordant.

    Parameters
    ----------
    one, other : Session
        Of the same trials.
    """
    trials = one.trials
    _, strength = np.unique(trials.strength, return_inverse=True)
    group = 2 * strength + trials.concordant
    n_groups, n_sessions = int(group.max()) + 1, trials.n_sessions
    cell = trials.session * n_groups + group
    n, gap = (
        np.bincount(cell, x * trials.has_side, n_sessions * n_groups).reshape(n_sessions, n_groups)
        for x in (np.ones(len(cell)), other.correct.astype(float) - one.correct)
    )
    return _over_sessions([n, gap], lambda n, gap: np.abs(gap[n > 0] / n[n > 0]).max())


def _pairs(session: Session) -> np.ndarray:
    """(n_sessions, 20) int: states that are 1, ..., 20 steps apart."""
    return np.maximum(session.steps_per_session[:, None] - np.arange(1, N_LAGS + 1), 0)


def _over_sessions(sums: list[np.ndarray], statistic: Callable[..., float]) -> Measured:
    """A statistic of totals, from their (n_sessions, ...) parts."""
    if len(sums[0]) < 2:
        return Measured(float(statistic(*(x.sum(axis=0) for x in sums))))
    return jackknife(
        lambda use: statistic(*(x[use].sum(axis=0) for x in sums)), np.arange(len(sums[0]))
    ).measured()
