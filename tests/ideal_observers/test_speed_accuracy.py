"""The plane of speed and accuracy: closed forms, and rules whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor, Inference
from iblrnn_helpers.behavior.measures import performance
from iblrnn_helpers.core.crossed_effects import jackknife
from iblrnn_helpers.ideal_observers.speed_accuracy import (
    answered_by_confidence,
    below_at_same_speed,
    correct_at_rate,
    frontier,
    minus_at_same_speed,
    play_at,
)
from iblrnn_helpers.ideal_observers.stopping_rules import at_threshold, whole_trials
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

PARAMS = TaskParams()
TRIALS = sample_trials(PARAMS, n_sessions=20, n_blocks=5, seed=6)


@pytest.fixture(scope="module")
def whole():
    return whole_trials(TRIALS)


def test_frontier_holds_what_the_sessions_do_from_quick_to_slow(whole):
    sessions = {t: at_threshold(whole, t) for t in (0.9, 0.5, 0.7)}
    found = frontier(sessions)
    np.testing.assert_array_equal(found.setting, [0.5, 0.7, 0.9])
    for k, t in enumerate(found.setting):
        expected = performance(sessions[t])
        assert found.n_steps[k] == expected.n_steps.mean
        assert found.correct[k] == expected.correct.mean
        assert found.reward_per_trial[k] == pytest.approx(expected.reward_per_trial.mean)
        assert found.reward_per_step[k] == pytest.approx(expected.reward_per_step.mean)
    assert (np.diff(found.n_steps) > 0).all() and (np.diff(found.correct) > 0).all()
    assert found.correct_at(found.n_steps[1]) == found.correct[1]
    between = found.correct_at((found.n_steps[0] + found.n_steps[1]) / 2)
    assert between == pytest.approx((found.correct[0] + found.correct[1]) / 2)
    with pytest.raises(ValueError, match="n_steps must be at least 3"):
        found.correct_at(2.9)
    with pytest.raises(ValueError, match="at least one session"):
        frontier({})


def test_an_agent_lies_on_the_line_of_its_reward_rate(whole):
    # Time-outs included: they are wrong, and their last observation is not paid for.
    for session in (at_threshold(whole, 0.8), rollout(BayesianActor(PARAMS), TRIALS)):
        found = performance(session)
        on_line = correct_at_rate(PARAMS, found.reward_per_step.mean, found.n_steps.mean)
        assert on_line == pytest.approx(found.correct.mean, abs=1e-12)


def test_an_observer_is_not_below_itself_and_worse_ones_are(whole):
    itself = below_at_same_speed(at_threshold(whole, 0.75), whole)
    assert itself.mean == pytest.approx(0, abs=1e-4)
    blockless = rollout(BayesianActor(PARAMS, "blockless"), TRIALS)
    assert below_at_same_speed(blockless, whole).low > 0.02


def test_the_distance_at_the_same_speed_is_that_of_all_trials_left_out_block_by_block(whole):
    agent = at_threshold(whole_trials(TRIALS, Inference("blockless")), 0.7)
    others = {t: at_threshold(whole, t) for t in (0.9, 0.5, 0.7, 0.8)}
    found = minus_at_same_speed(agent, others)
    assert found.value == pytest.approx(
        agent.correct.mean() - frontier(others).correct_at(agent.n_steps.mean()), abs=1e-12
    )

    def without(rows):
        speeds = sorted(s.n_steps[rows].mean() for s in others.values())
        correct = sorted(s.correct[rows].mean() for s in others.values())
        return agent.correct[rows].mean() - np.interp(agent.n_steps[rows].mean(), speeds, correct)

    exact = jackknife(without, TRIALS.block_index)
    # Of 100 blocks each is about 1% of the trials, so second-order terms are 1% of the parts.
    np.testing.assert_allclose(found.influence, exact.influence, atol=0.03 * exact.influence.std())
    itself = minus_at_same_speed(others[0.7], others)
    assert itself.value == pytest.approx(0) and not np.any(np.abs(itself.influence) > 1e-12)


def test_the_distance_at_the_same_speed_names_what_it_cannot_compare(whole):
    two = {t: at_threshold(whole, t) for t in (0.5, 0.6)}
    with pytest.raises(ValueError, match="steps per trial must be at least 3 and"):
        minus_at_same_speed(at_threshold(whole, 0.9), two)
    with pytest.raises(ValueError, match="the session's very trials"):
        minus_at_same_speed(replace(two[0.5], trials=replace(TRIALS)), two)


def test_playing_at_another_threshold_keeps_the_trials(whole):
    played = play_at(BayesianActor(PARAMS, "semi_markov"), TRIALS, 0.7)
    assert played.trials is TRIALS
    np.testing.assert_array_equal(played.n_steps, at_threshold(whole, 0.7).n_steps)


def test_a_threshold_answers_above_it_and_never_below(whole):
    confidence = np.maximum(whole.p_right, 1 - whole.p_right)[:, 2:]
    shares = answered_by_confidence(whole, confidence > 0.75, n_bins=10)
    middles = shares.groups["confidence"]
    np.testing.assert_allclose(middles, np.arange(0.525, 1, 0.05))
    assert shares.mean.shape == (9, 10)
    there = shares.n > 0
    expected = np.broadcast_to(middles > 0.75, shares.mean.shape)
    np.testing.assert_array_equal(shares.mean[there], expected[there])
    # Each trial counts until it is answered.
    n_seen = at_threshold(whole, 0.75).n_observations_seen
    assert shares.n.sum() == np.minimum(n_seen, 9).sum()
    with pytest.raises(ValueError, match="stops must be"):
        answered_by_confidence(whole, np.ones((3, 10)))
