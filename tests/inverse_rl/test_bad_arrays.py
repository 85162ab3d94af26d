"""NaN, nothing, one row, another width or words for numbers: a sentence each, and no warning."""

import re
import warnings

import numpy as np
import pytest

from iblrnn_helpers.core.checks import number
from iblrnn_helpers.inverse_rl import coding, from_data, hypercube, ring
from iblrnn_helpers.inverse_rl import optimal_network as optimal
from iblrnn_helpers.inverse_rl.ibl_network import divergence, share_of_wins
from iblrnn_helpers.inverse_rl.one_agent import infer_mdp_reward, read_maze, solve_mdp, walk
from iblrnn_helpers.inverse_rl.optimal_network.recording import TransitionCounts

RANDOM = np.random.default_rng(0)
LAW = RANDOM.dirichlet(np.ones(16)).reshape(8, 2)
REWARD = RANDOM.normal(size=(8, 2))
RING = ring.adjacent_reward(4, 2)
LABELS = np.array([-1, 1])
MOVES = np.array([[0.9, 0.1], [0.1, 0.9]])
TASK = optimal.NetworkTask(3, MOVES)
LOG_ODDS = hypercube.differences(REWARD)
STATES = np.bitwise_xor.accumulate(np.append(0, 1 << RANDOM.integers(3, size=200)))
ACTIVE = hypercube.spins(3)[STATES] > 0
COUNTS = optimal.count_transitions(STATES, 3)
NETWORK = ring.PairwiseNetwork(np.zeros((4, 4)), np.zeros(4))
MDP_MOVES = RANDOM.dirichlet(np.ones(3), size=(3, 2))
MAZE = read_maze("SG")
POLICY = np.log(np.full((2, 5), 0.2))

