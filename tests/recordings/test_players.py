"""Rivals of the network: each state is what its name says."""

import numpy as np
import pytest
from scipy.special import expit

import iblrnn_helpers as ibl
from iblrnn_helpers.agents.bayes import stimulus_log_odds
from iblrnn_helpers.agents.block_filter import block_belief
from iblrnn_helpers.recordings import players
from iblrnn_helpers.recordings.players import KERNEL_DECAY, LINE_GAIN, LINE_LIMIT, RIVALS, rivals


@pytest.fixture(scope="module")
def sessions():
    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=8, n_blocks=10, seed=3)
    agents = rivals(seed=2)
    return {name: ibl.rollout(agent, trials, record_states=True) for name, agent in agents.items()}


def evidence_of(session):
    """(n_rows,) log odds of the observation in each step, one by one; 0 on blank steps."""
    alone = session.inputs[:, None, :2]  # as if each were its trial's first
    told = stimulus_log_odds(alone, session.trials.params, players.WITHIN)[:, 0]
    return np.where(session.row_seen, told, 0)


def test_all_have_names_and_states(sessions):
    assert tuple(sessions) == RIVALS
    for name, session in sessions.items():
        assert session.agent == name
        assert session.states.shape[1] == (50 if name in ("network", "reset") else 2)
        assert np.isfinite(session.states).all()


def test_all_could_be_mice(sessions):
    for name, session in sessions.items():
        assert 0.76 < session.correct.mean() < 0.89, name
        assert session.timed_out.mean() < 0.005, name
        # As fast as the network, which answers after 3.2 steps, two of them blank.
        assert 3.1 < session.n_steps.mean() < 3.6, name
        zero = session.trials.strength == 0
        concordant = session.correct[zero & session.trials.concordant].mean()
        discordant = session.correct[zero & session.trials.discordant].mean()
        if name == "reset":  # it knows of no block: five standard errors of some 130 trials
            assert abs(concordant - discordant) < 0.22
        else:
            assert concordant > discordant + 0.2, name


def test_beliefs_apart_carry_the_exact_filter(sessions):
    session = sessions["beliefs apart"]
    first = session.row_start[:-1]
    assert expit(session.states[first, 0]) == pytest.approx(block_belief(session.trials))
    within = np.diff(session.row_trial) == 0
    assert (np.diff(session.states[:, 0])[within] == 0).all()


@pytest.mark.parametrize("name", ["beliefs apart", "action kernel", "line attractor"])
def test_evidence_is_of_this_trial_only(sessions, name):
    session, told = sessions[name], evidence_of(sessions[name])
    total = np.cumsum(told)
    before = (total - told)[session.row_start[:-1]][session.row_trial]
    assert session.states[:, 1] == pytest.approx(total - before, abs=1e-9)


def test_action_kernel_follows_its_own_choices(sessions):
    session = sessions["action kernel"]
    for number in range(2):
        one = session.of_sessions(np.arange(8) == number)
        carried, first = 0.0, one.row_start[:-1]
        for trial in range(one.n_trials):
            assert one.states[first[trial], 0] == pytest.approx(carried)
            carried = KERNEL_DECAY * carried + (1 - KERNEL_DECAY) * one.choice[trial]


def test_action_kernel_takes_a_timeout_for_no_choice():
    hard = ibl.TaskParams(strengths=(0.0,), noise_sd=0.05, n_observations=1)
    trials = ibl.sample_trials(hard, n_sessions=1, n_blocks=2, seed=1)
    session = ibl.rollout(rivals(hard)["action kernel"], trials, record_states=True)
    assert session.timed_out.all()
    assert (session.states[:, 0] == 0).all()


def test_line_attractor_moves_with_evidence_and_stays_at_rest(sessions):
    session, told = sessions["line attractor"], evidence_of(sessions["line attractor"])
    carried = session.states[:, 0]
    same = np.diff(session.trials.session[session.row_trial]) == 0
    moved = np.clip(carried[:-1] + LINE_GAIN * told[1:], -LINE_LIMIT, LINE_LIMIT)
    assert carried[1:][same] == pytest.approx(moved[same])
    assert (np.diff(carried)[same & (told[1:] == 0)] == 0).all()


def test_reset_network_begins_every_trial_anew(sessions):
    session = sessions["reset"]
    network = ibl.RNNAgent(ibl.reference_network(2).network)
    network.reset(1)
    network.step(np.zeros((1, 3)))
    at_rest = network.state[0]
    first = session.row_start[:-1][session.feedback[session.row_start[:-1]] == 0]
    assert len(first) == 8  # of each session the first trial, after which feedback comes
    assert session.states[first] == pytest.approx(np.tile(at_rest, (8, 1)))
    after = session.row_start[:-1][session.feedback[session.row_start[:-1]] == 1]
    assert np.ptp(session.states[after], axis=0).max() < 1e-12


def test_reset_is_the_network_within_its_first_trial(sessions):
    network, reset = sessions["network"], sessions["reset"]
    for number in range(8):
        rows = slice(*network.row_start[network.trials.session_start[number] + np.arange(2)])
        others = slice(*reset.row_start[reset.trials.session_start[number] + np.arange(2)])
        assert network.states[rows] == pytest.approx(reset.states[others])


def test_other_blocks_are_refused():
    with pytest.raises(ValueError, match="blocks must be left out for the recordings' rivals"):
        rivals(ibl.TaskParams(blocks="ibl"))
    with pytest.raises(ValueError, match="params must be"):
        rivals({"hazard": 0.02})


@pytest.mark.parametrize("name", RIVALS)
def test_rivals_play_the_same_at_once_and_step_by_step(sessions, name):
    expected, agent = sessions[name], rivals(seed=2)[name]
    session = players.played(agent, expected.trials)
    assert session.agent == name
    np.testing.assert_array_equal(session.choice, expected.choice)
    np.testing.assert_array_equal(session.n_steps, expected.n_steps)
    # Sums and exponentials round otherwise, and no state outlasts its trial unless it is bounded.
    np.testing.assert_allclose(session.states, expected.states, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(session.p_right, expected.p_right, rtol=1e-12)


@pytest.mark.parametrize("name", ["beliefs apart", "action kernel", "line attractor", "reset"])
def test_rivals_that_take_the_task_for_another_and_timeouts(name):
    hard = ibl.TaskParams(strengths=(0.0, 0.5), noise_sd=0.3, n_observations=2)
    trials = ibl.sample_trials(hard, n_sessions=2, n_blocks=3, seed=4)
    for params in (hard, ibl.TaskParams()):
        agent = rivals(params)[name]
        session, expected = players.played(agent, trials), ibl.rollout(agent, trials)
        assert expected.timed_out.any()
        np.testing.assert_array_equal(session.choice, expected.choice)
        np.testing.assert_array_equal(session.n_steps, expected.n_steps)
        np.testing.assert_allclose(session.p_right, expected.p_right, rtol=1e-12)
