"""How sure one can be of an inferred reward, and how much data inference needs (Fig. 3).

One recording tells it by the posterior of its reward; many simulated recordings of one network,
whose reward is known, tell it by what was inferred from each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.special import ndtri

from ...core import checks
from ..optimal_network.changes import restrict, spike_count_reward, sum_out, switching_input
from ..optimal_network.inverse import kl_between, r_squared
from ..optimal_network.network import NetworkTask, OptimalNetwork, optimise
from ..optimal_network.recording import TransitionCounts, simulate
from .inference import RewardFit, fit_simulation, information, input_counts, reward_of

LEVEL = 0.95  # of all intervals


@dataclass(frozen=True, eq=False)
class RewardPosterior:
    """What the reward may be, given a recording.

    Attributes
    ----------
    low, high : (2^n, n_inputs) float
        Ends of each state's 95% interval.
    r_squared : (n_draws,) float
        Of each drawn reward with the inferred one.  If the posterior is right, the true reward is
        one such draw, so these tell how near to it the inferred one is.
    """

    low: np.ndarray
    high: np.ndarray
    r_squared: np.ndarray

    @property
    def expected_r_squared(self) -> tuple[float, float, float]:
        """Mean and ends of the 95% interval of the r² to expect with the true reward."""
        low, high = np.quantile(self.r_squared, [(1 - LEVEL) / 2, 1 - (1 - LEVEL) / 2])
        return float(self.r_squared.mean()), float(low), float(high)


def reward_posterior(
    fit: RewardFit,
    counts: TransitionCounts,
    seed: int | np.random.Generator,
    *,
    n_draws: int = 200,
) -> RewardPosterior:
    """Intervals of an inferred reward, from the Laplace approximation of its posterior.

    Parameters
    ----------
    fit : RewardFit
    counts : TransitionCounts
        What it was fitted to.
    seed : int or numpy.random.Generator
    n_draws : int
        Drawn rewards, at least 20.

    Notes
    -----
    Potentials are drawn from the Gaussian with the most probable ones as mean and the inverse of
    prior plus Fisher information as covariance, the input's transitions from Dirichlet laws of
    their counts; each draw goes through the exact inversion and gets the same gauge.  An interval
    is the inferred reward ± the normal quantile times the draws' standard deviation.  The
    marginal counts as known.
    """
    checks.integer("n_draws", n_draws, low=20)
    random = np.random.default_rng(seed)
    n_states, n_inputs = fit.reward.shape
    drawn = np.empty((n_draws, n_states, n_inputs))
    for x in range(n_inputs):
        matrix = information(counts, fit.potential, fit.marginal, x)
        matrix.flat[:: n_states + 1] += fit.prior
        root = cholesky(matrix, lower=True, overwrite_a=True)
        noise = random.standard_normal((n_states, n_draws))
        noise = solve_triangular(root, noise, trans="T", lower=True)
        drawn[:, :, x] = fit.potential[:, x] + noise.T
    moves = np.stack([random.dirichlet(row, n_draws) for row in input_counts(counts)], axis=1)
    for k, potential in enumerate(drawn):
        drawn[k] = reward_of(potential, fit.marginal, moves[k], fit.task.temperature)
    spread = np.sqrt(np.mean((drawn - drawn.mean(axis=0)) ** 2, axis=0))
    reach = ndtri((1 + LEVEL) / 2) * spread
    likeness = [r_squared(one, fit.reward, "median") for one in drawn]
    return RewardPosterior(fit.reward - reach, fit.reward + reach, np.array(likeness))


def two_or_six() -> tuple[OptimalNetwork, np.ndarray]:
    """Eight neurons that are rewarded for 2 spikes when x = −1 and for 6 when x = +1.

    Returns
    -------
    OptimalNetwork
    (256, 2) float
        Its reward, 0 or 1.

    Notes
    -----
    The captions do not give the coding cost, 0.05 here, nor how often the input changes, in 2% of
    steps here.
    """
    reward = spike_count_reward(8, (2, 6))
    return optimise(NetworkTask(8, switching_input(0.5, 0.02)), reward), reward


@dataclass(frozen=True, eq=False)
class Change:
    """What is changed, to see whether the inferred reward predicts the new optimum.

    Attributes
    ----------
    task : NetworkTask
        The changed one.
    fixed : mapping of int to -1 or 1
        Neurons that do not choose any more; see :func:`.changes.without`.
    """

    task: NetworkTask
    fixed: Mapping[int, int] = field(default_factory=dict)

    def optimum(self, reward: np.ndarray) -> OptimalNetwork:
        """The best network for a reward (2^n, n_inputs) of the unchanged network."""
        # Firing probabilities to 1e-4 give divergences to 0.1%, far better than data can tell.
        return optimise(self.task, restrict(reward, self.fixed), tolerance=1e-4)


def rewards_from_simulations(
    network: OptimalNetwork,
    n_samples: Sequence[int],
    seeds: Sequence[int],
    *,
    updates_known: bool,
    prior: float = 0.1,
) -> np.ndarray:
    """Infer the reward from the beginnings of simulated recordings.

    Parameters
    ----------
    network : OptimalNetwork
    n_samples : sequence of int
        Lengths of the beginnings, in steps.
    seeds : sequence of int
        One recording each, which is the same for either ``updates_known``.
    updates_known : bool
        Whether it is known which neuron chose its state.
    prior : float
        As of :func:`.from_data.fit_reward`.

    Returns
    -------
    (n_seeds, n_lengths, 2^n, n_inputs) float
    """
    task = network.task
    found = np.empty((len(seeds), len(n_samples), task.n_states, task.n_inputs))
    for rewards, seed in zip(found, seeds, strict=True):
        recording = simulate(network, max(n_samples), seed)
        for k, length in enumerate(n_samples):
            beginning = recording.first(length)
            fit = fit_simulation(beginning, task, updates_known=updates_known, prior=prior)
            rewards[k] = fit.reward
    return found


def prediction_errors(change: Change, reward: np.ndarray, inferred: np.ndarray) -> np.ndarray:
    """How far predictions are from the network that is truly best after a change (Figs. 3C, 3D).

    Parameters
    ----------
    change : Change
    reward : (2^n, n_inputs) float
        The true one.
    inferred : (..., 2^n, n_inputs) float

    Returns
    -------
    (...) float
        KL divergence, in nats, of the predicted joint law of states and inputs from the true one.
    """
    truth = change.optimum(reward).stationary
    found = np.empty(inferred.shape[:-2])
    for place in np.ndindex(found.shape):
        found[place] = kl_between(truth, change.optimum(inferred[place]).stationary)
    return found


def reference_error(change: Change, reward: np.ndarray, network: OptimalNetwork) -> float:
    """The same for somebody who assumes that nothing changes: the dashed lines of Figs. 3C, 3D.

    The prediction is the law of the unchanged ``network``, with neurons that do not choose any
    more summed out.
    """
    law = sum_out(network.stationary, change.fixed)
    return kl_between(change.optimum(reward).stationary, law)


def conditional_reference_error(
    change: Change, reward: np.ndarray, network: OptimalNetwork
) -> float:
    """As :func:`reference_error`, for somebody who conditions on what was changed.

    The prediction is the law of the unchanged network given that the fixed neurons are in their
    states; or, if none is fixed, its law given each input, with the inputs as frequent as now.
    """
    truth = change.optimum(reward).stationary
    law = restrict(network.stationary, change.fixed)
    law = law / law.sum() if change.fixed else law / law.sum(axis=0) * truth.sum(axis=0)
    return kl_between(truth, law)
