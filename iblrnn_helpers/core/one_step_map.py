"""What every analysis of dynamics does with a one-step map F(h, inputs) -> h': call it, safely.

A map is a function of torch tensors, (..., n_state) and (..., n_inputs), that gives (..., n_state),
the same whenever it is called, and lets autograd through, e.g. that of
:func:`iblrnn_helpers.agents.rnn.one_step`, or a torch module.  Maps that work in float32 get
float32; results are float64 all the same.  Nothing here knows what is inside a map, so it is tried
out before it is believed: :class:`HeldMap`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch

from . import checks

OneStepMap = Callable[..., torch.Tensor]  # of h and inputs, or of h alone

N_TRIED = 8  # states at which a map is tried out
# Steps of finite differences and relative errors that are allowed: in float64 the error is some
# 1e-9 of rounding; float32 rounds at 6e-8, which over a step of 1e-3 is 1e-4.
DIFFERENCES = {torch.float64: (1e-6, 1e-3), torch.float32: (1e-3, 3e-2)}
BY_TORCH = "use torch operations only, and no numpy, detach() or torch.no_grad() inside"


class KnownMap:
    """A map F(h, inputs) whose Jacobian may be known in closed form, which saves autograd.

    Attributes
    ----------
    function : callable
        F.
    jacobian : callable or None
        Of float64 states (n, n_state) and inputs (n, n_inputs), gives (n, n_state, n_state).
    """

    def __init__(self, function: OneStepMap, jacobian: OneStepMap | None):
        self.function, self.jacobian = function, jacobian

    def __call__(self, h: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """States (..., n_state) and inputs (..., n_inputs) give states (..., n_state)."""
        return self.function(h, inputs)


class HeldMap:
    """The map h -> F(h, inputs) with the inputs held constant.

    Parameters
    ----------
    step : callable
        A module is copied, in float64.
    inputs : (n_inputs,) float
        None or empty for a map without inputs, F(h) or F(h, inputs) alike.

    Attributes
    ----------
    takes, gives : torch.dtype
        In what precision it wants states, and works; known after :meth:`try_out`.

    Raises
    ------
    ValueError
        If the map is not callable, takes no inputs and is given some, or they are not a
        finite vector.
    """

    def __init__(self, step: OneStepMap, inputs):
        if not callable(step):
            raise ValueError(f"the map must be a function F(h, inputs), got {type(step).__name__}")
        if isinstance(step, torch.nn.RNNBase | torch.nn.RNNCellBase):  # called as (inputs, state)
            raise ValueError(
                f"the map must be F(h, inputs): of a torch.nn.{type(step).__name__}, "
                "iblrnn_helpers.one_step(it) is"
            )
        nothing = inputs is None or np.shape(inputs) == (0,)
        self.inputs = torch.zeros(0).double() if nothing else _tensor("inputs", inputs, n_axes=1)
        self.step = in_float64(step)
        self.alone = not takes_inputs(step, otherwise=not nothing)
        if self.alone and not nothing:
            raise ValueError("the map must take inputs, F(h, inputs), or be given none, inputs=[]")
        self.takes = self.gives = torch.float64
        # A subclass with a call of its own may be any map.
        known = isinstance(step, KnownMap) and type(step).__call__ is KnownMap.__call__
        self.jacobian = step.jacobian if known else None

    def __call__(self, h: torch.Tensor) -> torch.Tensor:
        """States (..., n_state) after one step, float64.

        Raises
        ------
        ValueError
            If F gives another shape, or something else than a tensor of real numbers.
        """
        # A clone: what a map does to its argument must not reach the states of the search.
        return self._called(h.to(self.takes).clone(), self._inputs_for(h))

    def _inputs_for(self, h: torch.Tensor) -> torch.Tensor:
        return self.inputs.to(self.takes).expand(*h.shape[:-1], len(self.inputs))

    def _called(self, h: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        after = self.step(h) if self.alone else self.step(h, inputs)
        if not isinstance(after, torch.Tensor) or after.shape != h.shape:
            found = tuple(after.shape) if hasattr(after, "shape") else type(after).__name__
            if isinstance(after, np.ndarray):
                found = f"a numpy array: {BY_TORCH}"
            raise ValueError(f"the map must return states of shape {tuple(h.shape)}, got {found}")
        if after.dtype not in DIFFERENCES:
            raise ValueError(f"the map must return float64 or float32, got {after.dtype}")
        if after.dtype == torch.float32:
            self.gives = torch.float32
        return after.to(torch.float64)

    @torch.no_grad()
    def try_out(self, h: torch.Tensor, *, derivative: bool = False) -> None:
        """Call the map at a few of some states (n, n_state), and refuse what no analysis can take.

        Parameters
        ----------
        h : (n, n_state) tensor
        derivative : bool
            Compare what autograd finds along a random direction with a finite difference, too: to
            1e-3 of its length in float64, and 3e-2 in float32.

        Raises
        ------
        ValueError
            If the map fails on float64 and on float32, changes what it is given, gives another
            shape or dtype, NaN, or not the same when called again, or its derivative is wrong.
        """
        few = h[np.unique(np.linspace(0, len(h) - 1, N_TRIED).astype(int))]
        try:
            first = self._tried(few)
        except RuntimeError as error:
            # Torch mixes no precisions, and the weights of most modules are float32.
            self.takes = torch.float32
            try:
                first = self._tried(few)
            except RuntimeError as again:
                shown = again if "type" in str(error) else error
                raise ValueError(
                    f"the map must take states {tuple(few.shape)} and inputs (..., "
                    f"{len(self.inputs)}) of float64 or float32, got {_first_line(shown)}"
                ) from shown
        if torch.isnan(first).any():
            raise ValueError("the map must return numbers, got NaN")
        tolerance = 1e-9 if self.gives == torch.float64 else 1e-4
        if not torch.allclose(self._tried(few), first, rtol=tolerance, atol=tolerance):
            raise ValueError(
                "the map must return the same whenever it is called, got two results for one "
                "state: take noise out, and call eval() on a module with dropout"
            )
        if derivative:
            self._compare_derivatives(few)

    def _tried(self, h: torch.Tensor) -> torch.Tensor:
        h, inputs = h.to(self.takes), self._inputs_for(h)
        given = h.clone(), inputs.clone()
        after = self._called(*given).clone()
        for name, argument, before in zip(("h", "inputs"), given, (h, inputs), strict=True):
            # Torch counts its own writes, of equal values too, but not those through numpy.
            if argument._version or not torch.equal(argument, before):
                raise ValueError(
                    f"the map must leave its argument {name} as it is, got a map that writes into "
                    f"it: write {name} = {name} + ... where it says {name} += ..."
                )
        return after

    def _compare_derivatives(self, h: torch.Tensor) -> None:
        rng = np.random.default_rng(0)
        scale = h.abs().amax(dim=1, keepdim=True).clamp(min=1)
        # Not at the states themselves: at 0, a favourite, relu has no derivative.
        h = h + 1e-3 * scale * torch.from_numpy(rng.standard_normal(h.shape))
        along = torch.from_numpy(rng.standard_normal(h.shape))
        along = along / along.norm(dim=1, keepdim=True)
        try:
            with torch.enable_grad():
                exact = (batched_jacobians(self, h) @ along[..., None])[..., 0]
        except (RuntimeError, TypeError, IndexError) as error:
            raise ValueError(
                "the map must take one state (n_state,) as well as many, and let autograd through: "
                f"{BY_TORCH}, got {_first_line(error)}"
            ) from error
        if self._rounds(h, 1e-10 * scale * along, 1e-10 * scale * exact):
            self.gives = torch.float32
        size, allowed = DIFFERENCES[self.gives]
        coarse, fine = (
            (self(h + e * along) - self(h - e * along)) / (2 * e)
            for e in (size * scale, size * scale / 4)
        )
        length = torch.maximum(exact.norm(dim=1), fine.norm(dim=1))
        noise = 10 * torch.finfo(self.gives).eps * self(h).norm(dim=1) / (size * scale[:, 0])
        # Where two steps do not agree, there is a kink or rounding, and nothing can be said.
        told = (coarse - fine).norm(dim=1) <= allowed / 3 * fine.norm(dim=1) + noise
        wrong = told & ~((exact - fine).norm(dim=1) <= allowed * length + noise)
        if wrong.any():
            off = ((exact - fine).norm(dim=1) / length)[wrong].max()
            raise ValueError(
                f"the map does not let autograd through: {BY_TORCH}; its derivative must be that "
                f"of a finite difference to {allowed:g}, got {off:.2g} off"
            )

    def _rounds(self, h: torch.Tensor, step: torch.Tensor, expected: torch.Tensor) -> bool:
        """Whether steps that float64 can tell are lost: the map works in float32 inside."""
        at = self(h)
        visible = expected.abs() > 100 * torch.finfo(torch.float64).eps * at.abs()
        return bool(((self(h + step) == at)[visible].double()).mean() > 0.5)


def takes_inputs(step, otherwise: bool) -> bool:
    """Whether a map is F(h, inputs) and not F(h); ``otherwise`` where that cannot be seen."""
    try:
        inspect.signature(getattr(step, "forward", step)).bind(None, None)
    except ValueError:  # a function in C, such as torch.tanh, does not tell
        return otherwise
    except TypeError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def in_float64(step: OneStepMap) -> OneStepMap:
    """A copy of a module that works in float64; any other map as it is."""
    return deepcopy(step).double() if isinstance(step, torch.nn.Module) else step


def tried_out(step: OneStepMap, inputs, h: torch.Tensor, *, derivative: bool = False) -> HeldMap:
    """The map under constant inputs, after :meth:`HeldMap.try_out` at the states (n, n_state)."""
    held = HeldMap(step, inputs)
    held.try_out(h, derivative=derivative)
    return held


def stepped(held: Callable, h: torch.Tensor) -> torch.Tensor:
    """One step of a map of states, without gradients.

    Raises
    ------
    ValueError
        If it gives NaN.
    """
    with torch.no_grad():
        after = held(h)
    if torch.isnan(after).any():
        raise ValueError("the map must return numbers, got NaN")
    return after


def change(step: OneStepMap, inputs, states: np.ndarray) -> np.ndarray:
    """(n, n_state) float: F(h, inputs) - h of states (n, n_state)."""
    h = as_states(states)
    return (stepped(tried_out(step, inputs, h), h) - h).numpy()


def iterate(step: OneStepMap, inputs, states: np.ndarray, n_steps: int) -> np.ndarray:
    """(n, n_state) float: states (n, n_state) after ``n_steps`` steps under constant inputs."""
    checks.integer("n_steps", n_steps, low=0)
    h = as_states(states)
    held = tried_out(step, inputs, h)
    for _ in range(n_steps):
        h = stepped(held, h)
    return h.numpy()


def jacobians(step: OneStepMap, inputs, states: np.ndarray) -> np.ndarray:
    """Derivatives of F by the state: in closed form where it is known, else by autograd.

    Parameters
    ----------
    step : callable
    inputs : (n_inputs,) float
    states : (n, n_state) float

    Returns
    -------
    (n, n_state, n_state) float
        Entry [k, i, j] is dF_i / dh_j at state k.

    Raises
    ------
    ValueError
        If an argument is not as said, or the map is refused (:meth:`HeldMap.try_out`).
    """
    h = as_states(states)
    held = tried_out(step, inputs, h, derivative=True)
    stepped(held, h)
    return batched_jacobians(held, h).numpy()


def batched_jacobians(held: HeldMap, h: torch.Tensor) -> torch.Tensor:
    """Jacobians of a map of states at (n, n_state) tensors, without checks."""
    if held.jacobian is not None:
        return held.jacobian(h, held.inputs.expand(len(h), -1))
    return torch.func.vmap(torch.func.jacrev(held))(h).detach()


def as_states(states, field: str = "states", *, n_columns: int | None = None) -> torch.Tensor:
    """States as a float64 tensor (n, n_state).

    Raises
    ------
    ValueError
        If they have another shape, there are none, or one is not finite.
    """
    return _tensor(field, states, n_axes=2, n_columns=n_columns)


def _tensor(field: str, values, **shape) -> torch.Tensor:
    # A copy: nothing done here may reach the caller's array.
    return torch.from_numpy(np.array(checks.finite_array(field, values, **shape)))
