"""Is one motif used again?  Kick units of every pair of classes, in networks of every family.

At the end, what a sweep measures of one network:
``iblrnn sweep iblrnn_helpers.hmm_rnn.reuse.reuse:measure``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...core import checks
from ..hmm import FAMILIES, HiddenMarkovModel
from ..kick_units.motif import Motif, assess_motif, motif_numbers
from ..kick_units.nominal import InterventionBudget, nominal_run
from ..kick_units.switches_left import N_SILENCED
from ..network import HmmRnn
from ..orbit.motion import MotionBudget, measure_motion
from ..statistics import exact_statistics
from ..teaching.emissions import assess_emissions
from ..teaching.learning import loss_over_floor
from ..teaching.params import N_STEPS, fast_recipe, recipe
from ..teaching.store import hmm_rnns_for

_COMMON = 0.05  # from this frequency on, a symbol is a class worth looking at
_LINKED = 0.02  # from this probability on, a symbol follows another
RELATIONS = ("same target", "same source", "chained")


def linked_symbols(hmm: HiddenMarkovModel) -> list[tuple[int, int]]:
    """Pairs of common symbols that follow each other, either way, in 2% of cases or more.

    Returns
    -------
    list of (int, int)
        The smaller symbol first: for chains the two ends, for the fully connected family all three
        pairs, for the cyclic one the two pairs of neighbours.
    """
    exact = exact_statistics(hmm)
    common = np.flatnonzero(exact.frequencies >= _COMMON)
    follow = exact.transition
    return [
        (int(a), int(b))
        for a, b in combinations(common, 2)
        if min(follow[a, b], follow[b, a]) >= _LINKED
    ]


@dataclass(frozen=True, eq=False)
class NetworkMotifs:
    """The motifs of a network.

    Attributes
    ----------
    motifs : dict of pair to Motif
    missing : dict of pair to str
        Why there is none.
    """

    motifs: dict[tuple[int, int], Motif]
    missing: dict[tuple[int, int], str]


def network_motifs(
    network: HmmRnn,
    hmm: HiddenMarkovModel,
    *,
    effort: InterventionBudget | None = None,
    seed: int = 0,
) -> NetworkMotifs:
    """Measure the motif of every pair of symbols that the HMM links.

    Parameters
    ----------
    hmm : HiddenMarkovModel
        That the network emulates.
    """
    motifs, missing = {}, {}
    effort = effort or InterventionBudget()
    nominal = nominal_run(network, effort, seed=seed)
    for pair in linked_symbols(hmm):
        try:
            motifs[pair] = assess_motif(network, pair, effort=effort, seed=seed, nominal=nominal)
        except ValueError as error:  # too few switches, or too few candidates: said on the page
            missing[pair] = str(error)
    return NetworkMotifs(motifs, missing)


def motif_checks(motif: Motif, *, limit: float) -> dict[str, bool]:
    """Which of the paper's statements on the motif hold for a pair of classes.

    Parameters
    ----------
    limit : float
        Of the ratio of switches that remain without the noise that reaches the kick units.

    Returns
    -------
    dict of str to bool
        ``signs``: all eight blocks of weights whose sign is not chosen have the claimed one.
        ``correlation``: of the weights onto both groups, below -0.2.
        ``noise``: the ratio is below the limit.
        ``control``: without the noise of other units it is above 0.6.
        ``silence``: with at most 20 candidates silent, less than a tenth is left.
        ``random``: with 20 random units silent, more than 0.6.
    """
    names = ("signs", "correlation", "noise", "control", "smallest_trap", "silenced_random")
    found = motif_numbers(motif, names)
    return {
        "signs": found["signs"] == 8,
        "correlation": found["correlation"] < -0.2,
        "noise": found["noise"] < limit,
        "control": found["control"] > 0.6,
        "silence": bool(np.isfinite(found["smallest_trap"])),
        "random": found["silenced_random"] > 0.6,
    }


@dataclass(frozen=True)
class SharedUnits:
    """Candidates for kick units that two directions have in common.

    Attributes
    ----------
    first, second : (int, int)
        The directions, (source, target).
    relation : str
        ``same target`` (0 -> 1, 2 -> 1), ``same source`` (0 -> 1, 0 -> 2) or ``chained``
        (0 -> 1, 1 -> 2).
    n_shared : int
    n_expected : float
        By chance.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    relation: str
    n_shared: int
    n_expected: float


def shared_units(
    motifs: Mapping[tuple[int, int], Motif], n_units: int, *, n_first: int = N_SILENCED[2]
) -> list[SharedUnits]:
    """Which directions of a network use the same units.

    Parameters
    ----------
    motifs : dict of pair to Motif
        Of one network.
    n_units : int
        Of that network.
    n_first : int
        Candidates of each direction that are compared.

    Returns
    -------
    list of SharedUnits
        For directions of different pairs; a direction and its reverse never share candidates.

    Raises
    ------
    ValueError
        If there are not so many units.
    """
    checks.integer("n_first", n_first, low=1, high=n_units)
    kick = {one.ends: one for motif in motifs.values() for one in motif.kick}
    found = []
    for one, other in combinations(kick, 2):
        if set(one) == set(other) or not set(one) & set(other):
            continue
        if one[1] == other[1]:
            relation = RELATIONS[0]
        else:
            relation = RELATIONS[1] if one[0] == other[0] else RELATIONS[2]
        a, b = (kick[ends].candidates[:n_first] for ends in (one, other))
        found.append(
            SharedUnits(one, other, relation, len(np.intersect1d(a, b)), len(a) * len(b) / n_units)
        )
    return found


def measure(
    family: str = "chain-2",
    seed: int = 1,
    n_units: int = 150,
    n_inputs: int = 100,
    fast: bool = False,
) -> dict[str, float]:
    """Train a network, unless it ships or was trained before, and measure it.

    Parameters
    ----------
    family : str
        Of :data:`~iblrnn_helpers.hmm_rnn.hmm.FAMILIES`.
    seed : int
        Of the training and, with other numbers, of all runs.
    fast : bool
        By `fast_recipe` instead of `recipe`.

    Returns
    -------
    dict of str to float
        How the emissions match, and how the network moves.

    Raises
    ------
    ValueError
        As :func:`~iblrnn_helpers.hmm_rnn.teaching.params.recipe`.
    """
    made = (fast_recipe if fast else recipe)(family, seed, n_units=n_units, n_inputs=n_inputs)
    ((trained,), _) = hmm_rnns_for([made])
    network, hmm = trained.network, FAMILIES[family]
    match = assess_emissions(network, hmm, n_sequences=500, seed=seed)
    return {
        "cpu_seconds": trained.cpu_seconds,
        "loss / floor": loss_over_floor(network, hmm, n_steps=N_STEPS[family], seed=seed),
        "frequency error": match.frequency_error,
        "transition error": match.transition_error,
        "changes, network / HMM": match.change_ratio,
        "bigrams": match.total_variation,
        "matched distance, network / HMM": match.distance_ratio,
        **measure_motion(network, MotionBudget(n_states=300), seed).numbers,
    }
