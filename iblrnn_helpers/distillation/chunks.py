"""Sums over all rows, some rows at a time: a fit then needs little beside its data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

CHUNK = 2**16  # rows


def rows_with_past(lengths: np.ndarray, n_before: int = 1) -> Iterator[np.ndarray]:
    """Rows that have so many before them in their sequence, `CHUNK` or fewer at a time."""
    ends = np.cumsum(lengths)
    for start in range(0, int(ends[-1]), CHUNK):
        rows = np.arange(start, min(start + CHUNK, ends[-1]))
        first = (ends - lengths)[np.searchsorted(ends, rows, side="right")]
        yield rows[rows - first >= n_before]


def drive_of(states: np.ndarray, activation: str) -> np.ndarray:
    """f^-1 of states; of a ReLU's, that of those above 0."""
    return np.arctanh(states) if activation == "tanh" else states


def largest(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """The largest |value|, without a copy."""
    return np.maximum(values.max(axis), -values.min(axis))


def add_products(sums: np.ndarray, group: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    """Add ``left.T @ right`` of each group's rows to ``sums`` (n_groups, k, m), in place.

    ``group`` (n_rows,) never falls.
    """
    ends = np.flatnonzero(np.diff(group)) + 1
    for a, b in pairwise([0, *ends, len(group)] if len(group) else []):
        sums[group[a]] += left[a:b].T @ right[a:b]
