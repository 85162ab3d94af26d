"""A network confined to a subspace, against a plain loop in numpy."""

from itertools import pairwise

import numpy as np
import pytest

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.distillation.rivals import ProjectedAgent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

TRIALS = sample_trials(
    TaskParams(min_block_length=3, max_block_length=8), n_sessions=3, n_blocks=2, seed=0
)
NETWORK = RecurrentNetwork(6, seed=1)
RNG = np.random.default_rng(0)
MATRIX, MEAN = RNG.standard_normal((2, 6)), RNG.standard_normal(6)


def test_the_plain_loop():
    session = rollout(ProjectedAgent(NETWORK, MATRIX, MEAN), TRIALS, record_states=True)
    w = {name: tensor.numpy() for name, tensor in NETWORK.state_dict().items()}
    orthonormal, _ = np.linalg.qr(MATRIX.T)
    inputs, first = session.inputs, session.row_start[TRIALS.session_start]

    def onto(h):
        return MEAN + orthonormal @ (orthonormal.T @ (h - MEAN))

    for start, end in pairwise(first):
        h = onto(np.zeros(6))
        for t in range(start, end):
            drive = w["core.weight_hh_l0"] @ h + w["core.weight_ih_l0"] @ inputs[t]
            h = onto(np.tanh(drive + w["core.bias_ih_l0"] + w["core.bias_hh_l0"]))
            np.testing.assert_allclose(session.states[t], h, rtol=1e-9, atol=1e-12)
            left, right = w["readout.weight"] @ h + w["readout.bias"]
            p_right = session.p_right[session.row_trial[t], session.row_step[t]]
            assert p_right == pytest.approx(1 / (1 + np.exp(left - right)), rel=1e-9)


def test_only_the_span_counts_and_the_whole_space_changes_nothing():
    turned = np.array([[2.0, 1.0], [-1.0, 3.0]]) @ MATRIX
    one, other = (
        rollout(ProjectedAgent(NETWORK, matrix, MEAN), TRIALS, record_states=True)
        for matrix in (MATRIX, turned)
    )
    np.testing.assert_allclose(one.states, other.states, atol=1e-12)
    whole = ProjectedAgent(NETWORK, RNG.standard_normal((6, 6)), MEAN)
    free = rollout(RNNAgent(NETWORK), TRIALS, record_states=True)
    np.testing.assert_allclose(
        rollout(whole, TRIALS, record_states=True).states, free.states, atol=1e-12
    )
    assert np.abs(one.states - free.states).max() > 0.1


def test_as_a_network_it_answers_the_same():
    agent = ProjectedAgent(NETWORK, MATRIX, MEAN)
    slow, quick = rollout(agent, TRIALS), rollout(RNNAgent(agent.as_network()), TRIALS)
    np.testing.assert_array_equal(slow.choice, quick.choice)
    np.testing.assert_allclose(slow.p_right, quick.p_right, rtol=1e-12)
    with pytest.raises(ValueError, match="must be vanilla to be projected itself, got 'gru'"):
        ProjectedAgent(RecurrentNetwork(6, "gru"), MATRIX, MEAN).as_network()


def test_what_does_not_fit_is_named():
    for matrix, mean, message in (
        (MATRIX[:, :5], MEAN, r"matrix must be \(M, 6\), got \(2, 5\)"),
        (MATRIX, MEAN[:5], r"mean must be \(6,\), got \(5,\)"),
        (MATRIX * np.nan, MEAN, "must be finite"),
        (MATRIX[[0, 0]], MEAN, "rank 2 of its rows, got 1"),
    ):
        with pytest.raises(ValueError, match=message):
            ProjectedAgent(NETWORK, matrix, mean)
    with pytest.raises(ValueError, match="must not be an LSTM"):
        ProjectedAgent(RecurrentNetwork(6, "lstm"), MATRIX, MEAN)
