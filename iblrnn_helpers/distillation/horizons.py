"""How far a distilled model keeps to the system: its error after 1, 2, ... steps on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..core import checks
from ..core.means import GroupMeans, group_means, t_quantile
from .closed_form import window_starts
from .model import DistilledModel, as_lengths


@dataclass(frozen=True)
class HorizonErrors:
    """Error by number of steps of free running from a true state.

    Attributes
    ----------
    mse : GroupMeans
        Mean squared distance |z - z^|^2, in units of the states, by "horizon" (1, 2, ...),
        with 95% intervals over sequences; ``n`` counts windows.
    r2 : GroupMeans
        1 - mse / variance of the states, all coordinates together.
    by_sequence : (n_sequences, horizon) float
        Sums of squared distances over the windows of each sequence that has any.
    n_windows : (n_sequences,) int
    """

    mse: GroupMeans
    r2: GroupMeans
    by_sequence: np.ndarray
    n_windows: np.ndarray


def errors_by_horizon(
    model: DistilledModel,
    inputs: np.ndarray,
    states: np.ndarray,
    lengths: Sequence[int] | None = None,
    horizon: int = 20,
) -> HorizonErrors:
    """Set the model out from every true state that has ``horizon`` steps ahead of it.

    All horizons thus have the same windows.  Sequences of ``horizon`` rows or
    fewer have no part.

    Parameters
    ----------
    model : DistilledModel
    inputs : (n_rows, n_inputs) float
    states : (n_rows, M) float
        z after each input, in the units that were fitted.
    lengths : (n_sequences,) int, optional
        Rows of each sequence; one sequence where omitted.
    horizon : int

    Returns
    -------
    HorizonErrors
        Intervals are NaN if fewer than two sequences are long enough.

    Raises
    ------
    ValueError
        If shapes or lengths do not fit, a state is not finite, or all sequences are too short.

    Notes
    -----
    The plain loop::

        for row in rows with horizon more rows in their sequence:
            z = states[row] / scale
            for k in 1, ..., horizon:
                z = model.step(z, inputs[row + k])
                error[k].append(sum((z * scale - states[row + k]) ** 2))
    """
    checks.integer("horizon", horizon, low=1)
    inputs, states = np.asarray(inputs, dtype=float), np.asarray(states, dtype=float)
    if inputs.ndim != 2 or inputs.shape[1] != model.n_inputs:
        raise ValueError(f"inputs must be (n_rows, {model.n_inputs}), got {inputs.shape}")
    if states.shape != (len(inputs), model.n_units):
        raise ValueError(f"states must be {(len(inputs), model.n_units)}, got {states.shape}")
    if not (np.isfinite(inputs).all() and np.isfinite(states).all()):
        raise ValueError("inputs and states must be finite, got NaN or infinity")
    lengths = as_lengths(lengths, len(inputs))
    starts = window_starts(lengths, horizon)
    sequences, code = np.unique(
        np.repeat(np.arange(len(lengths)), lengths)[starts], return_inverse=True
    )
    around = np.square(states - states.mean(axis=0)).sum(axis=1)

    errors = np.empty((len(sequences), horizon))
    spread = np.empty_like(errors)
    z = states[starts] / model.scale
    for k in range(horizon):
        rows = starts + k + 1
        z = model.step(z, inputs[rows])
        distance = np.square(z * model.scale - states[rows]).sum(axis=1)
        errors[:, k] = np.bincount(code, distance)
        spread[:, k] = np.bincount(code, around[rows])
    n_windows = np.bincount(code)
    mse = _ratio(errors, np.repeat(n_windows[:, None], horizon, axis=1), n_windows)
    missed = _ratio(errors, spread, n_windows)
    r2 = replace(missed, mean=1 - missed.mean, low=1 - missed.high, high=1 - missed.low)
    return HorizonErrors(mse, r2, errors, n_windows)


def ratio_by_horizon(errors: HorizonErrors, reference: HorizonErrors) -> GroupMeans:
    """Error of one model over another's, by "horizon", with paired 95% intervals over sequences.

    Parameters
    ----------
    errors, reference : HorizonErrors
        Of the same sequences.

    Returns
    -------
    GroupMeans

    Raises
    ------
    ValueError
        If they are of other sequences or horizons.
    """
    same_shape = errors.by_sequence.shape == reference.by_sequence.shape
    if not (same_shape and np.array_equal(errors.n_windows, reference.n_windows)):
        raise ValueError(
            "errors and reference must be of the same sequences and horizons, got "
            f"{errors.by_sequence.shape} and {reference.by_sequence.shape}, "
            f"{errors.n_windows.sum()} and {reference.n_windows.sum()} windows"
        )
    return _ratio(errors.by_sequence, reference.by_sequence, errors.n_windows)


def _ratio(above: np.ndarray, below: np.ndarray, n_windows: np.ndarray) -> GroupMeans:
    """Ratio of the totals over sequences, by horizon."""
    n_sequences, horizon = above.shape
    axes = {"horizon": (np.arange(1, horizon + 1), np.tile(np.arange(horizon), n_sequences))}
    sequence = np.repeat(np.arange(n_sequences), horizon)
    means = group_means(above.ravel(), axes, sequence, per=below.ravel())
    return replace(means, n=np.full(horizon, n_windows.sum()))


# Intervals of a distilled model's coefficients, by refitting it to resampled sequences.

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