# A function of one array, and one that it takes.
CALLS = {
    "count_transitions": (lambda x: optimal.count_transitions(x, 3), STATES),
    "count_transitions, inputs": (
        lambda x: optimal.count_transitions(STATES, 3, x),
        STATES % 2,
    ),
    "count_transitions, updated": (
        lambda x: optimal.count_transitions(STATES, 3, updated=x),
        np.log2(STATES[1:] ^ STATES[:-1]),
    ),
    "count_parts": (lambda x: optimal.count_parts(x, 3), STATES),
    "TransitionCounts": (lambda x: TransitionCounts(x, np.zeros((8, 1)), [[1]]), COUNTS.flips),
    "fit_parametric": (lambda x: from_data.fit_parametric(x, terms="count"), ACTIVE),
    "fix_gauge": (optimal.fix_gauge, REWARD),
    "r_squared": (lambda x: optimal.r_squared(REWARD, x), REWARD),
    "kl_between": (lambda x: optimal.kl_between(LAW, x), LAW),
    "infer_reward": (lambda x: optimal.infer_reward(x, [0.5] * 3, MOVES, 1.0), LOG_ODDS),
    "infer_reward, marginal": (
        lambda x: optimal.infer_reward(LOG_ODDS, x, MOVES, 1.0),
        np.array([0.2, 0.5, 0.4]),
    ),
    "infer_reward, moves": (lambda x: optimal.infer_reward(LOG_ODDS, [0.5] * 3, x, 1.0), MOVES),
    "optimise": (lambda x: optimal.optimise(TASK, x), REWARD),
    "optimise, start": (lambda x: optimal.optimise(TASK, REWARD, x), np.full(3, 0.5)),
    "NetworkTask": (lambda x: optimal.NetworkTask(3, x), MOVES),
    "count_distribution": (optimal.count_distribution, LAW),
    "simulate": (lambda x: optimal.simulate(x, 5, 0, input_transitions=MOVES), LOG_ODDS),
    "information": (lambda x: coding.information(x, LABELS), LAW),
    "information, labels": (lambda x: coding.information(LAW, x), LABELS),
    "independent_law": (coding.independent_law, LAW),
    "cell_types": (coding.cell_types, LAW),
    "mean_count": (coding.mean_count, LAW),
    "posterior_by_count": (lambda x: coding.posterior_by_count(x, LABELS), LAW),
    "recover_labels": (coding.recover_labels, REWARD),
    "recover_labels, weights": (lambda x: coding.recover_labels(REWARD, x), np.arange(8.0)),
    "fit_where_seen": (lambda x: coding.fit_where_seen(REWARD, x, LAW), REWARD),
    "fit_where_seen, law": (lambda x: coding.fit_where_seen(REWARD, REWARD, x), LAW),
    "optimise_code": (lambda x: coding.optimise_code(TASK, LABELS, x, tolerance=1e-2), np.ones(3)),
    "median_of_recordings": (from_data.median_of_recordings, np.arange(9.0)),
    "least_step": (lambda x: from_data.least_step({1: np.arange(9.0), 2: x}), np.ones(9)),
    "samples_needed": (lambda x: from_data.samples_needed({1: x}, 1.0), np.arange(9.0)),
    "optimise_ring": (lambda x: ring.optimise_ring(x, max_iterations=2), RING),
    "search_ring": (lambda x: ring.search_ring(x, 0.5, 1, n_starts=1), RING),
    "energy": (lambda x: NETWORK.energy(x), hypercube.spins(4).astype(float)),
    "pair_network": (lambda x: ring.pairwise.pair_network(x, 4), np.zeros(10)),
    "gibbs_law": (lambda x: hypercube.gibbs_law(x, [0.2, 0.5, 0.4]), REWARD),
    "gibbs_law, marginal": (
        lambda x: hypercube.gibbs_law(REWARD, x),
        np.array([0.2, 0.5, 0.4]),
    ),
    "assess": (lambda x: ring.assess(NETWORK, x), RING),
    "optimise_clamped": (lambda x: ring.optimise_clamped(x, [0], NETWORK), RING),
    "train_ring": (lambda x: ring.train_ring(x, n_epochs=1, keep_every=1, seed=0), RING),
    "model_limits": (lambda x: ring.model_limits(x, "pairwise"), RING),
    "fit_of": (lambda x: ring.fit_of(x, RING), RING),
    "PairwiseNetwork": (lambda x: ring.PairwiseNetwork(x, np.zeros(4)), np.zeros((4, 4))),
    "solve_mdp": (lambda x: solve_mdp(MDP_MOVES, x, 1.0), np.arange(3.0)),
    "solve_mdp, moves": (lambda x: solve_mdp(x, np.arange(3.0), 1.0), MDP_MOVES),
    "infer_mdp_reward": (
        lambda x: infer_mdp_reward(x, [0.5, 0.5], MDP_MOVES, 1.0),
        np.log(np.full((3, 2), 0.5)),
    ),
    "infer_mdp_reward, marginal": (
        lambda x: infer_mdp_reward(np.log(np.full((3, 2), 0.5)), x, MDP_MOVES, 1.0),
        np.array([0.5, 0.5]),
    ),
    "walk": (lambda x: walk(MAZE, x, 3, 0), POLICY),
    "divergence": (lambda x: divergence(x, np.full((4, 3), 0.3)), np.ones((4, 3))),
    "divergence, policy": (lambda x: divergence(np.ones((4, 3)), x), np.full((4, 3), 0.3)),
}


def one_is(value, array):
    changed = np.array(array, dtype=float)
    changed.flat[-1] = value
    return changed


