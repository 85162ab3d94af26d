"""From a pairwise network to the reward that it serves: sparse, pairwise or global (Fig. 6).

A network whose value function is restricted is not the best of all for any reward, so its policies
do not tell the reward directly.  They tell that it cannot be improved within its means: for every
feature f_k that its couplings and fields weigh,

    < (r − r̂) (f_k − <f_k>) >_p = 0,    r̂(σ) = λ Σ_i log[π_i(σ_i|σ) / q(σ_i)],

78 linear equations for 4096 rewards with 12 neurons (Chalk et al. 2021, the optimality criterion;
we had no access to its display, this one is derived: the gradient of L, see ``pairwise``).  What is
missing must be assumed: that few states are rewarded, that the reward is of first and second
order, or that only the number of active neurons matters.  How good an assumption is shows in its
fit to the true reward and in its prediction of the network for a higher coding cost; how surely a
reward is told, in networks that are known roughly or still in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import linprog

from ...core import checks
from ..hypercube import as_floats, as_function, n_neurons_of, spike_counts, spins
from ..optimal_network.inverse import kl_between, r_squared
from .pairwise import PairwiseNetwork, all_states, information, pair_features
from .ring import couplings_by_distance, raise_coding_cost, ring_features
from .training import CONVERGED, RingTraining, Solution

DEFAULT_CUT = 1e-5


@dataclass(frozen=True, eq=False)
class Criterion:
    """The linear equations ``matrix @ reward = target`` that a network's reward must satisfy.

    Attributes
    ----------
    matrix : (n_features, 2^n) float
        p(σ) (f_k(σ) − <f_k>).
    target : (n_features,) float
    """

    matrix: np.ndarray
    target: np.ndarray

    def __post_init__(self):
        matrix, target = as_floats("matrix", self.matrix), as_floats("target", self.target)
        if matrix.ndim != 2 or target.shape != matrix.shape[:1] or not matrix.size:
            shapes = f"{matrix.shape} and {target.shape}"
            raise ValueError(
                f"matrix must be (n_features, 2^n) and target (n_features,), got {shapes}"
            )
        if not (np.isfinite(matrix).all() and np.isfinite(target).all()):
            raise ValueError("matrix and target must hold finite numbers")


def optimality_criterion(
    network: Solution | PairwiseNetwork, coding_cost: float | None = None
) -> Criterion:
    """The equations that say that a network cannot be improved.

    Parameters
    ----------
    network : Solution or PairwiseNetwork
        A `Solution` must have converged.  A bare network is taken to be optimal.
    coding_cost : float, optional
        λ, with a bare network.  Without it only r/λ could be known.

    Raises
    ------
    ValueError
        A solution whose couplings have not converged; a network without its coding cost.

    Notes
    -----
    Couplings converge long after the reward rate: what decides about them are states in which a
    good network hardly ever is.  Until then the equations hold for another reward.
    """
    if isinstance(network, Solution):
        if not network.converged:
            raise ValueError(
                "the couplings have not converged (a sweep of value iteration would still move "
                f"one by {network.distance_to_optimum:.2g} of the temperature; at most "
                f"{CONVERGED:g}), so the criterion would hold for another reward; optimise the "
                "network further, starting from here"
            )
        network, coding_cost = network.network, network.coding_cost
    elif coding_cost is None:
        raise ValueError("coding_cost must be given with a bare network")
    checks.number("coding_cost", coding_cost, above=0)
    states, law = all_states(network.n_neurons), network.law()
    features = pair_features(states.spins)
    matrix = (law[:, None] * (features - law @ features)).T
    return Criterion(matrix, matrix @ (coding_cost * information(network, states)))


def infer_sparse(criterion: Criterion, *, slack: float = 0.0) -> np.ndarray:
    """The reward of least sum that is nowhere negative and satisfies the criterion.

    Parameters
    ----------
    criterion : Criterion
    slack : float, optional
        Share of its target by which each equation may be missed: 0 for exact couplings, some
        per cent for measured ones.

    Returns
    -------
    (2^n,) float

    Raises
    ------
    ValueError
        A negative slack, or no such reward: the couplings are not those of an optimal network.
    """
    checks.number("slack", slack, low=0)
    size = np.abs(criterion.matrix).max(axis=1)
    matrix, target = criterion.matrix / size[:, None], criterion.target / size
    limits = {"A_eq": matrix, "b_eq": target}
    if slack > 0:
        room = slack * np.abs(target)
        above_and_below = np.append(target + room, room - target)
        limits = {"A_ub": np.vstack([matrix, -matrix]), "b_ub": above_and_below}
    found = linprog(np.ones(matrix.shape[1]), **limits, bounds=(0, None), method="highs")
    if found.x is None:
        raise ValueError(
            "no non-negative reward satisfies the optimality criterion: the couplings are not "
            f"those of an optimal network; allow slack (now {slack:g}). ({found.message})"
        )
    return found.x


def infer_pairwise(criterion: Criterion, *, cut: float = DEFAULT_CUT) -> np.ndarray:
    """The reward Σ W_ij σ_i σ_j + Σ w_i σ_i that comes closest to the criterion.

    Parameters
    ----------
    criterion : Criterion
    cut : float, optional
        Singular values below this share of the largest are left out, because the criterion hardly
        constrains some combinations of coefficients.

    Returns
    -------
    (2^n,) float
    """
    states = spins(n_neurons_of(criterion.matrix[0]))
    return _least_squares(criterion, pair_features(states), cut)


def infer_global(criterion: Criterion, *, cut: float = DEFAULT_CUT) -> np.ndarray:
    """The reward W_m of the number m of active neurons that comes closest to the criterion.

    Parameters and returned value are those of :func:`infer_pairwise`.
    """
    counts = spike_counts(n_neurons_of(criterion.matrix[0]))
    return _least_squares(criterion, (counts[:, None] == np.arange(counts.max() + 1)) * 1.0, cut)


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
    both = (as_function("reward", one, by_input=False)[:, None] for one in (true, inferred))
    return r_squared(*both)


def model_limits(true: np.ndarray, model: str) -> tuple[float, float]:
    """The r² that a model can reach, and the one that it has by chance.

    Parameters
    ----------
    true : (2^n_neurons,) float
        A reward of the ring, all neurons alike.
    model : str
        ``"pairwise"`` or ``"global"``.

    Returns
    -------
    ceiling : float
        r² of the model's reward that is nearest to the true one.
    chance : float
        Mean r² of its rewards, all neurons alike, in random directions.

    Notes
    -----
    A random direction among k has on average 1/k of its squared length along any one, so chance
    is the ceiling over the number of dimensions, constants not counted.
    """
    checks.choice("model", model, ("pairwise", "global"))
    true = as_function("true", true, by_input=False)
    n_neurons = n_neurons_of(true)
    if model == "pairwise":
        basis = ring_features(all_states(n_neurons), n_neurons // 2)
    else:
        basis = (spike_counts(n_neurons)[:, None] == np.arange(n_neurons)) * 1.0
    basis = basis - basis.mean(axis=0)
    nearest = basis @ np.linalg.lstsq(basis, true - true.mean(), rcond=None)[0]
    ceiling = fit_of(true, nearest)
    return ceiling, ceiling / np.linalg.matrix_rank(basis)


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
    found = {"sparse": _sparse_prediction(solution, high_cost.coding_cost)}
    for name, infer in (("pairwise", infer_pairwise), ("global", infer_global)):
        reward = infer(criterion, cut=cut)
        found[name] = reward, raise_coding_cost(solution, high_cost.coding_cost, reward)
    return {
        name: ModelFit(
            reward,
            fit_of(true_reward, reward),
            predicted,
            kl_between(high_cost.law, predicted.law),
        )
        for name, (reward, predicted) in found.items()
    }


@lru_cache(maxsize=1)  # it is the same for every cut
def _sparse_prediction(solution: Solution, coding_cost: float) -> tuple[np.ndarray, Solution]:
    """A network's sparse reward, and the best network for it at a higher coding cost."""
    reward = checks.read_only(infer_sparse(optimality_criterion(solution)))
    return reward, raise_coding_cost(solution, coding_cost, reward)


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
    rng, exact = checks.generator(seed), solution.network
    found = []
    for _ in range(n_networks):
        error = np.triu(rng.normal(0, noise, exact.couplings.shape), 1)
        fields = exact.fields + rng.normal(0, noise, exact.n_neurons)
        noisy = PairwiseNetwork(exact.couplings + error + error.T, fields)
        found.append(_sparse_fit(noisy, solution.coding_cost, true_reward, slack))
    return np.array(found)


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
    trainings: Sequence[RingTraining], reward: np.ndarray, coding_cost: float
) -> TrainingCurves:
    """How trainings that kept networks at the same epochs went."""
    if not trainings:
        raise ValueError("trainings must hold one or more, got none")
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


def _least_squares(criterion: Criterion, basis: np.ndarray, cut: float) -> np.ndarray:
    checks.number("cut", cut, above=0, high=1)
    return basis @ np.linalg.lstsq(criterion.matrix @ basis, criterion.target, rcond=cut)[0]
