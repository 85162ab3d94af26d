"""What torch takes a gradient step by: its optimizers and schedules, as a recipe names them."""

from __future__ import annotations

import inspect
import io
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.optim import lr_scheduler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .params import TrainParams

CLASSES = {"sgd": "SGD", "adam": "Adam"}  # ours of which the compiled engine has the same


class Optimizer:
    """Takes steps by the gradients that parameters have, as a recipe says.

    Parameters
    ----------
    params : TrainParams
    parameters : iterable of torch.nn.Parameter
    """

    def __init__(self, params: TrainParams, parameters: Iterable[torch.nn.Parameter]):
        self._parameters, self._max_norm = list(parameters), params.max_gradient_norm
        options: dict[str, Any] = dict(params.optimizer_options or ())
        if params.optimizer == "sgd":
            options["momentum"] = params.momentum
        make = getattr(torch.optim, CLASSES.get(params.optimizer, params.optimizer))
        self._optimizer = make(self._parameters, lr=params.learning_rate, **options)
        self._schedule = None
        if params.schedule != "constant":
            follow: Any = getattr(lr_scheduler, params.schedule)
            self._schedule = follow(self._optimizer, **dict(params.schedule_options or ()))

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(self._optimizer.param_groups[0]["lr"])

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self._optimizer.zero_grad()

    def step(self, loss: float) -> None:
        """Change the parameters, and then, by the schedule, the learning rate."""
        if self._max_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._parameters, self._max_norm)
        self._optimizer.step()
        if isinstance(self._schedule, lr_scheduler.ReduceLROnPlateau):
            self._schedule.step(loss)
        elif self._schedule is not None:
            self._schedule.step()

    def memory(self) -> dict[str, np.ndarray]:
        """What the next steps depend on, besides the parameters, as named arrays."""
        state = self._optimizer.state_dict()
        memory = {
            f"{index}.{name}": np.array(torch.as_tensor(value).numpy())
            for index, slots in state["state"].items()
            for name, value in slots.items()
            if value is not None
        }
        if self._schedule is not None:
            buffer = io.BytesIO()
            torch.save((state["param_groups"], self._schedule.state_dict()), buffer)
            memory["schedule"] = np.frombuffer(buffer.getvalue(), dtype=np.uint8)
        return memory

    def restore(self, memory: dict[str, np.ndarray]) -> None:
        """The inverse of :meth:`memory`."""
        groups = self._optimizer.state_dict()["param_groups"]
        if self._schedule is not None:
            buffer = io.BytesIO(memory["schedule"].tobytes())
            groups, schedule = torch.load(buffer, weights_only=True)
            self._schedule.load_state_dict(schedule)
        state: dict[int, dict] = {}
        for key, value in memory.items():
            index, _, name = key.partition(".")
            if name:
                state.setdefault(int(index), {})[name] = torch.as_tensor(np.array(value))
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})


def check_optimizer(params: TrainParams) -> None:
    """Raise a ValueError unless torch has a recipe's optimizer and schedule, with such options."""
    _known("optimizer", params.optimizer, torch.optim, torch.optim.Optimizer, tuple(CLASSES))
    if params.schedule != "constant":
        kind = lr_scheduler.LRScheduler
        _known("schedule", params.schedule, lr_scheduler, kind, ("constant",))
    elif params.schedule_options:
        raise ValueError(
            "schedule_options must be left out with schedule 'constant', got "
            f"{dict(params.schedule_options)}"
        )
    given = dict(params.optimizer_options or ())
    for name, own in {"lr": "learning_rate", "momentum": "momentum"}.items():
        if name in given and (name == "lr" or params.optimizer == "sgd"):
            raise ValueError(f"optimizer_options must leave {name} to {own}, got {given[name]!r}")
    trial = [torch.nn.Parameter(torch.ones(shape)) for shape in ((2, 2), (2,))]
    try:
        optimizer = Optimizer(params, trial)
        for parameter in trial:
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step(0.0)
        # Only OneCycleLR has an end, after which it raises.
        total = getattr(optimizer._schedule, "total_steps", None)
    except Exception as error:  # whatever torch's classes raise
        said = (
            f"{params.optimizer} {given}, {params.schedule} {dict(params.schedule_options or ())}"
        )
        raise ValueError(
            f"optimizer_options and schedule_options must be what torch takes, got {said}: {error}"
        ) from error
    if total is not None and total < params.n_gradient_steps:
        raise ValueError(
            f"schedule_options must give {params.schedule} at least n_gradient_steps "
            f"{params.n_gradient_steps:,} steps, got {total:,}"
        )


def _known(field: str, name: str, module, kind: type, ours: tuple[str, ...]) -> None:
    of_torch = {
        one
        for one, found in vars(module).items()
        if inspect.isclass(found) and issubclass(found, kind) and not one.startswith("_")
    } - {kind.__name__, *CLASSES.values()}
    if name not in (*ours, *of_torch):
        known = [*ours, *of_torch]
        near = [one for one in known if one.lower() == str(name).lower()]
        near = near or get_close_matches(str(name), known, 1, cutoff=0.4)
        meant = f" (did you mean {near[0]!r}?)" if near else ""
        raise ValueError(
            f"{field} must be one of {', '.join(map(repr, ours))} and the classes of "
            f"{module.__name__}, got {name!r}{meant}"
        )
