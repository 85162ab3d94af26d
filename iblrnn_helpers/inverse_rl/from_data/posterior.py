"""How sure one can be of an inferred reward, and how much data inference needs (Fig. 3).

One recording tells it by the posterior of its reward; many simulated recordings of one network,
whose reward is known, tell it by what was inferred from each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, ndtri

from ...core import checks
from ..hypercube import as_floats
from ..optimal_network.changes import restrict, spike_count_reward, sum_out, switching_input
from ..optimal_network.inverse import kl_between, r_squared
from ..optimal_network.network import NetworkTask, OptimalNetwork, optimise
from ..optimal_network.recording import Recording, TransitionCounts, simulate, total
from .inference import (
    PriorChoice,
    RewardFit,
    check_counts,
    choose_prior,
    fit_reward,
    fit_simulation,
    input_counts,
    input_transitions,
    keep_log_odds,
    most_probable,
    reward_of,
    scaled_reward,
)

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
    doubtful : (n_draws // 2,) float
        The same of draws under a prior ten times weaker: short recordings hardly tell its
        strength.
    halves : float
        r² to expect if all that halves of the recording agree on is true; 0 without halves.
    """

    low: np.ndarray
    high: np.ndarray
    r_squared: np.ndarray
    doubtful: np.ndarray
    halves: float = 0.0

    @property
    def expected_r_squared(self) -> tuple[float, float, float]:
        """Mean of the draws' r² with the true reward, and ends of an interval that holds it.

        Draws doubt what a Gaussian law of rewards makes doubtful, and so expect too little of
        rewards that are sparse; halves of a recording share their prior, and so expect too much.
        The interval reaches from the 2.5% quantile of the doubtful draws to the higher of the
        draws' 97.5% quantile and the halves.
        """
        low = min(np.quantile(one, (1 - LEVEL) / 2) for one in (self.doubtful, self.r_squared))
        high = max(np.quantile(self.r_squared, (1 + LEVEL) / 2), self.halves)
        return float(self.r_squared.mean()), float(low), float(high)


def reward_posterior(
    fit: RewardFit,
    counts: TransitionCounts,
    seed: int | np.random.Generator,
    *,
    n_draws: int = 40,
    parts: Sequence[TransitionCounts] = (),
    progress: Callable[[int, int], None] | None = None,
) -> RewardPosterior:
    """Intervals of an inferred reward, from simulations of the fitted network.

    Parameters
    ----------
    fit : RewardFit
    counts : TransitionCounts
        What it was fitted to.
    seed : int or numpy.random.Generator
    n_draws : int
        Drawn rewards, at least 20.
    parts : sequence of TransitionCounts, optional
        Of :func:`.recording.count_parts`: the even ones and the odd ones are the two halves.
    progress : callable, optional
        Told the number of draws that are done, and of all.

    Notes
    -----
    Each draw is the most probable reward of steps that the fitted network takes from the states
    that were visited, under the prior whose mean is the fit plus a draw of the prior's noise.  To
    first order that is a draw from the posterior: steps bring noise of covariance F, the Fisher
    information, the prior its own, and (F + Γ)⁻¹ (F + Γ) (F + Γ)⁻¹ = (F + Γ)⁻¹.

    That holds if rewards are as the prior says.  If they are not, as when a fifth of the states is
    paid and all alike, the prior pulls these together, by many standard deviations of the draws.
    So an interval reaches from the most probable reward past that under a prior ten times weaker,
    as far again, and the normal quantile times the draws' standard deviation on either side.

    Halves with a correlation c let the whole expect r² = 2c / (1 + c) (Spearman and Brown).
    """
    checks.integer("n_draws", n_draws, low=20)
    random = checks.generator(seed)
    weaker, _ = most_probable(
        counts, fit.prior / 10, fit.prior_on, marginal=fit.task.marginal, start=fit.potential
    )
    drawn, n_doubtful = [], n_draws // 2
    for k in range(n_draws + n_doubtful):
        doubtful = k >= n_draws
        potential, prior = (weaker, fit.prior / 10) if doubtful else (fit.potential, fit.prior)
        drawn.append(_drawn(fit, counts, potential, prior, random))
        if progress is not None:
            progress(k + 1, n_draws + n_doubtful)
    likeness = np.array([r_squared(one, fit.reward, "median") for one in drawn])
    spread = np.std(drawn[:n_draws], axis=0)
    task = fit.task
    released = reward_of(weaker, fit.marginal, task.input_transitions, task.temperature)
    ends = fit.reward, 2 * released - fit.reward
    low, high = np.minimum(*ends), np.maximum(*ends)
    reach = ndtri((1 + LEVEL) / 2) * spread
    halves = 0.0
    if len(parts) > 1:
        first, second = (
            _refitted(fit, total(parts[k::2]), fit.potential, fit.prior, 0.0) for k in range(2)
        )
        agreement = np.sqrt(r_squared(first, second, "median"))
        halves = float(2 * agreement / (1 + agreement))
    return RewardPosterior(
        low - reach, high + reach, likeness[:n_draws], likeness[n_draws:], halves
    )


