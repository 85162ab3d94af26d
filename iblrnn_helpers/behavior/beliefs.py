"""What an agent believes before it sees anything, and what exact inference would make of it.

An agent that is less often correct than its observer may know less of the block when a trial
begins, or make less of what it then sees.  An observer that starts every trial from the agent's
own belief tells the two apart.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from ..agents.bayes import stimulus_log_odds
from ..core.crossed_effects import Estimate, estimate_mean
from ..core.logistic import fit_side
from ..core.means import GroupMeans
from ..task.session import Session
from ..task.trials import TrialColumns
from .trial_means import by_trial_in_block

CERTAIN = 1e-9  # probabilities closer to 0 or 1 have no finite log odds in single precision


def right_before(session: Session) -> np.ndarray:
    """(n_trials,) float: the agent's probability of right at each trial's last blank step.

    Raises
    ------
    ValueError
        If the task has no blank steps.
    """
    n_blank = session.trials.params.n_blank_steps
    if not n_blank:
        raise ValueError("n_blank_steps must be at least 1 to ask before an observation, got 0")
    return session.p_right[:, n_blank - 1]


def favours_block(session: Session) -> np.ndarray:
    """(n_trials,) bool: before anything is seen, the likelier side is the block's.

    Raises
    ------
    ValueError
        If the task has no blank steps, or some blocks are unbiased.
    """
    return (right_before(session) > 0.5) == session.trials.in_right_block


def block_known_by_trial(session: Session) -> GroupMeans:
    """Fraction of :func:`favours_block` by ``trial_in_block``, from 0, in blocks after a switch."""
    return by_trial_in_block(favours_block(session), session.trials, session.trials.block > 0)


def from_own_belief(session: Session) -> np.ndarray:
    """What exact inference would choose that starts every trial from the agent's own belief.

    It sees what the agent saw and answers when the agent does, as the Bayesian observer, but
    knows of the past only :func:`right_before`.  That number need not be a calibrated
    probability: the log odds of the side are an affine function of its log odds, fitted by
    logistic regression to all trials.

    Returns
    -------
    (n_trials,) int8
        -1 left, +1 right.

    Raises
    ------
    ValueError
        If the task has no blank steps, or all stimuli are on one side.
    """
    trials, n_seen = session.trials, session.n_observations_seen
    believed = logit(np.clip(right_before(session), CERTAIN, 1 - CERTAIN))[:, None]
    prior = fit_side(believed, trials.side, intercept=True).log_odds(believed)
    seen = np.arange(trials.params.n_observations) < n_seen[:, None]
    evidence = stimulus_log_odds(trials.observations, trials.params, seen=seen)
    log_odds = prior + evidence[np.arange(len(trials)), n_seen - 1]
    return np.where(log_odds > 0, 1, -1).astype(np.int8)


def turning_trial(
    follows: np.ndarray, trials: TrialColumns, where: np.ndarray | None = None
) -> Estimate:
    """The trial after a switch at which more than half follow the new block's side.

    Parameters
    ----------
    follows : (n_trials,) bool
        E.g. of :func:`favours_block`.
    trials : TrialColumns
        A session's first block follows no switch and is left out.
    where : (n_trials,) bool, optional
        Use only these trials.

    Returns
    -------
    Estimate
        Counted from 1, between trials by linear interpolation of the fraction that follows; 1 if
        it is more than half from the start, NaN if it never is.
    """
    after = trials.block > 0 if where is None else (trials.block > 0) & where
    place, value = trials.trial_in_block[after], np.asarray(follows, dtype=float)[after]
    places, which = np.unique(place, return_inverse=True)
    above = np.flatnonzero(np.bincount(which, value) / np.bincount(which) > 0.5)
    if not len(above) or above[0] == 0:
        turned = float(places[0] + 1) if len(above) else np.nan
        return Estimate(turned, np.zeros(trials.block_index.max(initial=0) + 1))
    last, first = places[above[0] - 1], places[above[0]]
    before, there = (
        estimate_mean(follows, trials.block_index, after & (trials.trial_in_block == k))
        for k in (last, first)
    )
    rise = there.value - before.value
    part = (0.5 - before.value) / rise  # of the way
    parts = -(first - last) * ((1 - part) * before.influence + part * there.influence) / rise
    return Estimate(float(1 + last + part * (first - last)), parts)
