"""Rewards of pairwise networks: planted ones come back, and unfinished networks are refused."""

from math import comb

import numpy as np
import pytest

from iblrnn_helpers.inverse_rl.hypercube import spike_counts, spins
from iblrnn_helpers.inverse_rl.optimal_network.inverse import infer_reward
from iblrnn_helpers.inverse_rl.ring.pairwise import (
    all_states,
    information,
    pair_features,
    pair_network,
    ring_states,
)
from iblrnn_helpers.inverse_rl.ring.reward_models import (
    Criterion,
    compare_reward_models,
    fit_of,
    fit_with_noise,
    infer_global,
    infer_pairwise,
    infer_sparse,
    model_limits,
    optimality_criterion,
)
from iblrnn_helpers.inverse_rl.ring.ring import (
    adjacent_reward,
    assess,
    optimise_ring,
    ring_features,
)
from iblrnn_helpers.inverse_rl.ring.training import N_BATCH, _epoch, train_ring


@pytest.fixture(scope="module")
def twelve():
    return optimise_ring(adjacent_reward())


def random_network(n, seed=0):
    return pair_network(np.random.default_rng(seed).normal(0, 0.4, n * (n + 1) // 2), n)


def test_the_criterion_is_that_the_gradient_vanishes():
    network, reward = random_network(6), np.random.default_rng(1).random(64)
    criterion, cost, step = optimality_criterion(network, 0.1), 0.1, 1e-5
    lacking = criterion.matrix @ reward - criterion.target
    for k in range(21):
        worth = [
            assess(pair_network(at, 6), reward, cost).objective
            for at in (np.eye(21)[k] * move + parameters_of(network) for move in (step, -step))
        ]
        # Central differences: an error of step² and of rounding over step, 1e-10 both.
        assert lacking[k] == pytest.approx((worth[0] - worth[1]) / (2 * step), abs=1e-8)


def parameters_of(network):
    upper = np.triu_indices(network.n_neurons, 1)
    return np.append(network.couplings[upper], network.fields)


def test_without_restriction_the_general_engine_infers_the_same():
    """λ Σ log π/q is the reward for which the network would be the best of all."""
    network = random_network(6)
    rate = float(network.law() @ (spins(6) > 0).mean(axis=1))
    found = infer_reward(network.log_odds(), np.full(6, rate), [[1.0]], 6 * 0.1)
    ours = 0.1 * information(network, all_states(6))
    np.testing.assert_allclose(found.reward[:, 0], ours - ours.min(), atol=1e-12)


@pytest.mark.parametrize("size", [1.0, 0.7])
def test_a_planted_sparse_reward_comes_back(size):
    reward = size * adjacent_reward(8, 3)
    solution = optimise_ring(reward, 0.04)
    found = infer_sparse(optimality_criterion(solution))
    # The couplings converge to 1e-12, and HiGHS keeps its constraints to 1e-7 or better.
    np.testing.assert_allclose(found, reward, atol=1e-6)


def test_a_planted_reward_of_second_order_comes_back():
    few = ring_states(6)
    reward = (ring_features(few, 3) @ [0.1, -0.05, -0.1, -0.02])[few.row_of]
    solution = optimise_ring(reward, 0.2)
    assert solution.converged
    found = infer_pairwise(optimality_criterion(solution), cut=1e-12)
    np.testing.assert_allclose(found - found.mean(), reward - reward.mean(), atol=1e-9)


def test_a_planted_reward_of_the_count_comes_back():
    reward = np.array([0, 0.1, 0.3, 0.2, 0.1, 0, -0.1])[spike_counts(6)]
    solution = optimise_ring(reward, 0.2)
    found = infer_global(optimality_criterion(solution), cut=1e-12)
    # All neurons are alike, so seven numbers face three equations that differ: satisfied, and with
    # the smallest coefficients that do, but not unique.
    criterion = optimality_criterion(solution)
    np.testing.assert_allclose(criterion.matrix @ found, criterion.target, atol=1e-12)
    assert all(np.ptp(found[spike_counts(6) == m]) == 0 for m in range(7))


def test_only_the_sparse_model_fits_and_predicts(twelve):
    """Only the sparse model holds what was rewarded, and only it predicts."""
    reward, high = adjacent_reward(), optimise_ring(adjacent_reward(), 0.06)
    fits = compare_reward_models(twelve, high, reward)
    assert fits["sparse"].r_squared > 1 - 1e-9 and fits["sparse"].kl < 1e-9
    assert max(fits[name].r_squared for name in ("pairwise", "global")) < 0.05
    assert min(fits[name].kl for name in ("pairwise", "global")) > 1


def test_the_sparse_reward_survives_measured_couplings(twelve):
    exact = fit_with_noise(twelve, adjacent_reward(), 0.0, slack=0, n_networks=1)
    noisy = fit_with_noise(twelve, adjacent_reward(), 0.01, slack=0.1, n_networks=3)
    assert exact == pytest.approx(1, abs=1e-9)
    assert noisy.min() > 0.95


def test_unfinished_networks_are_refused():
    reward = adjacent_reward(8, 3)
    unfinished = optimise_ring(reward, max_iterations=60)
    assert not unfinished.converged
    with pytest.raises(ValueError, match="have not converged"):
        optimality_criterion(unfinished)
    with pytest.raises(ValueError, match="coding_cost must be given"):
        optimality_criterion(unfinished.network)


def test_impossible_equations_are_refused():
    impossible = Criterion(np.ones((1, 4)), np.array([-1.0]))
    with pytest.raises(ValueError, match="no non-negative reward"):
        infer_sparse(impossible)
    with pytest.raises(ValueError, match="slack must be at least 0"):
        infer_sparse(impossible, slack=-1)
    with pytest.raises(ValueError, match="cut must be"):
        infer_pairwise(impossible, cut=0)


def test_a_batch_moves_couplings_by_the_error_of_the_value():
    n, rng = 5, np.random.default_rng(4)
    network, reward, temperature, rate, size = random_network(n), rng.random(32), 0.4, 0.4, 0.03
    couplings, fields = temperature * network.couplings, temperature * network.fields
    old_couplings, old_fields = couplings.copy(), fields.copy()
    states = np.where(rng.random((7, n)) < 0.5, 1.0, -1.0)
    shape = (1, 7, n)
    new_rate = _epoch(
        couplings, fields, rate, states, reward, temperature, size,
        rng.integers(n, size=shape), rng.random(shape),
    )  # fmt: skip

    def value(state):
        return state @ old_couplings @ state / 2 + old_fields @ state

    errors = []
    for state in states:
        total = reward[int((state > 0) @ (1 << np.arange(n)))] - value(state)
        for i in range(n):
            with_i, without = state.copy(), state.copy()
            with_i[i], without[i] = 1, -1
            terms = rate * np.exp(value(with_i) / temperature)
            terms += (1 - rate) * np.exp(value(without) / temperature)
            total += temperature / n * np.log(terms)
        errors.append(total)
    errors = np.array(errors) - np.mean(errors)
    moved = pair_features(states).T @ errors * size / 7
    upper = np.triu_indices(n, 1)
    np.testing.assert_allclose((couplings - old_couplings)[upper], moved[:10], atol=1e-14)
    np.testing.assert_allclose(fields - old_fields, moved[10:], atol=1e-14)
    assert new_rate == pytest.approx(rate + 0.01 * ((states > 0).mean() - rate))


def test_training_comes_near_the_optimum_and_repeats():
    reward = adjacent_reward(6, 2)
    best = optimise_ring(reward)
    settings = {"n_epochs": 30, "keep_every": 10, "seed": 5, "learning_rate": 0.03}
    training = train_ring(reward, **settings)
    assert training.epochs.tolist() == [10, 20, 30]
    worth = [assess(network, reward).objective for network in training.networks]
    # Batches of 40 states leave noise; the reward rate is nearly all of it long before.
    assert worth[0] < worth[-1] <= best.objective and worth[-1] > 0.95 * best.objective
    again = train_ring(reward, **settings)
    np.testing.assert_array_equal(training.networks[-1].couplings, again.networks[-1].couplings)
    with pytest.raises(ValueError, match="n_epochs"):
        train_ring(reward, n_epochs=0, seed=1)
    assert N_BATCH == 40


@pytest.mark.parametrize("model", ["pairwise", "global"])
def test_a_model_s_limits_are_those_of_its_rewards(model):
    """Against random rewards of the model, drawn anew, and against the formula for counts."""
    n = 6
    true = adjacent_reward(n, 2)
    ceiling, chance = model_limits(true, model)
    states, counts = all_states(n).spins.astype(float), spike_counts(n)
    if model == "global":
        # The nearest function of the count is the mean of each count: 6 of 15 pay with two.
        share, all_states_share = 6 / comb(n, 2), 6 / 2**n
        explained = comb(n, 2) / 2**n * share**2 - all_states_share**2
        assert ceiling == pytest.approx(explained / (all_states_share * (1 - all_states_share)))
        basis = (counts[:, None] == np.arange(n)) * 1.0
    else:
        near = [np.sum(states * np.roll(states, d, axis=1), axis=1) for d in (1, 2, 3)]
        basis = np.column_stack([*near, states.sum(axis=1)])
    basis, _ = np.linalg.qr(basis - basis.mean(axis=0))
    directions = basis @ np.random.default_rng(1).normal(size=(basis.shape[1], 20_000))
    found = np.array([fit_of(true, one) for one in directions.T])
    assert found.max() <= ceiling + 1e-12
    # The mean of 20,000 draws, to four standard errors.
    assert found.mean() == pytest.approx(chance, abs=4 * found.std() / np.sqrt(len(found)))
    with pytest.raises(ValueError, match="model"):
        model_limits(true, "sparse")
