"""A', B' and c' by least squares: f is inverted, and the past is the true one (teacher forcing).

Sums are kept by clusters of rows (sequences), so that a refit to resampled clusters, for the
intervals of a fit, only weighs them anew.

Source: Schaeffer et al. 2020, section 3.3.2; the released code solves it this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core.means import t_quantile, times_drawn
from .chunks import add_products, drive_of, largest, rows_with_past
from .model import DistilledModel

# Columns of unit variance are combined into uncorrelated directions. With the misfit of a
# distilled network, R2 = 0.99, and 10^5 rows, a direction that varies 1000 times less than the
# largest would get a coefficient with a standard error of 0.3: the data say nothing about it.
CONDITION_LIMIT = 1000.0
N_CHUNKS = 20
Chunks = Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]  # columns, drive and cluster


class UnidentifiedWarning(UserWarning):
    """The data do not determine some of the coefficients."""


@dataclass(frozen=True)
class NormalEquations:
    """All that least squares needs to know of some units, added up over each cluster of rows.

    Columns are [z_{t-1}, o_t, 1], in units of their standard deviation and from their mean.

    Attributes
    ----------
    units : (k,) int
        The units that share these rows.
    to_raw : (n_columns, n_columns) float
        From coefficients of these columns to those of the columns as they came.
    gram : (n_clusters, n_columns, n_columns) float
        Sums of products of columns.
    cross : (n_clusters, n_columns, k) float
        Sums of products of columns with f^-1(z_t).
    n_rows : (n_clusters,) int
    """

    units: np.ndarray
    to_raw: np.ndarray
    gram: np.ndarray
    cross: np.ndarray
    n_rows: np.ndarray

    def spectrum(self, times: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Variance along the uncorrelated directions of the columns, falling, and the directions.

        Parameters
        ----------
        times : (n_clusters,) int, optional
            How often each cluster counts; once where omitted.

        Returns
        -------
        variance : (n_columns,) float
        directions : (n_columns, n_columns) float
            In columns.
        """
        variance, directions = np.linalg.eigh(self._mean(self.gram, times))
        return np.clip(variance[::-1], 0, None), directions[:, ::-1]

    def basis(self, times: np.ndarray | None = None) -> np.ndarray:
        """(n_columns, n_identified) float: coefficients of uncorrelated regressors of variance 1.

        Directions beyond :data:`CONDITION_LIMIT` are left out.
        """
        variance, directions = self.spectrum(times)
        kept = variance * CONDITION_LIMIT**2 > variance[0]
        return self.to_raw @ (directions[:, kept] / np.sqrt(variance[kept]))

    def solve(self, times: np.ndarray | None = None) -> np.ndarray:
        """(n_columns, k) float: coefficients; the smallest that fit where many fit alike."""
        basis = self.basis(times)
        # As the regressors of the basis are orthonormal, their coefficients are inner products.
        return basis @ (np.linalg.solve(self.to_raw, basis).T @ self._mean(self.cross, times))

    def _mean(self, sums: np.ndarray, times: np.ndarray | None) -> np.ndarray:
        """Over rows.  A resample may hold none of a ReLU that is rarely on: then 0."""
        times = np.ones(len(self.n_rows)) if times is None else times
        return np.tensordot(times, sums, 1) / max(times @ self.n_rows, 1)


def normal_equations(
    states: np.ndarray,
    inputs: np.ndarray,
    lengths: np.ndarray,
    activation: str,
) -> list[NormalEquations]:
    """Sums over the rows that have a row before them in their sequence.

    Parameters
    ----------
    states : (n_rows, M) float
        z_t, in the model's coordinates.
    inputs : (n_rows, n_inputs) float
    lengths : (n_sequences,) int
    activation : {"tanh", "identity", "relu"}

    Returns
    -------
    list of NormalEquations
        One for all units.  Of ReLU units one for each: z = 0 only tells that the drive was
        not positive, so a unit's rows are those with z > 0.  There the drive *is* z, and
        leaving out the others is exact for data without noise; with noise, it favours rows
        whose noise was positive.

    Raises
    ------
    ValueError
        If a state is beyond the range of f, or no row remains.
    """
    if activation == "tanh" and not (found := largest(states)) < 1:
        raise ValueError(
            f"scale is too small: a tanh unit stays below 1, but |y| / scale reaches {found:.6g}"
        )
    if activation == "relu" and (lowest := states.min()) < 0:
        raise ValueError(f"y must not be negative for a relu, got {lowest:.6g} in units of scale")
    units = np.arange(states.shape[1])

    def equations(units: np.ndarray) -> NormalEquations:
        def chunks() -> Chunks:
            for rows in rows_with_past(lengths):
                if activation == "relu":
                    rows = rows[states[rows, units[0]] > 0]
                columns = np.column_stack([states[rows - 1], inputs[rows]])
                drive = drive_of(states[rows], activation)[:, units]
                yield columns, drive, clusters(rows, lengths)

        return _equations(units, chunks, n_clusters(lengths))

    return [equations(some) for some in (units[:, None] if activation == "relu" else [units])]


def solve(equations: Sequence[NormalEquations], times: np.ndarray | None = None) -> np.ndarray:
    """(M + n_inputs + 1, M) float: A', B' and c', transposed and stacked.

    ``times`` is as in :meth:`NormalEquations.spectrum`.
    """
    n_units = sum(len(part.units) for part in equations)
    coefficients = np.empty((len(equations[0].to_raw), n_units))
    for part in equations:
        coefficients[:, part.units] = part.solve(times)
    return coefficients


