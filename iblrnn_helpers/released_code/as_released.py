"""What the released code does where the other pages do otherwise, to be set beside them.

It searches fixed points without a tolerance and bounds their basins (section 3.3.1, Fig. 7c).  On
the way to its figures it projects states twice, takes directions for states, edits a readout in
place and rounds what it stores.

Source: the public code of Schaeffer et al. 2020.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..core import checks
from ..core.one_step_map import OneStepMap, as_states, change, jacobians, tried_out
from ..representations.decoding import angle_between
from ..representations.plane import ReadoutPlane
from ..representations.state_space import task_aligned, unit
from ..task.session import Session

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork


@dataclass(frozen=True)
class EndPoints:
    """Where the released search stopped.

    Attributes
    ----------
    points : (n, n_state) float
    residual : (n,) float
        Length of h - F(h) there.
    stable_real : (n,) bool
        |Re lambda| < 1 for every eigenvalue of the Jacobian, the released criterion.
    stable : (n,) bool
        |lambda| < 1 for every eigenvalue.
    """

    points: np.ndarray
    residual: np.ndarray
    stable_real: np.ndarray
    stable: np.ndarray


def descend(
    step: OneStepMap,
    inputs,
    starts: np.ndarray,
    *,
    n_steps: int = 500,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
) -> EndPoints:
    """Gradient descent on the *mean* speed of all starts, for a fixed number of steps.

    Parameters
    ----------
    step : callable
        F(h, inputs); see :mod:`iblrnn_helpers.core.one_step_map`.
    inputs : (n_inputs,) float
    starts : (n, n_state) float
        In the released code a grid of 15 x 15 in the PC plane.
    n_steps : int
    learning_rate, momentum : float
        Of stochastic gradient descent.

    Notes
    -----
    No end point is left out: the released code has no tolerance.  Through the mean, each start
    moves by the learning rate over the number of starts.  The gradient of a length has a length of
    its own, which does not shrink near a fixed point, so that the descent steps over it to and fro.
    The plain loop::

        for _ in range(n_steps):
            gradient = d mean(norm(h - F(h))) / dh
            velocity = momentum * velocity + gradient
            h = h - learning_rate * velocity
    """
    checks.integer("n_steps", n_steps, low=0)
    checks.number("learning_rate", learning_rate, above=0)
    checks.number("momentum", momentum, low=0, high=1)
    h = as_states(starts)
    held = tried_out(step, inputs, h, derivative=True)
    h.requires_grad_(True)
    optimizer = torch.optim.SGD([h], lr=learning_rate, momentum=momentum)
    for _ in range(n_steps):
        optimizer.zero_grad()
        (h - held(h)).norm(dim=1).mean().backward()
        optimizer.step()
    points = h.detach().numpy()
    values = np.linalg.eigvals(jacobians(step, inputs, points))
    return EndPoints(
        points,
        np.linalg.norm(change(step, inputs, points), axis=1),
        (np.abs(values.real) < 1).all(axis=1),
        (np.abs(values) < 1).all(axis=1),
    )


def lyapunov_basin(
    step: OneStepMap, inputs, point: np.ndarray, starts: np.ndarray, *, as_released: bool = False
) -> np.ndarray:
    """Which starts the bound of a Lyapunov function counts to a fixed point's basin.

    With V(x) = x' P x, A the Jacobian and g the rest of the map, F(h + x) = h + A x + g(x), V falls
    along the path of x if ||g(x)|| < gamma ||x||, where
    lambda_max(P) gamma^2 + 2 lambda_max(P) ||A|| gamma = 1 and A' P A - P = -I.

    Parameters
    ----------
    step : callable
    inputs : (n_inputs,) float
    point : (n_state,) float
        A stable fixed point.
    starts : (n, n_state) float
    as_released : bool
        Solve A P A' - P = -I instead, with A where its transpose belongs.

    Returns
    -------
    (n,) bool
        Where the condition holds.  That is one step's worth: the next state may be where
        it does not.

    Raises
    ------
    ValueError
        If the point is not stable.
    """
    from scipy.linalg import solve_discrete_lyapunov

    point = np.asarray(point, dtype=float)
    (jacobian,) = jacobians(step, inputs, point[None])
    if np.abs(np.linalg.eigvals(jacobian)).max() >= 1:
        raise ValueError("point must be a stable fixed point, got an eigenvalue outside 1")
    matrix = jacobian if as_released else jacobian.T
    p = np.linalg.eigvalsh(solve_discrete_lyapunov(matrix, np.eye(len(point)))).max()
    size = np.linalg.norm(jacobian, 2)
    gamma = -size + np.sqrt(size**2 + 1 / p)
    away = as_states(starts).numpy() - point
    landed = away + change(step, inputs, point + away)  # where the step leads, from the point
    return np.linalg.norm(landed - away @ jacobian.T, axis=1) < gamma * np.linalg.norm(away, axis=1)


def projected_twice(
    space: ReadoutPlane, states: np.ndarray, *, flip_second_pc: bool = False
) -> np.ndarray:
    """(n_rows, 2) float: task-aligned coordinates, projected on the two readouts once more.

    The released code does so for its figures along the readouts: what was a pair of inner
    products with the readouts is taken for a pair of PC scores.  A PC's sign is arbitrary, so
    the result depends on it: ``flip_second_pc`` has the other one.
    """
    sign = [1, -1] if flip_second_pc else [1, 1]
    readouts = np.stack([space.stimulus_in_plane, space.block_in_plane]) * sign
    return task_aligned(space, states) @ readouts.T  # the first time the flip cancels


def released_angles(space: ReadoutPlane, network: RecurrentNetwork) -> tuple[float, float]:
    """Degrees between the readouts in the plane and in the full space, as the released code has it.

    For the stimulus it takes the right row of the readout alone.  To project it, it subtracts the
    states' mean, as if the direction were a state; to map the plane's block readout back, it
    adds the mean.  So both angles depend on the mean of the session at hand.
    """
    right = unit(_readout_weight(network)[1])
    plane = space.components[:2]
    return (
        angle_between(plane @ (right - space.mean), space.block_in_plane),
        angle_between(right, space.block_in_plane @ plane + space.mean),
    )


def with_unit_right_row(network: RecurrentNetwork) -> RecurrentNetwork:
    """A copy of the network after the released analysis: its right readout row has length 1."""
    edited = deepcopy(network)
    row = edited.readout.weight.data[1]
    row /= row.norm()
    return edited


def inherited_readout_scale(network: RecurrentNetwork) -> float:
    """Readout scale that the released distillation takes over: sqrt(n_units / 2) ||W_out||."""
    return float(np.sqrt(network.n_units / 2) * np.linalg.norm(_readout_weight(network)))


def _readout_weight(network: RecurrentNetwork) -> np.ndarray:
    return network.readout.weight.detach().cpu().double().numpy()


def with_rounded_states(session: Session) -> Session:
    """The session with its states rounded to 16 bits, as the released code stores them."""
    return replace(session, states=session.recorded_states.astype("float16").astype(float))
