"""Compiled training of the vanilla RNN: the task inside the loop, then back-propagation
through the whole session.

All weights live in one flat vector so that an optimiser is a loop over it. Of each session's
weights copies are made whose rows are padded with zeros to whole registers; a padded unit stays at
0, and nothing reads what its gradient would be. A step's inputs and its bias are further elements
of the state before it, so a step is one product, and the weight gradient is one of all steps'
errors and states after the backward sweep.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types
from numba.extending import overload

from ..core.compiled import compiled
from . import products
from .products import STRIPE, dot, multiply_add, outer_products, product

# No `fastmath`: sums keep the order in which they are written, so no bit depends on the machine's
# registers, or on which copy of a helper Numba's cache holds. Python's check for a zero divisor
# would keep divisions out of vector registers.
COMPILE: dict = {"error_model": "numpy"}

NEG_PROB_CORRECT, CROSS_ENTROPY = 0, 1
SGD, ADAM = 0, 1


def n_weights(n_units: int) -> int:
    """Length of the flat weight vector."""
    return n_units * (n_units + 3 + 2 + 2) + 2


def views(theta: np.ndarray, n_units: int) -> dict[str, np.ndarray]:
    """The flat vector's parts, as arrays that share its memory.

    ``recurrent`` (n_units, n_units) and ``inputs`` (3, n_units) [from, to], ``bias_in`` and
    ``bias_hidden`` (n_units,), ``readout`` (2, n_units), ``readout_bias`` (2,).
    """
    names = ("recurrent", "inputs", "bias_in", "bias_hidden", "readout", "readout_bias")
    return dict(zip(names, _unpack.py_func(theta, n_units), strict=True))


@njit(**COMPILE)
def _unpack(theta, n):
    """As :func:`views`, for compiled code."""
    a, b = n * n, n * n + 3 * n
    recurrent = theta[:a].reshape(n, n)
    w_in = theta[a:b].reshape(3, n)
    bias_in = theta[b : b + n]
    bias_hidden = theta[b + n : b + 2 * n]
    readout = theta[b + 2 * n : b + 4 * n].reshape(2, n)
    readout_bias = theta[b + 4 * n :]
    return recurrent, w_in, bias_in, bias_hidden, readout, readout_bias


def _tanh(x):
    raise TypeError("compiled code only")


@overload(_tanh, inline="always")
def _tanh_overload(x):
    """Exact in float64; in float32 a rational function within 3e-7, which vectorises."""
    if x is not types.float32:
        return lambda x: math.tanh(x)

    f = np.float32
    # Rational minimax approximation of tanh on [-7.9, 7.9], odd over even (the one
    # that Eigen uses); beyond, tanh differs from 1 by less than float32 resolves.
    limit = f(7.90531110763549805)
    p0, p1, p2, p3, p4, p5, p6 = (
        f(4.89352455891786e-03),
        f(6.37261928875436e-04),
        f(1.48572235717979e-05),
        f(5.12229709037114e-08),
        f(-8.60467152213735e-11),
        f(2.00018790482477e-13),
        f(-2.76076847742355e-16),
    )
    q0, q1, q2, q3 = (
        f(4.89352518554385e-03),
        f(2.26843463243900e-03),
        f(1.18534705686654e-04),
        f(1.19825839466702e-06),
    )

    def approximation(x):
        y = min(max(x, -limit), limit)
        z = y * y
        p, q = p6, q3
        for c in (p5, p4, p3, p2, p1, p0):
            p = multiply_add(p, z, c)
        for c in (q2, q1, q0):
            q = multiply_add(q, z, c)
        return p * y / q

    return approximation


@njit(**COMPILE)
def _rows(n_rows, n, dtype):
    """An array (n_rows, n or some more) of rows of whole stripes, none across a line of the cache.

    Its values are what memory holds.
    """
    width = (n + STRIPE - 1) // STRIPE * STRIPE
    flat = np.empty(n_rows * width + STRIPE, dtype)
    first = -(flat.ctypes.data // flat.itemsize) % STRIPE
    return flat[first : first + n_rows * width].reshape(n_rows, width)


@njit(**COMPILE)
def _play(weights, observations, side, n_blank, threshold, waiting_penalty, loss_kind, sources, g):
    """Play one session and note, for every step, what the backward sweep needs.

    ``sources`` (n_rows + 1, at least m) and ``g`` (n_rows,) are filled: what the step's state is
    made of, which is the state before (row 0 is zero), the inputs, and a constant 1, whose weight
    is the bias; and the derivative of the step's loss by the logit of right (that of left is its
    negative).  Returns (number of steps, summed loss, correct trials, time-outs).
    """
    forward, readout, readout_bias = weights  # (n_units + 4, m), (m,), scalar
    dtype = sources.dtype.type
    m = readout.shape[0]
    n_units = forward.shape[0] - 4
    n_trials, n_observations = observations.shape[:2]
    loss = 0.0
    n_correct = 0
    n_timed_out = 0
    t = 0
    r = dtype(0)
    sources[0] = 0
    for k in range(n_trials):
        is_right = side[k] > 0
        choice = 0
        for step in range(n_blank + n_observations):
            before = sources[t]
            x = before[n_units:]
            x[0] = 0
            x[1] = 0
            x[2] = r
            x[3] = 1
            if step >= n_blank:
                x[0] = observations[k, step - n_blank, 0]
                x[1] = observations[k, step - n_blank, 1]
            after = sources[t + 1, :m]
            product(after, before, forward)
            for i in range(m):
                after[i] = _tanh(after[i])

            if step < n_blank:
                g[t] = 0
                r = dtype(0)
            else:
                logit = readout_bias + dot(readout, after)
                p_right = 1.0 / (1.0 + math.exp(-logit))
                p_correct = p_right if is_right else 1.0 - p_right
                sign = 1.0 if is_right else -1.0
                if loss_kind == NEG_PROB_CORRECT:
                    loss -= p_correct
                    g[t] = dtype(-sign * p_right * (1.0 - p_right))
                else:
                    # log(1 + exp(-x)) without overflow, x the logit of the correct side
                    margin = sign * logit
                    loss += max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))
                    g[t] = dtype(-sign * (1.0 - p_correct))
                r = waiting_penalty
                if p_right > threshold:
                    choice = 1
                elif 1.0 - p_right > threshold:
                    choice = -1
            t += 1
            if choice != 0:
                break
        if choice == side[k]:
            n_correct += 1
            r = dtype(1)
        else:
            r = dtype(-1)
        if choice == 0:
            n_timed_out += 1
    return t, loss, n_correct, n_timed_out


@njit(**COMPILE)
def _back_propagate(backward, readout, sources, g, n, errors, g_readout):
    """Carry the loss back through one session, given what :func:`_play` noted in ``n`` steps.

    ``backward`` (n_units, m) are the recurrent weights as [to, from].  Row t of ``errors``
    (n + 1, m) becomes the derivative by the argument of tanh at step t; that by ``readout`` is
    added to ``g_readout`` (m,).
    """
    m = readout.shape[0]
    one = sources.dtype.type(1)
    errors[n] = 0
    for t in range(n - 1, -1, -1):
        error = errors[t]
        after = sources[t + 1]
        gt = g[t]
        product(error, errors[t + 1], backward)
        for i in range(m):
            error[i] = (error[i] + gt * readout[i]) * (one - after[i] * after[i])
        for i in range(m):
            g_readout[i] += gt * after[i]


@compiled(products, **COMPILE, nogil=True)
def session_gradient(
    theta, n_units, observations, side, n_blank, threshold, waiting_penalty, loss_kind, scale, grad
):
    """Play one session and add ``scale`` times its gradient to ``grad``.

    Parameters
    ----------
    theta, grad : (n_weights,) float
    observations : (n_trials, n_observations, 2) float, the dtype of theta
    side : (n_trials,) int
    scale : float, the dtype of theta
        1 / sessions of the gradient step.

    Returns
    -------
    loss, correct, timed_out, steps_per_trial : float
        Mean loss over steps, fractions of trials, mean steps.
    """
    recurrent, w_in, bias_in, bias_hidden, readout, readout_bias = _unpack(theta, n_units)
    g_recurrent, g_in, g_bias_in, g_bias_hidden, g_readout, g_readout_bias = _unpack(grad, n_units)
    n_trials, n_observations = observations.shape[:2]
    n_rows = n_trials * (n_blank + n_observations)
    dtype = theta.dtype
    sources, errors = _rows(n_rows + 1, n_units + 4, dtype), _rows(n_rows + 1, n_units, dtype)
    g = np.empty(n_rows, dtype)

    # Loops here and below: array expressions compile the texts of their errors too, which takes as
    # long again as all the rest.  The softmax of two logits depends on their difference only.
    forward, backward = _rows(n_units + 4, n_units, dtype), _rows(n_units, n_units, dtype)
    gradient, of_readout = np.empty_like(forward), _rows(2, n_units, dtype)
    for padded in (forward, backward, of_readout):
        padded[:] = 0
    difference, g_difference = of_readout[0], of_readout[1]
    for i in range(n_units):
        difference[i] = readout[1, i] - readout[0, i]
        for x in range(3):
            forward[n_units + x, i] = w_in[x, i]
        forward[n_units + 3, i] = bias_in[i] + bias_hidden[i]
        for j in range(n_units):
            forward[i, j] = recurrent[i, j]
            backward[i, j] = recurrent[j, i]
    n, loss, n_correct, n_timed_out = _play(
        (forward, difference, readout_bias[1] - readout_bias[0]),
        observations, side, n_blank, threshold, waiting_penalty, loss_kind, sources, g,
    )  # fmt: skip

    per_step = scale / theta.dtype.type(n)  # the loss is a mean over the session's steps
    summed = theta.dtype.type(0)
    for t in range(n):
        g[t] *= per_step
        summed += g[t]
    _back_propagate(backward, difference, sources, g, n, errors, g_difference)
    outer_products(gradient, sources, errors, n)
    for i in range(n_units):
        for j in range(n_units):
            g_recurrent[i, j] += gradient[i, j]
        for x in range(3):
            g_in[x, i] += gradient[n_units + x, i]
        g_bias_in[i] += gradient[n_units + 3, i]
        g_bias_hidden[i] += gradient[n_units + 3, i]
        g_readout[1, i] += g_difference[i]
        g_readout[0, i] -= g_difference[i]
    g_readout_bias[1] += summed
    g_readout_bias[0] -= summed
    return loss / n, n_correct / n_trials, n_timed_out / n_trials, n / n_trials


@njit(**COMPILE)
def _sgd(theta, grad, slots, learning_rate, momentum):
    velocity = slots[0]
    for i in range(theta.shape[0]):
        velocity[i] = momentum * velocity[i] + grad[i]
        theta[i] -= learning_rate * velocity[i]


@njit(**COMPILE)
def _adam(theta, grad, slots, learning_rate, n_updates):
    """torch's defaults: beta = (0.9, 0.999), eps = 1e-8."""
    dtype = theta.dtype.type
    b1, b2 = dtype(0.9), dtype(0.999)
    c1, c2, eps = dtype(1 - 0.9), dtype(1 - 0.999), dtype(1e-8)
    step_size = dtype(learning_rate / (1 - 0.9**n_updates))
    correction = dtype(math.sqrt(1 - 0.999**n_updates))
    mean, square = slots[0], slots[1]
    for i in range(theta.shape[0]):
        mean[i] = b1 * mean[i] + c1 * grad[i]
        square[i] = b2 * square[i] + c2 * grad[i] * grad[i]
        theta[i] -= step_size * mean[i] / (np.sqrt(square[i]) / correction + eps)


