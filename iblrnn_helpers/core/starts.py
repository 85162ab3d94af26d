"""Where a search for fixed points starts, and whether it started often enough."""

from __future__ import annotations

import numpy as np
import torch

from . import checks
from .one_step_map import HeldMap, as_states, batched_jacobians

FAR = (10.0, 1000.0)  # how far out, where it is seen whether states come back
N_FAR, N_FAR_STEPS = 100, 10  # states at each distance
SINGULAR = 1e-6  # of I - J: below it, the index is that of rounding
BESIDE, N_BESIDE = 1e-6, 4  # how far from a point, and how often, a kink is looked for


def make_starts(
    visited: np.ndarray,
    *,
    n_starts: int = 200,
    noise: float = 0.1,
    grid: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Where to start a search: visited states with noise, and a grid if one is given.

    Parameters
    ----------
    visited : (n_rows, n_state) float
        States that the network went through; drawn with replacement.
    n_starts : int
        How many of them.
    noise : float
        Standard deviation of the normal noise added to every unit, so that
        the starts are not confined to where the network goes.
    grid : (n_grid, n_state) float, optional
        Further starts, e.g. :func:`iblrnn_helpers.mechanism.dynamics.plane_grid`.
    seed : int

    Returns
    -------
    (n_starts + n_grid, n_state) float
    """
    visited = as_states(visited, "visited").numpy()
    checks.integer("n_starts", n_starts, low=1)
    checks.number("noise", noise, low=0)
    rng = checks.generator(seed)
    drawn = visited[rng.integers(len(visited), size=n_starts)]
    drawn = drawn + noise * rng.standard_normal(drawn.shape)
    if grid is None:
        return drawn
    return np.concatenate([drawn, as_states(grid, "grid", n_columns=visited.shape[1]).numpy()])


def expected_unseen(ends: np.ndarray, points: np.ndarray, apart: float) -> tuple[int, float]:
    """How many points were found from a single start, and how many more are to be expected.

    Parameters
    ----------
    ends : (n_uses, n_starts, n_state) float
        Where each start came to, once for each way in which it was used.
    points : (n_points, n_state) float
        What was found.
    apart : float
        An end this close to a point is at it.

    Returns
    -------
    n_once : int
        Points that a single start came to.
    n_unseen : float
        Points that no start came to, at least, of starts drawn alike: ``n_once * (n_once - 1) /
        (2 * (n_twice + 1))`` times (n - 1) / n (Chao 1984, Scandinavian Journal of Statistics 11,
        in the form without bias of Chao 2005).
    """
    n_starts = ends.shape[1]
    by = [(np.linalg.norm(ends - p, axis=2) <= apart).any(axis=0).sum() for p in points]
    once, twice = by.count(1), by.count(2)
    unseen = once * (once - 1) / (2 * (twice + 1))
    return once, unseen * (n_starts - 1) / n_starts


def sum_of_indices(held: HeldMap, points: np.ndarray, outlier: np.ndarray) -> int | None:
    """Sum over fixed points of the sign of det(I - J): 1 if they are all that a bounded map has.

    A continuous map whose states stay bounded, such as one of tanh units, a GRU or an LSTM, has
    fixed points whose indices add up to 1, the Lefschetz number of a ball (Granas & Dugundji 2003,
    *Fixed Point Theory*): an attractor has +1, a saddle with one direction that grows -1.  So eight
    attractors without the saddles between them are not all.

    Parameters
    ----------
    held : HeldMap
    points : (n_points, n_state) float
    outlier : (n_points,) bool
        Left out where the map nearly stands still around them: gates that are shut far out hold any
        state, as far as float64 can tell.

    Returns
    -------
    int or None
        None if it cannot be told: of some hundred states far out one is further out after ten
        steps, the map nearly stands still around a point, or it has a kink there, as that of relu
        units has where all are silent.
    """
    if not len(points):
        return None
    reach = max(1.0, float(np.abs(points).max()))
    rng = np.random.default_rng(0)
    far = rng.standard_normal((N_FAR, points.shape[1]))
    # No state near the points: in one dimension, many of a normal distribution would be.
    far *= points.shape[1] ** 0.5 / np.linalg.norm(far, axis=1, keepdims=True)
    far = torch.cat([reach * times * torch.from_numpy(far) for times in FAR])
    with torch.no_grad():
        after = far
        for _ in range(N_FAR_STEPS):
            after = held(after)
    # In the largest entry or in length.  A gate that is shut keeps an entry, but for rounding.
    limit = 1 + checks.ROUNDING
    if not any(bool((after.norm(p, 1) <= limit * far.norm(p, 1)).all()) for p in (np.inf, 2)):
        return None
    slope = _slope(held, points)
    if not bool(torch.isfinite(slope).all()):
        return None
    moves = (torch.linalg.svdvals(slope).amin(dim=1) >= SINGULAR).numpy()
    if not (moves | outlier).all():
        return None
    sign = torch.linalg.slogdet(slope[moves]).sign
    for beside in rng.standard_normal((N_BESIDE, points.shape[1])):
        for side in (-BESIDE, BESIDE):  # both sides of every kink
            near = points[moves] + side * reach * beside
            if not torch.equal(torch.linalg.slogdet(_slope(held, near)).sign, sign):
                return None
    return int(sign.sum())


def _slope(held: HeldMap, points: np.ndarray) -> torch.Tensor:
    """I - J at each point."""
    identity = torch.eye(points.shape[1], dtype=torch.float64)
    return identity - batched_jacobians(held, torch.from_numpy(points))
