"""What is the network of Part I trying to achieve, and does that predict another one?

Inference: the reward under which what the network did, choosing left, waiting and choosing
right, is the best that an agent could do who pays for telling beliefs apart (``mdp``).
Prediction: the policy that is best for that reward in another task.  Both use the ideal
observer's beliefs as states (``belief_process``), so what is left of the network's own dynamics
in a state counts as the softness of its policy.

The test is that of Chalk et al. 2021, Fig. 3C, D; the treatment of the task is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import diags_array, eye_array
from scipy.sparse.linalg import splu

from ...task.generative_model import TaskParams
from ..one_agent.mdp import SoftSolution, solve_mdp
from .beliefs import WAIT, BeliefProcess, check_action_counts, parts

OUTCOME_REWARD = ("correct", "wrong")
MAX_ROUNDS = 200
_TOLERANCE = 1e-6  # of a reward, in nats
_POLICY_TOLERANCE = 1e-7  # of a probability
_PSEUDO_COUNTS = 1.0  # of the agent's overall policy, in every state
_LEAST_MARGINAL = 1e-9


class Feedback(NamedTuple):
    """A reward in the task's terms: a correct choice pays as much as a wrong one costs."""

    choice: float  # what a correct choice pays, in nats
    waiting: float  # what an observation pays, in units of that; the task's penalty is -0.05


@dataclass(frozen=True, eq=False)
class Goal:
    """The reward, among those of a kind, for which an agent's actions are likeliest.

    Attributes
    ----------
    names : tuple of str
        See :meth:`.BeliefProcess.reward`.
    weights : (n_names,) float
        In nats: rewards over the price of a nat.
    policy : (n_choices, 3) float
        The best policy for this reward, in the task that it was inferred in.
    shares : (3,) float
        How often that policy takes each action: p(a), against which its cost is measured.
    log_likelihood : float
        Of the actions under ``policy``, nats per action.
    n_rounds : int
    converged : bool
    """

    names: tuple[str, ...]
    weights: np.ndarray
    policy: np.ndarray
    shares: np.ndarray
    log_likelihood: float
    n_rounds: int
    converged: bool

    def reward(self, process: BeliefProcess) -> np.ndarray:
        """(n_states,) float: what this reward pays in a task, in nats."""
        return sum(w * process.reward(n) for n, w in zip(self.names, self.weights, strict=True))

    def as_feedback(self, params: TaskParams) -> Feedback:
        """The same reward in the task's own terms: +1, -1, and what waiting is worth.

        Raises
        ------
        ValueError
            Unless it is a reward of ``OUTCOME_REWARD``.

        Notes
        -----
        No policy changes if every step pays c more; nor does it matter at which of the steps
        between trials, outcome or blank, the c is paid.  So w_correct + n_blank c,
        w_wrong + n_blank c and c on every observation is the same reward, and c is chosen such
        that the first two are opposite.
        """
        if self.names != OUTCOME_REWARD:
            raise ValueError(f"names must be {OUTCOME_REWARD}, got {self.names}")
        correct, wrong = map(float, self.weights)
        choice = (correct - wrong) / 2
        return Feedback(choice, -(correct + wrong) / 2 / params.n_blank_steps / choice)

    def waiting(self, process: BeliefProcess, counts: np.ndarray) -> pd.DataFrame:
        """How often an agent waits, and the best policy in its place.

        One row for each ``observation``, from 0, and bin of ``belief``: ``n`` actions, and how
        many of them were to ``wait``, by the ``counts`` of :func:`.count_actions` and by this
        ``policy``.
        """
        seen = counts[process.code]
        n = seen.sum(axis=1)
        observation, _, belief = parts(process.code)
        states = {"observation": observation, "belief": belief}
        waits = {"n": n, "wait": seen[:, WAIT], "policy": n * self.policy[:, WAIT]}
        return pd.DataFrame(states | waits).groupby(list(states), as_index=False).sum()


def infer_goal(
    process: BeliefProcess, counts: np.ndarray, names: Sequence[str] = OUTCOME_REWARD
) -> Goal:
    """The likeliest reward of a kind, for actions that were seen.

    Parameters
    ----------
    process : BeliefProcess
        The task in which they were seen.
    counts : (n_codes, 3) float
        Of :func:`.count_actions`.
    names : sequence of str
        The reward is a weighted sum of these, see :meth:`.BeliefProcess.reward`.

    Notes
    -----
    A value is linear in the reward's weights if the policy is given, and so are the log odds of
    the policy that is better still::

        π <- frequencies of the actions, p <- the same over all states
        repeat
            v_k  <- value of π for the reward names[k] alone, v_0 for the cost of π alone
            w    <- argmax  Σ log π'(action|state),
                    π'(a|s) ∝ p(a) exp( Σ_s' P(s'|s,a) [v_0(s') + Σ_k w_k v_k(s')] )
            π, p <- π', its mean over time

    The likelihood is concave in w.  The first w is the estimate of Hotz and Miller (1993), the
    last one's policy is the best for its own reward (Aguirregabiria and Mira, 2002).
    """
    names = tuple(names)
    if not names:
        raise ValueError("names must hold one or more, got none")
    counts = check_action_counts(counts, process.code.max() + 1)
    rewards = np.stack([process.reward(name) for name in names], axis=1)
    seen = counts[process.code]  # (n_choices, 3)
    if not seen.any():
        raise ValueError("counts must hold actions in the states of the process, got none")
    marginal = seen.sum(axis=0) / seen.sum()
    policy = smoothed(seen, marginal)
    weights, converged, n_rounds = np.zeros(len(names)), False, 0
    while not converged and n_rounds < MAX_ROUNDS:
        values, stationary = _evaluate(process, policy, marginal, rewards)
        drives = _drives(process, values, marginal)
        before, weights = weights, _likeliest(drives, seen, weights)
        log_policy = _log_policy(drives, weights)
        policy = np.exp(log_policy)
        marginal = np.maximum(stationary @ policy, _LEAST_MARGINAL)
        marginal /= marginal.sum()
        n_rounds += 1
        converged = bool(np.abs(weights - before).max() < _TOLERANCE)
    log_likelihood = float((seen * log_policy).sum() / seen.sum())
    return Goal(names, weights, policy, marginal, log_likelihood, n_rounds, converged)


