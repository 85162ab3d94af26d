"""From a network to units that play, against the network itself and against each step by hand."""

import numpy as np
import pytest

from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.distillation.distilled import distill, readout_of
from iblrnn_helpers.distillation.radd import RADD
from iblrnn_helpers.representations.state_space import fit_state_space, on_components, on_readouts
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network


@pytest.fixture(scope="module")
def played():
    network = reference_network().network
    trials = sample_trials(TaskParams(), n_sessions=3, n_blocks=4, seed=5)
    return network, rollout(RNNAgent(network), trials, record_states=True)


def test_it_is_the_fit_to_projected_states(played):
    network, session = played
    projection = on_readouts(fit_state_space(session, network))
    found = distill(network, session, projection)
    by_hand = RADD().fit(session.inputs, projection(session.states), session.steps_per_session)
    np.testing.assert_array_equal(found.model.recurrent, by_hand.recurrent_)
    own = readout_of(network, projection, by_hand.scale_)
    np.testing.assert_array_equal(found.readout.direction, own.direction)
    assert (found.readout.scale, found.readout.bias) == (own.scale, own.bias)


def test_sessions_are_told_apart(played):
    _, session = played
    trials = session.trials
    by_hand = [session.n_steps[trials.session == k].sum() for k in range(trials.n_sessions)]
    assert session.steps_per_session.tolist() == by_hand


def test_all_components_keep_the_readout(played):
    """With nothing projected away, the readout of z must be the network's readout of h."""
    network, session = played
    projection = on_components(fit_state_space(session, network), network.n_units)
    readout = readout_of(network, projection)
    weight, bias = (t.detach().numpy() for t in (network.readout.weight, network.readout.bias))
    log_odds = session.states @ (weight[1] - weight[0]) + bias[1] - bias[0]
    z = projection(session.states)
    ours = readout.scale * (z @ readout.direction + readout.bias)
    np.testing.assert_allclose(ours, log_odds, atol=1e-9)  # rounding of 50 sums


def test_the_agent_starts_where_the_network_does_and_takes_a_scale(played):
    network, session = played
    projection = on_readouts(fit_state_space(session, network))
    found = distill(network, session, projection)
    agent = found.agent(3.0, name="two units")
    agent.reset(2)
    at_rest = projection(np.zeros((2, network.n_units))) / found.model.scale
    np.testing.assert_allclose(agent.state, at_rest)
    assert (agent.readout.scale, agent.name) == (3.0, "two units")
    assert found.agent().readout.scale == found.readout.scale
    with pytest.raises(ValueError, match="scale"):
        found.agent(0.0)


def test_a_session_without_states_is_refused(played):
    network, session = played
    projection = on_readouts(fit_state_space(session, network))
    without = rollout(RNNAgent(network), session.trials)
    with pytest.raises(ValueError, match="states"):
        distill(network, without, projection)
