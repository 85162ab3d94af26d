"""Checks of values that people pass in: each names the field, the value and what is allowed."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable

import numpy as np


def number(
    field: str,
    value,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
) -> float:
    """A finite real number in [low, high] and > above.

    Raises
    ------
    ValueError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise ValueError(f"{field} must be a finite number, got {value!r}")
    if not (low <= value <= high and value > above):
        raise ValueError(f"{field} must be {_bounds(low, high, above)}, got {value!r}")
    return float(value)


def integer(field: str, value, *, low: int | None = None, high: int | None = None) -> int:
    """A whole number in [low, high].

    Raises
    ------
    ValueError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{field} must be a whole number, got {value!r}")
    if (low is not None and value < low) or (high is not None and value > high):
        allowed = _bounds(
            -math.inf if low is None else low, math.inf if high is None else high, -math.inf
        )
        raise ValueError(f"{field} must be {allowed}, got {value!r}")
    return int(value)


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


def finite_array(field: str, values, *, n_axes: int = 2) -> np.ndarray:
    """Values as a float64 array, finite and not empty: a vector, or (n, n_state) of two axes.

    Raises
    ------
    ValueError
        If they are not.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{field} must be numbers, got {type(values).__name__}") from error
    if array.ndim != n_axes or not array.size:
        shape = {1: "a vector", 2: "an array (n, n_state)"}[n_axes]
        raise ValueError(f"{field} must be {shape} with entries, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{field} must be finite, got NaN or infinity")
    return array


def _bounds(low: float, high: float, above: float) -> str:
    parts = []
    if above > -math.inf:
        parts.append(f"greater than {above:g}")
    if low > -math.inf:
        parts.append(f"at least {low:g}")
    if high < math.inf:
        parts.append(f"at most {high:g}")
    return " and ".join(parts)
