"""A small recurrent model, z' = f(A' z + B' o + c'): how it runs, and how it plays the task.

Source: Schaeffer et al. 2020, sections 3.3.2 and 3.3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from ..core import checks
from ..task import programs
from ..task.agent import Agent

ACTIVATIONS = ("tanh", "identity", "relu")


def _with_columns(field: str, values, **rule) -> np.ndarray:
    """As `checks.finite_array` has it; of a system without inputs there are no columns."""
    if field == "inputs" and np.shape(values)[1:] == (0,) and not rule.get("n_columns"):
        return np.zeros(np.shape(values))
    return checks.finite_array(field, values, **rule)


@dataclass(frozen=True)
class DistilledModel:
    """M units in coordinates z / ``scale``, where z is what the large system was projected to.

    Attributes
    ----------
    recurrent : (M, M) float
        A': entry [i, j] is what unit j does to unit i.
    inputs : (M, n_inputs) float
        B'.
    offset : (M,) float
        c'.
    activation : {"tanh", "identity", "relu"}
        f.
    scale : float
        Units of the projected states in one unit of the model's, > 0.

    Raises
    ------
    ValueError
        Names the field, its value or shape, and what is allowed.
    """

    recurrent: np.ndarray
    inputs: np.ndarray
    offset: np.ndarray
    activation: str = "tanh"
    scale: float = 1.0

    def __post_init__(self):
        for name, n_axes in (("recurrent", 2), ("inputs", 2), ("offset", 1)):
            array = np.array(_with_columns(name, getattr(self, name), n_axes=n_axes))
            object.__setattr__(self, name, checks.read_only(array))
        n_units = len(self.offset)
        if self.recurrent.shape != (n_units, n_units):
            raise ValueError(
                f"recurrent must be {(n_units, n_units)} for an offset of {n_units} units, "
                f"got {self.recurrent.shape}"
            )
        if len(self.inputs) != n_units:
            raise ValueError(f"inputs must have {n_units} rows, got {len(self.inputs)}")
        checks.choice("activation", self.activation, ACTIVATIONS)
        checks.number("scale", self.scale, above=0)

    @property
    def n_units(self) -> int:
        return len(self.offset)

    @property
    def n_inputs(self) -> int:
        return self.inputs.shape[1]

    def step(self, states: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        """(n, M) float: states (n, M), in the model's own coordinates, one step later."""
        drive = states @ self.recurrent.T + inputs @ self.inputs.T + self.offset
        if self.activation == "tanh":
            return np.tanh(drive)
        return np.maximum(drive, 0) if self.activation == "relu" else drive

    def one_step(self):
        """The same as a map of torch tensors, F(z, inputs) -> z', for the analyses of dynamics."""
        import torch

        from ..agents.own_networks import JACOBIANS
        from ..core.one_step_map import KnownMap

        recurrent, weights, offset = (
            torch.from_numpy(np.array(a)) for a in (self.recurrent, self.inputs, self.offset)
        )
        f = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda drive: drive}

        def one_step(z, inputs):
            return f[self.activation](z @ recurrent.T + inputs @ weights.T + offset)

        jacobian = partial(JACOBIANS[self.activation], weights, recurrent, offset, 0.0)
        return KnownMap(one_step, jacobian)

    def run(
        self, inputs: np.ndarray, initial: np.ndarray, lengths: ArrayLike | None = None
    ) -> np.ndarray:
        """Let the model run on its own past through whole sequences of inputs.

        Parameters
        ----------
        inputs : (n_rows, n_inputs) float
            Sequence after sequence.
        initial : (M,) or (n_sequences, M) float
            State *before* each sequence's first step.
        lengths : (n_sequences,) int, optional
            Rows of each sequence; one sequence where omitted.

        Returns
        -------
        (n_rows, M) float
            The state after every step.

        Raises
        ------
        ValueError
            If shapes or lengths do not fit.
        """
        inputs = _with_columns("inputs", inputs, n_columns=self.n_inputs)
        lengths = as_lengths(lengths, len(inputs))
        initial = checks.finite_array("initial", np.atleast_2d(initial), n_columns=self.n_units)
        if len(initial) not in (1, len(lengths)):
            raise ValueError(f"initial must have {len(lengths)} rows, got {len(initial)}")
        first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        states = np.broadcast_to(initial, (len(lengths), self.n_units)).astype(float)
        out = np.empty((len(inputs), self.n_units))
        for t in range(lengths.max(initial=0)):
            going = np.flatnonzero(lengths > t)
            states[going] = self.step(states[going], inputs[first[going] + t])
            out[first[going] + t] = states[going]
        return out


