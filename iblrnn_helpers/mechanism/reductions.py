"""The network's one-step map seen as a smaller one: along a curve, or in a plane.

* The **slow manifold** is the curve that states shrink to before they move along it: a line
  attractor, or not?
* A **plane map** is what a step does to two coordinates of the state.  The same pictures then serve
  the network, its distilled model and networks that have two units to begin with.

Source: Schaeffer et al. 2020, section 3.3.1 ("When the stimulus is absent and there is no feedback,
the network exhibits a 1-dimensional line attractor") and Fig. 7c, for the distilled model.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..core import checks
from ..core.fixed_points import FixedPoints, find_fixed_points
from ..core.one_step_map import OneStepMap, as_states, change, in_float64, iterate, jacobians
from ..core.starts import make_starts
from .dynamics import CONDITIONS, Linearisation, linearise, range_of

if TYPE_CHECKING:
    from ..representations.state_space import Projection

MARGIN = 0.1  # of the visited range: attractors lie at its ends
# Of a curve, little variance is left around its path, which is little longer than straight: half a
# circle is pi / 2 times as long.  Trained networks of this task have 0.001 and 1.006.
MOST_AROUND, MOST_DETOUR = 0.1, 2.0


class NoCurveWarning(UserWarning):
    """What states shrink to is no curve along one direction."""


@dataclass(frozen=True)
class SlowManifold:
    """A curve along which the map moves slowly.

    Attributes
    ----------
    path : (n_path, n_state) float
        States on the curve, in order along ``direction``.
    direction : (n_state,) float
        Unit vector of the curve's main direction.
    place : (n_path,) float
        Of each state along ``direction``, from their mean.
    drift : (n_path,) float
        Movement along ``direction`` in one step; where it crosses zero from
        above is an attractor, from below a threshold.
    leading : (n_path,) float
        Largest modulus of the Jacobian's eigenvalues there.  On a line of
        fixed points it is 1, and ``drift`` is 0.
    straightness : float
        Share of the variance of the shrunken states along ``direction``.
    around : float
        Share of it that is left around the path: near 0 of a curve.
    detour : float
        Length of the path over the distance of its ends along ``direction``: 1 of a straight line.
    length, length_of_starts : float
        Distance between the ends of the path along ``direction``, and the same of the states
        before they shrank.
    n_steps : int
        Steps after which the states were taken.
    """

    path: np.ndarray
    direction: np.ndarray
    place: np.ndarray
    drift: np.ndarray
    leading: np.ndarray
    straightness: float
    around: float
    detour: float
    length: float
    length_of_starts: float
    n_steps: int


def slow_manifold(
    step: OneStepMap,
    inputs,
    starts: np.ndarray,
    *,
    n_steps: int = 10,
    n_path: int = 25,
    towards: np.ndarray | None = None,
) -> SlowManifold:
    """Let the map run from many states until only slow movement is left.

    Parameters
    ----------
    step : callable
        F(h, inputs); see :mod:`iblrnn_helpers.core.one_step_map`.
    inputs : (n_inputs,) float
    starts : (n, n_state) float
        Many visited states.
    n_steps : int
        Long enough for fast modes to die out: a mode of eigenvalue 0.55 shrinks
        to 0.003 in 10 steps, one of 0.9 to 0.35.
    n_path : int
        States on the path, at most.
    towards : (n_state,) float, optional
        ``direction`` points to this side, e.g. the block readout.

    Raises
    ------
    ValueError
        If an argument is not as said, all states end at one point or run away to infinity, or
        the map is refused.

    Warns
    -----
    NoCurveWarning
        If more than a tenth of the variance is left around the path, or the path is more than twice
        as long as straight: what states shrink to is then a ring, a sheet or several points.

    Notes
    -----
    ``direction`` is the first PC of the states after ``n_steps``; the path is
    their mean in bins of equal width along it, from the 1st to the 99th percentile.
    """
    checks.integer("n_steps", n_steps, low=1)
    checks.integer("n_path", n_path, low=2)
    starts = as_states(starts, "starts").numpy()
    cloud = iterate(step, inputs, starts, n_steps)
    if not np.isfinite(cloud).all():
        raise ValueError(f"some states run away to infinity within {n_steps} steps: no manifold")
    mean = cloud.mean(axis=0)
    _, widths, axes = np.linalg.svd(cloud - mean, full_matrices=False)
    direction = axes[0]
    if towards is not None:
        towards = checks.finite_array("towards", towards, n_axes=1)
        if towards.shape != direction.shape:
            raise ValueError(f"towards must be {direction.shape}, got {towards.shape}")
        direction = direction * (-1 if direction @ towards < 0 else 1)
    along = (cloud - mean) @ direction
    low, high = np.percentile(along, [1, 99])
    # Below this, what looks like width is rounding.
    rounding = 1e-12 * max(1.0, float(np.abs(cloud).max())) * len(cloud) ** 0.5
    if not (widths[0] > rounding and low < high):
        raise ValueError(f"most states end at one point within {n_steps} steps: no manifold")
    part = np.floor((along - low) / (high - low) * n_path).astype(int)
    filled = np.intersect1d(np.arange(n_path), part)
    if not len(filled):
        raise ValueError(f"starts must be many more, got {len(starts)}: none is within 1% and 99%")
    path = np.stack([cloud[part == k].mean(axis=0) for k in filled])
    shown = np.isin(part, filled)
    off = cloud[shown] - path[np.searchsorted(filled, part[shown])]
    around = float(np.square(off).mean(axis=0).sum() / cloud[shown].var(axis=0).sum())
    place = (path - mean) @ direction
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    detour = float(steps / (place[-1] - place[0])) if len(path) > 1 else np.inf
    if around > MOST_AROUND or detour > MOST_DETOUR:
        warnings.warn(
            f"after {n_steps} steps the states are on no curve along one direction: {around:.0%} "
            f"of their variance is around the path, which is {detour:.2g} times as long as "
            "straight; where they are, fixed points say",
            NoCurveWarning,
            stacklevel=2,
        )
    before = np.percentile((starts - mean) @ direction, [1, 99])
    return SlowManifold(
        path,
        direction,
        place=place,
        drift=change(step, inputs, path) @ direction,
        leading=np.abs(np.linalg.eigvals(jacobians(step, inputs, path))).max(axis=1),
        straightness=float(widths[0] ** 2 / np.square(widths).sum()),
        around=around,
        detour=detour,
        length=float(high - low),
        length_of_starts=float(before[1] - before[0]),
        n_steps=n_steps,
    )


def plane_map(step: OneStepMap, projection: Projection, *, unit: float = 1.0) -> OneStepMap:
    """A large system's one-step map, restricted to what a projection keeps of the state.

    F_plane(z) = P (F(mean + pinv(P) z) - mean): a state that differs from the
    mean only in what the projection keeps makes one step, and is projected.
    What the step adds outside is lost, so more than one step of this map is
    not what the system does.

    Parameters
    ----------
    step : callable
        F(h, inputs).
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

    Raises
    ------
    ValueError
        If an argument is not as said, or the map is refused.
    """
    visited = as_states(visited, "visited", n_columns=2).numpy()
    checks.integer("n_side", n_side, low=2)
    low, high = range_of(visited)
    margin = MARGIN * (high - low)
    x, y = np.linspace(low - margin, high + margin, n_side).T
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
