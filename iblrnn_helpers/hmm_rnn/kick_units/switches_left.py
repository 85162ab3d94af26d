"""More and more candidates for kick units are silent, or as many random units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ...core.means import Measured
from ..network import HmmRnn, Run
from .interventions import (
    Gains,
    classes_under_gains,
    gains,
    leaving_rates,
    silenced,
    start_states,
    switch_ratios,
)
from .kick_units import KickUnits
from .nominal import InterventionBudget

N_SILENCED = (3, 6, 10, 15, 20)  # candidates that are silenced together
TRAPPED = 0.1  # of the unchanged network's probability to switch


@dataclass(frozen=True, eq=False)
class Silencing:
    """Switches from one class to another while candidates for kick units are silent.

    Attributes
    ----------
    source, target : int
    n_silenced : (n_numbers,) int
        How many.
    ratio : list of Measured
        Probability of the switch, as a ratio to the unchanged network's, without the first
        candidates; NaN where there are not that many.
    random : sequence (n_numbers,) of (n_draws,) float
        The same without as many random units that are candidates of neither direction.
    lasting : Silencing, optional
        The same of switches after which the class stays for 6 steps.
    leaving : (n_numbers,) float, optional
        Probability to switch back from the target, as a ratio to the unchanged network's, without
        the first candidates: units that hold the target are missed there.
    leaving_random : sequence (n_numbers,) of (n_draws,) float, optional
        The same without random units.
    """

    source: int
    target: int
    n_silenced: np.ndarray
    ratio: list[Measured]
    random: Sequence[np.ndarray] | np.ndarray
    lasting: Silencing | None = None
    leaving: np.ndarray | None = None
    leaving_random: Sequence[np.ndarray] | None = None

    @property
    def smallest_trap(self) -> int | None:
        """The smallest number that leaves less than a tenth of the switches; None if none does."""
        trapping = [one.value < TRAPPED for one in self.ratio]
        return int(self.n_silenced[trapping.index(True)]) if any(trapping) else None


class Begun:
    """Changed networks begin here, half of them in either class, and meet the same noise.

    Attributes
    ----------
    ends : (int, int)
        Classes before and after the switches that are meant.
    unchanged : (n_sequences, n_steps) int
        Classes of the network as it is.
    """

    def __init__(
        self,
        network: HmmRnn,
        nominal: Run | None,
        kick: KickUnits,
        effort: InterventionBudget,
        seed: int,
    ):
        if nominal is None:
            raise ValueError("nominal must be a Run where nothing has begun, got None")
        self.network, self.ends = network, kick.ends
        starts = start_states(nominal, kick.ends, effort.n_starts, seed=seed)
        self._starts = starts.astype(np.float32)  # as they are taken
        self._n_steps, self._seed = effort.n_changed, seed + 1
        self.unchanged = self.classes([gains(network)])[0]

    def classes(self, variants: Sequence[Gains]) -> np.ndarray:
        """(n_variants, n_sequences, n_steps) int."""
        return classes_under_gains(
            self.network, variants, self._starts, self._n_steps, seed=self._seed
        )

    def left(self, variants: Sequence[Gains]) -> tuple[list[Measured], list[Measured], np.ndarray]:
        """Of each variant over the unchanged network: switches, lasting ones, and those back."""
        if not variants:
            return [], [], np.empty(0)
        classes = self.classes(variants)
        own = leaving_rates(self.unchanged[None], *self.ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            leaving = leaving_rates(classes, *self.ends) / own
        return (*switch_ratios(classes, *self.ends, unchanged=self.unchanged), leaving)


class _WhenAsked(Sequence):
    """Rows of numbers, each of which is made when it is asked for, once for all of them."""

    def __init__(self, n: int, make: Callable[[int], np.ndarray]):
        self._n, self._make = n, make

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, k):
        return self._make(range(self._n)[k])


def silencing(
    network: HmmRnn,
    nominal: Run | None,
    kick: tuple[KickUnits, KickUnits],
    *,
    effort: InterventionBudget,
    seed: int = 0,
    numbers: Sequence[int] = N_SILENCED,
    begun: Begun | None = None,
) -> Silencing:
    """Silence the first candidates of a direction, or as many random units.

    Parameters
    ----------
    network, nominal, kick, effort, seed, begun
        As for :func:`~iblrnn_helpers.hmm_rnn.kick_units.motif.gain_curves`.
    numbers : sequence of int
        How many units to silence, from 1 on.

    Notes
    -----
    All random units are drawn at once, but the network runs without so many of them only when that
    is asked for, and then once: claims are about the largest number alone.
    """
    this, other = kick
    numbers = np.array([checks.integer("number of units", n, low=1) for n in numbers])
    rng = checks.generator([seed, *this.ends])
    rest = np.setdiff1d(
        np.arange(network.n_units), np.concatenate([this.candidates, other.candidates])
    )
    enough = numbers <= len(this.candidates)
    drawn = [
        [rng.choice(rest, min(n, len(rest)), replace=False) for _ in range(effort.n_draws)]
        for n in numbers
    ]
    begun = begun or Begun(network, nominal, this, effort, seed)
    *ratios, left = begun.left([silenced(network, this.candidates[:n]) for n in numbers[enough]])
    leaving = np.full(len(numbers), np.nan)
    leaving[enough] = left
    known: dict[int, np.ndarray] = {}

    def random(which: int) -> _WhenAsked:
        def row(k: int) -> np.ndarray:
            if k not in known:
                *of, back = begun.left([silenced(network, units) for units in drawn[k]])
                known[k] = np.array([*([one.value for one in ratios] for ratios in of), back])
                known[k].setflags(write=False)
            return known[k][which]

        return _WhenAsked(len(numbers), row)

    def curve(which: int, **more) -> Silencing:
        changed = iter(ratios[which])
        with_candidates = [next(changed) if there else Measured(np.nan) for there in enough]
        return Silencing(*this.ends, numbers, with_candidates, random(which), **more)

    return curve(0, lasting=curve(1), leaving=leaving, leaving_random=random(2))
