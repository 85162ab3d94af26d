"""A one-step map of two coordinates over their plane: field, nullclines, fixed points.

:func:`plane_map` sees a larger system as such a map, so that the same pictures serve the network,
its distilled model and networks that have two units to begin with.

Source: Schaeffer et al. 2020, Fig. 7c, for the distilled model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..core import checks
from ..core.fixed_points import FixedPoints, find_fixed_points, make_starts
from ..core.one_step_map import OneStepMap, as_states, change, in_float64
from ..representations.state_space import StateSpace, task_aligned
from ..task.generative_model import TaskParams
from .dynamics import CONDITIONS, Linearisation, linearise

if TYPE_CHECKING:
    from ..representations.state_space import Projection

MARGIN = 0.1  # of the visited range: attractors lie at its ends


def plane_map(step: OneStepMap, projection: Projection, *, unit: float = 1.0) -> OneStepMap:
    """A large system's one-step map, restricted to what a projection keeps of the state.

    F_plane(z) = P (F(mean + pinv(P) z) - mean): a state that differs from the
    mean only in what the projection keeps makes one step, and is projected.
    What the step adds outside is lost, so more than one step of this map is
    not what the system does.

    Parameters
    ----------
    step : callable
        F(h, inputs); see :mod:`iblrnn_helpers.core.one_step_map`.
    projection : Projection
        To M coordinates.
    unit : float
        Units of the projected states in one of the map's, e.g.
        :attr:`~iblrnn_helpers.distillation.model.DistilledModel.scale`.

    Returns
    -------
    callable
        F_plane(z, inputs) of tensors (..., M) and (..., n_inputs); autograd runs through it.
    """
    checks.number("unit", unit, above=0)
    step = in_float64(step)
    out = np.asarray(projection.matrix, dtype=float)
    to_plane, to_states, mean = (
        torch.from_numpy(np.array(a, dtype=float))
        for a in (out.T / unit, np.linalg.pinv(out).T * unit, projection.mean)
    )

    def one_step(z, inputs):
        return (step(mean + z @ to_states, inputs) - mean) @ to_plane

    return one_step


@dataclass(frozen=True)
class PhasePlane:
    """A map of two coordinates under constant inputs.

    Attributes
    ----------
    x, y : (n_side,) float
        Values of the first and the second coordinate on a grid.
    change : (n_side, n_side, 2) float
        F(z) - z at (x[column], y[row]).
    fixed_points : FixedPoints
    linearised : Linearisation
        At those fixed points, in their order.
    """

    x: np.ndarray
    y: np.ndarray
    change: np.ndarray
    fixed_points: FixedPoints
    linearised: Linearisation


def phase_planes(
    step: OneStepMap,
    visited: np.ndarray,
    *,
    conditions: Mapping[str, tuple[float, ...]] = CONDITIONS,
    n_side: int = 61,
    n_starts: int = 100,
    seed: int = 0,
) -> dict[str, PhasePlane]:
    """The map over the plane where visited states lie, under each of some constant inputs.

    Parameters
    ----------
    step : callable
        F(z, inputs) of two coordinates.
    visited : (n_rows, 2) float
        The grid covers the middle 99.8% of them along each coordinate, and a
        tenth more on either side.  Give two systems the same states to see
        them on the same grid.
    conditions : dict of name to (n_inputs,) float
    n_side : int
        Values along each side of the grid.
    n_starts : int
        Visited states from which fixed points are searched; some of the grid are added.
    seed : int
        Of the draw of starts.

    Returns
    -------
    dict of condition's name to PhasePlane

    Raises
    ------
    ValueError
        If an argument is not as said, or the map is refused.
    """
    visited = as_states(visited, "visited", n_columns=2).numpy()
    checks.integer("n_side", n_side, low=2)
    low, high = np.percentile(visited, [0.1, 99.9], axis=0)
    if not (low < high).all():
        raise ValueError(f"visited must spread along both coordinates, got {high - low} of width")
    margin = MARGIN * (high - low)
    x, y = (np.linspace(a, b, n_side) for a, b in zip(low - margin, high + margin, strict=True))
    grid = np.stack(np.meshgrid(x, y), axis=-1)  # (row of y, column of x, 2)
    few = max(1, n_side // 8)
    starts = make_starts(
        visited, n_starts=n_starts, grid=grid[::few, ::few].reshape(-1, 2), noise=0.0, seed=seed
    )
    found = {}
    for name, inputs in conditions.items():
        moved = change(step, inputs, grid.reshape(-1, 2)).reshape(grid.shape)
        points = find_fixed_points(step, inputs, starts, visited=visited)
        found[name] = PhasePlane(x, y, moved, points, linearise(step, inputs, points.points))
    return found


# A whole trial as one step: the map that matters for what is kept from trial to trial.


def trial_map(step: OneStepMap, params: TaskParams, *, n_nodes: int = 3) -> OneStepMap:
    """The mean effect of a trial with one observation, the most common kind, after a correct one.

    Parameters
    ----------
    step : callable
        A network's one-step map, of inputs (o^L, o^R, r).
    params : TaskParams
        Its strengths, noise and number of blank steps.
    n_nodes : int
        Of the Gauss-Hermite quadrature over the noise of either side.

    Returns
    -------
    callable
        G(h, [p]) with p the probability that the stimulus is on the right:
        feedback +1 on the first blank step, zeros on the others, then the
        observation.  n_inputs is 1, and a step is a trial.

    Notes
    -----
    ::

        h = F(F(h, [0, 0, 1]), [0, 0, 0])
        G(h, [p]) = mean of F(h, [o^L, o^R, 0]) over side, strength and noise
    """
    checks.integer("n_nodes", n_nodes, low=1)
    step = in_float64(step)
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    strengths = np.asarray(params.strengths, dtype=float)
    strength, shown, other = (
        a.ravel() for a in np.meshgrid(strengths, *2 * [params.noise_sd * nodes], indexing="ij")
    )
    share = np.tile(np.outer(weights, weights).ravel(), len(strengths))
    share = torch.from_numpy(share / share.sum())
    right = np.stack([other, shown + strength, np.zeros_like(other)], axis=1)
    on_right, on_left = torch.from_numpy(right), torch.from_numpy(right[:, [1, 0, 2]].copy())
    blanks = [torch.tensor([0.0, 0.0, float(k == 0)]).double() for k in range(params.n_blank_steps)]

    def mean_end(h: torch.Tensor, observed: torch.Tensor) -> torch.Tensor:
        many = (*h.shape[:-1], len(observed))
        ends = step(h[..., None, :].expand(*many, h.shape[-1]), observed.expand(*many, 3))
        return (ends * share[:, None]).sum(dim=-2)

    def whole_trial(h: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        for blank in blanks:
            h = step(h, blank.expand(*h.shape[:-1], 3))
        return inputs * mean_end(h, on_right) + (1 - inputs) * mean_end(h, on_left)

    return whole_trial


@dataclass(frozen=True)
class TrialFixedPoints:
    """Fixed points of the trial map, for several probabilities of right.

    Attributes
    ----------
    p_right : (n_points,) float
    block : (n_points,) float
        Place along the block readout of the PC plane.
    stable : (n_points,) bool
    decay : (n_points,) float
        Time constant of the slowest mode, in trials; negative where it grows.
    """

    p_right: np.ndarray
    block: np.ndarray
    stable: np.ndarray
    decay: np.ndarray

    def at(self, p_right: float) -> TrialFixedPoints:
        """Those of one probability."""
        k = np.isclose(self.p_right, p_right)
        return TrialFixedPoints(self.p_right[k], self.block[k], self.stable[k], self.decay[k])


def trial_fixed_points(
    step: OneStepMap,
    params: TaskParams,
    space: StateSpace,
    starts: np.ndarray,
    p_right,
) -> TrialFixedPoints:
    """Where a network settles if every trial is the average one, by probability of right.

    Parameters
    ----------
    step, params
        As for :func:`trial_map`.
    space : StateSpace
    starts : (n, n_units) float
        States from which the search starts, e.g. along the slow manifold.
    p_right : (n,) float
        Probabilities in [0, 1].

    Returns
    -------
    TrialFixedPoints
    """
    probabilities = [checks.number("p_right", float(p), low=0, high=1) for p in p_right]
    whole_trial = trial_map(step, params)
    columns = []
    for p in probabilities:
        points = find_fixed_points(whole_trial, [p], starts, max_iterations=30).points
        near = linearise(whole_trial, [p], points)
        columns.append(
            np.stack(
                [
                    np.full(len(points), p),
                    task_aligned(space, points)[:, 1],
                    near.stable,
                    near.time_constants[:, 0],
                ]
            )
        )
    p, block, stable, decay = np.concatenate(columns, axis=1)
    return TrialFixedPoints(p, block, stable.astype(bool), decay)
