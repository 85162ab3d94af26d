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

from .. import checks
from .dynamics import CONDITIONS, Linearisation, linearise
from .fixed_points import FixedPoints, find_fixed_points, make_starts
from .one_step_map import OneStepMap, as_states, change, in_float64

if TYPE_CHECKING:
    from ..distillation.projection import Projection

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
        F(h, inputs); see :mod:`iblrnn_helpers.analysis.one_step_map`.
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
