"""Intervals by resampling: whole blocks of trials, or whole networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from .groups import CONFIDENCE, Measured

N_RESAMPLES = 1000


def block_sums(columns: np.ndarray, block: np.ndarray) -> np.ndarray:
    """(n_blocks, n_columns) float: the sum of each column (n_trials, n_columns) in each block.

    ``block`` is (n_trials,) int, from 0.
    """
    return np.stack([np.bincount(block, column) for column in np.asarray(columns).T], axis=1)


def resampled(
    sums: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    symmetric: bool = False,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
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
        side.  For a statistic that noise in the totals pushes to one side, as it
        pushes the resamples once more.
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
    rng = np.random.default_rng(seed)
    times_drawn = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)
    values = statistic(times_drawn @ sums)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [outside, 1 - outside])
    if symmetric:
        reach = NormalDist().inv_cdf(1 - outside) * values.std(ddof=1)
        low, high = value - reach, value + reach
    return Measured(value, (float(low), float(high)))


def bootstrapped_mean(values: Sequence[float], *, seed: int = 0) -> Measured:
    """Mean over networks, with its 95% percentile interval over networks drawn anew.

    Of n networks there are few different draws if n is small (10 for 3), and the interval
    is too short then: by a factor of about sqrt((n - 1) / n), and more.

    Parameters
    ----------
    values : (n_networks,) float
    seed : int
        Of the draws.
    """
    values = np.asarray(values, dtype=float)
    sums = np.stack([values, np.ones(len(values))], axis=1)
    return resampled(sums, lambda total: total[..., 0] / total[..., 1], seed=seed)
