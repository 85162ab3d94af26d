"""From a network to a few units that play in its place: project, fit, take over the readout.

Source: Schaeffer et al. 2020, sections 3.3.2 and 3.3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..agents.distilled import DistilledAgent
from ..session import Session
from .model import DistilledModel, Readout
from .projection import Projection, readout_of

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
        E.g. :func:`~iblrnn_helpers.distillation.projection.on_readouts`.
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
    from ..analysis.state_space import states_of
    from .radd import RADD

    radd = RADD(**settings).fit(session.inputs, projection(states_of(session)), steps_of(session))
    unit = radd.model_.scale
    at_rest = projection(np.zeros((1, network.n_units)))[0] / unit
    return Distilled(radd, projection, readout_of(network, projection, unit), at_rest)


def steps_of(session: Session) -> np.ndarray:
    """(n_sessions,) int: steps of each session, the ``lengths`` of a fit."""
    return np.diff(session.row_start[session.trials.session_start])
