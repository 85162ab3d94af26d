"""What different minds would expect of the next stimulus, had they lived a mouse's session.

Every function gives, before each of a mouse's trials, log odds of *right* that rest on the trials
before it only; every session starts afresh.  Those of agents come from letting the agent
play the mouse's very trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.special import logit

from ..agents.base import Agent
from ..agents.block_filter import START, SidePrior, check_decay
from ..agents.semi_markov import SemiMarkovPrior
from ..mice.record import Mouse, MouseTrials
from ..rollout import rollout
from ..task import TaskParams, Trials
from ..trials import TrialColumns

# Block lengths of the mice's task: exponential with a scale of 60 trials, cut to 20 to 100
# (International Brain Laboratory 2021, Methods).
MICE_TASK = TaskParams(hazard=1 / 60)

# The paper's six strengths, for the six contrasts of the mice's task in the order of their size.
STRENGTH_OF = {0.0: 0.0, 0.0625: 0.5, 0.125: 1.0, 0.25: 1.5, 0.5: 2.0, 1.0: 2.5}

DECAYS = (0.5, 0.7, 0.8, 0.875, 0.92, 0.95, 0.97)
SESSIONS_AT_ONCE = 256
SURE = 1e-6  # probabilities are kept so far from 0 and 1


def markov(trials: TrialColumns) -> np.ndarray:
    """(n_trials,) log odds of a Bayesian observer who takes blocks to be Markov (the paper's)."""
    return logit(SidePrior(MICE_TASK).over(trials))


def semi_markov(trials: TrialColumns) -> np.ndarray:
    """(n_trials,) log odds of the exact observer, who knows how long blocks last."""
    return logit(SemiMarkovPrior(MICE_TASK).over(trials))


def average_of_sides(trials: TrialColumns, decay: float) -> np.ndarray:
    """(n_trials,) log odds of m, a leaky average of the past sides (1 right, 0 left).

    m_1 = 1/2 and m_n+1 = decay * m_n + (1 - decay) * [side n is right].
    """
    return _leaky_average(trials, (1 + trials.side) / 2, decay)


def average_of_choices(mouse: Mouse, decay: float) -> np.ndarray:
    """(n_trials,) log odds of the same average of the mouse's past *choices*.

    A trial without a choice counts as 1/2.  Findling et al. 2025 call it the action kernel.
    """
    return _leaky_average(mouse.trials, (1 + mouse.choice) / 2, decay)


def strength_of(contrast: np.ndarray) -> np.ndarray:
    """Strengths of the paper's task for contrasts; those between are interpolated."""
    return np.interp(contrast, list(STRENGTH_OF), list(STRENGTH_OF.values()))


def of_agent(
    agent: Agent, mice: Sequence[MouseTrials], *, seed: int, params: TaskParams | None = None
) -> list[np.ndarray]:
    """What an agent expects that plays the mice's trials itself.

    Stimuli are on the mice's sides, of the strengths that stand for the mice's contrasts, with
    the task's noise; the agent hears the feedback of its own choices.  Its expectation is its
    log odds of right on the last blank step, when the last trial's feedback is in, and before
    the stimulus.

    Parameters
    ----------
    agent : Agent
    mice : sequence of MouseTrials
    seed : int
        Of the noise in the observations.
    params : TaskParams, optional
        For blank steps, threshold and noise; the paper's by default.

    Returns
    -------
    list of (n_trials,) float
        One for each mouse.

    Raises
    ------
    ValueError
        If there is no mouse, or the task has no blank steps.
    """
    if not mice:
        raise ValueError("mice must be at least one, got none")
    params = params or TaskParams()
    if params.n_blank_steps < 1:
        raise ValueError("params must have blank steps: an expectation is read before the stimulus")
    first = np.cumsum([0] + [len(trials) for trials in mice])
    sides = np.concatenate([trials.side for trials in mice])
    strengths = strength_of(np.concatenate([trials.strength for trials in mice]))
    params = replace(params, strengths=tuple(np.unique(strengths)))
    sessions = [
        np.arange(start, end) + offset
        for trials, offset in zip(mice, first, strict=False)
        for start, end in pairwise(trials.session_start)
    ]
    # Sessions of a batch should end at about the same time.
    sessions.sort(key=len)
    found = np.empty(first[-1])
    rng = np.random.default_rng(seed)
    for k in range(0, len(sessions), SESSIONS_AT_ONCE):
        batch = sessions[k : k + SESSIONS_AT_ONCE]
        rows = np.concatenate(batch)
        played = rollout(agent, _as_task(batch, sides[rows], strengths[rows], params, rng))
        found[rows] = played.p_right[:, params.n_blank_steps - 1]
    log_odds = logit(np.clip(found, SURE, 1 - SURE))
    return [log_odds[start:end] for start, end in pairwise(first)]


def _as_task(batch, side, strength, params: TaskParams, rng) -> Trials:
    """The simulated task with given sides and strengths; blocks do not matter to who plays it."""
    n_trials = len(side)
    observations = params.noise_sd * rng.standard_normal((n_trials, params.n_observations, 2))
    observations[np.arange(n_trials), :, (side > 0).astype(np.intp)] += strength[:, None]
    return Trials(
        params=params,
        session=np.repeat(np.arange(len(batch)), list(map(len, batch))),
        block=np.zeros(n_trials, dtype=np.int64),
        trial_in_block=np.zeros(n_trials, dtype=np.int64),
        block_side=side.copy(),
        side=side,
        strength=strength,
        observations=observations,
    )


def _leaky_average(trials: TrialColumns, values: np.ndarray, decay: float) -> np.ndarray:
    from scipy.signal import lfilter

    check_decay(decay)
    average = np.empty(len(values))
    for start, end in pairwise(trials.session_start):
        average[start] = START
        after, _ = lfilter([1 - decay], [1, -decay], values[start : end - 1], zi=[decay * START])
        average[start + 1 : end] = after
    return logit(np.clip(average, SURE, 1 - SURE))
