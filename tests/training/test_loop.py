"""Training as a whole: resume, interruption, divergence, and what checkpoints refuse."""

import signal
import subprocess
import sys
import time
from dataclasses import asdict, fields, replace

import numpy as np
import pytest

from iblrnn_helpers.core.files import CheckpointError, DamagedFileError, save_arrays
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.training import engines
from iblrnn_helpers.training.loop import DivergedError, train
from iblrnn_helpers.training.params import TrainParams
from iblrnn_helpers.training.store import reference_network

TASK = TaskParams(min_block_length=3, max_block_length=8)
SMALL = TrainParams(n_units=6, n_gradient_steps=130, n_blocks=1)


def quiet(params=SMALL, **kwargs):
    return train(params, TASK, progress=False, **kwargs)


def same_bits(a, b):
    return all(np.array_equal(a.weights[k], b.weights[k]) for k in a.weights)


def interrupt_after(monkeypatch, n_chunks):
    """Ctrl-C arrives while chunk ``n_chunks`` is being worked on."""
    take_steps = engines.CompiledEngine.take_steps
    calls = iter(range(1000))

    def interrupted(self, trials):
        if next(calls) == n_chunks:
            raise KeyboardInterrupt
        return take_steps(self, trials)

    monkeypatch.setattr(engines.CompiledEngine, "take_steps", interrupted)


def test_interrupted_training_resumes_to_the_same_bits(tmp_path, monkeypatch):
    whole = quiet()
    checkpoint = tmp_path / "run.checkpoint"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            quiet(checkpoint=checkpoint)
    resumed = quiet(checkpoint=checkpoint)
    assert same_bits(whole, resumed)
    assert np.array_equal(whole.history, resumed.history)
    assert whole.snapshots.keys() == resumed.snapshots.keys()


@pytest.mark.slow
def test_killed_training_leaves_a_checkpoint_that_resumes(tmp_path):
    checkpoint = tmp_path / "run.checkpoint"
    params = replace(SMALL, n_gradient_steps=4_000)
    code = (
        "from iblrnn_helpers.training import TrainParams, train\n"
        "from iblrnn_helpers.task.generative_model import TaskParams\n"
        "task = TaskParams(min_block_length=3, max_block_length=8)\n"
        f"train(TrainParams(**{asdict(params)!r}), task, checkpoint={str(checkpoint)!r},\n"
        "      checkpoint_seconds=0.0, progress=False)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "training ended before it could be killed"
    assert same_bits(quiet(params), quiet(params, checkpoint=checkpoint))


def test_a_shorter_run_is_a_prefix_of_a_longer_one():
    long, short = quiet(), quiet(replace(SMALL, n_gradient_steps=57))
    assert np.array_equal(long.history[:57], short.history)


def test_arrays_and_back():
    from iblrnn_helpers.training.loop import TrainedNetwork

    trained = quiet()
    again = TrainedNetwork.from_arrays(*trained.to_arrays())
    assert same_bits(trained, again) and again.params == trained.params
    assert again.task == trained.task
    assert again.snapshots.keys() == trained.snapshots.keys()
    step = max(trained.snapshots)
    expected = trained.snapshots[step]["core.weight_hh_l0"]
    assert np.array_equal(again.network_at(step).core.weight_hh_l0.detach().numpy(), expected)
    with pytest.raises(ValueError, match="n_gradient_steps must be one of"):
        again.network_at(7)


def test_divergence_is_an_error_and_keeps_the_checkpoint(tmp_path, monkeypatch):
    checkpoint = tmp_path / "run.checkpoint"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            quiet(checkpoint=checkpoint)
    kept = checkpoint.read_bytes()
    monkeypatch.setattr(engines.CompiledEngine, "take_steps", lambda self, trials: np.ones((3, 4)))
    with pytest.raises(DivergedError, match=r"gradient step 54: .*learning_rate 0\.001.*kept in"):
        quiet(checkpoint=checkpoint)
    assert checkpoint.read_bytes() == kept


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    checkpoint = tmp_path / "run.checkpoint"
    quiet(replace(SMALL, n_gradient_steps=50), checkpoint=checkpoint)
    for change in ({"n_units": 7}, {"loss": "cross_entropy"}, {"n_gradient_steps": 51}):
        (name,) = change
        with pytest.raises(ValueError, match=f"another run: {name} is"):
            quiet(replace(SMALL, **{"n_gradient_steps": 50, **change}), checkpoint=checkpoint)
    with pytest.raises(ValueError, match="another run: hazard is"):
        train(
            replace(SMALL, n_gradient_steps=50),
            replace(TASK, hazard=0.5),
            checkpoint=checkpoint,
            progress=False,
        )


@pytest.mark.parametrize("damage", ["truncated", "foreign", "empty"])
def test_a_damaged_checkpoint_is_named_and_left_alone(tmp_path, damage):
    checkpoint = tmp_path / "run.checkpoint"
    quiet(checkpoint=checkpoint)
    if damage == "truncated":
        checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    elif damage == "empty":
        checkpoint.write_bytes(b"")
    else:
        save_arrays(checkpoint, {"x": np.zeros(3)}, {})
    before = checkpoint.read_bytes()
    with pytest.raises(DamagedFileError, match=r"run\.checkpoint"):
        quiet(checkpoint=checkpoint)
    assert checkpoint.read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_units", 0),
        ("n_units", 2.5),
        ("cell", "transformer"),
        ("loss", "mse"),
        ("optimizer", "lbfgs"),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", 0.0),
        ("learning_rate", "fast"),
        ("momentum", 1.0),
        ("momentum", -0.1),
        ("n_gradient_steps", 0),
        ("n_gradient_steps", True),
        ("sessions_per_step", -1),
        ("n_blocks", 0),
        ("seed", -1),
        ("seed", None),
        ("dtype", "float16"),
        ("engine", "jax"),
    ],
)
def test_bad_recipes_name_the_field_and_the_value(field, value):
    with pytest.raises(ValueError, match=f"{field} must be.*got {value!r}"):
        TrainParams(**{field: value})


