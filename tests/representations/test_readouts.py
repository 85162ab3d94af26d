"""Effects along readouts: slopes against numpy, planted effects recovered, intervals that cover."""

import numpy as np
import pytest
from planted import N_UNITS, planted_network, planted_session

from iblrnn_helpers.agents.block_filter import block_posterior
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.representations.readouts import (
    block_projection,
    change_by_feedback,
    effect_of_feedback,
    effect_of_observations,
    measure_coupling,
    shift_through,
    slope_over_clusters,
)
from iblrnn_helpers.representations.state_space import fit_state_space, share_in_plane
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

STIMULUS = np.eye(N_UNITS)[0]


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


def test_coupling_counts_what_crosses(session, space):
    coupling = measure_coupling(session, space)
    assert coupling.prior_shift == 0  # P(right) was always one half
    assert 0.4 < coupling.push_on_stimulus < 0.6
    assert abs(coupling.push_on_block_full) < 0.1


def test_bad_input(session):
    coordinate = session.states[:, 0]
    calls = (
        (lambda: effect_of_observations(session, coordinate[1:]), "a row for each"),
        (lambda: effect_of_feedback(session, coordinate, choice=0), "choice must be"),
        (lambda: change_by_feedback(session, coordinate[:5]), "a row for each"),
        (lambda: block_projection(session, coordinate, min_blocks=1000), "at least 1000 blocks"),
        (lambda: block_projection(session, coordinate[1:]), "a row for each"),
        (lambda: slope_over_clusters([1, 1, 1], [1, 2, 3], [0, 1, 2]), "x that varies"),
        (lambda: slope_over_clusters([1, 2, 3], [1, np.nan, 3], [0, 1, 2]), "y must be a finite"),
        (lambda: slope_over_clusters([1, 2, np.nan], [1, 2, 3], [0, 1, 2]), "x must be finite"),
        (lambda: block_projection(session, 0 * coordinate, min_blocks=2), "coordinate must vary"),
        (
            lambda: shift_through(
                session, fit_state_space(session, planted_network(np.ones(N_UNITS))), np.ones(2)
            ),
            "block_readout must have .* columns",
        ),
        (lambda: slope_over_clusters([1, 2], [1, 2, 3], [0, 1, 2]), "y must have 2 points, got 3"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def test_share_of_a_shift_along_a_readout_is_that_of_the_planted_geometry():
    session = planted_session(n_sessions=8, noise=0.1)  # the block moves the state along axis 1
    axes = np.eye(N_UNITS)
    space = fit_state_space(session, planted_network(0.6 * axes[0] + 0.8 * axes[1]))
    for readout, expected in (
        (axes[1], 1.0),
        ((axes[1] + axes[2]) / np.sqrt(2), 0.5),  # half of the movement's shadow on it
        ((0.8 * axes[0] - 0.6 * axes[1]), 0.0),  # at a right angle to the stimulus readout
    ):
        # Means over thousands of trials with a noise of 0.1, beside a movement of 1.
        assert shift_through(session, space, readout) == pytest.approx(expected, abs=0.02)


def test_share_of_the_log_odds_is_r_squared_of_a_regression(session, space):
    log_odds = session.states @ space.stimulus_readout
    plane = np.c_[np.ones(session.n_rows), (session.states - space.mean) @ space.components[:2].T]
    residual = log_odds - plane @ np.linalg.lstsq(plane, log_odds, rcond=None)[0]
    assert share_in_plane(space) == pytest.approx(1 - residual.var() / log_odds.var())
