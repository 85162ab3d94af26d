"""The task of Part I as a finite decision process: what one believes, and three things to do.

At every observation an ideal observer of the task has a belief about the side.  The process's
states are that belief, the prior it began the trial with and the observation's number, each in
bins; the actions are to choose left, to wait and to choose right.  An outcome follows a choice,
and then the next trial.  The prior depends on past sides alone, so whatever the agent does, the
same belief comes next if it waits: transitions are a property of the task and not of the agent.

This is our treatment; Chalk et al. 2021 do not study the task.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from ...agents.bayes import stimulus_log_odds
from ...agents.block_filter import SidePrior
from ...core import checks
from ...task.generative_model import TaskParams, Trials
from ...task.session import Session
from ..hypercube import as_floats

LEFT, WAIT, RIGHT = range(3)
OUTCOMES = ("correct", "wrong", "timed_out")

# Log odds; the bins are mirror images of each other.  The task's threshold, 0.9, is at 2.2.
_BELIEF = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
_PRIOR = (0.2, 0.7, 1.1, 1.8)
BELIEF_EDGES = np.array([*(-e for e in reversed(_BELIEF)), 0.0, *_BELIEF])
PRIOR_EDGES = np.array([*(-e for e in reversed(_PRIOR)), *_PRIOR])
# The outermost bins have no end; what stands for their middle is half a step behind their edge.
_OUTER = _BELIEF[-1] + 1
BELIEF_MIDDLES = np.convolve([-_OUTER, *BELIEF_EDGES, _OUTER], [0.5, 0.5], "valid")
N_BELIEFS, N_PRIORS = len(BELIEF_EDGES) + 1, len(PRIOR_EDGES) + 1


@dataclass(frozen=True, eq=False)
class Codes:
    """Where the ideal observer is on every trial, if no agent ends it.

    Attributes
    ----------
    trials : Trials
    code : (n_trials, n_observations) int
        Observation, bin of the prior and bin of the belief in one number, see :func:`parts`.
    prior : (n_trials,) int
        Bin of the prior, 0 the surest of left.
    """

    trials: Trials
    code: np.ndarray
    prior: np.ndarray

    @property
    def n_codes(self) -> int:
        return self.code.shape[1] * N_PRIORS * N_BELIEFS


def encode(trials: Trials) -> Codes:
    """The ideal observer's belief after every observation, in bins.

    The observer knows the task that ``trials`` are of: its noise, strengths, hazard and
    concordance (:class:`.agents.bayes.Inference`, exact).
    """
    right = SidePrior(trials.params).over(trials)
    prior_log_odds = np.log(right) - np.log1p(-right)
    belief = prior_log_odds[:, None] + stimulus_log_odds(trials.observations, trials.params)
    prior = np.searchsorted(PRIOR_EDGES, prior_log_odds, side="right")
    observation = np.arange(belief.shape[1])
    code = np.searchsorted(BELIEF_EDGES, belief, side="right")
    return Codes(trials, (observation * N_PRIORS + prior[:, None]) * N_BELIEFS + code, prior)


def parts(code: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of the observation from 0, bin of the prior and bin of the belief of a code."""
    rest, belief = np.divmod(code, N_BELIEFS)
    observation, prior = np.divmod(rest, N_PRIORS)
    return observation, prior, belief


def mirrored(code: np.ndarray) -> np.ndarray:
    """The code of the same trial with left and right exchanged."""
    observation, prior, belief = parts(code)
    return (observation * N_PRIORS + N_PRIORS - 1 - prior) * N_BELIEFS + N_BELIEFS - 1 - belief


def count_actions(codes: Codes, session: Session) -> np.ndarray:
    """How often an agent did what in which state, and in the mirror image of that state.

    Parameters
    ----------
    codes : Codes
        Of the session's trials.
    session : Session

    Returns
    -------
    (n_codes, 3) float
        Columns left, wait, right.

    Raises
    ------
    ValueError
        If the session is of other trials.
    """
    if session.trials is not codes.trials:
        raise ValueError("session must be of the trials that codes were made of, got others")
    seen = session.n_observations_seen
    took_place = np.arange(codes.code.shape[1]) < seen[:, None]
    action = np.full(codes.code.shape, WAIT)
    last = seen > 0
    action[np.flatnonzero(last), seen[last] - 1] = session.choice[last] + 1
    code, action = codes.code[took_place], action[took_place]
    counts = np.bincount(code * 3 + action, minlength=codes.n_codes * 3)
    counts += np.bincount(mirrored(code) * 3 + 2 - action, minlength=codes.n_codes * 3)
    return counts.reshape(codes.n_codes, 3).astype(float)


