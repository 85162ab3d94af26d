"""How kick units and the populations that feed them are connected, against units taken at random.

Kick units of two directions should excite their own group and inhibit the other.  Each group is
fed by a population, chosen by the sign of its weights onto the kick units; so these signs are no
finding, and what is tested is the weights within and between the populations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..network import HmmRnn, Run

POPULATION = 35  # units of a population, as in the paper, of SIZE units
SIZE = 150
QUANTITIES = {
    "kick units, within": 1,
    "kick units, between": -1,
    "populations, within": 1,
    "populations, between": -1,
    "correlation of weights onto both": -1,
}  # each with the sign that it is claimed to have


def scaled(n_units_of_150: int, network: HmmRnn) -> int:
    """As many units of this network as the number is of the paper's 150, at least 1."""
    return max(1, round(n_units_of_150 * network.n_units / SIZE))


_SAME_SIDE = np.equal.outer([0, 0, 1, 1], [0, 0, 1, 1])
_SAME_KIND = np.equal.outer([0, 1, 0, 1], [0, 1, 0, 1])


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
        """Of the 8 blocks whose sign the choice does not give: among kick units, and among
        populations."""
        right = np.sign(self.blocks) == np.where(_SAME_SIDE, 1, -1)
        return int(right[_SAME_KIND].sum())


def connectivity(network: HmmRnn, first: Sequence[int], second: Sequence[int]) -> Connectivity:
    """Mean weights among two groups of units and the populations that feed them.

    Parameters
    ----------
    network : HmmRnn
    first, second : (n_group,) int
        Two groups without common units, two units or more each, e.g. the kick units of either
        direction.

    Returns
    -------
    Connectivity

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
    onto = np.stack([network.w_rec[first].mean(axis=0), network.w_rec[second].mean(axis=0)])
    others = np.setdiff1d(np.arange(network.n_units), both)
    size = min(scaled(POPULATION, network), len(others) // 2)
    opposed = others[np.argsort(onto[0, others] * onto[1, others], kind="stable")[: 2 * size]]
    opposed = opposed[np.argsort(-onto[0, opposed], kind="stable")]
    groups = (first, opposed[:size], second, opposed[size:])
    member = np.stack([np.isin(np.arange(network.n_units), units) for units in groups]).astype(
        float
    )
    n_weights = np.outer(member.sum(axis=1), member.sum(axis=1)) - np.diag(member.sum(axis=1))
    others_only = network.w_rec * ~np.eye(network.n_units, dtype=bool)
    blocks = member @ others_only @ member.T / n_weights
    same, other = ((0, 0), (2, 2)), ((0, 2), (2, 0))
    means = [
        np.mean([blocks[i + shift, j + shift] for i, j in where])
        for shift in (0, 1)
        for where in (same, other)
    ]
    correlation = np.corrcoef(onto[:, others])[0, 1]
    return Connectivity(groups, blocks, np.array([*means, correlation]))


def group_activity(run: Run, found: Connectivity) -> np.ndarray:
    """(n_sequences, n_steps, 4) float: mean activity of each group of units."""
    return np.stack([run.states[..., units].mean(axis=-1) for units in found.groups], axis=-1)


def opposition(run: Run, found: Connectivity) -> tuple[float, float]:
    """Pearson's r, over all steps, of the mean activities of the two groups of kick units, and of
    the two populations."""
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
        sign = np.array(list(QUANTITIES.values()))
        as_extreme = (self.drawn * sign >= self.found * sign).sum(axis=0)
        return (1 + as_extreme) / (1 + len(self.drawn))


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
    network : HmmRnn
    found : Connectivity
        Of the kick units.
    among : (units, units), optional
        Draw the first group among the first of these, the second among the second, which must not
        overlap: e.g. the candidates of both directions.  By default both among all units.
    n_draws, seed : int

    Returns
    -------
    ConnectivityNull
    """
    checks.integer("n_draws", n_draws, low=1)
    rng = np.random.default_rng(seed)
    n_first, n_second = len(found.groups[0]), len(found.groups[2])
    drawn = []
    for _ in range(n_draws):
        if among is None:
            units = rng.choice(network.n_units, n_first + n_second, replace=False)
            groups = units[:n_first], units[n_first:]
        else:
            groups = (
                rng.choice(among[0], n_first, replace=False),
                rng.choice(among[1], n_second, replace=False),
            )
        drawn.append(connectivity(network, *groups).quantities)
    return ConnectivityNull(found.quantities, np.array(drawn))
