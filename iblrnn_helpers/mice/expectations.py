"""What different minds would expect of the next stimulus, had they lived a mouse's session.

Every function gives, before each of a mouse's trials, log odds of *right* that rest on the trials
before it only; every session starts afresh.  Those of agents come from letting the agent
play the mouse's very trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from ..agents.block_filter import START, SidePrior
from ..agents.semi_markov import SemiMarkovPrior
from ..core import checks
from ..core.means import ARRAYS, GroupMeans
from ..task.agent import Agent
from ..task.generative_model import TaskParams, Trials
from ..task.rollouts import rollout
from ..task.trials import Behavior, TrialColumns
from .record import Mouse

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

# Block lengths of the mice's task: exponential with a scale of 60 trials, cut to 20 to 100
# (International Brain Laboratory 2021, Methods).
MICE_TASK = TaskParams(hazard=1 / 60)

# The paper's six strengths, for the six contrasts of the mice's task in the order of their size.
STRENGTH_OF = {0.0: 0.0, 0.0625: 0.5, 0.125: 1.0, 0.25: 1.5, 0.5: 2.0, 1.0: 2.5}

MET = np.array([contrast for contrast in STRENGTH_OF if contrast != 0.5])  # no mouse here met 0.5

SESSIONS_AT_ONCE = 256
SURE = 1e-6  # probabilities are kept so far from 0 and 1


def markov(trials: TrialColumns, params: TaskParams = MICE_TASK) -> np.ndarray:
    """(n_trials,) log odds of a Bayesian observer who takes blocks to be Markov (the paper's)."""
    return logit(SidePrior(params).over(trials))


def semi_markov(trials: TrialColumns, params: TaskParams = MICE_TASK) -> np.ndarray:
    """(n_trials,) log odds of the exact observer, who knows how long blocks last."""
    return logit(SemiMarkovPrior(params).over(trials))


def average_of_sides(trials: TrialColumns, decay: float) -> np.ndarray:
    """(n_trials,) log odds of m, a leaky average of the past sides (1 right, 0 left).

    m_1 = 1/2 and m_n+1 = decay * m_n + (1 - decay) * [side n is right].
    """
    return _leaky_average(trials, (1 + trials.side) / 2, decay)


def average_of_choices(mouse: Behavior, decay: float) -> np.ndarray:
    """(n_trials,) log odds of the same average of the mouse's past *choices*.

    A trial without a choice counts as 1/2.  Findling et al. 2025 call it the action kernel.
    """
    return _leaky_average(mouse.trials, (1 + mouse.choice) / 2, decay)


def strength_of(contrast: np.ndarray) -> np.ndarray:
    """Strengths of the paper's task for contrasts, signed or not; those between interpolated."""
    return np.sign(contrast) * np.interp(np.abs(contrast), [*STRENGTH_OF], [*STRENGTH_OF.values()])


def at_strengths(result: GroupMeans) -> GroupMeans:
    """The same means by strength, their first axis, with contrasts at their places there."""
    axis, contrasts = next(iter(result.groups.items()))
    used = np.isin(np.abs(contrasts), MET)
    groups = {**result.groups, axis: strength_of(contrasts[used])}
    return GroupMeans(groups, *(getattr(result, field)[used] for field in ARRAYS))


def of_agent(
    agent: Agent,
    mice: Sequence[TrialColumns],
    *,
    seed: int,
    params: TaskParams | None = None,
    strengths: Mapping[float, float] | None = None,
) -> list[np.ndarray]:
    """What an agent expects that plays the mice's trials itself.

    Stimuli are on the mice's sides, of the strengths that stand for the mice's contrasts, with
    the task's noise; the agent hears the feedback of its own choices.  Its expectation is its
    log odds of right on the last blank step, when the last trial's feedback is in, and before
    the stimulus.

    Parameters
    ----------
    agent : Agent
    mice : sequence of MouseTrials, or of other TrialColumns
    seed : int
        Of the noise in the observations.
    params : TaskParams, optional
        For blank steps, threshold and noise; the paper's by default.
    strengths : mapping, optional
        The strength that stands for each contrast, those between interpolated; by default the
        paper's six for the mice's (:data:`STRENGTH_OF`).

    Returns
    -------
    list of (n_trials,) float
        One for each mouse.

    Raises
    ------
    ValueError
        If there is no mouse, the task has no blank steps, no strength stands for a contrast, or the
        agent returns anything but probabilities.
    """
    params = params or TaskParams()
    lived = _Lives(mice, params, strengths)
    met = tuple(np.unique(lived.strength))
    params = replace(params, strengths=met, strength_probabilities=None)
    found = np.empty(len(lived.side))
    rng = checks.generator(seed)
    for batch in lived.batches():
        rows = np.concatenate(batch)
        side, strength = lived.side[rows], lived.strength[rows]
        no_block = np.zeros(len(rows), dtype=np.int64)  # of no matter to who plays
        observations = params.noise_sd * rng.standard_normal((len(rows), params.n_observations, 2))
        observations[np.arange(len(rows)), :, (side > 0).astype(np.intp)] += strength[:, None]
        trials = Trials.unchecked(
            params=params,
            session=np.repeat(np.arange(len(batch)), list(map(len, batch))),
            block=no_block,
            trial_in_block=no_block,
            block_side=side,
            side=side,
            strength=strength,
            observations=observations,
        )
        found[rows] = rollout(agent, trials).p_right[:, params.n_blank_steps - 1]
    return lived.by_mouse(logit(np.clip(found, SURE, 1 - SURE)))


def of_network(
    network: RecurrentNetwork,
    mice: Sequence[Mouse],
    *,
    seed: int,
    n_tries: int = 8,
    params: TaskParams | None = None,
) -> list[np.ndarray]:
    """What a network expects that plays the mice's trials, and makes the mice's choices.

    As :func:`of_agent`, but of ``n_tries`` ways that the noise of a trial could fall, it lives on
    with the first in which it chooses as the mouse did; with the first of all if there is none.
    So its past holds what the mouse's choices say about what the mouse has seen.

    Parameters, result and errors are those of :func:`of_agent`.  With one try the mouse's choices
    do not matter.
    """
    import torch

    from ..agents.rnn import one_step, one_thread

    checks.integer("n_tries", n_tries, low=1)
    params = params or TaskParams()
    lived = _Lives([mouse.trials for mouse in mice], params)
    choices = np.concatenate([mouse.choice for mouse in mice])
    rng = checks.generator(seed)
    one, readout = one_step(network), network.readout
    weight = (readout.weight[1] - readout.weight[0]).detach()
    bias = float((readout.bias[1] - readout.bias[0]).detach())

    def step(state, inputs):
        return one(state, torch.as_tensor(inputs, dtype=weight.dtype))

    def log_odds(state):
        return (state[:, : network.n_units] @ weight).double().numpy() + bias

    n_state = network.n_units * (2 if network.cell == "lstm" else 1)
    found = np.empty(len(lived.side))
    with torch.no_grad(), one_thread():
        for batch in lived.batches():
            batch = batch[::-1]  # the longest first: those that go on are the first ones
            lengths = np.array([len(session) for session in batch])
            state = torch.zeros(len(batch), n_state, dtype=weight.dtype)
            feedback = np.zeros(len(batch))
            for k in range(lengths[0]):
                going = np.count_nonzero(lengths > k)
                now = np.array([session[k] for session in batch[:going]])
                side, strength = lived.side[now], lived.strength[now]
                state, inputs = state[:going], np.zeros((going, 3))
                inputs[:, 2] = feedback[:going]
                for _ in range(params.n_blank_steps):
                    state = step(state, inputs)
                    inputs[:, 2] = 0
                found[now] = log_odds(state)
                tries = np.tile(np.arange(going), n_tries)
                state = state[tries]
                chosen = np.zeros(len(tries), dtype=np.int8)
                open_ = np.arange(len(tries))
                for n_seen in range(params.n_observations):
                    of = tries[open_]
                    inputs = np.full((len(of), 3), params.waiting_penalty if n_seen else 0.0)
                    inputs[:, :2] = params.noise_sd * rng.standard_normal((len(of), 2))
                    inputs[np.arange(len(of)), (side[of] > 0).astype(np.intp)] += strength[of]
                    state[open_] = after = step(state[open_], inputs)
                    odds = log_odds(after)
                    acts = np.abs(odds) > logit(params.threshold)
                    chosen[open_[acts]] = np.sign(odds[acts])
                    open_ = open_[~acts]
                alike = (chosen == choices[now][tries]).reshape(n_tries, going)
                lives_on = np.argmax(alike, axis=0) * going + np.arange(going)
                state = state[lives_on]
                feedback = np.where(chosen[lives_on] == side, 1.0, -1.0)
    return lived.by_mouse(found)


class _Lives:
    """The sessions of several mice in one row, to be played in batches."""

    def __init__(
        self,
        mice: Sequence[TrialColumns],
        params: TaskParams,
        strengths: Mapping[float, float] | None = None,
    ):
        if not mice:
            raise ValueError("mice must be at least one, got none")
        if params.n_blank_steps < 1:
            raise ValueError("params must have blank steps, on which an expectation is read, got 0")
        self.first = np.cumsum([0] + [len(trials) for trials in mice])
        self.side = np.concatenate([trials.side for trials in mice])
        self.strength = _strengths(np.concatenate([trials.strength for trials in mice]), strengths)
        self.sessions = [
            np.arange(start, end) + offset
            for trials, offset in zip(mice, self.first, strict=False)
            for start, end in pairwise(trials.session_start)
        ]

    def batches(self):
        """Lists of sessions, each the rows of its trials; of a batch all are about as long."""
        by_length = sorted(self.sessions, key=len)
        for k in range(0, len(by_length), SESSIONS_AT_ONCE):
            yield by_length[k : k + SESSIONS_AT_ONCE]

    def by_mouse(self, values: np.ndarray) -> list[np.ndarray]:
        return np.split(values, self.first[1:-1])


def _strengths(contrast: np.ndarray, given: Mapping[float, float] | None) -> np.ndarray:
    """Strengths that stand for contrasts (n,), none of which may lie outside those given."""
    stand = STRENGTH_OF if given is None else given
    if not isinstance(stand, Mapping) or not stand:
        raise ValueError(f"strengths must be a dict of contrasts to strengths, got {stand!r:.80}")
    numbers = [(checks.number("strengths", c, low=0), stand[c]) for c in sorted(stand)]
    contrasts, strengths = zip(*numbers, strict=True)
    strengths = [checks.number("strengths", one, low=0, high=checks.HUGE) for one in strengths]
    away = np.abs(contrast - np.clip(contrast, contrasts[0], contrasts[-1])) > checks.ROUNDING
    if away.any():
        raise ValueError(
            f"strengths must stand for all contrasts, which are {contrasts[0]:g} to "
            f"{contrasts[-1]:g} there, got {contrast[away][0]:g}"
        )
    return np.interp(contrast, contrasts, strengths)


def _leaky_average(trials: TrialColumns, values: np.ndarray, decay: float) -> np.ndarray:
    from scipy.signal import lfilter

    checks.number("decay", decay, above=0, below=1)
    average = np.empty(len(values))
    for start, end in pairwise(trials.session_start):
        average[start] = START
        after, _ = lfilter([1 - decay], [1, -decay], values[start : end - 1], zi=[decay * START])
        average[start + 1 : end] = after
    return logit(np.clip(average, SURE, 1 - SURE))
