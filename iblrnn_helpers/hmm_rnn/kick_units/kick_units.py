"""Kick units: those whose drive from the network turns on just when the class switches.

Torre et al. pick them by hand, three for each direction; here a rule does it.  Before a switch
a -> b a kick unit is held below its threshold by the other units, at the switch they drive it
above.  The drive is the recurrent one, W_rec h_{t-1} + b_rec, without the noise of the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ...core import checks
from ..network import HmmRnn, Run
from ..statistics import Switches, aligned, find_switches

N_CHOSEN = 3  # units of each direction that count as its kick units, as in the paper
MIN_BEFORE, MIN_AFTER = 12, 6  # steps of residence around the switches that are looked at
FIRST, LAST = -12, 6  # the window, in steps from the switch
AT_SWITCH = (0, 1, 2)  # steps at which a kick unit is driven above threshold
MIN_SWITCHES = 20  # for a mean over switches that tells units apart


@dataclass(frozen=True, eq=False)
class KickUnits:
    """Units that turn on as the class goes from one to another.

    Attributes
    ----------
    source, target : int
        Classes.
    n_switches : int
        Switches that the means are over.
    window : (n_window,) int
        Steps from the switch; 0 is the first step in the new class.
    drive : (n_window, n_units) float
        Recurrent drive of each unit, mean over switches.
    in_source : (n_units,) float
        The same, mean over all steps in the class ``source``.
    candidates : (n_candidates,) int
        Units with a mean drive below 0 in ``source`` and above 0 at the switch (steps 0 to 2), by
        the rise from one to the other, the largest first.
    """

    source: int
    target: int
    n_switches: int
    window: np.ndarray
    drive: np.ndarray
    in_source: np.ndarray
    candidates: np.ndarray

    @property
    def chosen(self) -> np.ndarray:
        """(n_chosen,) int: the kick units, the first three candidates."""
        return self.candidates[:N_CHOSEN]


def class_pairs(classes: np.ndarray, *, min_switches: int = MIN_SWITCHES) -> list[tuple[int, int]]:
    """Pairs of classes with so many switches between them, each way, that kick units can be sought.

    Parameters
    ----------
    classes : (n_sequences, n_steps) int
    min_switches : int
        Each way, counting those between residences of 12 and of 6 steps only.

    Returns
    -------
    list of (int, int)
        The smaller class first.
    """
    checks.integer("min_switches", min_switches, low=1)
    found = find_switches(classes, min_before=MIN_BEFORE, min_after=MIN_AFTER)
    pairs = combinations(np.unique([found.source, found.target]).tolist(), 2)
    return [
        (a, b) for a, b in pairs if min(_count(found, a, b), _count(found, b, a)) >= min_switches
    ]


def find_kick_units(network: HmmRnn, run: Run, pair: Sequence[int]) -> tuple[KickUnits, KickUnits]:
    """Kick units of both directions between two classes.

    Parameters
    ----------
    network : HmmRnn
    run : Run
        Of this network under noise, a few thousand steps in all.
    pair : (int, int)
        Two classes a and b.

    Returns
    -------
    (KickUnits, KickUnits)
        Of a -> b and of b -> a.  No unit is a candidate of both: it is kept where it rises more.

    Raises
    ------
    ValueError
        If ``pair`` is no pair of classes, the run is too short for 20 switches each way, or
        there are fewer than 3 candidates.

    Notes
    -----
    Source: Torre et al. 2025, kick neurons; the rule is ours.  The mean drive is the drive of the
    mean state, so that states are averaged before they are multiplied by the weights.
    """
    a, b = checked_pair(network, pair)
    both = [_signature(network, run, *ends) for ends in ((a, b), (b, a))]
    rises = [_rise(one) for one in both]
    found = []
    for one, rise, other in zip(both, rises, rises[::-1], strict=True):
        units = np.flatnonzero((rise > -np.inf) & (rise >= other))
        units = units[np.argsort(-rise[units], kind="stable")]
        if len(units) < N_CHOSEN:
            raise ValueError(
                f"the network has {len(units)} candidates for kick units from class {one.source} "
                f"to {one.target}, {N_CHOSEN} are needed"
            )
        found.append(replace(one, candidates=units))
    return tuple(found)


def checked_pair(network: HmmRnn, pair: Sequence[int]) -> tuple[int, int]:
    """Two different classes of a network, or a ValueError."""
    if len(pair) != 2 or pair[0] == pair[1]:
        raise ValueError(f"pair must be two different classes, got {tuple(pair)}")
    highest = network.n_symbols - 1
    return tuple(checks.integer("pair", one, low=0, high=highest) for one in pair)


def _signature(network: HmmRnn, run: Run, source: int, target: int) -> KickUnits:
    """What is known of a direction before candidates are chosen."""
    classes = run.classes
    switches = find_switches(classes, source, target, min_before=MIN_BEFORE, min_after=MIN_AFTER)
    if len(switches) < MIN_SWITCHES:
        raise ValueError(
            f"the run has {len(switches)} switches from class {source} to {target} between "
            f"residences of {MIN_BEFORE} and {MIN_AFTER} steps, {MIN_SWITCHES} are needed: "
            "run longer"
        )
    before = aligned(run.states, switches, FIRST - 1, LAST - 1)
    last_states = run.states[:, :-1][classes[:, 1:] == source]
    return KickUnits(
        source,
        target,
        len(switches),
        np.arange(FIRST, LAST + 1),
        recurrent_drive(network, np.nanmean(before, axis=0)),
        recurrent_drive(network, last_states.mean(axis=0)),
        np.array([], dtype=int),
    )


def recurrent_drive(network: HmmRnn, states: np.ndarray) -> np.ndarray:
    """(..., n_units): what units get from each other one step after states (..., n_units)."""
    drive = states @ network.w_rec.T
    return drive if network.b_rec is None else drive + network.b_rec


def _rise(one: KickUnits) -> np.ndarray:
    """(n_units,) float: drive at the switch minus drive in the source; -inf if no candidate."""
    at_switch = one.drive[np.isin(one.window, AT_SWITCH)].mean(axis=0)
    candidate = (one.in_source < 0) & (at_switch > 0)
    return np.where(candidate, at_switch - one.in_source, -np.inf)


def _count(switches: Switches, source: int, target: int) -> int:
    return int(((switches.source == source) & (switches.target == target)).sum())
