"""The closed loop against its own plain loop, step by step."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

PARAMS = TaskParams(min_block_length=3, max_block_length=12, hazard=0.2)
FEW_STEPS = replace(PARAMS, n_blank_steps=0, n_observations=4, waiting_penalty=-0.2, threshold=0.85)


@pytest.fixture(scope="module")
def trials():
    return sample_trials(PARAMS, n_sessions=7, n_blocks=3, seed=1)


class Leaky(Agent):
    """Sums evidence and feedback and never quite forgets: a slip changes all that follows."""

    name = "leaky"

    def reset(self, n_sessions):
        self.state = np.zeros((n_sessions, 2))
        self.heard = [[] for _ in range(n_sessions)]
        self.received = []

    def step(self, inputs):
        self.received.append(inputs.copy())
        self.state[:, 0] = 0.8 * self.state[:, 0] + inputs[:, 1] - inputs[:, 0]
        self.state[:, 1] = 0.95 * self.state[:, 1] + inputs[:, 2] * self.state[:, 0]
        return 1 / (1 + np.exp(-0.7 * self.state[:, 0] - 0.1 * self.state[:, 1]))

    def end_trial(self, ended, side):
        for session in np.flatnonzero(ended):
            self.heard[session].append(int(side[session]))


class Certain(Agent):
    """Gives the same probability at every step."""

    name = "certain"

    def __init__(self, p_right):
        self.p_right = p_right

    def reset(self, n_sessions):
        self.n_sessions = n_sessions

    def step(self, inputs):
        return np.full(self.n_sessions, self.p_right)


class Scripted(Agent):
    """Goes through a list of probabilities, one a step, the same in every session."""

    name = "scripted"

    def __init__(self, script):
        self.script = list(script)

    def reset(self, n_sessions):
        self.n_sessions = n_sessions
        self.taken = 0
        self.received = []

    def step(self, inputs):
        self.received.append(inputs[0].copy())
        self.taken += 1
        return np.full(self.n_sessions, self.script[self.taken - 1])


def plain_rollout(agent, trials):
    """The loop of rollout's docstring, one session after another, one step at a time."""
    params = trials.params
    choice, n_steps, p_right, inputs, states, heard = [], [], [], [], [], []
    for session in range(trials.n_sessions):
        agent.reset(1)
        r = 0.0
        for trial in np.flatnonzero(trials.session == session):
            chosen, row = 0, np.full(params.max_steps, np.nan)
            for step in range(params.max_steps):
                blank = step < params.n_blank_steps
                o = (0.0, 0.0)
                if not blank:
                    o = trials.observations[trial, step - params.n_blank_steps]
                inputs.append([*o, r])
                p = agent.step(np.array([[*o, r]]))[0]
                row[step] = p
                states.append(agent.state[0].copy())
                r = 0.0 if blank else params.waiting_penalty
                if not blank and max(p, 1 - p) > params.threshold:
                    chosen = 1 if p > 0.5 else -1
                    break
            agent.end_trial(np.array([True]), trials.side[[trial]])
            r = 1.0 if chosen == trials.side[trial] else -1.0
            choice.append(chosen)
            n_steps.append(step + 1)
            p_right.append(row)
        heard.append(agent.heard[0])
    return [np.array(x) for x in (choice, n_steps, p_right, inputs, states)], heard


@pytest.mark.parametrize("params", [PARAMS, FEW_STEPS], ids=["paper's steps", "no blank steps"])
def test_side_by_side_equals_one_after_another(params):
    trials = sample_trials(params, n_sessions=7, n_blocks=3, seed=1)
    assert len(set(np.diff(trials.session_start))) > 1  # sessions end at different times
    agent = Leaky()
    session = rollout(agent, trials, record_states=True)
    heard_side_by_side = agent.heard
    (choice, n_steps, p_right, inputs, states), heard = plain_rollout(Leaky(), trials)
    np.testing.assert_array_equal(session.choice, choice)
    np.testing.assert_array_equal(session.n_steps, n_steps)
    np.testing.assert_allclose(session.p_right, p_right, rtol=1e-12)
    np.testing.assert_allclose(session.states, states, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(session.inputs, inputs)
    assert heard_side_by_side == heard
    assert heard == [
        trials.side[first:end].tolist()
        for first, end in zip(trials.session_start[:-1], trials.session_start[1:], strict=True)
    ]
    # The test means something: all outcomes took place.
    assert {-1, 0, 1} == set(choice.tolist()) and session.agent == "leaky"
    assert 0.5 < session.correct.mean() < 1 and len(set(n_steps.tolist())) > 3


def test_record_tells_what_the_agent_received(trials):
    agent = Leaky()
    session = rollout(agent, trials)
    received = np.array(agent.received)  # (n_steps_of_play, n_sessions, 3)
    steps_of = np.add.reduceat(session.n_steps, trials.session_start[:-1])
    in_order = np.concatenate([received[:n, k] for k, n in enumerate(steps_of)])
    np.testing.assert_array_equal(session.inputs, in_order)
    assert len(received) == steps_of.max()


class Careless(Leaky):
    """Keeps what it is handed, and writes into whatever it can reach."""

    def reset(self, n_sessions):
        super().reset(n_sessions)
        self.kept = []
        self.p_right = np.empty(n_sessions)

    def step(self, inputs):
        self.kept.append(inputs)
        self.p_right[:] = super().step(inputs)
        return self.p_right

    def end_trial(self, ended, side):
        super().end_trial(ended, side)
        ended[:], side[:] = True, 9


class Destructive(Careless):
    def step(self, inputs):
        p_right = super().step(inputs)
        inputs[:] = np.nan
        return p_right


@pytest.mark.parametrize("wrong", [Agent, lambda inputs: inputs[:, 0], None])
def test_what_is_no_agent_is_refused(trials, wrong):
    with pytest.raises(ValueError, match="agent must be an Agent"):
        rollout(wrong, trials)


def test_an_agent_that_keeps_or_overwrites_what_it_is_handed_changes_nothing(trials):
    before = {name: np.copy(values) for name, values in vars(trials).items() if name != "params"}
    expected = rollout(Leaky(), trials, record_states=True)
    for agent in (careless := Careless(), Destructive()):
        session = rollout(agent, trials, record_states=True)
        for name in ("choice", "n_steps", "p_right", "states", "inputs"):
            np.testing.assert_array_equal(getattr(session, name), getattr(expected, name))
    np.testing.assert_array_equal(careless.kept, careless.received)
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(trials, name), values)


