"""What an experimenter would plot of a network: tuning curves and spike counts."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from .hypercube import halves, n_neurons_of, spike_counts
from .network import OptimalNetwork


def tuning(network: OptimalNetwork) -> np.ndarray:
    """Firing probability by input and by how many other neurons are active (Figs. 2C, 2F, 4C).

    Returns
    -------
    (n, n, n_inputs) float
        Of neuron i with m = 0 … n − 1 others active; the mean over states of the others, each
        weighing as often as it occurs with its input.
    """
    task = network.task
    n = task.n_neurons
    probabilities = expit(network.log_odds)
    counts = spike_counts(n)
    found = np.empty((n, n, task.n_inputs))
    for neuron in range(n):
        silent, active = halves(network.stationary, neuron)
        weight = (silent + active).reshape(-1, task.n_inputs)
        others = halves(counts, neuron)[0].ravel()
        firing = halves(probabilities[neuron], neuron)[0].reshape(-1, task.n_inputs)
        for m in range(n):
            rows = others == m
            # Such states may be too rare for a number; then they weigh alike.
            share = weight[rows] + 1e-300
            found[neuron, m] = (share * firing[rows]).sum(axis=0) / share.sum(axis=0)
    return found


def count_distribution(stationary: np.ndarray) -> np.ndarray:
    """Distribution of the number of active neurons for each input (Fig. 2D).

    Parameters
    ----------
    stationary : (2^n, n_inputs) float

    Returns
    -------
    (n + 1, n_inputs) float
        Columns add up to 1.
    """
    counts = spike_counts(n_neurons_of(stationary))
    joint = np.stack([stationary[counts == m].sum(axis=0) for m in range(counts.max() + 1)])
    return joint / joint.sum(axis=0)
