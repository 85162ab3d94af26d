"""How one network moves, with and without noise: all that is measured of every network alike.

And when noise matters: what happens from states around a switch, if the noise is drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from ...core import checks
from ...core.means import GroupMeans, group_means
from ..network import HmmRnn, Run, run
from ..statistics import aligned, find_switches, residence_times
from .orbit import (
    Orbit,
    ZeroInput,
    contrast_in_plane,
    drift_of_length,
    find_orbit,
    modulation,
    positive_starts,
    readout_in_plane,
    zero_input,
)
from .regions import REGIONS, Residency, noisy_exits, residency, single_precision


@dataclass(frozen=True)
class MotionBudget:
    """How much of a network is looked at.

    Parameters
    ----------
    n_sequences, n_steps : int
        Independent noisy runs, and their steps.
    n_states : int
        States of these runs whose residency is measured.
    n_starts : int
        States that are followed without input.

    Raises
    ------
    ValueError
        If there are more states than steps, or a number is too small.
    """

    n_sequences: int = 20
    n_steps: int = 1000
    n_states: int = 1500
    n_starts: int = 100

    def __post_init__(self):
        for field in fields(self):
            checks.integer(field.name, getattr(self, field.name), low=2)
        for name in ("n_states", "n_starts"):
            checks.integer(name, getattr(self, name), high=self.n_sequences * self.n_steps)


@dataclass(frozen=True, eq=False)
class Motion:
    """What a network does; all but the attributes is measured when it is asked for.

    Attributes
    ----------
    network : HmmRnn
    effort : MotionBudget
    seeds : (SeedSequence, SeedSequence)
        Of starts without input, and of what comes after the states.
    driven : Run
        Under noise.
    orbit : Orbit
        Of these states.
    residences : (n_residences,) int, (n_residences,) int
        Class and length of each.
    """

    network: HmmRnn
    effort: MotionBudget
    seeds: tuple[np.random.SeedSequence, np.random.SeedSequence]
    driven: Run
    orbit: Orbit
    residences: tuple[np.ndarray, np.ndarray]

    @cached_property
    def states(self) -> np.ndarray:
        """(n_states, n_units) float: driven states, evenly spaced in time."""
        return self._spaced(self.effort.n_states)

    def _spaced(self, n: int) -> np.ndarray:
        states = self.driven.states.reshape(-1, self.network.n_units)
        return states[np.linspace(0, len(states) - 1, n).astype(int)]

    @cached_property
    def without_input(self) -> dict[str, ZeroInput]:
        """By what they start from."""
        network, n_starts = self.network, self.effort.n_starts
        return {
            "driven states": zero_input(network, self._spaced(n_starts)),
            "random positive states": zero_input(
                network, positive_starts(network, n_starts, self.seeds[0])
            ),
        }

    @cached_property
    def residency(self) -> Residency:
        """Of the states."""
        return residency(self.network, self.states, seed=self.seeds[1])

    @cached_property
    def orbit_numbers(self) -> dict[str, float]:
        """Those of the numbers that are of the orbit alone, and quick."""
        return _orbit_numbers(self.network, self.driven, self.orbit, self.residences[1])

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Summary; its keys are words for a table."""
        numbers, found = dict(self.orbit_numbers), self.residency
        numbers["factor of a step without input"] = float(
            np.median(self.without_input["driven states"].per_step())
        )
        numbers["left without input"] = max(one.largest_left for one in self.without_input.values())
        for name in REGIONS:
            numbers[f"turns, {name}"] = found.mean("sign_changes", name)
            numbers[f"unstable, {name}"] = found.mean("n_unstable", name)
        step = self.network.step(self.states) - self.states  # without noise
        for where, moved in (("", step), (" in the plane", step @ self.orbit.axes.T)):
            length = np.linalg.norm(moved, axis=1)
            fast, slow = (length[found.region == k] for k in (0, len(REGIONS) - 1))
            numbers[f"step{where}, transition / cluster"] = (
                float(fast.mean() / slow.mean()) if len(fast) and len(slow) else float("nan")
            )
        return numbers


def measure_motion(network: HmmRnn, effort: MotionBudget, seed: int) -> Motion:
    """Run a network under noise, to measure its orbit, its regions, and itself without noise.

    Raises
    ------
    ValueError
        If the network does not move in at least two directions.
    """
    of_run, *seeds = np.random.SeedSequence(seed).spawn(3)
    driven = run(network, effort.n_sequences, effort.n_steps, seed=of_run)
    residences = residence_times(driven.classes)
    return Motion(network, effort, tuple(seeds), driven, find_orbit(driven), residences)


def regions_in_order(numbers: dict[str, float]) -> dict[str, bool]:
    """Whether the regions differ in a network as the paper says.

    Parameters
    ----------
    numbers : dict of str to float
        Of a :class:`Motion`.

    Returns
    -------
    dict of str to bool
        ``turns``: the logit turns most often in clusters and least in transitions;
        ``still``: less than 0.2 times in these; ``unstable``: the kick zone has more unstable
        directions than clusters.  False where a region has no states.
    """
    turns = [numbers[f"turns, {name}"] for name in REGIONS]
    return {
        "turns": turns[0] < turns[1] < turns[2],
        "still": turns[0] < 0.2,
        "unstable": numbers["unstable, kick zone"] > numbers["unstable, cluster"],
    }


def _orbit_numbers(network, driven, orbit, lengths) -> dict[str, float]:
    shares = np.sort(np.bincount(driven.classes.ravel(), minlength=2) / driven.classes.size)
    rows = readout_in_plane(network, orbit)
    last = network.n_symbols - 1
    residences = lengths if len(lengths) else np.array([np.nan])
    return {
        "residence, median": float(np.median(residences)),
        "residence, CV": float(residences.std() / residences.mean()),
        "share of the second class": float(shares[-2]),
        "length, late / early": drift_of_length(driven),
        **orbit.rotation,
        "t, as if steps were independent": abs(orbit.t_of_steps),
        "emission along a turn": float(modulation(orbit, driven.probabilities)[[0, last]].mean()),
        "PC1 + PC2": float(orbit.variance[:2].sum()),
        "readout in the plane": float((rows[0] + rows[last]) / 2),
        "contrast in the plane": contrast_in_plane(network, orbit, 0, last),
    }


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

    def by_lag(self, field: str) -> GroupMeans:
        """Mean of a field at each ``lag``, with its 95% interval over switches.

        Raises
        ------
        ValueError
            If there is no such field.
        """
        values = getattr(self, checks.choice("field", field, FIELDS))
        switch, lag = np.indices(values.shape).reshape(2, -1)
        axes = {"lag": (self.lag, lag)}
        return group_means(values.ravel(), axes, switch, proportion=field == "exit_within")

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
    rng = checks.generator(seed)
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