@pytest.mark.parametrize("engine", ["compiled", "torch"])
def test_a_callback_hears_of_every_step_and_changes_nothing(engine):
    params = replace(SMALL, engine=engine, n_gradient_steps=24, sessions_per_step=5)
    alone, heard = quiet(params), []
    told = quiet(params, callback=heard.append)
    assert same_bits(alone, told) and np.array_equal(alone.history, told.history)
    assert [step.number for step in heard] == list(range(1, 25))
    rows = [(one.loss, one.correct, one.timed_out, one.steps_per_trial) for one in heard]
    assert np.array_equal(np.float32(rows), told.history)
    # Weights are those after the step: the last are the network's, and each step has its own.
    for name, values in told.weights.items():
        assert np.array_equal(heard[-1].weights[name], values)
        assert np.array_equal(heard[9].weights[name], told.snapshots[10][name])
    first, second = (one.weights["readout.bias"] for one in heard[:2])
    assert not np.array_equal(first, second)


def test_a_callback_after_an_interrupt_goes_on_from_the_checkpoint(tmp_path):
    heard = []

    def stop_once(step):
        heard.append(step.number)
        if heard == list(range(1, 61)):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quiet(callback=stop_once, checkpoint=tmp_path / "run")
    resumed = quiet(callback=stop_once, checkpoint=tmp_path / "run")
    assert heard == [*range(1, 61), *range(51, 131)]  # chunks are of 50 steps
    assert same_bits(resumed, quiet())


def test_a_callback_hears_of_a_sampler_s_steps():
    def sessions(seed):
        return sample_trials(TASK, n_sessions=2, n_blocks=1, seed=seed)

    params, heard = replace(SMALL, sessions_per_step=2, n_gradient_steps=60), []
    alone = quiet(params, sampler=sessions)
    told = quiet(params, sampler=sessions, callback=heard.append)
    assert same_bits(alone, told) and [one.number for one in heard] == list(range(1, 61))
    assert np.array_equal(np.float32([one.correct for one in heard]), alone.history[:, 1])


def test_a_history_is_a_table():
    trained = quiet()
    table = trained.to_frame()
    assert list(table) == ["gradient_step", "loss", "correct", "timed_out", "steps_per_trial"]
    assert table["gradient_step"].tolist() == list(range(1, 131))
    assert np.array_equal(table.iloc[:, 1:], trained.history)
    shipped = reference_network().to_frame()
    assert shipped["gradient_step"].tolist() == list(range(1_000, 100_001, 1_000))


