"""The forms in which sequences come: rows with lengths or groups, 3-D arrays, lists, tables."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import checks
from .model import as_lengths


class GapWarning(UserWarning):
    """Rows are missing within a sequence: their neighbours are taken as successive steps."""


@dataclass(frozen=True)
class Rows:
    """Sequences one after the other.

    Attributes
    ----------
    inputs : (n_rows, n_inputs) array_like
    states : (n_rows, M) or (n_rows,) array_like, or None
    lengths, groups : array_like, optional
        That were given, or follow from the form.
    index : pandas.Index, optional
        Of a table, X or y.
    nested : bool
        Whether they came as an array or a list of sequences.
    stacked : bool
        Whether as an array.
    """

    inputs: Any
    states: Any
    lengths: Any = None
    groups: Any = None
    index: Any = None
    nested: bool = False
    stacked: bool = False

    @property
    def told(self) -> bool:
        """Whether anything said where one sequence ends."""
        return not (self.lengths is None and self.groups is None)

    def lengths_of(self, n_rows: int) -> np.ndarray:
        """(n_sequences,) int: rows of each sequence.

        Raises
        ------
        ValueError
            If they do not fit, a group's rows are apart, or a table's index goes back.
        """
        if self.groups is not None:
            found = lengths_of(self.groups, n_rows)
        else:
            found = as_lengths(self.lengths, n_rows)
        if self.index is not None:
            _check_order(self.index, found)
        return found

    def back(self, rows: np.ndarray) -> np.ndarray | list[np.ndarray]:
        """Rows in the form in which the sequences came."""
        if not self.nested:
            return rows
        parts = np.split(rows, np.cumsum(self.lengths)[:-1])
        return np.stack(parts) if self.stacked else parts


def as_rows(X, y=None, lengths=None, groups=None) -> Rows:
    """Sequences in any form, as rows.

    Parameters
    ----------
    X : array_like, list or None
        Inputs: rows (n_rows, n_inputs); (n_sequences, n_time, n_inputs); or a list of
        (n_time, n_inputs), as long as each is.  None for a system without inputs, with ``y``.
    y : array_like or list, optional
        States in the same form.
    lengths : (n_sequences,) int, optional
        Of rows.
    groups : (n_rows,) array_like, optional
        Instead: the sequence of each row, each in one stretch.

    Raises
    ------
    ValueError
        If forms or two tables' indices differ, or sequences' ends are given twice.
    """
    form = y if X is None else X
    if form is None:
        raise ValueError("X must be given where there is no y to say how many rows there are")
    if _is_nested(form):
        if lengths is not None or groups is not None:
            raise ValueError("lengths and groups are of rows: whole sequences have their own")
        return _from_nested(X, y)
    if X is not None and _is_nested(y):
        raise ValueError(f"X must be sequences, as y, got rows {np.shape(X)} of no sequence")
    if lengths is not None and groups is not None:
        raise ValueError("lengths and groups say the same: give one of them")
    index = _index_of(X, y)
    if index is not None and lengths is None and groups is None and index.nlevels > 1:
        groups = np.unique(index.droplevel(-1).map(repr).to_numpy(), return_inverse=True)[1]
    return Rows(np.empty((len(form), 0)) if X is None else X, y, lengths, groups, index)


def lengths_of(groups, n_rows: int, field: str = "groups") -> np.ndarray:
    """(n_sequences,) int: rows of each stretch of equal values.

    Raises
    ------
    ValueError
        If there is not one value for each row, or one comes back after another.
    """
    groups = checks.unmasked(field, groups)
    if groups.shape != (n_rows,):
        raise ValueError(f"{field} must be one for each of {n_rows} rows, got {groups.shape}")
    _, codes = np.unique(groups, return_inverse=True)
    ends = np.flatnonzero(np.diff(codes))
    first = np.concatenate([[0], ends + 1])
    seen, again = np.unique(codes[first], return_counts=True)
    if (again > 1).any():
        value = groups[codes == seen[again > 1][0]][0]
        raise ValueError(
            f"{field} must be one stretch of rows each, in order of time, got {value!r} in "
            f"{again.max()} stretches: are the rows shuffled?"
        )
    return np.diff(np.append(first, n_rows))


def _index_of(X, y):
    """That of a table, or of two that have the same."""
    X, y = (one.index if hasattr(one, "iloc") else None for one in (X, y))
    if X is not None and y is not None and not X.equals(y):
        got = f"{len(X)} and {len(y)} rows"
        if len(X) == len(y):
            row = next(k for k, pair in enumerate(zip(X, y, strict=True)) if pair[0] != pair[1])
            got = f"{X[row]!r} and {y[row]!r} in row {row}"
        raise ValueError(f"the tables X and y must have the same index, row by row, got {got}")
    return y if X is None else X


def _is_nested(values) -> bool:
    """Whether these are sequences of rows, and not rows."""
    n_axes = getattr(values, "ndim", None)
    if isinstance(values, list | tuple) or (n_axes == 1 and _holds_objects(values)):
        first = values[0] if len(values) and not hasattr(values, "iloc") else None
        n_axes = np.ndim(first) if isinstance(first, list | tuple) else getattr(first, "ndim", 0)
        return n_axes == 2
    return n_axes == 3


def _holds_objects(values) -> bool:
    return getattr(values.dtype, "kind", "") == "O"  # torch's types have no kind


def _from_nested(X, y) -> Rows:
    form = y if X is None else X
    given = [len(one) for one in form]
    if y is not None:
        if len(y) != len(given):
            raise ValueError(f"y must be {len(given)} sequences, as X, got {len(y)}")
        for k, (one, n) in enumerate(zip(y, given, strict=True)):
            if tuple(np.shape(one))[:1] != (n,):
                got = len(one) if np.ndim(one) else "no array"
                raise ValueError(f"y must have {n} rows in sequence {k}, as X, got {got}")
    inputs = np.empty((sum(given), 0)) if X is None else _joined("X", X)
    states = None if y is None else _joined("y", y)
    stacked = not isinstance(form, list | tuple) and not _holds_objects(form)
    return Rows(inputs, states, np.array(given), nested=True, stacked=stacked)


def _joined(field: str, sequences: Sequence) -> np.ndarray:
    shapes = {np.shape(one)[1:] for one in sequences}
    if len(shapes) > 1:
        raise ValueError(f"{field} must be sequences of the same columns, got {sorted(shapes)}")
    return np.concatenate([np.asarray(one) for one in sequences])


def _check_order(index, lengths: np.ndarray) -> None:
    """Refuse a table whose rows go back within a sequence, and warn where it leaves out rows."""
    times = index.get_level_values(-1).to_numpy()
    if times.dtype.kind not in "iufmM":
        return
    change = np.diff(times.view(np.int64) if times.dtype.kind in "mM" else times)
    within = np.ones(len(change), dtype=bool)
    within[np.cumsum(lengths)[:-1] - 1] = False
    if (back := np.flatnonzero(within & (change <= 0))).size:
        k = back[0]
        raise ValueError(
            "rows must be in order of time within a sequence, got a table whose index goes from "
            f"{times[k]} to {times[k + 1]}: are the rows shuffled, or of several sequences?"
        )
    # Times of frames are rounded: 33, 67 and 100 ms leave out nothing.
    if within.any() and (gaps := (change > 1.5 * change[within].min()) & within).any():
        warnings.warn(
            f"the table's index leaves out rows in {gaps.sum()} places within sequences: the rows "
            "around them are taken as successive",
            GapWarning,
            stacklevel=4,
        )
