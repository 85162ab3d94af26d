"""The network's one-step map seen as a smaller one: along a curve, in a plane, trial by trial.

* The **slow manifold** is the curve that states shrink to before they move along it: a line
  attractor, or not?
* A **plane map** is what a step does to two coordinates of the state.  The same pictures then serve
  the network, its distilled model and networks that have two units to begin with.
* The **trial map** takes a whole trial as one step, which is what counts for a memory of the block.

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
from ..representations.state_space import StateSpace, task_aligned
from ..task.generative_model import TaskParams
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
    of_strength = params.strength_probabilities or np.ones(len(strengths))
    share = np.outer(of_strength, np.outer(weights, weights)).ravel()
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
    step: OneStepMap, params: TaskParams, space: StateSpace, starts: np.ndarray, p_right
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
    """
    probabilities = [checks.number("p_right", float(p), low=0, high=1) for p in p_right]
    whole_trial = trial_map(step, params)
    rows = []
    for p in probabilities:
        points = find_fixed_points(whole_trial, [p], starts, max_iterations=30).points
        near = linearise(whole_trial, [p], points)
        block = task_aligned(space, points)[:, 1]
        rows.append((np.full(len(points), p), block, near.stable, near.time_constants[:, 0]))
    return TrialFixedPoints(*(np.concatenate(column) for column in zip(*rows, strict=True)))
