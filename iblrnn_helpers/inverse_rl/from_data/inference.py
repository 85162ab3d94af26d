"""The reward that a network acts for, inferred from a recording of limited length (Fig. 3).

Chalk et al. (2021) show that it works; their estimator was not at hand, so this one is ours: the
most probable potentials w = v̄/T under a Gaussian prior, then the exact inversion.  With s_i the
state of neuron i and h_i the probability that it keeps its state when it chooses,

    h_i(σ, x) = sigmoid( s_i logit q_i + w(σ, x) − w(σ with neuron i flipped, x) ).

If updates are known, each choice contributes log h_i or log(1 − h_i) to the log-likelihood.  If
only states are known, a flip of i contributes log((1 − h_i)/n), a stay log(Σ_i h_i / n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array, diags_array
from scipy.special import expit, log_expit

from ...core import checks
from ..hypercube import differences, spins
from ..optimal_network.inverse import infer_reward
from ..optimal_network.network import MARGINALS, NetworkTask
from ..optimal_network.recording import Recording, TransitionCounts, count_transitions, total

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
    converged : bool
    """

    reward: np.ndarray
    task: NetworkTask
    potential: np.ndarray
    marginal: np.ndarray
    prior: float
    log_likelihood: float
    converged: bool


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


def fit_reward(
    counts: TransitionCounts,
    *,
    coding_cost: float = 0.05,
    prior: float = 0.1,
    marginal: str = "population",
    cost: str = "sum",
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

    Raises
    ------
    ValueError
        A neuron that never or always fires, more than 5% of steps in which several neurons
        change, a coding cost or a prior that is not above 0, or inputs that follow each other too
        randomly.
    """
    checks.number("prior", prior, above=0)
    checks.choice("marginal", marginal, MARGINALS)
    potential, rates, converged = _most_probable(counts, prior, marginal, 5_000)
    moves = input_counts(counts)
    moves = moves / moves.sum(axis=1, keepdims=True)
    task = NetworkTask(counts.n_neurons, moves, coding_cost, marginal, cost)
    reward = reward_of(potential, rates, task.input_transitions, task.temperature)
    nats, _ = log_likelihood(counts, potential, rates)
    return RewardFit(reward, task, potential, rates, float(prior), nats, converged)


def fit_simulation(
    recording: Recording, task: NetworkTask, *, updates_known: bool, prior: float = 0.1
) -> RewardFit:
    """The same of a simulated network, from what an experimenter would know of it."""
    counts = count_transitions(
        recording.states,
        task.n_neurons,
        recording.inputs,
        updated=recording.updated if updates_known else None,
        n_inputs=task.n_inputs,
    )
    kind = {"marginal": task.marginal, "cost": task.cost}
    return fit_reward(counts, coding_cost=task.coding_cost, prior=prior, **kind)


def choose_prior(
    parts: Sequence[TransitionCounts], priors: Sequence[float] = PRIORS
) -> PriorChoice:
    """The prior under which a fit to most of a recording best predicts the rest.

    Parameters
    ----------
    parts : sequence of TransitionCounts
        Of :func:`.recording.count_parts`.
    priors : sequence of float

    Raises
    ------
    ValueError
        As :func:`fit_reward`.
    """
    found = np.empty((len(parts), len(priors)))
    for row, held_out in zip(found, parts, strict=True):
        others = total(part for part in parts if part is not held_out)
        for k, prior in enumerate(priors):
            potential, rates, _ = _most_probable(others, prior, "population", 2_000)
            row[k] = log_likelihood(held_out, potential, rates)[0] / held_out.visits.sum()
    return PriorChoice(np.array(priors), found, float(priors[int(found.mean(axis=0).argmax())]))


def policy(potential: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """Log-odds of firing, (n, 2^n, n_inputs), for potentials (2^n, n_inputs) and q_i(+1)."""
    prior = np.log(marginal) - np.log1p(-marginal)
    return prior[:, None, None] + differences(potential)


def input_counts(counts: TransitionCounts) -> np.ndarray:
    """Steps of the input, (n_inputs, n_inputs), none of them quite 0: unseen is not impossible."""
    return counts.inputs + _UNSEEN_INPUT_STEP


def reward_of(potential, marginal, input_transitions, temperature: float) -> np.ndarray:
    """The reward (2^n, n_inputs) of potentials, with median 0 over states for each input."""
    log_odds = policy(potential, marginal)
    return infer_reward(log_odds, marginal, input_transitions, temperature, gauge="median").reward


def neighbours(n_neurons: int) -> np.ndarray:
    """(n, 2^n) number of each state with neuron i flipped."""
    return np.arange(2**n_neurons) ^ (1 << np.arange(n_neurons))[:, None]


def keep_log_odds(potential: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """Log-odds that a neuron, when it chooses, keeps its state.

    Parameters
    ----------
    potential : (2^n, n_inputs) float
    marginal : (n,) float
        q_i(+1).

    Returns
    -------
    (n, 2^n, n_inputs) float
    """
    prior = np.log(marginal) - np.log1p(-marginal)
    signed = (spins(len(marginal)) * prior).T[:, :, None]
    return signed + potential - potential[neighbours(len(marginal))]


def log_likelihood(
    counts: TransitionCounts, potential: np.ndarray, marginal: np.ndarray
) -> tuple[float, np.ndarray]:
    """Log-likelihood of the recorded steps, and its gradient.

    Parameters
    ----------
    counts : TransitionCounts
    potential : (2^n, n_inputs) float
        w.
    marginal : (n,) float
        q_i(+1).

    Returns
    -------
    float
        In nats; without the input's own steps.
    (2^n, n_inputs) float
        Its derivative by ``potential``.
    """
    keeps = keep_log_odds(potential, marginal)
    stay = expit(keeps)
    n_neurons = counts.n_neurons
    found = np.sum(counts.flips * log_expit(-keeps)) - counts.flips.sum() * np.log(n_neurons)
    slope = -counts.flips * stay
    if counts.updates_known:
        found += np.sum(counts.stays * log_expit(keeps)) - counts.stays.sum() * np.log(n_neurons)
        slope += counts.stays * expit(-keeps)
    else:
        any_stay = stay.sum(axis=0)
        found += np.sum(counts.stays * np.log(any_stay / n_neurons))
        slope += counts.stays / any_stay * stay * expit(-keeps)
    flipped = np.take_along_axis(slope, neighbours(n_neurons)[:, :, None], axis=1)
    return float(found), (slope - flipped).sum(axis=0)


def information(
    counts: TransitionCounts, potential: np.ndarray, marginal: np.ndarray, given: int
) -> np.ndarray:
    """Fisher information of one input's potentials, for the states that were visited.

    Parameters
    ----------
    counts, potential, marginal
        As of :func:`log_likelihood`.
    given : int
        Number of the input.  Potentials of different inputs do not share any step.

    Returns
    -------
    (2^n, 2^n) float

    Notes
    -----
    It is the curvature that the steps from each visited state have on average, and never
    negative; the curvature of the recorded steps themselves can be if only states are known.
    """
    n_neurons, n_states, _ = counts.flips.shape
    keeps = keep_log_odds(potential, marginal)[:, :, given]
    stay, flip = expit(keeps), expit(-keeps)
    visits = counts.visits[:, given]
    rows = np.arange(n_neurons * n_states)
    state = np.tile(np.arange(n_states), n_neurons)
    ends = np.concatenate([state, neighbours(n_neurons).ravel()])
    # Row (i, σ) takes the difference of potentials along neuron i.
    edges = csr_array((np.repeat([1.0, -1.0], len(rows)), (np.tile(rows, 2), ends)))
    if counts.updates_known:
        weights = (counts.flips + counts.stays)[:, :, given] * stay * flip
        return (edges.T @ diags_array(weights.ravel()) @ edges).toarray()
    weights = visits * flip * stay**2 / n_neurons
    # A stay tells of all neurons' log-odds together.
    gains = csr_array(((stay * flip).ravel(), (state, rows))) @ edges
    shared = visits / (n_neurons * stay.sum(axis=0))
    found = edges.T @ diags_array(weights.ravel()) @ edges
    return (found + gains.T @ diags_array(shared) @ gains).toarray()


def _most_probable(counts: TransitionCounts, prior: float, marginal: str, max_iterations: int):
    """Potentials, firing probabilities and whether L-BFGS settled."""
    rates = _marginal(counts, marginal)
    shape = counts.visits.shape

    def loss(flat):
        potential = flat.reshape(shape)
        value, gradient = log_likelihood(counts, potential, rates)
        return prior / 2 * flat @ flat - value, prior * flat - gradient.ravel()

    options = {"maxiter": max_iterations, "maxfun": 2 * max_iterations, "maxcor": 20}
    options |= {"ftol": 1e-12, "gtol": 1e-3}
    start = np.zeros(counts.visits.size)
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return result.x.reshape(shape), rates, bool(result.success)


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
    return activity if marginal == "individual" else np.full(counts.n_neurons, activity.mean())
