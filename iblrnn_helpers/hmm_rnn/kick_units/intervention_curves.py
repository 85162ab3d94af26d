"""What happens to the switches as gains go through some values, or as more units are silenced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ...core.means import Measured
from ..network import HmmRnn, Run, run
from .interventions import (
    SwitchRates,
    classes_under_gains,
    control_units,
    gains,
    projecting_units,
    silenced,
    start_states,
    switch_rates,
)
from .kick_units import KickUnits

KINDS = ("drive of the kick units", "noise that reaches them", "noise elsewhere")
N_SILENCED = (3, 6, 10, 15, 20)  # candidates that are silenced together
TRAPPED = 0.1  # of the unchanged network's probability to switch


@dataclass(frozen=True)
class InterventionBudget:
    """How much is run for a motif.

    Parameters
    ----------
    n_sequences, n_steps : int
        Of the run in which kick units are found.
    n_starts, n_changed : int
        Sequences, and their steps, of every changed network.
    n_draws : int
        Random sets of units, for each number of units.
    n_null : int
        Random groups that the connections are compared with.
    """

    n_sequences: int = 100
    n_steps: int = 250
    n_starts: int = 100
    n_changed: int = 150
    n_draws: int = 5
    n_null: int = 999

    def __post_init__(self):
        for name in self.__dataclass_fields__:
            checks.integer(name, getattr(self, name), low=2 if name == "n_starts" else 1)


@dataclass(frozen=True, eq=False)
class GainCurves:
    """Switches from one class to another while the gains of some units go through some values.

    Attributes
    ----------
    source, target : int
    values : (n_values,) float
        Gains; at 1 the network is as it was.
    units : dict of kind to (n,) int
        Units whose gain is changed; see ``KINDS``.
    rates : dict of kind to SwitchRates
        One variant for each gain.
    unchanged : SwitchRates
        Of the network as it is: one variant.
    random : SwitchRates
        Without the noise of as many random units as those of ``noise that reaches them``: one
        variant for each draw.
    """

    source: int
    target: int
    values: np.ndarray
    units: dict[str, np.ndarray]
    rates: dict[str, SwitchRates]
    unchanged: SwitchRates
    random: SwitchRates


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
    random : (n_numbers, n_draws) float
        The same without as many random units that are candidates of neither direction.
    lasting : Silencing, optional
        The same of switches after which the class stays for 6 steps.
    """

    source: int
    target: int
    n_silenced: np.ndarray
    ratio: list[Measured]
    random: np.ndarray
    lasting: Silencing | None = None

    @property
    def smallest_trap(self) -> int | None:
        """The smallest number that leaves less than a tenth of the switches; None if none does."""
        trapping = [one.value < TRAPPED for one in self.ratio]
        return int(self.n_silenced[trapping.index(True)]) if any(trapping) else None


def nominal_run(network: HmmRnn, effort: InterventionBudget, *, seed: int) -> Run:
    """The unchanged network under noise, as long as the effort says."""
    return run(network, effort.n_sequences, effort.n_steps, seed=seed)


def gain_curves(
    network: HmmRnn,
    nominal: Run,
    kick: tuple[KickUnits, KickUnits],
    values: Sequence[float],
    *,
    effort: InterventionBudget,
    seed: int = 0,
) -> GainCurves:
    """Change the drive of kick units, the noise that reaches them, or other noise.

    Parameters
    ----------
    network : HmmRnn
    nominal : Run
        Of this network; changed networks begin in its states, half of them in either class.
    kick : (KickUnits, KickUnits)
        Of the direction that is meant, and of the other one.
    values : (n_values,) float
        Gains.
    effort : InterventionBudget
    seed : int

    Returns
    -------
    GainCurves

    Notes
    -----
    Source: Torre et al. 2025, ablation.  The drive is that of the three kick units; the noise that
    reaches them is that of the 60 units (of 150) with the largest weights onto each; other noise
    is that of units that are not among the 35 with the largest weights onto any kick unit of
    either direction.  Kick units keep their noise.  Random units are ours: those three groups
    differ in size.
    """
    this, other = kick
    six = np.concatenate([this.chosen, other.chosen])
    feeding = projecting_units(network, this.chosen, six)
    units = dict(zip(KINDS, (this.chosen, feeding, control_units(network, six, six)), strict=True))
    rng = np.random.default_rng([seed, this.source, this.target])
    rest = np.setdiff1d(np.arange(network.n_units), six)
    changed = [
        gains(network, **{"noise" if "noise" in kind else "recurrent": (chosen, value)})
        for kind, chosen in units.items()
        for value in values
    ]
    drawn = [
        gains(network, noise=(rng.choice(rest, len(feeding), replace=False), 0.0))
        for _ in range(effort.n_draws)
    ]
    unchanged, changed, drawn = _classes(network, nominal, this, changed, drawn, effort, seed)
    parts = np.split(changed, len(KINDS))

    def rates(classes):
        return switch_rates(classes, this.source, this.target, unchanged=unchanged)

    return GainCurves(
        this.source,
        this.target,
        np.asarray(values, dtype=float),
        units,
        {kind: rates(part) for kind, part in zip(KINDS, parts, strict=True)},
        rates(unchanged[None]),
        rates(drawn),
    )


def silencing(
    network: HmmRnn,
    nominal: Run,
    kick: tuple[KickUnits, KickUnits],
    *,
    effort: InterventionBudget,
    seed: int = 0,
    numbers: Sequence[int] = N_SILENCED,
) -> Silencing:
    """Silence the first candidates of a direction, or as many random units.

    Parameters
    ----------
    network, nominal, kick, effort, seed
        As for :func:`gain_curves`.
    numbers : sequence of int
        How many units to silence, from 1 on.

    Returns
    -------
    Silencing
    """
    this, other = kick
    numbers = np.array([checks.integer("number of units", n, low=1) for n in numbers])
    rng = np.random.default_rng([seed, this.source, this.target])
    rest = np.setdiff1d(
        np.arange(network.n_units), np.concatenate([this.candidates, other.candidates])
    )
    enough = numbers <= len(this.candidates)
    changed = [silenced(network, this.candidates[:n]) for n in numbers[enough]]
    drawn = [
        silenced(network, rng.choice(rest, min(n, len(rest)), replace=False))
        for n in numbers
        for _ in range(effort.n_draws)
    ]
    unchanged, changed, drawn = _classes(network, nominal, this, changed, drawn, effort, seed)
    ends = (this.source, this.target)
    of_changed = switch_rates(changed, *ends, unchanged=unchanged)
    of_drawn = switch_rates(drawn, *ends, unchanged=unchanged)

    def curve(which: str, **more) -> Silencing:
        ratios, random = iter(getattr(of_changed, which)), getattr(of_drawn, which)
        return Silencing(
            *ends,
            numbers,
            [next(ratios) if there else Measured(np.nan) for there in enough],
            np.reshape([one.value for one in random], (len(numbers), effort.n_draws)),
            **more,
        )

    return curve("ratio", lasting=curve("lasting"))


def _classes(network, nominal, kick, changed, drawn, effort, seed):
    """Classes of the unchanged network, of the changed ones and of those with random changes."""
    starts = start_states(nominal, (kick.source, kick.target), effort.n_starts, seed=seed)
    variants = [gains(network), *changed, *drawn]
    classes = classes_under_gains(network, variants, starts, effort.n_changed, seed=seed + 1)
    return classes[0], classes[1 : 1 + len(changed)], classes[1 + len(changed) :]
