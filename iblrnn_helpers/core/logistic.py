"""Logistic regression of a side (left or right) on any coordinates: the linear code of a belief."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from scipy import linalg
from scipy.special import expit

from . import checks

TOLERANCE = 1e-8  # of the mean loss's gradient
AT_ONCE = 50_000  # numbers of rows that are multiplied together: they stay in the cache


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
    checks.number("inverse_penalty", inverse_penalty, above=0)
    coordinates = checks.finite_array("coordinates", coordinates)
    n_rows = coordinates.shape[:1]
    side = checks.column("side", side, n_rows, np.int8, allowed=(-1, 1), of="row")
    right = side > 0
    if right.all() or not right.any():
        got = f"{right.sum()} right rows of {len(right)}"
        raise ValueError(f"side must hold both left and right, got {got}")
    ridge = np.full(coordinates.shape[1] + intercept, 1 / (inverse_penalty * len(right)))
    if intercept:
        coordinates = np.column_stack([coordinates, np.ones(len(right))])
        ridge[-1] = 0
    found = _newton(coordinates, right, ridge)
    if found is None:
        found = _scikit_learn(coordinates, right, inverse_penalty, intercept)
    return LogisticFit(found[:-1], float(found[-1])) if intercept else LogisticFit(found, 0.0)


def _newton(x: np.ndarray, right: np.ndarray, ridge: np.ndarray) -> np.ndarray | None:
    """(n_columns,) float: weights by full Newton steps; None if one of them does not help.

    Step by step it is scikit-learn's "newton-cholesky", with its rules of acceptance and its end.
    That takes twice as long, as its Hessian does not use that X' W X is a square.
    """
    sign, weights, loss = 2.0 * right - 1, np.zeros(len(ridge)), np.log(2.0)
    n_rows, some = len(right), max(1, AT_ONCE // len(ridge))
    p = np.full(len(right), 0.5)
    gradient = (p - right) @ x / n_rows
    for _ in range(100):
        hessian, root = np.diag(ridge), np.sqrt(p * (1 - p) / n_rows)[:, None]
        for k in range(0, n_rows, some):
            part = x[k : k + some] * root[k : k + some]
            hessian += part.T @ part
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", linalg.LinAlgWarning)
                step = linalg.solve(hessian, -gradient, assume_a="sym")
        except (linalg.LinAlgError, linalg.LinAlgWarning):
            return None
        before, slope, weights = (loss, np.abs(gradient).sum()), gradient @ step, weights + step
        log_odds = x @ weights
        p = expit(log_odds)
        misses = np.maximum(-sign * log_odds, 0) + np.log1p(np.exp(-np.abs(log_odds)))
        loss = misses.mean() + ridge @ weights**2 / 2
        gradient = (p - right) @ x / n_rows + ridge * weights
        rounds = abs(loss - before[0]) <= 16 * np.finfo(float).eps * before[0]
        if not (
            loss - before[0] <= slope / 2**11 or (rounds and np.abs(gradient).sum() < before[1])
        ):
            return None
        if np.abs(gradient).max() <= TOLERANCE and step @ hessian @ step / 2 <= TOLERANCE:
            return weights
    return None


def _scikit_learn(x, right, inverse_penalty, intercept) -> np.ndarray:
    """As :func:`_newton`, by a method that searches along its steps."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=inverse_penalty, fit_intercept=intercept, solver="newton-cholesky", tol=TOLERANCE
    ).fit(x[:, : x.shape[1] - intercept], right)
    return np.append(model.coef_[0], model.intercept_[:intercept]).astype(float)
