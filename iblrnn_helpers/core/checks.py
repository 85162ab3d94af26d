"""Checks of what people pass in, and the budgets that a run may ask for.

Each error names the field, the value and what is allowed.
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any, get_args, get_origin

import numpy as np

# Of a run: ``smoke`` for tests, ``page`` for the book, ``paper`` at full strength.
PROFILES = ("smoke", "page", "paper")
# What 32-bit numbers, sums such as 1 - 0.8, and probabilities that were printed are off by.
ROUNDING = 1e-6
HUGE = 1e30  # what 32-bit numbers hold, with room to reckon
WHOLE = 2**53  # up to here float64 tells whole numbers apart


def number(
    field: str,
    value,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """A finite real number in [low, high], > above and < below.

    Raises
    ------
    ValueError
        If it is not.
    """
    try:
        real = float("nan") if isinstance(value, bool) else float(value)
    except (OverflowError, TypeError, ValueError):  # a whole number of 400 digits, among others
        real = math.nan
    if not isinstance(value, numbers.Real) or not math.isfinite(real):
        raise ValueError(f"{field} must be a finite number, got {value!r}")
    if not (low <= real <= high and above < real < below):
        raise ValueError(f"{field} must be {_bounds(low, high, above, below)}, got {value!r}")
    return real


def integer(field: str, value, *, low: float = -math.inf, high: float = math.inf) -> int:
    """A whole number in [low, high].

    Raises
    ------
    ValueError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{field} must be a whole number, got {value!r}")
    whole = int(value)
    if not low <= whole <= high:
        raise ValueError(f"{field} must be {_bounds(low, high)}, got {value!r}")
    return whole


def seed(field: str, value) -> int:
    """A whole number that every generator of random numbers takes, from 0 to 2**63 - 1.

    Raises
    ------
    ValueError
        If it is not.
    """
    return integer(field, value, low=0, high=2**63 - 1)


def generator(value, field: str = "seed") -> np.random.Generator:
    """numpy's generator of a caller's seed; the one place where such a seed is taken.

    Parameters
    ----------
    value : int, sequence of int, SeedSequence or Generator
        Not None, which would give other numbers every time.
    field : str

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(value, np.random.SeedSequence | np.random.Generator):
        for part in value if isinstance(value, list | tuple) and value else [value]:
            seed(field, part)
    return np.random.default_rng(value)


def memory(what: str, n_bytes: int) -> None:
    """Raise a ValueError if something needs more memory than this machine has."""
    try:
        here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not everywhere
        return
    if n_bytes > here:
        raise ValueError(
            f"{what} would need {n_bytes // 10**9:,} GB of memory, and this machine has "
            f"{here // 10**9:,}"
        )


def check_parameters(values: Mapping[str, object], **ranges: tuple[float, float]) -> None:
    """Check a notebook's parameters by their names: profile, seeds and numbers of things.

    Parameters
    ----------
    values : mapping
        By name, as ``globals()`` of a notebook. ``profile``, ``seed`` and ``..._seed``, and
        ``n_...``, of which 0 stands for what the profile says, are looked at, and whether what is
        annotated is of its type.
    **ranges
        Lowest and highest value of other parameters, which are whole numbers if the lowest is.

    Raises
    ------
    ValueError
        Names the parameter, its value and what is allowed.
    """
    annotate: Any = values.get("__annotate__")  # of Python 3.14
    kinds: Any = values.get("__annotations__") or (annotate(1) if annotate else {})
    for name, value in values.items():
        if name in ranges:
            low, high = ranges[name]
            (integer if isinstance(low, int) else number)(name, value, low=low, high=high)
        elif name == "profile":
            check_profile(value)
        elif name == "seed" or name.endswith("_seed"):
            seed(name, value)
        elif name.startswith("n_"):
            integer(name, value, low=0)
        elif name in kinds and not _is_of(value, kinds[name]):
            said = getattr(kinds[name], "__name__", "") if not get_args(kinds[name]) else ""
            raise ValueError(f"{name} must be of type {said or kinds[name]}, got {value!r}")


def _is_of(value, kind) -> bool:
    """Whether a value is of one of the types that a notebook's parameters have."""
    if get_origin(kind) is list:
        if kind == list[str] and isinstance(value, str):  # papermill -p gives one word as a text
            return True
        return isinstance(value, list) and all(_is_of(one, get_args(kind)[0]) for one in value)
    wanted = {int: numbers.Integral, float: numbers.Real}.get(kind, kind)
    return isinstance(value, wanted) and (kind is bool or not isinstance(value, bool))


