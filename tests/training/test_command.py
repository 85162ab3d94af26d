"""``iblrnn train``: a network comes out, and every mistake gets a plain sentence."""

import errno
import json

import pytest

from iblrnn_helpers.agents.rnn import RecurrentNetwork
from iblrnn_helpers.cli import main
from iblrnn_helpers.core.files import load_arrays
from iblrnn_helpers.task.generative_model import TaskParams
from iblrnn_helpers.training import engines

QUICK = ["train", "--n-units", "4", "--n-gradient-steps", "60", "--n-blocks", "1"]


def test_a_network_comes_out(tmp_path, capsys):
    out = tmp_path / "net.safetensors"
    assert main([*QUICK, "--out", str(out)]) == 0
    assert RecurrentNetwork.load(out).n_units == 4
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]
    assert "60 gradient steps" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["text", "file"])
def test_the_whole_task_can_be_stated(where, tmp_path):
    own = {"p_right": [0.1, 0.5, 0.7], "lengths": [3, None, {"2": 0.5, "4": 0.5}]}
    blocks = json.dumps(own)
    if where == "file":
        (tmp_path / "own.json").write_text(blocks)
        blocks = str(tmp_path / "own.json")
    asked = ["--blocks", blocks, "--strengths", "0,1.5", "--strength-probabilities", "0.25,0.75"]
    asked += ["--min-block-length", "2", "--max-block-length", "5", "--waiting-penalty", "-0.1"]
    asked += ["--n-observations", "3", "--n-blank-steps", "1"]
    out = tmp_path / "net.safetensors"
    assert main([*QUICK, *asked, "--out", str(out)]) == 0
    assert TaskParams(**load_arrays(out)[1]["task"]) == TaskParams(
        blocks=own,
        strengths=(0, 1.5),
        strength_probabilities=(0.25, 0.75),
        min_block_length=2,
        max_block_length=5,
        waiting_penalty=-0.1,
        n_observations=3,
        n_blank_steps=1,
    )


def test_an_existing_file_is_kept(tmp_path, capsys):
    out = tmp_path / "net.safetensors"
    out.write_text("precious")
    assert main([*QUICK, "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert out.read_text() == "precious"
    assert main([*QUICK, "--out", str(out), "--force"]) == 0


def test_ctrl_c_keeps_what_was_done(tmp_path, capsys, monkeypatch):
    out = tmp_path / "net.safetensors"

    def interrupted(self, trials):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engines.CompiledEngine, "take_steps", interrupted)
        assert main([*QUICK, "--out", str(out)]) == 130
    assert "The same command goes on from" in capsys.readouterr().out
    assert main([*QUICK, "--out", str(out)]) == 0
    assert "Going on from" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


def test_a_checkpoint_of_another_recipe_is_not_promised(tmp_path, capsys, monkeypatch):
    out, checkpoint = tmp_path / "net", tmp_path / "net.checkpoint"

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(engines.CompiledEngine, "take_steps", stop)
    assert main([*QUICK, "--out", str(out)]) == 130
    kept = checkpoint.read_bytes()
    monkeypatch.setitem(engines.ENGINE_CLASSES, "compiled", stop)  # before it is looked at
    capsys.readouterr()
    assert main([*QUICK, "--seed", "9", "--out", str(out)]) == 130
    said = capsys.readouterr().out
    assert "goes on" not in said and f"{checkpoint} is as it was." in said
    assert checkpoint.read_bytes() == kept


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--learning-rate", "nan"], "learning_rate must be a finite number, got nan"),
        (["--n-units", "0"], "n_units must be at least 1, got 0"),
        (["--hazard", "1.5"], "hazard must be .*got 1.5"),
        (["--blocks", "mice"], "blocks must be task.Blocks, 'ibl', or p_right .*got 'mice'"),
        (["--blocks", "none.json"], "--blocks none.json must be a file"),
        (["--blocks", "ibl", "--concordance", "0.7"], "concordance must be left out where blocks"),
        (["--strengths", "1,-1"], "strengths must be at least 0 .*got -1"),
        (["--cell", "gru", "--engine", "compiled"], "vanilla cell only"),
        (["--seed", "-1"], "seed must be at least 0 and at most 9223372036854775807, got -1"),
        (["--seed", str(2**64)], f"seed must be at least 0 .*, got {2**64}"),
        (["--n-units", "10000000"], r"n_units 10,000,000 would need 2,000,000 GB of memory"),
        (["--n-blocks", str(10**12)], r"n_blocks would need [\d,]+ GB of memory"),
        (
            ["--sessions-per-step", str(10**12)],
            r"sessions_per_step × n_blocks would need",
        ),
        (
            ["--n-gradient-steps", str(10**12)],
            "1,000,000,000,000 gradient steps would need 16,0",
        ),
    ],
)
def test_bad_values(tmp_path, capsys, arguments, says):
    assert main(["train", *arguments, "--out", str(tmp_path / "net")]) == 2
    captured = capsys.readouterr()
    import re

    assert re.search(says, captured.err) and "Traceback" not in captured.err
    assert not list(tmp_path.iterdir())


def test_an_unknown_loss_is_refused_by_the_parser(capsys):
    with pytest.raises(SystemExit) as exit:
        main(["train", "--loss", "mse"])
    assert exit.value.code == 2
    assert "neg_prob_correct" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_found_before_training(tmp_path, capsys, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    monkeypatch.delattr(engines.CompiledEngine, "take_steps")
    assert main([*QUICK, "--out", str(tmp_path / "net")]) == 1
    assert "No space left" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_found_before_training(tmp_path, capsys, monkeypatch):
    monkeypatch.delattr(engines.CompiledEngine, "take_steps")
    (tmp_path / "folder").mkdir()
    assert main([*QUICK, "--out", str(tmp_path / "folder"), "--force"]) == 2
    assert "folder is a folder; give the name of a file" in capsys.readouterr().err
    assert main([*QUICK, "--out", "/dev/null", "--force"]) == 2
    assert "/dev/null is no regular file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_link_leads_the_network_to_its_place(tmp_path):
    real, link = tmp_path / "net", tmp_path / "link"
    link.symlink_to(real)
    assert main([*QUICK, "--out", str(link)]) == 0
    assert link.is_symlink() and RecurrentNetwork.load(real).n_units == 4


def test_one_step_of_one_unit_warns_of_nothing(tmp_path, recwarn):
    smallest = ["train", "--n-units", "1", "--n-gradient-steps", "1", "--n-blocks", "1"]
    assert main([*smallest, "--out", str(tmp_path / "net")]) == 0
    assert not [one for one in recwarn if issubclass(one.category, RuntimeWarning)]
