"""``iblrnn train-hmm``: a network comes out, and every mistake gets a plain sentence."""

import json

import pytest

from iblrnn_helpers.cli import main
from iblrnn_helpers.core.files import load_arrays
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
    ],
)
def test_bad_values(tmp_path, capsys, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text(json.dumps({**COIN, "emission": [[0.8, 0.3]]}))
    assert main(["train-hmm", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]
