"""Fixed points as the released code looks for them, to be compared with a search that converges.

Source: the public code of Schaeffer et al. 2020, for section 3.3.1 and Fig. 7c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from .. import checks
from .one_step_map import OneStepMap, as_states, change, jacobians, tried_out


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
        F(h, inputs); see :mod:`iblrnn_helpers.analysis.one_step_map`.
    inputs : (n_inputs,) float
    starts : (n, n_state) float
        In the released code a grid of 15 x 15 in the PC plane.
    n_steps : int
    learning_rate, momentum : float
        Of stochastic gradient descent.

    Returns
    -------
    EndPoints
        All of them: the released code has no tolerance.

    Notes
    -----
    Through the mean, each start moves by the learning rate over the number of starts.  The
    gradient of a length has a length of its own, which does not shrink near a
    fixed point, so that the descent steps over it to and fro.  The plain loop::

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
