"""Networks that stay near some states for very long: closed forms and dense matrices."""

import numpy as np
import pytest
from network_chains import law_of, step_matrix
from scipy.special import expit

from iblrnn_helpers.inverse_rl import hypercube
from iblrnn_helpers.inverse_rl.optimal_network import network as networks
from iblrnn_helpers.inverse_rl.optimal_network.changes import switching_input
from iblrnn_helpers.inverse_rl.optimal_network.inverse import fix_gauge, infer_reward
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise
from iblrnn_helpers.inverse_rl.slow_modes import departures, settled_law

THREE_INPUTS = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.0, 0.3, 0.7]])
# Few states pay, each far from the next, and neurons hardly cost anything.
RARE = {"coding_cost": 0.03, "cost": "mean"}


def rare_rewards(n_neurons, n_inputs, seed):
    drawn = np.random.default_rng(seed).normal(size=(2**n_neurons, n_inputs))
    return (drawn > 2).astype(float)


def a_policy(n_neurons, n_inputs, seed):
    value = 3 * np.random.default_rng(seed).normal(size=(2**n_neurons, n_inputs))
    return hypercube.differences(value)


@pytest.mark.parametrize("transitions", [np.eye(1), switching_input(0.3, 0.1), THREE_INPUTS])
def test_departures_are_one_less_a_step(transitions):
    log_odds = a_policy(4, len(transitions), 0)
    found = departures(expit(log_odds), transitions).toarray()
    np.testing.assert_allclose(
        found, np.eye(len(found)) - step_matrix(log_odds, transitions), atol=1e-15
    )
    # Added up, and so as exact as the rarest departure.
    lonely = departures(np.array([[[1e-20], [1e-20]]]), np.eye(1)).toarray()
    np.testing.assert_allclose(lonely, [[1e-20, -1e-20], [-1, 1]], rtol=1e-12)


def test_the_law_of_a_network_that_hardly_leaves_two_states():
    potential = np.zeros((64, 1))
    potential[[0, 63], 0] = 14.0, 13.0  # left once in some 10^6 steps
    exact = hypercube.gibbs_law(potential, np.full(6, 0.5))
    probabilities = expit(hypercube.differences(potential))
    start = np.full((64, 1), 1 / 64)
    found, settled = hypercube.iterate_law(probabilities, np.eye(1), start, 1e-13, 100_000)
    # What a step would change is up to 10^6 times as large in the shares of the two states.
    assert settled
    np.testing.assert_allclose(found, exact, rtol=1e-6)
    swept, _ = hypercube.iterate_law(probabilities, np.eye(1), start, 1e-13, 1_000)
    assert abs(swept[63, 0] / exact[63, 0] - 1) > 0.1  # which sweeps do not find


@pytest.mark.parametrize("transitions", [switching_input(0.4, 0.002), THREE_INPUTS])
def test_the_law_of_any_policy(transitions):
    log_odds = a_policy(5, len(transitions), 1)
    n_inputs = len(transitions)
    start = np.full((32, n_inputs), 1 / 32 / n_inputs)
    found, settled = settled_law(departures(expit(log_odds), transitions), start, 1e-13, 100)
    assert settled and (found >= 0).all()
    expected = law_of(step_matrix(log_odds, transitions)).reshape(found.shape)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert not settled_law(departures(expit(log_odds), transitions), start, 1e-13, 0)[1]


@pytest.mark.parametrize("marginal", ["population", "individual"])
@pytest.mark.parametrize("switches", [0.5, 0.002])
def test_what_sweeps_do_not_solve(marginal, switches):
    task = NetworkTask(8, switching_input(0.4, switches), marginal=marginal, **RARE)
    reward = rare_rewards(8, 2, seed=916)
    found = optimise(task, reward)
    assert found.converged and found.residual < 1e-11
    # The inverse is exact, and knows nothing of how the network was found.
    np.testing.assert_allclose(infer_reward(found).reward, fix_gauge(reward), atol=1e-9)
    matrix = step_matrix(found.log_odds, task.input_transitions)
    law = found.stationary.ravel()
    assert np.abs(law @ matrix - law).sum() < 1e-11
    assert found.objective == pytest.approx(
        found.reward_rate - task.coding_cost * found.cost_rate, abs=1e-7
    )


@pytest.mark.parametrize("transitions", [np.eye(1), switching_input(0.3, 0.1), THREE_INPUTS])
def test_sparse_systems_and_sweeps_find_the_same(transitions, monkeypatch):
    task = NetworkTask(5, transitions, coding_cost=0.15)
    reward = np.random.default_rng(2).normal(size=(32, len(transitions)))
    swept = optimise(task, reward)
    for module in (hypercube, networks):
        monkeypatch.setattr(module, "N_SWEEPS", 0)
    solved = optimise(task, reward)
    assert swept.converged and solved.converged
    assert solved.objective == pytest.approx(swept.objective, abs=1e-11)
    # Both stop where a sweep changes less than 1e-12; the slowest mode decays in some 100 steps.
    np.testing.assert_allclose(solved.log_odds, swept.log_odds, atol=1e-9)
    np.testing.assert_allclose(solved.stationary, swept.stationary, atol=1e-10)


def test_fewer_systems_than_needed_are_not_converged():
    task = NetworkTask(8, switching_input(0.4, 0.5), **RARE)
    assert not optimise(task, rare_rewards(8, 2, seed=916), max_sweeps=1_002).converged


@pytest.mark.slow
@pytest.mark.parametrize("transitions", [np.eye(1), switching_input(0.4, 0.5)])
def test_twelve_neurons(transitions):
    """Sweeps leave two marginals of the first and one of the second to the sparse systems."""
    task = NetworkTask(12, transitions, coding_cost=0.3, cost="mean")
    reward = rare_rewards(12, len(transitions), seed=663)
    found = optimise(task, reward)
    assert found.converged and found.residual < 1e-11
    np.testing.assert_allclose(infer_reward(found).reward, fix_gauge(reward), atol=1e-8)
