"""Means with intervals that know that rows of a cluster are not independent.

What is measured within one cluster (a block of trials, a network) shares a cause, so the effective
number of independent rows is smaller than the number of rows.  Intervals are therefore over
clusters: by formula (:func:`group_means`, :func:`mean_of_independent`), or by drawing whole
clusters anew (:func:`resampled`).  Of networks that share their trials see ``crossed_effects``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import checks

CONFIDENCE = 0.95
N_RESAMPLES = 1000
ARRAYS = ("mean", "low", "high", "n")  # of GroupMeans, all of one shape


class Measured(NamedTuple):
    """A number and its 95% interval, where there is one, and what was drawn anew for that.

    ``over`` is made of words such as ``trials`` (of blocks of trials) and ``networks``, joined by
    *and*.
    """

    value: float
    interval: tuple[float, float] | None = None
    over: str | None = None


@dataclass(frozen=True)
class GroupMeans:
    """A mean for each group, its 95% interval and how many trials it rests on.

    Attributes
    ----------
    groups : dict of str to (n_labels,) array
        The axes of the arrays below, in order: name and labels.  Empty for a
        single mean.
    mean : (n_labels of the 1st axis, of the 2nd, ...) float
        NaN where a group is empty.
    low, high : same shape, float
        95% interval over blocks; NaN where fewer than two blocks contribute,
        which leaves the spread between blocks unknown.
    n : same shape, int
        Trials (or steps) in the group.
    """

    groups: dict[str, np.ndarray]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray

    def __post_init__(self):
        shape = tuple(len(labels) for labels in self.groups.values())
        for field in ARRAYS:
            found = np.shape(getattr(self, field))
            if found != shape:
                raise ValueError(f"{field} must have the shape of groups, {shape}, got {found}")

    def at(self, **labels) -> GroupMeans:
        """The groups that carry these labels, e.g. ``at(concordant=True)``.

        Raises
        ------
        ValueError
            If an axis or a label does not exist.
        """
        index = dict.fromkeys(self.groups, slice(None))
        for name, label in labels.items():
            checks.choice("axis", name, self.groups)
            found = np.flatnonzero(self.groups[name] == label)
            if not len(found):
                allowed = ", ".join(map(str, self.groups[name]))
                raise ValueError(f"{name} must be one of {allowed}, got {label!r}")
            index[name] = found[0]
        rest = {name: those for name, those in self.groups.items() if name not in labels}
        places = tuple(index.values())
        return GroupMeans(rest, *(np.asarray(getattr(self, field))[places] for field in ARRAYS))

    def at_least(self, n: int) -> GroupMeans:
        """The same groups, with NaN for those of fewer trials."""
        enough = self.n >= checks.integer("n", n, low=1)
        mean, low, high = (np.where(enough, a, np.nan) for a in (self.mean, self.low, self.high))
        return GroupMeans(self.groups, mean, low, high, self.n)

    def relative_to(self, value: float) -> GroupMeans:
        """The same groups in units of a value; that value's own uncertainty is left out."""
        mean, low, high = (a / value for a in (self.mean, self.low, self.high))
        return GroupMeans(self.groups, mean, low, high, self.n)

    def measured(self) -> Measured:
        """The one mean that there is, with its interval.

        Raises
        ------
        ValueError
            If there are axes left.
        """
        if self.groups:
            raise ValueError(f"means must be one, got those of groups by {', '.join(self.groups)}")
        return Measured(float(self.mean), (float(self.low), float(self.high)), "trials")

    def to_frame(self):
        """One row a group, as a pandas DataFrame: labels, mean, low, high, n."""
        import pandas as pd

        grid = np.meshgrid(*self.groups.values(), indexing="ij") if self.groups else []
        columns = {name: g.ravel() for name, g in zip(self.groups, grid, strict=True)}
        return pd.DataFrame(columns | {field: np.ravel(getattr(self, field)) for field in ARRAYS})


class Quantities:
    """A dataclass of several :class:`GroupMeans`, by quantity."""

    def to_frame(self):
        """One row a group of each quantity, as a pandas DataFrame: ``quantity`` stands first."""
        return tidy(vars(self), "quantity")


def tidy(results: Mapping[Any, Any], by: str):
    """The tables of named results, one below the other, with their names in the column ``by``."""
    import pandas as pd

    tables = {name: result.to_frame() for name, result in results.items()}
    return pd.concat(tables, names=[by]).reset_index(level=by).reset_index(drop=True)


