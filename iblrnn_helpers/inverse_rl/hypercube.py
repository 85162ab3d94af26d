"""States of n binary neurons as whole numbers, and functions of them as arrays.

State number s of 0 … 2^n − 1 has neuron i active (+1) where bit i of s is set, else silent (−1).
A function of the state, and of an external input, is an array (2^n, …), state first.
"""

from __future__ import annotations

import numpy as np

from ..core import checks


def spins(n_neurons: int) -> np.ndarray:
    """All states: (2^n, n) int8 of −1 (silent) and +1 (active)."""
    checks.integer("n_neurons", n_neurons, low=1, high=24)
    bits = np.arange(2**n_neurons)[:, None] >> np.arange(n_neurons) & 1
    return (2 * bits - 1).astype(np.int8)


def spike_counts(n_neurons: int) -> np.ndarray:
    """How many neurons are active in each state: (2^n,) int."""
    return (spins(n_neurons) == 1).sum(axis=1)


def state_index(states) -> np.ndarray:
    """Number of each state.

    Parameters
    ----------
    states : (..., n) array_like
        Active neurons are 1; silent ones −1 throughout, or 0 throughout.

    Returns
    -------
    (...) int64

    Raises
    ------
    ValueError
        If there are other values, or both −1 and 0.
    """
    states = np.asarray(states)
    if states.ndim < 1 or not 1 <= states.shape[-1] <= 62:
        raise ValueError(f"states must be (..., n) of 1 to 62 neurons, got shape {states.shape}")
    given = states
    if states.dtype.kind == "f":
        states = checks.nearest(states, (-1.0, 0.0, 1.0))
    active = states == 1
    silent = states[~active]
    if silent.size and not ((silent == 0).all() or (silent == -1).all()):
        raise ValueError(
            "states must be 1 where a neuron is active and, where it is silent, -1 throughout or "
            f"0 throughout; got {np.unique(given)[:6].tolist()}"
        )
    return active @ (1 << np.arange(states.shape[-1], dtype=np.int64))


def halves(function: np.ndarray, neuron: int) -> tuple[np.ndarray, np.ndarray]:
    """Views of a function (2^n, …) where a neuron is silent and where it is active.

    Returns
    -------
    (2^(n−1−i), 2^i, …) arrays
        In both, the same place has the same state of the other neurons.  Writing into them
        writes into ``function``, if that is contiguous.
    """
    n_states = len(function)
    split = function.reshape(n_states >> (neuron + 1), 2, 1 << neuron, *function.shape[1:])
    return split[:, 0], split[:, 1]


def n_neurons_of(function: np.ndarray) -> int:
    """The n of a function's 2^n states; a ValueError if they are not a power of two."""
    n_states = len(function)
    if n_states < 2 or n_states & (n_states - 1):
        raise ValueError(f"a function of the network's state must have 2^n rows, got {n_states}")
    return n_states.bit_length() - 1


def differences(function: np.ndarray) -> np.ndarray:
    """What each neuron's activity changes: f(neuron active) − f(neuron silent).

    Parameters
    ----------
    function : (2^n, …) float

    Returns
    -------
    (n, 2^n, …) float
        Row i does not depend on the state of neuron i itself.
    """
    found = np.empty((n_neurons_of(function), *function.shape))
    for neuron, row in enumerate(found):
        silent, active = halves(function, neuron)
        for half in halves(row, neuron):
            half[:] = active - silent
    return found


def walsh_hadamard(function: np.ndarray) -> np.ndarray:
    """Sums of f(σ) Π_{j in S} (−σ_j) over all states, for all sets of neurons S.

    Parameters
    ----------
    function : (2^n, …) float

    Returns
    -------
    (2^n, …) float
        Row S is that of the set whose members are the bits of S.  The transform of the
        transform is 2^n times the function.

    Notes
    -----
    n 2^n additions; the plain sum ``spins`` would take 4^n.
    """
    found = np.array(function, dtype=float, order="C")
    for neuron in range(n_neurons_of(found)):
        silent, active = halves(found, neuron)
        difference = silent - active
        silent += active
        active[:] = difference
    return found


def integrate(changes: np.ndarray) -> tuple[np.ndarray, float]:
    """The function whose :func:`differences` are nearest to given ones.

    Parameters
    ----------
    changes : (n, 2^n, …) float
        Row i does not depend on the state of neuron i itself.

    Returns
    -------
    function : (2^n, …) float
        With mean 0 over the states.
    residual : float
        Root mean square of what is left of ``changes``: 0 if they are the differences of any
        function.

    Notes
    -----
    Least squares over all edges of the hypercube.  In the Walsh–Hadamard basis, the differences
    along neuron i hold the coefficient of every set S that contains i, so the best coefficient is
    the mean of what the |S| members of S say.
    """
    n_neurons, n_states = changes.shape[:2]
    if n_neurons_of(changes[0]) != n_neurons:
        raise ValueError(f"changes must be (n, 2^n, …), got shape {changes.shape}")
    signs = spins(n_neurons)
    shape = (n_states, *[1] * (changes.ndim - 2))
    moments = sum(signs[:, i].reshape(shape) * changes[i] for i in range(n_neurons)) / 2
    coefficients = walsh_hadamard(moments)
    coefficients /= np.maximum(spike_counts(n_neurons), 1).reshape(shape)
    coefficients[0] = 0
    function = walsh_hadamard(coefficients) / n_states
    residual = np.sqrt(np.mean((differences(function) - changes) ** 2))
    return function, float(residual)
