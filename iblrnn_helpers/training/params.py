"""What defines a training run, apart from the task."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..core import checks
from ..core.store import LATER

CELLS = ("vanilla", "gru", "lstm")
LOSSES = ("neg_prob_correct", "cross_entropy")
OPTIMIZERS = ("sgd", "adam")  # which both engines have; torch's has all of torch.optim
ENGINES = ("auto", "compiled", "torch")

Options = tuple[tuple[str, object], ...]  # names and values, sorted


@dataclass(frozen=True)
class TrainParams:
    """A training recipe.  The defaults are those of the paper (section 2.2).

    Parameters
    ----------
    n_units : int
        Hidden units.
    cell : {"vanilla", "gru", "lstm"}
    loss : {"neg_prob_correct", "cross_entropy"}
        ``neg_prob_correct``: -p(correct side), what the released configuration
        computes and what reproduces the paper's numbers.  ``cross_entropy``:
        -log p(correct side), what the paper's text says.  Either is averaged
        over all steps of a session, with 0 on blank steps.
    optimizer : str
        ``sgd``, ``adam`` or any other class of torch.optim by its name, such as ``AdamW``.
    learning_rate : float
        > 0.
    momentum : float
        Of ``sgd`` alone, in [0, 1).  Adam keeps torch's defaults (0.9, 0.999, 1e-8).
    n_gradient_steps : int
    sessions_per_step : int
        Sessions whose gradients are averaged for one gradient step.  Torch's engine plays them
        side by side: its time is that of the longest, and many cost little more than one.
    n_blocks : int
        Blocks in a training session.
    seed : int
        Of the initial weights and of every session.
    dtype : {"float32", "float64"}
        Precision in training; analyses always use float64.
    engine : {"auto", "compiled", "torch"}
        ``auto`` takes the compiled engine for the vanilla cell where it has all that the recipe
        asks for, and torch otherwise: for other cells and optimizers, options, schedules, clipping.
    optimizer_options : mapping or JSON, optional
        More of what torch's optimizer takes, by name: ``{"weight_decay": 0.01}``.
    schedule : str
        A class of torch.optim.lr_scheduler, such as ``CosineAnnealingLR``, that changes the
        learning rate after every gradient step.
    schedule_options : mapping or JSON, optional
        What that takes, by name: ``{"T_max": 1000}``.
    max_gradient_norm : float, optional
        Gradients whose norm, over all weights, is larger are shortened to it.  > 0.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> ibl.TrainParams(cell="gru").engine  # the compiled one trains vanilla cells only
    'torch'
    >>> ibl.TrainParams(optimizer="AdamW", optimizer_options={"weight_decay": 0.1}).engine
    'torch'
    """

    n_units: int = 50
    cell: str = "vanilla"
    loss: str = "neg_prob_correct"
    optimizer: str = "sgd"
    learning_rate: float = 1e-3
    momentum: float = 0.1
    n_gradient_steps: int = 100_001
    sessions_per_step: int = 1
    n_blocks: int = 4
    seed: int = 1
    dtype: str = "float32"
    engine: str = "auto"
    optimizer_options: Options | None = field(default=None, metadata=LATER)
    schedule: str = field(default="constant", metadata=LATER)
    schedule_options: Options | None = field(default=None, metadata=LATER)
    max_gradient_norm: float | None = field(default=None, metadata=LATER)

    def __post_init__(self):
        checks.integer("n_units", self.n_units, low=1)
        checks.choice("cell", self.cell, CELLS)
        checks.choice("loss", self.loss, LOSSES)
        checks.number("learning_rate", self.learning_rate, above=0, high=checks.HUGE)
        checks.number("momentum", self.momentum, low=0)
        if self.momentum >= 1:
            raise ValueError(f"momentum must be below 1, got {self.momentum!r}")
        checks.integer("n_gradient_steps", self.n_gradient_steps, low=1)
        checks.integer("sessions_per_step", self.sessions_per_step, low=1)
        checks.integer("n_blocks", self.n_blocks, low=1)
        checks.seed("seed", self.seed)
        checks.choice("dtype", self.dtype, ("float32", "float64"))
        checks.choice("engine", self.engine, ENGINES)
        for name in ("optimizer_options", "schedule_options"):
            object.__setattr__(self, name, _options(name, getattr(self, name)))
        if self.max_gradient_norm is not None:
            checks.number("max_gradient_norm", self.max_gradient_norm, above=0, high=checks.HUGE)
        if self._is_of_torch():
            from .optimizers import check_optimizer

            check_optimizer(self)
        if self.optimizer != "sgd" and self.momentum != TrainParams.momentum:
            raise ValueError(
                f"momentum must be left out with optimizer {self.optimizer!r}, got "
                f"{self.momentum!r}; only 'sgd' takes it (others may have it in optimizer_options)"
            )
        torch_alone = self._is_of_torch() or self.max_gradient_norm is not None
        if self.engine == "compiled" and (self.cell != "vanilla" or torch_alone):
            raise ValueError(
                f"engine 'compiled' trains the vanilla cell only, by plain 'sgd' or 'adam', got "
                f"cell {self.cell!r}, optimizer {self.optimizer!r}, schedule {self.schedule!r}, "
                f"max_gradient_norm {self.max_gradient_norm!r} and optimizer_options "
                f"{dict(self.optimizer_options or ())!r}; use engine 'torch' or 'auto'"
            )
        if self.engine == "auto":
            engine = "compiled" if self.cell == "vanilla" and not torch_alone else "torch"
            object.__setattr__(self, "engine", engine)

    def _is_of_torch(self) -> bool:
        """Whether optimizer or schedule are more than the compiled engine has."""
        given = self.optimizer_options or self.schedule_options or self.schedule != "constant"
        return bool(given) or self.optimizer not in OPTIMIZERS


def _options(field: str, value) -> Options | None:
    """Named options as sorted pairs, which a frozen recipe and its JSON can hold."""
    allowed = f"{field} must be names with numbers, words or lists of these, in a dict or in JSON"
    if value is None:
        return None
    try:
        given = json.loads(value) if isinstance(value, str) else value
        pairs = given.items() if isinstance(given, Mapping) else given
        named = {name: one for name, one in pairs}
        # Numbers may be of numpy.
        plain = json.loads(json.dumps(named, allow_nan=False, default=np.generic.item))
    except (TypeError, ValueError):
        raise ValueError(f"{allowed}, got {value!r:.200}") from None
    if any(one is None or isinstance(one, dict) for one in plain.values()):
        raise ValueError(f"{allowed}, got {value!r:.200}")
    return tuple(sorted((name, _frozen(one)) for name, one in plain.items())) or None


def _frozen(value):
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
