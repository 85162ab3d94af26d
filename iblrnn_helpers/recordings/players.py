"""Agents that a recording may come from: the network, its two units, and four that are neither.

Each rival lacks one thing that the network has:

* *beliefs apart* keeps block and stimulus apart: the exact filter of the block moves only when a
  trial has ended and its side is known;
* *action kernel* has no block at all, and expects what it has chosen lately (Findling et al. 2025);
* *line attractor* lets every observation move its belief about the block, as the network does, but
  adds them up without leak between two limits, so that at rest any belief stays as it is;
* *reset* is the network, with its state set back to the first one at the start of every trial.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import expit, logit

from ..agents.bayes import Inference, stimulus_log_odds
from ..agents.block_filter import SidePrior, emission
from ..agents.rnn import RNNAgent
from ..core import checks
from ..core.compiled import compiled
from ..distillation.distilled import distill
from ..distillation.model import DistilledAgent
from ..representations.state_space import fit_plane, on_readouts
from ..task.agent import Agent
from ..task.generative_model import TaskParams, Trials, sample_trials
from ..task.rollouts import rollout
from ..task.session import Session
from ..training.store import reference_network

RIVALS = ("network", "distilled", "beliefs apart", "action kernel", "line attractor", "reset")

# The network answers after 1.2 observations on average, the exact actor after 5 and in every fifth
# trial not at all.  Made as sure of themselves as this, rivals are about as fast as the network, so
# that it is not speed that tells them apart.
CONFIDENCE = 3.0  # what is acted on, in units of the log odds
WITHIN = Inference(strength="per_step")
KERNEL_DECAY = 0.8  # of a past choice's weight, a trial: mice forget theirs after about five
LINE_GAIN = 0.4  # of an observation's log odds of the side, in log odds of the block
LINE_LIMIT = 3.0  # of these.  Without it the sum strays ever further from what the blocks are
FIT_BLOCKS = (5, 20)  # sessions and blocks of each, to which two units are fitted
FIT_SEED = 10_001  # the book's own trials for fits


def rivals(params: TaskParams | None = None, seed: int = 1) -> dict[str, Agent]:
    """All agents that are told apart here, by name.

    Parameters
    ----------
    params : TaskParams, optional
        What they take the task to be; the paper's where omitted.
    seed : int
        Of the network that ships, from which *distilled* and *reset* are made, too.

    Returns
    -------
    dict
        Agents that ``rollout(..., record_states=True)`` can play, named as their keys.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> list(ibl.recordings.rivals(seed=2))
    ['network', 'distilled', 'beliefs apart', 'action kernel', 'line attractor', 'reset']
    """
    params = TaskParams() if params is None else params
    checks.kind("params", params, TaskParams)
    params.need_alternating("the recordings' rivals")
    network = reference_network(seed).network
    two, kinds = _two_units(params, seed), (BeliefsApart, ActionKernel, LineAttractor)
    agents = [RNNAgent(network), two, *(kind(params) for kind in kinds), ResetNetwork(network)]
    for name, agent in zip(RIVALS, agents, strict=True):
        agent.name = name
    return dict(zip(RIVALS, agents, strict=True))


@lru_cache(maxsize=16)
def _fitted(params: TaskParams, seed: int):
    network, (n_sessions, n_blocks) = reference_network(seed).network, FIT_BLOCKS
    trials = sample_trials(params, n_sessions=n_sessions, n_blocks=n_blocks, seed=FIT_SEED)
    played = rollout(RNNAgent(network), trials, record_states=True)
    return distill(network, played, on_readouts(fit_plane(played, network)))


def _two_units(params: TaskParams, seed: int) -> DistilledAgent:
    return _fitted(params, seed).agent()


class Rival(Agent):
    """Adds this trial's evidence to what it expects before it.

    ``state`` is (n_sessions, 2): what it carries from trial to trial, and this trial's log odds of
    right, 0 until an observation is seen.
    """

    def __init__(self, params: TaskParams):
        self.params = params

    def reset(self, n_sessions: int) -> None:
        self.carried = self.first(n_sessions)
        self.evidence = np.zeros(n_sessions)
        self.p_right = np.full(n_sessions, 0.5)

    def step(self, inputs: np.ndarray) -> np.ndarray:
        seeing = inputs[:, :2].any(axis=1)
        told = stimulus_log_odds(inputs[:, None, :2], self.params, WITHIN)[:, 0]
        # A blank step is another trial's: the evidence is of this trial only.
        self.evidence = np.where(seeing, self.evidence + told, 0.0)
        self.observe(np.where(seeing, told, 0.0))
        self.state = np.stack([self.carried, self.evidence], axis=1)
        self.p_right = expit(CONFIDENCE * (self.prior() + self.evidence))
        return self.p_right

    def first(self, n_sessions: int) -> np.ndarray:
        """(n_sessions,) what it carries into the first trial."""
        return np.zeros(n_sessions)

    def prior(self) -> np.ndarray:
        """(n_sessions,) log odds of right before the evidence."""
        raise NotImplementedError

    def observe(self, told: np.ndarray) -> None:
        """Hear an observation's log odds of right, (n_sessions,), 0 on blank steps."""