def group_means(
    values: np.ndarray,
    axes: Mapping[str, tuple[np.ndarray, np.ndarray]],
    cluster: np.ndarray,
    *,
    per: np.ndarray | None = None,
    proportion: bool = False,
) -> GroupMeans:
    """Mean of every group of rows, with a 95% interval over clusters.

    Parameters
    ----------
    values : (n_rows,) float or bool
    axes : dict of str to (labels, codes)
        For each axis its (n_labels,) labels and, per row, the (n_rows,) index
        of its label; a row with a negative index on any axis is left out.
    cluster : (n_rows,) int
        Rows of one cluster may depend on each other; clusters may not.  From 0.
    per : (n_rows,) float, optional
        Divide by these instead of by the number of rows: the result is the
        ratio sum(values) / sum(per), e.g. reward per step.
    proportion : bool
        Values lie in [0, 1]: the interval is Wilson's, and stays in [0, 1].

    Returns
    -------
    GroupMeans

    Raises
    ------
    ValueError
        If lengths differ, or a value that is used is NaN.

    Notes
    -----
    The mean m is a ratio of two totals that both vary between clusters.
    Linearised, with e_c the sum of ``values - m * per`` over cluster c, its
    variance is ``C / (C - 1) * sum(e_c ** 2) / sum(per) ** 2`` with C
    clusters (Cochran, *Sampling Techniques*, 1977, section 6.3), and the
    interval is m +- t(C - 1) standard errors.

    Near 0 and 1 that interval is too short and leaves [0, 1].  A proportion
    therefore has Wilson's interval for the number of independent trials that
    would have the same variance, ``m * (1 - m) / variance``, never more than
    the trials there are (after Korn & Graubard 1998, *Survey Methodology*
    24).  If all values of a group are 0, or all are 1, there is no
    variance to go by and its trials count as independent.

    The plain loop, for one group::

        m = sum(values) / sum(per)
        for c in clusters:
            e[c] = sum(value - m * p for value, p in rows_of[c])
        variance = C / (C - 1) * sum(e ** 2) / sum(per) ** 2

    Examples
    --------
    Of two blocks of three trials each, by the stimulus's strength:

    >>> import numpy as np
    >>> import iblrnn_helpers as ibl
    >>> correct = np.array([1, 1, 0, 1, 0, 1])
    >>> strength = (np.array([0.0, 1.0]), np.array([1, 1, 0, 1, 0, 0]))
    >>> block = np.array([0, 0, 0, 1, 1, 1])
    >>> result = ibl.group_means(correct, {"strength": strength}, block, proportion=True)
    >>> result.mean.round(3), result.n
    (array([0.333, 1.   ]), array([3, 3]))
    """
    values = checks.unmasked("values", values).astype(float)
    n_rows = (np.size(values),)
    if values.shape != n_rows:
        raise ValueError(f"values must be a vector, got shape {values.shape}")
    cluster = checks.column("cluster", cluster, n_rows, np.int64, low=0, of="row")
    per = checks.column("per", np.ones(n_rows) if per is None else per, n_rows, float, of="row")
    shape = tuple(len(labels) for labels, _ in axes.values())
    n_groups = int(np.prod(shape, dtype=int))

    group = np.zeros(len(values), dtype=np.int64)
    keep = np.ones(len(values), dtype=bool)
    for name, (labels, codes) in axes.items():
        most = len(labels) - 1
        codes = checks.column(f"codes of {name}", codes, n_rows, np.int64, high=most, of="row")
        keep &= codes >= 0
        group = group * len(labels) + codes
    values, per, cluster, group = values[keep], per[keep], cluster[keep], group[keep]
    if np.isnan(values).any():
        raise ValueError("values must not hold NaN in the rows that are used")
    if proportion and len(values) and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"values of a proportion must lie in [0, 1], got {values.min()} to {values.max()}"
        )

    n = np.bincount(group, minlength=n_groups)
    amount = np.bincount(group, per, minlength=n_groups)
    total = np.bincount(group, values, minlength=n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / amount
        residual = values - mean[group] * per
        n_clusters, squares = _cluster_residuals(residual, group, cluster, n_groups)
        variance = n_clusters / (n_clusters - 1) * squares / amount**2
        low, high = _interval(mean, variance, n, n_clusters, proportion)
    unknown = n_clusters < 2
    low[unknown] = np.nan
    high[unknown] = np.nan

    names = {name: np.asarray(labels) for name, (labels, _) in axes.items()}
    return GroupMeans(names, *(a.reshape(shape) for a in (mean, low, high, n)))


def _cluster_residuals(residual, group, cluster, n_groups):
    """Clusters in each group, and the sum of their squared residual totals."""
    width = int(cluster.max()) + 1 if len(cluster) else 1
    pair, which = np.unique(group * width + cluster, return_inverse=True)
    totals = np.bincount(which, residual, minlength=len(pair))
    pair_group = pair // width
    n_clusters = np.bincount(pair_group, minlength=n_groups)
    return n_clusters, np.bincount(pair_group, totals**2, minlength=n_groups)


def _interval(mean, variance, n, n_clusters, proportion):
    t = t_quantile(n_clusters)
    if not proportion:
        half = t * np.sqrt(variance)
        return mean - half, mean + half
    spread = np.clip(mean * (1 - mean), 0, None)  # rounding may take it below 0
    independent = np.where(spread > 0, np.minimum(spread / variance, n), n)
    centre = (mean + t**2 / (2 * independent)) / (1 + t**2 / independent)
    half = np.sqrt(spread / independent + t**2 / (4 * independent**2)) * t
    half = half / (1 + t**2 / independent)
    # Wilson's interval holds the mean and stays in [0, 1]; keep rounding from breaking that.
    low = np.clip(np.minimum(centre - half, mean), 0, 1)
    return low, np.clip(np.maximum(centre + half, mean), 0, 1)


def t_quantile(n_clusters):
    """Half the width of a 95% interval over so many clusters, at least 2, in standard errors."""
    from scipy.special import stdtrit

    return stdtrit(np.maximum(n_clusters - 1, 1), 0.5 + CONFIDENCE / 2)


def plus_minus(mean: float, low: float, high: float, n_digits: int = 3) -> str:
    """A mean and half the width of its interval, for tables; the mean alone if that is not finite.

    Examples
    --------
    >>> plus_minus(0.845, 0.8411, 0.8488)
    '0.845 ± 0.004'
    """
    half = (high - low) / 2
    return f"{mean:.{n_digits}f}" + (f" ± {half:.{n_digits}f}" if np.isfinite(half) else "")


def mean_of_independent(values: ArrayLike, *, over: str = "networks") -> Measured:
    """Mean of values that do not depend on each other, with Student's 95% interval.

    Parameters
    ----------
    values : (n,) float
        E.g. of each network one, each on trials of its own; of networks that share their trials
        see :func:`.crossed`.  No interval for a single one, which leaves the spread unknown.
    over : str
        What they are of.

    Raises
    ------
    ValueError
        If there are none.
    """
    values = np.asarray(values, dtype=float)
    if not len(values):
        raise ValueError("values must be at least one, got none")
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return Measured(mean)
    reach = float(t_quantile(n) * values.std(ddof=1) / np.sqrt(n))
    return Measured(mean, (mean - reach, mean + reach), over)


def linearised(value: float, influence: np.ndarray, *, over: str = "trials") -> Measured:
    """A value with its 95% interval from the (n_clusters,) influence of each cluster on it."""
    n, value = len(influence), float(value)
    if n < 2:
        return Measured(value)
    reach = float(t_quantile(n) * np.sqrt(n / (n - 1) * np.sum(influence**2)))
    return Measured(value, (value - reach, value + reach), over)


def block_sums(columns: np.ndarray, block: np.ndarray) -> np.ndarray:
    """(n_blocks, n_columns) float: the sum of each column (n_trials, n_columns) in each block.

    ``block`` is (n_trials,) int, from 0.
    """
    return np.stack([np.bincount(block, column) for column in np.asarray(columns).T], axis=1)


def times_drawn(n_clusters: int, n_resamples: int, seed) -> np.ndarray:
    """(n_resamples, n_clusters) float: how often a bootstrap draws each cluster; read-only.

    Of an int seed, the last few draws of up to 2 million numbers (16 MB) each are remembered.
    """
    whole = isinstance(seed, int | np.integer)
    drawn = _drawn if whole and n_clusters * n_resamples <= 2_000_000 else _drawn.__wrapped__
    return drawn(n_clusters, n_resamples, checks.seed("seed", seed) if whole else seed)


@functools.lru_cache(maxsize=4)
def _drawn(n_clusters: int, n_resamples: int, seed) -> np.ndarray:
    rng, even = checks.generator(seed), np.full(n_clusters, 1 / n_clusters)
    drawn = rng.multinomial(n_clusters, even, size=n_resamples).astype(float)
    drawn.setflags(write=False)
    return drawn


def resampled(
    sums: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    symmetric: bool = False,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    over: str = "trials",
) -> Measured:
    """A statistic and its 95% bootstrap interval over blocks.

    Parameters
    ----------
    sums : (n_blocks, n_columns) float
        Of :func:`block_sums`.
    statistic : callable
        From totals (..., n_columns) to values (...).
    symmetric : bool
        Centre the interval on the value: 1.96 standard deviations of the resamples to either
        side.  For a statistic that noise in the totals pushes to one side, as it does resamples.
    n_resamples, seed : int

    Returns
    -------
    Measured
        The value of the totals of all blocks; the interval from the 2.5th to the 97.5th
        percentile over resamples of the blocks with replacement (unless ``symmetric``).  No
        interval if there are fewer than two blocks, which leaves the spread between blocks
        unknown.

    Notes
    -----
    The plain loop::

        for _ in range(n_resamples):
            drawn = rng.integers(n_blocks, size=n_blocks)
            values.append(statistic(sums[drawn].sum(axis=0)))
    """
    n_blocks = len(sums)
    value = float(statistic(sums.sum(axis=0)))
    if n_blocks < 2:
        return Measured(value)
    values = statistic(times_drawn(n_blocks, n_resamples, seed) @ sums)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [outside, 1 - outside])
    if symmetric:
        reach = NormalDist().inv_cdf(1 - outside) * values.std(ddof=1)
        low, high = value - reach, value + reach
    return Measured(value, (float(low), float(high)), over)
