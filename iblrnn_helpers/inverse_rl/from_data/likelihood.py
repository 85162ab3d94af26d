"""How probable a recording is under a network's value of its states.

The parameters are potentials w = v̄/T, one for each state and input.  With s_i the state of neuron
i and h_i the probability that it keeps its state when it chooses,

    h_i(σ, x) = sigmoid( s_i logit q_i + w(σ, x) − w(σ with neuron i flipped, x) ).

If updates are known, each choice contributes log h_i or log(1 − h_i).  If only states are known, a
flip of i contributes log((1 − h_i)/n), a stay log(Σ_i h_i / n).
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from ..hypercube import spins
from ..transitions import TransitionCounts


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
    from scipy.sparse import csr_array, diags_array

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
