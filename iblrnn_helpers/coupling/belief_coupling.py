"""What a network believes about the block, trial by trial, beside what observers believe.

All beliefs are signed, left -1 to right +1 (a probability p of right becomes 2p - 1), or, for
a network, a coordinate of its state, in units that :func:`scale_of` fits.

Source: Schaeffer et al. 2020, section 3.2.2 and Figs. 5c and 6a.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..agents.block_filter import block_posterior
from ..core import checks
from ..core.means import GroupMeans, Measured, group_means, t_quantile
from ..representations.state_space import StateSpace, task_aligned
from ..task.generative_model import Trials
from ..task.session import Session
from .coupled_observer import coupled_beliefs

READOUTS = ("plane", "full")
MOMENTS = ("trial_end", "after_feedback")


def network_belief(
    session: Session, space: StateSpace, *, readout: str = "plane", moment: str = "trial_end"
) -> np.ndarray:
    """The network's block belief, one number for each trial.

    Parameters
    ----------
    session : Session
        With the network's states.
    space : StateSpace
        Of that network.
    readout : {"plane", "full"}
        ``plane``: along the block readout of the PC plane (as published).  ``full``: along the
        block readout of the full state, which is nearly orthogonal to the stimulus readout.
    moment : {"trial_end", "after_feedback"}
        ``trial_end``: at each trial's last step (as published); the network has not yet heard
        whether it was right.  ``after_feedback``: at the last blank step of the next trial, when
        the feedback has arrived, and no further observation.

    Returns
    -------
    (n_trials,) float
        In units of the state, from its mean.  NaN where there is no next trial.

    Raises
    ------
    ValueError
        If an argument is not what is listed here, the session has no states,
        they are not of this network, or, after the feedback, the task has no blank steps.
    """
    checks.choice("readout", readout, READOUTS)
    checks.choice("moment", moment, MOMENTS)
    states = session.recorded_states
    if states.shape[1] != space.n_units:
        raise ValueError(
            f"session must hold states of {space.n_units} units, got {states.shape[1]}"
        )
    last = session.row_start[1:] - 1
    if moment == "trial_end":
        return _along(space, states[last], readout)
    n_blank = session.trials.params.n_blank_steps
    if n_blank == 0:
        raise ValueError("moment after_feedback needs a task with blank steps, got none")
    followed = np.flatnonzero(np.diff(session.trials.session) == 0)
    belief = np.full(session.n_trials, np.nan)
    belief[followed] = _along(space, states[last[followed] + n_blank], readout)
    return belief


def _along(space: StateSpace, states: np.ndarray, readout: str) -> np.ndarray:
    if readout == "plane":
        return task_aligned(space, states)[:, 1]
    return (states - space.mean) @ space.block_readout


def observer_belief(trials: Trials) -> np.ndarray:
    """(n_trials,) float in [-1, 1]: the Bayesian observer's belief after each trial's side."""
    return 2 * block_posterior(trials) - 1


def coupled_belief(session: Session, *, end_probability: float | None = None) -> np.ndarray:
    """(n_trials,) float in [-1, 1]: the coupled observer's belief at each trial's last step.

    ``end_probability`` as for :func:`iblrnn_helpers.coupling.coupled_observer.coupled_beliefs`.
    """
    beliefs = coupled_beliefs(session, end_probability=end_probability)
    return 2 * beliefs.block[session.row_start[1:] - 1] - 1


def scale_of(belief: np.ndarray, reference: np.ndarray) -> float:
    """How many units of ``belief`` are one unit of ``reference``: one OLS coefficient.

    The least squares of ``belief - scale * reference``, both (n_trials,), without an
    intercept, as in the released code.  The network's belief is the dependent variable because it
    is the one taken to have fluctuations of its own; the other way round they
    would shrink the scale.

    Raises
    ------
    ValueError
        If the two do not go together in sign at all, which leaves no scale.
    """
    check_columns(belief=belief, reference=reference)
    scale = float(reference @ belief) / float(reference @ reference)
    if not scale > 0:
        raise ValueError(f"scale must be above 0: belief must rise with reference, got {scale}")
    return scale


def check_columns(n_trials: int | None = None, **columns) -> None:
    """Raise a ValueError unless each is (n_trials,) finite numbers, not all the same."""
    for name, values in columns.items():
        expected = n_trials if n_trials is not None else len(next(iter(columns.values())))
        if np.shape(values) != (expected,):
            raise ValueError(f"{name} must have shape ({expected},), got {np.shape(values)}")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
        if np.ptp(values) == 0:
            raise ValueError(f"{name} must vary over trials, got only {values[0]}")


# How much the evidence of a trial moves the belief about the block, given the trial's true side.

HISTORY_DEGREE = 3  # of the polynomials, one for each side, in the belief before the trial


@dataclass(frozen=True)
class Coupling:
    """Partial slopes of the block belief, in standard deviations (SD) of that belief over trials.

    Attributes
    ----------
    evidence : Measured
        SD per unit of evidence: the coupling.  0 if evidence counts only through the side.
    side : Measured
        SD from "either side" to "right", the evidence held fixed and the belief before the
        trial undecided: what the trial's side adds to its evidence.
    """

    evidence: Measured
    side: Measured


def coupling(belief: np.ndarray, evidence: np.ndarray, trials: Trials, *, lag: int = 0) -> Coupling:
    """How much a trial's evidence moves the belief, given the trial's side and the belief before.

    Parameters
    ----------
    belief : (n_trials,) float
        After each trial, in any unit, 0 being undecided.  NaN: the trial is left out.
    evidence : (n_trials,) float
    trials : Trials
    lag : int
        Of the belief so many trials later; 0 is right after the trial itself.

    Returns
    -------
    Coupling
        With 95% intervals over blocks.

    Raises
    ------
    ValueError
        If an array is not of the trials' length, lag is negative, there are fewer trials
        than coefficients, or they do not tell evidence, side and history apart.

    Notes
    -----
    Ordinary least squares over trials n, within sessions, with z the belief in SD::

        z[n + lag] = k * evidence[n] + g * side[n] + sum over j = 0..3 of
                     (a[j] + b[j] * side[n]) * z[n - 1] ** j + error        (b[0] = 0)

    The powers leave the course of belief before the trial no way to pass for evidence; an
    observer whose update is a smooth function of belief and side has k = 0.
    Errors of one block may depend on each other (sandwich estimate, clusters are blocks).
    """
    value, influence = _fit(belief, evidence, trials, lag)
    return Coupling(_measured(value[0], influence[:, 0]), _measured(value[1], influence[:, 1]))


def coupling_difference(
    first: np.ndarray, second: np.ndarray, evidence: np.ndarray, trials: Trials
) -> Measured:
    """Slope on the evidence of one belief minus another's, both of the same trials.

    What both owe to the luck of the same trials cancels in the interval.
    Parameters and errors as for :func:`coupling`.
    """
    (one, its), (other, others) = (_fit(b, evidence, trials, 0) for b in (first, second))
    return _measured(one[0] - other[0], its[:, 0] - others[:, 0])


def persistence(
    belief: np.ndarray, evidence: np.ndarray, trials: Trials, lags: Sequence[int]
) -> GroupMeans:
    """The slope of :func:`coupling` on the evidence, this many trials later.

    A mere leak of the stimulus into the readout would be gone with the next trial;
    what is believed of the block stays until further trials overwrite it.

    Returns
    -------
    GroupMeans
        By ``lag``.
    """
    lags = np.array([checks.integer("lags", int(lag), low=0) for lag in lags])
    found = [coupling(belief, evidence, trials, lag=int(lag)).evidence for lag in lags]
    mean = np.array([measured.value for measured in found])
    low, high = np.array([measured.interval or (np.nan, np.nan) for measured in found]).T
    n = np.array([len(_used(np.asarray(belief), trials, int(lag))) for lag in lags])
    return GroupMeans({"lag": lags}, mean, low, high, n)


def change_by_evidence(
    belief: np.ndarray, evidence: np.ndarray, trials: Trials, *, n_bins: int = 8
) -> tuple[np.ndarray, GroupMeans]:
    """Mean change of the belief over a trial, in SD, by the trial's side and evidence.

    Parameters
    ----------
    belief, evidence, trials
        As for :func:`coupling`.
    n_bins : int
        Bins of evidence, each with as many trials of either side.

    Returns
    -------
    centre : (2, n_bins) float
        Mean evidence in each bin, of left trials, then of right ones.
    change : GroupMeans
        By ``side`` and ``bin``.
    """
    belief, evidence = _checked(belief, evidence, trials)
    checks.integer("n_bins", n_bins, low=2)
    used = _used(belief, trials, 0)
    change = (belief[used] - belief[used - 1]) / np.nanstd(belief)
    side, evidence = trials.side[used], evidence[used]
    code = np.zeros(len(used), dtype=np.int64)
    for s in (-1, 1):
        edges = np.quantile(evidence[side == s], np.linspace(0, 1, n_bins + 1)[1:-1])
        code[side == s] = np.searchsorted(edges, evidence[side == s], "right")
    axes = {
        "side": (np.array([-1, 1]), (side > 0).astype(np.int64)),
        "bin": (np.arange(n_bins), code),
    }
    block = trials.block_index[used]
    return group_means(evidence, axes, block).mean, group_means(change, axes, block)


def _checked(belief, evidence, trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    belief = np.asarray(belief, dtype=float)
    if belief.shape != (len(trials),):
        raise ValueError(f"belief must have shape ({len(trials)},), got {belief.shape}")
    evidence = np.asarray(evidence, dtype=float)
    check_columns(len(trials), evidence=evidence)
    present = belief[~np.isnan(belief)]
    check_columns(len(present), belief=present)
    return belief, evidence


def _used(belief: np.ndarray, trials: Trials, lag: int) -> np.ndarray:
    """Trials with a belief before them and one after ``lag`` further trials, in one session."""
    n = np.arange(1, max(len(trials) - lag, 1))
    inside = trials.session[n + lag] == trials.session[n - 1]
    return n[inside & ~np.isnan(belief[n - 1]) & ~np.isnan(belief[n + lag])]


def _fit(belief, evidence, trials: Trials, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, those of evidence and side first, and each block's influence on them."""
    belief, evidence = _checked(belief, evidence, trials)
    checks.integer("lag", lag, low=0)
    used = _used(belief, trials, lag)
    z = belief / np.nanstd(belief)
    side, before = trials.side[used].astype(float), z[used - 1]
    history = [f * before**j for j in range(1, HISTORY_DEGREE + 1) for f in (1, side)]
    design = np.stack([evidence[used], side, np.ones(len(used)), *history], axis=1)
    if len(used) <= design.shape[1]:
        raise ValueError(f"coupling needs more than {design.shape[1]} trials, got {len(used)}")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(
            "evidence, side and the belief before must vary apart from each other: "
            "these trials do not tell them apart"
        )
    inverse = np.linalg.inv(design.T @ design)
    value = inverse @ (design.T @ z[used + lag])
    error = z[used + lag] - design @ value
    per_trial = design * error[:, None] @ inverse
    block = trials.block_index
    n_blocks = block[-1] + 1
    influence = [np.bincount(block[used], column, n_blocks) for column in per_trial.T]
    return value, np.stack(influence, axis=1)


def _measured(value: float, influence: np.ndarray) -> Measured:
    """95% interval from the influence of each block (linearised)."""
    n_blocks = len(influence)
    if n_blocks < 2:
        return Measured(float(value))
    reach = t_quantile(n_blocks) * np.sqrt(n_blocks / (n_blocks - 1) * np.sum(influence**2))
    return Measured(float(value), (float(value - reach), float(value + reach)))
