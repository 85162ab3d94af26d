"""Where a network spends its time: the stationary law of its states and inputs."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ..core.compiled import compiled
from ..core.markov_chains import check_transitions, stationary_distribution
from .hypercube import halves, spins


def stationary_law(
    log_odds: np.ndarray,
    input_transitions: np.ndarray,
    *,
    tolerance: float = 1e-12,
    max_sweeps: int = 1_000_000,
) -> np.ndarray:
    """Share of time that a network with any policy spends in each state.

    Parameters
    ----------
    log_odds : (n, 2^n, n_inputs) float
        As of :class:`OptimalNetwork`; need not be optimal for anything.
    input_transitions : (n_inputs, n_inputs) float
    tolerance : float
        Of what one more step would change, summed over states.

    Returns
    -------
    (2^n, n_inputs) float
        Adds up to 1.

    Raises
    ------
    ValueError
        If the network forgets its start too slowly.
    """
    transitions = check_transitions("input_transitions", input_transitions)
    log_odds = as_log_odds(log_odds, len(transitions))
    n_states = log_odds.shape[1]
    start = np.tile(stationary_distribution(transitions) / n_states, (n_states, 1))
    law, mixed = iterate_law(expit(log_odds), transitions, start, tolerance, max_sweeps)
    if not mixed:
        raise ValueError(
            f"the network's states still change after {max_sweeps} steps: it is nearly frozen; "
            "raise the coding cost or max_sweeps"
        )
    return law


def gibbs_law(potential: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """The law of an optimal network whose input stands still: Π_i q_i(σ_i) exp(potential).

    Parameters
    ----------
    potential : (2^n, n_inputs) float
        Value to come, v̄/T.
    marginal : (n,) float
        q_i(+1).

    Returns
    -------
    (2^n, n_inputs) float
        Columns add up to 1.
    """
    active = spins(len(marginal)) > 0
    prior = np.where(active, np.log(marginal), np.log1p(-marginal)).sum(axis=1, keepdims=True)
    logs = potential + prior
    law = np.exp(logs - logs.max(axis=0))
    return law / law.sum(axis=0)


def iterate_law(probabilities, transitions, law, tolerance, max_sweeps):
    """The law that repeated steps lead to, and whether they settled.

    Parameters
    ----------
    probabilities : (n, 2^n, n_inputs) float
        π_i(+1|σ, x).
    transitions : (n_inputs, n_inputs) float
    law : (2^n, n_inputs) float
        To start from.  If its inputs have their stationary law already, only the network's own
        modes are left to die out.
    tolerance : float
        Of what one more step would change, summed over states.
    max_sweeps : int

    Returns
    -------
    law : (2^n, n_inputs) float
    settled : bool
    """

    moved = np.inf
    for _ in range(max_sweeps):
        following = step_law(law, probabilities) @ transitions
        moved = np.abs(following - law).sum()
        law = following
        if moved < tolerance:
            break
    return law / law.sum(), moved < tolerance


def as_log_odds(log_odds, n_inputs: int) -> np.ndarray:
    """A policy's log-odds as float array.

    Raises
    ------
    ValueError
        Unless they are (n, 2^n, n_inputs), finite, and the same for both states of the neuron
        that chooses.
    """
    log_odds = np.asarray(log_odds, dtype=float)
    if log_odds.ndim != 3 or log_odds.shape[1:] != (2 ** log_odds.shape[0], n_inputs):
        raise ValueError(
            f"log_odds must be (n, 2^n, {n_inputs}) for {n_inputs} inputs, got {log_odds.shape}"
        )
    if not np.isfinite(log_odds).all():
        raise ValueError("log_odds must be finite: a probability of exactly 0 or 1 has none")
    for neuron, row in enumerate(log_odds):
        silent, active = halves(row, neuron)
        if np.abs(active - silent).max() > 1e-9:
            raise ValueError(
                f"log_odds of neuron {neuron} must not depend on its own state, but differ by "
                f"{np.abs(active - silent).max():.3g}"
            )
    return log_odds


# The compiled sweeps over all states behind :mod:`.network` and :mod:`.steady_state`.


@compiled()
def soft_maximum(future, log_active, log_silent):
    """Σ_i log( q_i e^future(σ_i = +1) + (1 − q_i) e^future(σ_i = −1) ), (2^n, n_inputs).

    Compiled because numpy's calls, one for each neuron, cost more than their arithmetic.
    """
    total = np.zeros(future.shape)
    n_states, n_inputs = future.shape
    for neuron in range(len(log_active)):
        bit = 1 << neuron
        for silent in range(n_states):
            if silent & bit:
                continue
            active = silent | bit
            for x in range(n_inputs):
                first = log_active[neuron] + future[active, x]
                second = log_silent[neuron] + future[silent, x]
                found = max(first, second) + np.log1p(np.exp(-abs(first - second)))
                total[silent, x] += found
                total[active, x] += found
    return total


@compiled()
def step_law(law, probabilities):
    """The law of states after one update of a neuron drawn uniformly, (2^n, n_inputs)."""
    following = np.zeros(law.shape)
    n_neurons, n_states, n_inputs = probabilities.shape
    for neuron in range(n_neurons):
        bit = 1 << neuron
        for silent in range(n_states):
            if silent & bit:
                continue
            active = silent | bit
            for x in range(n_inputs):
                both = (law[silent, x] + law[active, x]) / n_neurons
                fired = both * probabilities[neuron, active, x]
                following[active, x] += fired
                following[silent, x] += both - fired
    return following