def test_the_compiled_engine_refuses_other_cells():
    with pytest.raises(ValueError, match="engine 'compiled' trains the vanilla cell only"):
        TrainParams(cell="gru", engine="compiled")


def drawn(seed, task=TASK, n_sessions=1):
    return sample_trials(task, n_sessions=n_sessions, n_blocks=1, seed=seed)


def test_a_sampler_is_asked_for_every_step_with_a_seed_of_its_own():
    seeds = []

    def sampler(seed):
        seeds.append(seed)
        return drawn(seed)

    trained = train(SMALL, sampler=sampler, progress=False)
    assert trained.task == TASK and len(trained.history) == 130
    assert seeds[0] == seeds[1] and len(set(seeds[1:])) == 130  # the first is looked at before
    assert all(type(seed) is int and 0 <= seed < 2**63 for seed in seeds)
    # The same steps, by hand.
    engine = engines.CompiledEngine(SMALL, TASK)
    for seed in seeds[1:]:
        engine.take_steps(drawn(seed))
    assert all(np.array_equal(engine.weights()[k], trained.weights[k]) for k in trained.weights)
    other = train(replace(SMALL, seed=2), sampler=drawn, progress=False)
    assert not same_bits(trained, other)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["vanilla", "gru"])
def test_sampled_training_resumes_to_the_same_bits(cell, tmp_path):
    params = TrainParams(n_units=4, cell=cell, n_gradient_steps=60, sessions_per_step=2)

    def two(seed):
        return drawn(seed, n_sessions=2)

    whole = train(params, TASK, sampler=two, progress=False)
    checkpoint, n_asked = tmp_path / "run.checkpoint", iter(range(1000))

    def stopped(seed):
        if next(n_asked) == 55:  # in the second chunk
            raise KeyboardInterrupt
        return two(seed)

    with pytest.raises(KeyboardInterrupt):
        train(params, sampler=stopped, progress=False, checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match="another run: sampler is '"):
        train(params, TASK, progress=False, checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match="another run: sampler is '"):
        train(params, sampler=lambda s: two(s + 1), progress=False, checkpoint=checkpoint)
    resumed = train(params, sampler=two, progress=False, checkpoint=checkpoint)
    assert same_bits(whole, resumed) and np.array_equal(whole.history, resumed.history)


def unseen(trials):
    return replace(trials, observations=np.full_like(trials.observations, np.nan))


def rows(trials, n):
    columns = [field.name for field in fields(trials)[1:]]
    return replace(trials, **{name: getattr(trials, name)[:n] for name in columns})


@pytest.mark.parametrize("field", ["params", "task", "sampler", "callback"])
def test_what_cannot_be_trained_with_is_named_before_the_first_step(field):
    with pytest.raises(ValueError, match=f"^{field} must be a "):
        train(**{"params": SMALL, "progress": False, field: "mine"})


def test_a_sampler_that_gives_something_else_is_named():
    own, tasks = TaskParams(), iter([TASK, TASK, TaskParams()])
    for task, sampler, message in (
        (None, lambda seed: None, "sampler's result must be a Trials, got NoneType"),
        (
            None,
            lambda seed: drawn(seed, n_sessions=2),
            r"sessions_per_step 1 sessions .*, got 2",
        ),
        (own, drawn, r"sampler must give trials of TaskParams.* for gradient step 1"),
        (None, lambda seed: drawn(seed, next(tasks)), "for gradient step 2, got TaskParams"),
        (None, lambda seed: unseen(drawn(seed)), "finite observations for gradient step 1, got Na"),
        (None, lambda seed: rows(drawn(seed), 0), "for gradient step 1, got no trial"),
    ):
        with pytest.raises(ValueError, match=message):
            train(SMALL, task, sampler=sampler, progress=False)


def test_a_checkpoint_of_other_blocks_is_refused(tmp_path):
    checkpoint = tmp_path / "run.checkpoint"
    own = replace(TASK, blocks="ibl")
    train(SMALL, own, progress=False, checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match=r"another run: blocks is .* there and None here"):
        quiet(checkpoint=checkpoint)
