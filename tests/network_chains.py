"""A network as an explicit Markov chain: what laws and policies are checked against."""

import numpy as np
from scipy.special import expit


def step_matrix(log_odds, transitions):
    """The network's transition matrix, state by state, over (σ, x) in C order."""
    n_neurons, n_states, n_inputs = log_odds.shape
    matrix = np.zeros((n_states, n_inputs, n_states, n_inputs))
    for state in range(n_states):
        for x in range(n_inputs):
            for neuron in range(n_neurons):
                fires = expit(log_odds[neuron, state, x])
                on, off = state | 1 << neuron, state & ~(1 << neuron)
                matrix[state, x, on] += fires / n_neurons * transitions[x]
                matrix[state, x, off] += (1 - fires) / n_neurons * transitions[x]
    return matrix.reshape(n_states * n_inputs, -1)


def law_of(matrix):
    n = len(matrix)
    return np.linalg.lstsq(np.vstack([(matrix - np.eye(n)).T, np.ones(n)]), np.eye(n + 1)[n])[0]
