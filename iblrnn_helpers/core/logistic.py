"""Logistic regression of a side (left or right) on any coordinates: the linear code of a belief."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import checks


class LogisticFit(NamedTuple):
    """log odds of right = ``coordinates @ weights + intercept``."""

    weights: np.ndarray  # (n_dims,)
    intercept: float

    def log_odds(self, coordinates: np.ndarray) -> np.ndarray:
        """(...) log odds of right at (..., n_dims) coordinates, which must be finite."""
        shape = {"n_axes": max(1, np.ndim(coordinates)), "n_columns": len(self.weights)}
        coordinates = checks.finite_array("coordinates", coordinates, empty=True, **shape)
        return coordinates @ self.weights + self.intercept

    def accuracy(self, coordinates: np.ndarray, side: np.ndarray) -> float:
        """Fraction of rows whose side (-1 or +1) is called right."""
        return float(np.mean((self.log_odds(coordinates) > 0) == (side > 0)))


def fit_side(
    coordinates: np.ndarray,
    side: np.ndarray,
    *,
    inverse_penalty: float = 1.0,
    intercept: bool = False,
) -> LogisticFit:
    """Logistic regression of side on coordinates, as they are (not standardised).

    Parameters
    ----------
    coordinates : (n_rows, n_dims) float
    side : (n_rows,) int
        -1 left, +1 right.
    inverse_penalty : float
        ``C`` of scikit-learn: the sum of the losses of all rows weighs so much
        against half the squared length of the weights.  1 is its default and
        the released code's; with 100,000 rows that is next to no penalty,
        except along directions in which the coordinates hardly vary.
    intercept : bool
        The released code has none; on centred coordinates and with as many
        left as right rows it makes no difference.

    Returns
    -------
    LogisticFit

    Raises
    ------
    ValueError
        If shapes differ, a coordinate is not finite, or a side is neither, or all are of one.
    """
    from sklearn.linear_model import LogisticRegression

    checks.number("inverse_penalty", inverse_penalty, above=0)
    coordinates = checks.finite_array("coordinates", coordinates)
    n_rows = coordinates.shape[:1]
    side = checks.column("side", side, n_rows, np.int8, allowed=(-1, 1), of="row")
    right = side > 0
    if right.all() or not right.any():
        got = f"{right.sum()} right rows of {len(right)}"
        raise ValueError(f"side must hold both left and right, got {got}")
    # Newton's method: few passes over many rows of few columns.
    model = LogisticRegression(
        C=inverse_penalty, fit_intercept=intercept, solver="newton-cholesky", tol=1e-8
    ).fit(coordinates, right)
    offset = float(model.intercept_[0]) if intercept else 0.0
    return LogisticFit(model.coef_[0].astype(float), offset)