WRONG = {
    "a NaN": lambda x: one_is(np.nan, x),
    "an infinity": lambda x: one_is(np.inf, x),
    "nothing": lambda x: x[:0],
    "one row": lambda x: x[:1],
    "a row more": lambda x: np.concatenate([x, x[:1]]),
    "another column": lambda x: np.concatenate([x, x[..., :1]], axis=-1),
    "an axis more": lambda x: x[None, None],
    "words": lambda x: np.full(x.shape, "a"),
    "None": lambda x: None,
    "a number": lambda x: 1.0,
    "complex numbers": lambda x: x + 1j,
    "masked values": lambda x: np.ma.array(x, mask=np.arange(x.size).reshape(x.shape) == 0),
    "days": lambda x: np.zeros(x.shape, "M8[D]"),
}
# Where a row or a column more or less makes another, but a right, input.
RIGHT = {
    "count_transitions": {"a row more", "another column"},
    "count_parts": {"a row more", "another column"},
    "count_transitions, inputs": {"None"},
    "count_transitions, updated": {"None"},
    "fit_parametric": {"a row more", "another column"},
    "energy": {"nothing", "one row", "a row more", "an axis more"},
    "gibbs_law": {"another column"},
    "fix_gauge": {"one row", "a row more", "another column"},
    "information": {"one row", "a row more"},
    "optimise, start": {"None"},
    "optimise_code": {"None"},
    "count_distribution": {"another column"},
    "independent_law": {"another column"},
    "cell_types": {"another column"},
    "mean_count": {"another column"},
    "recover_labels": {"another column"},
    "recover_labels, weights": {"None"},
    "median_of_recordings": {"one row", "a row more", "another column"},
    "least_step": {"one row", "a row more", "another column"},
    "samples_needed": {"one row", "a row more", "another column"},
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_such_array_is_refused_in_a_sentence(name):
    call, array = CALLS[name]
    call(array)
    for what, change in WRONG.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if what in RIGHT.get(name, ()):
                call(change(array))
                continue
            with pytest.raises(ValueError) as refused:
                call(change(array))
            assert re.search("must |^give ", str(refused.value)), (what, str(refused.value))


def test_numbers_below_0_are_no_law():
    for name in ("information", "independent_law", "cell_types", "count_distribution"):
        with pytest.raises(ValueError, match="stationary must hold no number below 0"):
            CALLS[name][0](one_is(-0.1, LAW))


def test_minus_one_is_silent_and_other_numbers_are_refused():
    expected = from_data.fit_parametric(ACTIVE, terms="count")
    found = from_data.fit_parametric(np.where(ACTIVE, 1, -1), terms="count")
    np.testing.assert_array_equal(found.reward, expected.reward)
    for wrong in (2 * ACTIVE, ACTIVE - 0.5, ACTIVE - 1.0 * (STATES[:, None] > 4)):
        with pytest.raises(ValueError, match="active must hold 0 and 1, or -1 and 1, only"):
            from_data.fit_parametric(wrong)


def test_parts_without_steps_are_not_held_out():
    trials = np.repeat([0, 1, 2], [190, 10, 1])
    parts = optimal.count_parts(STATES, 3, trials=np.append(np.zeros(150), range(51)), n_parts=4)
    with pytest.raises(ValueError, match="parts must be two or more, each with steps"):
        from_data.choose_prior(parts, (1.0,))
    with pytest.raises(ValueError, match="parts must be TransitionCounts of one network"):
        from_data.choose_prior([])
    parts = optimal.count_parts(STATES, 3, trials=trials, n_parts=4)
    for priors, says in (((), "priors must hold one"), ((-1.0,), "priors must be greater than 0")):
        with pytest.raises(ValueError, match=says):
            from_data.choose_prior(parts, priors)
    with pytest.raises(ValueError, match="prior_on must be one of"):
        from_data.choose_prior(parts, prior_on="nothing")
    assert number("best", from_data.choose_prior(parts, (1.0, 2.0)).best, low=1, high=2)


def test_sizes_say_what_they_would_need():
    with pytest.raises(ValueError, match=r"1,000,001 inputs would need [\d,.]+ GB"):
        optimal.count_transitions(STATES, 3, np.append(STATES[1:], 10**6))
    with pytest.raises(ValueError, match="n_neurons = 2000 with 1 inputs would need"):
        optimal.NetworkTask(2000)


def test_lists_must_hold_something():
    for call in (
        lambda: share_of_wins([], "a", "b"),
        lambda: ring.training_curves([], RING, 1.0),
        lambda: optimal.spike_count_reward(3, []),
        lambda: optimal.spike_count_reward(3, 2),
        lambda: from_data.rewards_from_simulations(None, [], [0], updates_known=True),
    ):
        with pytest.raises(ValueError, match="must hold"):
            call()


def test_policies_in_single_precision_are_policies():
    rough = LOG_ODDS.astype(np.float32) + np.float32(1e-7) * np.arange(8)[None, :, None]
    exact, found = (
        optimal.infer_reward(one, [0.5] * 3, MOVES, 1.0).reward for one in (LOG_ODDS, rough)
    )
    np.testing.assert_allclose(found, exact, atol=1e-4)  # 1e-7 times 8 states over 0.8 = |MOVES|


@pytest.mark.parametrize("cost", [0, -1, np.nan, np.inf, 1e300])
def test_coding_costs_of_a_ring_are_finite_and_above_zero(cost):
    with pytest.raises(ValueError, match="coding_cost must be"):
        ring.assess(NETWORK, RING, coding_cost=cost)


def test_features_and_parameters_of_a_network_fit_its_states():
    states = ring.pairwise.all_states(4)
    features = ring.pairwise.pair_features(states.spins)
    for wrong in (features[:, 1:], features[1:]):
        with pytest.raises(ValueError, match=r"features, parameters and reward must be \(16, n\)"):
            ring.pairwise.evaluate(states, wrong, np.zeros(10), RING, 0.05)
