"""How a model follows given states, against plain loops."""

from itertools import pairwise

import numpy as np
import pytest

from iblrnn_helpers.distillation.fit_quality import one_step_r2, run_alone
from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel, Readout
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

TRIALS = sample_trials(
    TaskParams(min_block_length=3, max_block_length=8), n_sessions=4, n_blocks=2, seed=0
)
MODEL = DistilledModel(
    [[0.6, 0.3], [0.2, 0.8]], [[-0.2, 0.2, 0.0], [-0.04, 0.04, 0.02]], [0.01, 0.02], scale=5.0
)


@pytest.fixture(scope="module")
def session():
    agent = DistilledAgent(MODEL, Readout(np.array([1.0, 0.0]), 0.0, 10.0))
    return rollout(agent, TRIALS, record_states=True)


@pytest.fixture(scope="module")
def noisy(session):
    noise = np.random.default_rng(0).standard_normal(session.states.shape)
    return MODEL.scale * session.states + 0.3 * noise


def test_the_plain_loops(session, noisy):
    first = session.row_start[TRIALS.session_start]
    inputs, truth, said, alone = session.inputs, [], [], []
    for start, end in pairwise(first):
        own = noisy[start] / 5
        alone.append(noisy[start])
        for t in range(start + 1, end):
            drive = MODEL.inputs @ inputs[t] + MODEL.offset
            said.append(5 * np.tanh(MODEL.recurrent @ noisy[t - 1] / 5 + drive))
            own = np.tanh(MODEL.recurrent @ own + drive)
            truth.append(noisy[t])
            alone.append(5 * own)
    errors, spread = np.var(np.subtract(truth, said), axis=0), np.var(truth, axis=0)
    bias = np.mean(np.subtract(truth, said), axis=0)
    np.testing.assert_allclose(
        one_step_r2(MODEL, session, noisy), 1 - (errors + bias**2) / spread, rtol=1e-9
    )
    np.testing.assert_allclose(run_alone(MODEL, session, noisy), alone, rtol=1e-9)


def test_the_models_own_states_are_followed_exactly(session):
    own = MODEL.scale * session.states
    np.testing.assert_allclose(one_step_r2(MODEL, session, own), 1, atol=1e-12)
    np.testing.assert_allclose(run_alone(MODEL, session, own), own, atol=1e-12)


def test_states_that_do_not_fit_are_named(session, noisy):
    with pytest.raises(ValueError, match=r"states must be \(n_rows, 2\)"):
        one_step_r2(MODEL, session, noisy[:, :1])
    with pytest.raises(ValueError, match="states must have a row for each"):
        run_alone(MODEL, session, noisy[1:])
