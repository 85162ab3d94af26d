"""Newton's method for logistic regression against scikit-learn's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from iblrnn_helpers.core import logistic
from iblrnn_helpers.core.logistic import fit_side


def sides(n_rows, n_dims, *, seed, sharp=1.0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_rows, n_dims)) * np.geomspace(1, 0.01, n_dims)
    log_odds = sharp * x @ rng.standard_normal(n_dims) + 0.5
    side = np.where(log_odds + rng.logistic(size=n_rows) > 0, 1, -1)
    side[:2] = -1, 1
    return x, side


def twice(x):
    return np.concatenate([x, x, np.ones((len(x), 1))], axis=1)


CASES = {
    "many rows": sides(6000, 20, seed=0),
    "one column": sides(50, 1, seed=1),
    "fewer rows than columns": sides(5, 9, seed=2),
    "two rows": sides(2, 2, seed=3),
    "apart": sides(200, 3, seed=4, sharp=1e3),
    "columns that depend on each other": (
        twice(sides(300, 2, seed=5)[0]),
        sides(300, 2, seed=5)[1],
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("inverse_penalty", [1e-4, 1.0, 1e4])
def test_as_scikit_learn_has_it(case, intercept, inverse_penalty):
    x, side = CASES[case]
    found = fit_side(x, side, inverse_penalty=inverse_penalty, intercept=intercept)
    expected = LogisticRegression(
        C=inverse_penalty, fit_intercept=intercept, solver="newton-cholesky", tol=1e-8
    ).fit(x, side > 0)
    # The same steps, whose rounding is that of solving with the Hessian: its condition number,
    # at most some 1e8 here, times 1e-16, of steps that are themselves a part of the weights.
    size = np.abs(expected.coef_).max()
    np.testing.assert_allclose(found.weights, expected.coef_[0], rtol=1e-9, atol=1e-9 * size)
    offset = expected.intercept_[0] if intercept else 0.0
    assert found.intercept == pytest.approx(offset, rel=1e-9, abs=1e-9 * size)


def test_where_a_full_step_does_not_help_scikit_learn_searches_along_it(monkeypatch):
    x, side = CASES["many rows"]
    expected = fit_side(x, side)
    monkeypatch.setattr(logistic, "_newton", lambda *of: None)
    found = fit_side(x, side)
    np.testing.assert_allclose(found.weights, expected.weights, rtol=1e-9)
    assert found.intercept == 0


def test_where_a_full_step_overshoots_the_weights_are_scikit_learns():
    rng = np.random.default_rng(213)  # columns so skew that Newton's steps do not all help
    n = rng.integers(6, 30)
    x = np.exp(2 * rng.standard_normal((n, 2))) * rng.choice([-1, 1], (n, 2))
    right = rng.random(n) < 0.5
    assert logistic._newton(x, right, np.full(2, 1e-9)) is None
    penalty = 1e9 / n
    model = LogisticRegression(
        C=penalty, fit_intercept=False, solver="newton-cholesky", tol=1e-8
    ).fit(x, right)
    found = fit_side(x, np.where(right, 1, -1), inverse_penalty=penalty)
    np.testing.assert_allclose(found.weights, model.coef_[0], rtol=1e-9)
