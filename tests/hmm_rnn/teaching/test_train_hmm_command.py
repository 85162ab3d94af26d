"""``iblrnn train-hmm``: a network comes out, and every mistake gets a plain sentence."""

import json

import numpy as np
import pytest

from iblrnn_helpers.cli import main
from iblrnn_helpers.core.files import load_arrays
from iblrnn_helpers.hmm_rnn.hmm import read_hmm
from iblrnn_helpers.hmm_rnn.teaching.emissions import assess_emissions
from iblrnn_helpers.hmm_rnn.teaching.training import TrainedHmmRnn

COIN = {"name": "coin", "transition": [[1]], "emission": [[0.8, 0.2]]}
QUICK = ["--n-units", "6", "--n-inputs", "3", "--n-updates", "2", "1", "1", "--n-steps", "6"]


@pytest.mark.parametrize("own", [True, False])
def test_a_network_comes_out(tmp_path, capsys, own):
    out, hmm = tmp_path / "net.safetensors", tmp_path / "coin.json"
    hmm.write_text(json.dumps(COIN))
    name = str(hmm) if own else "chain-2"
    assert main(["train-hmm", name, *QUICK, "--seed", "4", "--out", str(out)]) == 0
    trained = TrainedHmmRnn.from_arrays(*load_arrays(out))
    assert trained.params.hmm.name == ("coin" if own else "chain-2")
    assert (trained.params.seed, trained.network.n_units) == (4, 6)
    assert [stage.n_updates for stage in trained.params.stages] == [2, 1, 1]
    assert {path.name for path in tmp_path.iterdir()} == {"net.safetensors", "coin.json"}
    said = capsys.readouterr().out
    assert "4 updates" in said and "of the HMM: " in said


def test_a_last_stage_on_pairs(tmp_path):
    out = tmp_path / "net.safetensors"
    updates = ["--n-updates", "2", "1", "1", "1"]
    command = ["train-hmm", "chain-2", *QUICK, "--finished", *updates, "--out", str(out)]
    assert main(command) == 0
    stages = TrainedHmmRnn.from_arrays(*load_arrays(out)).params.stages
    assert [stage.blur is None for stage in stages] == [False, False, False, True]


def test_ctrl_c_keeps_what_was_done(tmp_path, capsys, monkeypatch):
    out = tmp_path / "net.safetensors"
    command = ["train-hmm", "chain-2", *QUICK, "--out", str(out)]

    def interrupted(self, number):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("iblrnn_helpers.hmm_rnn.teaching.update.Trainer.update", interrupted)
        assert main(command) == 130
    assert "The same command goes on from" in capsys.readouterr().out
    assert main(command) == 0
    assert "Going on from" in capsys.readouterr().out
    assert main(command) == 2
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["star"], "HMM must be one of chain-2"),
        (["chain-2", "--n-units", "0"], "n_units must be at least 1, got 0"),
        (["chain-2", "--n-updates", "1", "2"], "--n-updates must be 3 numbers"),
        (["chain-2", "--n-steps", "1"], "n_steps must be at least 2, got 1"),
        (["bad.json"], "emission: each row must add up to 1"),
        (["left_right.json"], "left_right.json: transition: every state must be reachable"),
        (["twice.json"], "twice.json: not a JSON file ('transition' is given twice)"),
        (["rare.json"], "rare.json: transition: every state must be reachable"),
        (["chain-2", "--n-units", "10000000"], "n_units 10,000,000 with n_inputs 100 would need"),
        (["chain-2", "--n-inputs", "99999999999"], "with n_inputs 99,999,999,999 would need"),
        (["chain-2", "--n-steps", "1000000000"], "n_steps 1,000,000,000 of 512 sequences would"),
        (["chain-2", "--seed", str(2**64)], f"seed must be at least 0 and at most {2**63 - 1}"),
        (["chain-2", "--out", "coin.json/net"], "--out coin.json/net: "),
        (["coin.json", "--out", "coin.json", "--force"], "--out coin.json is the model's file"),
        (["coin.json", "--out", "./link.json", "--force"], "--out link.json is the model's file"),
    ],
)
def test_bad_values(tmp_path, capsys, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    models = {
        "bad.json": {**COIN, "emission": [[0.8, 0.3]]},
        "coin.json": COIN,
        "rare.json": {**COIN, "transition": [[1, 1e-300], [1e-300, 1]], "emission": [[1, 0]] * 2},
        "left_right.json": {**COIN, "transition": [[0.9, 0.1], [0, 1]], "emission": [[1, 0]] * 2},
    }
    for name, model in models.items():
        (tmp_path / name).write_text(json.dumps(model))
    twice = json.dumps(COIN).replace('"emission"', '"transition": [[1]], "emission"')
    (tmp_path / "twice.json").write_text(twice)
    (tmp_path / "link.json").symlink_to("coin.json")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["train-hmm", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("emission", [[[1, 0], [0, 1]], [[1, 0], [1, 0]]])
def test_a_model_that_leaves_nothing_to_chance_is_compared(tmp_path, capsys, emission):
    """A cycle of two states, and one symbol only: ratios to what never varies have no value."""
    path, out = tmp_path / "cycle.json", tmp_path / "net.safetensors"
    cycle = {"name": "cycle", "transition": [[0, 1], [1, 0]], "emission": emission}
    path.write_text(json.dumps(cycle))
    assert main(["train-hmm", str(path), *QUICK, "--out", str(out)]) == 0
    said, changes = capsys.readouterr().out, float(emission[1][1])
    assert f"of the HMM: {changes:.4f}" in said and "own sequences: 0.000." in said
    network = TrainedHmmRnn.from_arrays(*load_arrays(out)).network
    match = assess_emissions(network, read_hmm(path), n_sequences=20, n_steps=20)
    assert match.change_ratio == (match.change_rate.value if changes else np.inf)
    assert match.change_spread_ratio == np.inf
