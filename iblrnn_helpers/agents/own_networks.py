"""Any recurrent network as a one-step map: torch's layers and cells, and functions.

A map is all that fixed points, linearisations, vector fields and basins need.  The equations of the
cells are those of :mod:`iblrnn_helpers.agents.rnn`, which are torch's.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from ..core import checks
from ..core.one_step_map import KnownMap, takes_inputs
from . import rnn

KINDS = {nn.RNN: "vanilla", nn.GRU: "gru", nn.LSTM: "lstm"}
KINDS |= {nn.RNNCell: "vanilla", nn.GRUCell: "gru", nn.LSTMCell: "lstm"}
TAKEN = "RecurrentNetwork, torch.nn.RNN, GRU or LSTM, one of their cells, or a map F(h, inputs)"


class OneStep(KnownMap):
    """A one-step map F(h, inputs) -> h' of torch tensors that knows its sizes; see `one_step`.

    Attributes
    ----------
    function : callable
        F.
    jacobian : callable or None
        Its derivative by the state, of single layers of torch's.
    n_state, n_inputs : int
    dtype : torch.dtype
        In which it runs; autograd and searches may use float64 all the same.
    shown : slice
        Of the state, what the network's readout sees: all of it, or h of the last layer.
    """

    def __init__(
        self,
        function: Callable,
        n_state: int,
        n_inputs: int,
        dtype: torch.dtype,
        shown: slice,
        jacobian: Callable | None = None,
    ):
        super().__init__(function, jacobian)
        self.n_state, self.n_inputs = n_state, n_inputs
        self.dtype, self.shown = dtype, shown

    def __repr__(self) -> str:
        return f"OneStep(n_state={self.n_state}, n_inputs={self.n_inputs}, dtype={self.dtype})"

    @torch.no_grad()
    def run(self, inputs, initial=None) -> np.ndarray:
        """The states through which sequences of inputs take the network.

        Parameters
        ----------
        inputs : (n_sequences, n_time, n_inputs) or (n_time, n_inputs) float
        initial : (n_state,) or (n_sequences, n_state) float, optional
            State before the first step; zeros where omitted, as torch has it.

        Returns
        -------
        (n_sequences, n_time, n_state) or (n_time, n_state) float64
            After every step.  ``.reshape(-1, n_state)`` gives the visited states of a search.

        Raises
        ------
        ValueError
            If shapes do not fit, or a value is not finite.
        """
        n_axes = 2 if np.ndim(inputs) == 2 else 3
        if np.shape(inputs)[-1:] == (0,):  # a system without inputs
            if self.n_inputs or np.ndim(inputs) not in (2, 3):
                raise ValueError(f"inputs must have {self.n_inputs} columns, got none")
            given = torch.zeros(np.shape(inputs), dtype=self.dtype)
        else:
            columns = self.n_inputs
            given = checks.finite_array("inputs", inputs, n_axes=n_axes, n_columns=columns)
            given = torch.from_numpy(np.array(given))
        given = given.to(self.dtype)
        given = given if n_axes == 3 else given[None]
        first = np.zeros(self.n_state) if initial is None else initial
        first = checks.finite_array("initial", np.atleast_2d(first), n_columns=self.n_state)
        if len(first) not in (1, len(given)):
            raise ValueError(f"initial must be of {len(given)} sequences, got {len(first)}")
        h = torch.from_numpy(np.array(first)).to(self.dtype).expand(len(given), -1)
        path = np.empty((*given.shape[:2], self.n_state))
        with rnn.one_thread():
            for t, now in enumerate(given.unbind(dim=1)):
                h = self.function(h, now)
                if h.shape != (len(given), self.n_state):
                    raise ValueError(
                        f"the map must return states of shape {(len(given), self.n_state)}, "
                        f"got {tuple(h.shape)}"
                    )
                path[:, t] = h.numpy()
        return path if n_axes == 3 else path[0]

    def outputs(self, states: np.ndarray) -> np.ndarray:
        """(..., n_outputs): what a readout sees of states (..., n_state)."""
        return np.asarray(states)[..., self.shown]


def one_step(network, *, n_state: int | None = None, n_inputs: int | None = None) -> OneStep:
    """The network's one-step map F(h, inputs) -> h', all that dynamical analyses need to know.

    Parameters
    ----------
    network : RecurrentNetwork, torch.nn.RNN, GRU, LSTM, RNNCell, GRUCell, LSTMCell or callable
        Weights are copied: later changes of a network do not change the map.  Layers may be stacked
        and of any precision; dropout between them is left out, as in ``eval()``.  A callable is
        F(h, inputs) itself, of torch operations, with the state first, unlike torch's own cells; a
        module of your own is copied.
    n_state, n_inputs : int, optional
        Sizes, of a callable only, which has to be given them; ``n_inputs`` is 0 for F(h).

    Returns
    -------
    OneStep
        ``F(h, inputs)`` with tensors (..., n_state) and (..., n_inputs) gives (..., n_state), and
        autograd runs through it; all are of the network's dtype, or of float64.  ``F.run(inputs)``
        gives the visited states.  The state is [h of each layer]; of an LSTM it is [h of each
        layer, c of each layer], and ``F.outputs(states)`` is the last layer's h.

    Raises
    ------
    ValueError
        If there is no such map (a bidirectional layer looks ahead, and a projected one has another
        state), a size is missing, or one is given that does not belong.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> import iblrnn_helpers as ibl
    >>> step = ibl.one_step(ibl.RecurrentNetwork(n_units=8))
    >>> h = torch.zeros(8, dtype=torch.float64)
    >>> observed = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)  # o^L, o^R, r
    >>> tuple(step(h, observed).shape)
    (8,)
    >>> own = ibl.one_step(torch.nn.LSTM(4, 16))
    >>> states = own.run(np.zeros((2, 5, 4)))  # h and c of 2 sequences of 5 steps
    >>> states.shape, own.outputs(states).shape
    ((2, 5, 32), (2, 5, 16))
    """
    layer = network.core if isinstance(network, rnn.RecurrentNetwork) else network
    if kind := _kind_of(layer):
        if n_state is not None or n_inputs is not None:
            raise ValueError("n_state and n_inputs are a function's only: a network has its own")
        return _of_layer(layer, kind)
    if isinstance(layer, nn.RNNBase | nn.RNNCellBase) or not callable(layer):
        raise ValueError(f"network must be a {TAKEN}, got {type(layer).__name__}")
    if n_state is None or n_inputs is None:
        hint = ""
        if isinstance(layer, nn.Module):
            inside = [name for name, one in layer.named_modules() if name and _kind_of(one)]
            hint = f"; its recurrent layer alone is network.{inside[0]}" if inside else ""
        raise ValueError(
            f"n_state and n_inputs must be given for a {type(layer).__name__}, whose sizes cannot "
            f"be seen{hint}"
        )
    n_state = checks.integer("n_state", n_state, low=1)
    n_inputs = checks.integer("n_inputs", n_inputs, low=0)
    return _of_function(layer, n_state, n_inputs)


def _kind_of(layer) -> str | None:
    """Of torch's layers and cells; a subclass with a ``forward`` of its own is none of them."""
    for base, kind in KINDS.items():
        if isinstance(layer, base) and type(layer).forward is base.forward:
            return kind
    return None