@compiled(products, **COMPILE, nogil=True)
def train_steps(
    theta, slots, n_units, observations, side, session_start, sessions_per_step, n_updates_before,
    n_blank, threshold, waiting_penalty, loss_kind, optimizer, learning_rate, momentum, statistics,
):  # fmt: skip
    """Take one gradient step per row of ``statistics``, in place.

    Parameters
    ----------
    theta : (n_weights,) float
    slots : (2, n_weights) float
        The optimiser's memory: velocity, or Adam's two moments.
    observations : (n_trials, n_observations, 2) float
    side : (n_trials,) int
    session_start : (n_sessions + 1,) int
        Sessions are used in order, ``sessions_per_step`` a gradient step.
    statistics : (n_steps, 4) float64
        Filled with loss, fraction correct, fraction timed out and steps per
        trial, each a mean over the step's sessions.

    Returns
    -------
    int
        Steps taken: fewer than asked if a loss or gradient was not finite;
        then theta is as before the offending step.
    """
    scale = theta.dtype.type(1.0 / sessions_per_step)
    grad = np.empty_like(theta)
    for k in range(statistics.shape[0]):
        grad[:] = 0
        statistics[k] = 0
        for s in range(k * sessions_per_step, (k + 1) * sessions_per_step):
            trials = slice(session_start[s], session_start[s + 1])
            result = session_gradient(
                theta, n_units, observations[trials], side[trials], n_blank, threshold,
                waiting_penalty, loss_kind, scale, grad,
            )  # fmt: skip
            for c in range(4):
                statistics[k, c] += result[c] / sessions_per_step
        n_wrong = 0
        for i in range(grad.shape[0]):
            n_wrong += not np.isfinite(grad[i])
        if n_wrong or not np.isfinite(statistics[k, 0]):
            return k
        if optimizer == SGD:
            _sgd(theta, grad, slots, learning_rate, momentum)
        else:
            _adam(theta, grad, slots, learning_rate, n_updates_before + k + 1)
    return statistics.shape[0]
