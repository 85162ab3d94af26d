"""Sessions in whose states we know what there is, and one of a network that was not trained."""

import numpy as np
import pytest
from planted import N_UNITS, planted_network, planted_session

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.representations.state_space import fit_state_space
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout


@pytest.fixture(scope="package")
def session():
    return planted_session()


@pytest.fixture(scope="package")
def space(session):
    return fit_state_space(session, planted_network(3 * np.eye(N_UNITS)[0]))


@pytest.fixture(scope="package")
def played():
    network = RecurrentNetwork(6, seed=3)
    trials = sample_trials(TaskParams(n_observations=3), n_sessions=4, n_blocks=12, seed=5)
    session = rollout(RNNAgent(network), trials, record_states=True)
    return network, session, fit_state_space(session, network)
