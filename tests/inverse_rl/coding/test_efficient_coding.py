"""Efficient codes against brute force: information, the direct objective, planted features."""

from dataclasses import replace
from itertools import product
from math import comb, log, log2

import numpy as np
import pytest
from network_chains import law_of, step_matrix
from scipy.special import expit, log_expit

from iblrnn_helpers.core.markov_chains import stationary_distribution
from iblrnn_helpers.inverse_rl.coding import efficient_coding as coding
from iblrnn_helpers.inverse_rl.coding import responses
from iblrnn_helpers.inverse_rl.hypercube import spins
from iblrnn_helpers.inverse_rl.optimal_network.inverse import fix_gauge, infer_reward, r_squared
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise, tuning


def task_of(n, probability=0.5, coding_cost=0.05):
    return NetworkTask(n, coding.pixel_input(n, probability), coding_cost)


def random_law(n, n_inputs, seed=1):
    law = np.random.default_rng(seed).gamma(0.7, size=(2**n, n_inputs))
    return law / law.sum()


@pytest.fixture(scope="module")
def code():
    return coding.optimise_code(task_of(5), coding.majority(5))


def test_the_number_of_active_pixels_moves_as_the_pixels_do():
    n, q, redrawn = 3, 0.3, 0.4
    pixels = list(product((0, 1), repeat=n))
    moves = np.zeros((n + 1, n + 1))
    for before in pixels:
        weight = 1 / comb(n, sum(before))  # all pixel patterns with that number are alike
        moves[sum(before), sum(before)] += weight * (1 - redrawn)
        for i in range(n):
            for value, p in ((0, 1 - q), (1, q)):
                after = sum(before) - before[i] + value
                moves[sum(before), after] += weight * redrawn / n * p
    found = coding.pixel_input(n, q, redrawn)
    np.testing.assert_allclose(found, moves, atol=1e-14)  # rounding
    binomial = [comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(n + 1)]
    np.testing.assert_allclose(stationary_distribution(found), binomial, atol=1e-14)


def test_information_is_that_of_the_definition():
    law, labels = random_law(2, 3), np.array([-1, 1, 1])
    joint = [(law[s, 0], law[s, 1] + law[s, 2]) for s in range(4)]
    feature = [sum(row[y] for row in joint) for y in (0, 1)]
    expected = sum(row[y] * log2(row[y] / (sum(row) * feature[y])) for row in joint for y in (0, 1))
    assert coding.information(law, labels) == pytest.approx(expected, abs=1e-13)
    told = np.diag([0.25, 0.75])
    assert coding.information(told, [-1, 1]) == pytest.approx(
        -0.25 * log2(0.25) - 0.75 * log2(0.75), abs=1e-13
    )


def test_independent_neurons_fire_as_often_for_each_input():
    law = random_law(3, 2)
    signs, given = spins(3), law / law.sum(axis=0)
    expected = np.empty_like(law)
    for s, x in product(range(8), range(2)):
        p = 1.0
        for i in range(3):
            p *= sum(given[t, x] for t in range(8) if signs[t, i] == signs[s, i])
        expected[s, x] = p * law[:, x].sum()
    found = coding.independent_law(law)
    np.testing.assert_allclose(found, expected, atol=1e-15)
    np.testing.assert_allclose(coding.firing_by_input(found), coding.firing_by_input(law))


def test_no_step_lowers_the_objective_and_it_ends_at_the_information(code):
    for weights in (None, np.random.default_rng(3).normal(size=5)):
        found = coding.optimise_code(task_of(5, 0.3), coding.majority(5), weights)
        assert found.converged and len(found.history) > 3
        assert np.diff(found.history).min() > -1e-8  # what each network is solved to
        assert found.history[-1] > found.history[0] + 1e-3
    # L = I(σ; y) − H(y) − λ cost, once the decoder is the posterior: up to the tolerance of 1e-9.
    less = code.network.task.coding_cost * code.network.cost_rate
    assert code.objective == pytest.approx(log(2) * (code.information - 1) - less, abs=1e-8)


def test_no_small_change_of_the_policy_is_better():
    """The direct objective, I(σ; y) less the cost, is flat and highest at the code found."""
    n, labels = 2, np.array([-1, -1, 1])
    task = NetworkTask(n, coding.pixel_input(2, 0.4), 0.03)
    signs = spins(n)

    def objective(log_odds):
        law = law_of(step_matrix(log_odds, task.input_transitions)).reshape(4, 3)
        fires = expit(log_odds)
        mean = (fires * law).sum() / n
        cost = fires * (log_expit(log_odds) - np.log(mean))
        cost += expit(-log_odds) * (log_expit(-log_odds) - np.log1p(-mean))
        return log(2) * coding.information(law, labels) - task.coding_cost * (cost * law).sum()

    found = coding.optimise_code(task, labels, tolerance=1e-11)
    best = found.network.log_odds
    at = objective(best)
    assert found.information > 0.1  # not the trivial solution
    step = 1e-3
    for neuron, other, x in product(range(n), (-1, 1), range(3)):
        change = np.zeros_like(best)
        change[neuron, signs[:, 1 - neuron] == other, x] = step
        up, down = objective(best + change), objective(best - change)
        # A slope of 1e-6 would show; curvature makes both directions worse.
        assert abs(up - down) / (2 * step) < 1e-6
        assert max(up, down) <= at + 1e-12


