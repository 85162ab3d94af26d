"""Error by horizon, against a plain loop and against a system whose error is known."""

from dataclasses import replace

import numpy as np
import pytest
from known_systems import TWO_UNITS, played_sessions

from iblrnn_helpers.distillation.fit_quality import errors_by_horizon, ratio_by_horizon
from iblrnn_helpers.distillation.model import DistilledModel


def test_errors_are_the_plain_loop():
    rng = np.random.default_rng(0)
    model = replace(TWO_UNITS, scale=2.0)
    lengths = [6, 2, 9, 5]
    inputs, states = rng.standard_normal((22, 3)), rng.standard_normal((22, 2))
    found = errors_by_horizon(model, inputs, states, lengths, horizon=3)
    squared, around, first = [], [], 0
    for length in lengths:
        for start in range(first, first + length - 3):
            z = states[start] / 2
            for k in (1, 2, 3):
                z = model.step(z, inputs[start + k])
                squared.append(np.sum((2 * z - states[start + k]) ** 2))
                around.append(np.sum((states[start + k] - states.mean(axis=0)) ** 2))
        first += length
    squared, around = np.reshape(squared, (-1, 3)), np.reshape(around, (-1, 3))
    np.testing.assert_allclose(found.mse.mean, squared.mean(axis=0))
    np.testing.assert_allclose(found.r2.mean, 1 - squared.sum(axis=0) / around.sum(axis=0))
    assert list(found.n_windows) == [3, 6, 2]  # the sequence of 2 rows has no part
    assert list(found.mse.n) == [11, 11, 11]
    assert list(found.mse.groups["horizon"]) == [1, 2, 3]
    assert (found.mse.low < found.mse.mean).all() and (found.mse.mean < found.mse.high).all()
    assert (found.r2.low < found.r2.mean).all() and (found.r2.mean < found.r2.high).all()


def test_the_true_system_is_without_error():
    inputs, states, lengths = played_sessions(n_sessions=3, n_blocks=1)
    found = errors_by_horizon(TWO_UNITS, inputs, states, lengths)
    assert len(found.mse.mean) == 20
    np.testing.assert_allclose(found.mse.mean, 0, atol=1e-28)  # rounding, squared
    np.testing.assert_allclose(found.r2.mean, 1)


def test_error_of_a_random_walk_grows_with_the_horizon_and_is_covered():
    """z takes steps of variance 1 that the model does not know: mse after k steps is k."""
    walk = DistilledModel([[1.0]], [[0.0]], [0.0], "identity")
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(100):
        states = np.cumsum(rng.standard_normal((30, 20)), axis=1).reshape(-1, 1)
        found = errors_by_horizon(walk, np.zeros((600, 1)), states, [20] * 30, horizon=6)
        covered.append((found.mse.low < np.arange(1, 7)) & (np.arange(1, 7) < found.mse.high))
    # 100 draws for each horizon; squares are skewed, which costs a symmetric interval a few %.
    assert 0.88 < np.mean(covered) < 0.99


def test_a_ratio_is_paired():
    """Twice the error everywhere is a ratio of 2 without any doubt, whatever the errors' spread."""
    rng = np.random.default_rng(2)
    inputs, states = np.zeros((60, 1)), rng.standard_normal((60, 1))
    still = DistilledModel([[0.0]], [[0.0]], [0.0], "identity")
    reference = errors_by_horizon(still, inputs, states, [20] * 3, horizon=4)
    double = errors_by_horizon(still, inputs, np.sqrt(2) * states, [20] * 3, horizon=4)
    ratio = ratio_by_horizon(double, reference)
    for field in (ratio.mean, ratio.low, ratio.high):
        np.testing.assert_allclose(field, 2)
    other = errors_by_horizon(still, inputs, states, [30] * 2, horizon=4)
    with pytest.raises(ValueError, match="same sequences and horizons"):
        ratio_by_horizon(double, other)


def test_one_sequence_has_no_interval():
    inputs, states, _ = played_sessions(n_sessions=1, n_blocks=1)
    found = errors_by_horizon(TWO_UNITS, inputs, states + 0.1)
    assert np.isnan(found.mse.low).all() and np.isfinite(found.mse.mean).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": np.zeros((9, 2))}, r"inputs must be \(n_rows, 3\), got \(9, 2\)"),
        ({"states": np.zeros((9, 3))}, r"states must be \(9, 2\), got \(9, 3\)"),
        ({"states": np.full((9, 2), np.nan)}, "must be finite"),
        ({"lengths": [4, 4]}, "lengths must add up to the 9 rows"),
        ({"horizon": 5, "lengths": [5, 4]}, "horizon must be less than .* 5, got 5"),
        ({"horizon": 0}, "horizon must be at least 1"),
    ],
)
def test_wrong_arguments_are_named(change, said):
    arguments = {"inputs": np.zeros((9, 3)), "states": np.zeros((9, 2)), "horizon": 2}
    with pytest.raises(ValueError, match=said):
        errors_by_horizon(TWO_UNITS, **{**arguments, **change})
