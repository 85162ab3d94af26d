"""The reward of a ring network from a recording of limited length, not from its exact couplings.

How the paper goes from recorded dynamics to couplings was not at hand.  Here it is known which
neuron chose, and that all are alike, so that seven numbers are to be found from all choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from ...core import checks
from ..hypercube import spins
from ..optimal_network.inverse import kl_between
from ..optimal_network.recording import Recording, simulate
from .pairwise import PairwiseNetwork
from .reward_models import fit_of, infer_sparse, optimality_criterion
from .ring import raise_coding_cost, ring_distances, ring_network
from .training import Solution


@dataclass(frozen=True, eq=False)
class RecordingFit:
    """The sparse reward of one recording, and what it predicts.

    Attributes
    ----------
    reward : (2^n_neurons,) float
    r_squared : float
        With the true reward, all states alike.  It does not see the reward's unit.
    size : float
        Mean inferred reward where the true one is its highest, over that.
    kl : float
        KL(truly optimal ‖ predicted) at the higher coding cost, in nats.
    kl_in_unit : float
        The same for the inferred reward over ``size``.
    """

    reward: np.ndarray
    r_squared: float
    size: float
    kl: float
    kl_in_unit: float


def fit_ring(recording: Recording, *, prior: float = 0.01) -> PairwiseNetwork:
    """The most probable ring network, all neurons alike, of a recording with known updates.

    Parameters
    ----------
    recording : Recording
        Of a network without input.
    prior : float
        γ, above 0: couplings and the field, each in units of T, have the log-prior −γ/2 Σ θ².

    Returns
    -------
    PairwiseNetwork

    Raises
    ------
    ValueError
        A prior that is not above 0, or a single neuron.
    """
    checks.number("prior", prior, above=0)
    n = checks.integer("n_neurons", recording.n_neurons, low=2)
    states, distance = spins(n).astype(float), ring_distances(n)
    near = np.stack([states @ (distance == d) for d in range(1, distance.max() + 1)], axis=-1)
    features = 2 * np.concatenate([near, np.ones((*near.shape[:2], 1))], axis=-1)
    place = recording.states[:-1] * n + recording.updated
    fired = (recording.states[1:] >> recording.updated) & 1
    n_chosen, n_fired = (np.bincount(place, by, minlength=n * 2**n) for by in (None, fired))
    seen = np.flatnonzero(n_chosen)
    # Choices with the same sums of neighbours are repetitions of one.
    rows, group = np.unique(
        features.reshape(-1, features.shape[-1])[seen], axis=0, return_inverse=True
    )
    group = group.ravel()
    n_chosen, n_fired = (np.bincount(group, by[seen]) for by in (n_chosen, n_fired))

    def loss(theta):
        drive = rows @ theta
        likelihood = n_fired @ log_expit(drive) + (n_chosen - n_fired) @ log_expit(-drive)
        slope = rows.T @ (n_fired - n_chosen * expit(drive))
        return prior / 2 * theta @ theta - likelihood, prior * theta - slope

    options = {"maxiter": 5_000, "ftol": 1e-15, "gtol": 1e-6}
    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return ring_network(found[:-1], found[-1], n)


def from_recordings(
    solution: Solution,
    high_cost: Solution,
    true_reward: np.ndarray,
    n_samples: int,
    seeds: Sequence[int],
    *,
    slack: float = 0.1,
) -> list[RecordingFit]:
    """Infer the sparse reward from recordings of a network, and predict its higher coding cost.

    Parameters
    ----------
    solution : Solution
        The recorded network.
    high_cost : Solution
        The best network for the true reward at a higher coding cost.
    true_reward : (2^n_neurons,) float
    n_samples : int
        Updates in each recording, which starts in a state of the highest reward.
    seeds : sequence of int
        One recording each.
    slack : float
        Of :func:`.reward_models.infer_sparse`.
    """
    start, rewarded = (int(true_reward.argmax()), 0), true_reward == true_reward.max()
    log_odds, cost = solution.network.log_odds(), solution.coding_cost
    found = []
    for seed in seeds:
        recording = simulate(log_odds, n_samples, seed, input_transitions=[[1.0]], start=start)
        criterion = optimality_criterion(fit_ring(recording), cost)
        reward = infer_sparse(criterion, slack=slack)
        size = float(reward[rewarded].mean() / true_reward.max())
        divergences = []
        for one in (reward, reward / size):
            predicted = raise_coding_cost(solution, high_cost.coding_cost, one, settled=1e-6)
            divergences.append(kl_between(high_cost.law, predicted.law))
        found.append(RecordingFit(reward, fit_of(true_reward, reward), size, *divergences))
    return found
