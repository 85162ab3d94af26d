"""Programs: what agents compute, as numbers and arrays from which compiled code plays for them.

An agent whose class states a ``program`` is played by :mod:`.compiled_loop`, in float64.  That code
is compiled for the tuples below: whoever changes their fields changes its module, too, as the
compiler's cache does not look here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .params import TaskParams

LANES = 8  # numbers in a vector register; units are padded with zeros to a multiple of it
TANH, RELU, IDENTITY = range(3)


class Recurrent(NamedTuple):
    """A recurrent layer and log odds that are linear in its state; see :func:`recurrent`.

    m is the number of units with padding, g that of gates.
    """

    activation: int  # TANH, RELU or IDENTITY, where it has one
    n_units: int
    from_state: np.ndarray  # (m, g * m) [from, to]
    from_inputs: np.ndarray  # (3, g * m)
    bias_in: np.ndarray  # (g * m,)
    bias_state: np.ndarray  # (g * m,)
    readout: np.ndarray  # (m,)
    readout_bias: float
    scale: np.ndarray  # (n_sessions,) or (1,)
    initial: np.ndarray  # (m,)
    feedback: float  # by which r is multiplied on blank steps: 0 for none
    # Room to work in: h; of an LSTM c; what the gates get from inputs and from the state.
    state: np.ndarray
    cell_state: np.ndarray
    by_inputs: np.ndarray
    by_state: np.ndarray


class Gru(Recurrent):
    """The same of 3 gates: reset, update, new."""


class Lstm(Recurrent):
    """The same of 4 gates: in, forget, new, out."""


class Evidence(NamedTuple):
    """What observations tell of the side: :func:`iblrnn_helpers.agents.bayes.stimulus_log_odds`."""

    strengths: np.ndarray
    log_shares: np.ndarray  # of each strength's probability; zeros where all are equally likely
    variance: float
    per_step: bool
    difference: bool
    weight: float
    exponents: np.ndarray  # room to work in


class Bayesian(NamedTuple):
    """Bayes' rule, with a prior of every trial that its past sides alone determine."""

    prior_log_odds: np.ndarray  # (n_trials,)
    evidence: Evidence
    memory: np.ndarray  # (4,) room to work in: summed signals, their weight, log odds


class Coupled(NamedTuple):
    """The filter of :func:`iblrnn_helpers.coupling.coupled_beliefs`."""

    concordance: float
    hazard: float
    end_probability: float
    evidence: Evidence
    joint: np.ndarray  # (4,) room to work in: block before side, right before left


Program = Recurrent | Bayesian | Coupled


def recurrent(
    w_in, w_state, bias_in, bias_state, readout, readout_bias, *,
    kind: type[Recurrent] = Recurrent, activation: int = TANH, scale=1.0, initial=None,
) -> Recurrent:  # fmt: skip
    """A program from weights as torch has them.

    Parameters
    ----------
    w_in, w_state : (g * n, 3) and (g * n, n) float
        Gate after gate.
    bias_in, bias_state : (g * n,) float
    readout : (n,) float
    readout_bias : float
    kind : {Recurrent, Gru, Lstm}
    activation : {TANH, RELU, IDENTITY}
        Of a layer without gates.
    scale : float or (n_sessions,) float
        Of the log odds.
    initial : (n,) float, optional
        Zeros where omitted.
    """
    n, g = len(readout), len(bias_in) // len(readout)
    m = -(-n // LANES) * LANES

    def padded(values, rows: int = 1) -> np.ndarray:  # (rows of anything, gates of units)
        gates = np.array(values, dtype=float, order="C").reshape(rows, -1, n)
        return np.pad(gates, ((0, 0), (0, 0), (0, m - n))).reshape(rows, -1)

    columns = padded(np.transpose(w_state), n)
    return kind(
        activation=activation,
        n_units=n,
        from_state=np.pad(columns, ((0, m - n), (0, 0))),
        from_inputs=padded(np.transpose(w_in), 3),
        bias_in=padded(bias_in)[0],
        bias_state=padded(bias_state)[0],
        readout=padded(readout)[0],
        readout_bias=float(readout_bias),
        scale=np.array(scale, dtype=float, ndmin=1),
        initial=padded(np.zeros(n) if initial is None else initial)[0],
        feedback=1.0,
        state=np.zeros(m),
        cell_state=np.zeros(m),
        by_inputs=np.zeros(g * m),
        by_state=np.zeros(g * m),
    )


def evidence(params: TaskParams, *, per_step: bool, difference: bool, weight: float) -> Evidence:
    """Of an agent that takes the task to be ``params``."""
    shares = params.strength_probabilities
    with np.errstate(divide="ignore"):  # what has no probability
        log_shares = np.zeros(len(params.strengths)) if shares is None else np.log(shares)
    mu, variance = np.array(params.strengths, dtype=float), float(params.noise_sd) ** 2
    room = np.empty_like(mu)
    return Evidence(mu, log_shares, variance, per_step, difference, weight, room)
