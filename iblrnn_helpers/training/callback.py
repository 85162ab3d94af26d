"""What a caller hears of every gradient step, while it is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core.training_frame import Weights
from ..task.generative_model import Trials

if TYPE_CHECKING:
    from .engines import CompiledEngine, TorchEngine


@dataclass(frozen=True, eq=False)
class GradientStep:
    """What a caller hears of a gradient step, after it.

    Attributes
    ----------
    number : int
        From 1.
    loss, correct, timed_out, steps_per_trial : float
        As in ``HISTORY``, of the sessions that the step was taken on.
    weights : dict of str to array
        Copies, under the names of the network's ``state_dict``.
    """

    number: int
    loss: float
    correct: float
    timed_out: float
    steps_per_trial: float
    weights: Weights


@dataclass
class Telling:
    """Takes an engine's steps one at a time, and reports each: the steps are the same.

    Attributes
    ----------
    engine : CompiledEngine or TorchEngine
    callback : callable
    n_done : int
        Steps taken so far.
    batch : int
        Sessions of a step.
    """

    engine: CompiledEngine | TorchEngine
    callback: Callable[[GradientStep], object]
    n_done: int
    batch: int

    def take_steps(self, trials: Trials) -> np.ndarray:
        """As the engine's."""
        rows = []
        for first in range(0, trials.n_sessions, self.batch):
            rows.append(self.engine.take_steps(trials.take_sessions(first, first + self.batch)))
            if not len(rows[-1]):
                break
            self.n_done += 1
            numbers = map(float, rows[-1][0])
            self.callback(GradientStep(self.n_done, *numbers, weights=self.engine.weights()))
        return np.concatenate(rows)
