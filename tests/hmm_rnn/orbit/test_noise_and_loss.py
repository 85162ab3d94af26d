"""Size of the noise, homogeneity, and sources that the loss is measured of."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel, fully_connected
from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.orbit.noise_and_loss import (
    amplitudes,
    amplitudes_alike,
    loss_of_sources,
    losses_by_size,
    over_own,
    regular_chain,
    scaling,
    with_biases,
)
from iblrnn_helpers.hmm_rnn.orbit.orbit import positive_starts, zero_input
from iblrnn_helpers.hmm_rnn.statistics import exact_statistics, residence_times
from iblrnn_helpers.hmm_rnn.teaching.loss_values import loss_value
from iblrnn_helpers.hmm_rnn.teaching.sinkhorn import loss_of, one_hot


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


RNG = np.random.default_rng(6)
OTHER = HmmRnn(
    RNG.standard_normal((30, 10)) / 3,
    1.2 * RNG.standard_normal((30, 30)) / np.sqrt(30),
    RNG.standard_normal((3, 30)),
)
SIZES = [0.1, 0.5, 1, 2, 4]
FOUND = amplitudes(OTHER, FAMILIES["chain-2"], SIZES, n_sequences=40, n_steps=500, seed=1)


def test_radius_is_proportional_and_switches_do_not_change():
    per_sd = FOUND.radius / SIZES
    # Other noise each time: 20,000 steps leave about a per cent.
    np.testing.assert_allclose(per_sd, per_sd.mean(), rtol=0.03)
    # Some 1,600 switches, in bursts: 5% of standard error.
    np.testing.assert_allclose(FOUND.switch_rate, FOUND.switch_rate.mean(), rtol=0.15)


def test_symbols_change_least_where_the_output_is_surest():
    assert (np.diff(FOUND.change_rate) < 0).all()
    # As noise vanishes all symbols are equally likely at every step.
    even = amplitudes(OTHER, FAMILIES["chain-2"], [1e-6], n_sequences=2, n_steps=50, seed=1)
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
    size = {"n_sequences": 20, "n_steps": 2000, "seed": 3}
    bare = amplitudes_alike({"": (network, fair)}, [0.5, 2], **size, with_radius=False)[""]
    assert np.isnan(bare.radius).all() and bare.error.tolist() == found.error.tolist()


def test_bad_sizes_and_alphabets():
    fair = HiddenMarkovModel("fair", [1.0], [[1.0]], [[0.5, 0.5]])
    with pytest.raises(ValueError, match="the network emits 3 symbols, fair 2"):
        amplitudes(OTHER, fair, [1], n_sequences=1, n_steps=10, seed=0)
    with pytest.raises(ValueError, match="noise_sd must be greater than 0"):
        amplitudes(OTHER, FAMILIES["full"], [-1], n_sequences=1, n_steps=10, seed=0)


CHAIN = FAMILIES["chain-2"]


def test_one_stage_is_the_chain_that_the_networks_learn():
    made = regular_chain(1)
    np.testing.assert_allclose(made.transition, CHAIN.transition, atol=1e-15)
    np.testing.assert_allclose(made.emission, CHAIN.emission, atol=1e-15)
    assert made.initial == CHAIN.initial


@pytest.mark.parametrize(("n_stages", "residence"), [(1, 12), (2, 20), (4, 30)])
def test_residences_have_the_mean_and_the_evenness_stated(n_stages, residence):
    made = regular_chain(n_stages, residence)
    states, _ = made.sample_with_states(20, 20_000, 1)
    _, length = residence_times(states // n_stages)
    evenness = np.sqrt((1 - n_stages / residence) / n_stages)
    # 13,000 residences or more: four standard errors of their mean are 0.035 of it, those of
    # their standard deviation (of exponential ones, the widest) 0.05.
    assert length.mean() == pytest.approx(residence, rel=0.035)
    assert length.std() / length.mean() == pytest.approx(evenness, rel=0.06)
    # As many switches, whatever the number of stages; a symbol 1 is a change on both sides of it.
    change = 1 - np.square([0.99, 0.01]).sum() + 0.99**2 / residence
    assert exact_statistics(made).change_rate == pytest.approx(change, abs=1e-12)


def test_the_papers_loss_is_least_for_a_source_too_slow_and_the_unbiased_one_for_the_chain():
    sources = [CHAIN, regular_chain(2, 30)]
    size = {"n_sequences": 512, "n_steps": 40, "n_batches": 12, "seed": 3}
    papers = loss_of_sources(CHAIN, sources, blur=0.2, **size)
    unbiased = loss_of_sources(CHAIN, sources, blur=1.0, unbiased=True, **size)
    assert papers.shape == (2, 12)
    # Differences on the same batches, by four standard errors and more.
    for worse in (papers[0] - papers[1], unbiased[1] - unbiased[0]):
        assert worse.mean() > 4 * worse.std(ddof=1) / np.sqrt(12)
    # 0 on average for the same law, within four standard errors.
    assert abs(unbiased[0].mean()) < 4 * unbiased[0].std(ddof=1) / np.sqrt(12)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: regular_chain(0), "n_stages"),
        (lambda: regular_chain(3, 3), "residence"),
        (
            lambda: loss_of_sources(
                CHAIN, [CHAIN], n_sequences=8, n_steps=4, blur=1.0, n_batches=0, seed=1
            ),
            "n_batches",
        ),
    ],
)
def test_bad_arguments_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


# 600 sequences are more than the rows that go together.
@pytest.mark.parametrize(("n_sequences", "n_steps"), [(16, 10), (600, 100)])
@pytest.mark.parametrize(("blur", "unbiased"), [(0.2, False), (0.5, False), (0.2, True)])
def test_losses_are_those_of_training(n_sequences, n_steps, blur, unbiased):
    symbols, wanted = (CHAIN.sample(n_sequences, n_steps, seed) for seed in (1, 2))
    expected = loss_of(one_hot(symbols, 3), one_hot(wanted, 3), blur, unbiased).item()
    assert loss_value(symbols, wanted, 3, blur, unbiased) == expected


def test_sources_of_other_alphabets_are_named():
    coin = type(CHAIN)("coin", [1.0], [[1.0]], [[0.5, 0.5]])
    with pytest.raises(ValueError, match="got 2 of coin"):
        loss_of_sources(fully_connected(), [coin], n_sequences=8, n_steps=4, blur=1.0, seed=1)


def test_losses_by_size_are_those_of_each_size():
    sources = [regular_chain(1), regular_chain(2, 40)]
    sizes = {"n_sequences": (16, 64), "n_steps": (10, 20)}
    found = losses_by_size(sources[0], sources, **sizes, blur=0.2, n_batches=3, seed=4)
    assert found.shape == (2, 2, 2, 3)
    np.testing.assert_array_equal(
        found[1, 1],
        loss_of_sources(
            sources[0], sources, n_sequences=64, n_steps=20, blur=0.2, n_batches=3, seed=(4, 3)
        ),
    )
    # Larger batches hold closer partners, and longer sequences have more to differ in.
    own = found[:, :, 0].mean(axis=-1)
    assert (own[1] < own[0]).all() and (own[:, 1] > own[:, 0]).all()
    with pytest.raises(ValueError, match="n_steps must be at least 1, got 0"):
        losses_by_size(sources[0], sources, n_sequences=(4,), n_steps=(0,), blur=0.2, seed=4)


def test_a_loss_over_the_own_one_is_a_share():
    found = over_own(np.array([4.0, 6.0]), np.array([3.0, 5.5]))
    assert found.value == pytest.approx(-0.15)
    # Half the distance of two values times Student's 12.7 at one degree of freedom.
    assert found.interval == pytest.approx(
        (-0.15 - 12.7062 * 0.05, -0.15 + 12.7062 * 0.05), rel=1e-4
    )


@pytest.mark.slow
def test_at_the_paper_s_batches_a_slow_regular_source_beats_the_hmm_by_as_much():
    sources = [regular_chain(1), regular_chain(2, 40)]
    found = losses_by_size(
        sources[0], sources, n_sequences=(512, 4096), n_steps=(100,), blur=0.2, n_batches=1, seed=1
    )
    # The expected values are another implementation's.  Batches differ by 0.05 or less (SD).
    assert found[1, 0].mean(axis=1) == pytest.approx([11.64, 9.91], abs=0.1)
    small, large = (over_own(*one[0]).value for one in found)
    assert large == pytest.approx(-0.15, abs=0.01) and large < small + 0.02
