"""The closed loop of :mod:`.rollouts` in compiled code, for agents that have a program.

One loop plays all :mod:`.programs`; which step it takes is settled by the program's type when it is
compiled.  Sums run in another order than numpy's and torch's, so that probabilities differ in their
last bits.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numba.extending import overload

from ..core.checks import read_only
from ..core.compiled import compiled
from .generative_model import Trials
from .programs import RELU, TANH, Bayesian, Coupled, Gru, Lstm, Program, Recurrent

# As in training: a helper is part of each kernel's own code, or bits would depend on the cache.
# Without a word on fast sums one would take its caller's, and ``_exp`` rounds by adding.
EXACT: dict = {"error_model": "numpy", "forceinline": True, "fastmath": False}
FAST: dict = EXACT | {"fastmath": {"contract", "nsz", "reassoc"}}


def play(program: Program, trials: Trials, *, record_states: bool = False) -> tuple | None:
    """Let a program play; as :func:`.rollouts.rollout`.

    Returns
    -------
    choice, n_steps, p_right, states : arrays
        As of a Session; None in place of states that are not recorded.  None in place of all where
        some step gave no probability.
    """
    params, n = trials.params, len(trials)
    choice, n_steps = np.zeros(n, dtype=np.int8), np.zeros(n, dtype=np.int64)
    p_right = np.full((n, params.max_steps), np.nan)
    # Room for the longest trials; what is not written takes up no memory, and is given back below.
    shape = (n * params.max_steps, program.n_units) if record_states else (0, 1)  # type: ignore
    states = np.empty(shape)
    n_rows = _play(
        program,
        _as_compiled(trials.observations),
        _as_compiled(trials.side),
        _as_compiled(trials.session_start),
        int(params.n_blank_steps),
        float(params.threshold),
        float(params.waiting_penalty),
        choice,
        n_steps,
        p_right,
        states,
    )
    if n_rows < 0:
        return None
    if record_states:
        states.resize((n_rows, shape[1]), refcheck=False)
    return choice, n_steps, p_right, states if record_states else None


def _as_compiled(array: np.ndarray) -> np.ndarray:
    """Of one layout, without leave to write: of any other the loop would be compiled anew."""
    return read_only(np.ascontiguousarray(array).view())


def _step(program, at, seen, record):
    raise TypeError("compiled code only")


@overload(_step, inline="always")
def _step_overload(program, at, seen, record):
    """P(right) after one more input.

    ``at`` are session, trial, step and whether the session begins, ``seen`` o^L, o^R and r, and
    ``record`` the states and the row where the new one belongs.
    """
    steps = {Recurrent: _recurrent_step, Gru: _gru_step, Lstm: _lstm_step}
    steps |= {Bayesian: _bayesian_step, Coupled: _coupled_step}
    step = steps[program.instance_class]
    return lambda program, at, seen, record: step(program, at, seen, record)


@compiled(error_model="numpy", nogil=True)
def _play(
    program, observations, side, session_start, n_blank, threshold, waiting_penalty,
    choice, n_steps, p_right, states,
):  # fmt: skip
    """Play session after session; return the number of steps, or -1 at what is no probability."""
    max_steps = p_right.shape[1]
    row = 0
    for session in range(len(session_start) - 1):
        first = session_start[session]
        r = 0.0
        for trial in range(first, session_start[session + 1]):
            chosen, step = 0, 0
            while chosen == 0 and step < max_steps:
                left, right = 0.0, 0.0
                seeing = step >= n_blank
                if seeing:
                    left = observations[trial, step - n_blank, 0]
                    right = observations[trial, step - n_blank, 1]
                at = (session, trial, step, step == 0 and trial == first)
                p = _step(program, at, (left, right, r), (states, row))
                if not 0 <= p <= 1:
                    return -1
                p_right[trial, step] = p
                if seeing and max(p, 1 - p) > threshold:
                    chosen = 1 if p > 0.5 else -1
                r = waiting_penalty if seeing else 0.0
                step += 1
                row += 1
            choice[trial] = chosen
            n_steps[trial] = step
            r = 1.0 if chosen == side[trial] else -1.0
    return row


@njit(**EXACT)
def _exp(x):
    """exp for |x| <= 700, within a unit or two of the last place (as in Cephes, by S. Moshier).

    Unlike the library's it becomes vector code.
    """
    # Adding and taking away 1.5 * 2**52 rounds to a whole number, here that of powers of 2.
    shifted = x * 1.4426950408889634074 + 6755399441055744.0
    power = shifted - 6755399441055744.0
    x = (x - power * 6.93145751953125e-1) - power * 1.42860682030941723212e-6
    xx = x * x
    p = (1.26177193074810590878e-4 * xx + 3.02994407707441961300e-2) * xx
    p = x * (p + 9.99999999999999999910e-1)
    q = (3.00198505138664455042e-6 * xx + 2.52448340349684104192e-3) * xx
    q = (q + 2.27265548208155028766e-1) * xx + 2.0
    # The sum's last bits are the power: moved to the front, they are an exponent.
    bits = (np.float64(shifted).view(np.int64) + 1023) << 52
    return (1.0 + 2.0 * (p / (q - p))) * np.int64(bits).view(np.float64)


@njit(**EXACT)
def _tanh(x):
    """tanh within a unit or two of the last place (as in Cephes), as vector code."""
    size = abs(x)
    large = 1.0 - 2.0 / (_exp(2.0 * min(size, 25.0)) + 1.0)
    xx = x * x
    p = (-9.64399179425052238628e-1 * xx - 9.92877231001918586564e1) * xx
    q = (xx + 1.12811678491632931402e2) * xx + 2.23548839060100448583e3
    small = x + x * xx * ((p - 1.61468768441708447952e3) / (q * xx + 4.84406305325125486048e3))
    return small if size < 0.625 else math.copysign(large, x)


@njit(**EXACT)
def _sigmoid(x):
    return 1.0 / (1.0 + _exp(-min(max(x, -700.0), 700.0)))


@njit(**EXACT)
def _expit(log_odds):
    """One probability; of any log odds, infinite ones too."""
    return 1.0 / (1.0 + math.exp(-log_odds))


@njit(**FAST)
def _add_columns(out, matrix, x):
    """out += x @ matrix: (k,), (m, k), (m,); m a multiple of 8."""
    for j in range(0, len(x), 8):
        x0, x1, x2, x3 = x[j], x[j + 1], x[j + 2], x[j + 3]
        x4, x5, x6, x7 = x[j + 4], x[j + 5], x[j + 6], x[j + 7]
        for i in range(len(out)):
            out[i] += (
                matrix[j, i] * x0
                + matrix[j + 1, i] * x1
                + matrix[j + 2, i] * x2
                + matrix[j + 3, i] * x3
            ) + (
                matrix[j + 4, i] * x4
                + matrix[j + 5, i] * x5
                + matrix[j + 6, i] * x6
                + matrix[j + 7, i] * x7
            )


@njit(**FAST)
def _drive(program, begins, seen):
    """Fill in what the units get from inputs and, apart from it, from the last state."""
    left, right, r = seen
    h, a, b, w_in = program.state, program.by_inputs, program.by_state, program.from_inputs
    if begins:
        for i in range(len(h)):
            h[i] = program.initial[i]
    if left == 0 and right == 0:
        r *= program.feedback
    for i in range(len(a)):
        a[i] = program.bias_in[i] + w_in[0, i] * left + w_in[1, i] * right + w_in[2, i] * r
        b[i] = program.bias_state[i]
    _add_columns(b, program.from_state, h)


@njit(**FAST)
def _answer(program, session, record):
    """Keep the new state where asked, and read P(right) from it."""
    h, (states, row) = program.state, record
    log_odds = program.readout_bias
    for i in range(len(h)):
        log_odds += program.readout[i] * h[i]
    if len(states):
        for i in range(program.n_units):
            states[row, i] = h[i]
    return _expit(program.scale[session if len(program.scale) > 1 else 0] * log_odds)


@njit(**FAST)
def _recurrent_step(program, at, seen, record):
    (session, _, _, begins), f = at, program.activation
    h, a, b = program.state, program.by_inputs, program.by_state
    _drive(program, begins, seen)
    for i in range(len(h)):  # one loop with choices is vector code; a choice of loops is slower
        drive = a[i] + b[i]
        line = 0.0 if f == RELU and drive < 0 else drive
        h[i] = _tanh(drive) if f == TANH else line
    return _answer(program, session, record)


@njit(**FAST)
def _gru_step(program, at, seen, record):
    session, _, _, begins = at
    h, a, b = program.state, program.by_inputs, program.by_state
    m = len(h)
    _drive(program, begins, seen)
    for i in range(m):  # gates: reset, update, new
        update = _sigmoid(a[m + i] + b[m + i])
        new = _tanh(a[2 * m + i] + _sigmoid(a[i] + b[i]) * b[2 * m + i])
        h[i] = (1 - update) * new + update * h[i]
    return _answer(program, session, record)


@njit(**FAST)
def _lstm_step(program, at, seen, record):
    session, _, _, begins = at
    h, c, a, b = program.state, program.cell_state, program.by_inputs, program.by_state
    m = len(h)
    if begins:
        for i in range(m):
            c[i] = 0.0
    _drive(program, begins, seen)
    for i in range(m):  # gates: in, forget, new, out
        kept = _sigmoid(a[m + i] + b[m + i]) * c[i]
        c[i] = kept + _sigmoid(a[i] + b[i]) * _tanh(a[2 * m + i] + b[2 * m + i])
        h[i] = _sigmoid(a[3 * m + i] + b[3 * m + i]) * _tanh(c[i])
    return _answer(program, session, record)


@njit(**EXACT)
def _log_likelihood(evidence, total, weight):
    """Of one side, but for what both have in common."""
    exponents, largest, summed = evidence.exponents, -math.inf, 0.0
    for k in range(len(exponents)):
        mu = evidence.strengths[k]
        exponents[k] = (mu * total - weight * (mu * mu / 2)) / evidence.variance
        exponents[k] += evidence.log_shares[k]
        if exponents[k] > largest:
            largest = exponents[k]
    for k in range(len(exponents)):
        summed += math.exp(exponents[k] - largest)
    return largest + math.log(summed)


@njit(**EXACT)
def _log_odds(evidence, left, right, weight):
    """Of right, from summed signals and their weight."""
    return _log_likelihood(evidence, right, weight) - _log_likelihood(evidence, left, weight)


@njit(**EXACT)
def _bayesian_step(program, at, seen, record):
    (_, trial, step, _), (left, right, _) = at, seen
    evidence, memory = program.evidence, program.memory
    if step == 0:
        for k in range(4):
            memory[k] = 0.0
    weight = evidence.weight if left != 0 or right != 0 else 0.0
    if evidence.difference:
        half = (right - left) / 2
        left, right = -half, half
    if evidence.per_step:
        memory[3] += _log_odds(evidence, left, right, weight)
    else:
        memory[0] += left
        memory[1] += right
        memory[2] += weight
        memory[3] = _log_odds(evidence, memory[0], memory[1], memory[2])
    return _expit(program.prior_log_odds[trial] + memory[3])


@njit(**EXACT)
def _coupled_step(program, at, seen, record):
    (_, _, _, begins), (left, right, _) = at, seen
    joint, concordance, q = program.joint, program.concordance, program.end_probability
    discordance = 1 - concordance
    if begins:
        joint[0], joint[1] = concordance / 2, discordance / 2
        joint[2], joint[3] = discordance / 2, concordance / 2
    else:
        switched = program.hazard + (1 - 2 * program.hazard) * (joint[0] + joint[1])
        new_right = q * switched
        new_left = q - new_right
        joint[0] = (1 - q) * joint[0] + new_right * concordance
        joint[1] = (1 - q) * joint[1] + new_right * discordance
        joint[2] = (1 - q) * joint[2] + new_left * discordance
        joint[3] = (1 - q) * joint[3] + new_left * concordance
    for_right = 0.5
    if left != 0 or right != 0:
        for_right = _expit(_log_odds(program.evidence, left, right, 1.0))
    joint[0] *= for_right
    joint[1] *= 1 - for_right
    joint[2] *= for_right
    joint[3] *= 1 - for_right
    total = joint[0] + joint[1] + joint[2] + joint[3]
    for k in range(4):
        joint[k] /= total
    p = joint[0] + joint[2]
    return 1.0 if p > 1 else p
