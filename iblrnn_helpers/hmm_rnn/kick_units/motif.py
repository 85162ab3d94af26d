"""The motif of a pair of classes: its kick units, their connections, and what they do for switches.

Gains go through some values, candidates are silenced, and of all that the numbers that claims are
about.  Each is run when it is asked for: most claims are about a few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import checks
from ..network import HmmRnn, Run
from .interventions import (
    Gains,
    SwitchRates,
    control_units,
    gains,
    projecting_units,
    switch_rates,
)
from .kick_units import (
    Connectivity,
    ConnectivityNull,
    KickUnits,
    connectivity,
    find_kick_units,
    random_groups,
)
from .nominal import InterventionBudget, nominal_run
from .switches_left import N_SILENCED, Begun, Silencing, silencing

KINDS = ("drive of the kick units", "noise that reaches them", "noise elsewhere")


class _RatesWhenAsked(Mapping[str, SwitchRates]):
    """Of groups of variants, by name; a group is run when it is asked for, and then once."""

    def __init__(self, begun: Begun, groups: Mapping[str, Sequence[Gains]]):
        self._begun, self._groups = begun, groups
        self._known: dict[str, SwitchRates] = {}

    def __getitem__(self, name: str) -> SwitchRates:
        if name not in self._known:
            classes, unchanged = self._begun.classes(self._groups[name]), self._begun.unchanged
            self._known[name] = switch_rates(classes, *self._begun.ends, unchanged=unchanged)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)


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
        One variant for each gain; run when asked for, as all rates.
    others : dict of str to SwitchRates
        ``unchanged`` and ``random``.
    """

    source: int
    target: int
    values: np.ndarray
    units: dict[str, np.ndarray]
    rates: Mapping[str, SwitchRates]
    others: Mapping[str, SwitchRates]

    @property
    def unchanged(self) -> SwitchRates:
        """Of the network as it is: one variant."""
        return self.others["unchanged"]

    @property
    def random(self) -> SwitchRates:
        """Without the noise of as many random units as those of ``noise that reaches them``.

        One variant for each draw.
        """
        return self.others["random"]


