"""Recipes of one's own: every optimizer and schedule of torch, against a loop written in torch."""

import json
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from iblrnn_helpers.cli import main
from iblrnn_helpers.core.store import identity
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.training.engines import TorchEngine
from iblrnn_helpers.training.loop import train
from iblrnn_helpers.training.params import TrainParams

TASK = TaskParams(min_block_length=3, max_block_length=6)
# Eight steps of the network a session instead of some sixty, for tests of what is between sessions.
BRIEF = TaskParams(min_block_length=1, max_block_length=2, n_blank_steps=1, n_observations=3)
SMALL = TrainParams(n_units=4, n_gradient_steps=20, n_blocks=1, sessions_per_step=5, engine="torch")
OWN = replace(
    SMALL,
    optimizer="AdamW",
    learning_rate=0.03,
    optimizer_options={"weight_decay": 0.2, "betas": [0.8, 0.99]},
    schedule="CosineAnnealingLR",
    schedule_options={"T_max": 12},
    max_gradient_norm=0.01,
    dtype="float64",
)
# These ask for more than a recipe can say: a closure, sparse gradients, matrices alone.
NOT_OF_A_RECIPE = {"LBFGS", "SparseAdam", "Muon", "Optimizer"}
OPTIMIZERS = sorted(
    name
    for name, found in vars(torch.optim).items()
    if isinstance(found, type) and issubclass(found, torch.optim.Optimizer)
)
SCHEDULES = {
    "StepLR": {"step_size": 3},
    "MultiStepLR": {"milestones": [2, 7], "gamma": 0.5},
    "ExponentialLR": {"gamma": 0.9},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 25, "cycle_momentum": False},
    "CosineAnnealingWarmRestarts": {"T_0": 4},
    "ReduceLROnPlateau": {"patience": 1, "threshold": 0.1, "threshold_mode": "abs"},
    "LinearLR": {},
}


def test_the_same_steps_as_a_loop_written_in_torch():
    trials = sample_trials(TASK, n_sessions=60, n_blocks=1, seed=3)
    engine, gradients = TorchEngine(OWN, TASK), TorchEngine(OWN, TASK)
    weights = {name: torch.tensor(value) for name, value in gradients.weights().items()}
    optimizer = torch.optim.AdamW(weights.values(), lr=0.03, weight_decay=0.2, betas=(0.8, 0.99))
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
    norms = []
    for first in range(0, 60, 5):
        gradients.set_weights({name: value.numpy() for name, value in weights.items()})
        _, gradient = gradients.gradient(trials.take_sessions(first, first + 5))
        norms.append(np.sqrt(sum((one**2).sum() for one in gradient.values())))
        for name, one in gradient.items():
            weights[name].grad = torch.tensor(one * min(1.0, 0.01 / norms[-1]))
        optimizer.step()
        schedule.step()
    assert min(norms) > 0.01  # all are cut
    engine.take_steps(trials)
    for name, value in engine.weights().items():
        # torch divides by the norm plus 1e-6, a ten-thousandth here, which Adam mostly cancels.
        np.testing.assert_allclose(value, weights[name].numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_of_torch_trains_or_is_refused(name):
    own = name.lower() if name in ("SGD", "Adam") else name
    if name in NOT_OF_A_RECIPE:
        with pytest.raises(ValueError, match=r"optimizer must be one of|what torch takes"):
            replace(SMALL, optimizer=name)
        return
    params = replace(SMALL, optimizer=own, learning_rate=0.01)
    before = TorchEngine(params, BRIEF).weights()
    trained = train(params, BRIEF, progress=False)
    assert not np.array_equal(trained.weights["readout.bias"], before["readout.bias"])


@cache
def trained_at_a_constant_rate(params):
    return train(params, BRIEF, progress=False)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["sgd", "NAdam", "Adagrad"])
def test_a_resumed_training_follows_the_schedule_to_the_same_bits(tmp_path, schedule, optimizer):
    params = replace(
        SMALL,
        optimizer=optimizer,
        schedule=schedule,
        schedule_options=SCHEDULES[schedule],
        learning_rate=0.05,
    )
    whole = train(params, BRIEF, progress=False)

    def stop(step):
        if step.number == 15:  # in the second chunk of ten
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(params, BRIEF, progress=False, checkpoint=tmp_path / "run", callback=stop)
    resumed = train(params, BRIEF, progress=False, checkpoint=tmp_path / "run")
    constant = trained_at_a_constant_rate(
        replace(params, schedule="constant", schedule_options=None)
    )
    for name, value in whole.weights.items():
        assert np.array_equal(value, resumed.weights[name])
    assert any(not np.array_equal(whole.weights[n], constant.weights[n]) for n in whole.weights)


