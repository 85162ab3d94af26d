"""A few distilled units as an agent that plays the task."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ..distillation.model import DistilledModel, Readout
from .base import Agent


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
        self.state = np.tile(self.initial, (n_sessions, 1))

    def step(self, inputs: np.ndarray) -> np.ndarray:
        self.state = self.model.step(self.state, inputs)
        readout = self.readout
        return expit(readout.scale * (self.state @ readout.direction + readout.bias))
