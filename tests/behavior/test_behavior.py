"""Behaviour analyses against a session worked out by hand and against pandas."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers import behavior
from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.generative_model import TaskParams, Trials, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.session import Session

PARAMS = TaskParams(strengths=(0.0, 1.0), n_observations=3)


class Accumulator(Agent):
    """Adds up d within the trial, and remembers past sides with a leak."""

    name = "accumulator"

    def __init__(self, gain=1.0):
        self.gain = gain

    def reset(self, n_sessions):
        self.evidence = np.zeros(n_sessions)
        self.memory = np.zeros(n_sessions)

    def step(self, inputs):
        self.evidence += self.gain * (inputs[:, 1] - inputs[:, 0])
        return 1 / (1 + np.exp(-self.evidence - self.memory))

    def end_trial(self, ended, side):
        self.evidence[ended] = 0
        self.memory[ended] = 0.9 * self.memory[ended] + 0.1 * side[ended]


@pytest.fixture(scope="module")
def trials():
    return sample_trials(TaskParams(), n_sessions=3, n_blocks=20, seed=1)


@pytest.fixture(scope="module")
def session(trials):
    return rollout(Accumulator(), trials)


@pytest.fixture(scope="module")
def frame(session):
    frame = session.to_frame()
    frame["timed_out"] = session.choice == 0
    frame["n_observations"] = frame["n_steps"] - 2
    outcome = np.where(frame["correct"], 1.0, -1.0)
    frame["reward"] = outcome - 0.05 * (frame["n_observations"] - 1)
    return frame


def by_hand():
    """Two blocks of two sessions; 3 observations at most, after 2 blank steps."""
    side = np.array([1, 1, -1, -1, -1, 1], dtype=np.int8)
    trials = Trials(
        params=PARAMS,
        session=np.array([0, 0, 0, 1, 1, 1]),
        block=np.array([0, 0, 1, 0, 0, 0]),
        trial_in_block=np.array([0, 1, 0, 0, 1, 2]),
        block_side=np.array([1, 1, -1, -1, -1, -1], dtype=np.int8),
        side=side,
        strength=np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0]),
        observations=np.zeros((6, 3, 2)),
    )
    choice = np.array([1, 1, 1, 0, -1, 1], dtype=np.int8)
    n_steps = np.array([3, 4, 5, 5, 3, 4])
    p_right = np.full((6, 5), np.nan)
    for trial, n in enumerate(n_steps):
        p_right[trial, :n] = np.linspace(0.5, 0.8 if side[trial] > 0 else 0.2, n)
    p_right[2, :5] = [0.5, 0.6, 0.7, 0.7, 0.95]
    return Session(trials, "hand", choice, n_steps, p_right)


def test_performance_by_hand():
    result = behavior.performance(by_hand())
    assert result.correct.mean == pytest.approx(4 / 6)
    assert result.timed_out.mean == pytest.approx(1 / 6)
    assert result.n_steps.mean == pytest.approx(4)
    # 1, 0.95, -1.1, -1.1, 1, 0.95: waits cost 0.05, the step that ends a trial costs nothing.
    assert by_hand().reward == pytest.approx([1, 0.95, -1.1, -1.1, 1, 0.95])
    assert result.reward_per_trial.mean == pytest.approx(1.7 / 6)
    assert result.reward_per_step.mean == pytest.approx(1.7 / 24)
    assert result.correct.n == 6


def test_groups_by_hand():
    hand = by_hand()
    assert hand.trials.block_index.tolist() == [0, 0, 1, 2, 2, 2]
    outcomes = behavior.outcomes_by_strength(hand)
    assert outcomes.correct.mean.tolist() == [0.5, 0.75]
    assert outcomes.wrong.mean.tolist() == [0, 0.25]
    assert outcomes.timed_out.mean.tolist() == [0.5, 0]
    concordant = behavior.correct_by_strength(hand)
    assert concordant.at(concordant=True).mean.tolist() == [0.5, 2 / 3]
    assert concordant.at(concordant=False, strength=1.0).mean == 1
    assert concordant.at(concordant=False).n.tolist() == [0, 1]
    psychometric = behavior.psychometric(hand)  # the time-out has no choice
    assert psychometric.groups["signed_strength"].tolist() == [-1, 0, 1]
    assert psychometric.at(block_side=-1).n.tolist() == [2, 0, 1]
    assert psychometric.at(block_side=-1, signed_strength=-1).mean == 0.5
    assert behavior.chronometric(hand).at(strength=0, correct=False, concordant=True).mean == 5
    assert behavior.correct_by_trial_in_block(hand, strength=1.0).mean[:3] == pytest.approx(
        [0, 1, 1]
    )


def test_forced_choice_by_step_by_hand():
    result = behavior.correct_by_step(by_hand())
    # Step 0 is 1/2 everywhere; trial 2 is wrong afterwards, all others right.
    assert result.mean == pytest.approx([0.5, 5 / 6, 5 / 6, 3 / 4, 1 / 2])
    assert result.n.tolist() == [6, 6, 6, 4, 2]


def test_reward_by_observations_by_hand():
    result = behavior.reward_by_observations(by_hand())
    assert result.correct.mean == pytest.approx([1, 1, 0])
    assert result.correct.n.tolist() == [2, 2, 2]
    assert result.reward_per_step.mean == pytest.approx([2 / 6, 1.9 / 8, -2.2 / 10])


@pytest.mark.parametrize(
    "quantity, by",
    [
        ("correct", ["strength", "concordant"]),
        ("n_steps", ["strength", "correct", "concordant"]),
        ("timed_out", ["block_side", "side"]),
        ("reward", ["n_observations"]),
        ("correct", ["trial_in_block"]),
    ],
)
def test_means_against_pandas(session, frame, quantity, by):
    expected = frame.groupby(by)[quantity].agg(["mean", "count"])
    found = behavior.means(session, quantity, by).to_frame().set_index(by)
    assert found["n"].sum() == len(frame)
    found = found[found["n"] > 0]
    pd.testing.assert_series_equal(
        found["n"], expected["count"], check_names=False, check_index_type=False
    )
    pd.testing.assert_series_equal(
        found["mean"], expected["mean"], check_names=False, check_index_type=False
    )


def test_psychometric_against_pandas(session, frame):
    chosen = frame[~frame["timed_out"]].assign(right=lambda f: f["choice"] > 0)
    chosen["signed"] = chosen["side"] * chosen["strength"] + 0.0
    expected = chosen.groupby(["signed", "block_side"])["right"].mean()
    result = behavior.psychometric(session)
    assert result.mean.ravel() == pytest.approx(expected.to_numpy())


def test_reward_per_step_against_pandas(session, frame):
    sums = frame.groupby("n_observations")[["reward", "n_steps"]].sum()
    result = behavior.reward_by_observations(session).reward_per_step
    expected = (sums["reward"] / sums["n_steps"]).reindex(result.groups["n_observations"])
    assert result.mean == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_correct_by_step_against_pandas(session):
    steps = session.steps_to_frame()
    right = (steps["p_right"] > 0.5) == (session.trials.side[steps["trial"]] > 0)
    right = right.astype(float).mask(steps["p_right"] == 0.5, 0.5)
    expected = right.groupby(steps["step"]).mean().to_numpy()
    assert behavior.correct_by_step(session).mean[: len(expected)] == pytest.approx(expected)


def test_split_by_concordance_adds_up(session):
    whole = behavior.correct_by_trial_in_block(session, strength=0.0)
    by = ["trial_in_block", "concordant"]
    split = behavior.means(session, "correct", by, where=session.trials.strength == 0)
    assert split.n.sum(axis=1).tolist() == whole.n.tolist()
    assert whole.n.sum() == np.sum(session.trials.strength == 0)


def test_recovery_against_polyfit(session, frame):
    slopes, intercepts = {}, {}
    for number in range(3):
        one = frame[frame["session"] == number]
        for block in range(1, 20):
            first = one[(one["block"] == block) & (one["trial_in_block"] < 8)]
            slope, intercept = np.polyfit(
                first["trial_in_block"], first["correct"].astype(float), 1
            )
            previous = (one["block"] == block - 1).sum()
            place = min((previous - 20) // 20, 3)  # 20-39, 40-59, 60-79, 80-100
            slopes.setdefault(place, []).append(slope)
            intercepts.setdefault(place, []).append(intercept)
    result = behavior.recovery_by_previous_block(session, n_trials=8, bin_width=20)
    assert result.slope.groups["previous_length"].tolist() == [29.5, 49.5, 69.5, 90]
    for place in slopes:
        assert result.slope.mean[place] == pytest.approx(np.mean(slopes[place]))
        assert result.intercept.mean[place] == pytest.approx(np.mean(intercepts[place]))
        assert result.slope.n[place] == len(slopes[place])
    assert result.slope.n.sum() == 3 * 19


def test_paired_difference_is_the_difference_and_sharper(trials, session):
    other = rollout(Accumulator(gain=0.9), trials)
    difference = behavior.paired_difference(session, other, "correct", ["strength"])
    mine, theirs = (behavior.means(s, "correct", ["strength"]) for s in (session, other))
    assert difference.mean == pytest.approx(mine.mean - theirs.mean)
    apart = np.sqrt((mine.high - mine.low) ** 2 + (theirs.high - theirs.low) ** 2)
    assert (difference.high - difference.low < 0.8 * apart)[:3].all()
    same = behavior.paired_difference(session, session, "n_steps")
    assert (same.mean, same.low, same.high) == (0, 0, 0)


def test_equal_trials_need_not_be_the_same_object(trials, session):
    again = sample_trials(TaskParams(), n_sessions=3, n_blocks=20, seed=1)
    assert behavior.paired_difference(session, rollout(Accumulator(), again), "reward").mean == 0


def test_groups_without_trials_are_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hand = by_hand()
        recovery = behavior.recovery_by_previous_block(hand)
        behavior.chronometric(hand)
        nothing = behavior.means(hand, "correct", ["strength"], where=np.zeros(6, dtype=bool))
    assert recovery.slope.n.sum() == 0 and np.isnan(recovery.slope.mean).all()
    assert nothing.n.tolist() == [0, 0] and np.isnan(nothing.low).all()


def test_bad_input(trials, session):
    with pytest.raises(ValueError, match="session must be a Session, got Trials"):
        behavior.performance(trials)
    with pytest.raises(ValueError, match=r"quantity must be one of .*got 'speed'"):
        behavior.means(session, "speed")
    with pytest.raises(ValueError, match=r"by must be one of .*got 'contrast'"):
        behavior.means(session, "correct", ["contrast"])
    with pytest.raises(ValueError, match=r"by must be one of .*got 'n_observations'"):
        behavior.paired_difference(session, session, "correct", ["n_observations"])
    with pytest.raises(ValueError, match="got 'right'"):
        behavior.paired_difference(session, session, "right")
    with pytest.raises(ValueError, match="where must be"):
        behavior.means(session, "correct", where=np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match=r"strength must be one of .*got 0.3"):
        behavior.correct_by_trial_in_block(session, strength=0.3)
    with pytest.raises(ValueError, match="n_trials must be at least 2, got 1"):
        behavior.recovery_by_previous_block(session, n_trials=1)
    others = sample_trials(TaskParams(), n_sessions=3, n_blocks=20, seed=2)
    with pytest.raises(ValueError, match="same trials, got 'accumulator'"):
        behavior.paired_difference(session, rollout(Accumulator(), others), "correct")
    with pytest.raises(ValueError, match=r"strength must be one of the task's .*, got 1.5"):
        replace(trials, params=TaskParams(strengths=(0.0, 1.0)))
