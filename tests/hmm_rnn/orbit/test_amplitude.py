"""Noise of several sizes: what scales, what stays, and against which statistics it is judged."""

import numpy as np
import pytest
from scipy.special import softmax

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.orbit.noise_size import amplitudes

RNG = np.random.default_rng(6)
NETWORK = HmmRnn(
    RNG.standard_normal((30, 10)) / 3,
    1.2 * RNG.standard_normal((30, 30)) / np.sqrt(30),
    RNG.standard_normal((3, 30)),
)
SIZES = [0.1, 0.5, 1, 2, 4]
FOUND = amplitudes(NETWORK, FAMILIES["chain-2"], SIZES, n_sequences=40, n_steps=500, seed=1)


def test_radius_is_proportional_and_switches_do_not_change():
    per_sd = FOUND.radius / SIZES
    # Other noise each time: 20,000 steps leave about a per cent.
    np.testing.assert_allclose(per_sd, per_sd.mean(), rtol=0.03)
    # Some 1,600 switches, in bursts: 5% of standard error.
    np.testing.assert_allclose(FOUND.switch_rate, FOUND.switch_rate.mean(), rtol=0.15)


def test_symbols_change_least_where_the_output_is_surest():
    assert (np.diff(FOUND.change_rate) < 0).all()
    # As noise vanishes all symbols are equally likely at every step.
    even = amplitudes(NETWORK, FAMILIES["chain-2"], [1e-6], n_sequences=2, n_steps=50, seed=1)
    assert even.change_rate[0] == pytest.approx(2 / 3, abs=1e-4)
    target = np.array([[0.4655, 0.0050, 0.0245], [0.0050, 0.0001, 0.0050], [0.0245, 0.005, 0.4655]])
    assert even.error[0] == pytest.approx(np.abs(target - 1 / 9).sum() / 2, abs=2e-3)


def test_radius_and_error_of_a_network_that_forgets_at_once():
    """h = relu(x): distances and bigrams from drawing it directly."""
    network = HmmRnn(np.diag([3.0, 2.0]), np.zeros((2, 2)), np.eye(2))
    fair = HiddenMarkovModel("fair", [1.0], [[1.0]], [[0.5, 0.5]])
    found = amplitudes(network, fair, [0.5, 2], n_sequences=20, n_steps=2000, seed=3)
    h = np.maximum(np.random.default_rng(9).standard_normal((400_000, 2)) * [3, 2], 0)
    for k, sd in enumerate((0.5, 2)):
        distance = np.linalg.norm(sd * (h - h.mean(axis=0)), axis=1)
        assert found.radius[k] == pytest.approx(np.quantile(distance, 0.95), rel=0.02)
        p = softmax(sd * h, axis=1).mean(axis=0)
        expected = np.abs(np.outer(p, p) - 0.25).sum() / 2
        assert found.error[k] == pytest.approx(expected, abs=0.005)
    assert found.best == 0.5


def test_bad_input():
    fair = HiddenMarkovModel("fair", [1.0], [[1.0]], [[0.5, 0.5]])
    with pytest.raises(ValueError, match="must have the network's 3 symbols, got 2"):
        amplitudes(NETWORK, fair, [1], n_sequences=1, n_steps=10, seed=0)
    with pytest.raises(ValueError, match="noise_sd must be greater than 0"):
        amplitudes(NETWORK, FAMILIES["full"], [-1], n_sequences=1, n_steps=10, seed=0)
