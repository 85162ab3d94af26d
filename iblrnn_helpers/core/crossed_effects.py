"""Means over networks that all play the same trials: crossed random effects.

Two things are drawn, networks and trials, and each network plays each trial.  An interval over
networks alone leaves out what the trials have in common; one over blocks of trials alone, that
networks differ.  The variance of the mean over N networks has three parts,

    networks / N  +  trials  +  networks x trials / N,

of which the spread of the values over networks estimates the first and the third, and the spread
of the networks' common error over blocks the second and the third (Searle, Casella & McCulloch,
Variance Components, 1992, chapter 4; two-way random model).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import checks
from .means import Measured, linearised, mean_of_independent, t_quantile


class Estimate(NamedTuple):
    """A value of one network, and the (n_clusters,) parts that blocks have in its error.

    The parts are linearised: to first order the value's error is their sum.
    """

    value: float
    influence: np.ndarray

    def measured(self) -> Measured:
        """The value with its 95% interval over the blocks that bear on it."""
        return linearised(self.value, self.influence[self.influence != 0])

    def minus(self, other: Estimate) -> Estimate:
        """The difference of two estimates of the same trials."""
        return Estimate(self.value - other.value, self.influence - other.influence)


def estimate_mean(
    values: ArrayLike, cluster: np.ndarray, where: np.ndarray | None = None
) -> Estimate:
    """Mean over trials, those of ``where`` if given.

    Parameters
    ----------
    values : (n_trials,) float or bool
    cluster : (n_trials,) int
        The block of each trial, from 0.
    where : (n_trials,) bool, optional

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or no trial remains.
    """
    values = checks.finite_array("values", values, n_axes=1)
    cluster = checks.column("cluster", cluster, values.shape, np.int64, low=0)
    there = np.ones(len(values), dtype=bool) if where is None else np.asarray(where)
    if there.dtype != bool or there.shape != values.shape:
        raise ValueError(f"where must be {values.shape} bool, got {there.dtype} {there.shape}")
    if not there.any():
        raise ValueError("where must leave at least one trial, got none")
    mean = values[there].mean()
    part = np.where(there, values - mean, 0) / np.count_nonzero(there)
    return Estimate(float(mean), np.bincount(cluster, part))


def jackknife(statistic: Callable[[np.ndarray], float], group: np.ndarray) -> Estimate:
    """Any statistic, its parts found by leaving out one group of rows at a time.

    Parameters
    ----------
    statistic : callable
        From a (n_rows,) bool array of the rows to use to a number.
    group : (n_rows,) int
        From 0; e.g. some sessions each, and the same for all networks.

    Raises
    ------
    ValueError
        If there are fewer than two groups.
    """
    return jackknives(lambda used: {"": statistic(used)}, group)[""]


def jackknives(
    measure: Callable[[np.ndarray], Mapping[str, float]], group: np.ndarray
) -> dict[str, Estimate]:
    """:func:`jackknife` for many statistics that are measured at once, by name."""
    group = checks.column("group", group, (np.size(group),), np.int64, low=0, of="row")
    n = int(group.max(initial=-1)) + 1
    if n < 2:
        raise ValueError(f"group must have at least two labels, got {n}")
    whole = measure(np.ones(len(group), dtype=bool))
    parts = [measure(group != g) for g in range(n)]
    found = {}
    for name, value in whole.items():
        without = np.array([part[name] for part in parts])
        found[name] = Estimate(float(value), (n - 1) / n * (without.mean() - without))
    return found


def crossed(found: Sequence[Estimate]) -> Measured:
    """Mean over networks of the same trials, with a 95% interval over networks and trials.

    Parameters
    ----------
    found : sequence of Estimate
        One a network, with parts of the same blocks.

    Returns
    -------
    Measured
        Student's interval with Satterthwaite's degrees of freedom.  Of a single network it is
        over trials alone.

    Raises
    ------
    ValueError
        If there is no network, or they have not the same blocks.
    """
    if not len(found):
        raise ValueError("found must hold at least one network, got none")
    if len({len(one.influence) for one in found}) > 1:
        raise ValueError("found must be of the same blocks of trials, got different ones")
    if len(found) == 1:
        return found[0].measured()
    parts = np.stack([one.influence for one in found])
    parts = parts[:, np.any(parts != 0, axis=0)]
    values, (n_networks, n_blocks) = np.array([one.value for one in found]), parts.shape
    if n_blocks < 2:
        return mean_of_independent(values)
    scale, common = n_blocks / (n_blocks - 1), parts.mean(axis=0)
    interaction = scale * np.sum((parts - common) ** 2) / (n_networks - 1) / n_networks
    networks = values.var(ddof=1) / n_networks
    trials = max(0.0, scale * np.sum(common**2) - interaction)
    variance, mean = networks + trials, float(values.mean())
    if variance == 0:
        return Measured(mean, (mean, mean), "trials and networks")
    freedom = variance**2 / (networks**2 / (n_networks - 1) + trials**2 / (n_blocks - 1))
    reach = float(t_quantile(freedom + 1) * np.sqrt(variance))
    return Measured(mean, (mean - reach, mean + reach), "trials and networks")
