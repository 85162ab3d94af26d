"""The orbit that noise sustains: do states cycle, always the same way, and how often?

All that is measured of it is measured in a plane.  That a path does not turn in the plane of
PC1 and PC2 does not say that it turns in no other: :meth:`Orbit.seen_in` shows another one,
and `find_loop` looks for the one in which it does.
Without input there is no orbit: do all states shrink to zero?

Source: Torre et al. 2025, the noise-driven dynamics in the plane of PC1 and PC2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import checks
from ...core.means import GroupMeans, group_means
from ...representations.plane import principal_components
from ..network import HmmRnn, Run


@dataclass(frozen=True, eq=False)
class Orbit:
    """Driven states in a plane, that of their first two principal components if no other is asked.

    Attributes
    ----------
    mean : (n_units,) float
    components : (n_units, n_units) float
        Rows are principal components, by falling variance.
    variance : (n_units,) float
        Share of the variance of each.
    position : (n_sequences, n_steps, 2) float
        States in the plane, from the mean.
    classes : (n_sequences, n_steps) int
        The most likely symbol of each step.
    plane : (int, int)
        Numbers of the components of the plane, from 0.
    """

    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray
    position: np.ndarray
    classes: np.ndarray
    plane: tuple[int, int] = (0, 1)

    @property
    def axes(self) -> np.ndarray:
        """(2, n_units) float: the components of the plane."""
        return self.components[list(self.plane)]

    @property
    def angular_momentum(self) -> np.ndarray:
        """(n_sequences, n_steps - 1) float: p_t x (p_{t+1} - p_t), positive anticlockwise."""
        p, following = self.position[:, :-1], self.position[:, 1:]
        return p[..., 0] * following[..., 1] - p[..., 1] * following[..., 0]

    @property
    def turns(self) -> np.ndarray:
        """(n_sequences,) float: how often each sequence turned about the mean, anticlockwise."""
        angle = np.unwrap(np.arctan2(self.position[..., 1], self.position[..., 0]), axis=1)
        return (angle[:, -1] - angle[:, 0]) / (2 * np.pi)

    @property
    def class_cycles(self) -> np.ndarray:
        """(n_sequences,) float: half the number of switches of class."""
        return (np.diff(self.classes, axis=1) != 0).sum(axis=1) / 2

    @property
    def t_of_steps(self) -> float:
        """Mean angular momentum in standard errors, as if all steps were independent."""
        found = self.angular_momentum.ravel()
        return float(found.mean() / (found.std(ddof=1) / np.sqrt(len(found))))

    @property
    def t_of_sequences(self) -> float:
        """The same from the means of sequences, which really are independent."""
        found = self.angular_momentum.mean(axis=1)
        return float(found.mean() / (found.std(ddof=1) / np.sqrt(len(found))))

    @property
    def cycles_per_class_cycle(self) -> GroupMeans:
        """Turns for each pair of switches, 1 if each pair of switches is one turn in one direction.

        The sign says the direction.  NaN without switches; the interval is over sequences.
        """
        return group_means(self.turns, {}, np.arange(len(self.turns)), per=self.class_cycles)

    @property
    def rotation(self) -> dict[str, float]:
        """Whether and how often the states turn, without sign; t is that of sequences."""
        n_steps = self.position.shape[1] - 1
        return {
            "t of angular momentum": abs(self.t_of_sequences),
            "turns per 1,000 steps": abs(float(self.turns.mean())) * 1000 / n_steps,
            "turns per pair of switches": abs(float(self.cycles_per_class_cycle.mean)),
        }

    def seen_in(self, driven: Run, components: Sequence[int]) -> Orbit:
        """The same states in the plane of two other principal components.

        Parameters
        ----------
        driven : Run
            The run whose orbit this is.
        components : (int, int)
            Their numbers, from 0: (0, 2) is the plane of PC1 and PC3.

        Returns
        -------
        Orbit
            With another plane and position, and all that follows from them.

        Raises
        ------
        ValueError
            If there are no two such components.
        """
        first, second = components
        for number in (first, second):
            checks.integer("components", number, low=0, high=len(self.components) - 1)
        if first == second:
            raise ValueError(f"components must be two different ones, got {first} twice")
        other = replace(self, plane=(first, second))
        return replace(other, position=(driven.states - self.mean) @ other.axes.T)


def find_orbit(driven: Run) -> Orbit:
    """Principal components of driven states, and the states in their plane.

    Parameters
    ----------
    driven : Run
        Sequences of two steps or more.

    Raises
    ------
    ValueError
        If sequences are shorter than 2 steps, or the states do not vary in two directions.
    """
    if driven.states.shape[1] < 2:
        raise ValueError(
            f"driven must have sequences of 2 steps or more, got {driven.states.shape[1]}"
        )
    flat = driven.states.reshape(-1, driven.states.shape[-1])
    mean, components, variance = principal_components(flat)
    position = (driven.states - mean) @ components[:2].T
    return Orbit(mean, components, variance, position, driven.classes)


def modulation(orbit: Orbit, probabilities: np.ndarray, *, n_sectors: int = 12) -> np.ndarray:
    """How much the emission probabilities change along a turn in the plane.

    Parameters
    ----------
    probabilities : (n_sequences, n_steps, n_symbols) float
        Of the symbols at the steps of the orbit.
    n_sectors : int
        Of equal angle, round the mean.

    Returns
    -------
    (n_symbols,) float
        Mean probability in the sector where it is largest, less that in the one where it is least.

    Notes
    -----
    It says whether the place on a turn tells the emission, not whether there are turns.
    """
    checks.integer("n_sectors", n_sectors, low=2)
    angle = np.arctan2(orbit.position[..., 1], orbit.position[..., 0]).ravel()
    sector = np.floor((angle + np.pi) / (2 * np.pi) * n_sectors).astype(int) % n_sectors
    of_steps = np.reshape(probabilities, (len(sector), -1))
    means = np.array([of_steps[sector == k].mean(axis=0) for k in np.unique(sector)])
    return np.ptp(means, axis=0)


def drift_of_length(driven: Run) -> float:
    """Mean length of the states in the last quarter of the steps, divided by that in the first."""
    length = np.linalg.norm(driven.states, axis=-1)
    quarter = max(length.shape[1] // 4, 1)
    return float(length[:, -quarter:].mean() / length[:, :quarter].mean())


def readout_in_plane(network: HmmRnn, orbit: Orbit) -> np.ndarray:
    """How far the readout lies in the plane of PC1 and PC2.

    Returns
    -------
    (n_symbols,) float
        Length, in the plane of PC1 and PC2, of each symbol's row of the readout at length 1.

    Notes
    -----
    Adding one vector to all rows changes no probability, but it changes these lengths;
    :func:`contrast_in_plane` is free of that.

    Source: Torre et al. 2025, readout vectors against that plane.
    """
    rows = network.w_out / np.linalg.norm(network.w_out, axis=1, keepdims=True)
    return np.linalg.norm(rows @ orbit.components[:2].T, axis=1)


def contrast_in_plane(network: HmmRnn, orbit: Orbit, one: int = 0, other: int = 2) -> float:
    """Length in the plane of the difference of two symbols' rows of the readout, at length 1."""
    difference = network.w_out[one] - network.w_out[other]
    return float(np.linalg.norm(orbit.components[:2] @ difference) / np.linalg.norm(difference))


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
    starts : (n_starts, n_units) float
        None of them zero.
    n_shown : int
        Of so many steps the states are kept.

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
    rng = checks.generator(seed)
    return np.abs(rng.standard_normal((n_starts, network.n_units)))
