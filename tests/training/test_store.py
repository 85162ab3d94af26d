"""Trained networks by recipe: trained once, found again, and those that ship."""

import re
from dataclasses import asdict, replace
from importlib.resources import files

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import observe
from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.core.files import load_arrays, save_arrays
from iblrnn_helpers.core.store import ArtifactStore
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training import engines, store
from iblrnn_helpers.training.loop import TrainedNetwork
from iblrnn_helpers.training.params import TrainParams
from iblrnn_helpers.training.store import (
    REFERENCE_SEEDS,
    networks_for,
    reference_name,
    reference_network,
    shipped_network,
    trained_network,
    trained_networks,
    write_reference,
)

TASK = TaskParams(min_block_length=3, max_block_length=8)
SMALL = TrainParams(n_units=4, n_gradient_steps=60, n_blocks=1)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_ARTIFACTS", str(tmp_path))
    return tmp_path


def test_trained_once_and_found_again(monkeypatch):
    first = trained_network(SMALL, TASK, progress=False)
    monkeypatch.delattr(engines.CompiledEngine, "take_steps")  # training again would fail
    again = trained_network(SMALL, TASK, progress=False)
    assert all(np.array_equal(first.weights[k], again.weights[k]) for k in first.weights)
    assert again.params == SMALL and again.task == TASK
    with pytest.raises(AttributeError):
        trained_network(replace(SMALL, seed=2), TASK, progress=False)


