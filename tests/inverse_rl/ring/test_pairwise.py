"""Pairwise networks: laws against an explicit Markov chain, worth and gradient against autograd."""

import numpy as np
import pytest
import torch
from network_chains import step_matrix
from scipy.special import logsumexp

from iblrnn_helpers.inverse_rl.hypercube import spins
from iblrnn_helpers.inverse_rl.ring.pairwise import (
    PairwiseNetwork,
    _law,
    all_states,
    evaluate,
    pair_features,
    pair_network,
    pair_parameters,
    ring_states,
)
from iblrnn_helpers.inverse_rl.ring.ring import (
    adjacent_reward,
    couplings_by_distance,
    ring_features,
    ring_network,
)


def test_laws_are_those_of_scipy_to_the_bit():
    rng = np.random.default_rng(0)
    for k in range(300):
        logs = rng.normal(0, 10 ** rng.uniform(-3, 3), rng.integers(1, 300))
        logs[rng.integers(len(logs), size=k % 3)] = logs.max()  # several may be the most probable
        assert np.array_equal(_law(logs), np.exp(logs - logsumexp(logs)))


def random_network(n, seed=0, size=0.5):
    rng = np.random.default_rng(seed)
    return pair_network(rng.normal(0, size, n * (n + 1) // 2), n)


@pytest.mark.parametrize("n", [5, 6])
def test_the_law_is_the_stationary_law_of_single_updates(n):
    network, states = random_network(n), spins(n)
    transitions = np.zeros((2**n, 2**n))
    for s in range(2**n):
        for i in range(n):
            drive = network.fields[i] + sum(
                network.couplings[i, j] * states[s, j] for j in range(n) if j != i
            )
            fires = 1 / (1 + np.exp(-2 * drive))
            transitions[s, s | 1 << i] += fires / n
            transitions[s, s & ~(1 << i)] += (1 - fires) / n
    law = network.law()
    np.testing.assert_allclose(law @ transitions, law, atol=1e-15)  # rounding of sums of n terms
    np.testing.assert_allclose(law.sum(), 1)
    # The general engine's transition matrix, from the log-odds.
    np.testing.assert_allclose(step_matrix(network.log_odds(), np.eye(1)), transitions, atol=1e-15)


def test_clamped_neurons_condition_the_law():
    network = random_network(6)
    both = (spins(6)[:, [1, 4]] == 1).all(axis=1)
    given = network.law()[both] / network.law()[both].sum()
    np.testing.assert_allclose(network.clamped([4, 1]).law(), given, rtol=1e-12)
    for wrong in ([1, 1], [6], range(6)):
        with pytest.raises(ValueError, match="active"):
            network.clamped(wrong)


def worth_by_autograd(parameters, features, n, reward, coding_cost):
    """L from its definition, with the policies and the mean rate as sums over the law."""
    theta = torch.tensor(parameters, dtype=torch.float64, requires_grad=True)
    states = torch.tensor(spins(n), dtype=torch.float64)
    law = torch.softmax(torch.tensor(features) @ theta, 0)
    numbers = torch.arange(2**n)
    objective = law @ torch.tensor(reward)
    rate = (law @ (states > 0).double()).mean()
    for i in range(n):
        with_neuron, without = law[numbers | 1 << i], law[numbers & ~(1 << i)]
        fires = with_neuron / (with_neuron + without)
        divergence = fires * torch.log(fires / rate)
        divergence = divergence + (1 - fires) * torch.log((1 - fires) / (1 - rate))
        objective = objective - coding_cost * law @ divergence
    objective.backward()
    return objective.item(), theta.grad.numpy()


def test_worth_and_gradient_are_those_of_autograd():
    n, rng = 5, np.random.default_rng(3)
    states, reward = all_states(n), rng.random(32)
    parameters, features = rng.normal(0, 0.7, 15), pair_features(states.spins)
    found = evaluate(states, features, parameters, reward, 0.2)
    objective, gradient = worth_by_autograd(parameters, features, n, reward, 0.2)
    assert found.objective == pytest.approx(objective, abs=1e-13)  # sums of 32 terms
    assert found.objective == pytest.approx(found.reward_rate - 0.2 * found.cost_rate, abs=1e-13)

    centred = features - found.law @ features
    natural = np.linalg.solve(centred.T @ (found.law[:, None] * centred), gradient) / (n * 0.2)
    np.testing.assert_allclose(found.step, natural, rtol=1e-8)  # a condition number of about 1e3
    spread = np.sqrt(found.law @ (centred @ natural) ** 2)
    assert found.spread_of_step == pytest.approx(spread)


def test_states_of_the_ring_stand_for_all():
    assert [ring_states(n).n_rows for n in (4, 8, 12)] == [6, 30, 224]  # bracelets of two colours
    few, every = ring_states(7), all_states(7)
    assert few.multiplicity.sum() == 2**7
    reward, parameters = adjacent_reward(7, 2), np.array([0.4, -0.3, -0.6, -0.2])
    short, long = (
        evaluate(one, ring_features(one, 3), parameters, one.average(reward), 0.1)
        for one in (few, every)
    )
    np.testing.assert_allclose(few.spread(short.law), long.law, rtol=1e-12)
    # Steps solve equations with a condition number of about 1e3.
    np.testing.assert_allclose(short.step, long.step, atol=1e-11)
    assert short.objective == pytest.approx(long.objective, abs=1e-14)
    network = ring_network(parameters[:3], parameters[3], 7)
    np.testing.assert_allclose(network.law(), long.law, rtol=1e-12)
    np.testing.assert_allclose(couplings_by_distance(network), parameters[:3])


def test_parameters_and_networks_correspond():
    network = random_network(6)
    features = pair_features(spins(6))
    np.testing.assert_allclose(features @ pair_parameters(network), network.energy(spins(6)))
    np.testing.assert_array_equal(
        pair_network(pair_parameters(network), 6).couplings, network.couplings
    )


@pytest.mark.parametrize(
    ("couplings", "fields", "message"),
    [
        (np.zeros((2, 3)), np.zeros(2), r"\(n, n\)"),
        (np.zeros((2, 2)), [0, np.inf], "finite"),
        (np.eye(2), np.zeros(2), "diagonal"),
        ([[0, 1], [2, 0]], np.zeros(2), "symmetric"),
    ],
)
def test_impossible_networks_are_refused(couplings, fields, message):
    with pytest.raises(ValueError, match=message):
        PairwiseNetwork(couplings, fields)


def test_too_many_neurons_are_refused():
    for make in (all_states, ring_states):
        with pytest.raises(ValueError, match="n_neurons must be at least 1 and at most 14"):
            make(15)
    with pytest.raises(ValueError, match="at most 14"):
        PairwiseNetwork(np.zeros((15, 15)), np.zeros(15)).law()
