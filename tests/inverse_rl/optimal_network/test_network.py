import dataclasses

import numpy as np
import pytest
from network_chains import law_of, step_matrix
from scipy.optimize import minimize
from scipy.special import expit, rel_entr

from iblrnn_helpers.inverse_rl.hypercube import (
    as_log_odds,
    gibbs_law,
    iterate_law,
    spike_counts,
    spins,
)
from iblrnn_helpers.inverse_rl.one_agent.mdp import solve_mdp
from iblrnn_helpers.inverse_rl.optimal_network.changes import switching_input
from iblrnn_helpers.inverse_rl.optimal_network.network import (
    NetworkTask,
    count_distribution,
    optimise,
    tuning,
)

INPUT = np.array([[0.8, 0.2], [0.3, 0.7]])


def objective(task, log_odds, reward):
    """L of a policy by its definition."""
    law = law_of(step_matrix(log_odds, task.input_transitions)).reshape(reward.shape)
    fires = expit(log_odds)
    marginal = (law * fires).sum(axis=(1, 2))
    if task.marginal == "population":
        marginal[:] = marginal.mean()
    q = marginal[:, None, None]
    divergence = rel_entr(fires, q) + rel_entr(1 - fires, 1 - q)
    cost = (law * divergence).sum(axis=(1, 2))
    total = cost.sum() if task.cost == "sum" else cost.mean()
    return (law * reward).sum() - task.coding_cost * total, law, total


@pytest.mark.parametrize("marginal", ["population", "individual"])
@pytest.mark.parametrize("cost", ["sum", "mean"])
def test_no_policy_is_better(marginal, cost):
    # High enough for no neuron to freeze, where a minimiser would run to infinity.
    task = NetworkTask(
        2, INPUT, coding_cost={"sum": 0.3, "mean": 0.6}[cost], marginal=marginal, cost=cost
    )
    reward = np.random.default_rng(4).normal(size=(4, 2))
    found = optimise(task, reward)
    # 2 neurons × 2 states of the other × 2 inputs.
    own = np.array([[s & ~(1 << i) for s in range(4)] for i in range(2)])
    place = np.unique(own + 4 * np.arange(2)[:, None], return_inverse=True)[1].reshape(2, 4)

    def loss(parameters):
        return -objective(task, parameters.reshape(4, 2)[place], reward)[0]

    random = np.random.default_rng(0)
    best = max(-minimize(loss, random.normal(size=8), tol=1e-9).fun for _ in range(2))
    # The optimum is flat: a minimiser that stops within 1e-4 of it is 1e-8 below.
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.objective > best - 1e-9


@pytest.mark.parametrize("marginal", ["population", "individual"])
@pytest.mark.parametrize("cost", ["sum", "mean"])
def test_a_solution_is_what_it_says(marginal, cost):
    task = NetworkTask(3, INPUT, coding_cost=0.1, marginal=marginal, cost=cost)
    reward = np.random.default_rng(1).normal(size=(8, 2))
    found = optimise(task, reward)
    value, law, divergence = objective(task, found.log_odds, reward)
    assert found.converged
    # Both sides are solved to about 1e-12.
    np.testing.assert_allclose(found.stationary, law, atol=1e-10)
    assert found.objective == pytest.approx(value, abs=1e-9)
    assert found.cost_rate == pytest.approx(divergence, abs=1e-9)
    assert found.reward_rate == pytest.approx((law * reward).sum(), abs=1e-9)
    fires = (law * expit(found.log_odds)).sum(axis=(1, 2))
    expected = fires.mean() if marginal == "population" else fires
    np.testing.assert_allclose(found.marginal, expected, atol=1e-9)
    # Bellman, written out.
    future = found.value @ INPUT.T
    total = np.zeros_like(reward)
    for neuron, q in enumerate(found.marginal):
        on = np.arange(8) | 1 << neuron
        off = np.arange(8) & ~(1 << neuron)
        active, silent = (np.exp(future[s] / task.temperature) for s in (on, off))
        total += np.log(q * active + (1 - q) * silent)
    right_side = reward + task.temperature / 3 * total
    np.testing.assert_allclose(found.objective + found.value, right_side, atol=1e-10)
    assert found.residual < 1e-10
    # Intermediate solutions are exact to 1e-8 only.
    assert np.diff(found.history).min(initial=0) > -1e-8


def test_one_neuron_is_one_agent():
    # States (σ, x); actions silent and active; T = λ for one neuron.
    reward = np.random.default_rng(3).normal(size=(2, 2))
    transitions = np.zeros((2, 2, 2, 2, 2))
    for action in (0, 1):
        transitions[:, :, action, action] = INPUT
    agent = solve_mdp(transitions.reshape(4, 2, 4), reward.ravel(), 0.4)
    found = optimise(NetworkTask(1, INPUT, coding_cost=0.4), reward)
    assert found.objective == pytest.approx(agent.objective, abs=1e-10)
    np.testing.assert_allclose(
        found.log_odds[0].ravel(), agent.log_policy[:, 1] - agent.log_policy[:, 0], atol=1e-8
    )


def test_without_input_the_law_is_gibbs():
    task = NetworkTask(4, coding_cost=0.2, marginal="individual")
    found = optimise(task, np.random.default_rng(0).normal(size=(16, 1)))
    weights = np.array(
        [
            np.prod(np.where(state > 0, found.marginal, 1 - found.marginal)) * np.exp(v)
            for state, v in zip(spins(4), found.value[:, 0] / task.temperature, strict=True)
        ]
    )
    expected = law_of(step_matrix(found.log_odds, np.eye(1)))
    np.testing.assert_allclose(weights / weights.sum(), expected, atol=1e-10)
    law = gibbs_law(found.value / task.temperature, found.marginal)
    np.testing.assert_allclose(law[:, 0], expected, atol=1e-10)


