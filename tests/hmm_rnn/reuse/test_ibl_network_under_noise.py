"""The network of Part I as an HmmRnn: the same states, and units that are really silent."""

import numpy as np
import pytest
import torch

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent, one_step
from iblrnn_helpers.hmm_rnn.kick_units.kick_units import KickUnits
from iblrnn_helpers.hmm_rnn.network import HmmRnn, Run
from iblrnn_helpers.hmm_rnn.orbit.orbit import find_orbit
from iblrnn_helpers.hmm_rnn.reuse import ibl_network as part_one
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

N_UNITS = 8
NETWORK = RecurrentNetwork(N_UNITS, seed=3)


@pytest.fixture(scope="module")
def played():
    trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=2, seed=0)
    return rollout(RNNAgent(NETWORK), trials, record_states=True)


@pytest.fixture(scope="module")
def readout(played):
    return part_one.block_readout(played)


def test_steps_are_those_of_the_network(readout):
    network = part_one.as_hmm_rnn(NETWORK, readout, feedback=-0.05)
    rng = np.random.default_rng(0)
    states, noise = rng.uniform(-1, 1, (5, N_UNITS)), rng.standard_normal((5, 2))
    inputs = np.column_stack([noise, np.full(5, -0.05)])
    with torch.no_grad():
        expected = one_step(NETWORK)(torch.tensor(states), torch.tensor(inputs)).numpy()
    np.testing.assert_allclose(network.step(states, noise), expected, atol=1e-12)
    log_odds = np.diff(network.logits(states))[:, 0]
    np.testing.assert_allclose(log_odds, readout.log_odds(states), atol=1e-12)


def test_sessions_become_sequences(played, readout):
    found = part_one.as_run(played, readout, 20)
    second = int(played.row_start[played.trials.session_start[1]])
    np.testing.assert_array_equal(found.states[1], played.states[second : second + 20])
    np.testing.assert_array_equal(found.classes == 1, readout.log_odds(found.states) > 0)
    with pytest.raises(ValueError, match="n_steps must be"):
        part_one.as_run(played, readout, 10**6)


def test_silent_units_stay_at_zero_and_others_miss_them_only(played):
    silent = part_one.without_units(NETWORK, [1, 4])
    session = rollout(RNNAgent(silent), played.trials, record_states=True)
    assert not session.states[:, [1, 4]].any()
    inputs, state = torch.tensor([[0.3, -1.0, 0.2]]), torch.full((1, N_UNITS), 0.5)
    state[:, [1, 4]] = 0
    others = np.delete(np.arange(N_UNITS), [1, 4])
    with torch.no_grad():
        whole, part = (
            one_step(one)(state.double(), inputs.double()).numpy()[0] for one in (NETWORK, silent)
        )
    np.testing.assert_allclose(part[others], whole[others], atol=1e-12)


def test_playing_without_any_unit_changes_nothing(played, readout):
    def kick(source, target, candidates):
        rest = (2, np.array([0]), np.zeros((1, N_UNITS)), np.zeros(N_UNITS))
        return KickUnits(source, target, *rest, np.array(candidates))

    found = part_one.play_silenced(
        NETWORK, played.trials, readout, (kick(0, 1, [0, 1, 2]), kick(1, 0, [3, 4, 5])),
        numbers=(2, 5), n_draws=2, seed=0,
    )  # fmt: skip
    assert found.switches.n_silenced.tolist() == [2]  # there are no five candidates
    assert found.correct.shape == (1,) and found.correct_random.shape == (1, 2)
    side = played.trials.block_side[played.row_trial]
    assert found.correct_whole == readout.accuracy(played.states, side)
    # Only units 6 and 7 are candidates of neither direction, so that all draws are the same.
    assert found.correct_random[0, 0] == found.correct_random[0, 1]


def test_switching_grows_from_nothing_where_noise_must_lift_over_a_barrier():
    """A unit that excites itself: bistable, so that small noise never switches it."""
    network = HmmRnn(np.eye(1), np.array([[2.0]]), np.array([[-1.0], [1.0]]), "tanh", np.zeros(1))
    rates = part_one.switching_by_noise(
        network, [0.05, 1.0, 4.0], n_sequences=20, n_steps=200, seed=0
    )
    assert rates[0] == 0 < rates[1] < rates[2]


def test_rotation_of_a_known_circle():
    angle = 0.1 * np.arange(501)[None] + np.arange(8)[:, None]
    states = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    states += 1e-3 * np.random.default_rng(0).standard_normal(states.shape)
    logits = np.stack([states[..., 0], -states[..., 0]], axis=-1)
    found = find_orbit(Run(states, logits)).rotation
    assert found["turns per 1,000 steps"] == pytest.approx(100 / (2 * np.pi), rel=1e-3)
    assert found["turns per pair of switches"] == pytest.approx(
        1, rel=0.05
    )  # 8 turns, whole or not
    assert found["t of angular momentum"] > 100


def test_gates_are_refused(readout):
    with pytest.raises(ValueError, match="vanilla"):
        part_one.as_hmm_rnn(RecurrentNetwork(N_UNITS, "gru"), readout)
