"""A few distilled units as an agent that plays the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import expit

from ..agents.rnn import RecurrentNetwork, RNNAgent
from ..representations.state_space import Projection, log_odds_readout
from ..task.agent import Agent
from ..task.session import Session
from .model import DistilledModel, Readout


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


# A recurrent network whose state is confined to a plane, or to any affine subspace.


class ProjectedAgent(RNNAgent):
    """Lets a network play whose state is put back onto mean + span(P^T) after every step.

    The state goes to the nearest point of the subspace, before the readout sees
    it, so that only M numbers are carried from step to step.  With P of the
    first principal components this is the PCA-projected network.

    Parameters
    ----------
    network : RecurrentNetwork
        Not an LSTM, whose cell states no projection of h tells of.
    matrix : (M, n_units) float
        P, of rank M; its rows need not be orthogonal.
    mean : (n_units,) float
    name : str

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, P has a lower rank, or the network is an LSTM.
    """

    def __init__(
        self,
        network: RecurrentNetwork,
        matrix: np.ndarray,
        mean: np.ndarray,
        name: str = "projected RNN",
    ):
        super().__init__(network, name)
        matrix, mean = np.asarray(matrix, dtype=float), np.asarray(mean, dtype=float)
        if network.cell == "lstm":
            raise ValueError(
                "network must not be an LSTM, whose cell states would not be projected"
            )
        if matrix.ndim != 2 or matrix.shape[1] != network.n_units or not len(matrix):
            raise ValueError(f"matrix must be (M, {network.n_units}), got {matrix.shape}")
        if mean.shape != (network.n_units,):
            raise ValueError(f"mean must be ({network.n_units},), got {mean.shape}")
        if not (np.isfinite(matrix).all() and np.isfinite(mean).all()):
            raise ValueError("matrix and mean must be finite, got NaN or infinity")
        rank = np.linalg.matrix_rank(matrix)
        if rank < len(matrix):
            raise ValueError(f"matrix must have the rank {len(matrix)} of its rows, got {rank}")
        onto = np.linalg.pinv(matrix) @ matrix  # h - mean to its nearest point in the span
        self._onto = onto, mean

    def reset(self, n_sessions: int) -> None:
        super().reset(n_sessions)
        onto, mean = (torch.as_tensor(a, dtype=self._carried.dtype) for a in self._onto)
        free_step = self._step

        def project(h):
            return mean + (h - mean) @ onto  # onto is symmetric

        self._step = lambda h, inputs: project(free_step(h, inputs))
        self._carried = project(self._carried)


# From a network to a few units that play in its place: project, fit, take over the readout.

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork
    from .radd import RADD


@dataclass(frozen=True)
class Distilled:
    """A distilled network, ready to play.

    Attributes
    ----------
    radd : RADD
        The fit.
    projection : Projection
        What it was fitted to.
    readout : Readout
        The network's own, in the model's coordinates.
    initial : (M,) float
        The network's state before a session, h = 0, in the model's coordinates.
    """

    radd: RADD
    projection: Projection
    readout: Readout
    initial: np.ndarray

    @property
    def model(self) -> DistilledModel:
        return self.radd.model_

    def agent(self, scale: float | None = None, name: str = "distilled") -> DistilledAgent:
        """An agent that plays the task, with a readout scale of its own or the network's."""
        readout = self.readout if scale is None else self.readout.at(scale)
        return DistilledAgent(self.model, readout, self.initial, name)


def distill(
    network: RecurrentNetwork, session: Session, projection: Projection, **settings
) -> Distilled:
    """Distill a network into as many units as a projection has coordinates.

    Parameters
    ----------
    network : RecurrentNetwork
    session : Session
        Played by it, with its states.
    projection : Projection
        E.g. :func:`~iblrnn_helpers.representations.state_space.on_readouts`.
    **settings
        Of :class:`~iblrnn_helpers.distillation.radd.RADD`.

    Returns
    -------
    Distilled

    Raises
    ------
    ValueError
        If the session holds no states, or a setting is not as said.
    """
    from .radd import RADD

    radd = RADD(**settings).fit(
        session.inputs, projection(session.recorded_states), session.steps_per_session
    )
    unit = radd.model_.scale
    at_rest = projection(np.zeros((1, network.n_units)))[0] / unit
    return Distilled(radd, projection, readout_of(network, projection, unit), at_rest)


def readout_of(network: RecurrentNetwork, projection: Projection, unit: float = 1.0) -> Readout:
    """What a network's own readout makes of projected states.

    Parameters
    ----------
    network : RecurrentNetwork
    projection : Projection
    unit : float
        Size of one unit of the coordinates in which the readout will be used,
        e.g. :attr:`~iblrnn_helpers.distillation.model.DistilledModel.scale`.

    Returns
    -------
    Readout
        Of the states that the projection keeps, mean + pinv(P) z.
    """
    weight, bias = log_odds_readout(network)
    along = np.linalg.pinv(projection.matrix).T @ weight * unit
    scale = np.linalg.norm(along)
    if not scale > 0:
        raise ValueError("the projection keeps nothing of what the network reads out")
    at_mean = weight @ projection.mean + bias
    return Readout(along / scale, float(at_mean / scale), float(scale))