def test_interrupted_training_is_continued_and_leaves_no_checkpoint(own_store, monkeypatch):
    take_steps = engines.CompiledEngine.take_steps
    played = []

    def interrupted(self, trials):
        if played:
            raise KeyboardInterrupt
        played.append(trials.n_sessions)
        return take_steps(self, trials)

    with monkeypatch.context() as patch:
        patch.setattr(engines.CompiledEngine, "take_steps", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained_network(SMALL, TASK, progress=False)
    assert [path.suffix for path in own_store.iterdir() if path.suffix != ".lock"] == [".partial"]
    continued = trained_network(SMALL, TASK, progress=False)
    whole = trained_network(SMALL, TASK, store=ArtifactStore(own_store / "other"), progress=False)
    assert all(np.array_equal(continued.weights[k], whole.weights[k]) for k in whole.weights)
    assert not list(own_store.glob("*.partial"))


@pytest.mark.parametrize("damage", ["cut short", "foreign", "a folder", "bare", "other shapes"])
def test_a_partial_training_that_cannot_be_continued_blocks_nothing(own_store, damage):
    whole = trained_network(SMALL, TASK, store=ArtifactStore(own_store / "other"), progress=False)
    partial = ArtifactStore().path("rnn", store._inputs(SMALL, TASK)).with_suffix(".partial")
    identity = {"params": asdict(SMALL), "task": asdict(TASK)}
    about = {**identity, "n_done": 1, "cpu_seconds": 0.0, "code": store.code_of(SMALL)}
    if damage == "a folder":
        partial.mkdir(parents=True)
    elif damage == "cut short":
        save_arrays(partial, {"x": np.zeros(100)}, about)
        partial.write_bytes(partial.read_bytes()[:-100])
    elif damage == "foreign":
        save_arrays(partial, {"x": np.zeros(3)}, {"kind": "something else"})
    elif damage == "bare":
        save_arrays(partial, {"x": np.zeros(3)}, about)
    else:
        arrays = {"history": np.zeros((1, 4)), "weights.readout.bias": np.zeros(9)}
        save_arrays(partial, arrays, about)
    found = trained_network(SMALL, TASK, progress=False)
    assert all(np.array_equal(found.weights[k], whole.weights[k]) for k in whole.weights)
    assert partial.with_name(f"{partial.name}.damaged").exists() and not partial.exists()


@pytest.mark.slow
def test_many_networks_in_processes_come_back_in_order():
    recipes = [replace(SMALL, seed=seed) for seed in (3, 1, 2)]
    networks = trained_networks(recipes, TASK, n_jobs=2, progress=False)
    assert [network.params for network in networks] == recipes
    alone = trained_network(recipes[0], TASK, progress=False)
    assert np.array_equal(alone.history, networks[0].history)


def test_the_shipped_network_is_the_papers_recipe_and_does_what_it_should():
    shipped = reference_network()
    assert shipped.params == TrainParams() and shipped.task == TaskParams()
    trials = sample_trials(TaskParams(), n_sessions=50, n_blocks=6, seed=0)
    session = rollout(RNNAgent(shipped.network), trials)
    # The band that five seeds are expected in; 15,000 trials resolve 0.003.
    assert 0.83 < session.correct.mean() < 0.88
    zero = trials.strength == 0
    assert session.correct[zero & trials.concordant].mean() > 0.65
    assert session.correct[zero & ~trials.concordant].mean() < 0.35
    assert 0 < observe(session).correct.mean() - session.correct.mean() < 0.02


def test_the_quickest_way_to_each_network():
    networks, origin = networks_for([TrainParams(), TrainParams(seed=3)])
    assert origin.startswith("Networks: 0 trained here before, 2 shipped with the package")
    assert origin.endswith(", 0 trained just now.")
    assert [network.params.seed for network in networks] == [1, 3]
    recipes = [SMALL, replace(SMALL, seed=2)]
    trained_network(recipes[1], TASK, progress=False)
    networks, origin = networks_for(recipes, TASK)
    assert "1 trained here before, 0 shipped with the package (same code), 1 trained" in origin
    assert [network.params for network in networks] == recipes


def test_all_shipped_networks_are_there():
    recipes = [TrainParams(seed=seed) for seed in REFERENCE_SEEDS]
    recipes += [TrainParams(n_units=2, n_gradient_steps=400_001, seed=seed) for seed in range(1, 6)]
    recipes += [TrainParams(n_units=n, seed=s) for n in (2, 5, 10, 25, 100) for s in (1, 2, 3)]
    for recipe in recipes:
        assert shipped_network(recipe).params == recipe
    tasks = [TaskParams(noise_sd=noise_sd) for noise_sd in (0.5, 1.5, 2.0)]
    tasks += [TaskParams(concordance=concordance) for concordance in (0.6, 0.95)]
    for task in tasks:
        assert [shipped_network(TrainParams(seed=s), task).task for s in (1, 2, 3)] == [task] * 3
    assert reference_network(2).params == TrainParams(seed=2)
    for path in (files("iblrnn_helpers") / "data").iterdir():
        if not path.name.startswith("rnn_"):
            continue
        found = TrainedNetwork.from_arrays(*load_arrays(path))
        assert path.name == reference_name(found.params, found.task)
    with pytest.raises(ValueError, match="seed must be one of 1 to 9, got 10"):
        reference_network(10)


def test_a_name_says_what_differs_from_the_papers_recipe():
    assert reference_name(TrainParams()) == "rnn_seed-1.safetensors"
    recipe = TrainParams(n_units=2, n_gradient_steps=400_001, seed=3)
    name = "rnn_n_units-2_n_gradient_steps-400001_seed-3.safetensors"
    assert reference_name(recipe) == reference_name(recipe, TaskParams()) == name
    # The engine of a GRU is no choice of the recipe; numbers are the same however they are written.
    task = TaskParams(noise_sd=2, strengths=(0, 1.5))
    name = "rnn_cell-gru_strengths-0+1.5_noise_sd-2_seed-1.safetensors"
    assert reference_name(TrainParams(cell="gru"), task) == name
    assert reference_name(TrainParams(cell="gru"), replace(task, noise_sd=2.0)) == name


def test_what_was_written_ships_and_nothing_else_does(tmp_path, monkeypatch):
    monkeypatch.setattr("iblrnn_helpers.core.trained.files", lambda package: tmp_path)
    (tmp_path / "data").mkdir()
    recipe = replace(SMALL, n_gradient_steps=2_500)
    trained = trained_network(recipe, TASK, progress=False)
    write_reference(trained, tmp_path / "data")
    shipped = shipped_network(recipe, TASK)
    assert (shipped.params, shipped.task, shipped.snapshots) == (recipe, TASK, {})
    for name, weights in trained.weights.items():
        np.testing.assert_array_equal(shipped.weights[name], np.float32(weights))
    assert networks_for([recipe], TASK)[1].startswith("Networks: 1 trained here before, 0 shipped")
    monkeypatch.setenv("IBLRNN_ARTIFACTS", str(tmp_path / "empty"))
    same = "Networks: 0 trained here before, 1 shipped with the package (same code), 0 trained just"
    assert networks_for([recipe], TASK)[1].startswith(same)
    with monkeypatch.context() as changed:
        changed.setattr("iblrnn_helpers.training.store.code_of", lambda params: "changed since")
        assert networks_for([recipe, recipe], TASK)[1] == (
            "Networks: 0 trained here before, 2 shipped with the package, made by an earlier "
            "version of the training code, 0 trained just now."
        )
    # Rows are means over 1,000 gradient steps, in float32.
    thinned = trained.history[:2_000].reshape(2, 1_000, -1).mean(axis=1)
    np.testing.assert_allclose(shipped.history, thinned, rtol=1e-5)
    assert (
        shipped_network(recipe) is None and shipped_network(replace(recipe, seed=2), TASK) is None
    )
    # A short training has one row.
    short = trained_network(SMALL, TASK, progress=False)
    write_reference(short, tmp_path / "short")
    (row,) = load_arrays(tmp_path / "short" / reference_name(SMALL, TASK))[0]["history"]
    np.testing.assert_allclose(row, short.history.mean(axis=0), rtol=1e-5)
    # A file under another recipe's name is not taken for that recipe's.
    (path,) = (tmp_path / "data").iterdir()
    path.rename(path.with_name(reference_name(TrainParams(seed=77))))
    assert shipped_network(TrainParams(seed=77)) is None


def test_a_task_of_ones_own_has_a_name_of_its_own():
    params, names = TrainParams(), set()
    for blocks in ("ibl", {"p_right": (0.2, 0.8)}, {"p_right": (0.2, 0.7)}):
        task = TaskParams(blocks=blocks, strength_probabilities=(0.5, 0.1, 0.1, 0.1, 0.1, 0.1))
        names.add(reference_name(params, task))
        assert shipped_network(params, task) is None
    assert len(names) == 3 and all(re.fullmatch(r"[\w.+-]+", name) for name in names)