def _of_layer(layer: Any, kind: str) -> OneStep:
    for name in ("bidirectional", "proj_size"):
        if getattr(layer, name, False):
            raise ValueError(f"network must have no {name}, got {getattr(layer, name)!r}")
    is_cell, n_units = isinstance(layer, nn.RNNCellBase), layer.hidden_size
    n_layers = 1 if is_cell else layer.num_layers
    weights = [_weights(layer, "" if is_cell else f"_l{k}") for k in range(n_layers)]
    make = _relu if getattr(layer, "nonlinearity", "") == "relu" else _as_ours
    steps = [make(kind, one) for one in weights]
    is_lstm = kind == "lstm"

    def stacked(state, inputs):
        parts = state.split(n_units, dim=-1)  # h of each layer, then c of each
        after, below = [], inputs
        for k, step in enumerate(steps):
            own = torch.cat([parts[k], parts[n_layers + k]], dim=-1) if is_lstm else parts[k]
            after.append(step(own, below))
            below = after[-1][..., :n_units]
        after = [one.split(n_units, dim=-1) for one in after]
        return torch.cat([one[k] for k in range(1 + is_lstm) for one in after], dim=-1)

    n_state = n_units * n_layers * (1 + is_lstm)
    shown = slice(n_units * (n_layers - 1), n_units * n_layers)
    sizes = n_state, layer.input_size, weights[0][0].dtype, shown
    if n_layers > 1:
        return OneStep(stacked, *sizes)
    kind = "relu" if make is _relu else kind
    return OneStep(steps[0], *sizes, partial(JACOBIANS[kind], *(w.double() for w in weights[0])))


def _weights(layer: Any, suffix: str) -> list[torch.Tensor]:
    """W_in, W_rec, b_in and b_rec of a layer: copies on the CPU, in float32 or float64."""
    found: list[Any] = [getattr(layer, f"{name}{suffix}", None) for name in rnn.LAYER]
    dtype = torch.float64 if found[0].dtype == torch.float64 else torch.float32
    none = torch.zeros(len(found[0]), dtype=dtype)  # a layer may have no biases
    return [none if one is None else one.detach().to("cpu", dtype, copy=True) for one in found]


def _as_ours(kind: str, weights: list[torch.Tensor]) -> Callable:
    named = {f"{name}_l0": one for name, one in zip(rnn.LAYER, weights, strict=True)}
    like_ours: Any = SimpleNamespace(cell=kind, core=SimpleNamespace(**named))
    return rnn.one_step(like_ours)


