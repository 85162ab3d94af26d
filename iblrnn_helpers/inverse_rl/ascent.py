"""The best pairwise network for a reward, by natural-gradient ascent over exact sums of states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .. import checks
from .pairwise import Evaluation, PairwiseNetwork, evaluate
from .state_sets import StateSet

CONVERGED = 1e-6
_STEP_OF_LOG_LAW = 0.3  # standard deviation of its change, in one step
_LONGEST_STEP = 2.0  # sweeps of value iteration, or change of a coupling over T
_ROUNDING = 1e-13  # of L, a sum of a few hundred to a few thousand terms


@dataclass(frozen=True, eq=False)
class Solution:
    """A pairwise network and what it is worth.

    Attributes
    ----------
    network : PairwiseNetwork
    coding_cost : float
        λ, in reward per nat.
    objective, reward_rate, cost_rate, rate : float
        L, <r>, Σ_i <KL[π_i ‖ q]> in nats, and the mean share of time that a neuron is active.
    law : (2^n_neurons,) float
        Share of time in every state.
    distance_to_optimum : float
        By how much a sweep of value iteration would move the coupling or field that it moves
        most, in units of the temperature.
    history : (n_iterations + 1,) float
        L along the ascent. It does not fall by more than rounding.
    """

    network: PairwiseNetwork
    coding_cost: float
    objective: float
    reward_rate: float
    cost_rate: float
    rate: float
    law: np.ndarray
    distance_to_optimum: float
    history: np.ndarray

    @property
    def converged(self) -> bool:
        """Whether no coupling would move any more, by 1e-6 of the temperature."""
        return self.distance_to_optimum < CONVERGED


def solution_of(
    network: PairwiseNetwork,
    coding_cost: float,
    states: StateSet,
    worth: Evaluation,
    history: Sequence[float],
) -> Solution:
    """A network with its evaluation, which was made on `states`."""
    return Solution(
        network=network,
        coding_cost=coding_cost,
        objective=worth.objective,
        reward_rate=worth.reward_rate,
        cost_rate=worth.cost_rate,
        rate=worth.rate,
        law=states.spread(worth.law),
        distance_to_optimum=float(np.abs(worth.step).max()),
        history=np.array(history),
    )


def ascend(
    states: StateSet,
    features: np.ndarray,
    start: np.ndarray,
    reward: np.ndarray,
    coding_cost: float,
    as_network: Callable[[np.ndarray], PairwiseNetwork],
    *,
    settled: float = 0.0,
    max_iterations: int = 2000,
) -> Solution:
    """Climb from given parameters to a local optimum of L.

    Parameters
    ----------
    states : StateSet
    features : (n_rows, n_features) float
        The law is p ∝ exp(features · parameters).
    start : (n_features,) float
    reward : (n_rows,) float
    coding_cost : float
    as_network : callable
        From parameters to the network that has this law.
    settled : float, optional
        Stop where a step would change the log of a probability by less, on average. 0: only when
        no parameter moves.
    max_iterations : int, optional

    Returns
    -------
    Solution

    Raises
    ------
    ValueError
        A coding cost of 0 or less; wrong shapes; numbers that are not finite.

    Notes
    -----
    A step of length 1 is a sweep of value iteration, projected on the features.  Steps are short
    enough (0.3 in log probability) to follow the flow of the natural gradient to where it leads:
    from rest, longer ones end in other optima, whose L is higher by 1e-11 at best.
    """
    checks.number("coding_cost", coding_cost, above=0)
    checks.integer("max_iterations", max_iterations, low=1)
    reward, parameters = np.asarray(reward, float), np.asarray(start, float)
    if reward.shape != (states.n_rows,) or not np.isfinite(reward).all():
        raise ValueError(f"reward must hold a finite number for each of {states.n_rows} states")
    if parameters.shape != (features.shape[1],) or not np.isfinite(parameters).all():
        raise ValueError(f"start must hold {features.shape[1]} finite numbers, got {start!r}")
    now = evaluate(states, features, parameters, reward, coding_cost)
    history, length = [now.objective], _STEP_OF_LOG_LAW
    for _ in range(max_iterations):
        largest = np.abs(now.step).max()
        if largest < CONVERGED**2 or now.spread_of_step < settled:
            break
        length = min(length, _STEP_OF_LOG_LAW / max(now.spread_of_step, 1e-300))
        length = min(length, _LONGEST_STEP / max(largest, 1.0))
        climbed = None
        while length > 1e-6:
            there = parameters + length * now.step
            new = evaluate(states, features, there, reward, coding_cost)
            if new.objective >= now.objective - _ROUNDING:
                climbed = there
                break
            length /= 3
        if climbed is None:
            break
        parameters, now, length = climbed, new, 1.3 * length
        history.append(now.objective)
    return solution_of(as_network(parameters), coding_cost, states, now, history)
