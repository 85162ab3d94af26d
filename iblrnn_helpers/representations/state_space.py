"""The plane in which the network's state lives, and the directions that matter in it.

A :class:`StateSpace`, or its :class:`ReadoutPlane` alone, is found from the states of a session.
A :class:`Projection` is what is kept of a state, e.g. its coordinates along the two readouts in
that plane.

Source: Schaeffer et al. 2020, section 3.2.1 and Fig. 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core import checks
from ..core.logistic import fit_side
from ..task.session import Session
from .plane import PlaneLike, ReadoutPlane, centred_components

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork


@dataclass(frozen=True)
class StateSpace(ReadoutPlane):
    """A :class:`ReadoutPlane`, and the readout of the block from all units.

    Attributes
    ----------
    block_readout : (n_units,) float
        Unit vector of the logistic regression of block side on the full state.
    """

    block_readout: np.ndarray


def fit_state_space(session: Session, network: RecurrentNetwork) -> StateSpace:
    """Principal components and readouts of the states of every step of a session.

    Parameters
    ----------
    session : Session
        Played by the network, with its states (``rollout(..., record_states=True)``).
    network : RecurrentNetwork
        Only its readout weights are used.

    Raises
    ------
    ValueError
        If there is not one state for every step, they are not of this network, they do
        not vary in at least two directions, or all blocks are of one side.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> network = ibl.reference_network().network
    >>> session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    >>> ibl.fit_state_space(session, network).components.shape
    (50, 50)
    """
    plane, centred, side = _fit_plane(session, network)
    return StateSpace(**vars(plane), block_readout=unit(fit_side(centred, side).weights))


def fit_plane(session: Session, network: RecurrentNetwork) -> ReadoutPlane:
    """:func:`fit_state_space` without the block readout of all units, which takes longest to fit.

    Parameters and errors are the same.
    """
    return _fit_plane(session, network)[0]


def _fit_plane(session: Session, network: RecurrentNetwork):
    """The plane, and states around their mean with the side of their block."""
    checks.kind("session", session, Session)
    states = session.recorded_states
    stimulus = stimulus_readout(network)
    if len(stimulus) != states.shape[1]:
        raise ValueError(
            f"network must have as many units as the states, {states.shape[1]}, got {len(stimulus)}"
        )
    centred, mean, components, variance = centred_components(states)
    components[0] *= _sign(components[0] @ stimulus)
    stimulus_in_plane = components[:2] @ stimulus
    if not np.linalg.norm(stimulus_in_plane) > 1e-12:
        raise ValueError("the stimulus readout has no part in the plane of PC1 and PC2")

    use = session.trials.has_side[session.row_trial]
    side, centred = session.row_block_side[use], centred if use.all() else centred[use]
    block_in_plane = fit_side(centred @ components[:2].T, side).weights
    flip = _sign(block_in_plane[1])
    components[1] *= flip
    in_plane = (unit(readout * [1, flip]) for readout in (stimulus_in_plane, block_in_plane))
    return ReadoutPlane(mean, components, variance, stimulus, *in_plane), centred, side


def log_odds_readout(network: RecurrentNetwork) -> tuple[np.ndarray, float]:
    """How a network's log odds of right follow from its state h: ``weight @ h + bias``.

    The difference of the readout's two rows, right minus left (softmax sees nothing else).

    Returns
    -------
    weight : (n_units,) float
    bias : float
    """
    readout = network.readout
    weight, bias = (x.detach().cpu().double().numpy() for x in (readout.weight, readout.bias))
    return weight[1] - weight[0], float(bias[1] - bias[0])


def stimulus_readout(network: RecurrentNetwork) -> np.ndarray:
    """(n_units,) unit vector along which the network encodes its belief in right.

    That of the weights of :func:`log_odds_readout`.

    Raises
    ------
    ValueError
        If the network reads out the same for both sides.
    """
    weight, _ = log_odds_readout(network)
    if not weight.any():
        raise ValueError("network must tell right from left, got equal readout weights")
    return unit(weight)


def in_plane(space: PlaneLike, states: np.ndarray, field: str = "states") -> np.ndarray:
    """(n_rows, 2) float: states (n_rows, n_units) in the plane of PC1 and PC2, from the mean.

    Raises
    ------
    ValueError
        If the states do not belong to the space, or are not finite.
    """
    states = checks.finite_array(field, states, n_columns=space.n_units, empty=True)
    return (states - space.mean) @ space.components[:2].T


def task_aligned(space: ReadoutPlane, states: np.ndarray) -> np.ndarray:
    """(n_rows, 2) float: states along the stimulus and the block readout of the PC plane.

    Two inner products with unit vectors that are not orthogonal: not the
    coefficients with which the two would add up to the state.

    Notes
    -----
    The plain loop::

        for state in states:
            x = components[:2] @ (state - mean)
            yield x @ stimulus_in_plane, x @ block_in_plane
    """
    return in_plane(space, states) @ np.stack([space.stimulus_in_plane, space.block_in_plane]).T


def share_in_plane(space: ReadoutPlane) -> float:
    """Share of the variance of the network's log odds that its state in the PC plane determines.

    Coordinates along PCs do not correlate, so each adds its variance times its squared weight.
    """
    parts = space.variance * (space.components @ space.stimulus_readout) ** 2
    return float(parts[:2].sum() / parts.sum())


def unit(vector: np.ndarray) -> np.ndarray:
    """A vector at length 1.

    Raises
    ------
    ValueError
        If its length is 0 or not finite.
    """
    vector = checks.finite_array("vector", vector, n_axes=1)
    length = np.linalg.norm(vector)
    if not (np.isfinite(length) and length > 0):
        raise ValueError(f"vector must have a finite length above 0, got {length}")
    return vector / length


def _sign(value: float) -> float:
    return -1.0 if value < 0 else 1.0


@dataclass(frozen=True)
class Projection:
    """A linear map from states h to M coordinates, P (h - mean).

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
        mean = checks.finite_array("mean", self.mean, n_axes=1)
        matrix = checks.finite_array("matrix", self.matrix)
        if matrix.shape[1:] != mean.shape:
            raise ValueError(
                f"matrix must be (M, n_units) for a mean of shape {mean.shape}, got {matrix.shape}"
            )
        if len(self.names) != len(self.matrix):
            raise ValueError(f"names must be {len(self.matrix)}, got {self.names!r}")

    def __call__(self, states: np.ndarray) -> np.ndarray:
        """(n_rows, M) float: states (n_rows, n_units) in these coordinates."""
        states = checks.finite_array("states", states, n_columns=len(self.mean), empty=True)
        return (states - self.mean) @ self.matrix.T


def on_readouts(space: ReadoutPlane) -> Projection:
    """On the readouts of the PC plane, the paper's choice: coordinates of :func:`task_aligned`."""
    readouts = np.stack([space.stimulus_in_plane, space.block_in_plane]) @ space.components[:2]
    return Projection(readouts, space.mean, ("stimulus belief", "block belief"))


def on_components(space: ReadoutPlane, n_components: int) -> Projection:
    """On the first principal components."""
    checks.integer("n_components", n_components, low=1, high=space.n_units)
    names = tuple(f"PC{k + 1}" for k in range(n_components))
    return Projection(space.components[:n_components], space.mean, names)
