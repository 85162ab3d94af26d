"""Kick units, whose drive turns on just when the class switches, and what feeds them.

Torre et al. pick them by hand, three for each direction; here a rule does it.  Before a switch
a -> b a kick unit is held below its threshold by the other units, at the switch they drive it
above.  The drive is the recurrent one, W_rec h_{t-1} + b_rec, without the noise of the step.

Kick units of two directions should excite their own group and inhibit the other.  Each group is
fed by a population, chosen by the sign of its weights onto the kick units; so these signs are no
finding, and what is tested is the weights within and between the populations, against units that
are taken at random.
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
POPULATION = 35  # units of a population, as in the paper, of SIZE units
SIZE = 150
QUANTITIES = {
    "kick units, within": 1,
    "kick units, between": -1,
    "populations, within": 1,
    "populations, between": -1,
    "correlation of weights onto both": -1,
}  # each with the sign that it is claimed to have
_SIGN = np.array(list(QUANTITIES.values()))
_SAME_SIDE = np.equal.outer([0, 0, 1, 1], [0, 0, 1, 1])
_SAME_KIND = np.equal.outer([0, 1, 0, 1], [0, 1, 0, 1])


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
    def ends(self) -> tuple[int, int]:
        """The direction: source and target."""
        return self.source, self.target

    @property
    def chosen(self) -> np.ndarray:
        """(n_chosen,) int: the kick units, the first three candidates."""
        return self.candidates[:N_CHOSEN]


def class_pairs(classes: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of classes with 20 switches or more between them, each way, to find kick units by.

    Parameters
    ----------
    classes : (n_sequences, n_steps) int

    Returns
    -------
    list of (int, int)
        The smaller class first.  Only switches between residences of 12 and of 6 steps count.
    """
    found = find_switches(classes, min_before=MIN_BEFORE, min_after=MIN_AFTER)
    pairs = combinations(np.unique([found.source, found.target]).tolist(), 2)
    return [
        (a, b) for a, b in pairs if min(_count(found, a, b), _count(found, b, a)) >= MIN_SWITCHES
    ]


def find_kick_units(network: HmmRnn, run: Run, pair: Sequence[int]) -> tuple[KickUnits, KickUnits]:
    """Kick units of both directions between two classes.

    Parameters
    ----------
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


def scaled(n_units_of_150: int, network: HmmRnn) -> int:
    """As many units of this network as the number is of the paper's 150, at least 1."""
    return max(1, round(n_units_of_150 * network.n_units / SIZE))


@dataclass(frozen=True, eq=False)
class Connectivity:
    """Mean weights among two groups of kick units and the two populations that feed them.

    Attributes
    ----------
    groups : tuple of 4 (n_group,) int arrays
        Kick units of the first direction, the population that excites them, kick units of the
        second direction, the population that excites those.
    blocks : (4, 4) float
        Mean weight from group j (column) to group i (row), without weights of a unit to itself.
    quantities : (5,) float
        The numbers of ``QUANTITIES``, in order: means over two blocks each, and Pearson's r over
        all other units of the mean weights onto either group of kick units.
    """

    groups: tuple[np.ndarray, ...]
    blocks: np.ndarray
    quantities: np.ndarray

    @property
    def n_right_signs(self) -> int:
        """Of the 8 blocks whose sign the choice does not give: among kick units or populations."""
        right = np.sign(self.blocks) == np.where(_SAME_SIDE, 1, -1)
        return int(right[_SAME_KIND].sum())


def connectivity(network: HmmRnn, first: Sequence[int], second: Sequence[int]) -> Connectivity:
    """Mean weights among two groups of units and the populations that feed them.

    Parameters
    ----------
    first, second : (n_group,) int
        Two groups without common units, two units or more each, e.g. the kick units of either
        direction.

    Raises
    ------
    ValueError
        If the groups share a unit or one has fewer than two.

    Notes
    -----
    Source: Torre et al. 2025, the released code's weight matrices.  With g1_j and g2_j the mean
    weights from unit j onto the two groups, the populations are the 70 units (of 150; the groups
    themselves are left out) with the most negative product g1_j g2_j: the 35 of largest g1 excite
    the first group and inhibit the second, the 35 of smallest g1 the reverse.
    """
    first, second = np.asarray(first), np.asarray(second)
    both = np.concatenate([first, second])
    if min(len(first), len(second)) < 2 or len(set(both.tolist())) < len(both):
        raise ValueError(
            "groups must have two units or more each and none in common, "
            f"got {first.tolist()} and {second.tolist()}"
        )
    groups, blocks, quantities = _connections(network, first[None], second[None])
    return Connectivity(tuple(one[0] for one in groups), blocks[0], quantities[0])


