"""From a pairwise network to the reward that it serves: sparse, pairwise or global (Fig. 6).

A network whose value function is restricted is not the best of all for any reward, so its policies
do not tell the reward directly.  They tell that it cannot be improved within its means: for every
feature f_k that its couplings and fields weigh,

    < (r − r̂) (f_k − <f_k>) >_p = 0,    r̂(σ) = λ Σ_i log[π_i(σ_i|σ) / q(σ_i)],

78 linear equations for 4096 rewards with 12 neurons (Chalk et al. 2021, the optimality criterion;
its display was not to be had, this one is derived: the gradient of L, see ``pairwise``).  What is
missing must be assumed: that few states are rewarded, that the reward is of first and second
order, or that only the number of active neurons matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..hypercube import n_neurons_of, spike_counts, spins
from .pairwise import PairwiseNetwork, all_states, information, pair_features
from .training import CONVERGED, Solution

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
    from scipy.optimize import linprog

    checks.number("slack", slack, low=0)
    size = np.abs(criterion.matrix).max(axis=1)
    matrix, target = criterion.matrix / size[:, None], criterion.target / size
    limits = {"A_eq": matrix, "b_eq": target}
    if slack > 0:
        room = slack * np.abs(target)
        limits = {
            "A_ub": np.vstack([matrix, -matrix]),
            "b_ub": np.append(target + room, room - target),
        }
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
    return _least_squares(criterion, pair_features(spins(_n_neurons(criterion))), cut)


def infer_global(criterion: Criterion, *, cut: float = DEFAULT_CUT) -> np.ndarray:
    """The reward W_m of the number m of active neurons that comes closest to the criterion.

    Parameters and returned value are those of :func:`infer_pairwise`.
    """
    counts = spike_counts(_n_neurons(criterion))
    return _least_squares(criterion, (counts[:, None] == np.arange(counts.max() + 1)) * 1.0, cut)


def _n_neurons(criterion: Criterion) -> int:
    return n_neurons_of(criterion.matrix[0])


def _least_squares(criterion: Criterion, basis: np.ndarray, cut: float) -> np.ndarray:
    checks.number("cut", cut, above=0, high=1)
    return basis @ np.linalg.lstsq(criterion.matrix @ basis, criterion.target, rcond=cut)[0]