def test_equal_weights_give_equal_cells_whose_count_tells_the_feature(code):
    assert np.ptp(tuning(code.network), axis=0).max() < 1e-9  # symmetric up to rounding
    law, labels = code.network.stationary, code.labels
    counts = (spins(5) > 0).sum(axis=1)
    for m, p in enumerate(responses.posterior_by_count(law, labels)):
        here = law[counts == m]
        assert p == pytest.approx(here[:, labels > 0].sum() / here.sum(), abs=1e-12)
        np.testing.assert_allclose(
            code.log_posterior[counts == m][:, labels > 0], np.log(p), atol=1e-8
        )
    np.testing.assert_allclose(responses.mean_count(law), counts @ law / law.sum(axis=0))
    assert responses.cell_types(law).n_curves == 1
    apart = coding.information(coding.independent_law(law), labels)
    assert code.information > apart + 0.1


def test_the_inferred_reward_is_the_log_posterior_and_shows_the_feature(code):
    inferred = infer_reward(code.network, gauge="mean").reward
    expected = fix_gauge(code.log_posterior, "mean")
    # The last decoder but one was rewarded: of the states that hardly occur, their log-posterior
    # may still move when the objective no longer does.
    assert r_squared(expected, inferred) > 0.9999
    seen = code.network.stationary
    assert (seen * np.abs(expected - inferred)).sum() < 1e-4
    found = responses.recover_labels(inferred)
    np.testing.assert_array_equal(found.labels, coding.majority(5))
    assert found.within == pytest.approx(1, abs=1e-6) and found.between < -0.5


@pytest.mark.parametrize("labels", [[-1, 1, -1, 1], [1, -1, -1, 1], [-1, -1, -1, 1]])
def test_any_feature_is_recovered_in_any_gauge_and_through_noise(labels):
    random = np.random.default_rng(4)
    log_odds = random.normal(scale=2, size=(64, 1))
    reward = np.log(expit(np.array(labels) * log_odds))
    reward = reward + random.normal(size=4) * 10 + random.normal(scale=0.2, size=reward.shape)
    weights = random.random(64)
    for given in (None, weights):
        found = responses.recover_labels(reward, given)
        np.testing.assert_array_equal(found.labels, labels)
        assert found.between < 0 < 0.9 < found.within


def test_weights_decide_which_states_count():
    reward = np.array([[0, 0], [1, 1], [2, 2], [5, -5]], dtype=float)
    assert responses.recover_labels(reward).similarity[0, 1] < 0
    alike = responses.recover_labels(reward, [1, 1, 1, 0])
    assert alike.labels.tolist() == [1, 1] and np.isnan(alike.between)


def test_cells_are_sorted_and_mirror_images_told():
    rising, falling = np.array([0.1, 0.2, 0.4]), np.array([0.3, 0.1, 0.05])
    inputs = np.array([0.2, 0.5, 0.3])

    def law_of(curves):
        signs = spins(len(curves))
        return inputs * np.prod(
            [np.where(s[:, None] > 0, p, 1 - p) for s, p in zip(signs.T, curves, strict=True)],
            axis=0,
        )

    curves = [rising, falling, rising]
    types = responses.cell_types(law_of(curves))
    assert types.name == "2 ON, 1 OFF" and (types.n_curves, types.n_kinds) == (2, 2)
    np.testing.assert_allclose(types.firing, curves, atol=1e-14)
    np.testing.assert_allclose(types.rates, [c @ inputs for c in curves], atol=1e-14)
    exchanged = responses.cell_types(law_of([1 - c for c in curves]))
    np.testing.assert_allclose(exchanged.firing, curves, atol=1e-14)
    balanced = np.array([0.2, 0.45, 0.75])
    mirrored = responses.cell_types(law_of([balanced, 1 - balanced]))
    assert (mirrored.n_curves, mirrored.n_kinds) == (2, 1)


def test_fewer_active_pixels_split_the_cells_but_a_fixed_reward_would_not(code):
    rare = replace(code.network.task, input_transitions=coding.pixel_input(5, 0.3))
    labels = coding.majority(5)
    alike = coding.optimise_code(rare, labels)
    weights = np.array([1, 1, 1, -1, -1])
    split = coding.optimise_code(rare, labels, weights)
    assert split.objective > alike.objective + 1e-3
    types = responses.cell_types(split.network.stationary)
    assert types.name == "3 ON, 2 OFF" and types.n_kinds == 2
    reward = infer_reward(code.network).reward
    assert responses.cell_types(optimise(rare, reward).stationary).n_curves == 1