def _connections(network: HmmRnn, first: np.ndarray, second: np.ndarray):
    """Groups, blocks and quantities of many pairs of groups of units, (n_pairs, n_group) each."""
    n_pairs, n_units = len(first), network.n_units
    row = np.arange(n_pairs)[:, None]
    onto = np.stack([network.w_rec[units].mean(axis=1) for units in (first, second)], axis=1)
    other = np.ones((n_pairs, n_units), dtype=bool)
    other[row, first] = other[row, second] = False
    others = np.nonzero(other)[1].reshape(n_pairs, -1)
    size = min(scaled(POPULATION, network), others.shape[1] // 2)
    of_others = np.take_along_axis(onto, others[:, None], axis=2)
    order = np.argsort(of_others[:, 0] * of_others[:, 1], axis=1, kind="stable")[:, : 2 * size]
    opposed = np.take_along_axis(others, order, axis=1)
    order = np.argsort(-onto[row, 0, opposed], axis=1, kind="stable")
    opposed = np.take_along_axis(opposed, order, axis=1)
    groups = (first, opposed[:, :size], second, opposed[:, size:])
    member = np.zeros((n_pairs, 4, n_units))
    for k, units in enumerate(groups):
        member[row, k, units] = 1
    n_members = member.sum(axis=2)
    n_weights = n_members[:, :, None] * n_members[:, None] - n_members[:, :, None] * np.eye(4)
    others_only = network.w_rec * ~np.eye(n_units, dtype=bool)
    blocks = member @ others_only @ member.swapaxes(1, 2) / n_weights
    means = [
        (blocks[:, i + shift, k + shift] + blocks[:, j + shift, m + shift]) / 2
        for shift in (0, 1)
        for (i, k), (j, m) in (((0, 0), (2, 2)), ((0, 2), (2, 0)))
    ]
    correlation = [np.corrcoef(g[:, rest])[0, 1] for g, rest in zip(onto, others, strict=True)]
    return groups, blocks, np.stack([*means, correlation], axis=1)


def group_activity(run: Run, found: Connectivity) -> np.ndarray:
    """(n_sequences, n_steps, 4) float: mean activity of each group of units."""
    return np.stack([run.states[..., units].mean(axis=-1) for units in found.groups], axis=-1)


def opposition(run: Run, found: Connectivity) -> tuple[float, float]:
    """Pearson's r, over all steps, of the mean activities of the two groups of kick units.

    And that of the two populations.
    """
    kick, one, other_kick, other = group_activity(run, found).reshape(-1, 4).T
    return float(np.corrcoef(kick, other_kick)[0, 1]), float(np.corrcoef(one, other)[0, 1])


@dataclass(frozen=True, eq=False)
class ConnectivityNull:
    """The numbers of ``QUANTITIES`` for groups drawn at random, beside those that were found.

    Attributes
    ----------
    found : (5,) float
    drawn : (n_draws, 5) float
    """

    found: np.ndarray
    drawn: np.ndarray

    @property
    def p(self) -> np.ndarray:
        """(5,) float: share of draws, the found one included, that are as extreme as claimed."""
        as_extreme = (self.drawn * _SIGN >= self.found * _SIGN).sum(axis=0)
        return (1 + as_extreme) / (1 + len(self.drawn))

    def scores(self, quantities: np.ndarray) -> np.ndarray:
        """(..., 5) float: how far such numbers are from the drawn ones, in the SDs of these.

        Positive is as claimed.
        """
        return _SIGN * (quantities - self.drawn.mean(axis=0)) / self.drawn.std(axis=0)


def random_groups(
    network: HmmRnn,
    found: Connectivity,
    *,
    among: tuple[Sequence[int], Sequence[int]] | None = None,
    n_draws: int = 999,
    seed: int = 0,
) -> ConnectivityNull:
    """The same numbers for as many units drawn at random, each with populations of its own.

    The populations are chosen for each draw as for the kick units, so that whatever the choice by
    sign does on its own is in the null as well.

    Parameters
    ----------
    found : Connectivity
        Of the kick units.
    among : (units, units), optional
        Draw the first group among the first of these, the second among the second, which must not
        overlap: e.g. the candidates of both directions.  By default both among all units.

    Raises
    ------
    ValueError
        If these overlap, or ``n_draws`` is below 1.
    """
    checks.integer("n_draws", n_draws, low=1)
    rng = checks.generator(seed)
    n_first, n_second = len(found.groups[0]), len(found.groups[2])
    n_both = n_first + n_second
    if among is None:
        drawn = [rng.choice(network.n_units, n_both, replace=False) for _ in range(n_draws)]
    else:
        if shared := set(np.ravel(among[0])) & set(np.ravel(among[1])):
            raise ValueError(f"among must share no unit, got {sorted(map(int, shared))} in both")
        sizes = list(zip(among, (n_first, n_second), strict=True))
        drawn = [
            np.concatenate([rng.choice(units, n, replace=False) for units, n in sizes])
            for _ in range(n_draws)
        ]
    first, second = np.split(np.array(drawn), [n_first], axis=1)
    return ConnectivityNull(found.quantities, _connections(network, first, second)[2])
