import dataclasses

import numpy as np
import pytest

from iblrnn_helpers.inverse_rl.hypercube import spike_counts, spins
from iblrnn_helpers.inverse_rl.optimal_network.changes import (
    restrict,
    sum_out,
    switching_input,
    without,
)
from iblrnn_helpers.inverse_rl.optimal_network.inverse import (
    fix_gauge,
    infer_reward,
    kl_between,
    r_squared,
)
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise

THREE_INPUTS = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.0, 0.3, 0.7]])
TASK = NetworkTask(4, switching_input(0.4, 0.05))


@pytest.mark.parametrize("marginal", ["population", "individual"])
@pytest.mark.parametrize("cost", ["sum", "mean"])
@pytest.mark.parametrize("transitions", [np.eye(1), switching_input(0.3, 0.1), THREE_INPUTS])
def test_the_inverse_of_the_solution_is_the_reward(marginal, cost, transitions):
    task = NetworkTask(4, transitions, coding_cost=0.15, marginal=marginal, cost=cost)
    reward = np.random.default_rng(0).normal(size=(16, len(transitions)))
    network = optimise(task, reward)
    for gauge in ("min", "median", "mean"):
        found = infer_reward(network, gauge=gauge)
        np.testing.assert_allclose(found.reward, fix_gauge(reward, gauge), atol=1e-10)
        assert r_squared(reward, found.reward, gauge) == pytest.approx(1, abs=1e-12)
    assert found.residual < 1e-10
    difference = found.value - network.value
    np.testing.assert_allclose(difference, difference[:1] + np.zeros((16, 1)), atol=1e-9)
    from_arrays = infer_reward(network.log_odds, network.marginal, transitions, task.temperature)
    np.testing.assert_allclose(from_arrays.reward, fix_gauge(reward), atol=1e-10)


def test_an_offset_for_each_input_changes_no_policy():
    reward = np.random.default_rng(1).normal(size=(16, 2))
    same = optimise(TASK, reward + np.array([0, 3.7]))
    first = optimise(TASK, reward)
    # The offset of the reward is 3.7, so that rounding is a little more than for the reward.
    np.testing.assert_allclose(same.log_odds, first.log_odds, atol=1e-9)
    assert same.objective - first.objective == pytest.approx(3.7 * 0.4, abs=1e-9)


def test_only_the_ratio_to_the_temperature_can_be_known():
    network = optimise(TASK, np.random.default_rng(1).normal(size=(16, 2)))
    one, two = (
        infer_reward(network.log_odds, network.marginal, TASK.input_transitions, t).reward
        for t in (1.0, 2.0)
    )
    np.testing.assert_allclose(two, 2 * one, rtol=1e-12)


def test_noise_in_the_log_odds_shows_in_the_residual():
    network = optimise(TASK, np.random.default_rng(2).normal(size=(16, 2)))
    # Noise that does not depend on the neuron's own state, half of which no value explains.
    noise = np.random.default_rng(3).normal(size=network.log_odds.shape) * 0.1
    for neuron in range(4):
        states = np.arange(16) & ~(1 << neuron)
        noise[neuron] = noise[neuron, states]
    found = infer_reward(
        network.log_odds + noise, network.marginal, TASK.input_transitions, TASK.temperature
    )
    assert 0.03 < found.residual < 0.1
    assert 0.8 < r_squared(infer_reward(network).reward, found.reward) < 1


def test_a_network_that_has_not_converged_is_refused():
    network = optimise(TASK, np.random.default_rng(1).normal(size=(16, 2)), max_iterations=2)
    with pytest.raises(ValueError, match="has not converged"):
        infer_reward(network)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"marginal": [0.5, 0.5, 0.0, 0.5]}, "marginal of neuron 2"),
        ({"marginal": [0.5, 0.5]}, r"marginal must be \(4,\)"),
        ({"marginal": None}, "give marginal"),
        ({"temperature": 0}, "temperature must be greater than 0"),
        ({"temperature": -1}, "temperature must be greater than 0"),
        ({"input_transitions": [[0.5, 0.6], [0.5, 0.5]]}, "input_transitions"),
        ({"input_transitions": [[0.5, 0.5], [0.5, 0.5]]}, "too randomly"),
        ({"log_odds": np.full((4, 16, 2), np.inf)}, "finite"),
        ({"log_odds": np.zeros((4, 8, 2))}, "log_odds must be"),
        ({"gauge": "max"}, "gauge must be one of"),
    ],
)
def test_bad_input_is_refused(changed, message):
    good = {
        "log_odds": np.zeros((4, 16, 2)),
        "marginal": [0.5] * 4,
        "input_transitions": TASK.input_transitions,
        "temperature": 0.2,
    }
    infer_reward(**good)
    with pytest.raises(ValueError, match=message):
        infer_reward(**{**good, **changed})