@dataclass(frozen=True)
class Readout:
    """How an action follows from M units: log-odds of right = scale * (direction . z + bias).

    Attributes
    ----------
    direction : (M,) float
        Unit vector.
    bias : float
    scale : float
        The free parameter of paper section 3.3.3, > 0.
    """

    direction: np.ndarray
    bias: float
    scale: float

    def at(self, scale: float) -> Readout:
        """The same readout at another scale."""
        return replace(self, scale=checks.number("scale", scale, above=0))


class DistilledAgent(Agent):
    """Lets a distilled model play; its ``state`` is z in the model's coordinates.

    Parameters
    ----------
    model : DistilledModel
        Of the task's three inputs.
    readout : Readout
    initial : (M,) float, optional
        State before a session's first step; zeros where omitted.
    name : str

    Raises
    ------
    ValueError
        If shapes do not fit.
    """

    def __init__(self, model: DistilledModel, readout: Readout, initial=None, name="distilled"):
        if model.n_inputs != 3:
            raise ValueError(f"model must take the task's 3 inputs, got {model.n_inputs}")
        self.initial = np.zeros(model.n_units) if initial is None else np.asarray(initial, float)
        for what, found in (("readout.direction", readout.direction), ("initial", self.initial)):
            if np.shape(found) != (model.n_units,):
                raise ValueError(f"{what} must be ({model.n_units},), got {np.shape(found)}")
        self.model, self.readout, self.name = model, readout, name

    def reset(self, n_sessions: int) -> None:
        self.state: np.ndarray = np.tile(self.initial, (n_sessions, 1))

    def step(self, inputs: np.ndarray) -> np.ndarray:
        self.state = self.model.step(self.state, inputs)
        readout = self.readout
        return expit(readout.scale * (self.state @ readout.direction + readout.bias))

    def program(self, trials):
        model, readout = self.model, self.readout
        one_or_each = np.shape(readout.scale) in ((), (trials.n_sessions,))
        if type(model) is not DistilledModel or not one_or_each:
            return None
        layer = model.inputs, model.recurrent, model.offset, np.zeros(model.n_units)
        more = {"scale": readout.scale, "initial": self.initial, "activation": model.activation}
        return programs.recurrent(*layer, readout.direction, readout.bias, **more)


def as_lengths(lengths: ArrayLike | None, n_rows: int) -> np.ndarray:
    """(n_sequences,) int: rows of each sequence; a single one where omitted.

    Raises
    ------
    ValueError
        If one is not a whole number >= 1, or they do not add up to ``n_rows``.
    """
    if lengths is None:
        return np.array([n_rows])
    array = np.asarray(lengths)
    if array.ndim != 1 or array.dtype.kind not in "iu" or (array < 1).any():
        raise ValueError(f"lengths must be whole numbers >= 1, got {lengths!r}")
    if array.sum() != n_rows:
        raise ValueError(f"lengths must add up to the {n_rows} rows, got {array.sum()}")
    return array


def window_starts(lengths: np.ndarray, horizon: int) -> np.ndarray:
    """(n,) int: rows that are followed by ``horizon`` more of the same sequence.

    Raises
    ------
    ValueError
        If there are none.
    """
    ahead = np.concatenate([np.arange(n)[::-1] for n in lengths])
    starts = np.flatnonzero(ahead >= horizon)
    if not len(starts):
        raise ValueError(
            f"horizon must be less than the rows of the longest sequence, {max(lengths)}, "
            f"got {horizon}"
        )
    return starts
