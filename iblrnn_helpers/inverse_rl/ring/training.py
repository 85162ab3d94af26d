"""Two ways to the best pairwise network for a reward.

``ascend`` climbs the natural gradient, over exact sums of states.  ``train_ring`` is the stochastic
training that the paper describes, as far as that is known: batches of states that the network
itself visits, and the parameters of a target that follows once an epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ...core.compiled import compiled
from ..hypercube import as_function, n_neurons_of
from .pairwise import Evaluation, PairwiseNetwork, StateSet, evaluate

CONVERGED = 1e-6
_STEP_OF_LOG_LAW = 0.3  # standard deviation of its change, in one step
_LONGEST_STEP = 2.0  # sweeps of value iteration, or change of a coupling over T
_ROUNDING = 1e-13  # of L, a sum of a few hundred to a few thousand terms

N_BATCH = 40
BATCHES_PER_EPOCH = 100
RATE_OF_MARGINAL = 0.01  # of its way to the batch's mean rate, each batch


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
    network: PairwiseNetwork, coding_cost: float, states: StateSet, worth: Evaluation, history: list
) -> Solution:
    """A network with its evaluation, which was made on `states`."""
    rates = worth.objective, worth.reward_rate, worth.cost_rate, worth.rate
    law = checks.read_only(states.spread(worth.law))
    distance = float(np.abs(worth.step).max())
    return Solution(
        network, coding_cost, *rates, law, distance, checks.read_only(np.array(history))
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
        while length > 1e-6:
            there = parameters + length * now.step
            new = evaluate(states, features, there, reward, coding_cost)
            if new.objective >= now.objective - _ROUNDING:
                break
            length /= 3
        else:
            break
        parameters, now, length = there, new, 1.3 * length
        history.append(now.objective)
    return solution_of(as_network(parameters), coding_cost, states, now, history)


@dataclass(frozen=True, eq=False)
class RingTraining:
    """Networks along a training.

    Attributes
    ----------
    epochs : (n_kept,) int
        How many epochs had passed.
    networks : tuple of PairwiseNetwork, n_kept
    """

    epochs: np.ndarray
    networks: tuple[PairwiseNetwork, ...]


def train_ring(
    reward: np.ndarray,
    coding_cost: float = 0.05,
    *,
    n_epochs: int = 400,
    learning_rate: float = 0.01,
    seed: int,
    keep_every: int = 25,
) -> RingTraining:
    """Train couplings and fields from 0, on states that the network itself visits.

    Parameters
    ----------
    reward : (2^n_neurons,) float
    coding_cost : float, optional
        λ.
    n_epochs : int, optional
        Of 100 batches of 40 states.
    learning_rate : float, optional
        η.
    seed : int
    keep_every : int, optional
        Epochs between the networks that are kept.

    Raises
    ------
    ValueError
        A setting that is out of range, or a reward that is not one of 2^n states.
    """
    reward = as_function("reward", reward, by_input=False)
    n_neurons = n_neurons_of(reward)
    checks.number("learning_rate", learning_rate, above=0)
    checks.number("coding_cost", coding_cost, above=0)
    checks.integer("n_epochs", n_epochs, low=1)
    checks.integer("keep_every", keep_every, low=1, high=n_epochs)
    rng = checks.generator(seed)
    states = np.where(rng.random((N_BATCH, n_neurons)) < 0.5, 1.0, -1.0)
    couplings, fields, rate = np.zeros((n_neurons, n_neurons)), np.zeros(n_neurons), 0.5
    temperature = n_neurons * coding_cost
    epochs, networks = [], []
    for epoch in range(1, n_epochs + 1):
        shape = (BATCHES_PER_EPOCH, N_BATCH, n_neurons)
        rate = _epoch(
            couplings, fields, rate, states, reward, temperature,
            learning_rate, rng.integers(n_neurons, size=shape), rng.random(shape),
        )  # fmt: skip
        if epoch % keep_every == 0:
            bias = (np.log(rate) - np.log1p(-rate)) / 2
            epochs.append(epoch)
            networks.append(PairwiseNetwork(couplings / temperature, fields / temperature + bias))
    return RingTraining(np.array(epochs), tuple(networks))


@compiled()
def _pull(row, state):
    """Their product; of so few numbers, a loop is quicker than BLAS."""
    total = 0.0
    for j in range(len(state)):
        total += row[j] * state[j]
    return total


@compiled()
def _epoch(couplings, fields, rate, states, reward, temperature, learning_rate, chosen, uniform):
    """Run 100 batches in place, under the couplings as they are now; return the new mean rate.

    ``states`` (n_chains, n), ``chosen`` and ``uniform`` (n_batches, n_chains, n): which neuron
    chooses at each of n updates between batches, and the random number that decides.
    """
    n_batches, n_chains, n = chosen.shape
    target, target_fields = couplings.copy(), fields.copy()
    error = np.empty(n_chains)
    for batch in range(n_batches):
        prior = np.log(rate) - np.log(1 - rate)
        active = 0.0
        for chain in range(n_chains):
            state = states[chain]
            for k in range(n):
                i = chosen[batch, chain, k]
                drive = (_pull(target[i], state) + target_fields[i]) / temperature
                fires = uniform[batch, chain, k] * (1 + np.exp(-prior - 2 * drive)) < 1
                state[i] = 1.0 if fires else -1.0
            number, value, backup = 0, 0.0, 0.0
            for i in range(n):
                own, pull = _pull(couplings[i], state), _pull(target[i], state)
                value += (own / 2 + fields[i]) * state[i]
                backup += (pull / 2 + target_fields[i]) * state[i]
                # log Z_i less v / T: from either choice of neuron i, relative to the present state.
                change = 2 * state[i] * (pull + target_fields[i]) / temperature
                stay = rate if state[i] > 0 else 1 - rate
                backup += temperature / n * np.log(stay + (1 - stay) * np.exp(-change))
                if state[i] > 0:
                    number += 1 << i
                    active += 1
            error[chain] = reward[number] + backup - value
        error -= error.mean()
        for chain in range(n_chains):
            state = states[chain]
            push = learning_rate * error[chain] / n_chains
            for i in range(n):
                fields[i] += push * state[i]
                for j in range(i):
                    couplings[i, j] += push * state[i] * state[j]
                    couplings[j, i] = couplings[i, j]
        rate += RATE_OF_MARGINAL * (active / (n * n_chains) - rate)
    return rate