def infer_and_judge(
    parts: Sequence[TransitionCounts],
    *,
    coding_cost: float = 0.05,
    prior: float | None = None,
    seed: int = 0,
    n_draws: int = 40,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[RewardFit, RewardPosterior, PriorChoice | None]:
    """All that ``iblrnn infer-reward`` does: choose the prior on the reward, fit, and judge.

    Parameters
    ----------
    parts : sequence of TransitionCounts
        Of :func:`.recording.count_parts`, say 20; every fourth is held out together.
    coding_cost, prior
        As of :func:`.from_data.fit_reward`; without a prior the best of ``PRIORS["reward"]``.
    seed, n_draws, progress
        As of :func:`reward_posterior`.

    Raises
    ------
    ValueError
        As :func:`.from_data.choose_prior` and :func:`.from_data.fit_reward`.
    """
    random = checks.generator(seed)
    counts, choice = total(parts), None
    check_counts(counts)
    if prior is None:
        n_folds = min(4, len(parts))
        choice = choose_prior([total(parts[k::n_folds]) for k in range(n_folds)], prior_on="reward")
        prior = choice.best
    fit = fit_reward(counts, coding_cost=coding_cost, prior=prior, prior_on="reward")
    options = {"n_draws": n_draws, "parts": parts, "progress": progress}
    return fit, reward_posterior(fit, counts, random, **options), choice


def _drawn(fit: RewardFit, counts: TransitionCounts, potential, prior: float, random):
    """A reward from the posterior whose most probable potentials, under a prior, are given."""
    centre = potential
    if fit.prior_on == "reward":
        inverse = np.linalg.inv(input_transitions(counts))
        centre, _ = scaled_reward(potential, fit.marginal, inverse)
    centre = centre + random.standard_normal(centre.shape) / np.sqrt(prior)
    again = _redrawn(counts, keep_log_odds(potential, fit.marginal), random)
    return _refitted(fit, again, potential, prior, centre)


def _redrawn(counts: TransitionCounts, keeps: np.ndarray, random) -> TransitionCounts:
    """Steps of a network, as many from each state and input as were recorded."""
    flip, n_neurons = np.moveaxis(expit(-keeps), 0, -1), counts.n_neurons
    if counts.updates_known:
        chosen = np.moveaxis(counts.flips + counts.stays, 0, -1).astype(int)
        flips = random.binomial(chosen, flip)
        stays = np.moveaxis(chosen - flips, -1, 0)
    else:
        each = np.concatenate([flip, n_neurons - flip.sum(axis=-1, keepdims=True)], axis=-1)
        drawn = random.multinomial(counts.visits.astype(int), each / n_neurons)
        flips, stays = drawn[..., :-1], drawn[..., -1]
    moves = np.stack([row.sum() * random.dirichlet(row) for row in input_counts(counts)])
    return TransitionCounts(np.moveaxis(flips, -1, 0).astype(float), stays.astype(float), moves)


def _refitted(fit: RewardFit, counts: TransitionCounts, start, prior: float, centre) -> np.ndarray:
    """The most probable reward (2^n, n_inputs) of other counts."""
    task = fit.task
    potential, _ = most_probable(
        counts, prior, fit.prior_on, marginal=task.marginal,
        start=start, centre=centre, max_iterations=1_000,
    )  # fmt: skip
    return reward_of(potential, fit.marginal, input_transitions(counts), task.temperature)


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
    prior_on: str = "value",
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
    prior, prior_on
        As of :func:`.from_data.fit_reward`.

    Returns
    -------
    (n_seeds, n_lengths, 2^n, n_inputs) float
    """
    _check_lengths(n_samples)
    task = network.task
    found = np.empty((len(seeds), len(n_samples), task.n_states, task.n_inputs))
    options = {"updates_known": updates_known, "prior": prior, "prior_on": prior_on}
    for at, beginning in _beginnings(network, n_samples, seeds):
        found[at] = fit_simulation(beginning, task, **options).reward
    return found


def _check_lengths(n_samples: Sequence[int]) -> None:
    if not len(n_samples):
        raise ValueError("n_samples must hold one length or more, got none")
    for length in n_samples:
        checks.integer("n_samples", length, low=1)


def visits_in_simulations(
    network: OptimalNetwork, n_samples: Sequence[int], seeds: Sequence[int]
) -> np.ndarray:
    """How often each state was visited, in the recordings of :func:`rewards_from_simulations`.

    Returns
    -------
    (n_seeds, n_lengths, 2^n, n_inputs) float
    """
    _check_lengths(n_samples)
    task = network.task
    found = np.zeros((len(seeds), len(n_samples), task.n_states, task.n_inputs))
    for at, beginning in _beginnings(network, n_samples, seeds):
        np.add.at(found[at], (beginning.states[:-1], beginning.inputs[:-1]), 1)
    return found


def _beginnings(
    network: OptimalNetwork, n_samples: Sequence[int], seeds: Sequence[int]
) -> Iterator[tuple[tuple[int, int], Recording]]:
    """Of a simulated recording for each seed, with the places of seed and length."""
    for k, seed in enumerate(seeds):
        recording = simulate(network, max(n_samples), seed)
        for j, length in enumerate(n_samples):
            yield (k, j), recording.first(length)


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
    inferred = as_floats("inferred", inferred)
    truth = change.optimum(reward).stationary
    found = np.empty(inferred.shape[:-2])
    for place in np.ndindex(found.shape):
        found[place] = kl_between(truth, change.optimum(inferred[place]).stationary)
    return found


def reference_error(change: Change, reward: np.ndarray, network: OptimalNetwork) -> float:
    """The same for a prediction that assumes no change: the dashed lines of Figs. 3C, 3D.

    The prediction is the law of the unchanged ``network``, with neurons that do not choose any
    more summed out.
    """
    law = sum_out(network.stationary, change.fixed)
    return kl_between(change.optimum(reward).stationary, law)


def conditional_reference_error(
    change: Change, reward: np.ndarray, network: OptimalNetwork
) -> float:
    """As :func:`reference_error`, for a prediction that conditions on what was changed.

    The prediction is the law of the unchanged network given that the fixed neurons are in their
    states; or, if none is fixed, its law given each input, with the inputs as frequent as now.
    """
    truth = change.optimum(reward).stationary
    law = restrict(network.stationary, change.fixed)
    law = law / law.sum() if change.fixed else law / law.sum(axis=0) * truth.sum(axis=0)
    return kl_between(truth, law)
