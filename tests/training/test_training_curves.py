"""Windows of gradient steps, against a plain loop."""

import numpy as np
import pytest

from iblrnn_helpers.training.curves import window_summary


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_windows_against_a_plain_loop(spacing):
    rng = np.random.default_rng(1)
    step = np.arange(1001)
    values = rng.standard_normal((3, 1001))
    result = window_summary(step, values, n_windows=10, spacing=spacing)
    place = np.log1p(step) if spacing == "log" else step
    window = np.minimum((10 * place / place[-1]).astype(int), 9)
    for k, one in enumerate(w for w in range(10) if (window == w).any()):
        inside = window == one
        assert result.mean[:, k] == pytest.approx(values[:, inside].mean(axis=1))
        low, high = np.quantile(values[:, inside], (0.1, 0.9))
        assert (result.low[k], result.high[k]) == (pytest.approx(low), pytest.approx(high))
        assert result.gradient_step[k] == (step[inside][0] + step[inside][-1]) / 2
    assert result.mean.shape == (3, k + 1)


def test_every_point_is_used_once():
    result = window_summary(np.arange(7), np.arange(7.0), n_windows=7, spacing="linear")
    assert result.mean.tolist() == [[0, 1, 2, 3, 4, 5, 6]]
    assert window_summary(np.array([4]), np.array([2.0])).mean.tolist() == [[2.0]]


@pytest.mark.parametrize(
    "step, values, options, message",
    [
        ([0, 1], [1.0, np.nan], {}, "finite"),
        ([0, 1], [1.0, 2.0, 3.0], {}, r"2 gradient steps .* got \(1, 3\)"),
        ([1, 0], [1.0, 2.0], {}, "increasing"),
        ([], [], {}, "increasing"),
        ([0, 1], [1.0, 2.0], {"spacing": "cubic"}, "'linear', 'log', got 'cubic'"),
        ([0, 1], [1.0, 2.0], {"n_windows": 0}, "n_windows"),
    ],
)
def test_bad_input(step, values, options, message):
    with pytest.raises(ValueError, match=message):
        window_summary(np.array(step), np.array(values), **options)
