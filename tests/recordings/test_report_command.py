"""``iblrnn report``: a folder or a file in, a judgement of every prediction out."""

import json
import re
import time
from dataclasses import replace

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

import iblrnn_helpers as ibl
from iblrnn_helpers.cli import main
from iblrnn_helpers.recordings import (
    PREDICTIONS,
    command,
    judge,
    read_recording,
    record,
    report_figures,
)
from iblrnn_helpers.recordings.alf import write_alf_recording

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The recording that the command's own help has one write."""
    folder = tmp_path_factory.mktemp("example") / "recorded"
    assert main(["report", "--example", str(folder), "--seed", "3"]) == 0
    return folder


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Two units in one block: nothing can be said of blocks."""
    params = ibl.TaskParams(max_block_length=20)
    trials = ibl.sample_trials(params, n_sessions=1, n_blocks=1, seed=0)
    session = ibl.rollout(ibl.BayesianActor(params), trials)
    session = replace(session, states=session.inputs[:, :1].copy())
    recording = record(session, n_units=2, seed=0)
    return write_alf_recording(recording, tmp_path_factory.mktemp("few"))


def test_a_session_folder_to_its_report(example, tmp_path, capsys):
    began = time.perf_counter()
    out = tmp_path / "report.json"
    assert main(["report", str(example), "--out", str(out)]) == 0
    took = time.perf_counter() - began
    recording = read_recording(example)
    assert (recording.n_units, recording.n_trials) == (100, 700)
    assert took < 30  # what is promised of 100 neurons and 700 trials
    printed = capsys.readouterr().out
    facts = json.loads(out.read_text(), parse_constant=pytest.fail)
    judged = judge(recording)
    assert list(facts["predictions"]) == list(PREDICTIONS)
    for key, one in judged.items():
        found = facts["predictions"][key]
        assert found["prediction"] == PREDICTIONS[key]
        assert found["seen"] is one.seen and found["why"] == one.why
        for value, written in ((one.value, found["value"]), (one.p, found["p"])):
            assert written == (value if np.isfinite(value) else None)
        assert f"\n{key}: {command.VERDICTS[one.seen].upper()}\n" in printed
        if np.isfinite(one.value):
            assert re.search(rf"^  {re.escape(f'{one.value:.3g}')}[ :]", printed, re.M)
    # What the network is known to do, the report sees in its spikes.
    for key in ("evidence_moves_block", "graded_carry_over", "angle"):
        assert facts["predictions"][key]["seen"] is True
    assert facts["n_trials"] == recording.n_trials
    assert facts["correct"] == recording.correct.mean()
    n_blocks = len(recording.trials.block_lengths)
    assert f"{recording.correct.mean():.0%} correct; {n_blocks} blocks" in printed
    assert max(map(len, printed.splitlines()[:-1])) <= 100


def test_an_nwb_file_has_the_same_report(example, tmp_path, capsys):
    pytest.importorskip("pynwb")
    path = ibl.recordings.write_nwb_recording(read_recording(example), tmp_path / "own.nwb")
    asked = ["--only", "evidence_moves_block,angle", "--pseudo", "50", "--seed", "4"]
    assert main(["report", str(path), *asked]) == 0
    from_file = capsys.readouterr().out
    assert main(["report", str(example), *asked]) == 0
    from_folder = capsys.readouterr().out
    assert from_file.splitlines()[1:] == from_folder.splitlines()[1:]
    assert "angle: " in from_file and "dimension" not in from_file


def test_what_it_could_not_judge_and_what_was_left_out(few, tmp_path, capsys):
    path = few / "alf" / "probe00" / "spikes.times.npy"
    times = np.load(path)
    times[5] = np.nan
    np.save(path, times)
    out = tmp_path / "report.md"
    assert main(["report", str(few), "--out", str(out)]) == 0
    printed, table = capsys.readouterr().out, out.read_text()
    left_out = f"1 of {len(times):,} spikes are left out: their time is not known"
    judged = judge(read_recording(few))
    unknown = [one for one in judged.values() if one.seen is None]
    assert unknown
    for one in unknown:
        assert f"{one.prediction}: CANNOT BE JUDGED" in printed
        assert one.why in " ".join(printed.split()) and f"cannot be judged: {one.why} |" in table
    assert left_out in printed and f"* {left_out}" in table
    assert f"{len(unknown)} could not be judged." in " ".join(printed.split())
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(judged) and {line.count("|") for line in rows} == {7}


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_picture(few, tmp_path, suffix):
    path = tmp_path / f"report{suffix}"
    assert main(["report", str(few), "--pseudo", "20", "--figure", str(path)]) == 0
    begins = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(begins)


def test_the_picture_is_fit_to_show_and_shows_what_was_measured(example, few):
    judged = judge(read_recording(example), n_pseudo=50)
    judged["angle"] = judge(read_recording(few), n_pseudo=50, only="angle")["angle"]  # unknown
    demands.is_fit_to_show(
        lambda: report_figures.fig_report(judged), report_figures, labelled=False
    )
    figure = report_figures.fig_report(judged)
    for ax, one in zip(figure.axes, judged.values(), strict=True):
        assert ax.get_title("left").endswith(command.VERDICTS[one.seen])
        lines = [line.get_xdata().tolist() for line in ax.lines]
        if np.isfinite(one.value):
            assert [one.value] in lines
            assert ax.get_xlim()[0] <= one.value <= ax.get_xlim()[1]
        assert ([one.null_low, one.null_high] in lines) == bool(np.isfinite(one.null_low))


WRONG = {
    "give the folder or the file of a session, or --example FOLDER": [],
    "nowhere must be a session's folder or a .nwb file, got none there": ["nowhere"],
    "--only must be one of 'dimension'": ["few", "--only", "dimensions"],
    "--pseudo must be at least 19": ["few", "--pseudo", "3"],
    "--seed must be at least 0": ["few", "--seed", "-1"],
    "--out must end in .json or .md, got 'x.txt'": ["few", "--out", "x.txt"],
    "--figure must end in .png or .svg or .pdf": ["few", "--figure", "x.json"],
    "--out x.json exists already; give another name, or --force": ["few", "--out", "x.json"],
    "--contrasts must be numbers with commas between, got 'a'": ["few", "--contrasts", "a"],
    "--block-lengths must be numbers": ["few", "--block-lengths", "1.5,3"],
    "block_lengths must be shortest and longest": ["few", "--block-lengths", "30,3"],
    "probe must be one of those with spikes in": ["few", "--probe", "probe07"],
    "good_only must be False, as nothing says": ["few", "--good-only"],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_mistakes_end_in_a_sentence(sentence, few, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.json").write_text("mine")
    arguments = [str(few) if one == "few" else one for one in WRONG[sentence]]
    status = main(["report", *arguments])
    err = capsys.readouterr().err
    assert status in (1, 2) and err.startswith("iblrnn: error: ") and sentence in err
    assert (tmp_path / "x.json").read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_an_example_is_not_overwritten(example, capsys):
    assert main(["report", "--example", str(example)]) == 2
    assert "another folder, or --force" in capsys.readouterr().err
    assert main(["report", "--example", str(example), "--seed", "3", "--force"]) == 0
