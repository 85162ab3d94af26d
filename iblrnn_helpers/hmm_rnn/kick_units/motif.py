"""The motif of a pair of classes: its kick units, their connections, and what they do for switches.

Gains go through some values, candidates are silenced, and of all that the numbers that claims are
about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..network import HmmRnn, Run
from .interventions import (
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


def gain_curves(
    network: HmmRnn,
    nominal: Run,
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
    nominal : Run
        Of this network; changed networks begin in its states, half of them in either class.
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
    changed = [
        [
            gains(network, **{"noise" if "noise" in kind else "recurrent": (chosen, v)})
            for v in values
        ]
        for kind, chosen in units.items()
    ]
    drawn = [
        gains(network, noise=(rng.choice(rest, len(feeding), replace=False), 0.0))
        for _ in range(effort.n_draws)
    ]
    begun = begun or Begun(network, nominal, this, effort, seed)
    parts = np.split(
        begun.classes([one for group in (*changed, drawn) for one in group]),
        np.cumsum([len(group) for group in changed]),
    )
    unchanged, *of_kinds, random = (
        switch_rates(one, *this.ends, unchanged=begun.unchanged)
        for one in (begun.unchanged[None], *parts)
    )
    rates = dict(zip(KINDS, of_kinds, strict=True))
    return GainCurves(*this.ends, np.asarray(values, float), units, rates, unchanged, random)


@dataclass(frozen=True, eq=False)
class Motif:
    """All that is measured of a pair of classes; tuples are of a -> b and of b -> a.

    Attributes
    ----------
    pair : (int, int)
    kick : (KickUnits, KickUnits)
    connectivity : Connectivity
        Of the kick units of either direction, three each.
    against_any, against_candidates : ConnectivityNull
        Against random units, and against random candidates of the same direction.
    gains : (GainCurves, GainCurves)
        At gains of 0 and 2.
    silencing : (Silencing, Silencing)
    """

    pair: tuple[int, int]
    kick: tuple[KickUnits, KickUnits]
    connectivity: Connectivity
    against_any: ConnectivityNull
    against_candidates: ConnectivityNull
    gains: tuple[GainCurves, GainCurves]
    silencing: tuple[Silencing, Silencing]

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
            float(one.rates[KINDS[0]].occupancy.mean[1] / one.unchanged.occupancy.mean[0])
            for one in self.gains
        )


def assess_motif(
    network: HmmRnn,
    pair: Sequence[int],
    *,
    effort: InterventionBudget | None = None,
    seed: int = 0,
    nominal: Run | None = None,
) -> Motif:
    """Find the kick units of a pair of classes and measure all that is claimed of them.

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
    kick = first, second = find_kick_units(network, nominal, pair)
    found = connectivity(network, first.chosen, second.chosen)
    candidates = (first.candidates, second.candidates)
    draws = {"n_draws": effort.n_null, "seed": seed}
    options = {"effort": effort, "seed": seed}
    ways = [
        (both, options | {"begun": Begun(network, nominal, both[0], **options)})
        for both in (kick, kick[::-1])
    ]
    return Motif(
        first.ends,
        kick,
        found,
        random_groups(network, found, **draws),
        random_groups(network, found, among=candidates, **draws),
        tuple(gain_curves(network, nominal, both, (0, 2), **options) for both, options in ways),
        tuple(silencing(network, nominal, both, **options) for both, options in ways),
    )


def motif_numbers(motif: Motif) -> dict[str, float]:
    """The numbers that claims are about, of the direction that is the worse for the claim.

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
    """
    traps = [one.smallest_trap for one in motif.silencing]
    most = N_SILENCED[-1]
    names = ("within", "between", "populations_within", "populations_between", "correlation")
    worst = {
        "noise": motif.ratio(KINDS[1]),
        "triplet": motif.ratio(KINDS[0]),
        "overshoot": motif.overshoot,
        "silenced": motif.silenced(most),
        "noise_lasting": motif.ratio(KINDS[1], lasting=True),
        "silenced_lasting": motif.silenced(most, lasting=True),
    }
    controls = {
        "control": motif.ratio(KINDS[2]),
        "random_noise": motif.random_noise(),
        "leaving": tuple(one.leaving[-1] for one in motif.silencing),
        "silenced_random": motif.silenced_random(most),
        "random_noise_lasting": motif.random_noise(lasting=True),
        "silenced_random_lasting": motif.silenced_random(most, lasting=True),
    }
    return {
        "signs": float(motif.connectivity.n_right_signs),
        **dict(zip(names, motif.connectivity.quantities.tolist(), strict=True)),
        "p": float(motif.against_any.p.max()),
        "p_candidates": float(motif.against_candidates.p.max()),
        **{name: float(np.max(ways)) for name, ways in worst.items()},
        **{name: float(np.min(ways)) for name, ways in controls.items()},
        "smallest_trap": float("nan") if None in traps else float(max(traps)),
    }
