"""Is there a line attractor?  The curve that states shrink to before they move along it.

Source: Schaeffer et al. 2020, section 3.3.1: "When the stimulus is absent and
there is no feedback, the network exhibits a 1-dimensional line attractor".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core import checks
from ..core.one_step_map import OneStepMap, as_states, change, iterate, jacobians


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
    length : float
        Distance between the ends of the path along ``direction``.
    length_of_starts : float
        The same of the states before they shrank, for comparison.
    n_steps : int
        Steps after which the states were taken.
    """

    path: np.ndarray
    direction: np.ndarray
    place: np.ndarray
    drift: np.ndarray
    leading: np.ndarray
    straightness: float
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

    Returns
    -------
    SlowManifold

    Raises
    ------
    ValueError
        If an argument is not as said, all states end at one point or run away to infinity, or
        the map is refused.

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
    # Below this, what looks like width is rounding.
    if not widths[0] > 1e-12 * max(1.0, float(np.abs(cloud).max())) * len(cloud) ** 0.5:
        raise ValueError(f"all states end at one point within {n_steps} steps: no manifold")
    direction = axes[0]
    if towards is not None:
        towards = checks.finite_array("towards", towards, n_axes=1)
        if towards.shape != direction.shape:
            raise ValueError(f"towards must be {direction.shape}, got {towards.shape}")
        direction = direction * (-1 if direction @ towards < 0 else 1)

    along = (cloud - mean) @ direction
    low, high = np.percentile(along, [1, 99])
    if not low < high:
        raise ValueError(f"most states end at one point within {n_steps} steps: no manifold")
    part = np.floor((along - low) / (high - low) * n_path).astype(int)
    filled = np.intersect1d(np.arange(n_path), part)
    path = np.stack([cloud[part == k].mean(axis=0) for k in filled])
    leading = np.abs(np.linalg.eigvals(jacobians(step, inputs, path))).max(axis=1)
    before = np.percentile((starts - mean) @ direction, [1, 99])
    return SlowManifold(
        path,
        direction,
        (path - mean) @ direction,
        change(step, inputs, path) @ direction,
        leading,
        float(widths[0] ** 2 / np.square(widths).sum()),
        float(high - low),
        float(before[1] - before[0]),
        n_steps,
    )