class BeliefsApart(Rival):
    """Carries the exact filter's log odds of the block, which only a trial's end moves."""

    def __init__(self, params: TaskParams):
        super().__init__(params)
        self.filter = SidePrior(params, "block_belief")

    def reset(self, n_sessions: int) -> None:
        self.memory = self.filter.start(n_sessions)
        super().reset(n_sessions)

    def prior(self) -> np.ndarray:
        return logit(emission(expit(self.carried), self.params))

    def end_trial(self, ended: np.ndarray, side: np.ndarray) -> None:
        self.memory[ended] = self.filter.update(self.memory[ended], side[ended])
        self.carried = logit(self.filter.right(self.memory))


class ActionKernel(Rival):
    """Carries a leaky average of its own choices, -1 to 1, and expects the like again."""

    def prior(self) -> np.ndarray:
        # Never surer of the next side than one who knows the block.
        return logit(emission((1 + self.carried) / 2, self.params))

    def end_trial(self, ended: np.ndarray, side: np.ndarray) -> None:
        # By the task's own rule: a time-out is no choice.
        sure = np.maximum(self.p_right, 1 - self.p_right) > self.params.threshold
        choice = np.where(sure, np.sign(self.p_right - 0.5), 0.0)
        moved = KERNEL_DECAY * self.carried + (1 - KERNEL_DECAY) * choice
        self.carried = np.where(ended, moved, self.carried)


class LineAttractor(Rival):
    """Carries the sum of all evidence there has been, which never fades, and stops at limits."""

    def prior(self) -> np.ndarray:
        return logit(emission(expit(self.carried), self.params))

    def observe(self, told: np.ndarray) -> None:
        self.carried = np.clip(self.carried + LINE_GAIN * told, -LINE_LIMIT, LINE_LIMIT)


class ResetNetwork(RNNAgent):
    """The network, whose state is its first one at the start of every trial."""

    def reset(self, n_sessions: int) -> None:
        super().reset(n_sessions)
        self.at_first = self._carried.clone()

    def end_trial(self, ended: np.ndarray, side: np.ndarray) -> None:
        self._carried[ended] = self.at_first[ended]

    def program(self, trials):
        return None  # compiled code knows no reset


def played(agent: Agent, trials: Trials) -> Session:
    """As ``rollout(agent, trials, record_states=True)``, but for rounding; rivals play faster.

    One session of theirs, step by step, takes longer than all that is measured in its recording.
    """
    task = trials.params
    if type(agent) is ResetNetwork:
        return _reset_played(agent, trials)
    kinds = BeliefsApart, ActionKernel, LineAttractor
    if not isinstance(agent, Rival) or type(agent) not in kinds or agent.params != task:
        return rollout(agent, trials, record_states=True)
    told = stimulus_log_odds(trials.observations[:, :, None], task, WITHIN)[:, :, 0]
    choice, n_steps = np.zeros(len(trials), dtype=np.int8), np.zeros(len(trials), dtype=np.int64)
    p_right = np.full((len(trials), task.max_steps), np.nan)
    states = np.empty((p_right.size, 2))
    n_rows = _play(
        kinds.index(type(agent)), told, np.diff(trials.session, prepend=-1) > 0,
        np.array(trials.side), task.n_blank_steps, task.threshold, task.concordance, task.hazard,
        choice, n_steps, p_right, states,
    )  # fmt: skip
    return Session(trials, agent.name, choice, n_steps, p_right, states[:n_rows])


