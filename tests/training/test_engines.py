"""The compiled engine against torch's own layers and autograd, which are the oracle."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.engines import CompiledEngine, TorchEngine
from iblrnn_helpers.training.params import TrainParams

TASK = TaskParams(min_block_length=3, max_block_length=8)


def relative_error(ours, reference):
    scale = max(np.abs(reference[name]).max() for name in reference)
    return max(np.abs(ours[name] - reference[name]).max() for name in reference) / scale


def lively(params: TrainParams, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights under which the network acts at once on some trials and times out on others."""
    network = RecurrentNetwork(params.n_units, seed=seed)
    with torch.no_grad():
        network.readout.weight *= 14
    return {k: v.numpy().astype(params.dtype) for k, v in network.state_dict().items()}


@pytest.mark.parametrize("loss", ["neg_prob_correct", "cross_entropy"])
@pytest.mark.parametrize("n_units", [1, 7, 16, 50])  # 16: no padding, and inputs after it
@pytest.mark.slow
def test_compiled_gradient_equals_torch_autograd(loss, n_units):
    params = TrainParams(n_units=n_units, loss=loss, dtype="float64")
    trials = sample_trials(TASK, n_sessions=3, n_blocks=2, seed=n_units)
    engines = [CompiledEngine(params, TASK), TorchEngine(replace(params, engine="torch"), TASK)]
    for engine in engines:
        engine.set_weights(lively(params))
    (loss_c, grad_c), (loss_t, grad_t) = (engine.gradient(trials) for engine in engines)
    assert grad_c.keys() == grad_t.keys()
    assert loss_c == pytest.approx(loss_t, rel=1e-12)
    # float64 sums of some hundred steps in another order: 1e-9 leaves ample room
    assert relative_error(grad_c, grad_t) < 1e-9


def test_lively_weights_make_every_kind_of_trial():
    """Else the gradient test would not cover early actions, time-outs and errors."""
    network = RecurrentNetwork.from_arrays(lively(TrainParams(dtype="float64")), n_units=50)
    trials = sample_trials(TASK, n_sessions=3, n_blocks=2, seed=50)
    session = rollout(RNNAgent(network), trials)
    assert session.correct.any() and session.timed_out.any()
    assert (~session.correct & ~session.timed_out).any()
    assert len(np.unique(session.n_steps)) > 3


@pytest.mark.slow
def test_float32_gradient_is_close_to_float64():
    trials = sample_trials(TASK, n_sessions=2, n_blocks=2, seed=3)
    grads = []
    for dtype in ("float32", "float64"):
        params = TrainParams(dtype=dtype)
        engine = CompiledEngine(params, TASK)
        engine.set_weights(lively(params))
        grads.append(engine.gradient(trials)[1])
    # float32 resolves 6e-8; sums over some hundred steps lose about three digits
    assert relative_error(grads[0], grads[1]) < 1e-4


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("sessions_per_step", [1, 3])
@pytest.mark.slow
def test_engines_take_the_same_steps(optimizer, sessions_per_step):
    params = TrainParams(
        n_units=9,
        optimizer=optimizer,
        learning_rate=0.02,
        momentum=0.5 if optimizer == "sgd" else 0.1,
        dtype="float64",
        sessions_per_step=sessions_per_step,
    )
    trials = sample_trials(TASK, n_sessions=15 * sessions_per_step, n_blocks=2, seed=5)
    compiled = CompiledEngine(params, TASK)
    torch_engine = TorchEngine(replace(params, engine="torch"), TASK)
    statistics = [engine.take_steps(trials) for engine in (compiled, torch_engine)]
    np.testing.assert_allclose(statistics[0], statistics[1], rtol=1e-9)
    # Adam divides by the root of the squared gradient, which magnifies rounding
    assert relative_error(compiled.weights(), torch_engine.weights()) < 1e-7


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_torch_engine_learns_with_other_cells(cell):
    params = TrainParams(n_units=8, cell=cell, optimizer="adam", learning_rate=0.02)
    engine = TorchEngine(params, TASK)
    # Not the loss: the sooner a network acts, the more the blank steps dilute its mean.
    correct = [
        engine.take_steps(sample_trials(TASK, n_sessions=5, n_blocks=2, seed=k))[:, 1].mean()
        for k in range(6)
    ]
    assert correct[0] < 0.3 and correct[-1] > 0.55


@pytest.mark.parametrize("engine_class", [CompiledEngine, TorchEngine])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_restore_continues_to_the_same_bits(engine_class, optimizer):
    name = "compiled" if engine_class is CompiledEngine else "torch"
    momentum = 0.9 if optimizer == "sgd" else 0.1
    params = TrainParams(n_units=5, optimizer=optimizer, momentum=momentum, engine=name)
    trials = sample_trials(TASK, n_sessions=6, n_blocks=1, seed=1)
    straight = engine_class(params, TASK)
    straight.take_steps(trials)
    broken = engine_class(params, TASK)
    broken.take_steps(trials.take_sessions(0, 2))
    continued = engine_class(params, TASK)
    continued.restore(broken.weights(), broken.memory())
    continued.take_steps(trials.take_sessions(2, 6))
    for key, value in straight.weights().items():
        assert np.array_equal(value, continued.weights()[key]), key


@pytest.mark.parametrize("engine_class", [CompiledEngine, TorchEngine])
def test_a_gradient_that_is_not_finite_stops_before_the_weights_change(engine_class):
    name = "compiled" if engine_class is CompiledEngine else "torch"
    params = TrainParams(n_units=4, engine=name, dtype="float64")
    engine = engine_class(params, TASK)
    weights = engine.weights()
    weights["core.bias_ih_l0"][0] = np.nan
    engine.set_weights(weights)
    trials = sample_trials(TASK, n_sessions=2, n_blocks=1, seed=0)
    if engine_class is TorchEngine:  # its rollout refuses to play with NaN
        with pytest.raises(ValueError, match="probabilities in"):
            engine.take_steps(trials)
    else:
        assert len(engine.take_steps(trials)) == 0
    after = engine.weights()
    assert all(np.array_equal(after[k], weights[k], equal_nan=True) for k in weights)


def test_same_seed_gives_the_same_bits_and_leaves_torch_alone():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first, second = (CompiledEngine(TrainParams(seed=4), TASK).weights() for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(np.array_equal(first[k], second[k]) for k in first)
    other = CompiledEngine(TrainParams(seed=5), TASK).weights()
    assert not np.array_equal(first["readout.weight"], other["readout.weight"])
