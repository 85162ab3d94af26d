"""Planted populations are found, and the permutation test is calibrated."""

import numpy as np
import pytest
import torch

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.mechanism import circuit
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

RNG = np.random.default_rng(0)
PLANTED = RNG.permutation(np.repeat([0, 1], [7, 13]))


@pytest.fixture(scope="module")
def session():
    network = RecurrentNetwork(8, seed=1)
    with torch.no_grad():
        network.readout.weight *= 10  # so that it acts, and is sometimes right
    trials = sample_trials(TaskParams(), n_sessions=4, n_blocks=3, seed=0)
    return rollout(RNNAgent(network), trials, record_states=True)


@pytest.mark.parametrize("n_groups", [2, 3, 5])
def test_silhouettes_count_planted_clusters(n_groups):
    rng = np.random.default_rng(n_groups)
    member = np.repeat(np.arange(n_groups), 8)
    states = rng.standard_normal((5000, n_groups))[:, member]
    r = np.corrcoef((states + 0.5 * rng.standard_normal(states.shape)).T)
    tree = circuit.cluster_units(r).linkage
    assert circuit.best_number_of_clusters(r, tree) == n_groups
    with pytest.raises(ValueError, match="most must be"):
        circuit.best_number_of_clusters(r, tree, most=1)


def test_planted_populations_are_recovered():
    shared = RNG.standard_normal(4000)
    states = np.where(PLANTED, 1, -1) * shared[:, None] + RNG.standard_normal((4000, 20))
    r = circuit.unit_correlations(states)
    for i, j in ((0, 0), (2, 5), (19, 3)):
        assert r[i, j] == pytest.approx(np.corrcoef(states[:, i], states[:, j])[0, 1])
    clusters = circuit.cluster_units(r)
    same = clusters.populations[:, None] == clusters.populations
    assert (same == (PLANTED[:, None] == PLANTED)).all()
    assert clusters.n_at_half == 2
    assert clusters.populations[clusters.order[0]] == 0
    assert sorted(clusters.order) == list(range(20))
    assert (np.diff(clusters.populations[clusters.order]) != 0).sum() == 1


def test_means_and_difference_against_loops():
    weights = RNG.standard_normal((20, 20))
    sums, counts = np.zeros((2, 2)), np.zeros((2, 2))
    for i in range(20):
        for j in range(20):
            if i != j:
                sums[PLANTED[i], PLANTED[j]] += weights[i, j]
                counts[PLANTED[i], PLANTED[j]] += 1
    assert circuit.population_means(weights, PLANTED) == pytest.approx(sums / counts)
    within = sums.trace() / counts.trace()
    between = (sums.sum() - sums.trace()) / (counts.sum() - counts.trace())
    test = circuit.population_test(weights, PLANTED, n_permutations=50)
    assert test.difference == pytest.approx(within - between)


def test_a_population_of_one_unit_has_no_weights_within():
    weights = RNG.standard_normal((4, 4))
    means = circuit.population_means(weights, [0, 1, 1, 1])
    assert np.isnan(means[0, 0]) and means[0, 1] == pytest.approx(weights[0, 1:].mean())
    assert np.isfinite(circuit.population_test(weights, [0, 1, 1, 1]).difference)


def test_shuffling_keeps_sizes_and_weights():
    weights = RNG.standard_normal((6, 6))
    labels = np.array([0, 0, 1, 1, 1, 1])
    test = circuit.population_test(weights, labels, n_permutations=3000, seed=1)
    possible = []
    for a in range(6):
        for b in range(a + 1, 6):
            grouping = np.ones(6, int)
            grouping[[a, b]] = 0
            possible.append(circuit.population_test(weights, grouping, n_permutations=1).difference)
    found = np.unique(test.shuffled.round(9))
    assert found == pytest.approx(np.unique(np.round(possible, 9)), abs=1e-8)
    exact = np.mean(np.array(possible) >= test.difference - 1e-12)
    assert test.p == pytest.approx(exact, abs=0.03)
    again = circuit.population_test(weights, labels, n_permutations=3000, seed=1)
    assert again.p == test.p


def test_p_is_uniform_on_random_weights_and_small_where_structure_is_planted():
    p = np.array(
        [
            circuit.population_test(
                np.random.default_rng(k).standard_normal((20, 20)), PLANTED, n_permutations=199
            ).p
            for k in range(400)
        ]
    )
    # Kolmogorov-Smirnov: 400 uniform numbers stay within 0.081 with probability 0.99.
    gap = np.abs(np.sort(p) - (np.arange(400) + 0.5) / 400).max()
    assert gap < 0.085
    weights = RNG.standard_normal((20, 20)) + np.where(PLANTED[:, None] == PLANTED, 0.5, -0.5)
    assert circuit.population_test(weights, PLANTED).p == pytest.approx(1e-4)
    assert circuit.population_test(-weights, PLANTED).p > 0.99


