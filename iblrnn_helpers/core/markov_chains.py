"""Markov chains: are they what they should be, and where do they spend their time?"""

from __future__ import annotations

import reprlib

import numpy as np

from .checks import ROUNDING, read_only, unmasked

LEAST = 1e-12  # less than that beside 1 is rounded: by a ten-thousandth in 1e-12, and all of 1e-17
_EXACT = 1e-12  # rows that add up to 1 as well as this stay as they are, to the bit


def check_transitions(field: str, matrix) -> np.ndarray:
    """A chain's transition matrix, or a plain error.

    Parameters
    ----------
    field : str
        How the error calls it.
    matrix : (n, n) array_like
        Row x holds the probabilities of the next state after x.

    Returns
    -------
    (n, n) float
        A read-only copy whose rows add up to 1 exactly, up to rounding.

    Raises
    ------
    ValueError
        Not square, a probability outside [0, 1], a row that does not add up to 1, or states that
        cannot be reached from each other.
    """
    matrix = as_table(field, matrix)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{field} must be a square matrix, got shape {matrix.shape}")
    matrix = check_rows(field, matrix)
    check_reachable(field, matrix >= LEAST)
    return read_only(matrix / matrix.sum(axis=1, keepdims=True))


def as_table(field: str, values) -> np.ndarray:
    """A copy of numbers in rows and columns, (n_rows, n_columns) float, neither of them 0.

    Raises
    ------
    ValueError
        If they are not that.
    """
    try:
        given = unmasked(field, values)
        if given.dtype.kind in "cmM":
            raise TypeError(f"{given.dtype}")
        table = np.array(given, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{field} must be made of numbers, with rows of equal length, got "
            f"{reprlib.repr(values)}"
        ) from error
    if table.ndim != 2 or not table.size:
        raise ValueError(f"{field} must be a table of numbers, got shape {table.shape}")
    return table


def check_rows(field: str, rows: np.ndarray) -> np.ndarray:
    """Rows that are probability distributions, up to the rounding of 32-bit or printed numbers.

    Parameters
    ----------
    field : str
        How the error calls them.
    rows : (..., n) float

    Returns
    -------
    (..., n) float
        With rows that add up to 1.

    Raises
    ------
    ValueError
        A probability outside [0, 1], or a row that does not add up to 1.
    """
    bad = ~np.isfinite(rows) | (rows < -ROUNDING)
    if bad.any():
        raise ValueError(f"{field} must hold probabilities from 0 to 1, got {float(rows[bad][0])}")
    with np.errstate(over="ignore"):  # numbers may be as large as they like; none is a share
        sums = rows.sum(axis=-1)
    worst = np.unravel_index(np.argmax(np.abs(sums - 1)), sums.shape)
    if abs(sums[worst] - 1) > 1.001 * ROUNDING:  # three times 0.333333 is on the edge
        row = f"row {', '.join(str(int(k)) for k in worst)} has {sums[worst]:.10g}"
        raise ValueError(f"{field}: each row must add up to 1, but {row}")
    if rows.min() >= 0 and abs(sums[worst] - 1) <= _EXACT:
        return rows
    rows = np.maximum(rows, 0)
    return rows / rows.sum(axis=-1, keepdims=True)


def check_reachable(field: str, moves) -> None:
    """Raise a ValueError unless every state can be reached from every other.

    Parameters
    ----------
    field : str
        How the error calls it.
    moves : (n, n) bool, dense or sparse
        Where a transition is possible.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n_parts, part = connected_components(csr_array(moves), connection="strong")
    if n_parts > 1:
        outside = np.flatnonzero(part != np.bincount(part).argmax())
        some = ", ".join(map(str, outside[:5])) + (", …" if len(outside) > 5 else "")
        raise ValueError(
            f"{field}: every state must be reachable from every other, but {len(outside)} "
            f"(number {some}) cannot be reached from the rest or never return (probabilities below "
            f"{LEAST:g} count as 0); remove them"
        )


def stationary_distribution(matrix: np.ndarray) -> np.ndarray:
    """Share of time that an irreducible chain spends in each state, (n,) float."""
    n = len(matrix)
    # p (I - M) = 0 with one of its equations, which are one too many, replaced by sum(p) = 1.
    equations = (np.eye(n) - matrix).T
    equations[0] = 1
    return np.linalg.solve(equations, np.eye(n)[0])