def check_action_counts(counts, n_codes: int) -> np.ndarray:
    """Counts as of :func:`count_actions`; a ValueError if they are none, or of fewer codes."""
    counts = as_floats("counts", counts)
    if counts.ndim != 2 or counts.shape[1] != 3 or len(counts) < n_codes:
        raise ValueError(f"counts must be ({n_codes} or more, 3), got shape {counts.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
        raise ValueError("counts must hold finite numbers of 0 or more, and not only 0")
    return counts


@dataclass(frozen=True, eq=False)
class BeliefProcess:
    """The task as a finite decision process; one step of it is one step of the task.

    Attributes
    ----------
    params : TaskParams
    moves : tuple of 3 sparse (n_states, n_states)
        Transitions if one chooses left, waits, chooses right.
    code : (n_choices,) int
        The code of each of the first n_choices states, those in which something can be chosen.
    p_right : (n_choices,) float
        P(side = right) in those states.
    outcome : (n_states,) int
        Index into ``OUTCOMES`` on the first step after a trial, else -1.
    """

    params: TaskParams
    moves: tuple
    code: np.ndarray
    p_right: np.ndarray
    outcome: np.ndarray

    @property
    def n_states(self) -> int:
        return len(self.outcome)

    @property
    def n_choices(self) -> int:
        """States in which something can be chosen; the rest are outcomes and blank steps."""
        return len(self.code)

    def reward(self, name: str) -> np.ndarray:
        """What a step pays under one simple notion of reward.

        Parameters
        ----------
        name : str
            ``correct``, ``wrong`` or ``timed_out``: 1 for that outcome.  ``sureness``:
            P(the likelier side) on every observation, which is what the loss of training pays an
            ideal guesser.  ``task``: the feedback that the task gives, +1, -1 or, for having
            waited, the waiting penalty.

        Returns
        -------
        (n_states,) float
        """
        checks.choice("name", name, (*OUTCOMES, "sureness", "task"))
        if name in OUTCOMES:
            return (self.outcome == OUTCOMES.index(name)).astype(float)
        reward = np.choose(self.outcome + 1, [0.0, 1.0, -1.0, -1.0])
        if name == "task":
            waited = parts(self.code)[0] > 0
            reward[: self.n_choices] = np.where(waited, self.params.waiting_penalty, 0)
            return reward
        reward[:] = 0
        reward[: self.n_choices] = np.maximum(self.p_right, 1 - self.p_right)
        return reward


def belief_process(codes: Codes) -> BeliefProcess:
    """The decision process of a task, counted in its trials and their mirror images.

    Parameters
    ----------
    codes : Codes
        Enough trials to meet every state; some 50,000 are good.

    Returns
    -------
    BeliefProcess
        Of the states that can be reached from each other.

    Raises
    ------
    ValueError
        If the task has no blank steps (an outcome would take no time), or the trials are too few
        to connect the states.
    """
    trials = codes.trials
    n_blank = checks.integer("n_blank_steps", trials.params.n_blank_steps, low=1)
    side = np.concatenate([trials.side, -trials.side])
    prior = np.concatenate([codes.prior, N_PRIORS - 1 - codes.prior])
    visited, state = np.unique(
        np.concatenate([codes.code, mirrored(codes.code)]), return_inverse=True
    )
    state = state.reshape(len(side), -1)  # (2 n_trials, n_observations)
    visits = np.bincount(state.ravel())
    p_right = np.bincount(state[side > 0].ravel(), minlength=len(visited)) / visits

    # After the choices come the three outcomes of every prior, then the further blank steps.
    n_choices, n_after = len(visited), 2 + n_blank
    after = n_choices + np.arange(n_after * N_PRIORS).reshape(n_after, N_PRIORS)
    n_states = n_choices + after.size
    onward = _between_trials(after, n_blank, prior, state[:, 0])
    waiting = [(state[:, :-1].ravel(), state[:, 1:].ravel(), np.ones(state[:, 1:].size))]

    new_prior = _next_prior(trials, codes.prior)
    observation, prior_bin, _ = parts(visited)
    given_side = np.stack([1 - p_right, p_right])

    def ends(which: np.ndarray, if_left: int, if_right: int):
        """Links from some choices to an outcome that depends on the side."""
        rows = np.flatnonzero(which)
        for k, outcome in enumerate((if_left, if_right)):
            weights = given_side[k, rows, None] * new_prior[k, prior_bin[rows]]
            yield np.repeat(rows, N_PRIORS), np.tile(after[outcome], len(rows)), weights.ravel()

    links = {
        LEFT: ends(observation >= 0, 0, 1),
        WAIT: [*waiting, *ends(observation == observation.max(), 2, 2)],
        RIGHT: ends(observation >= 0, 1, 0),
    }
    moves = []
    for action in (LEFT, WAIT, RIGHT):
        rows, columns, weights = map(np.concatenate, zip(*links[action], *onward, strict=True))
        moves.append(csr_array((weights, (rows, columns)), shape=(n_states, n_states)))

    _, component = connected_components(sum(moves), connection="strong")
    keep = np.flatnonzero(component == np.bincount(component).argmax())
    moves = [move[keep][:, keep] for move in moves]
    totals = np.stack([move.sum(axis=1) for move in moves])
    if totals.min() <= 0:
        raise ValueError(f"codes must hold trials enough to connect the states, got {len(trials)}")
    moves = tuple(
        csr_array(diags_array(1 / total) @ move) for total, move in zip(totals, moves, strict=True)
    )
    outcome = np.full(n_states, -1)
    outcome[after[:3]] = np.arange(3)[:, None]
    kept = keep[keep < n_choices]
    return BeliefProcess(trials.params, moves, visited[kept], p_right[kept], outcome[keep])


def _between_trials(after: np.ndarray, n_blank: int, prior: np.ndarray, first: np.ndarray) -> list:
    """Links from outcomes over further blank steps to a trial's first belief, given its prior."""
    ends, one = after[3:][-1:] if n_blank > 1 else after, np.ones(len(after[0]))
    links = [(row[prior], first, np.ones(len(prior))) for row in ends]
    if n_blank > 1:
        links += [(row, after[3], one) for row in after[:3]]
        links += [(here, there, one) for here, there in pairwise(after[3:])]
    return links


def _next_prior(trials: Trials, prior: np.ndarray) -> np.ndarray:
    """(2, n_priors, n_priors) float: the next trial's prior given the side, left first, and it."""
    follows = np.flatnonzero(trials.session[1:] == trials.session[:-1])
    right = (trials.side[follows] > 0).astype(int)
    counts = np.zeros((2, N_PRIORS, N_PRIORS))
    np.add.at(counts, (right, prior[follows], prior[follows + 1]), 1)
    counts += counts[::-1, ::-1, ::-1]
    return counts / np.maximum(counts.sum(axis=2, keepdims=True), 1)
