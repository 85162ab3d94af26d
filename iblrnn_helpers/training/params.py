"""What defines a training run, apart from the task."""

from __future__ import annotations

from dataclasses import dataclass

from ..core import checks

CELLS = ("vanilla", "gru", "lstm")
LOSSES = ("neg_prob_correct", "cross_entropy")
OPTIMIZERS = ("sgd", "adam")
ENGINES = ("auto", "compiled", "torch")


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
    optimizer : {"sgd", "adam"}
    learning_rate : float
        > 0.
    momentum : float
        Of SGD, in [0, 1).  Adam keeps torch's defaults (0.9, 0.999, 1e-8).
    n_gradient_steps : int
    sessions_per_step : int
        Sessions whose gradients are averaged for one gradient step.
    n_blocks : int
        Blocks in a training session.
    seed : int
        Of the initial weights and of every session.
    dtype : {"float32", "float64"}
        Precision in training; analyses always use float64.
    engine : {"auto", "compiled", "torch"}
        ``auto`` takes the compiled engine for the vanilla cell, torch for the others.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> ibl.TrainParams(cell="gru").engine  # the compiled one trains vanilla cells only
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

    def __post_init__(self):
        checks.integer("n_units", self.n_units, low=1)
        checks.choice("cell", self.cell, CELLS)
        checks.choice("loss", self.loss, LOSSES)
        checks.choice("optimizer", self.optimizer, OPTIMIZERS)
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
        if self.engine == "compiled" and self.cell != "vanilla":
            raise ValueError(
                f"engine 'compiled' trains the vanilla cell only, got cell {self.cell!r}; "
                "use engine 'torch' or 'auto'"
            )
        if self.engine == "auto":
            engine = "compiled" if self.cell == "vanilla" else "torch"
            object.__setattr__(self, "engine", engine)
