"""The ring's optima: bounds by the best of all networks, and what short connections cannot do."""

import numpy as np
import pytest

from iblrnn_helpers.inverse_rl.hypercube import spins
from iblrnn_helpers.inverse_rl.optimal_network.inverse import kl_between
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise
from iblrnn_helpers.inverse_rl.ring.pairwise import pair_network
from iblrnn_helpers.inverse_rl.ring.ring import (
    adjacent_reward,
    assess,
    couplings_by_distance,
    optimise_clamped,
    optimise_ring,
    raise_coding_cost,
    ring_network,
    search_ring,
    without_distant,
)


@pytest.fixture(scope="module")
def twelve():
    return optimise_ring(adjacent_reward())


@pytest.fixture(scope="module")
def eight():
    return optimise_ring(adjacent_reward(8, 3))


def test_the_reward_is_of_adjacent_neurons_alone():
    reward = adjacent_reward(6, 2)
    rewarded = {tuple(np.flatnonzero(spins(6)[s] > 0)) for s in np.flatnonzero(reward)}
    assert rewarded == {(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5)}
    assert set(reward) == {0, 1} and adjacent_reward().sum() == 12
    with pytest.raises(ValueError, match="n_neurons"):
        adjacent_reward(4, 4)


def test_couplings_serve_this_reward_as_well_as_any_value_function(twelve):
    best = optimise(NetworkTask(12), adjacent_reward()[:, None])
    assert best.objective == pytest.approx(0.6181, abs=5e-5)
    # A restricted network cannot be better; this one is nearly as good.
    assert 0 < best.objective - twelve.objective < 1e-4
    assert twelve.converged
    assert np.diff(twelve.history).min() >= -1e-13  # rounding


def test_no_network_near_the_optimum_is_better(eight):
    reward, rng = adjacent_reward(8, 3), np.random.default_rng(0)
    at = assess(eight.network, reward)
    assert at.objective == pytest.approx(eight.objective, abs=1e-12)
    assert at.distance_to_optimum < 1e-6  # not even if neurons need not be alike
    for _ in range(20):
        error = np.triu(rng.normal(0, 0.05, (8, 8)), 1)
        moved = type(eight.network)(
            eight.network.couplings + error + error.T, eight.network.fields + rng.normal(0, 0.05, 8)
        )
        assert assess(moved, reward).objective < eight.objective


def test_higher_cost_is_followed_from_below(twelve):
    """From rest the ascent ends without order, where the followed network keeps it."""
    reward = adjacent_reward()
    followed = raise_coding_cost(twelve, 0.08, reward)
    from_rest = optimise_ring(reward, 0.08)
    assert followed.converged and from_rest.converged
    assert followed.reward_rate > 0.99 and from_rest.reward_rate < 0.05
    assert followed.objective > from_rest.objective
    with pytest.raises(ValueError, match="coding_cost must be greater than"):
        raise_coding_cost(twelve, 0.05, reward)


def test_without_connections_across_a_block_its_size_cannot_be_told():
    """To a neuron at the end of a block of 4, a range of 3 shows what it shows beside it."""
    blocks = {k: 2**k - 1 for k in (3, 4, 5)}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        for reach, same in ((3, True), (4, False)):
            law = ring_network(rng.normal(0, 0.6, reach), rng.normal(), 12).law()
            ratio = law[blocks[3]] * law[blocks[5]] / law[blocks[4]] ** 2
            assert (abs(ratio - 1) < 1e-9) == same
    # So a third of the time is the most that can be rewarded, at any coding cost.
    for cost in (0.005, 0.05):
        for found in search_ring(adjacent_reward(), cost, 3, n_starts=4):
            assert found.reward_rate < 1 / 3


def test_near_connections_make_up_for_distant_ones(eight):
    """Blocks of 3 need a range of 3, of the 4 that a ring of 8 has."""
    reward = adjacent_reward(8, 3)
    cut = optimise_ring(reward, max_distance=3, settled=1e-6)
    assert couplings_by_distance(cut.network)[3] == 0
    unadapted = without_distant(eight, 3)
    np.testing.assert_array_equal(
        couplings_by_distance(unadapted), [*couplings_by_distance(eight.network)[:3], 0]
    )
    assert cut.objective > assess(unadapted, reward).objective
    assert cut.reward_rate > 0.999


def test_clamped_neurons_choose_the_blocks(eight):
    reward = adjacent_reward(8, 3)
    rates = {}
    for active in ((0, 2), (0,), (0, 4)):
        solution = optimise_clamped(reward, active, eight.network)
        others = np.setdiff1d(np.arange(8), active)
        rates[active] = dict(zip(others, solution.law @ (spins(len(others)) > 0), strict=True))
        before = eight.network.clamped(active)
        assert kl_between(solution.law, before.law()) >= 0
        if active != (0, 4):
            assert solution.reward_rate > 0.99
        else:
            assert solution.reward_rate == 0  # no block of 3 has both
    assert rates[0, 2][1] > 0.99 and rates[0, 2][3] < 0.01
    # Three blocks of 3 have neuron 0, all as good: its neighbours are in two, theirs in one.
    expected = [2 / 3, 1 / 3, 0, 0, 0, 1 / 3, 2 / 3]
    np.testing.assert_allclose(list(rates[0,].values()), expected, atol=0.02)


def test_wrong_settings_are_refused(eight):
    reward = adjacent_reward(8, 3)
    with pytest.raises(ValueError, match="coding_cost must be greater than 0"):
        optimise_ring(reward, 0)
    with pytest.raises(ValueError, match="max_distance must be at least 1 and at most 4"):
        optimise_ring(reward, max_distance=5)
    with pytest.raises(ValueError, match="finite"):
        optimise_ring(np.full(256, np.nan))
    with pytest.raises(ValueError, match="active"):
        optimise_clamped(reward, (8,), eight.network)


def test_a_network_in_which_nothing_varies_is_judged_without_warnings():
    frozen = pair_network(np.append(np.zeros(10), [400.0, 400, -400, -400, -400]), 5)
    found = assess(frozen, np.eye(32)[3])
    assert found.reward_rate == 1 and found.cost_rate == pytest.approx(
        5 * (-0.4 * np.log(0.4) - 0.6 * np.log(0.6))
    )
