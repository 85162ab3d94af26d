"""Intervals of a distilled model's coefficients, by refitting it to resampled sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..analysis.groups import t_quantile

N_CHUNKS = 20


class Interval(NamedTuple):
    """95% interval of an array of coefficients: two arrays of its shape."""

    low: np.ndarray
    high: np.ndarray


class Intervals(NamedTuple):
    """Of A', B' and c'."""

    recurrent: Interval
    inputs: Interval
    offset: Interval


def clusters(lengths: np.ndarray) -> np.ndarray:
    """(n_rows,) int: the sequence of each row; of a single sequence, one of 20 equal chunks.

    Rows of a cluster may depend on each other; clusters are treated as if they did not, which
    for chunks of one sequence holds the better the longer they are.
    """
    if len(lengths) > 1:
        return np.repeat(np.arange(len(lengths)), lengths)
    n_rows = int(lengths[0])
    return np.arange(n_rows) * min(N_CHUNKS, n_rows) // n_rows


def bootstrap(
    coefficients: np.ndarray,
    refit: Callable[[np.ndarray], np.ndarray],
    *,
    n_clusters: int,
    n_resamples: int,
    seed: int,
) -> Intervals:
    """Refit to clusters drawn with replacement.

    Parameters
    ----------
    coefficients : (M + n_inputs + 1, M) float
        Of the fit to all data; A', B' and c', transposed and stacked.
    refit : callable
        From how often each cluster counts, (n_clusters,) int, to coefficients.
    n_clusters, n_resamples, seed : int

    Returns
    -------
    Intervals
        Coefficient +- t(n_clusters - 1) standard errors.

    Notes
    -----
    Percentiles of resamples are too narrow where clusters are few.  So only the standard error
    comes from the resamples, made larger by sqrt(C / (C - 1)) for C clusters, as
    deviations are taken from a mean that was fitted to the same clusters.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=n_resamples)
    spread = np.std([refit(times) for times in drawn], axis=0, ddof=1)
    reach = t_quantile(n_clusters) * np.sqrt(n_clusters / (n_clusters - 1)) * spread
    n_units = coefficients.shape[1]
    edges = [n_units, len(coefficients) - 1]
    low = np.split(coefficients - reach, edges)
    high = np.split(coefficients + reach, edges)
    recurrent, inputs, offset = (Interval(a.T, b.T) for a, b in zip(low, high, strict=True))
    return Intervals(recurrent, inputs, Interval(offset.low[:, 0], offset.high[:, 0]))
