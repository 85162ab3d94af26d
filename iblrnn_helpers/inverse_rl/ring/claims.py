"""What is measured of the ring: how well each reward model fits and predicts, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..hypercube import n_neurons_of, spins
from ..optimal_network.inverse import kl_between, r_squared
from ..optimal_network.network import NetworkTask, optimise
from .pairwise import PairwiseNetwork
from .reward_models import (
    DEFAULT_CUT,
    infer_global,
    infer_pairwise,
    infer_sparse,
    optimality_criterion,
)
from .ring import (
    couplings_by_distance,
    optimise_clamped,
    optimise_ring,
    raise_coding_cost,
    ring_network,
)
from .training import Solution, Training


@dataclass(frozen=True, eq=False)
class ModelFit:
    """A reward inferred under one assumption, and what it predicts for a higher coding cost.

    Attributes
    ----------
    reward : (2^n_neurons,) float
    r_squared : float
        Squared correlation with the true reward, all states alike.
    prediction : Solution
        The best network for this reward at the higher coding cost.
    kl : float
        KL(truly optimal ‖ predicted) at that cost, in nats.
    """

    reward: np.ndarray
    r_squared: float
    prediction: Solution
    kl: float


def fit_of(true: np.ndarray, inferred: np.ndarray) -> float:
    """r² of two rewards (2^n,), all states alike."""
    return r_squared(true[:, None], inferred[:, None])


def compare_reward_models(
    solution: Solution, high_cost: Solution, true_reward: np.ndarray, *, cut: float = DEFAULT_CUT
) -> dict[str, ModelFit]:
    """Sparse, pairwise and global reward, from one network (Fig. 6).

    Parameters
    ----------
    solution : Solution
        The network from which the reward is inferred.
    high_cost : Solution
        The best network for the true reward at a higher coding cost.
    true_reward : (2^n_neurons,) float
    cut : float, optional
        Of small singular values, in the two least squares.

    Returns
    -------
    dict of "sparse", "pairwise", "global" to ModelFit
        Each prediction follows the network to the higher cost, as :func:`.ring.raise_coding_cost`
        does; under its own inferred reward the network is where it starts.
    """
    criterion = optimality_criterion(solution)
    rewards = {
        "sparse": infer_sparse(criterion),
        "pairwise": infer_pairwise(criterion, cut=cut),
        "global": infer_global(criterion, cut=cut),
    }
    fits = {}
    for name, reward in rewards.items():
        predicted = raise_coding_cost(solution, high_cost.coding_cost, reward)
        fits[name] = ModelFit(
            reward, fit_of(true_reward, reward), predicted, kl_between(high_cost.law, predicted.law)
        )
    return fits


def fit_with_noise(
    solution: Solution,
    true_reward: np.ndarray,
    noise: float,
    *,
    slack: float,
    n_networks: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """r² of the sparse reward, where couplings and fields are known only roughly.

    Parameters
    ----------
    solution : Solution
    true_reward : (2^n_neurons,) float
    noise : float
        Standard deviation of the error of each coupling and field, in units of T.
    slack : float
        See :func:`.reward_models.infer_sparse`.
    n_networks, seed : int, optional
        Draws of the errors.

    Returns
    -------
    (n_networks,) float
        NaN where no reward satisfies the criterion.
    """
    checks.number("noise", noise, low=0)
    checks.integer("n_networks", n_networks, low=1)
    rng, exact = np.random.default_rng(seed), solution.network
    found = np.empty(n_networks)
    for k in range(n_networks):
        error = np.triu(rng.normal(0, noise, exact.couplings.shape), 1)
        noisy = PairwiseNetwork(
            exact.couplings + error + error.T,
            exact.fields + rng.normal(0, noise, exact.n_neurons),
        )
        found[k] = _sparse_fit(noisy, solution.coding_cost, true_reward, slack)
    return found


def without_distant(solution: Solution, max_distance: int) -> PairwiseNetwork:
    """The same ring network without its couplings beyond a distance, otherwise unchanged."""
    kept = couplings_by_distance(solution.network)[:max_distance]
    return ring_network(kept, solution.network.fields.mean(), solution.network.n_neurons)


def search_ring(
    reward: np.ndarray,
    coding_cost: float,
    max_distance: int,
    *,
    scales: Sequence[float] = (0.3, 1.0),
    n_starts: int = 10,
    seed: int = 0,
) -> list[Solution]:
    """Local optima of the ring from many random starts, the best first.

    Parameters
    ----------
    reward, coding_cost, max_distance
        See :func:`.ring.optimise_ring`.
    scales : sequence of float, optional
        Standard deviations of the couplings and fields of the starts, in units of T; starts take
        them in turn.
    n_starts, seed : int, optional

    Returns
    -------
    list of Solution
    """
    rng, n_neurons = np.random.default_rng(seed), n_neurons_of(reward)
    found = []
    for k in range(n_starts):
        drawn = rng.normal(0, scales[k % len(scales)], max_distance + 1)
        start = ring_network(drawn[:-1], drawn[-1], n_neurons)
        found.append(
            optimise_ring(reward, coding_cost, max_distance=max_distance, start=start, settled=1e-6)
        )
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
    rates, network = {}, None
    for cost in costs:
        task = NetworkTask(n_neurons_of(reward), coding_cost=float(cost))
        network = optimise(task, reward[:, None], start=network)
        rates[float(cost)] = network.reward_rate
    return rates


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
    rates = {}
    for name, law in laws.items():
        rates[name] = np.ones(solution.network.n_neurons)
        rates[name][free] = law @ (spins(len(free)) > 0)
    return ClampedPrediction(
        tuple(active),
        optimal,
        predicted,
        rates,
        kl_between(optimal.law, predicted.law),
        kl_between(optimal.law, unchanged),
    )


@dataclass(frozen=True, eq=False)
class TrainingCurves:
    """Trained networks along the training, evaluated exactly.

    Attributes
    ----------
    epochs : (n_kept,) int
    reward_rate : (n_seeds, n_kept) float
    couplings : (n_seeds, n_kept, n_distances) float
        Mean at each distance, in units of T.
    r_squared : (n_seeds, n_kept) float
        Of the sparse reward that the couplings would tell if they were optimal; NaN: of none.
    """

    epochs: np.ndarray
    reward_rate: np.ndarray
    couplings: np.ndarray
    r_squared: np.ndarray


def training_curves(
    trainings: Sequence[Training], reward: np.ndarray, coding_cost: float
) -> TrainingCurves:
    """How trainings that kept networks at the same epochs went."""
    networks = [one.networks for one in trainings]
    return TrainingCurves(
        trainings[0].epochs,
        np.array([[one.law() @ reward for one in row] for row in networks]),
        np.array([[couplings_by_distance(one) for one in row] for row in networks]),
        np.array([[_sparse_fit(one, coding_cost, reward, 0) for one in row] for row in networks]),
    )


def _sparse_fit(
    network: PairwiseNetwork, coding_cost: float, true_reward: np.ndarray, slack: float
) -> float:
    """r² of the sparse reward of a network that is taken to be optimal; NaN if it is of none."""
    criterion = optimality_criterion(network, coding_cost)
    try:
        return fit_of(true_reward, infer_sparse(criterion, slack=slack))
    except ValueError:
        return float("nan")
