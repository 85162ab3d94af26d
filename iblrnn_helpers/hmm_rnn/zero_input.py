"""Without input: do all states shrink to zero?

A ReLU network without biases is homogeneous, so each state either decays to 0 or grows without end
(but for the unlikely case of a growth of exactly 1).  That it collapses without input says that
D(h) W_rec, a linear map that switches with the set D of active units, contracts.

Source: Torre et al. 2025, the zero-input dynamics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import checks
from .network import HmmRnn


@dataclass(frozen=True, eq=False)
class ZeroInput:
    """Paths without input.

    Attributes
    ----------
    ratio : (n_starts, n_steps + 1) float
        Length of the state, as a share of that at the start.
    paths : (n_starts, n_shown, n_units) float
        The first states of each path, its start included.
    """

    ratio: np.ndarray
    paths: np.ndarray

    @property
    def largest_left(self) -> float:
        """The largest share of its length that a state has at the end."""
        return float(self.ratio[:, -1].max())

    def per_step(self, n_steps: int = 50) -> np.ndarray:
        """(n_starts,) float: factor by which a state shrinks in a step, over the first n_steps."""
        checks.integer("n_steps", n_steps, low=1, high=self.ratio.shape[1] - 1)
        return self.ratio[:, n_steps] ** (1 / n_steps)


def zero_input(
    network: HmmRnn, starts: np.ndarray, *, n_steps: int = 500, n_shown: int = 40
) -> ZeroInput:
    """Follow states without input.

    Parameters
    ----------
    network : HmmRnn
    starts : (n_starts, n_units) float
        None of them zero.
    n_steps : int
    n_shown : int
        Of so many steps the states are kept.

    Returns
    -------
    ZeroInput

    Raises
    ------
    ValueError
        If the starts have another shape or one is zero or not finite, or states grow beyond what
        numbers can hold.
    """
    states = np.array(starts, dtype=float)
    if states.ndim != 2 or states.shape[1] != network.n_units or not len(states):
        raise ValueError(f"starts must be (n_starts, {network.n_units}), got {states.shape}")
    checks.integer("n_steps", n_steps, low=1)
    checks.integer("n_shown", n_shown, low=0)
    length = np.linalg.norm(states, axis=1)
    if not (np.isfinite(length).all() and (length > 0).all()):
        raise ValueError("starts must be finite and not zero")
    ratio, paths = [np.ones(len(states))], [states]
    for _ in range(n_steps):
        states = network.step(states)
        with np.errstate(over="ignore"):  # reported below
            ratio.append(np.linalg.norm(states, axis=1) / length)
        if not np.isfinite(ratio[-1]).all():
            raise ValueError(f"states must stay finite, got infinity after {len(ratio) - 1} steps")
        if len(paths) <= n_shown:
            paths.append(states)
    return ZeroInput(np.stack(ratio, axis=1), np.stack(paths, axis=1))


def positive_starts(network: HmmRnn, n_starts: int, seed) -> np.ndarray:
    """(n_starts, n_units) float: states that noise need not reach, |N(0, 1)| in every unit."""
    rng = np.random.default_rng(seed)
    return np.abs(rng.standard_normal((n_starts, network.n_units)))
