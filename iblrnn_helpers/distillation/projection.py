"""What of a large system's state is kept: z = P (h - mean), and how the system's output reads it.

Source: Schaeffer et al. 2020, section 3.3.2 (P of readouts, or of principal components).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import checks
from ..analysis.state_space import StateSpace, log_odds_readout
from .model import Readout

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork


@dataclass(frozen=True)
class Projection:
    """A linear map from states to M coordinates.

    Attributes
    ----------
    matrix : (M, n_units) float
        P.
    mean : (n_units,) float
        What is taken from a state first.
    names : tuple of str
        Of the M coordinates.
    """

    matrix: np.ndarray
    mean: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self):
        if np.ndim(self.matrix) != 2 or np.shape(self.matrix)[1:] != np.shape(self.mean):
            raise ValueError(
                f"matrix must be (M, n_units) for a mean of shape {np.shape(self.mean)}, "
                f"got {np.shape(self.matrix)}"
            )
        if len(self.names) != len(self.matrix):
            raise ValueError(f"names must be {len(self.matrix)}, got {self.names!r}")

    def __call__(self, states: np.ndarray) -> np.ndarray:
        """(n_rows, M) float: states (n_rows, n_units) in these coordinates."""
        return (np.asarray(states) - self.mean) @ self.matrix.T


def on_readouts(space: StateSpace) -> Projection:
    """On the stimulus and the block readout of the PC plane, the paper's choice.

    The coordinates are those of
    :func:`iblrnn_helpers.analysis.state_space.task_aligned`.
    """
    readouts = np.stack([space.stimulus_in_plane, space.block_in_plane])
    return Projection(
        readouts @ space.components[:2], space.mean, ("stimulus belief", "block belief")
    )


def on_components(space: StateSpace, n_components: int) -> Projection:
    """On the first principal components.

    Raises
    ------
    ValueError
        If there are not so many.
    """
    checks.integer("n_components", n_components, low=1, high=space.n_units)
    names = tuple(f"PC{k + 1}" for k in range(n_components))
    return Projection(space.components[:n_components], space.mean, names)


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
