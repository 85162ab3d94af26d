"""What moves the state along a readout, and how the state moves along it through a block.

Most functions take one number per step, the state's coordinate along some
direction (e.g. a column of :func:`iblrnn_helpers.representations.state_space.task_aligned`).

Source: Schaeffer et al. 2020, section 3.2.2 and Fig. 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..agents.block_filter import block_posterior
from ..core import checks
from ..core.means import GroupMeans, group_means, t_quantile
from ..task.session import Session
from .state_space import StateSpace, in_plane


class Slope(NamedTuple):
    """A straight line through points, with the 95% interval of its slope over clusters."""

    slope: float
    low: float
    high: float
    intercept: float
    r: float


@dataclass(frozen=True)
class Effect:
    """Change of a coordinate within a step, and what came in at that step.

    Attributes
    ----------
    pushed_by : (n_points,) float
    change : (n_points,) float
    line : Slope
        Of ``change`` on ``pushed_by``.
    """

    pushed_by: np.ndarray
    change: np.ndarray
    line: Slope


def slope_over_clusters(x: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> Slope:
    """Least-squares line, whose slope's interval knows that points of a cluster depend.

    Parameters
    ----------
    x, y : (n_points,) float
    cluster : (n_points,) int
        From 0.

    Returns
    -------
    Slope
        ``low`` and ``high`` are NaN if there are fewer than two clusters.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or x is constant.

    Notes
    -----
    With residuals e, the sum over each cluster of ``(x - mean(x)) * e`` is
    what the cluster adds to the error of the slope (Liang & Zeger 1986,
    *Biometrika* 73)::

        variance = C / (C - 1) * sum(cluster sums ** 2) / sum((x - mean(x)) ** 2) ** 2
    """
    x = checks.finite_array("x", x, n_axes=1)
    y = checks.column("y", y, x.shape, np.float64, of="point")
    cluster = checks.column("cluster", cluster, x.shape, np.int64, low=0, of="point")
    if len(x) < 3 or np.ptp(x) == 0:
        raise ValueError("a slope needs at least three points and an x that varies")
    around = x - x.mean()
    squares = around @ around
    slope = around @ y / squares
    intercept = y.mean() - slope * x.mean()
    spread = np.std(y)
    r = slope * np.std(x) / spread if spread > 0 else np.nan
    per_cluster = np.bincount(cluster, around * (y - intercept - slope * x))
    n_clusters = len(np.unique(cluster))
    reach = np.nan
    if n_clusters > 1:
        variance = n_clusters / (n_clusters - 1) * np.sum(per_cluster**2) / squares**2
        reach = t_quantile(n_clusters) * np.sqrt(variance)
    return Slope(*(float(v) for v in (slope, slope - reach, slope + reach, intercept, r)))


def effect_of_observations(session: Session, coordinate: np.ndarray) -> Effect:
    """Change of a coordinate at every step with an observation, on d = o^R - o^L (Fig. 5a, b).

    ``coordinate`` is (n_rows,) float, of the state after every step; its change is from the step
    before.

    Raises
    ------
    ValueError
        If there is not one coordinate for every step.
    """
    rows = session.changing_rows
    rows = rows[session.row_step[rows] >= session.trials.params.n_blank_steps]
    inputs = session.inputs[rows]
    return _effect(session, coordinate, rows, inputs[:, 1] - inputs[:, 0])


def effect_of_feedback(
    session: Session, coordinate: np.ndarray, *, choice: int | None = None
) -> Effect:
    """Change of a coordinate at the first step of a trial, on the feedback r = -1 or +1.

    The change also holds the state's own drift back from the decision.

    Parameters
    ----------
    session : Session
    coordinate : (n_rows,) float
    choice : {-1, 1}, optional
        Only feedback for this choice.  What an action's success says about
        the block depends on the action: +1 after *right* and -1 after *left*
        both mean that the stimulus was on the right.
    """
    rows = _feedback_rows(session)
    if choice is not None:
        if choice not in (-1, 1):
            raise ValueError(f"choice must be -1 or 1, got {choice!r}")
        rows = rows[session.choice[session.row_trial[rows] - 1] == choice]
    return _effect(session, coordinate, rows, session.feedback[rows])


def change_by_feedback(session: Session, coordinate: np.ndarray) -> GroupMeans:
    """Mean change of a coordinate at the first step of a trial, by ``choice`` and ``feedback``.

    Both axes have the labels -1 and 1; trials without a choice are left out.
    """
    rows = _feedback_rows(session)
    choice = session.choice[session.row_trial[rows] - 1]
    axes = {
        "choice": (np.array([-1, 1]), np.where(choice == 0, -1, choice > 0)),
        "feedback": (np.array([-1, 1]), (session.feedback[rows] > 0).astype(int)),
    }
    change, block = _changes(session, coordinate, rows)
    return group_means(change, axes, block)


def _feedback_rows(session: Session) -> np.ndarray:
    rows = session.changing_rows
    return rows[session.row_step[rows] == 0]


def _effect(session: Session, coordinate, rows, pushed_by) -> Effect:
    change, block = _changes(session, coordinate, rows)
    return Effect(pushed_by, change, slope_over_clusters(pushed_by, change, block))


def _changes(session: Session, coordinate, rows) -> tuple[np.ndarray, np.ndarray]:
    """Change of the coordinate within these rows, and the blocks that they belong to."""
    coordinate = session.rows_of(coordinate, "coordinate")
    block = session.trials.block_index[session.row_trial[rows]]
    return coordinate[rows] - coordinate[rows - 1], block


@dataclass(frozen=True)
class ReadoutCoupling:
    """What crosses from one belief to the other: facts that no change of coordinates alters.

    Attributes
    ----------
    push_on_stimulus, push_on_block_plane, push_on_block_full : float
        Change of the stimulus readout, and of the block readout fitted in the
        PC plane and to all units, for one unit of d = o^R - o^L, each in
        standard deviations of that readout over all steps.
    prior_shift : float
        Log odds of *right* before a trial's first observation, mean in right
        blocks minus mean in left blocks.
    """

    push_on_stimulus: float
    push_on_block_plane: float
    push_on_block_full: float
    prior_shift: float


def measure_coupling(session: Session, space: StateSpace) -> ReadoutCoupling:
    """How observations reach the belief about the block, and the block that about the stimulus.

    Raises
    ------
    ValueError
        If the task has no blank steps.
    """
    states = session.recorded_states - space.mean
    readouts = (
        states @ space.stimulus_readout,
        in_plane(space, session.states) @ space.block_in_plane,
        states @ space.block_readout,
    )
    pushes = [effect_of_observations(session, r).line.slope / r.std() for r in readouts]
    n_blank = checks.integer("n_blank_steps", session.trials.params.n_blank_steps, low=1)
    # Probabilities of exactly 0 or 1 have infinite odds.
    p_right = np.clip(session.p_right[:, n_blank - 1], 1e-12, 1 - 1e-12)
    log_odds = np.log(p_right / (1 - p_right))
    right = session.trials.in_right_block
    shift = log_odds[right].mean() - log_odds[~right].mean()
    return ReadoutCoupling(*map(float, pushes), float(shift))


def shift_through(session: Session, space: StateSpace, block_readout: np.ndarray) -> float:
    """Share of the block's shift of the log odds that comes along a block readout.

    From left to right blocks the mean state before a trial's first observation moves by d, and the
    log odds of right by the readout of the stimulus, s, times d.  With b the block readout, a unit
    vector (n_units,), that is (d @ b) (b @ s), along b, and the rest, across it: what would be
    there if b were at a right angle to s.
    """
    n_blank = checks.integer("n_blank_steps", session.trials.params.n_blank_steps, low=1)
    before = session.recorded_states[session.row_start[:-1] + n_blank - 1]
    right = session.trials.in_right_block
    moved = before[right].mean(axis=0) - before[~right].mean(axis=0)
    stimulus = space.stimulus_readout
    block_readout = checks.finite_array(
        "block_readout", block_readout, n_axes=1, n_columns=len(stimulus)
    )
    return float((moved @ block_readout) * (block_readout @ stimulus) / (moved @ stimulus))


@dataclass(frozen=True)
class BlockProjection:
    """The coordinate along the block readout at trial ends, beside the observer's belief (Fig. 5c).

    Attributes
    ----------
    coordinate : (n_trials,) float
    observer : (n_trials,) float
        2 P(b_n = right | s_<=n) - 1, in [-1, 1].
    scale : float
        The one least-squares coefficient by which ``observer`` becomes comparable.
    network_by_trial, observer_by_trial : GroupMeans
        By ``block_side`` and ``trial_in_block`` (from 0), without sessions'
        first blocks; the observer's times ``scale``.
    correlation : float
        Between the two curves by trial in block, towards the block's side,
        each trial weighing by the blocks that reach it.
    interval : (float, float)
        95%, over blocks.
    """

    coordinate: np.ndarray
    observer: np.ndarray
    scale: float
    network_by_trial: GroupMeans
    observer_by_trial: GroupMeans
    correlation: float
    interval: tuple[float, float]

    @property
    def turning_trials(self) -> tuple[float, float]:
        """Trial of a block, from 1, at which network and observer turn to its side, on average.

        Where the mean towards the block's side first crosses 0, interpolated;
        NaN if it does not.
        """
        return _turning_trial(self.network_by_trial), _turning_trial(self.observer_by_trial)

    def towards_block(self):
        """Means of ``network`` and ``observer`` towards the block's side, as a pandas DataFrame.

        One row a trial of the block, from 1; in the observer's units, from -1 to 1.
        """
        import pandas as pd

        curves = _towards(self.network_by_trial), _towards(self.observer_by_trial)
        table = pd.DataFrame(dict(zip(("network", "observer"), curves, strict=True))) / self.scale
        return table.set_axis(table.index + 1)


def _towards(means: GroupMeans) -> np.ndarray:
    """(n_trials_in_block,) float: mean towards the block's side."""
    return (means.at(block_side=1).mean - means.at(block_side=-1).mean) / 2


