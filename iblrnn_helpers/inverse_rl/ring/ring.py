"""The ring: pairwise coupled neurons that are rewarded when a few adjacent ones are active alone.

Chalk et al. 2021, Figs. 5 and 6: 12 neurons, reward 1 if exactly 4 adjacent ones are active,
λ = 0.05.  All neurons are alike, so a coupling depends only on the distance along the ring.

Optimal networks are found exactly (all states are enumerated) by natural-gradient ascent: from
rest, from many starts, along the coding cost, without distant couplings, and with held neurons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..hypercube import as_function, n_neurons_of, spins
from ..optimal_network.changes import restrict
from ..optimal_network.inverse import kl_between
from ..optimal_network.network import NetworkTask, optimise
from . import pairwise
from .pairwise import PairwiseNetwork, StateSet
from .training import Solution, ascend, solution_of

_COST_STEP = 0.01  # of λ, on the way to a higher one
_SETTLED = 1e-6  # change of a log probability in one step
_SCALES = (0.3, 1.0)  # of random starts, in units of T


def adjacent_reward(n_neurons: int = 12, n_adjacent: int = 4) -> np.ndarray:
    """1 where exactly `n_adjacent` neighbours on the ring are active, 0 elsewhere: (2^n_neurons,).

    Raises
    ------
    ValueError
        Too few neurons for the block to have an end, or too many to enumerate.
    """
    checks.integer("n_adjacent", n_adjacent, low=1)
    checks.integer("n_neurons", n_neurons, low=n_adjacent + 1, high=20)
    reward = np.zeros(2**n_neurons)
    for first in range(n_neurons):
        reward[sum(1 << (first + k) % n_neurons for k in range(n_adjacent))] = 1
    return reward


def ring_distances(n_neurons: int) -> np.ndarray:
    """Distance of each two neurons along the ring: (n_neurons, n_neurons) int."""
    apart = np.abs(np.subtract.outer(np.arange(n_neurons), np.arange(n_neurons)))
    return np.minimum(apart, n_neurons - apart)


def ring_network(by_distance: Sequence[float], field: float, n_neurons: int) -> PairwiseNetwork:
    """A network whose couplings depend on the distance alone.

    Parameters
    ----------
    by_distance : (max_distance,) float
        Couplings at distance 1, 2, …; further ones are 0.
    field : float
    n_neurons : int
    """
    checks.integer("n_neurons", n_neurons, low=1)
    checks.integer("len(by_distance)", len(by_distance), high=n_neurons // 2)
    table = np.zeros(n_neurons // 2 + 1)
    table[1 : len(by_distance) + 1] = by_distance
    return PairwiseNetwork(table[ring_distances(n_neurons)], np.full(n_neurons, float(field)))


def couplings_by_distance(network: PairwiseNetwork) -> np.ndarray:
    """Mean coupling at ring distance 1, 2, …: (n_neurons // 2,)."""
    distance = ring_distances(network.n_neurons)
    return np.array([network.couplings[distance == d].mean() for d in range(1, distance.max() + 1)])


def optimise_ring(
    reward: np.ndarray,
    coding_cost: float = 0.05,
    *,
    max_distance: int | None = None,
    start: PairwiseNetwork | None = None,
    settled: float = 0.0,
    max_iterations: int = 2000,
) -> Solution:
    """The best ring network for a reward, all neurons alike.

    Parameters
    ----------
    reward : (2^n_neurons,) float
        Only its mean over states that turn or mirror into each other matters to such a network.
    coding_cost : float
    max_distance : int, optional
        Neurons further apart are not connected. Default: all are.
    start : PairwiseNetwork, optional
        Where the ascent begins. Default: no couplings and no fields.
    settled, max_iterations : float and int, optional
        When to stop; see :func:`.ring.training.ascend`. The law settles long before couplings
        do that hardly matter; only for an inversion must they converge too.

    Returns
    -------
    Solution
        A local optimum: which one depends on the start.

    Raises
    ------
    ValueError
        A coding cost of 0 or less, a distance that the ring does not have, or wrong shapes.
    """
    n_neurons = n_neurons_of(as_function("reward", reward, by_input=False))
    reach = n_neurons // 2 if max_distance is None else max_distance
    checks.integer("max_distance", reach, low=1, high=n_neurons // 2)
    states = pairwise.ring_states(n_neurons)
    parameters = np.zeros(reach + 1)
    if start is not None:
        parameters = np.append(couplings_by_distance(start)[:reach], start.fields.mean())
    return ascend(
        states, ring_features(states, reach), parameters, states.average(reward), coding_cost,
        lambda found: ring_network(found[:-1], found[-1], n_neurons),
        settled=settled, max_iterations=max_iterations,
    )  # fmt: skip


def raise_coding_cost(
    solution: Solution, coding_cost: float, reward: np.ndarray, *, settled: float = 0.0
) -> Solution:
    """Follow the best ring network to a higher coding cost, in steps of at most 0.01.

    The steps matter: the transition to a network without order is abrupt, and from far away the
    ascent ends on its other side.  ``settled`` is as of `optimise_ring`.
    """
    checks.number("coding_cost", coding_cost, above=solution.coding_cost)
    n_steps = int(np.ceil((coding_cost - solution.coding_cost) / _COST_STEP - 1e-9))
    for cost in np.linspace(solution.coding_cost, coding_cost, n_steps + 1)[1:]:
        options = {"start": solution.network, "settled": settled}
        solution = optimise_ring(reward, float(cost), **options)
    return solution


def search_ring(
    reward: np.ndarray,
    coding_cost: float,
    max_distance: int,
    *,
    n_starts: int = 10,
    seed: int = 0,
) -> list[Solution]:
    """Local optima of the ring from many random starts, the best first; see `optimise_ring`.

    Couplings and fields of the starts have standard deviations of 0.3 and 1 T in turn.
    """
    checks.integer("n_starts", n_starts, low=1)
    n_neurons = n_neurons_of(as_function("reward", reward, by_input=False))
    checks.integer("max_distance", max_distance, low=1, high=n_neurons // 2)
    rng = checks.generator(seed)
    found = []
    for k in range(n_starts):
        drawn = rng.normal(0, _SCALES[k % len(_SCALES)], max_distance + 1)
        start = ring_network(drawn[:-1], drawn[-1], n_neurons)
        options = {"max_distance": max_distance, "start": start, "settled": _SETTLED}
        found.append(optimise_ring(reward, coding_cost, **options))
    return sorted(found, key=lambda one: -one.objective)


def along_coding_cost(
    solution: Solution, costs: Iterable[float], reward: np.ndarray
) -> list[Solution]:
    """Best ring networks at ever higher coding costs, each found from the one before."""
    found = []
    for cost in costs:
        solution = raise_coding_cost(solution, float(cost), reward)
        found.append(solution)
    return found


def unrestricted_reward_rates(reward: np.ndarray, costs: Iterable[float]) -> dict[float, float]:
    """Reward rate of the best network of all at ever higher coding costs, each from the last."""
    reward, rates, network = as_function("reward", reward, by_input=False), {}, None
    for cost in costs:
        task = NetworkTask(n_neurons_of(reward), coding_cost=float(cost))
        network = optimise(task, reward[:, None], start=network)
        rates[float(cost)] = network.reward_rate
    return rates


def without_distant(solution: Solution, max_distance: int) -> PairwiseNetwork:
    """The same ring network without its couplings beyond a distance, otherwise unchanged."""
    checks.integer("max_distance", max_distance, low=0)
    kept = couplings_by_distance(solution.network)[:max_distance]
    return ring_network(kept, solution.network.fields.mean(), solution.network.n_neurons)


def optimise_clamped(
    reward: np.ndarray,
    active: Sequence[int],
    start: PairwiseNetwork,
    coding_cost: float = 0.05,
) -> Solution:
    """Improve the rest of a network while some neurons are held active.

    Parameters
    ----------
    reward : (2^n_neurons,) float
        Of the whole network.
    active : sequence of int
        The held neurons. They pay no coding cost, and the mean rate is that of the others.
    start : PairwiseNetwork
        Whole network to begin with; each coupling and field may then change for itself.
    coding_cost : float, optional

    Returns
    -------
    Solution
        Of the free neurons only, in their order. Only its law has settled.
    """
    reward, network = as_function("reward", reward, by_input=False), start.clamped(active)
    states = pairwise.all_states(network.n_neurons)
    return ascend(
        states, pairwise.pair_features(states.spins), pairwise.pair_parameters(network),
        restrict(reward, {i: 1 for i in active}), coding_cost,
        lambda found: pairwise.pair_network(found, network.n_neurons),
        settled=_SETTLED, max_iterations=200,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class ClampedPrediction:
    """A network some of whose neurons are held active: the best, the predicted, the unchanged.

    Attributes
    ----------
    active : tuple of int
        The held neurons.
    optimal, predicted : Solution
        Of the free neurons, for the true and for the inferred reward.
    rates : dict of "optimal", "predicted", "unchanged" to (n_neurons,) float
        Share of time that each neuron is active; 1 if it is held.
    kl : float
        KL(optimal ‖ predicted), in nats.
    kl_unchanged : float
        KL(optimal ‖ network whose couplings stay as they were).
    """

    active: tuple[int, ...]
    optimal: Solution
    predicted: Solution
    rates: dict[str, np.ndarray]
    kl: float
    kl_unchanged: float


def predict_clamped(
    solution: Solution, true_reward: np.ndarray, inferred: np.ndarray, active: Sequence[int]
) -> ClampedPrediction:
    """Hold some neurons active, and improve the others for the true and the inferred reward."""
    optimal, predicted = (
        optimise_clamped(reward, active, solution.network, solution.coding_cost)
        for reward in (true_reward, inferred)
    )
    unchanged = solution.network.clamped(active).law()
    free = np.setdiff1d(np.arange(solution.network.n_neurons), active)
    laws = {"optimal": optimal.law, "predicted": predicted.law, "unchanged": unchanged}
    rates = {name: np.ones(solution.network.n_neurons) for name in laws}
    for name, law in laws.items():
        rates[name][free] = law @ (spins(len(free)) > 0)
    divergences = [kl_between(optimal.law, law) for law in (predicted.law, unchanged)]
    return ClampedPrediction(tuple(active), optimal, predicted, rates, *divergences)


def assess(network: PairwiseNetwork, reward: np.ndarray, coding_cost: float = 0.05) -> Solution:
    """What a given network is worth for a reward, and how far it is from the best one."""
    states = pairwise.all_states(network.n_neurons)
    reward = as_function("reward", reward, by_input=False)
    if reward.shape != (states.n_rows,):
        raise ValueError(f"reward must be ({states.n_rows},), got shape {reward.shape}")
    features, parameters = pairwise.pair_features(states.spins), pairwise.pair_parameters(network)
    worth = pairwise.evaluate(states, features, parameters, reward, coding_cost)
    return solution_of(network, coding_cost, states, worth, [worth.objective])


def ring_features(states: StateSet, max_distance: int) -> np.ndarray:
    """Sum of σ_i σ_j over pairs at each distance, then Σ σ_i: (n_rows, max_distance + 1)."""
    spins, n_neurons = states.spins.astype(float), states.n_neurons
    distance = ring_distances(n_neurons)
    sums = [np.sum(spins @ (distance == d) * spins, axis=1) / 2 for d in range(1, max_distance + 1)]
    return np.column_stack([*sums, spins.sum(axis=1)])
