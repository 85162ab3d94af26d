"""The record of a session against a session written out by hand."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.task.generative_model import TaskParams, Trials, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.session import Session, leave_sessions_out

PARAMS = TaskParams(n_blank_steps=2, n_observations=3)


@pytest.fixture
def session():
    """Two sessions: correct, time-out, wrong; then wrong, correct."""
    observations = np.arange(1.0, 31.0).reshape(5, 3, 2)
    trials = Trials(
        params=PARAMS,
        session=np.array([0, 0, 0, 1, 1]),
        block=np.array([0, 0, 1, 0, 0]),
        trial_in_block=np.array([0, 1, 0, 0, 1]),
        block_side=np.array([1, 1, -1, -1, -1], dtype=np.int8),
        side=np.array([1, -1, -1, -1, 1], dtype=np.int8),
        strength=np.array([0.5, 0.0, 2.5, 1.0, 1.5]),
        observations=observations,
    )
    n_steps = np.array([3, 5, 4, 3, 5])
    p_right = np.full((5, 5), np.nan)
    for trial, n in enumerate(n_steps):
        p_right[trial, :n] = 0.1 * trial + 0.01 * np.arange(n)
    return Session(
        trials=trials,
        agent="by hand",
        choice=np.array([1, 0, 1, 1, 1], dtype=np.int8),
        n_steps=n_steps,
        p_right=p_right,
    )


def test_outcomes(session):
    assert session.n_trials == 5
    assert session.correct.tolist() == [True, False, False, False, True]
    assert session.timed_out.tolist() == [False, True, False, False, False]
    assert session.n_observations_seen.tolist() == [1, 3, 2, 1, 3]


def test_rows(session):
    assert session.row_start.tolist() == [0, 3, 8, 12, 15, 20]
    assert session.row_trial.tolist() == [0] * 3 + [1] * 5 + [2] * 4 + [3] * 3 + [4] * 5
    assert session.row_step.tolist() == [*range(3), *range(5), *range(4), *range(3), *range(5)]
    assert session.row_seen.tolist() == [step >= 2 for step in session.row_step]
    assert session.last_rows.tolist() == [2, 7, 11, 14, 19]
    np.testing.assert_allclose(session.last_p_right, [0.02, 0.14, 0.23, 0.32, 0.44])
    np.testing.assert_array_equal(session.row_p_right[session.last_rows], session.last_p_right)
    assert not np.isnan(session.row_p_right).any()


def test_rows_of_sessions_and_of_blocks(session):
    assert session.trials.trials_per_session.tolist() == [3, 2]
    assert session.trials.block_start.tolist() == [0, 2, 3]
    assert session.trials.after_switch.tolist() == [False, False, True, False, False]
    assert session.session_row_start.tolist() == [0, 12, 20]
    assert session.steps_per_session.tolist() == [12, 8]
    assert session.changing_rows.tolist() == [*range(1, 12), *range(13, 20)]
    assert session.row_block.tolist() == [0] * 8 + [1] * 4 + [2] * 8
    assert session.row_block_side.tolist() == [1] * 8 + [-1] * 12


def test_feedback_is_of_the_step_before(session):
    assert session.feedback.tolist() == [
        *(0, 0, 0),  # nothing before a session's start
        *(1, 0, 0, -0.05, -0.05),  # the first trial was correct
        *(-1, 0, 0, -0.05),  # the second timed out
        *(0, 0, 0),  # another session: the wrong choice before it is not heard
        *(-1, 0, 0, -0.05, -0.05),
    ]


def test_inputs(session):
    inputs = session.inputs
    assert inputs.shape == (20, 3)
    np.testing.assert_array_equal(inputs[:, 2], session.feedback)
    blank = session.row_step < 2
    assert (inputs[blank, :2] == 0).all()
    # Trials hold 6 observed numbers each, counted from 1: 1 to 6, 7 to 12, and so on.
    assert inputs[~blank, :2].tolist() == [
        [1, 2],
        *([7, 8], [9, 10], [11, 12]),
        *([13, 14], [15, 16]),
        [19, 20],
        *([25, 26], [27, 28], [29, 30]),
    ]


def test_frame_of_trials(session):
    frame = session.to_frame()
    expected = pd.DataFrame(
        {
            "session": [0, 0, 0, 1, 1],
            "block": [0, 0, 1, 0, 0],
            "trial_in_block": [0, 1, 0, 0, 1],
            "block_side": [1, 1, -1, -1, -1],
            "side": [1, -1, -1, -1, 1],
            "strength": [0.5, 0.0, 2.5, 1.0, 1.5],
            "concordant": [True, False, True, True, False],
            "choice": [1, 0, 1, 1, 1],
            "correct": [True, False, False, False, True],
            "n_steps": [3, 5, 4, 3, 5],
        }
    )
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_frame_of_steps(session):
    frame = session.steps_to_frame()
    assert list(frame.columns) == [
        *("session", "trial", "step", "observation_left", "observation_right"),
        *("feedback", "p_right"),
    ]
    assert len(frame) == 20 and not frame["p_right"].isna().any()
    np.testing.assert_allclose(frame["p_right"], 0.1 * frame["trial"] + 0.01 * frame["step"])
    assert frame.groupby("trial")["session"].first().tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(
        frame[["observation_left", "observation_right", "feedback"]], session.inputs
    )


def test_trials_without_blank_steps():
    params = TaskParams(n_blank_steps=0, n_observations=2, waiting_penalty=-0.3)
    trials = Trials(
        params=params,
        session=np.zeros(2, dtype=int),
        block=np.zeros(2, dtype=int),
        trial_in_block=np.arange(2),
        block_side=np.ones(2, dtype=np.int8),
        side=np.ones(2, dtype=np.int8),
        strength=np.ones(2),
        observations=np.ones((2, 2, 2)),
    )
    session = Session(trials, "x", np.array([-1, 1]), np.array([2, 1]), np.full((2, 2), 0.5))
    assert session.feedback.tolist() == [0, -0.3, -1]
    assert (session.inputs[:, :2] == 1).all()


def test_some_sessions_are_those_sessions(session):
    """Rows of the second session alone, numbered from 0."""
    states = np.arange(session.n_rows, dtype=float)[:, None]
    part = replace(session, states=states).of_sessions(np.array([False, True]))
    assert part.trials.session.tolist() == [0, 0]
    assert part.choice.tolist() == [1, 1] and part.n_steps.tolist() == [3, 5]
    assert part.states.ravel().tolist() == list(range(12, 20))
    np.testing.assert_array_equal(part.inputs, session.inputs[12:])
    whole = session.of_sessions(np.array([True, True]))
    np.testing.assert_array_equal(whole.p_right, session.p_right)
    for wrong in (np.array([0, 1]), np.array([True]), np.array([False, False])):
        with pytest.raises(ValueError, match=r"kept must be \(2,\) bool with a session to keep"):
            session.of_sessions(wrong)


def test_sessions_left_out_give_what_each_adds():
    """The jackknife of a total: leaving out n_k of T leaves T - n_k."""
    trials = sample_trials(PARAMS, n_sessions=6, n_blocks=1, seed=0)
    n_steps = np.full(len(trials), 3)
    p_right = np.where(np.arange(5) < 3, 0.5, np.nan) * np.ones((len(trials), 1))
    session = Session(trials, "still", np.ones(len(trials), dtype=np.int8), n_steps, p_right)
    for n_groups in (6, 3):
        found = leave_sessions_out(session, lambda part: {"n": part.n_trials}, n_groups)["n"]
        lengths = np.bincount(trials.session).reshape(n_groups, -1).sum(axis=1)
        assert found.value == len(trials)
        parts = (n_groups - 1) / n_groups * (lengths - lengths.mean())
        np.testing.assert_allclose(found.influence, parts)
    with pytest.raises(ValueError, match="n_groups must be"):
        leave_sessions_out(session, lambda part: {}, 7)


@pytest.mark.parametrize(
    "field, wrong, message",
    [
        ("trials", "trials", "trials must be a Trials, got str"),
        ("choice", np.array([0, 1, 2]), "choice must be -1, 0 or 1, got 2 in trial 2"),
        ("choice", np.array([True, False, True]), "choice must be numbers, got .*True"),
        ("choice", np.array(["left", "right", "none"]), "choice must be numbers, got .*left"),
        ("choice", np.array([1, np.nan, 1]), "choice must be .* got nan in trial 1"),
        ("choice", np.ones(2), "choice must have 3 trials, got 2"),
        ("choice", np.ones((3, 1)), r"choice must have 3 trials, got shape \(3, 1\)"),
        ("n_steps", np.array([1, 0, 1]), "n_steps must be .* at least 1 and at most 2, got 0"),
        ("n_steps", np.array([1, 3, 1]), "n_steps must be .* at most 2, got 3 in trial 1"),
        ("n_steps", np.array([1, 1.5, 1]), "n_steps must be a whole number .* got 1.5"),
        ("p_right", np.full((3, 2), 1.1), "p_right must be .* at most 1 or NaN, got 1.1"),
        ("p_right", np.full((3, 3), 0.5), r"p_right must have 3 trials of shape \(2,\), got"),
    ],
)
def test_a_session_names_what_is_wrong(field, wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(small_session(), **{field: wrong})


def small_session(**given):
    params = TaskParams(n_blank_steps=0, n_observations=2)
    columns = {
        "session": np.zeros(3, dtype=int),
        "block": np.zeros(3, dtype=int),
        "trial_in_block": np.arange(3),
        "block_side": np.ones(3, dtype=np.int8),
        "side": np.array([1, -1, 1]),
        "strength": np.full(3, params.strengths[0]),
        "observations": np.zeros((3, 2, 2)),
    }
    own = {
        "choice": np.array([1, -1, 0]),
        "n_steps": np.array([1, 2, 2]),
        "p_right": np.full((3, 2), 0.5),
    }
    return Session(Trials(params, **columns), "x", **own | given)


def test_a_session_keeps_its_values_and_leaves_the_callers_arrays_alone():
    choice, n_steps, p_right = np.array([1, -1, 0]), np.array([1, 2, 2]), np.full((3, 2), 0.5)
    session = small_session(choice=choice, n_steps=n_steps, p_right=p_right)
    for mine in (choice, n_steps, p_right):
        mine[:] = 0
    assert session.choice.tolist() == [1, -1, 0] and session.n_steps.tolist() == [1, 2, 2]
    assert (session.p_right == 0.5).all() and session.correct.tolist() == [True, True, False]
    with pytest.raises(ValueError, match="read-only"):
        session.choice[0] = -1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"states": np.zeros((3, 2))},
            r"states must have a row for each of .* 5 steps, got \(3, 2\)",
        ),
        ({"states": np.zeros((7, 2))}, "states must have a row for each"),
        ({"states": np.zeros(5)}, r"states must be an array \(n, n_state\) with entries, got"),
        ({"states": np.zeros((5, 2, 2))}, r"states must be an array \(n, n_state\)"),
        ({"states": np.full((5, 2), np.nan)}, "states must be finite"),
        (
            {"p_right": np.full((3, 2), np.nan)},
            "p_right of steps that took place must be a finite number, got nan in row 0",
        ),
        ({"choice": np.ma.array([1, 1, 1], mask=[0, 0, 1])}, "choice must have no masked values"),
    ],
)
def test_a_session_has_a_state_and_a_belief_for_every_step(given, message):
    with pytest.raises(ValueError, match=message):
        small_session(**given)


def test_a_session_has_a_player_steps_with_observations_and_trials():
    whole = rollout(
        BayesianActor(TaskParams()), sample_trials(TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    )
    for agent in (None, 5, "a\0b", "\ud800"):
        with pytest.raises(ValueError, match="agent must be"):
            replace(whole, agent=agent)
    # Two blank steps, so the first choice is in the third.
    with pytest.raises(ValueError, match="n_steps must be a whole number of at least 3"):
        replace(whole, n_steps=np.full(len(whole.choice), 2))
    trials = whole.trials
    none = {f.name: getattr(trials, f.name)[:0] for f in fields(trials)[1:]}
    with pytest.raises(ValueError, match="trials must hold at least one value, got none"):
        Session(
            replace(trials, **none), "x", whole.choice[:0], whole.n_steps[:0], whole.p_right[:0]
        )


def test_rows_of_are_finite_and_one_for_every_step():
    session = small_session()
    assert session.rows_of(range(5), "x").tolist() == [0, 1, 2, 3, 4]
    for wrong, message in (
        (np.full(5, np.nan), "x must be finite"),
        (np.zeros(4), "x must have a row for each of the session's 5 steps"),
        (np.zeros((5, 1)), "x must be a vector"),
        (["a"] * 5, "x must be real numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            session.rows_of(wrong, "x")
