"""The reward that a network acts for, inferred from a recording of limited length (Fig. 3).

Chalk et al. (2021) show that it works; their estimator was not at hand, so this one is ours: the
most probable potentials w = v̄/T under a Gaussian prior, then the exact inversion.  With s_i the
state of neuron i and h_i the probability that it keeps its state when it chooses,

    h_i(σ, x) = sigmoid( s_i logit q_i + w(σ, x) − w(σ with neuron i flipped, x) ).

If updates are known, each choice contributes log h_i or log(1 − h_i) to the log-likelihood.  If
only states are known, a flip of i contributes log((1 − h_i)/n), a stay log(Σ_i h_i / n).

The prior is on the potentials, or on the reward itself, which is better: in unvisited states, the
first says that the value is as elsewhere, the second that the reward is, and the value follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from ...core import checks
from ..hypercube import differences, habits, neighbours
from ..optimal_network.inverse import check_told_apart, infer_reward
from ..optimal_network.network import MARGINALS, NetworkTask
from ..optimal_network.recording import Recording, TransitionCounts, count_transitions, total

PRIORS = {
    "value": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    "reward": (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0),
}
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
    prior_on : str
    log_likelihood : float
        Of the recording, in nats.
    converged : bool
    """

    reward: np.ndarray
    task: NetworkTask
    potential: np.ndarray
    marginal: np.ndarray
    prior: float
    prior_on: str
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

    @property
    def gain(self) -> np.ndarray:
        """(n_parts, n_priors) float: nats above the worst prior, all parts with equal means."""
        gain = self.log_likelihood - self.log_likelihood.mean(axis=1, keepdims=True)
        return gain - gain.mean(axis=0).min()


