"""When does noise matter?  What happens from states around a switch, if the noise is drawn anew.

Source: Torre et al. 2025, sensitivity to noise in clusters and in transitions; its measure is the
spread of paths, and exit probability and determinism are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import checks
from .network import HmmRnn, Run
from .regions import noisy_exits, single_precision
from .switches import aligned, find_switches

FIELDS = ("exit_within", "mean_exit", "exit_cv", "determinism", "spread")


@dataclass(frozen=True, eq=False)
class Gates:
    """What happens from states around switches, for each switch and each lag.

    Attributes
    ----------
    lag : (n_lags,) int
        Steps from the switch; -1 is the last step in the old class.
    exit_within : (n_switches, n_lags) float
        Probability that the class changes within ``horizon`` steps.
    mean_exit, exit_cv : (n_switches, n_lags) float
        Mean steps until the class changes (at most ``longest``), and their standard deviation
        divided by it.
    determinism : (n_switches, n_lags) float
        Between 0 and 1: squared mean movement over ``horizon`` steps, divided by itself and the
        spread.
    spread : (n_switches, n_lags) float
        Trace of the covariance of the states after ``horizon`` steps.
    horizon, longest : int
    """

    lag: np.ndarray
    exit_within: np.ndarray
    mean_exit: np.ndarray
    exit_cv: np.ndarray
    determinism: np.ndarray
    spread: np.ndarray
    horizon: int
    longest: int

    @property
    def n_switches(self) -> int:
        return len(self.exit_within)

    def at(self, field: str, lag: int) -> np.ndarray:
        """(n_switches,) float: a field at one lag.

        Raises
        ------
        ValueError
            If there is no such lag.
        """
        checks.choice("field", field, FIELDS)
        found = np.flatnonzero(self.lag == lag)
        if not len(found):
            raise ValueError(f"lag must be from {self.lag[0]} to {self.lag[-1]}, got {lag!r}")
        return getattr(self, field)[:, found[0]]


def gates(
    network: HmmRnn,
    driven: Run,
    *,
    seed: int,
    n_switches: int = 100,
    n_repeats: int = 50,
    before: int = 12,
    after: int = 6,
    horizon: int = 5,
    longest: int = 100,
) -> Gates:
    """Let runs with fresh noise begin at each step around switches of class.

    Parameters
    ----------
    network : HmmRnn
    driven : Run
        Of this network; long enough for some switches.
    seed : int
        Of the choice of switches and of the noise.
    n_switches, n_repeats : int
        At most so many switches, chosen at random, and runs from each state.
    before, after : int
        Lags from ``-before`` to ``after - 1``, all in the residences on both sides: shorter
        residences are left out.
    horizon : int
        Steps after which spread and movement are measured.
    longest : int
        Steps after which a run is given up.

    Returns
    -------
    Gates

    Raises
    ------
    ValueError
        If there is no such switch, or a number is out of range.
    """
    for name, value in (("n_switches", n_switches), ("before", before), ("after", after)):
        checks.integer(name, value, low=1)
    checks.integer("n_repeats", n_repeats, low=2)
    checks.integer("longest", longest, low=1 + checks.integer("horizon", horizon, low=1))
    switches = find_switches(driven.classes, min_before=before, min_after=after)
    if not len(switches):
        raise ValueError(
            f"driven must have switches after {before} and before {after} steps of equal class, "
            "got none"
        )
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(switches))[:n_switches]
    windows = aligned(driven.states, switches.where(np.sort(chosen)), -before, after - 1)
    states = windows.reshape(-1, network.n_units)
    shape = windows.shape[:2]
    times = noisy_exits(network, states, n_repeats=n_repeats, n_steps=longest, seed=rng).times
    movement, spread = _after(network, states, n_repeats, horizon, rng)
    mean = times.mean(axis=1)
    return Gates(
        np.arange(-before, after),
        (times <= horizon).mean(axis=1).reshape(shape),
        mean.reshape(shape),
        (times.std(axis=1, ddof=1) / mean).reshape(shape),
        (movement / (movement + spread)).reshape(shape),
        spread.reshape(shape),
        horizon,
        longest,
    )


def _after(network, states, n_repeats, horizon, rng):
    """(n_states,) squared mean movement over ``horizon`` steps and trace of the covariance."""
    step, _ = single_precision(network)
    total = np.zeros_like(states)
    squares = np.zeros(len(states))
    for _ in range(n_repeats):
        h = states.astype(np.float32)
        for _ in range(horizon):
            h = step(h, rng)
        moved = h - states
        total += moved
        squares += np.square(moved).sum(axis=1)
    mean = total / n_repeats
    spread = (squares - n_repeats * np.square(mean).sum(axis=1)) / (n_repeats - 1)
    # The mean of few runs strays from the true one, which adds spread / n_repeats to its square.
    movement = np.square(mean).sum(axis=1) - spread / n_repeats
    return np.maximum(movement, 0), spread
