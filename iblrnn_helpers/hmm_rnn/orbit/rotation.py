"""Is the way back another one?  The loop between two classes, in the plane where it is widest.

A path that goes to and fro in one plane may turn in another, and no two principal components
need span that plane.  So it is looked for: where the driven states enclose the largest signed area
on their ways from one class to the other and back.

All that is measured here is the same, but for its sign, of sequences that are run backwards, so a
process that looks the same backwards has no turns, no width, and a direction that cannot be
decoded, whatever its path is bent like.  Running random sequences backwards is hence an exact null.

Source: the area is the antisymmetric part of the lagged covariance, which jPCA fits in another way
(Churchland et al. 2012).  Our own: switches instead of time, planes that are held out, the null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import checks
from ...core.means import Measured, linearised
from ...representations.plane import principal_components
from ..network import HmmRnn, Run
from ..statistics import Switches, find_switches

LASTING = 6  # steps, as of the switches that are counted when units are silenced
_LAG = 3
_LEAST = 10  # switches each way, in either half of the sequences
_N_DECODED = 30  # leading principal components that the direction is decoded from
_MEASURES = ("turns", "width", "decoded")


class TooFewSwitches(ValueError):
    """A run in which the loop between two classes is not defined, as hardly a switch lasts."""


@dataclass(frozen=True, eq=False)
class Loop:
    """The ways between two classes.

    Attributes
    ----------
    pair : (int, int)
    n_switches : (int, int)
        Lasting ones, forth and back.
    plane : (2, n_units) float
        Orthonormal; the first axis points from the first class to the second as far as it can,
        and states turn anticlockwise.
    centre : (n_units,) float
        Half-way between the mean crossings of the ways forth and back.
    turns : Measured
        For each pair of lasting switches, in a plane that was found in the other half of the
        sequences; negative if these turn the other way.  The interval is over sequences.
    width : float
        Distance between the mean crossings of the two ways, over the distance of the classes.
    decoded : float
        How often a logistic regression tells from the crossing which way the state is going, in
        sequences that it was not fitted to; mean of both ways, so that chance is 0.5.
    null : dict of measure to (n_null,) float
        ``turns``, ``width`` and ``decoded`` after each sequence was run backwards or not at
        random.
    """

    pair: tuple[int, int]
    n_switches: tuple[int, int]
    plane: np.ndarray
    centre: np.ndarray
    turns: Measured
    width: float
    decoded: float
    null: dict[str, np.ndarray]

    def p(self, measure: str) -> float:
        """Share of the null, itself included, that is as large.

        Raises
        ------
        ValueError
            If there is no such measure.
        """
        null = self.null[checks.choice("measure", measure, _MEASURES)]
        value = self.turns.value if measure == "turns" else getattr(self, measure)
        return float((1 + (null >= value).sum()) / (1 + len(null)))

    def angle_to(self, axes: np.ndarray) -> float:
        """The larger angle between the planes, in degrees; 0 if they are one.

        Parameters
        ----------
        axes : (2, n_units) float
            That span the other plane, as of an `Orbit`.
        """
        from scipy.linalg import subspace_angles

        return float(np.degrees(subspace_angles(self.plane.T, np.asarray(axes).T).max()))

    def positions(self, states: np.ndarray) -> np.ndarray:
        """(..., 2) float: states (..., n_units) in the plane, from the centre."""
        return (states - self.centre) @ self.plane.T


def find_loop(
    driven: Run,
    pair: Sequence[int],
    *,
    lag: int = _LAG,
    lasting: int = LASTING,
    n_null: int = 0,
    seed=0,
    decode: bool = True,
) -> Loop:
    """Find the plane in which the ways between two classes turn, and measure them.

    Parameters
    ----------
    driven : Run
        At least two sequences.
    pair : (int, int)
        Two classes a and b.
    lag : int
        Steps between states whose area is taken, below ``lasting``.
    lasting : int
        Steps that the class lasts before and after the switches that count.
    n_null : int
        Draws of the null.
    seed : int, SeedSequence or Generator
        Of the null.
    decode : bool
        False leaves out ``decoded``, which is NaN then and takes most of the time.

    Raises
    ------
    TooFewSwitches
        If a half of the sequences has fewer than 10 lasting switches either way.
    ValueError
        If a number is out of range, or classes are not two of the network's.

    Notes
    -----
    A switch's stretch goes from the middle of the residence before to the middle of the one after.
    With x_t from the centre, S sums x_t x_{t+lag}ᵀ over a stretch, and averages it over all
    stretches forth, and over all back; A = S − Sᵀ, added for both ways.  For orthonormal u and v,
    uᵀ A v is the mean of the areas that the path encloses in their plane in a pair of switches, in
    units that depend on the lag.  It is largest for the leading pair of singular vectors of A.

    The covariance of a rotation with period P at a lag of τ has an antisymmetric part in proportion
    to sin(2π τ / P), largest at a quarter of the period.  The shortest pair of lasting switches
    takes 12 steps, so 3 is a quarter of the fastest loop that counts; of slower ones, the sign is
    the same.  A lag of 1 has more noise of single steps; long lags lose the fast loops.

    States are not whitened.  The plane then turns with the state space, and each direction counts
    as much as the states move along it; whitened, the many directions of little variance count as
    much as the few of the switch, and the plane found is that of the fastest noise.

    The crossing is where, on a straight line between the two steps of the switch, both classes are
    equally likely, so that what the network emits there says nothing of the direction.  Squared
    distances are products of the differences in both halves of the sequences, and hence free of
    what noise adds to them.
    """
    if len(pair) != 2:
        raise ValueError(f"pair must be two classes, got {len(pair)}")
    first, second = pair = tuple(pair)
    n_symbols = driven.logits.shape[-1]
    for number in (first, second):
        checks.integer("pair", number, low=0, high=n_symbols - 1)
    if first == second:
        raise ValueError(f"pair must be two different classes, got {first} twice")
    checks.integer("lasting", lasting, low=2)
    checks.integer("lag", lag, low=1, high=lasting - 1)
    checks.integer("n_null", n_null, low=0)
    residences = {"min_before": lasting, "min_after": lasting}
    parts = [find_switches(driven.classes, *ends, **residences) for ends in (pair, pair[::-1])]
    half = np.arange(len(driven.states)) % 2
    least = min((half[part.sequence] == k).sum() for part in parts for k in (0, 1))
    if least < _LEAST:
        raise TooFewSwitches(
            f"driven must have {_LEAST} switches or more that last {lasting} steps, from "
            f"{first} to {second} and back, in either half of its sequences, got {least}"
        )
    ways = _Ways(driven, (first, second), parts, lag)
    forwards = np.ones(len(driven.states), dtype=bool)
    rng = checks.generator(seed)
    null = [
        _measure(ways, rng.integers(2, size=len(forwards)) == 1, half, decode)
        for _ in range(n_null)
    ]
    turns, width, decoded = _measure(ways, forwards, half, decode)
    plane, centre = ways.plane(forwards, forwards)
    return Loop(
        (first, second),
        tuple(map(len, parts)),
        plane,
        centre,
        turns,
        width,
        decoded,
        {
            name: np.array([one[k].value if name == "turns" else one[k] for one in null])
            for k, name in enumerate(_MEASURES)
        },
    )


def linear_twin(network: HmmRnn, driven: Run, seed) -> Run:
    """States that have the same lagged covariances and are otherwise Gaussian; what is read out.

    Frequencies of each sequence get random phases, the same for all units, so that whatever
    follows from the lagged covariances alone, the area of a loop among it, is as in the network.
    Clusters, and all else that only a nonlinear network has, are gone.

    Parameters
    ----------
    network : HmmRnn
        Whose readout is applied.
    driven : Run
        Of this network.
    seed : int, SeedSequence or Generator
    """
    n_steps = driven.states.shape[1]
    mean = driven.states.mean(axis=(0, 1))
    parts = np.fft.rfft(driven.states - mean, axis=1)
    phase = checks.generator(seed).uniform(0, 2 * np.pi, parts.shape[:2])
    phase[:, 0] = 0  # of the mean, and at an even number of steps the last one, both real
    if n_steps % 2 == 0:
        phase[:, -1] = 0
    states = mean + np.fft.irfft(parts * np.exp(1j * phase)[..., None], n_steps, axis=1)
    return Run(states, network.logits(states))


class _Ways:
    """All lasting switches between two classes, as what is needed to run some backwards."""

    def __init__(self, driven: Run, pair: tuple[int, int], parts: list[Switches], lag: int):
        found = Switches(*map(np.concatenate, zip(*(vars(p).values() for p in parts), strict=True)))
        self.sequence = found.sequence
        self.forth = np.repeat([True, False], [len(part) for part in parts])
        before, after = -(-found.before // 2), -(-found.after // 2)  # as long, run backwards
        length = before + after
        self.first = np.concatenate([[0], np.cumsum(length)[:-1]]).astype(int)
        inside = np.arange(length.sum()) - np.repeat(self.first, length)
        step = np.repeat(found.step - before, length) + inside
        self.states = driven.states[np.repeat(found.sequence, length), step]
        ends = self.states[self.first + length - 1] - self.states[self.first]
        self.apart = np.where(self.forth[:, None], ends, -ends)
        margin = driven.logits[..., pair[1]] - driven.logits[..., pair[0]]
        old, new = ((found.sequence, found.step - 1), (found.sequence, found.step))
        passed = (margin[old] / (margin[old] - margin[new]))[:, None]
        self.crossing = (1 - passed) * driven.states[old] + passed * driven.states[new]
        later = np.flatnonzero(inside + lag < np.repeat(length, length))
        self.which = np.repeat(np.arange(len(length)), length)
        self.inner = np.flatnonzero(inside > 0)
        # Of each sequence and way, Σ x_t x_{t+lag}ᵀ less its transpose, and what moves its origin.
        n_units = self.states.shape[1]
        self.areas = np.zeros((len(driven.states), 2, n_units, n_units))
        self.shifts = np.zeros((len(driven.states), 2, n_units))
        group = (2 * self.sequence + ~self.forth)[self.which[later]]
        # Each is in one piece, as switches are in order of ways and sequences.
        for at in np.split(later, np.flatnonzero(np.diff(group)) + 1):
            k = 2 * self.sequence[self.which[at[0]]] + ~self.forth[self.which[at[0]]]
            now, then = self.states[at], self.states[at + lag]
            product = now.T @ then
            self.areas[k // 2, k % 2] = product - product.T
            self.shifts[k // 2, k % 2] = (then - now).sum(axis=0)

    @cached_property
    def folds(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """What is fitted to, what is held out, and all crossings in the SDs of the former."""
        from sklearn.model_selection import GroupKFold
        from sklearn.preprocessing import StandardScaler

        mean, components, _ = principal_components(self.states)
        kept = (self.crossing - mean) @ components[:_N_DECODED].T
        folds = GroupKFold(min(5, len(np.unique(self.sequence))))
        return [
            (fitted, held_out, StandardScaler().fit(kept[fitted]).transform(kept))
            for fitted, held_out in folds.split(kept, groups=self.sequence)
        ]

    def going(self, forwards: np.ndarray) -> np.ndarray:
        """(n_switches,) bool: whether each goes forth, if other sequences are run backwards."""
        return self.forth == forwards[self.sequence]

    def crossings(self, forwards: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean crossings forth and back, (n_units,) each."""
        here, forth = chosen[self.sequence], self.going(forwards)
        return tuple(self.crossing[here & way].mean(axis=0) for way in (forth, ~forth))

    def distance(self, chosen: np.ndarray) -> np.ndarray:
        """(n_units,) float: from the middle of residences in the first class to the second."""
        return self.apart[chosen[self.sequence]].mean(axis=0)

    def plane(self, forwards: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the largest area in some sequences, and its centre."""
        centre = np.mean(self.crossings(forwards, chosen), axis=0)
        area = np.zeros(self.areas.shape[-2:])
        here = chosen[self.sequence]
        for forth in (True, False):
            n = (here & (self.going(forwards) == forth)).sum()
            for way in (0, 1):
                # Backwards, a way back is a way forth, with the area of the other sign.
                same = forth == (way == 0)
                some = chosen & (forwards == same)
                sign = 1 if same else -1
                moved = np.outer(centre, self.shifts[some, way].sum(axis=0))
                area += sign / n * (self.areas[some, way].sum(axis=0) - moved + moved.T)
        left, _, _ = np.linalg.svd(area)
        u = left[:, 0]
        v = area.T @ u
        plane = np.stack([u, v / np.linalg.norm(v)])
        along = plane @ self.distance(chosen)
        x, y = along / np.linalg.norm(along)
        return np.array([[x, y], [-y, x]]) @ plane, centre

    def angles(self, plane: np.ndarray, centre: np.ndarray) -> np.ndarray:
        """(n_switches,) float: how far each stretch turns about the centre, in turns."""
        position = (self.states - centre) @ plane.T
        z = position[:, 0] + 1j * position[:, 1]
        steps = np.angle(z[self.inner] * z[self.inner - 1].conj())
        return np.bincount(self.which[self.inner], steps, len(self.forth)) / (2 * np.pi)


def _measure(
    ways: _Ways, forwards: np.ndarray, half: np.ndarray, decode: bool
) -> tuple[Measured, float, float]:
    """Turns, width and decoding, if sequences that are not ``forwards`` are run backwards."""
    halves = half == 0, half == 1
    angle = np.empty(len(ways.forth))
    gaps = []
    for fitted, held_out in (halves, halves[::-1]):
        here = held_out[ways.sequence]
        angle[here] = ways.angles(*ways.plane(forwards, fitted))[here]
        forth, back = ways.crossings(forwards, held_out)
        gaps.append(forth - back)
    angle = np.where(forwards[ways.sequence], angle, -angle)
    distance = ways.distance(halves[0]) @ ways.distance(halves[1])
    width = float(np.sqrt(max(gaps[0] @ gaps[1], 0) / distance))
    going = ways.going(forwards)
    decoded = _decode(ways, going) if decode else np.nan
    return _sum_of_means(angle, going, ways.sequence), width, decoded


def _sum_of_means(angle: np.ndarray, forth: np.ndarray, sequence: np.ndarray) -> Measured:
    """Mean turn forth and mean turn back, added, with an interval over sequences."""
    value, influence = 0.0, np.zeros(sequence.max() + 1)
    for way in (forth, ~forth):
        mean = angle[way].mean()
        value += mean
        influence += np.bincount(
            sequence[way], (angle[way] - mean) / way.sum(), minlength=len(influence)
        )
    return linearised(value, influence[np.unique(sequence)], over="sequences")


def _decode(ways: _Ways, going: np.ndarray) -> float:
    """Balanced share of crossings whose direction is told correctly, sequences held out."""
    from sklearn import config_context
    from sklearn.linear_model import LogisticRegression

    # Few features and many switches: Newton steps are several times as fast as the default.
    fit = LogisticRegression(class_weight="balanced", solver="newton-cholesky")
    told = np.empty_like(going)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for fitted, held_out, scaled in ways.folds:
            told[held_out] = fit.fit(scaled[fitted], going[fitted]).predict(scaled[held_out])
    return float(np.mean([(told[going == way] == way).mean() for way in (True, False)]))
