"""Values and laws of networks that stay near some states for very long, by sparse systems.

Sweeps over all states need as many steps as the network needs to forget where it was.  A network
that leaves a rewarded state once in 10^8 steps is solved for instead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, gmres

N_SWEEPS = 1_000  # before it pays to solve
_GROWTH = 100.0  # of the horizon, from one to the next
_LONGEST = 1e14  # horizon, in steps
_MOST_STEPS = 50  # of a horizon; some 10 are usual
_ACCURACY = 1e-4  # of a system, relative: errors are corrected by the next


def departures(probabilities: np.ndarray, transitions: np.ndarray) -> sparse.csr_matrix:
    """I − P of one step, in which a neuron drawn evenly chooses and then the input moves.

    Parameters
    ----------
    probabilities : (n, 2^n, n_inputs) float
        π_i(+1|σ, x).
    transitions : (n_inputs, n_inputs) float
        P(x'|x).

    Returns
    -------
    (2^n n_inputs, 2^n n_inputs) sparse float
        States and inputs in the order of a function of both.  Departures are added up and not
        taken from 1, so that the rarest keep all their digits.
    """
    n_neurons, n_states, n_inputs = probabilities.shape
    states = np.arange(n_states)[:, None]
    place = states * n_inputs + np.arange(n_inputs)
    flips, to = [], []
    for neuron, active in enumerate(probabilities):
        flips.append(np.where(states >> neuron & 1, 1 - active, active) / n_neurons)
        to.append((states ^ 1 << neuron) * n_inputs + np.arange(n_inputs))
    entries = np.concatenate([sum(flips)[None], -np.array(flips)]).ravel()
    rows, columns = np.tile(place, (n_neurons + 1, 1)).ravel(), np.concatenate([place, *to]).ravel()
    of_states = sparse.csr_matrix((entries, (rows, columns)))
    of_input = np.diag((transitions - np.diag(np.diag(transitions))).sum(axis=1))
    of_input -= transitions - np.diag(np.diag(transitions))
    each = sparse.identity(n_states)
    found = of_states @ sparse.kron(each, transitions) + sparse.kron(each, of_input)
    return sparse.csr_matrix(found)


def settled_value(
    sweep: Callable[[np.ndarray], np.ndarray],
    departures_of: Callable[[np.ndarray], sparse.csr_matrix],
    value: np.ndarray,
    tolerance: float,
    max_steps: int,
) -> tuple[np.ndarray, bool]:
    """The value that a sweep changes by one number for each input, and whether it was found.

    Parameters
    ----------
    sweep : callable
        Of values (2^n, n_inputs) to those one step earlier.
    departures_of : callable
        :func:`departures` under the policy of a value: the derivative of value less swept value.
    value : (2^n, n_inputs) float
        To start from.
    tolerance : float
        Of what another sweep would change.
    max_steps : int
        Systems that are solved.

    Notes
    -----
    One step of Newton's method from far off would value states by how they do if the present policy
    were kept for ever: by more than rounding leaves room for, where it hardly ever leaves them.
    So horizons grow by and by, each from the value of the one before::

        for horizon in 10^2, 10^4, ...
            v <- solution of  v = sweep(v) − (v − v of the last horizon) / horizon

    up to a number for each input, where each solution is by Newton's method, that is by improving
    the policy (Howard 1960).
    """
    value, horizon = _centred(value), _GROWTH
    while horizon <= _LONGEST:
        last = value
        for _ in range(_MOST_STEPS):
            change = _centred(sweep(value) - value)
            if np.ptp(change, axis=0).max() < tolerance:
                return value, True
            miss = change - (value - last) / horizon
            if np.abs(miss).max() < max(tolerance / 4, _ACCURACY * np.abs(change).max()):
                break
            if not max_steps:
                return value, False
            max_steps -= 1
            matrix = departures_of(value)
            matrix = matrix + sparse.identity(matrix.shape[0]) / horizon
            value = _centred(value + _solved(matrix, _of_input, miss))
        else:
            return value, False
        horizon *= _GROWTH
    return value, False


def settled_law(
    leaving: sparse.csr_matrix, law: np.ndarray, tolerance: float, max_steps: int
) -> tuple[np.ndarray, bool]:
    """The law (2^n, n_inputs) that a step leaves as it is, and whether it was found.

    Parameters
    ----------
    leaving : sparse float
        Of :func:`departures`.
    law : (2^n, n_inputs) float
        To start from.
    tolerance : float
        Of what one more step would change, summed over states.
    max_steps : int
        Systems that are solved.
    """
    flow = sparse.csr_matrix(leaving.T)
    for _ in range(min(max_steps, _MOST_STEPS)):
        change = -(flow @ law.ravel()).reshape(law.shape)
        if np.abs(change).sum() < tolerance:
            return law, True
        law = np.maximum(law + _solved(flow, lambda x, law=law: law * x.sum(), change), 0)
        law /= law.sum()
    return law, False


def _solved(matrix: sparse.csr_matrix, fixed: Callable, right: np.ndarray) -> np.ndarray:
    """x with matrix x + fixed(x) = right, nearly; ``fixed`` removes what the matrix makes 0."""
    scale, shape = matrix.diagonal(), right.shape
    system = LinearOperator(
        matrix.shape, lambda x: matrix @ x + fixed(x.reshape(shape)).ravel(), dtype=float
    )
    by_diagonal = LinearOperator(matrix.shape, lambda x: x / scale, dtype=float)
    options = {"rtol": _ACCURACY, "restart": 100, "maxiter": 5}
    return gmres(system, right.ravel(), M=by_diagonal, **options)[0].reshape(shape)


def _of_input(function: np.ndarray) -> np.ndarray:
    """The part that depends on the input alone, of which no policy takes notice."""
    return np.broadcast_to(function.mean(axis=0), function.shape)


def _centred(function: np.ndarray) -> np.ndarray:
    return function - _of_input(function)
