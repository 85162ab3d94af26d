"""The motif of a pair of classes: kick units, their connections, and what they do for switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.means import Measured
from ..network import HmmRnn
from .intervention_curves import (
    KINDS,
    N_SILENCED,
    GainCurves,
    InterventionBudget,
    Silencing,
    gain_curves,
    nominal_run,
    silencing,
)
from .kick_units import KickUnits, find_kick_units
from .populations import Connectivity, ConnectivityNull, connectivity, random_groups

GAINS = (0.0, 2.0)


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

    @property
    def random_noise(self) -> tuple[float, float]:
        """Mean ratio, each way, without the noise of random units."""
        return tuple(_mean(one.random.ratio) for one in self.gains)

    @property
    def random_noise_lasting(self) -> tuple[float, float]:
        """The same of lasting switches."""
        return tuple(_mean(one.random.lasting) for one in self.gains)

    def silenced(self, n: int, *, lasting: bool = False) -> tuple[float, float]:
        """Ratio, each way, with the first n candidates silent; NaN if there are not that many."""
        k = N_SILENCED.index(n)
        return tuple(one.ratio[k].value for one in self._silencing(lasting))

    def silenced_random(self, n: int, *, lasting: bool = False) -> tuple[float, float]:
        """Mean ratio, each way, with n random units silent."""
        k = N_SILENCED.index(n)
        return tuple(float(one.random[k].mean()) for one in self._silencing(lasting))

    def _silencing(self, lasting: bool) -> tuple[Silencing, ...]:
        return tuple(one.lasting if lasting else one for one in self.silencing)

    @property
    def overshoot(self) -> tuple[float, float]:
        """Share of time before the switch with twice the drive of the kick units, as a ratio."""
        return tuple(
            float(one.rates[KINDS[0]].occupancy.mean[1] / one.unchanged.occupancy.mean[0])
            for one in self.gains
        )


def _mean(ratios: list[Measured]) -> float:
    return float(np.mean([ratio.value for ratio in ratios]))


def assess_motif(
    network: HmmRnn, pair: Sequence[int], *, effort: InterventionBudget | None = None, seed: int = 0
) -> Motif:
    """Find the kick units of a pair of classes and measure all that is claimed of them.

    Parameters
    ----------
    network : HmmRnn
    pair : (int, int)
        Two classes, e.g. one of :func:`iblrnn_helpers.hmm_rnn.kick_units.kick_units.class_pairs`.
    effort : InterventionBudget, optional
    seed : int

    Returns
    -------
    Motif

    Raises
    ------
    As :func:`iblrnn_helpers.hmm_rnn.kick_units.kick_units.find_kick_units`.
    """
    effort = effort or InterventionBudget()
    nominal = nominal_run(network, effort, seed=seed)
    kick = find_kick_units(network, nominal, pair)
    first, second = kick
    found = connectivity(network, first.chosen, second.chosen)
    candidates = (first.candidates, second.candidates)
    options = {"effort": effort, "seed": seed}
    return Motif(
        (first.source, first.target),
        kick,
        found,
        random_groups(network, found, n_draws=effort.n_null, seed=seed),
        random_groups(network, found, among=candidates, n_draws=effort.n_null, seed=seed),
        tuple(gain_curves(network, nominal, one, GAINS, **options) for one in (kick, kick[::-1])),
        tuple(silencing(network, nominal, one, **options) for one in (kick, kick[::-1])),
    )


def motif_numbers(motif: Motif) -> dict[str, float]:
    """The numbers that claims are about, of the direction that is the worse for the claim.

    Returns
    -------
    dict
        ``signs``: of the 8 blocks of weights whose sign is not chosen, those as claimed.
        ``within``, ``between``, ``populations_within``, ``populations_between``, ``correlation``:
        the numbers of ``QUANTITIES``.
        ``p``: the largest p of these against random units.
        ``noise``, ``control``, ``random_noise``, ``triplet``: ratios of the probability to switch
        without the noise that reaches the kick units, without that of the control units, of as many
        random units, and without the drive of the three kick units.
        ``overshoot``: share of time before the switch with twice that drive, as a ratio.
        ``smallest_trap``: candidates whose silence leaves less than a tenth of the switches; NaN
        if 20 do not.
        ``silenced``, ``silenced_random``: ratios with 20 candidates, and random units, silent.
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
        "random_noise": motif.random_noise,
        "silenced_random": motif.silenced_random(most),
        "random_noise_lasting": motif.random_noise_lasting,
        "silenced_random_lasting": motif.silenced_random(most, lasting=True),
    }
    return {
        "signs": float(motif.connectivity.n_right_signs),
        **dict(zip(names, motif.connectivity.quantities.tolist(), strict=True)),
        "p": float(motif.against_any.p.max()),
        **{name: float(np.max(ways)) for name, ways in worst.items()},
        **{name: float(np.min(ways)) for name, ways in controls.items()},
        "smallest_trap": float("nan") if None in traps else float(max(traps)),
    }