def test_feedback_and_timing_step_by_step(trials):
    right = replace(trials, side=np.ones_like(trials.side)).take_sessions(0, 1)
    script = [0.99, 0.01, 0.9, 0.91]  # certain while blank; 0.9 is not above 0.9
    script += [0.5, 0.5, 0.05]  # wrong at once
    script += [0.5] * 12  # time-out
    script += [0.5, 0.5, 0.95] * (right.n_trials - 3)
    agent = Scripted(script)
    session = rollout(agent, right)
    assert session.choice[:4].tolist() == [1, -1, 0, 1]
    assert session.n_steps[:4].tolist() == [4, 3, 12, 3]
    r = np.array(agent.received)[:, 2]
    assert r[0] == 0
    assert r[1:4].tolist() == [0, 0, -0.05]  # after blank, blank, an observation without action
    assert r[4:7].tolist() == [1, 0, 0]  # correct: heard on the first blank step of the next
    assert r[7:19].tolist() == [-1, 0, 0] + [-0.05] * 9  # wrong
    assert r[19:22].tolist() == [-1, 0, 0]  # time-out
    assert r[22] == 1
    blank = np.array(agent.received)[[0, 1, 4, 5, 7, 8, 19, 20]]
    assert (blank[:, :2] == 0).all()
    np.testing.assert_array_equal(
        np.array(agent.received)[9:19, :2], right.observations[2]
    )  # all ten observations before the time-out
    np.testing.assert_array_equal(session.p_right[0, :4], script[:4])
    assert np.isnan(session.p_right[0, 4:]).all()


@pytest.mark.parametrize(
    ("p_right", "choice", "n_steps"), [(1.0, 1, 3), (0.0, -1, 3), (0.5, 0, 12)]
)
def test_always_the_same_probability(trials, p_right, choice, n_steps):
    session = rollout(Certain(p_right), trials)
    assert (session.choice == choice).all() and (session.n_steps == n_steps).all()
    assert session.timed_out.all() == (choice == 0)
    np.testing.assert_array_equal(session.correct, trials.side == choice)
    assert session.states is None


def test_threshold_is_the_tasks(trials):
    bold = replace(trials, params=replace(PARAMS, threshold=0.6))
    assert (rollout(Certain(0.61), bold).n_steps == 3).all()
    assert (rollout(Certain(0.61), trials).n_steps == 12).all()


def test_second_play_starts_afresh(trials):
    agent = Leaky()
    first = rollout(agent, trials)
    np.testing.assert_array_equal(rollout(agent, trials).p_right, first.p_right)


@pytest.mark.parametrize("wrong", [np.nan, -0.01, 1.01, np.inf])
def test_agents_that_return_no_probability_are_refused(trials, wrong):
    class Wrong(Certain):
        def step(self, inputs):
            p = super().step(inputs)
            p[2] = wrong
            return p

    message = (
        rf"agent 'certain': step must return probabilities in \[0, 1\], got {wrong} in session 2"
    )
    with pytest.raises(ValueError, match=message):
        rollout(Wrong(0.5), trials)


def test_an_agent_without_a_state_cannot_be_recorded(trials):
    class Stateless(Agent):
        name = "stateless"

        def reset(self, n_sessions):
            pass

        def step(self, inputs):
            return np.full(len(inputs), 0.5)

    with pytest.raises(ValueError, match="agent 'stateless': state must be an array, got None"):
        rollout(Stateless(), trials, record_states=True)


@pytest.mark.parametrize("shape", [(), (1,), (8,), (7, 1), (7, 2)])
def test_agents_that_return_a_wrong_shape_are_refused(trials, shape):
    class Wrong(Certain):
        def step(self, inputs):
            return np.full(shape, 0.5)

    with pytest.raises(ValueError, match=r"probabilities of shape \(7,\), got \("):
        rollout(Wrong(0.5), trials)


def test_an_agent_must_say_what_it_does():
    class Idle(Agent):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Idle()
