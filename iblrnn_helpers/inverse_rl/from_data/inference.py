"""The reward that a network acts for, inferred from a recording of limited length (Fig. 3).

Chalk et al. (2021) show that it works; their estimator was not at hand, so this one is ours: the
most probable potentials w = v̄/T under a Gaussian prior, then the exact inversion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..hypercube import differences
from ..optimal_network.inverse import infer_reward
from ..optimal_network.network import MARGINALS, NetworkTask
from ..transitions import TransitionCounts, total
from .likelihood import log_likelihood

PRIORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_UNSEEN_INPUT_STEP = 1e-3  # added to the counts of the input's steps
_MOST_LEFT_OUT = 0.05


@dataclass(frozen=True, eq=False)
class RewardFit:
    """A reward inferred from a recording.

    Attributes
    ----------
    reward : (2^n, n_inputs) float
        With median 0 over states for each input.
    task : NetworkTask
        The network's size and coding cost, with the input's transitions as recorded.
    potential : (2^n, n_inputs) float
        w = v̄/T.
    marginal : (n,) float
        q_i(+1) as recorded.
    prior : float
        γ.
    log_likelihood : float
        Of the recording, in nats.
    n_iterations : int
    converged : bool
    """

    reward: np.ndarray
    task: NetworkTask
    potential: np.ndarray
    marginal: np.ndarray
    prior: float
    log_likelihood: float
    n_iterations: int
    converged: bool

    @property
    def log_odds(self) -> np.ndarray:
        """(n, 2^n, n_inputs) log of π_i(+1|σ, x) / π_i(−1|σ, x)."""
        return policy(self.potential, self.marginal)


@dataclass(frozen=True, eq=False)
class PriorChoice:
    """How well each prior lets one part of a recording predict the rest.

    Attributes
    ----------
    priors : (n_priors,) float
    log_likelihood : (n_parts, n_priors) float
        Nats per step of each part, under the fit to all others.
    best : float
        The prior with the highest mean.
    """

    priors: np.ndarray
    log_likelihood: np.ndarray
    best: float


def policy(potential: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """Log-odds of firing, (n, 2^n, n_inputs), for potentials (2^n, n_inputs) and q_i(+1)."""
    prior = np.log(marginal) - np.log1p(-marginal)
    return prior[:, None, None] + differences(potential)


def input_counts(counts: TransitionCounts) -> np.ndarray:
    """Steps of the input, (n_inputs, n_inputs), none of them quite 0: unseen is not impossible."""
    return counts.inputs + _UNSEEN_INPUT_STEP


def fit_reward(
    counts: TransitionCounts,
    *,
    coding_cost: float = 0.05,
    prior: float = 0.1,
    marginal: str = "population",
    cost: str = "sum",
    max_iterations: int = 5_000,
) -> RewardFit:
    """The most probable reward of a recorded network.

    Parameters
    ----------
    counts : TransitionCounts
        With or without known updates.
    coding_cost : float
        λ.  The recording tells the reward in units of λ only.
    prior : float
        γ, above 0: potentials have the log-prior −γ/2 Σ w².  :func:`choose_prior` chooses one.
    marginal, cost : str
        As of :class:`.network.NetworkTask`.
    max_iterations : int
        Of L-BFGS.

    Returns
    -------
    RewardFit

    Raises
    ------
    ValueError
        A neuron that never or always fires, more than 5% of steps in which several neurons
        change, a coding cost or a prior that is not above 0, or inputs that follow each other too
        randomly.
    """
    checks.number("prior", prior, above=0)
    checks.choice("marginal", marginal, MARGINALS)
    potential, rates, result = _most_probable(counts, prior, marginal, max_iterations)
    transitions = input_counts(counts)
    task = NetworkTask(
        counts.n_neurons,
        transitions / transitions.sum(axis=1, keepdims=True),
        coding_cost,
        marginal,
        cost,
    )
    found = infer_reward(
        policy(potential, rates), rates, task.input_transitions, task.temperature, gauge="median"
    )
    return RewardFit(
        reward=found.reward,
        task=task,
        potential=potential,
        marginal=rates,
        prior=float(prior),
        log_likelihood=log_likelihood(counts, potential, rates)[0],
        n_iterations=int(result.nit),
        converged=bool(result.success),
    )


def choose_prior(
    parts: Sequence[TransitionCounts],
    priors: Sequence[float] = PRIORS,
    *,
    marginal: str = "population",
) -> PriorChoice:
    """The prior under which a fit to most of a recording best predicts the rest.

    Parameters
    ----------
    parts : sequence of TransitionCounts
        Of :func:`.transitions.count_parts`.
    priors : sequence of float
    marginal : str

    Returns
    -------
    PriorChoice

    Raises
    ------
    ValueError
        Fewer than two parts, no prior, or as :func:`fit_reward`.
    """
    if len(parts) < 2 or not len(priors):
        raise ValueError(f"give two parts and a prior, got {len(parts)} and {len(priors)}")
    for prior in priors:
        checks.number("priors", prior, above=0)
    found = np.empty((len(parts), len(priors)))
    for row, held_out in zip(found, parts, strict=True):
        others = total(part for part in parts if part is not held_out)
        for k, prior in enumerate(priors):
            potential, rates, _ = _most_probable(others, prior, marginal, 2_000)
            row[k] = log_likelihood(held_out, potential, rates)[0] / held_out.visits.sum()
    return PriorChoice(np.array(priors), found, float(priors[int(found.mean(axis=0).argmax())]))


def _most_probable(counts: TransitionCounts, prior: float, marginal: str, max_iterations: int):
    from scipy.optimize import minimize

    rates = _marginal(counts, marginal)
    shape = counts.visits.shape

    def loss(flat):
        potential = flat.reshape(shape)
        value, gradient = log_likelihood(counts, potential, rates)
        return prior / 2 * flat @ flat - value, prior * flat - gradient.ravel()

    result = minimize(
        loss,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iterations, "maxfun": 2 * max_iterations, "maxcor": 20,
                 "ftol": 1e-12, "gtol": 1e-3},
    )  # fmt: skip
    return result.x.reshape(shape), rates, result


def _marginal(counts: TransitionCounts, marginal: str) -> np.ndarray:
    n_steps = counts.visits.sum()
    if counts.n_left_out > _MOST_LEFT_OUT * (n_steps + counts.n_left_out):
        raise ValueError(
            f"in {counts.n_left_out:,} of {n_steps + counts.n_left_out:,.0f} steps several neurons "
            "change at once, but the model updates one neuron a step; use shorter time bins"
        )
    activity = counts.activity
    for neuron in np.flatnonzero((activity <= 0) | (activity >= 1)):
        what = "never" if activity[neuron] <= 0 else "always"
        raise ValueError(
            f"neuron {neuron} {what} fires in {n_steps:,.0f} steps, so it tells nothing of the "
            "reward; leave it out, or record for longer"
        )
    if marginal == "individual":
        return activity
    return np.full(counts.n_neurons, activity.mean())
