import numpy as np
import pytest
from scipy.special import expit

from iblrnn_helpers.inverse_rl.optimal_network.changes import switching_input
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise
from iblrnn_helpers.inverse_rl.optimal_network.recording import simulate

NETWORK = optimise(
    NetworkTask(3, switching_input(0.3, 0.2), coding_cost=1.0),
    np.random.default_rng(0).normal(size=(8, 2)),
)


def test_every_step_follows_the_policy_and_the_input_its_chain():
    found = simulate(NETWORK, 200_000, 1)
    before, after, given = found.states[:-1], found.states[1:], found.inputs[:-1]
    # Only the neuron that was updated can have changed.
    assert not ((before ^ after) & ~(1 << found.updated)).any()
    fired = after >> found.updated & 1
    # Given where they were made, choices are independent: standard scores are known exactly.
    key = (found.updated * 8 + before) * 2 + given
    n = np.bincount(key, minlength=48)
    p = expit(NETWORK.log_odds).ravel()
    error = np.sqrt(n * p * (1 - p))
    excess = np.abs(np.bincount(key, weights=fired, minlength=48) - n * p)
    assert (n > 30).sum() > 40
    assert (excess[n > 30] < 4.5 * error[n > 30]).all()  # 48 scores exceed 4.5 in 1 of 3,000 seeds
    moved = np.bincount(given, weights=found.inputs[1:], minlength=2) / np.bincount(given)
    up = NETWORK.task.input_transitions[:, 1]
    error = np.sqrt(up * (1 - up) / np.bincount(given))
    assert (np.abs(moved - up) < 4.5 * error).all()
    counts = np.bincount(found.updated, minlength=3)
    assert np.abs(counts / 200_000 - 1 / 3).max() < 4.5 * np.sqrt(2 / 9 / 200_000)


def test_states_are_visited_as_the_stationary_law_says():
    # Ends of independent runs: a sample without memory.
    ends = [simulate(NETWORK, 100, seed, start=(0, 0)) for seed in range(3_000)]
    visited = np.zeros((8, 2))
    for run in ends:
        visited[run.states[-1], run.inputs[-1]] += 1
    expected = 3_000 * NETWORK.stationary
    # Chi squared with at most 15 degrees of freedom; 45 has a probability of 1e-4.
    assert ((visited - expected) ** 2 / expected).sum() < 45


def test_seeds_and_starts():
    first, again, other = (simulate(NETWORK, 50, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.states, again.states)
    assert (first.states != other.states).any()
    assert first.spins.shape == (51, 3) and len(first.updated) == 50
    beginning = first.first(20)
    np.testing.assert_array_equal(beginning.states, first.states[:21])
    assert len(beginning.inputs) == 21 and len(beginning.updated) == 20
    from_odds = simulate(
        NETWORK.log_odds, 50, 1, input_transitions=NETWORK.task.input_transitions, start=(5, 1)
    )
    assert (from_odds.states[0], from_odds.inputs[0]) == (5, 1)
    with pytest.raises(ValueError, match="start's state"):
        simulate(NETWORK, 50, 1, start=(8, 0))
    with pytest.raises(ValueError, match="n_steps"):
        simulate(NETWORK, 0, 1)
