"""Fixed points of a one-step map, h = F(h, inputs), and slow points, where it nearly stands still.

Candidates, optimise, keep the converged, keep the unique, tell outliers apart
(after Sussillo & Barak 2013, Neural Computation 25; paper section 3.3.1).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch

from . import checks
from .one_step_map import OneStepMap, as_states, batched_jacobians, stepped, tried_out
from .starts import expected_unseen, sum_of_indices

STATIONARY = 1e-6  # of the speed's gradient, relative: below it the speed is at a minimum
FLOAT32_TOLERANCE = 1e-6  # per square root of a unit: float32 rounds states below 1 by 6e-8
STANDING = 1e-3  # |J v - v| of a direction v in which the map stands still, to first order
MANY_STARTS = 20  # of fewer, chosen by hand, nothing can be said of others
N_AT_ONCE = 320_000  # entries of the Jacobians of the starts that are moved together: 2.5 MB


class ContinuumWarning(UserWarning):
    """The fixed points found are samples of a continuum of them, not all there are."""


class MoreStartsWarning(UserWarning):
    """Fixed points were reached from one start only: there are more of them than were found."""


@dataclass(frozen=True)
class FixedPoints:
    """What a search for fixed points found.

    Attributes
    ----------
    inputs : (n_inputs,) float
        Held constant.
    points : (n_points, n_state) float
        Fixed points, those reached most often first.
    residual : (n_points,) float
        Length of h - F(h); at most ``tolerance``.
    n_reached : (n_points,) int
        Starts that ended at each.
    outlier : (n_points,) bool
        Further from all visited states than these are from their mean (root
        mean square): the network never comes near it.
    slow_points : (n_slow, n_state) float
        Where the speed has a minimum above the tolerance but below ``slow_speed``.
    slow_point_speed : (n_slow,) float
    n_starts : int
        Starts in all, both kinds.
    tolerance, slow_speed : float
        The tolerance is at least 1e-6 sqrt(n_state) for a map that works in float32.
    best_residual : float
        Of the start that got furthest, converged or not.
    continuum : bool
        The points are samples of a line, a ring or a sheet of what the tolerance cannot tell from
        fixed points: most of them can be moved towards their nearest neighbour at no
        first-order change, and most such pairs have another fixed point between them.
    n_once : int
        Points, outliers aside, that only one start led to, as it was or settled.
    n_unseen : float
        How many more of them are to be expected at least from more starts of the same kind
        (:func:`iblrnn_helpers.core.starts.expected_unseen`); NaN in a continuum.
    index_sum : int or None
        Sum of their indices: 1 if none is missing, where it can be told
        (:func:`iblrnn_helpers.core.starts.sum_of_indices`).
    """

    inputs: np.ndarray
    points: np.ndarray
    residual: np.ndarray
    n_reached: np.ndarray
    outlier: np.ndarray
    slow_points: np.ndarray
    slow_point_speed: np.ndarray
    n_starts: int
    tolerance: float
    slow_speed: float
    best_residual: float
    continuum: bool = False
    n_once: int = 0
    n_unseen: float = 0.0
    index_sum: int | None = None

    @property
    def n_converged(self) -> int:
        """Starts that ended at some fixed point."""
        return int(self.n_reached.sum())

    def __str__(self) -> str:
        if not len(self.points):
            return (
                f"no fixed point: of {self.n_starts} starts the best came to a speed of "
                f"{self.best_residual:.2g}, above the tolerance of {self.tolerance:g}"
            )
        kind = "samples of a continuum of fixed points" if self.continuum else "fixed points"
        more = _missing(len(self.points), self.n_once, self.n_unseen, self.index_sum)
        more = f"; {more}" if more else ""
        return (
            f"{len(self.points)} {kind}, reached by {self.n_converged} of "
            f"{self.n_starts} starts; largest residual {self.residual.max():.1g}{more}"
        )


def find_fixed_points(
    step: OneStepMap,
    inputs,
    starts: np.ndarray,
    *,
    visited: np.ndarray | None = None,
    tolerance: float = 1e-8,
    apart: float = 1e-4,
    slow_speed: float = 0.1,
    n_settle: int = 30,
    max_iterations: int = 100,
) -> FixedPoints:
    """Fixed points of the map under constant inputs, stable or not.

    Parameters
    ----------
    step : callable
        F(h, inputs); see :mod:`iblrnn_helpers.core.one_step_map`.
    inputs : (n_inputs,) float
        None or empty for a map without inputs.
    starts : (n, n_state) float
        Each is used twice: as it is, which finds unstable points too, and
        after ``n_settle`` steps of the map, which finds what attracts.
    visited : (n_rows, n_state) float, optional
        States by which outliers are judged; the starts where omitted.
    tolerance : float
        Largest ||h - F(h)|| of a fixed point.
    apart : float
        Points closer together are one.
    slow_speed : float
        Largest speed of a slow point.
    n_settle, max_iterations : int

    Returns
    -------
    FixedPoints
        Empty where nothing converged; ``best_residual`` says how far it got.

    Raises
    ------
    ValueError
        If an argument is not as said, or the map is refused: it fails, writes into its
        argument, gives another shape, NaN or not the same twice, or lets no autograd through.

    Warns
    -----
    ContinuumWarning
        If the points found are samples of a continuum of fixed points.
    MoreStartsWarning
        If points must be missing, by ``n_unseen`` or ``index_sum``, after 20 starts or more.

    Notes
    -----
    Levenberg-Marquardt on 1/2 ||g||^2 with g = h - F(h), all starts at once.
    The plain loop, for one start::

        while norm(g(h)) > tolerance and norm(G.T @ g(h)) > 1e-6 * norm(g(h)):
            G = identity - jacobian(h)
            d = solve(G.T @ G + damping * identity, -G.T @ g(h))
            if norm(g(h + d)) < norm(g(h)):
                h, damping = h + d, damping / 10
            else:
                damping = damping * 10

    Examples
    --------
    The map h -> tanh(2 h) stands still at 0, which repels, and at two points that attract:

    >>> import numpy as np
    >>> import torch
    >>> import iblrnn_helpers as ibl
    >>> starts = np.linspace(-1, 1, 21)[:, None]
    >>> found = ibl.find_fixed_points(lambda h: torch.tanh(2 * h), [], starts)
    >>> np.sort(found.points[:, 0]).round(4) + 0.0
    array([-0.9575,  0.    ,  0.9575])
    """
    first = as_states(starts, "starts")
    checks.number("tolerance", tolerance, above=0)
    checks.number("apart", apart, above=0)
    checks.number("slow_speed", slow_speed, above=0)
    checks.integer("n_settle", n_settle, low=0)
    checks.integer("max_iterations", max_iterations, low=1)
    reference = first
    if visited is not None:
        reference = as_states(visited, "visited", n_columns=first.shape[1])
    held = tried_out(step, inputs, first, derivative=True)

    stepped(held, first)
    h = torch.cat([first, _settled(held, first, n_settle)])
    # A few at a time: the matrices of 500 starts of a network of 250 units would fill a gigabyte.
    parts = [_minimise(held, part, tolerance, max_iterations) for part in h.split(_at_once(h))]
    h, residual, stationary = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))

    if held.gives == torch.float32:
        tolerance = max(tolerance, FLOAT32_TOLERANCE * h.shape[1] ** 0.5)
    converged = residual <= tolerance
    points, error, reached = _unique(h[converged], residual[converged], apart)
    slow = stationary & ~converged & (residual <= slow_speed)
    slow_points, slow_point_speed, _ = _unique(h[slow], residual[slow], 100 * apart)
    continuum = _continuum(held, points, tolerance, apart, max_iterations)
    if continuum:
        warnings.warn(
            f"the {len(points)} fixed points found are samples of a continuum, with more between "
            "them: how many there are, and where, says only where the search started",
            ContinuumWarning,
            stacklevel=2,
        )
    outlier, best = _outliers(points, reference.numpy()), float(residual.min())
    once, unseen, index_sum = 0, np.nan, None
    if not continuum:
        once, unseen = expected_unseen(h.reshape(2, len(first), -1), points[~outlier], apart)
        index_sum = sum_of_indices(held, points, outlier)
    if len(first) >= MANY_STARTS and (missing := _missing(len(points), once, unseen, index_sum)):
        warnings.warn(
            f"{missing}: more than {len(first)} starts, or starts with more noise, would find more",
            MoreStartsWarning,
            stacklevel=2,
        )
    return FixedPoints(
        *(held.inputs.numpy().copy(), points, error, reached, outlier),
        *(slow_points, slow_point_speed, len(h), tolerance, slow_speed, best, continuum),
        *(once, unseen, index_sum),
    )


def _missing(n_points: int, once: int, unseen: float, index_sum: int | None) -> str:
    """Why there are more points than were found, if there are."""
    if index_sum not in (1, None):
        return (
            f"the {n_points} fixed points found cannot be all there are, as their indices add up "
            f"to {index_sum}, and not to 1"
        )
    # Where indices add up, points are missing in pairs.
    if unseen >= (0.5 if index_sum is None else 1):
        return (
            f"{once} of the {n_points} fixed points found were reached from one start only, so "
            f"that about {unseen:.0f} more are to be expected"
        )
    return ""


def _settled(held, h: torch.Tensor, n_steps: int) -> torch.Tensor:
    """States after some steps; those that run away to infinity stay where they last were finite."""
    with torch.no_grad():
        for _ in range(n_steps):
            after = held(h)
            h = torch.where(torch.isfinite(after).all(dim=1, keepdim=True), after, h)
    return h


def _minimise(held, h: torch.Tensor, tolerance: float, max_iterations: int):
    """Levenberg-Marquardt; returns states, residuals, and whether the speed is at a minimum."""
    n, n_state = h.shape
    identity = torch.eye(n_state, dtype=h.dtype)
    h = h.clone()
    with torch.no_grad():
        g = h - held(h)
    residual = g.norm(dim=1).nan_to_num(torch.inf)
    damping = torch.full((n,), 1e-2, dtype=h.dtype)
    stationary = torch.zeros(n, dtype=torch.bool)
    active = torch.isfinite(residual) & (residual > tolerance)
    for _ in range(max_iterations):
        k = torch.nonzero(active)[:, 0]
        if not len(k):
            break
        slope = identity - batched_jacobians(held, h[k])  # (n_active, n_state, n_state)
        descent = -(slope.mT @ g[k, :, None])
        stationary[k] = descent.norm(dim=(1, 2)) <= STATIONARY * residual[k]
        normal = slope.mT @ slope + damping[k, None, None] * identity
        moved, fault = torch.linalg.solve_ex(normal, descent)
        after = h[k] + moved[..., 0]
        usable = (fault == 0) & torch.isfinite(after).all(dim=1)
        after = torch.where(usable[:, None], after, h[k])
        with torch.no_grad():
            g_after = after - held(after)
        size = g_after.norm(dim=1)
        better = usable & torch.isfinite(size) & (size < residual[k])
        for now, then in ((h, after), (g, g_after), (residual, size)):
            now[k[better]] = then[better]
        damping[k] = torch.where(better, damping[k] / 10, damping[k] * 10).clamp(min=1e-14)
        # Damped beyond this, a step changes nothing that float64 can tell.
        active[k] = (residual[k] > tolerance) & ~stationary[k] & (damping[k] < 1e10)
    return h.numpy(), residual.numpy(), stationary.numpy()


def _unique(h: np.ndarray, residual: np.ndarray, apart: float):
    """Points further apart than ``apart``, the best of each group, with its size."""
    kept, error, reached = [], [], []
    rest = np.argsort(residual, kind="stable")
    while len(rest):
        best = rest[0]
        same = np.linalg.norm(h[rest] - h[best], axis=1) <= apart
        kept.append(h[best])
        error.append(residual[best])
        reached.append(same.sum())
        rest = rest[~same]
    order = np.argsort(-np.array(reached, dtype=int), kind="stable")
    points = np.array(kept).reshape(-1, h.shape[1])[order]
    return points, np.array(error, dtype=float)[order], np.array(reached, dtype=int)[order]


def _continuum(held, points: np.ndarray, tolerance: float, apart: float, max_iterations: int):
    """Whether there are further fixed points between most neighbours.

    Where there are, a point can be moved towards its neighbour, and the map does not take it back;
    the search from halfway ends between the two.  Isolated points fail the first test, which is
    cheap, or the second.
    """
    if len(points) < 3:
        return False
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, np.inf)
    neighbour = distance.argmin(axis=1)
    nearest = distance[np.arange(len(points)), neighbour]
    h = torch.from_numpy(points)
    along = (h[neighbour] - h) / torch.from_numpy(nearest)[:, None]
    shares = []
    for at, towards in zip(*(a.split(_at_once(h)) for a in (h, along)), strict=True):
        slope = batched_jacobians(held, at) - torch.eye(h.shape[1], dtype=h.dtype)
        _, size, directions = torch.linalg.svd(slope.nan_to_num(1.0, 1.0, -1.0))
        shares.append((directions @ towards[..., None])[..., 0].square() * (size <= STANDING))
    # Within 45 degrees will do: on a ring, neighbours are not where the tangent points.
    free = torch.cat(shares).sum(dim=1).numpy() > 0.5
    if free.mean() <= 0.5:
        return False
    some = np.flatnonzero(free)[: _at_once(h)]
    halfway = (h[some] + h[neighbour[some]]) / 2
    halfway, residual, _ = _minimise(held, halfway, tolerance, max_iterations)
    away = np.linalg.norm(halfway[:, None] - points, axis=2).min(axis=1)
    between = (residual <= tolerance) & (away > np.minimum(apart, nearest[some] / 4))
    return bool(between.mean() > 0.5)


def _at_once(h: torch.Tensor) -> int:
    return max(1, N_AT_ONCE // h.shape[1] ** 2)


def _outliers(points: np.ndarray, visited: np.ndarray) -> np.ndarray:
    radius = np.sqrt(visited.var(axis=0).sum())
    nearest = np.array([np.linalg.norm(visited - p, axis=1).min() for p in points])
    return nearest > radius