def _bounds(low, high, above=-math.inf, below=math.inf) -> str:
    words = {"greater than": above, "at least": low, "below": below, "at most": high}
    return " and ".join(
        f"{word} {end if isinstance(end, int) else f'{end:g}'}"
        for word, end in words.items()
        if math.isfinite(end)
    )


def choice(field: str, value, allowed: Iterable[str]) -> str:
    """One of a few words.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    allowed = tuple(allowed)
    if value not in allowed:
        raise ValueError(f"{field} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def kind(field: str, value, kind: type) -> None:
    """Raise a ValueError unless ``value`` is an instance of a class."""
    if not isinstance(value, kind):
        raise ValueError(f"{field} must be a {kind.__name__}, got {type(value).__name__}")


def printable(field: str, value) -> None:
    """Raise a ValueError unless a value is text that every file can hold."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"{field} must be text that can be printed, got {value!r:.80}")


def sequence(field: str, values: np.ndarray, wrong: np.ndarray, words: str) -> None:
    """Raise a ValueError that names the first of (n_trials,) values that is wrong."""
    if wrong.any():
        k = int(wrong.argmax())
        after = f" after {values[k - 1]}" if k else ""
        raise ValueError(f"{field} must {words}, got {values[k]}{after} in trial {k} (from 0)")


def some(field: str, value, *, gaps: bool = False) -> None:
    """Raise a ValueError if a collection, or a record of arrays, holds nothing.

    No entry of it may hold nothing either, or with ``gaps`` not all of them.
    """
    for key, one in () if gaps else _entries(value):
        some(f"{field}[{key!r}]", one)
    if _is_empty(value):
        raise ValueError(f"{field} must hold at least one value, got none")


def _entries(value) -> list[tuple]:
    if isinstance(value, Mapping):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list | tuple) else []


def _is_empty(value) -> bool:
    if isinstance(value, Mapping | list | tuple):
        return all(_is_empty(one) for _, one in _entries(value))
    if isinstance(value, np.ndarray):
        return not value.size
    if isinstance(value, Sized) and not isinstance(value, str):
        return not len(value)
    arrays = [one for one in getattr(value, "__dict__", {}).values() if isinstance(one, np.ndarray)]
    return bool(arrays) and not any(array.size for array in arrays)


def check_profile(profile) -> str:
    """Return ``profile``, or raise a ValueError that names the allowed ones."""
    return choice("profile", profile, PROFILES)


def budget(profile: str, *, smoke, page, paper):
    """The value that belongs to a profile: ``budget(profile, smoke=10, page=250, paper=1000)``."""
    return {"smoke": smoke, "page": page, "paper": paper}[check_profile(profile)]


def near(values: np.ndarray, one: float) -> np.ndarray:
    """Which values are this one up to rounding, (...) bool."""
    return np.abs(values - one) <= ROUNDING * max(1.0, abs(one))


def signs(values: np.ndarray) -> np.ndarray:
    """(...) int8: -1, +1, or 0 where a value is 0 up to rounding."""
    return np.where(near(values, 0.0), 0, np.sign(values)).astype(np.int8)


def nearest(values, allowed: Iterable[float]) -> np.ndarray:
    """Values of a few, up to rounding: each as the allowed one itself, NaN where there is none.

    Parameters
    ----------
    values : array_like of float
    allowed : iterable of float

    Returns
    -------
    (...) float, of the shape of ``values``
    """
    values = np.asarray(values, dtype=float)
    found, least = np.full(values.shape, np.nan), np.full(values.shape, np.inf)
    for one in allowed:  # of two that are closer together than rounding, the closer
        away = np.abs(values - one)
        closest = near(values, one) & (away < least)
        found[closest], least[closest] = one, away[closest]
    return found


def unmasked(field: str, values) -> np.ndarray:
    """Values as an array; a ValueError if rows differ in length or some are masked."""
    if np.ma.is_masked(values):
        n_masked = np.count_nonzero(np.ma.getmaskarray(values))
        raise ValueError(f"{field} must have no masked values, got {n_masked:,}")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{field} must be an array, got rows of different lengths") from error


