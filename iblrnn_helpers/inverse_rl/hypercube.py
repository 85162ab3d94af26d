"""States of n binary neurons: their numbers, functions of them, and the laws of networks over them.

State number s of 0 … 2^n − 1 has neuron i active (+1) where bit i of s is set, else silent (−1).
A function of the state, and of an external input, is an array (2^n, …), state first.  The states
are the corners of a hypercube; a network that updates one neuron at a time walks along its edges.
"""

from __future__ import annotations

import reprlib
from functools import lru_cache

import numpy as np

from ..core import checks
from ..core.compiled import compiled
from .slow_modes import N_SWEEPS, departures, settled_law


def spins(n_neurons: int) -> np.ndarray:
    """All states: (2^n, n) int8 of −1 (silent) and +1 (active)."""
    checks.integer("n_neurons", n_neurons, low=1, high=24)
    bits = np.arange(2**n_neurons)[:, None] >> np.arange(n_neurons) & 1
    return (2 * bits - 1).astype(np.int8)


def spike_counts(n_neurons: int) -> np.ndarray:
    """How many neurons are active in each state: (2^n,) int."""
    return (spins(n_neurons) == 1).sum(axis=1)


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


def as_floats(field: str, values) -> np.ndarray:
    """Numbers as an array, (...) float; a ValueError if they are none."""
    try:
        array = checks.unmasked(field, values)
        if array.dtype.kind in "cmM":
            raise TypeError(f"{array.dtype}")
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{field} must be numbers, got {reprlib.repr(values)}") from error


def as_function(field: str, values, *, by_input: bool = True) -> np.ndarray:
    """A function of the state as an array, (2^n, n_inputs) float, or (2^n,) if not ``by_input``.

    Raises
    ------
    ValueError
        Unless it is finite and of that shape.
    """
    array = as_floats(field, values)
    if array.ndim != 1 + by_input or len(array) < 2 or len(array) & (len(array) - 1):
        shape = "(2^n, n_inputs)" if by_input else "(2^n,)"
        raise ValueError(f"{field} must be {shape}, got shape {array.shape}")
    if not array.size or not np.isfinite(array).all():
        raise ValueError(f"{field} must hold finite numbers, got {reprlib.repr(values)}")
    return array


def as_law(field: str, values) -> np.ndarray:
    """How often states, or other responses, and inputs occur together: (n_rows, n_inputs) float.

    Raises
    ------
    ValueError
        Another shape, numbers that are not finite or below 0, or an input that never occurs.
    """
    law = as_floats(field, values)
    if law.ndim != 2 or not law.size or not np.isfinite(law).all():
        raise ValueError(f"{field} must hold finite numbers, states by inputs, got {law.shape}")
    if (law < -checks.ROUNDING * np.abs(law).sum()).any() or not law.sum(axis=0).all():
        raise ValueError(f"{field} must hold no number below 0, and no input that never occurs")
    return np.maximum(law, 0)


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


def as_log_odds(log_odds, n_inputs: int) -> np.ndarray:
    """A policy's log-odds as float array.

    Raises
    ------
    ValueError
        Unless they are (n, 2^n, n_inputs), finite, and the same for both states of the neuron
        that chooses.
    """
    log_odds = as_floats("log_odds", log_odds)
    shape = (2 ** len(log_odds), n_inputs) if log_odds.ndim == 3 and len(log_odds) else None
    if log_odds.shape[1:] != shape:
        raise ValueError(
            f"log_odds must be (n, 2^n, {n_inputs}) for {n_inputs} inputs, got {log_odds.shape}"
        )
    if not np.isfinite(log_odds).all():
        raise ValueError("log_odds must be finite: a probability of exactly 0 or 1 has none")
    for neuron, row in enumerate(log_odds):
        silent, active = halves(row, neuron)
        if np.abs(active - silent).max() > checks.ROUNDING * max(1.0, np.abs(row).max()):
            raise ValueError(
                f"log_odds of neuron {neuron} must not depend on its own state, but differ by "
                f"{np.abs(active - silent).max():.3g}"
            )
    return log_odds