def test_the_law_of_any_policy():
    log_odds = np.random.default_rng(2).normal(size=(3, 8, 2)) * 2
    with pytest.raises(ValueError, match="neuron 0 must not depend on its own state"):
        as_log_odds(log_odds, 2)
    for neuron in range(3):
        log_odds[neuron] = log_odds[neuron, np.arange(8) & ~(1 << neuron)]
    as_log_odds(log_odds, 2)
    start = np.full((8, 2), 1 / 16)
    found, settled = iterate_law(expit(log_odds), INPUT, start, 1e-12, 100_000)
    assert settled
    expected = law_of(step_matrix(log_odds, INPUT)).reshape(8, 2)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert not iterate_law(expit(log_odds), INPUT, start, 1e-12, 3)[1]


def test_warm_and_random_starts_lead_to_the_same_optimum():
    # One marginal for all: the optimum of this reward is unique.
    counts = spike_counts(5)
    reward = np.stack([counts == 1, counts == 4], axis=1).astype(float)
    task = NetworkTask(5, switching_input(0.4, 0.1))
    cold = optimise(task, reward)
    other = optimise(task, reward, np.random.default_rng(0).uniform(0.1, 0.9, 5))
    warm = optimise(task, reward, optimise(dataclasses.replace(task, coding_cost=0.06), reward))
    assert other.objective == pytest.approx(cold.objective, abs=1e-10)
    assert warm.objective == pytest.approx(cold.objective, abs=1e-10)


def test_figure_2_as_specified():
    counts = spike_counts(8)
    reward = np.stack([counts == 2, counts == 6], axis=1).astype(float)
    found = optimise(NetworkTask(8, switching_input(0.5, 0.02)), reward)
    # Values of another implementation of ours, to the digits that it was noted with.
    assert found.objective == pytest.approx(0.596, abs=5e-4)
    assert found.reward_rate == pytest.approx(0.841, abs=5e-4)
    assert found.cost_rate == pytest.approx(4.89, abs=5e-3)
    curves = tuning(found)
    assert curves[:, :, 0].std(axis=0).max() < 1e-9
    expected = [0.92, 0.94, 0.002, 0.013, 0.041, 0.089, 0.12, 0.15]
    np.testing.assert_allclose(curves[0, :, 0], expected, atol=5e-3)


def test_tuning_and_counts_are_plain_averages():
    task = NetworkTask(3, INPUT, marginal="individual", coding_cost=0.2)
    found = optimise(task, np.random.default_rng(7).normal(size=(8, 2)))
    law, fires = found.stationary, expit(found.log_odds)
    curves = tuning(found)
    counts = spike_counts(3)
    for neuron in range(3):
        others = counts - (np.arange(8) >> neuron & 1)
        for m in range(3):
            for x in range(2):
                rows = others == m
                expected = np.average(fires[neuron, rows, x], weights=law[rows, x])
                assert curves[neuron, m, x] == pytest.approx(expected, rel=1e-12)
    for x in range(2):
        expected = np.bincount(counts, weights=law[:, x]) / law[:, x].sum()
        np.testing.assert_allclose(count_distribution(law)[:, x], expected, rtol=1e-12)


def test_too_few_iterations_are_not_converged():
    reward = np.random.default_rng(1).normal(size=(8, 2))
    assert not optimise(NetworkTask(3, INPUT), reward, max_iterations=2).converged
    assert not optimise(NetworkTask(3, INPUT), reward, max_sweeps=2).converged


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_neurons": 0}, "n_neurons must be"),
        ({"n_neurons": 30}, r"n_neurons = 30 with 1 inputs would need about 773\.1 GB"),
        ({"input_transitions": [[0.5, 0.6], [0.5, 0.5]]}, r"row 0 has 1\.1$"),
        ({"input_transitions": [[1.0, 0.0], [0.5, 0.5]]}, "input_transitions: every state"),
        ({"input_transitions": [[-1.0, 2.0], [0.5, 0.5]]}, "probabilities from 0 to 1"),
        ({"input_transitions": [[1.0, 0.0]]}, "square"),
        ({"coding_cost": 0}, "coding_cost must be greater than 0"),
        ({"coding_cost": -0.1}, "coding_cost must be greater than 0"),
        ({"marginal": "mine"}, "marginal must be one of"),
        ({"cost": "max"}, "cost must be one of"),
    ],
)
def test_bad_tasks_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        NetworkTask(**{"n_neurons": 3, **options})


def test_bad_rewards_and_starts_are_refused():
    task = NetworkTask(3, INPUT)
    with pytest.raises(ValueError, match="reward must be"):
        optimise(task, np.zeros(8))
    with pytest.raises(ValueError, match="finite"):
        optimise(task, np.full((8, 2), np.nan))
    with pytest.raises(ValueError, match="start must be 3 firing"):
        optimise(task, np.zeros((8, 2)), np.array([0.5, 0.5, 1.0]))
    with pytest.raises(ValueError, match="start must be a network of 3"):
        optimise(task, np.zeros((8, 2)), optimise(NetworkTask(2, INPUT), np.zeros((4, 2))))
