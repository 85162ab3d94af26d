"""Snapshots along training against playing them one by one."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.curves import along_training
from iblrnn_helpers.training.loop import train
from iblrnn_helpers.training.params import TrainParams

TASK = TaskParams(min_block_length=3, max_block_length=8)
RECIPE = TrainParams(
    n_units=6, n_gradient_steps=150, n_blocks=2, optimizer="adam", learning_rate=0.02
)


def test_each_stage_is_what_its_snapshot_does():
    networks = [train(replace(RECIPE, seed=s), TASK, progress=False) for s in (1, 2)]
    trials = sample_trials(TASK, n_sessions=5, n_blocks=4, seed=0)
    result = along_training(networks, trials)
    steps = result.gradient_step
    assert list(steps) == sorted(networks[0].snapshots) and steps[-1] == 150
    for k, trained in enumerate(networks):
        for i, step in enumerate(steps):
            frame = rollout(RNNAgent(trained.network_at(step)), trials).to_frame()
            zero = frame[frame.strength == 0]
            assert result.correct[k, i] == pytest.approx(frame.correct.mean())
            assert result.n_steps[k, i] == pytest.approx(frame.n_steps.mean())
            concordant = zero[zero.concordant].correct.mean()
            discordant = zero[~zero.concordant].correct.mean()
            assert result.concordant[k, i] == pytest.approx(concordant)
            assert result.discordant[k, i] == pytest.approx(discordant)
    best = result.correct.argmax(axis=1)
    assert np.array_equal(result.peak_step, steps[best])
    assert (result.peak_minus_final >= 0).all()


def test_networks_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        along_training([], sample_trials(TASK, n_sessions=1, n_blocks=1, seed=0))
    networks = [train(replace(RECIPE, n_gradient_steps=n), TASK, progress=False) for n in (100, 50)]
    with pytest.raises(ValueError, match="2 kinds of snapshots"):
        along_training(networks, sample_trials(TASK, n_sessions=1, n_blocks=1, seed=0))