def column(
    field: str,
    values,
    shape: tuple[int, ...],
    dtype: type,
    *,
    allowed: Sequence[int] = (),
    low: float = -math.inf,
    high: float = math.inf,
    unknown: bool = False,
    of: str = "trial",
) -> np.ndarray:
    """A read-only copy of an array, checked; the caller's array stays as it is.

    Parameters
    ----------
    field : str
    values : array_like
    shape : tuple of int
        That it must have; the first axis is that of trials.
    dtype : type
        Of the result; values of an integer type must be whole.
    allowed : sequence of int
        All values that there may be, if these are few.
    low, high : float
        The least and the largest value, within 2**53 for whole numbers and 1e30 for others.
    unknown : bool
        Whether a value may be NaN.
    of : str
        What an entry along the first axis is of.

    Raises
    ------
    ValueError
        Another shape, no numbers, or a value that is masked or not allowed.
    """
    array = unmasked(field, values)
    if array.shape != shape:
        each = "" if len(shape) == 1 else f" of shape {shape[1:]}"
        got = len(array) if array.ndim == len(shape) == 1 else f"shape {array.shape}"
        raise ValueError(f"{field} must have {shape[0]} {of}s{each}, got {got}")
    if array.dtype.kind not in "iuf":
        got = f"{array.flat[0]!r}" if array.size else f"dtype {array.dtype}"
        raise ValueError(f"{field} must be numbers, got {got}")
    if array.dtype.kind == "f":  # which 16 bits could not be compared in
        with np.errstate(over="ignore"):
            array = array.astype(np.float64, copy=False)
    whole = np.issubdtype(dtype, np.integer)
    most = WHOLE if whole else HUGE
    if allowed:
        good = np.logical_or.reduce([array == one for one in allowed])
        words = f"{', '.join(map(str, allowed[:-1]))} or {allowed[-1]}"
    else:
        # NaN compares as false
        good = (array >= max(low, -most)) & (array <= min(high, most))
        if unknown:
            good |= np.isnan(array)
        if whole and array.dtype.kind == "f":
            good &= array == np.floor(array)
        words = "a whole number" if whole else "a finite number"
    if not good.all():
        where = np.argwhere(~good)[0]
        got = array[tuple(where)].item()
        if not allowed:
            bounds = _bounds(low, most if most < got < math.inf else high)
            words += f" of {bounds}" * bool(bounds) + " or NaN" * unknown
        raise ValueError(f"{field} must be {words}, got {got!r} in {of} {where[0]} (from 0)")
    return read_only(np.array(array, dtype=dtype))


def keep(record, field: str, shape: tuple[int, ...], dtype: type, **rule: Any) -> None:
    """Put a frozen record's array through :func:`column`."""
    values = column(field, getattr(record, field), shape, dtype, **rule)
    object.__setattr__(record, field, values)


def read_only(array: np.ndarray) -> np.ndarray:
    """An array that was just made, from now on without leave to write."""
    array.flags.writeable = False
    return array


def finite_array(
    field: str, values, *, n_axes: int = 2, n_columns: int | None = None, empty: bool = False
) -> np.ndarray:
    """Values as a float64 array, finite and at most 1e30 in size: of one axis, or (n, n_state).

    Parameters
    ----------
    field : str
    values : array_like
    n_axes : int
    n_columns : int, optional
        Entries along the last axis.
    empty : bool
        Whether there may be no row.

    Raises
    ------
    ValueError
        If they are not.
    """
    given = unmasked(field, values)
    try:
        # Of complex numbers the imaginary part would be lost, and days become nanoseconds.
        if given.dtype.kind in "cmM":
            raise TypeError
        array = np.asarray(given, dtype=np.float64)
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{field} must be real numbers, got {type(values).__name__}") from error
    if array.ndim != n_axes or not array.shape[-1] or not (empty or array.size):
        shape = {1: "a vector", 2: "an array (n, n_state)"}.get(n_axes, f"of {n_axes} axes")
        entries = "" if empty else " with entries"
        raise ValueError(f"{field} must be {shape}{entries}, got shape {array.shape}")
    if n_columns is not None and array.shape[-1] != n_columns:
        raise ValueError(f"{field} must have {n_columns} columns, got shape {array.shape}")
    # No arrays in between: states may fill half of the memory.
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{field} must be finite, got NaN or infinity")
    if max(-low, high) > HUGE:
        raise ValueError(f"{field} must be at most {HUGE:g} in size, got {max(-low, high):g}")
    return array
