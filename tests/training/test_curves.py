"""Windows of gradient steps against a plain loop, and snapshots against playing them one by one."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.curves import along_training, window_summary
from iblrnn_helpers.training.loop import train
from iblrnn_helpers.training.params import TrainParams

TASK = TaskParams(min_block_length=3, max_block_length=8)
RECIPE = TrainParams(
    n_units=6, n_gradient_steps=150, n_blocks=2, optimizer="adam", learning_rate=0.02
)


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_windows_against_a_plain_loop(spacing):
    rng = np.random.default_rng(1)
    step = np.arange(1001)
    values = rng.standard_normal((3, 1001))
    result = window_summary(step, values, n_windows=10, spacing=spacing)
    place = np.log1p(step) if spacing == "log" else step
    window = np.minimum((10 * place / place[-1]).astype(int), 9)
    for k, one in enumerate(w for w in range(10) if (window == w).any()):
        inside = window == one
        assert result.mean[:, k] == pytest.approx(values[:, inside].mean(axis=1))
        low, high = np.quantile(values[:, inside], (0.1, 0.9))
        assert (result.low[k], result.high[k]) == (pytest.approx(low), pytest.approx(high))
        assert result.gradient_step[k] == (step[inside][0] + step[inside][-1]) / 2
    assert result.mean.shape == (3, k + 1)


def test_every_point_is_used_once():
    result = window_summary(np.arange(7), np.arange(7.0), n_windows=7, spacing="linear")
    assert result.mean.tolist() == [[0, 1, 2, 3, 4, 5, 6]]
    assert window_summary(np.array([4]), np.array([2.0])).mean.tolist() == [[2.0]]


@pytest.mark.parametrize(
    "step, values, options, message",
    [
        ([0, 1], [1.0, np.nan], {}, "finite"),
        ([0, 1], [1.0, 2.0, 3.0], {}, r"2 gradient steps .* got \(1, 3\)"),
        ([1, 0], [1.0, 2.0], {}, "increasing"),
        ([], [], {}, "increasing"),
        ([0, 1], [1.0, 2.0], {"spacing": "cubic"}, "'linear', 'log', got 'cubic'"),
        ([0, 1], [1.0, 2.0], {"n_windows": 0}, "n_windows"),
    ],
)
def test_bad_histories_are_refused(step, values, options, message):
    with pytest.raises(ValueError, match=message):
        window_summary(np.array(step), np.array(values), **options)


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