def test_a_gradient_is_shortened_to_the_largest_norm():
    params = replace(SMALL, learning_rate=1.0, momentum=0.0, dtype="float64")
    trials = sample_trials(TASK, n_sessions=5, n_blocks=1, seed=1)
    moved = []
    for norm in (None, 1e9, 1e-3):
        engine = TorchEngine(replace(params, max_gradient_norm=norm), TASK)
        before = engine.weights()
        engine.take_steps(trials)
        change = {name: value - before[name] for name, value in engine.weights().items()}
        moved.append(np.sqrt(sum((one**2).sum() for one in change.values())))
    assert moved[0] == moved[1] > 2e-3
    assert moved[2] == pytest.approx(1e-3, rel=2e-3)  # torch adds 1e-6 to the norm it divides by


def test_a_recipe_of_today_has_the_identity_that_it_had():
    plain = identity(TrainParams(optimizer="adam"))
    assert set(plain) == {
        *("n_units", "cell", "loss", "optimizer", "learning_rate", "momentum"),
        *("n_gradient_steps", "sessions_per_step", "n_blocks", "seed", "dtype", "engine"),
    }
    own = identity(OWN)
    assert TrainParams(**json.loads(json.dumps(own))) == OWN == TrainParams(**asdict(OWN))
    assert hash(OWN) == hash(TrainParams(**json.loads(json.dumps(own))))
    assert OWN.optimizer_options == (("betas", (0.8, 0.99)), ("weight_decay", 0.2))
    options = {"betas": (np.float64(0.8), 0.99), "weight_decay": np.float64(0.2)}
    assert replace(OWN, optimizer_options=options) == OWN
    steps = {"step_size": np.int64(3), "gamma": np.float32(0.5)}
    of_numpy = TrainParams(schedule="StepLR", schedule_options=steps)
    assert of_numpy == TrainParams(
        schedule="StepLR", schedule_options={"step_size": 3, "gamma": 0.5}
    )


def test_a_schedule_that_ends_lasts_as_long_as_the_training():
    options = {"max_lr": 0.01, "total_steps": 4}
    recipe = replace(OWN, n_gradient_steps=4, schedule="OneCycleLR", schedule_options=options)
    assert len(train(recipe, TASK, progress=False).history) == 4


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"optimizer": "adam", "momentum": 0.9},
            "momentum must be left out .*'adam', got 0.9",
        ),
        ({"optimizer": "AdamW", "momentum": 0.0}, "momentum must be left out with .*'AdamW'"),
        ({"optimizer": "adamw"}, r"optimizer must be one of 'sgd', 'adam' .*did you mean 'AdamW'"),
        ({"optimizer": "Adam"}, r"optimizer must be one of .*got 'Adam' \(did you mean"),
        ({"optimizer": 3}, "optimizer must be one of .*got 3"),
        (
            {"optimizer_options": {"weight_dekay": 1}},
            "be what torch takes, got .*weight_dekay",
        ),
        ({"optimizer_options": {"weight_decay": -1}}, "must be what torch takes, got .*-1"),
        ({"optimizer_options": {"lr": 1}}, "must leave lr to learning_rate, got 1"),
        ({"optimizer_options": {"momentum": 0.5}}, "must leave momentum to momentum, got 0.5"),
        ({"optimizer_options": 3}, "optimizer_options must be names with numbers.*got 3"),
        ({"optimizer_options": "{"}, "optimizer_options must be names with numbers.*got '{'"),
        ({"optimizer_options": {"a": float("nan")}}, "optimizer_options must be names"),
        ({"schedule": "cosine"}, "schedule must be one of 'constant' and .*got 'cosine'.*Cosine"),
        ({"schedule": "StepLR"}, "must be what torch takes, got .*step_size"),
        ({"schedule": "LambdaLR"}, "must be what torch takes, got .*lr_lambda"),
        ({"schedule_options": {"gamma": 1}}, "schedule_options must be left out with .*'constant'"),
        (
            {
                "schedule": "OneCycleLR",
                "schedule_options": {"max_lr": 0.1, "total_steps": 9},
                "n_gradient_steps": 10,
            },
            "schedule_options must give OneCycleLR at least n_gradient_steps 10 steps, got 9",
        ),
        ({"max_gradient_norm": 0}, "max_gradient_norm must be greater than 0.*got 0"),
        ({"max_gradient_norm": 1.0, "engine": "compiled"}, "max_gradient_norm 1.0 .*use engine"),
        ({"optimizer": "AdamW", "engine": "compiled"}, "engine 'compiled' .*optimizer 'AdamW'"),
    ],
)
def test_a_recipe_names_what_it_cannot_be(given, says):
    with pytest.raises(ValueError, match=says):
        TrainParams(**given)


def test_the_command_line_reaches_all_of_it(tmp_path, capsys):
    out = tmp_path / "net.safetensors"
    small = ["train", "--n-units", "4", "--n-gradient-steps", "3", "--n-blocks", "1"]
    own = ["--optimizer", "AdamW", "--optimizer-options", '{"weight_decay": 0.1}']
    own += ["--schedule", "StepLR", "--schedule-options", '{"step_size": 2}']
    assert main([*small, *own, "--max-gradient-norm", "0.5", "--out", str(out)]) == 0
    assert main([*small, "--optimizer", "adam", "--momentum", "0.5", "--out", str(out)]) == 2
    assert "momentum must be left out" in capsys.readouterr().err
