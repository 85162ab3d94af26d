"""Scaled noise gives scaled states: exactly without biases, and not with them or with tanh."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.orbit.noise_size import scaling, with_biases
from iblrnn_helpers.hmm_rnn.orbit.orbit import positive_starts, zero_input


def drawn(n_units=40, n_inputs=10, gain=1.2, **options):
    rng = np.random.default_rng(3)
    return HmmRnn(
        rng.standard_normal((n_units, n_inputs)) / np.sqrt(n_inputs),
        gain * rng.standard_normal((n_units, n_units)) / np.sqrt(n_units),
        rng.standard_normal((3, n_units)),
        **options,
    )


NETWORK = drawn()


def test_powers_of_two_scale_bit_for_bit():
    found = scaling(NETWORK, [2**-8, 0.5, 2, 1024], n_sequences=4, n_steps=300, seed=1)
    assert found.state_error.tolist() == [0] * 4  # such factors are exact in binary numbers
    assert found.relative_size.tolist() == [1] * 4
    assert found.class_differs.tolist() == [0] * 4


def test_other_factors_scale_up_to_rounding():
    found = scaling(NETWORK, [0.1, 0.7, 3], n_sequences=4, n_steps=300, seed=1)
    assert (found.state_error < 1e-10).all()  # 300 steps of rounding, 1e-16 each
    np.testing.assert_allclose(found.relative_size, 1, atol=1e-10)
    assert found.class_differs.max() < 1e-3  # only at ties within rounding
    assert (np.diff(found.confidence) > 0).all()  # what does change: how sure the output is


@pytest.mark.parametrize("other", [with_biases(NETWORK, 0), replace(NETWORK, nonlinearity="tanh")])
def test_biases_and_tanh_break_it(other):
    found = scaling(other, [0.5, 1, 2], n_sequences=4, n_steps=300, seed=1)
    assert found.state_error[1] == 0
    assert found.state_error[[0, 2]].min() > 0.02
    assert found.class_differs[[0, 2]].min() > 0.01
    assert np.abs(found.relative_size[[0, 2]] - 1).min() > 0.005


def test_the_error_is_the_largest_difference_of_any_state():
    """tanh(w s x) of one unit that forgets at once, by hand."""
    network = HmmRnn([[1.0]], [[0.0]], [[1.0], [-1.0]], nonlinearity="tanh")
    rng = np.random.default_rng(5)
    noise = np.array([rng.standard_normal((2, 1)) for _ in range(20 + 50)])[20:]
    one, two = np.tanh(noise), np.tanh(2 * noise)
    found = scaling(network, [2], n_sequences=2, n_steps=50, seed=5)
    assert found.state_error[0] == pytest.approx(np.abs(two / 2 - one).max() / np.abs(one).max())
    ratio = np.sqrt(np.square(two).mean() / np.square(one).mean()) / 2
    assert found.relative_size[0] == pytest.approx(ratio)
    assert found.confidence[0] == pytest.approx((1 / (1 + np.exp(-2 * np.abs(two)))).mean())


def test_biases_are_drawn_as_torch_draws_them():
    one, same, other = (with_biases(NETWORK, seed) for seed in (0, 0, 1))
    assert one.b_rec.tolist() == same.b_rec.tolist() != other.b_rec.tolist()
    assert np.abs(one.b_rec).max() <= 1 / np.sqrt(40) < 1.2 * np.abs(one.b_rec).max()
    assert one.b_out.shape == (3,) and one.w_rec is not None


def test_zero_input_shrinks_as_the_weights_say():
    network = HmmRnn(np.eye(3), np.diag([0.9, 0.5, -0.5]), np.eye(3))
    found = zero_input(network, [[1, 0, 0], [0, 2, 0], [0, 0, 3], [3, 0, 4]], n_steps=100)
    steps = np.arange(101)
    np.testing.assert_allclose(found.ratio[0], 0.9**steps, rtol=1e-12)
    np.testing.assert_allclose(found.ratio[1], 0.5**steps, rtol=1e-12)
    assert (found.ratio[2, 1:] == 0).all()  # the third unit silences itself
    np.testing.assert_allclose(found.ratio[3, 1:], 0.6 * 0.9 ** steps[1:], rtol=1e-12)
    assert found.largest_left == pytest.approx(0.9**100)
    assert found.per_step()[:3] == pytest.approx([0.9, 0.5, 0])
    assert found.paths.shape == (4, 41, 3)
    np.testing.assert_allclose(found.paths[1, :, 1], 2 * 0.5 ** steps[:41], rtol=1e-12)


def test_zero_input_of_a_homogeneous_network_does_not_depend_on_the_size_of_the_start():
    starts = positive_starts(NETWORK, 20, seed=1)
    assert starts.min() > 0
    one = zero_input(NETWORK, starts, n_steps=60).ratio
    assert np.array_equal(one, zero_input(NETWORK, 4 * starts, n_steps=60).ratio)
    biased = with_biases(NETWORK, 0)
    again, larger = (zero_input(biased, s * starts, n_steps=60).ratio for s in (1, 4))
    assert not np.allclose(again, larger, rtol=0.01)


def test_bad_input():
    growing = HmmRnn([[1.0]], [[1e10]], [[1.0], [-1.0]])
    silent = HmmRnn([[0.0]], [[0.5]], [[1.0], [-1.0]])
    calls = (
        (lambda: scaling(NETWORK, [0], n_sequences=1, n_steps=2, seed=0), "noise_sd must be great"),
        (lambda: scaling(silent, [1], n_sequences=1, n_steps=2, seed=0), "must move under noise"),
        (lambda: zero_input(NETWORK, np.zeros((2, 40))), "not zero"),
        (lambda: zero_input(NETWORK, np.ones((2, 4))), r"starts must be \(n_starts, 40\)"),
        (lambda: zero_input(growing, [[1.0]]), "infinity after 16 steps"),
        (lambda: zero_input(NETWORK, np.ones((1, 40)), n_steps=5).per_step(6), "n_steps must be"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