def test_gauges():
    reward = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 8.0], [3.0, 6.0]])
    np.testing.assert_array_equal(fix_gauge(reward)[:, 0], [0, 1, 5, 2])
    np.testing.assert_array_equal(fix_gauge(reward, "median")[:, 0], [-1.5, -0.5, 3.5, 0.5])
    np.testing.assert_array_equal(fix_gauge(reward, "mean")[:, 1], [-1, -1, 2, 0])


def test_r_squared_is_numpys_after_the_gauge():
    random = np.random.default_rng(0)
    true, inferred = random.normal(size=(2, 8, 2))
    expected = np.corrcoef(fix_gauge(true).ravel(), fix_gauge(inferred).ravel())[0, 1] ** 2
    assert r_squared(true, inferred) == pytest.approx(expected, rel=1e-12)
    assert r_squared(true, inferred + np.array([0, 9])) == pytest.approx(expected, rel=1e-12)
    assert r_squared(true, np.zeros_like(true)) == 0
    with pytest.raises(ValueError, match="one shape"):
        r_squared(true, inferred[:4])


def test_kl_divergence():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])
    assert kl_between(p, q) == pytest.approx(0.5 * np.log(2))
    assert kl_between(q, p) == np.inf
    assert kl_between(p, p) == 0
    with pytest.raises(ValueError, match="q must be probabilities"):
        kl_between(p, 2 * q)


def test_the_inferred_reward_predicts_changed_networks():
    counts = spike_counts(5)
    reward = np.stack([counts == 1, counts == 4], axis=1).astype(float)
    task = NetworkTask(5, switching_input(0.5, 0.05))
    original = optimise(task, reward)
    inferred = infer_reward(original).reward
    biased = dataclasses.replace(task, input_transitions=switching_input(0.2, 0.03))
    dearer = dataclasses.replace(task, coding_cost=0.08)
    for changed in (biased, dearer):
        truth = optimise(changed, reward).stationary
        assert kl_between(truth, optimise(changed, inferred).stationary) < 1e-10
        assert kl_between(truth, original.stationary) > 1e-3
    for fixed in ({2: -1}, {0: 1, 4: -1}):
        truth = optimise(without(task, fixed), restrict(reward, fixed)).stationary
        found = optimise(without(task, fixed), restrict(inferred, fixed)).stationary
        assert kl_between(truth, found) < 1e-10
        assert kl_between(truth, sum_out(original.stationary, fixed)) > 1e-3


def test_restrict_and_sum_out_keep_the_order_of_the_others():
    function = np.random.default_rng(0).random((16, 2))
    states = spins(4)
    fixed = {1: 1, 3: -1}
    for small, state in enumerate(spins(2)):
        rows = (states[:, [0, 2]] == state).all(axis=1)
        full = rows & (states[:, 1] == 1) & (states[:, 3] == -1)
        np.testing.assert_array_equal(restrict(function, fixed)[small], function[full][0])
        total = function[rows].sum(axis=0)
        np.testing.assert_allclose(sum_out(function, [1, 3])[small], total, rtol=1e-14)
    assert without(TASK, fixed).n_neurons == 2
    assert without(TASK, fixed).temperature == pytest.approx(0.1)
    for bad in ({4: 1}, {0: 0}, dict.fromkeys(range(4), 1)):
        with pytest.raises(ValueError, match=r"fixed must map|must be left"):
            without(TASK, bad)


def test_switching_input():
    matrix = switching_input(0.2, 0.0128)
    np.testing.assert_allclose(matrix, [[0.992, 0.008], [0.032, 0.968]], rtol=1e-12)
    np.testing.assert_allclose([0.8, 0.2] @ matrix, [0.8, 0.2], rtol=1e-12)
    for bad in ((0, 0.1), (1, 0.1), (0.5, 0), (0.1, 0.9)):
        with pytest.raises(ValueError, match=r"probability|switches"):
            switching_input(*bad)