def test_rank_of_a_change():
    q, _ = np.linalg.qr(RNG.standard_normal((6, 6)))
    change = 3 * np.outer(q[0], q[1]) - 1 * np.outer(q[2], q[3])
    assert circuit.rank_shares(change) == pytest.approx([0.9, 0.1, 0, 0, 0, 0], abs=1e-12)


def test_recurrent_weights_are_those_that_make_new_content():
    for cell, block in (("vanilla", 0), ("gru", 2), ("lstm", 2)):
        network = RecurrentNetwork(3, cell, seed=1)
        held = network.core.weight_hh_l0.detach().numpy()
        weights = circuit.recurrent_weights(network)
        assert weights.tolist() == held[3 * block : 3 * block + 3].tolist()
        weights[:] = 0
        assert network.core.weight_hh_l0.abs().sum() > 0


def test_watching_ones_own_session_gives_ones_own_states(session):
    network = RecurrentNetwork(8, seed=1)  # the readout, which differs, has no say
    assert circuit.states_under_inputs(network, session) == pytest.approx(
        session.states, rel=1e-10, abs=1e-13
    )


def test_unit_task_correlations_against_a_loop(session):
    found = circuit.unit_task_correlations(session)
    trials = session.trials
    rows = {name: ([], []) for name in circuit.TASK_VARIABLES}
    starts = set(trials.session_start[:-1].tolist())
    for k in range(session.n_trials):
        for step in range(session.n_steps[k]):
            row = session.row_start[k] + step
            h, x = session.states[row], session.inputs[row]
            values = {"block side": trials.block_side[k]}
            if step >= 2:
                values["stimulus side"] = trials.side[k]
                values["observation"] = x[1] - x[0]
                values["probability of right"] = session.p_right[k, step]
            if step == 0 and k not in starts:
                values["feedback"] = x[2]
                values["previous side"] = trials.side[k - 1]
            for name, value in values.items():
                rows[name][0].append(h)
                rows[name][1].append(value)
    for column, name in enumerate(circuit.TASK_VARIABLES):
        h, value = np.array(rows[name][0]), rows[name][1]
        expected = [np.corrcoef(unit, value)[0, 1] for unit in h.T]
        assert found[:, column] == pytest.approx(expected, abs=1e-10), name


def test_bad_input(session):
    square = np.eye(4)
    tree = circuit.cluster_units(square).linkage
    calls = (
        (lambda: circuit.unit_correlations(np.ones((5, 3))), "every unit must vary, unit 0"),
        (lambda: circuit.unit_correlations(np.ones(3)), "states must be"),
        (lambda: circuit.unit_correlations(np.full((3, 3), np.nan)), "must be finite"),
        (lambda: circuit.cluster_units(2 * square), "symmetric, in"),
        (lambda: circuit.cluster_units(np.ones((2, 3))), "symmetric, in"),
        (lambda: circuit.cluster_units(np.ones((1, 1))), "of two units or more"),
        (lambda: circuit.best_number_of_clusters(2 * square, tree), "symmetric, in"),
        (lambda: circuit.best_number_of_clusters(square, tree[:1]), "linkage must have 3 rows"),
        (
            lambda: circuit.best_number_of_clusters(square, np.full((3, 4), 7.0)),
            "linkage must be a tree of 4 units",
        ),
        (lambda: circuit.population_test(square, [0, 0, 1, 1], seed=None), "seed must be a whole"),
        (lambda: circuit.rank_shares(np.full((2, 2), np.nan)), "weights must be finite"),
        (lambda: circuit.population_means(np.full((2, 2), np.nan), [0, 1]), "must be finite"),
        (lambda: circuit.population_means(square, 1), r"weights must be \(1, 1\)"),
        (lambda: circuit.population_test(square, [0, 1, 1]), r"weights must be \(3, 3\)"),
        (lambda: circuit.population_test(square, [0, 1, 2, 1]), "labelled 0 and 1"),
        (lambda: circuit.population_means(square, [1, 1, 1, 1]), "labelled 0 and 1"),
        (lambda: circuit.population_means(np.ones((2, 3)), [0, 1]), "weights must be"),
        (lambda: circuit.rank_shares(0 * square), "must not be all zeros"),
        (lambda: circuit.population_test(square, [0, 0, 1, 1], n_permutations=0), "n_permutations"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