def gain_curves(
    network: HmmRnn,
    nominal: Run | None,
    kick: tuple[KickUnits, KickUnits],
    values: Sequence[float],
    *,
    effort: InterventionBudget,
    seed: int = 0,
    begun: Begun | None = None,
) -> GainCurves:
    """Change the drive of kick units, the noise that reaches them, or other noise.

    Parameters
    ----------
    nominal : Run or None
        Of this network; changed networks begin in its states, half of them in either class.  None
        where these are ``begun``.
    kick : (KickUnits, KickUnits)
        Of the direction that is meant, and of the other one.
    values : (n_values,) float
        Gains.
    begun : Begun, optional
        With these arguments, where it is there already.

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
    rng = checks.generator([seed, *this.ends])
    rest = np.setdiff1d(np.arange(network.n_units), six)
    changed = {
        kind: [
            gains(network, **{"noise" if "noise" in kind else "recurrent": (chosen, v)})
            for v in values
        ]
        for kind, chosen in units.items()
    }
    drawn = [
        gains(network, noise=(rng.choice(rest, len(feeding), replace=False), 0.0))
        for _ in range(effort.n_draws)
    ]
    begun = begun or Begun(network, nominal, this, effort, seed)
    others = {"unchanged": [gains(network)], "random": drawn}
    rates = (_RatesWhenAsked(begun, groups) for groups in (changed, others))
    return GainCurves(*this.ends, np.asarray(values, float), units, *rates)


@dataclass(frozen=True, eq=False)
class Motif:
    """All that is measured of a pair of classes, when it is asked for.

    Tuples are of a -> b and of b -> a.

    Attributes
    ----------
    network : HmmRnn
    kick : (KickUnits, KickUnits)
    begun : (Begun, Begun)
        From where changed networks run.
    effort : InterventionBudget
    seed : int
    """

    network: HmmRnn
    kick: tuple[KickUnits, KickUnits]
    begun: tuple[Begun, Begun]
    effort: InterventionBudget
    seed: int

    @property
    def pair(self) -> tuple[int, int]:
        """The two classes, a and b."""
        return self.kick[0].ends

    @cached_property
    def connectivity(self) -> Connectivity:
        """Of the kick units of either direction, three each."""
        return connectivity(self.network, *(one.chosen for one in self.kick))

    @cached_property
    def against_any(self) -> ConnectivityNull:
        """Against random units."""
        return self._against(None)

    @cached_property
    def against_candidates(self) -> ConnectivityNull:
        """Against random candidates of the same direction."""
        first, second = self.kick
        return self._against((first.candidates, second.candidates))

    def _against(self, among) -> ConnectivityNull:
        draws = {"n_draws": self.effort.n_null, "seed": self.seed}
        return random_groups(self.network, self.connectivity, among=among, **draws)

    @cached_property
    def gains(self) -> tuple[GainCurves, GainCurves]:
        """At gains of 0."""
        return self._both(gain_curves, (0,))

    @cached_property
    def doubled(self) -> tuple[GainCurves, GainCurves]:
        """At gains of 2."""
        return self._both(gain_curves, (2,))

    @cached_property
    def silencing(self) -> tuple[Silencing, Silencing]:
        """With more and more candidates silent."""
        return self._both(silencing)

    def _both(self, intervene: Callable, *more) -> tuple:
        options = {"effort": self.effort, "seed": self.seed}
        return tuple(
            intervene(self.network, None, kick, *more, **options, begun=begun)
            for kick, begun in zip((self.kick, self.kick[::-1]), self.begun, strict=True)
        )

    def ratio(self, kind: str, *, lasting: bool = False) -> tuple[float, float]:
        """Probability to switch, as a ratio to the unchanged network's, at gain 0 of a kind.

        ``lasting``: only of switches after which the class stays for 6 steps; so below.
        """
        rates = [one.rates[kind] for one in self.gains]
        return tuple((one.lasting if lasting else one.ratio)[0].value for one in rates)

    def random_noise(self, *, lasting: bool = False) -> tuple[float, float]:
        """Mean ratio, each way, without the noise of random units."""
        random = [one.random.lasting if lasting else one.random.ratio for one in self.gains]
        return tuple(float(np.mean([ratio.value for ratio in ratios])) for ratios in random)

    def silenced(self, n: int, *, lasting: bool = False) -> tuple[float, float]:
        """Ratio, each way, with the first n candidates silent; NaN if there are not that many."""
        k = N_SILENCED.index(n)
        return tuple(one.ratio[k].value for one in self._silencing(lasting))

    def silenced_random(self, n: int, *, lasting: bool = False) -> tuple[float, float]:
        """Mean ratio, each way, with n random units silent."""
        k = N_SILENCED.index(n)
        return tuple(float(one.random[k].mean()) for one in self._silencing(lasting))

    def to_frame(self):
        """Ratios of all interventions, as a pandas DataFrame with a row for each.

        Columns: intervention (in words), switch (such as 0 → 2), lasting (bool: only of switches
        after which the class stays for 6 steps) and ratio, of the probability to switch to the
        unchanged network's; of random units the mean over draws.
        """
        import pandas as pd

        rows = []
        for lasting in (False, True):
            found = {f"no {kind}": self.ratio(kind, lasting=lasting) for kind in KINDS}
            found["no noise of random units"] = self.random_noise(lasting=lasting)
            for n in N_SILENCED:
                found[f"first {n} candidates silent"] = self.silenced(n, lasting=lasting)
                found[f"{n} random units silent"] = self.silenced_random(n, lasting=lasting)
            for name, ratios in found.items():
                ways = zip((self.pair, self.pair[::-1]), ratios, strict=True)
                rows += [(name, f"{a} → {b}", lasting, ratio) for (a, b), ratio in ways]
        return pd.DataFrame(rows, columns=["intervention", "switch", "lasting", "ratio"])

    def _silencing(self, lasting: bool) -> tuple[Silencing, ...]:
        return tuple(one.lasting if lasting else one for one in self.silencing)

    @property
    def overshoot(self) -> tuple[float, float]:
        """Share of time before the switch with twice the drive of the kick units, as a ratio."""
        return tuple(
            float(one.rates[KINDS[0]].occupancy.mean[0] / one.unchanged.occupancy.mean[0])
            for one in self.doubled
        )


def assess_motif(
    network: HmmRnn,
    pair: Sequence[int],
    *,
    effort: InterventionBudget | None = None,
    seed: int = 0,
    nominal: Run | None = None,
) -> Motif:
    """Find the kick units of a pair of classes, to measure all that is claimed of them.

    Parameters
    ----------
    pair : (int, int)
        Two classes, e.g. one of :func:`iblrnn_helpers.hmm_rnn.kick_units.kick_units.class_pairs`.
    nominal : Run, optional
        What :func:`.nominal_run` gives, where it is there already.

    Raises
    ------
    As :func:`iblrnn_helpers.hmm_rnn.kick_units.kick_units.find_kick_units`.
    """
    effort = effort or InterventionBudget()
    nominal = nominal or nominal_run(network, effort, seed=seed)
    kick = find_kick_units(network, nominal, pair)
    begun = tuple(Begun(network, nominal, one, effort, seed) for one in kick)
    return Motif(network, kick, begun, effort, seed)


def motif_numbers(motif: Motif, names: Sequence[str] | None = None) -> dict[str, float]:
    """The numbers that claims are about, of the direction that is the worse for the claim.

    Parameters
    ----------
    names : sequence of str, optional
        Which of them, by default all: what none of them is about is not run.

    Returns
    -------
    dict
        ``signs``: of the 8 blocks of weights whose sign is not chosen, those as claimed.
        ``within``, ``between``, ``populations_within``, ``populations_between``, ``correlation``:
        the numbers of ``QUANTITIES``.
        ``p``, ``p_candidates``: the largest p of these against random units, and against random
        candidates of the same directions.
        ``noise``, ``control``, ``random_noise``, ``triplet``: ratios of the probability to switch
        without the noise that reaches the kick units, without that of the control units, of as many
        random units, and without the drive of the three kick units.
        ``overshoot``: share of time before the switch with twice that drive, as a ratio.
        ``smallest_trap``: candidates whose silence leaves less than a tenth of the switches; NaN
        if 20 do not.
        ``silenced``, ``silenced_random``: ratios with 20 candidates, and random units, silent.
        ``leaving``: of the probability to switch back, with 20 candidates silent.
        ``noise_lasting``, ``random_noise_lasting``, ``silenced_lasting``,
        ``silenced_random_lasting``: the same of switches after which the class stays for 6 steps.

    Raises
    ------
    ValueError
        If one of ``names`` is none of these, or they are a single text.
    """
    if isinstance(names, str):
        raise ValueError(f"names must be several, in a list, got {names!r}")
    names = _NUMBERS if names is None else names
    for name in names:
        checks.choice("names", name, tuple(_NUMBERS))
    return {name: float(_NUMBERS[name](motif)) for name in names}


def _smallest_trap(motif: Motif) -> float:
    traps = [one.smallest_trap for one in motif.silencing]
    return float("nan") if None in traps else max(traps)


def _quantity(k: int) -> Callable[[Motif], float]:
    return lambda motif: motif.connectivity.quantities[k]


_MOST = N_SILENCED[-1]
_NUMBERS: dict[str, Callable[[Motif], float]] = {
    "signs": lambda motif: motif.connectivity.n_right_signs,
    "within": _quantity(0),
    "between": _quantity(1),
    "populations_within": _quantity(2),
    "populations_between": _quantity(3),
    "correlation": _quantity(4),
    "p": lambda motif: motif.against_any.p.max(),
    "p_candidates": lambda motif: motif.against_candidates.p.max(),
    "noise": lambda motif: np.max(motif.ratio(KINDS[1])),
    "triplet": lambda motif: np.max(motif.ratio(KINDS[0])),
    "overshoot": lambda motif: np.max(motif.overshoot),
    "silenced": lambda motif: np.max(motif.silenced(_MOST)),
    "noise_lasting": lambda motif: np.max(motif.ratio(KINDS[1], lasting=True)),
    "silenced_lasting": lambda motif: np.max(motif.silenced(_MOST, lasting=True)),
    "control": lambda motif: np.min(motif.ratio(KINDS[2])),
    "random_noise": lambda motif: np.min(motif.random_noise()),
    "leaving": lambda motif: np.min([one.leaving[-1] for one in motif.silencing]),
    "silenced_random": lambda motif: np.min(motif.silenced_random(_MOST)),
    "random_noise_lasting": lambda motif: np.min(motif.random_noise(lasting=True)),
    "silenced_random_lasting": lambda motif: np.min(motif.silenced_random(_MOST, lasting=True)),
    "smallest_trap": _smallest_trap,
}