def test_exchanging_the_cells_states_leaves_the_objective():
    """At probability one half a code that mirrors some cells is worth as much."""
    task, labels = task_of(4), np.array([-1, -1, 1, 1, 1])
    found = [
        coding.optimise_code(task_of(4, 0.3), labels, w).objective
        for w in ([1, 1, 1, -1], [-1, -1, -1, 1])
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-8)
    odd = replace(task, n_neurons=5, input_transitions=coding.pixel_input(5, 0.5))
    balanced = [
        coding.optimise_code(odd, coding.majority(5), w).objective
        for w in ([1, 1, 1, 1, 1], [1, 1, -1, 1, -1])
    ]
    assert balanced[0] == pytest.approx(balanced[1], abs=1e-8)


def test_restarts_are_drawn_one_by_one_and_a_code_can_go_on():
    task, labels = task_of(3, 0.3), coding.majority(3)
    few = responses.restart(task, labels, 2, 7)
    more = responses.restart(task, labels, 3, 7)
    assert [c.objective for c in few] == [c.objective for c in more[:2]]
    assert few[0].objective != few[1].objective
    again = coding.optimise_code(task, labels, few[0], tolerance=1e-5)
    assert again.history[0] >= few[0].objective - 1e-8 and len(again.history) <= 3


def test_bad_input_is_named():
    task, labels = task_of(3), coding.majority(3)
    with pytest.raises(ValueError, match="labels must be -1 or \\+1 for each of 4 inputs"):
        coding.optimise_code(task, [-1, 0, 1, 1])
    with pytest.raises(ValueError, match="both must occur"):
        coding.optimise_code(task, [1, 1, 1, 1])
    with pytest.raises(ValueError, match="weight for each of 3 neurons"):
        coding.optimise_code(task, labels, [1, 1])
    with pytest.raises(ValueError, match="this task's size"):
        coding.optimise_code(task_of(4), coding.majority(4), coding.optimise_code(task, labels))
    with pytest.raises(ValueError, match="marginal"):
        coding.optimise_code(task, labels, marginal=0)
    with pytest.raises(ValueError, match="probability"):
        coding.pixel_input(3, 1.0)
    with pytest.raises(ValueError, match="redrawn"):
        coding.pixel_input(3, 0.5, 0)
    with pytest.raises(ValueError, match="input 1 is the same in all states"):
        responses.recover_labels(np.array([[0, 1], [1, 1.0]]))
    with pytest.raises(ValueError, match="n_restarts"):
        responses.restart(task, labels, 0, 1)
    unfinished = coding.optimise_code(task, labels, max_iterations=1)
    assert not unfinished.converged and len(unfinished.history) == 1


def test_the_feature_shows_in_long_recordings_and_not_in_short_ones():
    slow = NetworkTask(3, coding.pixel_input(3, 0.5, 0.05), 0.05)
    code = coding.optimise_code(slow, [-1, -1, 1, 1])
    fit, feature = responses.feature_from_samples(code, 100_000, 5)
    np.testing.assert_array_equal(feature.labels, code.labels)
    assert fit.task.temperature == slow.temperature
    # One in 20 recordings at most is wrong by chance, in five none.
    (few, low, high), (many, *_) = responses.share_recovered(code, (300, 100_000), 5, 1)
    assert many == 1 and few < 1 and low <= few <= high
    assert responses.share_recovered(code, (300,), 5, 1) == [(few, low, high)]


def test_a_weighted_fit_is_the_plain_one_of_states_repeated_as_often():
    rng = np.random.default_rng(3)
    true, inferred = rng.normal(size=(2, 8, 2))
    alike = np.full((8, 2), 1 / 16)
    plain = r_squared(true, inferred, "mean")
    assert responses.fit_where_seen(true, inferred, alike) == pytest.approx(plain, abs=1e-13)
    times = rng.integers(0, 4, size=8)
    rows = np.repeat(np.arange(8), times)
    repeated = fix_gauge(true[rows], "mean").ravel(), fix_gauge(inferred[rows], "mean").ravel()
    expected = np.corrcoef(*repeated)[0, 1] ** 2
    law = np.column_stack([times, times]) / (2 * times.sum())
    shifted = inferred * 7 + [3, -5]  # neither unit nor constants of inputs matter
    assert responses.fit_where_seen(true, shifted, law) == pytest.approx(expected, abs=1e-13)


def test_the_log_posterior_is_told_where_it_is_seen_and_not_by_neurons_on_their_own():
    """A small code, exactly solved: its reward is its log-posterior, so samples come near it.

    200,000 samples over 32 states leave errors of the order of 1% where the code often is.
    """
    code = coding.optimise_code(task_of(3), coding.majority(3))
    ours = responses.fits_from_samples(code, 200_000, [1, 2])
    control = responses.fits_from_samples(code, 200_000, [1, 2], from_input_alone=True)
    assert ours.shape == (2, 2)
    assert (ours[:, 1] > 0.97).all()
    assert (ours[:, 0] < ours[:, 1]).all()  # states that it hardly visits are told worse
    assert (control[:, 1] < ours[:, 1] - 0.05).all()
