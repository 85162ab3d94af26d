"""What is said of many recordings of one network: medians, how means go, how many samples it takes.

Recordings are independent; what is found from a longer beginning of one is not independent of what
is found from a shorter one, so steps from length to length are taken within recordings.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from ...core import checks
from ...core.means import CONFIDENCE, Measured, mean_of_independent
from ..hypercube import as_floats

OVER = "recordings"


def median_of_recordings(values: ArrayLike) -> Measured:
    """Median with an interval between two of the values, which holds whatever their law is.

    Parameters
    ----------
    values : (n_recordings,) float

    Returns
    -------
    Measured
        The interval is the shortest one between the k-th lowest and the k-th highest value that
        covers the median with a probability of 95% or more; None of fewer than six values, whose
        lowest and highest do not.

    Raises
    ------
    ValueError
        If there are none, or one is not finite.
    """
    values = np.sort(_finite(values))
    n = len(values)
    outside = (1 - CONFIDENCE) / 2
    n_left_out = int(binom.ppf(outside, n, 0.5))  # P(fewer of them below the median) < outside
    if binom.cdf(n_left_out, n, 0.5) > outside:
        n_left_out -= 1
    median = float(np.median(values))
    if n_left_out < 0:
        return Measured(median)
    return Measured(median, (float(values[n_left_out]), float(values[-1 - n_left_out])), OVER)


def least_step(values: Mapping[int, ArrayLike]) -> Measured:
    """The least change of the mean over recordings from one length to the next longer one.

    Parameters
    ----------
    values : dict of length to (n_recordings,) float
        In the order of the recordings; of a length with fewer, the first ones.

    Returns
    -------
    Measured
        Of the step whose interval reaches lowest: mean change within recordings.

    Raises
    ------
    ValueError
        Fewer than two lengths; otherwise as :func:`median_of_recordings`.
    """
    lengths = sorted(values)
    if len(lengths) < 2:
        raise ValueError(f"values must be of two lengths or more, got {lengths}")
    steps = []
    for shorter, longer in pairwise(lengths):
        one, other = _finite(values[shorter]), _finite(values[longer])
        both = min(len(one), len(other))
        change = other[:both] - one[:both]
        steps.append(mean_of_independent(change, over=OVER))
    return min(steps, key=lambda step: step.interval[0] if step.interval else step.value)


def samples_needed(errors: Mapping[int, ArrayLike], reference: float) -> float:
    """Fewest samples from which on mean errors, with their intervals, are below a reference.

    Parameters
    ----------
    errors : dict of length to (n_recordings,) float
    reference : float

    Returns
    -------
    float
        One of the lengths; infinite if the longest recordings do not do.

    Raises
    ------
    ValueError
        As :func:`median_of_recordings`.
    """
    checks.number("reference", reference)
    enough = np.inf
    for length in sorted(errors, reverse=True):
        found = mean_of_independent(_finite(errors[length]), over=OVER)
        if max((found.value, *(found.interval or ()))) >= reference:
            break
        enough = length
    return float(enough)


def _finite(values: ArrayLike) -> np.ndarray:
    array = as_floats("values", values)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"values must be at least one, (n,), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("values must be finite, got NaN or infinity")
    return array
