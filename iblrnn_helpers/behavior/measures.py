"""How an agent behaves: accuracy, speed and use of the block, from any agent's Session.

What needs no steps (accuracy, choices) takes a mouse's behaviour, too.  Intervals are 95% over
blocks (:func:`iblrnn_helpers.core.means.group_means`).
Steps include the blank steps at a trial's start.  A time-out is not correct.

Source: Schaeffer et al. 2020, section 3.1, Figs. 2 and 3, and the plots of
its released code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from ..core import checks
from ..core.means import GroupMeans, Quantities, group_means
from ..task.session import Session
from ..task.trials import Behavior
from .trial_means import check_behavior, means, reward_per_step


@dataclass(frozen=True)
class Performance(Quantities):
    """An agent's behaviour in five numbers, each a :class:`GroupMeans` without axes.

    Attributes
    ----------
    correct, timed_out : fraction of trials
    n_steps : steps per trial
    reward_per_trial : total reward / trials
    reward_per_step : total reward / steps
    """

    correct: GroupMeans
    timed_out: GroupMeans
    n_steps: GroupMeans
    reward_per_trial: GroupMeans
    reward_per_step: GroupMeans


@dataclass(frozen=True)
class Outcomes(Quantities):
    """Fractions of trials; the three add up to 1 in every group."""

    correct: GroupMeans
    wrong: GroupMeans
    timed_out: GroupMeans


@dataclass(frozen=True)
class RewardByObservations(Quantities):
    """Both by ``n_observations``, the observations seen before the trial ended.

    Attributes
    ----------
    correct : fraction of trials
    reward_per_step : total reward / total steps
    """

    correct: GroupMeans
    reward_per_step: GroupMeans


@dataclass(frozen=True)
class Recovery(Quantities):
    """A line through the first trials of each block, by ``previous_length``.

    Attributes
    ----------
    slope : change of fraction correct per trial
    intercept : fitted fraction correct in the block's first trial
    """

    slope: GroupMeans
    intercept: GroupMeans


def performance(session: Session) -> Performance:
    """Accuracy, time-outs, steps and reward over all trials."""
    return Performance(
        correct=means(session, "correct"),
        timed_out=means(session, "timed_out"),
        n_steps=means(session, "n_steps"),
        reward_per_trial=means(session, "reward"),
        reward_per_step=reward_per_step(session),
    )


def outcomes_by_strength(session: Session) -> Outcomes:
    """Fractions of correct, wrong and timed-out trials by ``strength`` (Fig. 2a)."""
    return Outcomes(*(means(session, field.name, ["strength"]) for field in fields(Outcomes)))


def steps_by_strength(session: Session) -> GroupMeans:
    """Steps per trial by ``strength``."""
    return means(session, "n_steps", ["strength"])


def chronometric(session: Session) -> GroupMeans:
    """Steps per trial by ``strength``, ``correct`` and ``concordant`` (Figs. 2b and 2c).

    Time-outs count among the trials that were not correct, as in the released code.
    """
    return means(session, "n_steps", ["strength", "correct", "concordant"])


def correct_by_strength(session: Behavior) -> GroupMeans:
    """Fraction correct by ``strength`` and ``concordant`` (Fig. 3a)."""
    return means(session, "correct", ["strength", "concordant"])


def psychometric(session: Behavior) -> GroupMeans:
    """Fraction of right choices, of all choices, by ``signed_strength`` and ``block_side``.

    At strength 0 the stimulus still has a side, but nothing shows it: both
    sides share the group 0.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> at_zero = ibl.psychometric(session).at(signed_strength=0)  # in left and in right blocks
    >>> print(at_zero.mean[0] < 0.5 < at_zero.mean[1])
    True
    """
    return means(session, "right", ["signed_strength", "block_side"])


def correct_by_trial_in_block(session: Behavior, *, strength: float | None = None) -> GroupMeans:
    """Fraction correct by ``trial_in_block``, from 0 (Fig. 3b), of one strength or all."""
    where = None
    if strength is not None:
        check_behavior(session, "strength")
        where = session.trials.of_strength(strength)
    return means(session, "correct", ["trial_in_block"], where=where)


def reward_by_observations(session: Session) -> RewardByObservations:
    """Outcome of the trials that ended after k observations, for each k (Fig. 3c).

    The paper plots "reward rate" against the number of observations, and its
    code computes the fraction of correct actions among trials of that
    length: ``correct`` here.  ``reward_per_step`` is reward over time: all
    that these trials earned (``reward``) over all the steps they took.

    Each agent decides by itself when to act, so for different agents the
    trials of one k are different trials.
    """
    by = ["n_observations"]
    return RewardByObservations(means(session, "correct", by), reward_per_step(session, by))


def correct_by_step(session: Session) -> GroupMeans:
    """Accuracy of a forced choice at each ``step`` within the trial, from 0.

    The choice is the side whose probability is above 1/2; exactly 1/2 counts
    as half correct.  Only trials that lasted to the step contribute, so late
    steps are those of hard trials.
    """
    trial, step = session.row_trial, session.row_step
    p_correct = session.p_right[trial, step]
    p_correct = np.where(session.trials.side[trial] > 0, p_correct, 1 - p_correct)
    right = np.where(p_correct == 0.5, 0.5, p_correct > 0.5)
    axes = {"step": (np.arange(session.trials.params.max_steps), step)}
    return group_means(right, axes, session.trials.block_index[trial], proportion=True)


def recovery_by_previous_block(
    session: Session, *, n_trials: int = 10, bin_width: int = 10
) -> Recovery:
    """How fast accuracy recovers after a block change, by the previous block's length.

    Through the outcomes (1 correct, 0 not) of a block's first trials a line
    is fitted by least squares; slope and intercept are averaged over blocks.
    A block counts if another of its session came before it and if it has
    ``n_trials`` trials.

    Parameters
    ----------
    session : Session
    n_trials : int
        Trials that the line is fitted to, at least 2.
    bin_width : int
        Previous lengths, in trials, are put together in bins of this width
        from the shortest possible block on (the last one takes the rest);
        labels of ``previous_length`` are the middle of each bin.

    Returns
    -------
    Recovery
        Its ``n`` counts blocks, each of which is a cluster of its own.

    Raises
    ------
    ValueError
        If ``n_trials`` or ``bin_width`` is too small or no whole number.
    """
    checks.integer("n_trials", n_trials, low=2)
    checks.integer("bin_width", bin_width, low=1)
    trials = session.trials
    block = trials.block_index
    length = np.bincount(block)
    start = np.cumsum(length) - length
    follows = np.diff(trials.session[start], prepend=-1) == 0
    use = np.flatnonzero(follows & (length >= n_trials))

    x = np.arange(n_trials) - (n_trials - 1) / 2
    correct = session.correct[start[use][:, None] + np.arange(n_trials)]  # (n_blocks, n_trials)
    slope = correct @ x / (x @ x)
    intercept = correct.mean(axis=1) + slope * x[0]

    # Sessions that were cut, or of other laws, may hold lengths that the parameters do not allow.
    low = length.min(initial=trials.params.shortest_block)
    high = length.max(initial=trials.params.longest_block)
    n_bins = max(1, (high - low + 1) // bin_width)  # a shorter remainder joins the last bin
    first = low + bin_width * np.arange(n_bins)
    middles = (first + np.append(first[1:] - 1, high)) / 2
    code = np.minimum((length[use - 1] - low) // bin_width, n_bins - 1)
    axes = {"previous_length": (middles, code)}
    blocks = np.arange(len(use))
    return Recovery(group_means(slope, axes, blocks), group_means(intercept, axes, blocks))


def summary_table(sessions: Mapping[str, Session]):
    """Accuracy, speed, use of the block and reward: a pandas DataFrame with a row for each agent.

    ``low`` and ``high`` are the 95% interval of ``correct`` over blocks.  The columns at zero
    contrast are missing if the task has no strength 0.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> table = ibl.summary_table({"actor": session, "observer": ibl.observe(session)})
    >>> table["timed out"].round(2).to_dict()
    {'actor': 0.18, 'observer': 0.0}
    """
    import pandas as pd

    rows = {}
    for name, session in sessions.items():
        overall = performance(session)
        row = {
            "correct": overall.correct.mean,
            "low": overall.correct.low,
            "high": overall.correct.high,
            "timed out": overall.timed_out.mean,
            "steps per trial": overall.n_steps.mean,
            "reward per trial": overall.reward_per_trial.mean,
            "reward per step": overall.reward_per_step.mean,
        }
        if 0.0 in session.trials.params.strengths:
            at_zero = correct_by_strength(session).at(strength=0.0)
            row["zero contrast, concordant"] = at_zero.at(concordant=True).mean
            row["zero contrast, discordant"] = at_zero.at(concordant=False).mean
        rows[name] = {key: float(value) for key, value in row.items()}
    return pd.DataFrame.from_dict(rows, orient="index")