def as_model(coefficients: np.ndarray, activation: str, scale: float) -> DistilledModel:
    """The model of stacked coefficients."""
    return DistilledModel(*_unstacked(coefficients), activation, scale)


def condition(equations: Sequence[NormalEquations]) -> float:
    """Condition number of the standardised columns, the largest over units."""
    spectra = [part.spectrum()[0] for part in equations]
    return max(float(np.sqrt(s[0] / s[-1])) if s[-1] > 0 else np.inf for s in spectra)


def unidentified(equations: Sequence[NormalEquations], n_units: int) -> Iterator[str]:
    """A sentence for each group of columns whose coefficients the data do not determine.

    Columns and units count from 1.
    """
    names = [f"z{k + 1}" for k in range(n_units)]
    names += [f"input {k + 1}" for k in range(len(equations[0].to_raw) - 1 - n_units)]
    for part in equations:
        where = f" where z{part.units[0] + 1} > 0" if len(part.units) < n_units else ""
        n_rows, n_columns = int(part.n_rows.sum()), len(part.to_raw)
        if n_rows < n_columns:
            yield (
                f"{n_columns} coefficients of each unit cannot be told from {n_rows} rows{where}: "
                "the smallest that fit are given"
            )
            continue
        for *others, last in _lost_groups(part):
            if not others:
                yield f"{names[last]} never changes{where}: its coefficients are set to 0"
                continue
            yield (
                f"{', '.join(names[k] for k in others)} and {names[last]} move together{where}: "
                "their coefficients cannot be told apart, and the smallest that fit are given"
            )


def _lost_groups(part: NormalEquations) -> list[list[int]]:
    """Groups of columns that only matter together: one alone never changes."""
    from scipy.sparse.csgraph import connected_components

    variance, directions = part.spectrum()
    lost = directions[:, variance * CONDITION_LIMIT**2 <= variance[0]]
    # Entry [i, j] of the projector on what is lost: how much i can be traded for j.
    traded = np.abs(lost @ lost.T) > 0.01
    _, group = connected_components(traded, directed=False)
    columns = np.flatnonzero(np.diag(traded))
    return [list(columns[group[columns] == g]) for g in np.unique(group[columns])]


def _equations(units: np.ndarray, chunks: Callable[[], Chunks], n_clusters: int) -> NormalEquations:
    total, extent, n_rows = 0.0, 0.0, np.zeros(n_clusters, dtype=int)
    for columns, _, cluster in chunks():
        if len(columns):
            total, extent = total + columns.sum(axis=0), np.maximum(extent, largest(columns, 0))
            n_rows += np.bincount(cluster, minlength=n_clusters)
    if not n_rows.any():
        raise ValueError(
            "no row remains to fit: a row counts if it is not the first of its sequence and, for "
            "a relu unit, its state is above 0"
        )
    mean = total / n_rows.sum()
    gram = np.zeros((n_clusters, len(mean) + 1, len(mean) + 1))
    cross = np.zeros((*gram.shape[:2], len(units)))
    for columns, drive, cluster in chunks():
        centred = np.column_stack([columns - mean, np.ones(len(columns))])
        add_products(gram, cluster, centred, centred)
        add_products(cross, cluster, centred, drive)

    spread = np.sqrt(gram.sum(axis=0).diagonal()[:-1] / n_rows.sum())
    still = spread <= 1e-12 * extent  # rounding of a constant
    per = np.append(np.where(still, 0.0, 1 / np.where(still, 1.0, spread)), 1.0)
    to_raw = np.diag(np.where(per, per, 1.0))
    to_raw[-1, :-1] = -mean * per[:-1]
    return NormalEquations(units, to_raw, gram * np.outer(per, per), cross * per[:, None], n_rows)


class Interval(NamedTuple):
    """95% interval of an array of coefficients: two arrays of its shape."""

    low: np.ndarray
    high: np.ndarray


class Intervals(NamedTuple):
    """Of A', B' and c'."""

    recurrent: Interval
    inputs: Interval
    offset: Interval


def clusters(rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(n,) int: the sequence of each of some rows (n,); of a single one, one of 20 equal chunks.

    Rows of a cluster may depend on each other; clusters are treated as if they did not, which
    for chunks of one sequence holds the better the longer they are.
    """
    if len(lengths) > 1:
        return np.searchsorted(np.cumsum(lengths), rows, side="right")
    return rows * n_clusters(lengths) // lengths[0]


def n_clusters(lengths: np.ndarray) -> int:
    """How many :func:`clusters` there are."""
    return len(lengths) if len(lengths) > 1 else min(N_CHUNKS, int(lengths[0]))


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

    Notes
    -----
    Percentiles of resamples are too narrow where clusters are few.  So only the standard error
    comes from the resamples, made larger by sqrt(C / (C - 1)) for C clusters, as deviations are
    taken from a mean that was fitted to the same clusters; t(C - 1) of them reach to the ends.
    """
    drawn = times_drawn(n_clusters, n_resamples, seed)
    spread = np.std([refit(times) for times in drawn], axis=0, ddof=1)
    reach = t_quantile(n_clusters) * np.sqrt(n_clusters / (n_clusters - 1)) * spread
    return Intervals(
        *map(Interval, _unstacked(coefficients - reach), _unstacked(coefficients + reach))
    )


def _unstacked(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A', B' and c'."""
    n_units = coefficients.shape[1]
    recurrent, inputs, offset = np.split(coefficients, [n_units, len(coefficients) - 1])
    return recurrent.T, inputs.T, offset[0]
