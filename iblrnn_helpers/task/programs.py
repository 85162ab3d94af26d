"""Programs: what agents compute, as numbers and arrays from which compiled code plays for them.

An agent whose class states a ``program`` is played by :mod:`.compiled_loop`, in float64.  That code
is compiled for the tuples below: a change of their fields needs one in its module, too, as the
compiler's cache does not look here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .agent import Agent
from .generative_model import TaskParams, Trials

LANES = 8  # numbers in a vector register; units are padded with zeros to a multiple of it
TANH, RELU, IDENTITY = range(3)
ACTIVATIONS = {"tanh": TANH, "relu": RELU, "identity": IDENTITY}


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
    """What observations say about the side, as :func:`.stimulus_log_odds` has it."""

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
METHODS = {"reset", "step", "end_trial", "playing", "program"}


def program_of(agent: Agent, trials: Trials) -> Program | None:
    """The program of an agent whose class states it, unless its methods were replaced."""
    own = vars(type(agent)).get("program")
    replaced = METHODS & getattr(agent, "__dict__", {}).keys()
    return None if own is None or replaced else own(agent, trials)


def of_network(cell: str, weights: dict[str, np.ndarray]) -> Recurrent | None:
    """Of weights under their names in torch; None if some are missing, or the cell is unknown."""
    kind = {"vanilla": Recurrent, "gru": Gru, "lstm": Lstm}.get(cell)
    layer = [f"core.{part}_{of}_l0" for part in ("weight", "bias") for of in ("ih", "hh")]
    names = [*layer, "readout.weight", "readout.bias"]
    if kind is None or not weights.keys() >= set(names):
        return None
    *core, out, bias = (weights[name] for name in names)
    if len(out) != 2 or core[0].shape[1] != 3 or core[1].shape[1] != out.shape[1]:
        return None
    # The softmax of two logits is a logistic function of their difference.
    return recurrent(*core, out[1] - out[0], bias[1] - bias[0], kind=kind)  # type: ignore


def without_feedback(program: Program | None) -> Program | None:
    """The same, deaf to r on blank steps; None for those that never hear it."""
    return program._replace(feedback=0.0) if isinstance(program, Recurrent) else None


def recurrent(
    w_in, w_state, bias_in, bias_state, readout, readout_bias, *,
    kind: type[Recurrent] = Recurrent, activation: str = "tanh", scale=1.0, initial=None,
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
    activation : {"tanh", "relu", "identity"}
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
        activation=ACTIVATIONS[activation],
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


def evidence(params: TaskParams, inference) -> Evidence:
    """Of an agent that takes the task to be ``params``; ``inference`` as in `agents.bayes`."""
    mu, shares = np.array(params.strengths, dtype=float), params.strength_probabilities
    with np.errstate(divide="ignore"):  # what has no probability
        log_shares = np.zeros(len(mu)) if shares is None else np.log(shares)
    return Evidence(
        strengths=mu,
        log_shares=log_shares,
        variance=float(params.noise_sd) ** 2,
        per_step=inference.strength == "per_step",
        difference=inference.evidence == "difference",
        weight=inference.weight,
        exponents=np.empty_like(mu),
    )