def fit_reward(
    counts: TransitionCounts,
    *,
    coding_cost: float = 0.05,
    prior: float = 0.1,
    prior_on: str = "value",
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
        γ, above 0: the log-prior is −γ/2 Σ w², or −γ/2 Σ (r/T)² of rewards less their mean for
        each input.  :func:`choose_prior` chooses one.
    prior_on : str
        ``"value"``, as in the figures of the book, or ``"reward"``, which fits limited data better.
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
    check_counts(counts)
    rates, moves = recorded_marginal(counts, marginal), input_transitions(counts)
    task = NetworkTask(counts.n_neurons, moves, coding_cost, marginal, cost)
    potential, converged = most_probable(counts, prior, prior_on, marginal=marginal)
    reward = reward_of(potential, rates, task.input_transitions, task.temperature)
    nats, _ = log_likelihood(counts, potential, rates)
    return RewardFit(reward, task, potential, rates, float(prior), prior_on, nats, converged)


def fit_simulation(
    recording: Recording,
    task: NetworkTask,
    *,
    updates_known: bool,
    prior: float = 0.1,
    prior_on: str = "value",
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
    kind |= {"coding_cost": task.coding_cost, "prior": prior, "prior_on": prior_on}
    return fit_reward(counts, **kind)


def choose_prior(
    parts: Sequence[TransitionCounts],
    priors: Sequence[float] | None = None,
    *,
    prior_on: str = "value",
) -> PriorChoice:
    """The prior under which a fit to most of a recording best predicts the rest.

    Parameters
    ----------
    parts : sequence of TransitionCounts
        Of :func:`.recording.count_parts`.
    priors : sequence of float, optional
        Default: ``PRIORS``.
    prior_on : str
        As of :func:`fit_reward`.

    Raises
    ------
    ValueError
        As :func:`fit_reward`.
    """
    checks.choice("prior_on", prior_on, tuple(PRIORS))
    check_parts(parts)
    priors = sorted(PRIORS[prior_on] if priors is None else priors)
    if not priors:
        raise ValueError("priors must hold one number or more, got none")
    for prior in priors:
        checks.number("priors", prior, above=0)
    found = np.empty((len(parts), len(priors)))
    for row, held_out in zip(found, parts, strict=True):
        others = total(part for part in parts if part is not held_out)
        rates, potential = recorded_marginal(others), None
        # The strongest prior is solved soonest, and leads to the next.
        for k in reversed(range(len(priors))):
            potential, _ = most_probable(
                others, priors[k], prior_on, start=potential, max_iterations=2_000
            )
            row[k] = log_likelihood(held_out, potential, rates)[0] / held_out.visits.sum()
    return PriorChoice(np.array(priors), found, float(priors[int(found.mean(axis=0).argmax())]))


def policy(potential: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """Log-odds of firing, (n, 2^n, n_inputs), for potentials (2^n, n_inputs) and q_i(+1)."""
    prior = np.log(marginal) - np.log1p(-marginal)
    return prior[:, None, None] + differences(potential)


def input_counts(counts: TransitionCounts) -> np.ndarray:
    """Steps of the input, (n_inputs, n_inputs), none of them quite 0: unseen is not impossible."""
    return counts.inputs + _UNSEEN_INPUT_STEP


def input_transitions(counts: TransitionCounts) -> np.ndarray:
    """P(x'|x) as recorded, (n_inputs, n_inputs)."""
    moves = input_counts(counts)
    return moves / moves.sum(axis=1, keepdims=True)


def reward_of(potential, marginal, input_transitions, temperature: float) -> np.ndarray:
    """The reward (2^n, n_inputs) of potentials, with median 0 over states for each input."""
    log_odds = policy(potential, marginal)
    return infer_reward(log_odds, marginal, input_transitions, temperature, gauge="median").reward


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
    flipped = potential.take(neighbours(len(marginal)), axis=0)  # ten times as quick as []
    return habits(marginal.tobytes())[0] + potential - flipped


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
    found, slope = step_likelihood(counts, keep_log_odds(potential, marginal))
    return found, _by_potential(slope)


def step_likelihood(counts: TransitionCounts, keeps: np.ndarray) -> tuple[float, np.ndarray]:
    """:func:`log_likelihood` of, and its derivative by, :func:`keep_log_odds`."""
    log_leave, n_neurons = log_expit(-keeps), counts.n_neurons
    log_stay, leave = keeps + log_leave, np.exp(log_leave)
    found = np.sum(counts.flips * log_leave) - counts.flips.sum() * np.log(n_neurons)
    slope = -counts.flips * np.exp(log_stay)
    if counts.updates_known:
        found += np.sum(counts.stays * log_stay) - counts.stays.sum() * np.log(n_neurons)
        slope += counts.stays * leave
    else:
        # All neurons may be sure to leave, so that none of these probabilities is above 0.
        highest = log_stay.max(axis=0)
        shares = np.exp(log_stay - highest)
        any_stay = shares.sum(axis=0)
        found += np.sum(counts.stays * (highest + np.log(any_stay / n_neurons)))
        slope += counts.stays / any_stay * shares * leave
    return float(found), slope


def _by_potential(slope: np.ndarray) -> np.ndarray:
    """From derivatives by :func:`keep_log_odds`, (n, 2^n, n_inputs), to those by potentials."""
    rows = np.arange(len(slope))[:, None] * slope.shape[1] + neighbours(len(slope))
    flipped = slope.reshape(-1, slope.shape[2]).take(rows, axis=0)
    return (slope - flipped).sum(axis=0)


def scaled_reward(
    potential: np.ndarray, marginal: np.ndarray, inverse: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """r/T of potentials, with mean 0 over states for each input, and the ``keep_log_odds``.

    Parameters
    ----------
    potential : (2^n, n_inputs) float
    marginal : (n,) float
        q_i(+1).
    inverse : (n_inputs, n_inputs) float
        Of P(x'|x).
    """
    keeps, (_, habit) = keep_log_odds(potential, marginal), habits(marginal.tobytes())
    reward = potential @ inverse.T - potential + log_expit(keeps).mean(axis=0) - habit
    return reward - reward.mean(axis=0), keeps


def most_probable(
    counts: TransitionCounts,
    prior: float,
    prior_on: str,
    *,
    marginal: str = "population",
    start: np.ndarray | None = None,
    centre: np.ndarray | float = 0.0,
    max_iterations: int = 5_000,
) -> tuple[np.ndarray, bool]:
    """The most probable potentials, and whether the search settled.

    Parameters
    ----------
    counts : TransitionCounts
    prior, prior_on, marginal
        As of :func:`fit_reward`.
    start : (2^n, n_inputs) float, optional
        Potentials to begin with.
    centre : (2^n, n_inputs) float, optional
        Mean of the prior.
    max_iterations : int
    """
    checks.choice("prior_on", prior_on, tuple(PRIORS))
    rates, shape = recorded_marginal(counts, marginal), counts.visits.shape
    moves = input_transitions(counts)
    check_told_apart(moves)
    inverse = np.linalg.inv(moves)

    def loss(flat):
        potential = flat.reshape(shape)
        if prior_on == "value":
            off = slope = potential - centre
            keeps = keep_log_odds(potential, rates)
        else:
            scaled, keeps = scaled_reward(potential, rates, inverse)
            off = scaled - centre
            off = off - off.mean(axis=0)
            slope = off @ inverse - off + _by_potential(off / len(rates) * expit(-keeps))
        value, by_keeps = step_likelihood(counts, keeps)
        slope = prior * slope - _by_potential(by_keeps)
        return prior / 2 * np.sum(off**2) - value, slope.ravel()

    options = {"maxiter": max_iterations, "maxfun": 2 * max_iterations, "maxcor": 20}
    options |= {"ftol": 1e-12, "gtol": 1e-3}
    first = np.zeros(counts.visits.size) if start is None else start.ravel()
    result = minimize(loss, first, jac=True, method="L-BFGS-B", options=options)
    return result.x.reshape(shape), bool(result.success)


def check_counts(
    counts: TransitionCounts, neurons: Sequence[str] | None = None, source: str = ""
) -> None:
    """Raise a ValueError, with names if told, unless neurons fire, pause, and change one by one."""
    source += ": " if source else ""
    n_steps = counts.visits.sum()
    if n_steps == 0:
        raise ValueError(
            f"{source}no two samples follow each other in one trial: there are no steps"
        )
    if counts.n_left_out > _MOST_LEFT_OUT * (n_steps + counts.n_left_out):
        raise ValueError(
            f"{source}in {counts.n_left_out:,} of {n_steps + counts.n_left_out:,.0f} steps "
            "several neurons change at once, but the model updates one neuron a step: sample "
            "states that last, such as being in a burst, so often that one changes at a time"
        )
    activity = counts.activity
    for neuron in np.flatnonzero((activity <= 0) | (activity >= 1)):
        what = "never" if activity[neuron] <= 0 else "always"
        name = neuron if neurons is None else repr(neurons[neuron])
        raise ValueError(
            f"{source}neuron {name} {what} fires in {n_steps:,.0f} steps, so it tells nothing of "
            "the reward; leave it out, or record for longer"
        )


def check_parts(parts: Sequence[TransitionCounts]) -> None:
    """Raise a ValueError unless each of two parts or more can be held out; see `check_counts`."""
    check_counts(total(parts))
    if len(parts) < 2 or not all(part.visits.sum() > 0 for part in parts):
        raise ValueError("parts must be two or more, each with steps; take fewer and longer ones")


def recorded_marginal(counts: TransitionCounts, marginal: str = "population") -> np.ndarray:
    """q_i(+1) as recorded, (n,) float."""
    # A part of a recording may lack what the whole has.
    activity = np.clip(counts.activity, 1e-3 / counts.visits.sum(), 1 - 1e-9)
    return activity if marginal == "individual" else np.full(counts.n_neurons, activity.mean())