def _relu(_: str, weights: list[torch.Tensor]) -> Callable:
    in_double = [one.double() for one in weights]

    def step(h, inputs):
        w_in, w_rec, b_in, b_rec = in_double if h.dtype == torch.float64 else weights
        return torch.relu(inputs @ w_in.T + b_in + h @ w_rec.T + b_rec)

    return step


def _of_vanilla(w_in, w_rec, b_in, b_rec, h, inputs):
    after = torch.tanh(inputs @ w_in.T + b_in + h @ w_rec.T + b_rec)
    return (1 - after * after)[..., None] * w_rec


def _of_identity(w_in, w_rec, b_in, b_rec, h, inputs):
    return w_rec.expand(*h.shape[:-1], -1, -1)


def _of_relu(w_in, w_rec, b_in, b_rec, h, inputs):
    return (inputs @ w_in.T + b_in + h @ w_rec.T + b_rec > 0)[..., None] * w_rec


def _of_gru(w_in, w_rec, b_in, b_rec, h, inputs):
    reset_in, update_in, new_in = (inputs @ w_in.T + b_in).chunk(3, dim=-1)
    reset_rec, update_rec, new_rec = (h @ w_rec.T + b_rec).chunk(3, dim=-1)
    reset, update = torch.sigmoid(reset_in + reset_rec), torch.sigmoid(update_in + update_rec)
    new = torch.tanh(new_in + reset * new_rec)
    by_drive = (1 - update) * (1 - new * new)
    by_gates = torch.cat(
        [by_drive * new_rec * _slope(reset), (h - new) * _slope(update), by_drive * reset], dim=-1
    )
    return _summed(by_gates, w_rec) + torch.diag_embed(update)


def _of_lstm(w_in, w_rec, b_in, b_rec, state, inputs):
    h, c = state.chunk(2, dim=-1)
    drive_in, drive_forget, new, drive_out = (inputs @ w_in.T + b_in + h @ w_rec.T + b_rec).chunk(
        4, dim=-1
    )
    enter, forget, leave = map(torch.sigmoid, (drive_in, drive_forget, drive_out))
    new = torch.tanh(new)
    seen = torch.tanh(forget * c + enter * new)
    by_gates = torch.cat(
        [new * _slope(enter), c * _slope(forget), enter * (1 - new * new), 0 * leave], dim=-1
    )
    c_by_h, by_c = _summed(by_gates, w_rec), leave * (1 - seen * seen)
    by_leave = (seen * _slope(leave))[..., None] * w_rec[3 * h.shape[-1] :]
    upper = torch.cat(
        [by_leave + by_c[..., None] * c_by_h, torch.diag_embed(by_c * forget)], dim=-1
    )
    return torch.cat([upper, torch.cat([c_by_h, torch.diag_embed(forget)], dim=-1)], dim=-2)


def _slope(gate: torch.Tensor) -> torch.Tensor:
    """Of a sigmoid, by what it gives."""
    return gate * (1 - gate)


def _summed(by_gates: torch.Tensor, w_rec: torch.Tensor) -> torch.Tensor:
    """(..., n, n): what depends so on the drives of k gates of n units, by the state h."""
    n = w_rec.shape[1]
    gates = by_gates.unflatten(-1, (-1, n)), w_rec.unflatten(0, (-1, n))
    return torch.einsum("...gi,gij->...ij", *gates)


# Of weights in float64 (W_in, W_rec, b_in and b_rec, as torch has them), states and inputs.
JACOBIANS = {"vanilla": _of_vanilla, "relu": _of_relu, "gru": _of_gru, "lstm": _of_lstm}
JACOBIANS |= {"tanh": _of_vanilla, "identity": _of_identity}  # as distilled models are called


def _of_function(function: Callable, n_state: int, n_inputs: int) -> OneStep:
    """Tried once, in the precision in which it works."""
    own = torch.float64
    if isinstance(function, nn.Module):
        function = deepcopy(function).eval()
        own = next((one.dtype for one in function.parameters()), own)
    step = function
    if not n_inputs and not takes_inputs(function, otherwise=False):
        step = lambda h, _: function(h)  # noqa: E731
    for dtype in (own, torch.float32):
        try:
            with torch.no_grad():
                h, inputs = (torch.zeros(1, n, dtype=dtype) for n in (n_state, n_inputs))
                after = step(h, inputs)
        except (RuntimeError, TypeError) as error:
            failed = f"{type(error).__name__}: {error}".splitlines()[0]
        else:
            is_tensor = isinstance(after, torch.Tensor)
            got = tuple(after.shape) if is_tensor else type(after).__name__
            if got != (1, n_state):
                raise ValueError(f"the map must return states (..., {n_state}), got {got}")
            return OneStep(step, n_state, n_inputs, dtype, slice(None))
    raise ValueError(
        f"the map must take states (..., {n_state}) and inputs (..., {n_inputs}), got {failed}"
    )
