"""Speed against accuracy: what any rule of stopping makes of a posterior, and who is where on it.

In the plane of steps per trial and fraction correct an agent is a point, an ideal observer
that can stop by different rules is a curve, and all points of one reward per step lie on a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from ..agents.bayes import stimulus_log_odds
from ..behavior.trial_means import check_session, paired_difference
from ..core import checks
from ..core.crossed_effects import Estimate, estimate_mean
from ..core.means import GroupMeans, group_means
from ..task.agent import Agent
from ..task.generative_model import TaskParams, Trials
from ..task.rollouts import rollout
from ..task.session import Session
from .stopping_rules import StoppingRule, at_speed, confidence


@dataclass(frozen=True)
class Frontier:
    """Speed, accuracy and reward of one observer under different rules, from quick to slow.

    Attributes
    ----------
    setting : (n_settings,) float
        Of the rule: a threshold, or what a step is charged.
    n_steps, correct, reward_per_trial, reward_per_step : (n_settings,) float
        Means over trials; reward per step is total reward over total steps.
    """

    setting: np.ndarray
    n_steps: np.ndarray
    correct: np.ndarray
    reward_per_trial: np.ndarray
    reward_per_step: np.ndarray

    def correct_at(self, n_steps: float) -> float:
        """Fraction correct at so many steps per trial, on the line between neighbours.

        An observer that mixes the two rules gets just that.

        Raises
        ------
        ValueError
            If no two rules are on either side.
        """
        checks.number("n_steps", n_steps, low=self.n_steps[0], high=self.n_steps[-1])
        return float(np.interp(n_steps, self.n_steps, self.correct))


def frontier(sessions: Mapping[float, Session]) -> Frontier:
    """Where the sessions of one observer under different rules lie.

    Parameters
    ----------
    sessions : dict of setting to Session

    Raises
    ------
    ValueError
        If there is no session.
    """
    if not sessions:
        raise ValueError("sessions must hold at least one session, got none")
    rows = []
    for setting, session in sessions.items():
        check_session(session)
        earned, steps = session.reward, session.n_steps
        per_step = earned.sum() / steps.sum()
        rows.append((setting, steps.mean(), session.correct.mean(), earned.mean(), per_step))
    return Frontier(*np.transpose(sorted(rows, key=lambda row: row[1])))


def correct_at_rate(params: TaskParams, rate: float, n_steps: np.ndarray) -> np.ndarray:
    """Fraction correct at which trials of so many steps earn ``rate`` per step.

    A trial earns 2 * correct - 1, and the waiting penalty for every observation but the
    last.  So in the plane of speed and accuracy, equal reward per step is a line.

    Parameters
    ----------
    params : TaskParams
    rate : float
        Reward per step.
    n_steps : (...) float
        Steps per trial, blank steps included.

    Returns
    -------
    (...) float
        Above 1 where there is no such fraction.
    """
    n_steps = np.asarray(n_steps, dtype=float)
    waits = n_steps - params.n_blank_steps - 1
    return (1 + rate * n_steps - params.waiting_penalty * waits) / 2


def below_at_same_speed(session: Session, whole: Session) -> GroupMeans:
    """How much more often an ideal observer would be correct, at the agent's steps per trial.

    Parameters
    ----------
    session : Session
        The agent's.
    whole : Session
        Of :func:`.stopping_rules.whole_trials`, of the same trials.  Its threshold is the one at
        which its trials last as long on average.

    Returns
    -------
    GroupMeans
        Observer minus agent, paired by trial, with its 95% interval over blocks.
    """
    return paired_difference(at_speed(whole, float(session.n_steps.mean())), session, "correct")


def minus_at_same_speed(session: Session, others: Mapping[float, Session]) -> Estimate:
    """How much more often an agent is correct than another one at the same steps per trial.

    Parameters
    ----------
    session : Session
        The agent's.
    others : dict of setting to Session
        The other agent's under different rules, of the same trials.  It mixes the two whose
        steps per trial are next to the agent's, as in :meth:`Frontier.correct_at`.

    Returns
    -------
    Estimate
        Agent minus other, with the parts of all blocks; that the trials set the speed of either
        counts.

    Raises
    ------
    ValueError
        If no two rules are on either side, or trials differ.
    """
    if any(other.trials is not session.trials for other in others.values()):
        raise ValueError("others must have played the session's very trials, got different ones")
    by_speed = sorted(others.values(), key=lambda other: other.n_steps.mean())
    speeds = np.array([other.n_steps.mean() for other in by_speed])
    speed = float(session.n_steps.mean())
    checks.number("steps per trial", speed, low=speeds[0], high=speeds[-1])
    k = int(np.clip(np.searchsorted(speeds, speed, side="right") - 1, 0, len(speeds) - 2))
    share = (speed - speeds[k]) / (speeds[k + 1] - speeds[k])
    quick, slow = by_speed[k], by_speed[k + 1]
    slope = (slow.correct.mean() - quick.correct.mean()) / (speeds[k + 1] - speeds[k])
    # As mixed, the other is as fast on average; what is faster in a block is worth the slope.
    faster = session.n_steps - (1 - share) * quick.n_steps - share * slow.n_steps
    mixed = (1 - share) * quick.correct + share * slow.correct + slope * faster
    return estimate_mean(session.correct - mixed, session.trials.block_index)


def play_at(agent: Agent, trials: Trials, threshold: float) -> Session:
    """Let an agent play as if the task's threshold were another.

    The session is of the trials as they were given, so that it can be paired with others.
    """
    params = replace(trials.params, threshold=threshold)
    return replace(rollout(agent, replace(trials, params=params)), trials=trials)


def answered_by_confidence(whole: Session, stops: np.ndarray, *, n_bins: int = 20) -> GroupMeans:
    """How readily a rule answers, by how sure it is and how much it has seen.

    Parameters
    ----------
    whole : Session
        Of :func:`.stopping_rules.whole_trials`.
    stops : (n_trials, n_observations) bool
        Whether the rule answers after each observation.
    n_bins : int
        Of confidence, the likelier side's probability, from 1/2 to 1.

    Returns
    -------
    GroupMeans
        Share of the trials that are still unanswered that it answers, by ``n_observations``
        (all but the last, at which it must) and ``confidence`` (the middle of its bin).
    """
    checks.integer("n_bins", n_bins, low=1)
    trials = whole.trials
    n_last = trials.params.n_observations
    if np.shape(stops) != (len(trials), n_last):
        raise ValueError(f"stops must be ({len(trials)}, {n_last}), got {np.shape(stops)}")
    stops = np.asarray(stops)[:, :-1]
    trial, k = np.nonzero(np.cumsum(stops, axis=1) - stops == 0)  # not answered before
    sure = confidence(whole)[trial, k]
    code = np.minimum((2 * n_bins * (sure - 0.5)).astype(int), n_bins - 1)
    middles = 0.5 + (np.arange(n_bins) + 0.5) / (2 * n_bins)
    axes = {"n_observations": (np.arange(1, n_last), k), "confidence": (middles, code)}
    return group_means(stops[trial, k], axes, trials.block_index[trial], proportion=True)


@dataclass(frozen=True)
class StoppingRegions:
    """What a rule does in every state of a trial, after so many observations.

    Attributes
    ----------
    n_observations : int
    prior : float
        Of right.
    sums : (n_sums,) float
        Of o^L and of o^R.
    action : (n_sums, n_sums) int
        By sum of o^L and sum of o^R: -1 answers left, 0 goes on, +1 answers right.
    p_right : (n_sums, n_sums) float
        The posterior.
    """

    n_observations: int
    prior: float
    sums: np.ndarray
    action: np.ndarray
    p_right: np.ndarray


def stopping_regions(rule: StoppingRule, *, n_observations: int, prior: float) -> StoppingRegions:
    """Where a rule of optimal stopping goes on, on a grid of sums of observations.

    Raises
    ------
    ValueError
        If there are not so many observations, or the prior is none of the rule's.
    """
    params = rule.params
    n = checks.integer("n_observations", n_observations, low=1, high=params.n_observations)
    sums = np.arange(-4.0, 10.05, 0.1)
    grid = np.stack(np.meshgrid(sums, sums, indexing="ij"), axis=-1).reshape(-1, 2)
    # Equal observations with these sums; the order of observations does not matter.
    observations = np.repeat(grid[:, None] / n, n, axis=1)
    p_right = expit(logit(prior) + stimulus_log_odds(observations, params)[:, -1])
    unseen = np.zeros((len(grid), params.n_observations - n, 2))
    everything = np.concatenate([observations, unseen], axis=1)
    stops = rule.stops(everything, np.full(len(grid), prior))[:, n - 1]
    action = np.where(stops, np.where(p_right > 0.5, 1, -1), 0)
    action, p_right = (values.reshape(len(sums), -1) for values in (action, p_right))
    return StoppingRegions(n, float(prior), sums, action, p_right)
