"""Effects along readouts: slopes against numpy, planted effects recovered, intervals that cover."""

import numpy as np
import pytest
from planted import N_UNITS, planted_network, planted_session

from iblrnn_helpers.agents.block_filter import block_posterior
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.representations import directions, paths
from iblrnn_helpers.representations.claims import measure_claim_2, over_networks
from iblrnn_helpers.representations.readouts import (
    block_projection,
    change_by_feedback,
    effect_of_feedback,
    effect_of_observations,
    slope_over_clusters,
)
from iblrnn_helpers.representations.state_space import fit_state_space, in_plane
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

STIMULUS = np.eye(N_UNITS)[0]


@pytest.fixture(scope="module")
def session():
    return planted_session()


@pytest.fixture(scope="module")
def space(session):
    return fit_state_space(session, planted_network(STIMULUS))


@pytest.fixture(scope="module")
def played():
    network = RecurrentNetwork(6, seed=3)
    trials = sample_trials(TaskParams(n_observations=3), n_sessions=4, n_blocks=12, seed=5)
    session = rollout(RNNAgent(network), trials, record_states=True)
    return network, session, fit_state_space(session, network)


def test_slope_is_numpys():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 200))
    y += 2 * x + 1
    line = slope_over_clusters(x, y, np.arange(200) // 4)
    slope, intercept = np.polyfit(x, y, 1)
    assert (line.slope, line.intercept) == pytest.approx((slope, intercept))
    assert line.r == pytest.approx(np.corrcoef(x, y)[0, 1])
    one = slope_over_clusters(x, y, np.zeros(200, dtype=int))
    assert one.slope == line.slope and np.isnan(one.low) and np.isnan(one.high)


def test_interval_of_a_slope_covers_where_points_of_a_cluster_depend():
    rng = np.random.default_rng(1)
    n_clusters, n_each, cluster = 40, 10, np.repeat(np.arange(40), 10)
    covered = 0
    for _ in range(400):
        shared_x, shared_y = rng.standard_normal((2, n_clusters, 1))
        x = shared_x + 0.5 * rng.standard_normal((n_clusters, n_each))
        y = 0.7 * x + shared_y + 0.5 * rng.standard_normal((n_clusters, n_each))
        line = slope_over_clusters(x.ravel(), y.ravel(), cluster)
        covered += line.low < 0.7 < line.high
    assert 0.9 < covered / 400 < 0.98


def test_effect_of_observations_is_the_plain_loop(session):
    coordinate = np.random.default_rng(2).standard_normal(len(session.states))
    effect = effect_of_observations(session, coordinate)
    pushed, change, row = [], [], 0
    for k in range(session.n_trials):
        for step in range(session.n_steps[k]):
            if step >= 2:
                left, right = session.trials.observations[k, step - 2]
                pushed.append(right - left)
                change.append(coordinate[row] - coordinate[row - 1])
            row += 1
    assert effect.pushed_by.tolist() == pushed and effect.change.tolist() == change


def test_planted_push_is_recovered(session):
    # The coordinate follows d at once and forgets the last step's: a gain of 0.8 on the first
    # observation of a trial, which the blank steps before it leave alone.
    first = session.row_step == 2
    x = session.inputs[first, 1] - session.inputs[first, 0]
    change = np.diff(session.states[:, 0], prepend=0)[first]
    cluster = session.trials.block_index[session.row_trial[first]]
    line = slope_over_clusters(x, change, cluster)
    assert line.low < 0.8 < line.high and line.high - line.low < 0.1
    # Along a direction without stimulus there is none.
    none = effect_of_observations(session, session.states[:, 4]).line
    assert none.low < 0 < none.high


def test_feedback_is_told_apart_by_choice(session):
    row_trial, first = session.row_trial, session.row_step == 0
    coordinate = np.zeros(len(session.states))
    choice_before = np.concatenate(([0], session.choice[:-1]))[row_trial[first]]
    coordinate[first] = 0.3 * session.feedback[first] * choice_before
    assert effect_of_feedback(session, coordinate, choice=1).line.slope == pytest.approx(0.3)
    assert effect_of_feedback(session, coordinate, choice=-1).line.slope == pytest.approx(-0.3)
    means = change_by_feedback(session, coordinate)
    for choice in (-1, 1):
        for feedback in (-1, 1):
            found = means.at(choice=choice, feedback=feedback)
            assert float(found.mean) == pytest.approx(0.3 * choice * feedback)
    n_starts = len(session.trials.session_start) - 1
    assert means.n.sum() == session.n_trials - n_starts


def test_a_state_that_is_the_observers_belief_follows_it(session):
    belief = 2 * block_posterior(session.trials) - 1
    rng = np.random.default_rng(3)
    exact = block_projection(session, 1.7 * belief[session.row_trial])
    assert exact.scale == pytest.approx(1.7) and exact.correlation == pytest.approx(1)
    assert exact.coordinate == pytest.approx(1.7 * belief)
    assert exact.turning_trials[0] == pytest.approx(exact.turning_trials[1])
    noisy = 1.7 * belief[session.row_trial] + rng.standard_normal(len(session.states))
    near = block_projection(session, noisy)
    assert 0.5 < near.interval[0] < near.correlation < near.interval[1] < 1
    assert near.interval == block_projection(session, noisy).interval
    opposite = block_projection(session, -belief[session.row_trial])
    assert opposite.correlation == pytest.approx(-1) and opposite.scale == pytest.approx(-1)


def test_interval_of_the_correlation_is_as_wide_as_its_spread():
    measured, widths = [], []
    for seed in range(60):
        session = planted_session(seed=seed, n_sessions=4, n_blocks=12)
        rng = np.random.default_rng(seed)
        belief = 2 * block_posterior(session.trials) - 1
        # Whole blocks are off, as well as single steps.
        off = rng.standard_normal(48)[session.trials.block_index] * 0.3
        state = (belief + off)[session.row_trial] + rng.standard_normal(len(session.states))
        found = block_projection(session, state)
        low, high = np.arctanh(found.interval)
        measured.append(np.arctanh(found.correlation))
        widths.append((high - low) / 2)
        assert low < measured[-1] < high
    assert 1.4 < np.mean(widths) / np.std(measured) < 3.0  # about 2 standard errors


def test_block_projection_averages_as_a_loop_would(session):
    coordinate = np.random.default_rng(4).standard_normal(len(session.states))
    found = block_projection(session, coordinate)
    trials, ends = session.trials, np.cumsum(session.n_steps) - 1
    for side in (-1, 1):
        for place in (0, 7, 19):
            values = [
                coordinate[ends[k]]
                for k in range(session.n_trials)
                if trials.block[k] > 0
                and trials.block_side[k] == side
                and trials.trial_in_block[k] == place
            ]
            curve = found.network_by_trial.at(block_side=side)
            assert curve.mean[place] == pytest.approx(np.mean(values))
            assert curve.n[place] == len(values)


def test_correlation_of_the_curves_is_numpys_where_all_blocks_are_as_long():
    params = TaskParams(min_block_length=20, max_block_length=20)
    trials = sample_trials(params, n_sessions=5, n_blocks=11, seed=1)
    session = rollout(RNNAgent(RecurrentNetwork(4, seed=1)), trials, record_states=True)
    coordinate = session.states[:, 0]
    found = block_projection(session, coordinate)
    later = trials.block > 0
    curves = []
    for values in (found.coordinate, found.observer):
        towards = (values * trials.block_side)[later]
        curves.append([towards[trials.trial_in_block[later] == k].mean() for k in range(20)])
    assert found.correlation == pytest.approx(np.corrcoef(*curves)[0, 1])


def test_angles():
    one, other = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert directions.angle_between(one, 5 * other) == pytest.approx(45)
    assert directions.angle_between(one, -one) == pytest.approx(180)
    # Weighted by a covariance it is the correlation of what is read out...
    rng = np.random.default_rng(5)
    states = rng.standard_normal((1000, 2)) @ np.array([[2.0, 0.3], [0.0, 0.5]])
    states -= states.mean(axis=0)
    covariance = states.T @ states / len(states)
    angle = directions.angle_between(one, other, covariance)
    assert np.cos(np.radians(angle)) == pytest.approx(
        np.corrcoef(states @ one, states @ other)[0, 1]
    )
    # ... and does not change when the coordinates are stretched and the readouts shrunk.
    stretch = np.array([3.0, 0.1])
    same = directions.angle_between(
        one / stretch, other / stretch, covariance * np.outer(stretch, stretch)
    )
    assert same == pytest.approx(angle)
    assert directions.angle_between(one / stretch, other / stretch) != pytest.approx(45, abs=10)


def test_planted_directions(session, space):
    angles = directions.measure_angles(session, space)
    assert angles.full == pytest.approx(90, abs=3) and angles.plane == pytest.approx(90, abs=5)
    # Stimuli come mostly with the block, so the mean difference leans to the stimulus axis.
    encoding = directions.block_encoding(session)
    assert encoding[1] > 0.8 and encoding[0] > 0.3 and np.abs(encoding[2:]).max() < 0.05
    assert angles.encoding == pytest.approx(np.degrees(np.arccos(encoding[0])))


def test_a_strong_penalty_leaves_the_mean_difference(session, space):
    sweep = directions.sweep_penalty(session, space, inverse_penalties=(1e-8, 1.0))
    assert sweep.angle[0] == pytest.approx(
        directions.measure_angles(session, space).encoding, abs=3
    )
    full = directions.sweep_dimensions(session, space, n_dims=(2, N_UNITS, 100))
    assert full.setting.tolist() == [2, N_UNITS]
    assert full.angle[-1] == pytest.approx(sweep.angle[1], abs=0.1)
    noise = directions.sweep_noise(session, space, noise_sds=(0.0, 1.0))
    assert noise.angle[0] == pytest.approx(sweep.angle[1], abs=1e-6)
    assert noise.accuracy[1] < noise.accuracy[0]


def test_coupling_counts_what_crosses(session, space):
    coupling = directions.measure_coupling(session, space)
    assert coupling.prior_shift == 0  # P(right) was always one half
    assert 0.4 < coupling.push_on_stimulus < 0.6
    assert abs(coupling.push_on_block_full) < 0.1


def test_boundaries_are_where_the_network_acts(played):
    network, _, space = played
    found = paths.action_boundaries(space, network, threshold=0.8)
    for offset, p in ((found.left, 0.2), (found.even, 0.5), (found.right, 0.8)):
        point = offset * space.stimulus_in_plane
        h = space.mean + point @ space.components[:2]
        left, right = (
            network.readout.weight.detach().numpy() @ h + network.readout.bias.detach().numpy()
        )
        assert 1 / (1 + np.exp(left - right)) == pytest.approx(p)


def test_paths_are_rows_of_the_session(played):
    _, session, space = played
    chosen = paths.example_blocks(session, min_trials=25)
    blocks = session.trials.block_index
    for side, block in chosen.items():
        trials = np.flatnonzero(blocks == block)
        assert (session.trials.block_side[trials] == side).all()
        assert session.trials.block[trials[0]] > 0 and len(trials) >= 25
        path = paths.block_path(session, space, block)
        last = session.row_start[trials + 1] - 1
        assert np.allclose(path, in_plane(space, session.states[last]))
        inside = paths.trial_paths(session, space, block, n_trials=3)
        assert [len(p) for p in inside] == session.n_steps[trials[:3]].tolist()
        assert np.allclose(inside[1][-1], path[1])


def test_same_stimulus_starts_where_trials_do_and_pairs_the_noise(played):
    network, session, space = played
    found = paths.same_stimulus(network, session, space, n_steps=3, n_pairs=2000)
    assert found.paths.shape == (3, 2, 4, 2) and found.p_right.shape == (3, 2, 4)
    before = session.row_start[:-1] + 1
    for k, side in enumerate((-1, 1)):
        of_side = session.trials.block_side == side
        mean = in_plane(space, session.states[before[of_side]]).mean(axis=0)
        assert found.paths[:, k, 0] == pytest.approx(np.tile(mean, (3, 1)), abs=0.02)
        assert found.p_right[0, k, 0] == pytest.approx(session.p_right[of_side, 1].mean(), abs=0.01)
    again = paths.same_stimulus(network, session, space, n_steps=3, n_pairs=2000)
    assert np.array_equal(found.paths, again.paths)


def test_measurements_of_claim_2_are_in_the_ledger(played):
    from iblrnn_helpers.publishing.ledger.claim import load_claims

    network, session, _ = played
    measured = measure_claim_2(session, network)
    ledger = {claim.id for claim in load_claims() if claim.id.startswith("claim2.")}
    assert ledger == {*measured, "claim2.networks_in_bands"}
    assert all(np.isfinite(one.value) for one in measured.values())


def test_table_over_networks():
    three = [{"a": Measured(v)} for v in (1.0, 2.0, 6.0)]
    row = over_networks(three, {"a": "A"}).loc["A"]
    assert row["main network"] == 1 and row["mean"] == 3 and row["largest"] == 6
    # t(2) = 4.303, standard deviation sqrt(7), n = 3
    assert row["high"] - row["mean"] == pytest.approx(4.3027 * np.sqrt(7 / 3), rel=1e-3)
    assert np.isnan(over_networks(three[:1]).loc["a", "low"])


def test_bad_input(session, space):
    coordinate = session.states[:, 0]
    calls = (
        (lambda: effect_of_observations(session, coordinate[1:]), "a row for each"),
        (lambda: effect_of_feedback(session, coordinate, choice=0), "choice must be"),
        (lambda: change_by_feedback(session, coordinate[:5]), "a row for each"),
        (lambda: block_projection(session, coordinate, min_blocks=1000), "at least 1000 blocks"),
        (lambda: block_projection(session, coordinate[1:]), "a row for each"),
        (lambda: slope_over_clusters([1, 1, 1], [1, 2, 3], [0, 1, 2]), "x that varies"),
        (lambda: slope_over_clusters([1, 2], [1, 2, 3], [0, 1, 2]), "of one length"),
        (lambda: directions.angle_between(np.zeros(2), np.ones(2)), "length 0"),
        (lambda: directions.sweep_noise(session, space, noise_sds=(-1,)), "noise_sds"),
        (lambda: paths.example_blocks(session, min_trials=200), "at least 200 trials"),
        (lambda: paths.block_path(session, space, 10_000), "block must be"),
        (lambda: paths.action_boundaries(space, planted_network(STIMULUS), 0.5), "threshold"),
        (lambda: over_networks([]), "at least one network"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
