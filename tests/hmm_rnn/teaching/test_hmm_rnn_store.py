"""Networks are found by their recipe, in the store or among those that ship."""

import itertools
from dataclasses import replace
from functools import partial
from importlib.resources import files

import numpy as np
import pytest

from iblrnn_helpers.core.files import load_arrays
from iblrnn_helpers.core.store import ArtifactStore
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.teaching import store as shipping
from iblrnn_helpers.hmm_rnn.teaching.learning import phase_numbers
from iblrnn_helpers.hmm_rnn.teaching.params import (
    HmmRnnParams,
    Stage,
    fast_recipe,
    finished_recipe,
    recipe,
)
from iblrnn_helpers.hmm_rnn.teaching.store import (
    hmm_rnns_for,
    shipped_hmm_rnn,
    shipped_name,
    trained_hmm_rnn,
    trained_past_escape,
    write_shipped,
)
from iblrnn_helpers.hmm_rnn.teaching.training import TrainedHmmRnn

COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])
SMALL = HmmRnnParams(COIN, (Stage(3, 8, 4, 1.0),), n_units=5, n_inputs=3)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_ARTIFACTS", str(tmp_path))


def test_all_shipped_networks_are_there_and_of_their_recipes():
    names = set()
    makers = recipe, fast_recipe, finished_recipe, partial(fast_recipe, n_inputs=1)
    for make, family, seed in itertools.product(makers, FAMILIES, (1, 2, 3)):
        shipped = shipped_hmm_rnn(family, seed, make)
        assert shipped.params == make(family, seed)
        assert shipped.history.shape == (shipped.params.n_updates, 4)
        assert (shipped.network.n_units, shipped.network.n_symbols) == (150, 3)
        names.add(shipped_name(shipped.params))
    there = {path.name for path in (files("iblrnn_helpers") / "data").iterdir()}
    assert {name for name in there if name.startswith("hmm-rnn")} == names


def test_what_is_not_shipped_is_said():
    with pytest.raises(ValueError, match="seed must be one of those shipped of recipe, full; got"):
        shipped_hmm_rnn("full", 99)
    with pytest.raises(ValueError, match="family must be one of"):
        shipped_hmm_rnn("star")
    assert shipped_name(SMALL) is None


def test_networks_come_by_the_quickest_way():
    shipped = fast_recipe("chain-3", 1)
    found, origin = hmm_rnns_for([shipped, SMALL])
    assert [one.params for one in found] == [shipped, SMALL]
    assert "0 trained here before, 1 shipped with the package" in origin and "1 trained" in origin
    again, origin = hmm_rnns_for([shipped, SMALL])
    assert "1 trained here before, 1 shipped with the package" in origin and "0 trained" in origin
    assert (again[1].weights["w_rec"] == found[1].weights["w_rec"]).all()
    assert trained_hmm_rnn(SMALL, progress=False).snapshots.keys() == {0, 3}


def test_a_changed_recipe_is_not_taken_for_the_shipped_one():
    changed = recipe("chain-2", 2, stages=(Stage(2, 8, 4, 1.0),), n_units=4, n_inputs=2)
    assert shipped_name(changed) is None
    found, origin = hmm_rnns_for([changed])
    assert found[0].params == changed and "1 trained just now" in origin


def test_a_shipped_file_is_read_back(tmp_path, monkeypatch):
    params = recipe("chain-2", 5)
    history = np.zeros((params.n_updates, 4), np.float32)
    weights = {"w_in": np.ones((150, 100)), "w_rec": np.eye(150), "w_out": np.ones((3, 150))}
    given = {"weights": weights, "history": history, "snapshots": {0: weights}}
    write_shipped(TrainedHmmRnn(params=params, **given), tmp_path / "data")
    path = tmp_path / "data" / "hmm-rnn_chain-2_seed-5.safetensors"
    again = TrainedHmmRnn.from_arrays(*load_arrays(path))
    assert again.params == params and again.snapshots == {}
    np.testing.assert_array_equal(again.network.w_rec, np.eye(150))
    monkeypatch.setattr("iblrnn_helpers.core.trained.files", lambda package: tmp_path)
    assert "1 shipped with the package (same code), 0 trained" in hmm_rnns_for([params])[1]
    monkeypatch.setattr(shipping, "code_of", lambda: "changed since")
    assert "1 shipped with the package, made by an earlier version" in hmm_rnns_for([params])[1]
    with pytest.raises(ValueError, match="trained must be of a recipe that is shipped"):
        write_shipped(trained_hmm_rnn(SMALL, progress=False), tmp_path)