@compiled(error_model="numpy")
def _play(
    kind, told, begins, side, n_blank, threshold, concordance, hazard,
    choice, n_steps, p_right, states,
):  # fmt: skip
    """Fill in what the classes above say, with their kind's number; return the number of steps."""
    carried, belief, row = 0.0, 0.5, 0
    for trial in range(len(side)):
        if begins[trial]:
            carried, belief = 0.0, 0.5
        evidence, step, p = 0.0, 0, 0.5
        while choice[trial] == 0 and step < p_right.shape[1]:
            seeing = step >= n_blank
            if seeing:
                evidence += told[trial, step - n_blank]
                if kind == 2:
                    moved = carried + LINE_GAIN * told[trial, step - n_blank]
                    carried = min(max(moved, -LINE_LIMIT), LINE_LIMIT)
            right = (1 + carried) / 2 if kind == 1 else 1 / (1 + math.exp(-carried))
            expected = (1 - concordance) + (2 * concordance - 1) * right
            prior = math.log(expected / (1 - expected))
            p = 1 / (1 + math.exp(-CONFIDENCE * (prior + evidence)))
            p_right[trial, step] = p
            states[row, 0], states[row, 1] = carried, evidence
            if seeing and max(p, 1 - p) > threshold:
                choice[trial] = 1 if p > 0.5 else -1
            step += 1
            row += 1
        n_steps[trial] = step
        if kind == 0:  # the exact filter: what the side says of the block, then that may switch
            if_right = 0.5 + (concordance - 0.5) * side[trial]
            joint = belief * if_right
            belief = joint / (joint + (1 - belief) * (1 - if_right))
            belief = hazard + (1 - 2 * hazard) * belief
            carried = math.log(belief / (1 - belief))
        elif kind == 1:
            carried = KERNEL_DECAY * carried + (1 - KERNEL_DECAY) * choice[trial]
    return row


def _reset_played(agent: ResetNetwork, trials: Trials) -> Session:
    """All trials at once, after either outcome and after none, as nothing else comes from before.

    Of these, what did happen is picked trial by trial.
    """
    task, n = trials.params, len(trials)
    shape, after = (3, n, task.max_steps), np.array([-1.0, 1.0, 0.0])
    p, states = np.empty(shape), np.empty((*shape, agent.network.n_units))
    inputs = np.zeros((3, n, 3))
    inputs[:, :, 2] = after[:, None]
    with agent.playing():
        agent.reset(3 * n)
        for step in range(task.max_steps):
            seeing = step >= task.n_blank_steps
            inputs[:, :, :2] = trials.observations[:, step - task.n_blank_steps] if seeing else 0
            p[:, :, step] = agent.step(inputs.reshape(-1, 3)).reshape(3, n)
            states[:, :, step] = np.reshape(agent.state, (3, n, -1))
            inputs[:, :, 2] = task.waiting_penalty if seeing else 0
    sure = np.maximum(p, 1 - p) > task.threshold
    sure[:, :, : task.n_blank_steps] = False
    last = np.where(sure.any(axis=2), sure.argmax(axis=2), task.max_steps - 1)
    at_end = np.take_along_axis(np.where(sure, np.where(p > 0.5, 1, -1), 0), last[:, :, None], 2)
    choices = at_end[:, :, 0].astype(np.int8)
    correct, begins = choices == trials.side, np.diff(trials.session, prepend=-1) > 0
    which = np.full(n, 2)
    for trial in np.flatnonzero(~begins).tolist():
        which[trial] = correct[which[trial - 1], trial - 1]
    taken = which, np.arange(n)
    n_steps = last[taken] + 1
    kept = np.arange(task.max_steps) < n_steps[:, None]
    p_right = np.where(kept, p[taken], np.nan)
    return Session(trials, agent.name, choices[taken], n_steps, p_right, states[taken][kept])
