"""The compiled sweeps over all states behind :mod:`.network` and :mod:`.steady_state`."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
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


@njit(cache=True)
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