def test_a_run_starts_from_a_shipped_network_without_training_that_again(tmp_path, monkeypatch):
    start = recipe("chain-2", 1)
    a_little = HmmRnnParams(
        FAMILIES["chain-2"], (Stage(1, 4, 3, 1.0, learning_rate=1e-9),), start_from=start
    )
    weights = trained_hmm_rnn(a_little, progress=False).weights
    # One update of Adam moves no weight by more than the learning rate.
    np.testing.assert_allclose(
        weights["w_rec"], shipped_hmm_rnn("chain-2").weights["w_rec"], atol=1e-8
    )
    # It is not found again once another network ships.
    shipped = shipped_hmm_rnn("chain-2")
    twice = {name: 2 * value for name, value in shipped.weights.items()}
    write_shipped(replace(shipped, weights=twice), tmp_path / "data")
    monkeypatch.setattr("iblrnn_helpers.core.trained.files", lambda package: tmp_path)
    weights = trained_hmm_rnn(a_little, progress=False).weights
    np.testing.assert_allclose(weights["w_rec"], twice["w_rec"], atol=1e-8)


def test_a_run_from_another_has_the_same_bits_whatever_the_order_of_that_file(
    tmp_path, monkeypatch
):
    stages = (Stage(10, 32, 20, 1.0),)
    params = HmmRnnParams(FAMILIES["chain-2"], stages, start_from=recipe("chain-2", 1))
    shipped = shipped_hmm_rnn("chain-2")
    found = []
    for order in itertools.permutations(shipped.weights):
        start = replace(shipped, weights={name: shipped.weights[name] for name in order})
        monkeypatch.setattr(shipping, "hmm_rnns_for", lambda _, start=start: ([start], ""))
        store = ArtifactStore(tmp_path / "-".join(order))
        found.append(trained_hmm_rnn(params, store=store, progress=False).weights["w_rec"])
    assert all((one == found[0]).all() for one in found)


def test_a_training_stops_once_the_plateau_is_left():
    often = [[0.05, 0.95], [0.95, 0.05]]
    alternating = HiddenMarkovModel("alternating", [0.5, 0.5], often, np.eye(2))
    stage = Stage(150, 64, 8, 2.0, learning_rate=3e-3, activity_penalty=0.01)
    whole = HmmRnnParams(alternating, (stage,), n_units=60, n_inputs=40)
    # It leaves at update 60, give or take some; 50 more are looked at.
    short, seen = trained_past_escape(whole, 130, seed=1)
    full, all_seen = trained_past_escape(whole, 90, seed=1)
    assert short.params.n_updates == 130 and full.params == whole
    np.testing.assert_array_equal(short.history, full.history[:130])
    of_short, of_full = phase_numbers(seen), phase_numbers(all_seen)
    assert 40 <= of_full["escape"] <= 80
    for name in of_full:
        assert of_short[name] == of_full[name] or name.endswith(", end"), name

    for never, first in ((30, 20), (30, 400)):
        plateau = replace(whole, stages=(replace(stage, n_updates=never),))
        trained, found = trained_past_escape(plateau, first, seed=1)
        assert trained.params == plateau and found.escape is None
    with pytest.raises(ValueError, match="single stage, at a constant learning rate"):
        trained_past_escape(replace(whole, stages=(stage, stage)), 10, seed=1)
    falling = replace(stage, final_learning_rate=1e-4)
    with pytest.raises(ValueError, match="single stage, at a constant learning rate"):
        trained_past_escape(replace(whole, stages=(falling,)), 10, seed=1)