def _turning_trial(means: GroupMeans) -> float:
    curve = _towards(means)
    positive = np.flatnonzero(curve > 0)
    if not len(positive):
        return float("nan")
    k = positive[0]
    return 1.0 if k == 0 else float(k + curve[k - 1] / (curve[k - 1] - curve[k]))


def block_projection(
    session: Session, coordinate: np.ndarray, *, min_blocks: int = 30
) -> BlockProjection:
    """Compare a coordinate at the end of every trial with the observer's belief about the block.

    Parameters
    ----------
    session : Session
    coordinate : (n_rows,) float
        Along the block readout, of every step.
    min_blocks : int
        The correlation uses the trials of a block that so many blocks reach.

    Raises
    ------
    ValueError
        If there is not one coordinate for every step, it does not vary, or too few blocks.

    Notes
    -----
    The interval is a jackknife over blocks in Fisher's z, arctanh(correlation).
    (Resampling blocks with replacement would add noise to both curves, and
    so shift all resampled correlations below the one that was measured.)
    """
    checks.integer("min_blocks", min_blocks, low=2)
    trials = session.trials
    at_end = session.rows_of(coordinate, "coordinate")[session.last_rows]  # (n_trials,)
    if not np.ptp(at_end) > 0:
        raise ValueError(f"coordinate must vary over trials' ends, got {at_end[0]:g} at all")
    observer = 2 * block_posterior(trials) - 1
    scale = float(at_end @ observer / (observer @ observer))

    later = trials.block > 0  # a session's first block has no block before it
    place = trials.trial_in_block[later]
    _, block = np.unique(trials.block_index[later], return_inverse=True)
    if not len(block) or np.bincount(place).max() < min_blocks:
        raise ValueError(
            f"session must have at least {min_blocks} blocks after sessions' first, "
            f"got {len(np.unique(block))}"
        )
    labels = np.arange(place.max() + 1)
    axes = {
        "block_side": (np.array([-1, 1]), trials.in_right_block[later].astype(int)),
        "trial_in_block": (labels, place),
    }
    by_trial = [group_means(v[later], axes, block) for v in (at_end, scale * observer)]

    n_blocks = block.max() + 1
    towards = trials.block_side[later]
    # By block and trial in it: coordinate, observer, and 1 where the block has such a trial.
    tables = np.zeros((3, n_blocks, len(labels)))
    tables[:, block, place] = (
        at_end[later] * towards,
        observer[later] * towards,
        np.ones(len(block)),
    )
    everyone = np.ones((1, n_blocks))
    (correlation,) = _curve_correlation(tables, everyone, min_blocks)
    without_one = _fisher(_curve_correlation(tables, everyone - np.eye(n_blocks), min_blocks))
    spread = np.sqrt((n_blocks - 1) / n_blocks * np.sum((without_one - without_one.mean()) ** 2))
    reach = t_quantile(n_blocks) * spread
    low, high = np.tanh(_fisher(correlation) + np.array([-reach, reach]))
    interval = float(low), float(high)
    return BlockProjection(at_end, observer, scale, *by_trial, float(correlation), interval)


def _fisher(correlation):
    return np.arctanh(np.clip(correlation, -1 + 1e-15, 1 - 1e-15))


def _curve_correlation(tables, weights, min_blocks):
    """(n_weightings,) correlation of two mean curves, for (n_weightings, n_blocks) weights."""
    used = tables[2].sum(axis=0) >= min_blocks
    one, other, n = (weights @ table[:, used] for table in tables)
    one, other = one / np.maximum(n, 1), other / np.maximum(n, 1)
    share = n / n.sum(axis=1, keepdims=True)
    one = one - np.sum(share * one, axis=1, keepdims=True)
    other = other - np.sum(share * other, axis=1, keepdims=True)
    both = np.sum(share * one * other, axis=1)
    return both / np.sqrt(np.sum(share * one**2, axis=1) * np.sum(share * other**2, axis=1))
