"""Compiled training of the vanilla RNN: the task inside the loop, then back-propagation
through the whole session.

All weights live in one flat vector so that an optimiser is a loop over it.
Units are padded with zeros to a multiple of 8, the width of a vector
register; a padded unit has no weights, so it stays at 0 and gets no gradient.

Matrix-vector products go four rows at a time and sums over time eight steps at
a time: forms that the compiler turns into straight vector code.  The weight
gradient is one product of all steps' errors and states after the backward sweep.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types
from numba.extending import overload

from ..core.compiled import compiled

COMPILE = {
    # Sums may be reordered; NaN and infinity keep their meaning, so divergence stays visible.
    "fastmath": {"contract", "nsz", "reassoc"},
    # Python's check for a zero divisor would keep divisions out of vector registers.
    "error_model": "numpy",
}
# Each kernel is one function of machine code. A helper that is called instead is kept in every
# kernel's cache file, with its sums in another order each, and the process runs whichever it
# loaded first: a network's bits would depend on the cache.
HELPER: dict = COMPILE | {"forceinline": True}
LANES = 8

NEG_PROB_CORRECT, CROSS_ENTROPY = 0, 1
SGD, ADAM = 0, 1


def padded(n_units: int) -> int:
    """``n_units`` rounded up to a multiple of the vector width."""
    return -(-n_units // LANES) * LANES


def n_weights(m: int) -> int:
    """Length of the flat weight vector for ``m`` padded units."""
    return m * m + 3 * m + 2 * m + 2 * m + 2


def views(theta: np.ndarray, m: int) -> dict[str, np.ndarray]:
    """The flat vector's parts, as arrays that share its memory.

    ``recurrent`` (m, m) [to, from], ``inputs`` (3, m) [from, to],
    ``bias_in`` (m,), ``bias_hidden`` (m,), ``readout`` (2, m), ``readout_bias`` (2,).
    """
    shapes = {"recurrent": (m, m), "inputs": (3, m), "bias_in": (m,), "bias_hidden": (m,)}
    shapes |= {"readout": (2, m), "readout_bias": (2,)}
    parts, at = {}, 0
    for name, shape in shapes.items():
        size = math.prod(shape)
        parts[name] = theta[at : at + size].reshape(shape)
        at += size
    return parts


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
        p = ((((((p6 * z + p5) * z + p4) * z + p3) * z + p2) * z + p1) * z + p0) * y
        q = ((q3 * z + q2) * z + q1) * z + q0
        return p / q

    return approximation


@njit(**HELPER)
def _add_product(out, matrix, x):
    """out += matrix @ x: (m,), (m, m), (m,); m a multiple of 4."""
    m = out.shape[0]
    for i in range(0, m, 4):
        y0, y1, y2, y3 = out[i], out[i + 1], out[i + 2], out[i + 3]
        for j in range(m):
            xj = x[j]
            y0 += matrix[i, j] * xj
            y1 += matrix[i + 1, j] * xj
            y2 += matrix[i + 2, j] * xj
            y3 += matrix[i + 3, j] * xj
        out[i], out[i + 1], out[i + 2], out[i + 3] = y0, y1, y2, y3


@njit(**HELPER)
def _add_outer_products(out, left, right, n):
    """out += left[:n].T @ right[:n]: (k, m), (n, k), (n, m)."""
    k, m = out.shape
    t = 0
    while t + 8 <= n:
        for i in range(k):
            x0, x1, x2, x3 = left[t, i], left[t + 1, i], left[t + 2, i], left[t + 3, i]
            x4, x5, x6, x7 = left[t + 4, i], left[t + 5, i], left[t + 6, i], left[t + 7, i]
            row = out[i]
            for j in range(m):
                row[j] += (
                    right[t, j] * x0
                    + right[t + 1, j] * x1
                    + right[t + 2, j] * x2
                    + right[t + 3, j] * x3
                ) + (
                    right[t + 4, j] * x4
                    + right[t + 5, j] * x5
                    + right[t + 6, j] * x6
                    + right[t + 7, j] * x7
                )
        t += 8
    while t < n:
        for i in range(k):
            x0 = left[t, i]
            row = out[i]
            for j in range(m):
                row[j] += right[t, j] * x0
        t += 1


@njit(**HELPER)
def _play(
    weights, observations, side, n_blank, threshold, waiting_penalty, loss_kind, inputs, states, g
):
    """Play one session and note, for every step, what the backward sweep needs.

    ``inputs`` (n_rows, 4), ``states`` (n_rows + 1, m) and ``g`` (n_rows, 1) are
    filled: the inputs and a constant 1, whose weight is the bias; the states
    (row t + 1 after step t, row 0 is zero); and the derivative of the step's loss
    by the logit of right (that of left is its negative).  Returns (number of
    steps, summed loss, correct trials, time-outs).
    """
    recurrent, w_in, bias, readout, readout_bias = weights  # (m, m), (3, m), (m,), (m,), scalar
    dtype = states.dtype.type
    m = bias.shape[0]
    n_trials, n_observations = observations.shape[:2]
    loss = 0.0
    n_correct = 0
    n_timed_out = 0
    t = 0
    r = dtype(0)
    states[0] = 0
    for k in range(n_trials):
        is_right = side[k] > 0
        choice = 0
        for step in range(n_blank + n_observations):
            x = inputs[t]
            x[0] = 0
            x[1] = 0
            x[2] = r
            x[3] = 1
            if step >= n_blank:
                x[0] = observations[k, step - n_blank, 0]
                x[1] = observations[k, step - n_blank, 1]
            before = states[t]
            after = states[t + 1]
            x0, x1, x2 = x[0], x[1], x[2]
            for i in range(m):
                after[i] = bias[i] + w_in[0, i] * x0 + w_in[1, i] * x1 + w_in[2, i] * x2
            _add_product(after, recurrent, before)
            for i in range(m):
                after[i] = _tanh(after[i])

            if step < n_blank:
                g[t, 0] = 0
                r = dtype(0)
            else:
                logit = readout_bias
                for i in range(m):
                    logit += readout[i] * after[i]
                p_right = 1.0 / (1.0 + math.exp(-logit))
                p_correct = p_right if is_right else 1.0 - p_right
                sign = 1.0 if is_right else -1.0
                if loss_kind == NEG_PROB_CORRECT:
                    loss -= p_correct
                    g[t, 0] = dtype(-sign * p_right * (1.0 - p_right))
                else:
                    # log(1 + exp(-x)) without overflow, x the logit of the correct side
                    margin = sign * logit
                    loss += max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))
                    g[t, 0] = dtype(-sign * (1.0 - p_correct))
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


@njit(**HELPER)
def _back_propagate(transposed, readout, states, g, n, errors):
    """Carry the loss back through one session, given what :func:`_play` noted in ``n`` steps.

    ``transposed`` are the recurrent weights as [from, to].  Row t of ``errors``
    (n + 1, m) becomes the derivative by the argument of tanh at step t.
    """
    m = transposed.shape[0]
    one = states.dtype.type(1)
    errors[n] = 0
    for t in range(n - 1, -1, -1):
        error = errors[t]
        after = states[t + 1]
        gt = g[t, 0]
        for i in range(m):
            error[i] = gt * readout[i]
        _add_product(error, transposed, errors[t + 1])
        for i in range(m):
            error[i] *= one - after[i] * after[i]


@njit(**HELPER)
def _unpack(theta, m):
    """As :func:`views`, for compiled code."""
    a = m * m
    recurrent = theta[:a].reshape(m, m)
    w_in = theta[a : a + 3 * m].reshape(3, m)
    bias_in = theta[a + 3 * m : a + 4 * m]
    bias_hidden = theta[a + 4 * m : a + 5 * m]
    readout = theta[a + 5 * m : a + 7 * m].reshape(2, m)
    readout_bias = theta[a + 7 * m :]
    return recurrent, w_in, bias_in, bias_hidden, readout, readout_bias


@njit(**HELPER)
def _session_gradient(
    theta, m, observations, side, n_blank, threshold, waiting_penalty, loss_kind, scale, grad
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
    recurrent, w_in, bias_in, bias_hidden, readout, readout_bias = _unpack(theta, m)
    g_recurrent, g_in, g_bias_in, g_bias_hidden, g_readout, g_readout_bias = _unpack(grad, m)
    n_trials, n_observations = observations.shape[:2]
    n_rows = n_trials * (n_blank + n_observations)
    inputs = np.empty((n_rows, 4), theta.dtype)
    states = np.empty((n_rows + 1, m), theta.dtype)
    g = np.empty((n_rows, 1), theta.dtype)

    # Loops here and below: array expressions compile the texts of their errors too, which takes as
    # long again as all the rest.  The softmax of two logits depends on their difference only.
    difference, bias = np.empty_like(bias_in), np.empty_like(bias_in)
    for i in range(m):
        difference[i] = readout[1, i] - readout[0, i]
        bias[i] = bias_in[i] + bias_hidden[i]
    weights = (recurrent, w_in, bias, difference, readout_bias[1] - readout_bias[0])
    n, loss, n_correct, n_timed_out = _play(
        weights, observations, side, n_blank, threshold, waiting_penalty, loss_kind,
        inputs, states, g,
    )  # fmt: skip

    per_step = scale / theta.dtype.type(n)  # the loss is a mean over the session's steps
    for t in range(n):
        g[t, 0] *= per_step
    errors = np.empty((n + 1, m), theta.dtype)
    _back_propagate(recurrent.T.copy(), difference, states, g, n, errors)

    _add_outer_products(g_recurrent, errors, states, n)
    by_input = np.zeros((4, m), theta.dtype)
    _add_outer_products(by_input, inputs, errors, n)
    for i in range(m):
        for x in range(3):
            g_in[x, i] += by_input[x, i]
        g_bias_in[i] += by_input[3, i]
        g_bias_hidden[i] += by_input[3, i]
    by_difference = np.zeros((1, m), theta.dtype)
    _add_outer_products(by_difference, g, states[1:], n)
    for i in range(m):
        g_readout[1, i] += by_difference[0, i]
        g_readout[0, i] -= by_difference[0, i]
    total = g[:n].sum()
    g_readout_bias[1] += total
    g_readout_bias[0] -= total
    return loss / n, n_correct / n_trials, n_timed_out / n_trials, n / n_trials


session_gradient = compiled(**COMPILE, nogil=True)(_session_gradient.py_func)


@njit(**HELPER)
def _sgd(theta, grad, slots, learning_rate, momentum):
    velocity = slots[0]
    for i in range(theta.shape[0]):
        velocity[i] = momentum * velocity[i] + grad[i]
        theta[i] -= learning_rate * velocity[i]


@njit(**HELPER)
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


@compiled(**COMPILE, nogil=True)
def train_steps(
    theta, slots, m, observations, side, session_start, sessions_per_step, n_updates_before,
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
            result = _session_gradient(
                theta, m, observations[trials], side[trials], n_blank, threshold,
                waiting_penalty, loss_kind, scale, grad,
            )  # fmt: skip
            for c in range(4):
                statistics[k, c] += result[c] / sessions_per_step
        if not (np.isfinite(statistics[k, 0]) and np.isfinite(grad.sum())):
            return k
        if optimizer == SGD:
            _sgd(theta, grad, slots, learning_rate, momentum)
        else:
            _adam(theta, grad, slots, learning_rate, n_updates_before + k + 1)
    return statistics.shape[0]
