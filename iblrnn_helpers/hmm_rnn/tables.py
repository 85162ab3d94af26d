"""How numbers of several networks are written in one field of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def range_text(values: ArrayLike, spec: str = ".2f") -> str:
    """From the least to the largest value; a dash if one is missing (NaN) or there is none.

    Examples
    --------
    >>> range_text([0.753, 1.096, 1.093])
    '0.75 to 1.10'
    >>> range_text([20.0, 20.1], ".0f")
    '20'
    """
    ends = np.asarray(values, dtype=float)
    if not ends.size or np.isnan(ends).any():
        return "–"
    return " to ".join(dict.fromkeys(f"{end:{spec}}" for end in (ends.min(), ends.max())))