def best_policy(process: BeliefProcess, goal: Goal) -> SoftSolution:
    """What an agent with this reward would do in this task, see :func:`.mdp.solve_mdp`."""
    return solve_mdp(list(process.moves), goal.reward(process), 1.0, tolerance=_POLICY_TOLERANCE)


def best_policy_at_shares(process: BeliefProcess, goal: Goal) -> np.ndarray:
    """The same for an agent who goes on measuring its cost against the old shares of actions.

    Parameters
    ----------
    process : BeliefProcess
        Of the task in which the agent acts.
    goal : Goal
        Its ``shares`` are p(a) here, whatever the agent does.

    Returns
    -------
    (n_choices, 3) float

    Raises
    ------
    RuntimeError
        If no policy is found that is its own best response.
    """
    policy = np.tile(goal.shares, (process.n_choices, 1))
    reward = goal.reward(process)[:, None]
    for _ in range(MAX_ROUNDS):
        values, _ = _evaluate(process, policy, goal.shares, reward)
        before = policy
        policy = np.exp(_log_policy(_drives(process, values, goal.shares), np.ones(1)))
        if np.abs(policy - before).max() < _POLICY_TOLERANCE:
            return policy
    raise RuntimeError(f"no best policy after {MAX_ROUNDS} rounds")


def smoothed(counts: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """(n_states, 3) float: frequencies of actions, drawn to ``marginal`` where little was seen."""
    total = counts.sum(axis=1, keepdims=True)
    return (counts + _PSEUDO_COUNTS * marginal) / (total + _PSEUDO_COUNTS)


def _evaluate(process: BeliefProcess, policy, marginal, rewards):
    """Values (n_states, 1 + n_rewards) of the cost and of rewards; time spent in choices."""
    n = process.n_states
    full = np.vstack([policy, np.broadcast_to(marginal, (n - len(policy), 3))])
    step = sum(diags_array(full[:, a]) @ process.moves[a] for a in range(3))
    equations = (eye_array(n) - step).tolil()
    equations[:, [0]] = np.ones((n, 1))  # v(0) = 0, and its column holds the average instead
    factors = splu(equations.tocsc())
    unit = np.zeros(n)
    unit[0] = 1
    stationary = np.maximum(factors.solve(unit, "T"), 0)[: len(policy)]
    cost = (full * np.log(np.maximum(full, 1e-300) / marginal)).sum(axis=1)
    values = factors.solve(np.column_stack([-cost, rewards]))
    values[0] = 0
    return values, stationary / stationary.sum()


def _drives(process: BeliefProcess, values, marginal) -> np.ndarray:
    """(n_choices, 3, 1 + n_rewards) float: what speaks for each action; log p(a) with the cost."""
    drives = np.stack([(move @ values)[: process.n_choices] for move in process.moves], axis=1)
    drives[:, :, 0] += np.log(marginal)
    return drives


def _log_policy(drives, weights):
    drive = drives[:, :, 0] + drives[:, :, 1:] @ weights
    drive -= drive.max(axis=1, keepdims=True)
    return drive - np.log(np.exp(drive).sum(axis=1, keepdims=True))


def _likeliest(drives, seen, weights):
    """Newton's method on a concave log-likelihood, with halved steps where it overshoots."""
    slopes, total = drives[:, :, 1:], seen.sum(axis=1)

    def likelihood(w):
        return (seen * _log_policy(drives, w)).sum()

    for _ in range(100):
        policy = np.exp(_log_policy(drives, weights))
        mean = np.einsum("sa,sak->sk", policy, slopes)
        gradient = np.einsum("sa,sak->k", seen, slopes) - total @ mean
        hessian = np.einsum("s,sa,sak,sal->kl", total, policy, slopes, slopes)
        hessian -= np.einsum("s,sk,sl->kl", total, mean, mean)
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        start = likelihood(weights)
        while likelihood(weights + step) < start and np.abs(step).max() > 1e-10:
            step = step / 2
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    return weights