@lru_cache(maxsize=4)  # as below
def neighbours(n_neurons: int) -> np.ndarray:
    """(n, 2^n) number of each state with neuron i flipped."""
    return checks.read_only(np.arange(2**n_neurons) ^ (1 << np.arange(n_neurons))[:, None])


@lru_cache(maxsize=1)  # a search for potentials asks for it at every step
def habits(marginal: bytes) -> tuple[np.ndarray, np.ndarray]:
    """What q_i(+1) alone say of states: log-odds of keeping them, and mean log q_i.

    Of (n,) float64 as bytes, by which they are remembered: (n, 2^n, 1) and (2^n, 1) float.
    """
    rates, states = np.frombuffer(marginal), spins(len(marginal) // 8)
    active, silent = np.log(rates), np.log1p(-rates)
    keeps = (states * (active - silent)).T[:, :, None]
    means = np.where(states > 0, active, silent).mean(axis=1)[:, None]
    return checks.read_only(keeps), checks.read_only(means)


def gibbs_law(potential: np.ndarray, marginal: np.ndarray) -> np.ndarray:
    """The law of an optimal network whose input stands still: Π_i q_i(σ_i) exp(potential).

    Parameters
    ----------
    potential : (2^n, n_inputs) float
        Value to come, v̄/T.
    marginal : (n,) float
        q_i(+1), above 0 and below 1.

    Returns
    -------
    (2^n, n_inputs) float
        Columns add up to 1.

    Raises
    ------
    ValueError
        If they are not that.
    """
    potential, marginal = as_function("potential", potential), as_floats("marginal", marginal)
    shape = (n_neurons_of(potential),)
    if marginal.shape != shape or not ((marginal > 0) & (marginal < 1)).all():
        raise ValueError(f"marginal must be {shape}, above 0 and below 1, got {marginal!r:.80}")
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
        From the 1,000th on, sparse systems are solved instead, each counted as one.

    Returns
    -------
    law : (2^n, n_inputs) float
    settled : bool
    """
    transitions = np.ascontiguousarray(transitions)
    law, settled = step_often(law, probabilities, transitions, tolerance, min(max_sweeps, N_SWEEPS))
    if settled:
        return law / law.sum(), True
    leaving = departures(probabilities, transitions)
    return settled_law(leaving, law / law.sum(), tolerance, max(0, max_sweeps - N_SWEEPS))


@compiled()
def step_often(law, probabilities, transitions, tolerance, n_steps):
    """The law after steps of network and input, and whether the last one hardly changed it."""
    for _ in range(n_steps):
        following = step_law(law, probabilities) @ transitions
        moved = np.abs(following - law).sum()
        law = following
        if moved < tolerance:
            return law, True
    return law, False


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
def sweep(value, reward, backwards, log_active, log_silent, temperature):
    """r + (T/n) Σ_i log Z_i for the values (2^n, n_inputs) that follow.

    ``backwards`` (n_inputs, n_inputs) is the transpose of P(x'|x), and all arrays are contiguous.
    """
    total = soft_maximum(value @ backwards / temperature, log_active, log_silent)
    return reward + total * (temperature / len(log_active))


@compiled()
def sweep_often(value, reward, backwards, log_active, log_silent, temperature, scale, n_sweeps):
    """Values after sweeps, with mean 0 for each input, and whether they settled within ``scale``.

    They settled once a sweep changes the values of all states by the same number, for each input.
    """
    for _ in range(n_sweeps):
        swept = sweep(value, reward, backwards, log_active, log_silent, temperature)
        settled = True
        for x in range(value.shape[1]):
            change = swept[:, x] - value[:, x]
            settled &= change.max() - change.min() < scale
            total = 0.0  # as numpy sums along the first axis
            for state in range(len(swept)):
                total += swept[state, x]
            mean = total / len(swept)
            for state in range(len(swept)):
                swept[state, x] -= mean
        value = swept
        if settled:
            return value, True
    return value, False
