"""``iblrnn infer-reward``: files in, reward out, and a plain sentence for every mistake."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from test_assumptions import antisymmetric

from iblrnn_helpers.cli import main
from iblrnn_helpers.inverse_rl.from_data import command
from iblrnn_helpers.inverse_rl.from_data.command import FILES
from iblrnn_helpers.inverse_rl.from_data.spike_files import read_spikes, write_example
from iblrnn_helpers.inverse_rl.hypercube import spins

NEURONS = ["--neurons", "n*", "--stimulus", "stimulus"]


def run(path, *more):
    return main(["infer-reward", str(path), *more])


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("example") / "spikes.csv", 10_000, seed=3)


@pytest.fixture
def few_draws(monkeypatch):
    """As many simulations of a fit as a posterior needs at least."""
    monkeypatch.setattr(command, "_N_DRAWS", 20)


@pytest.fixture
def small(tmp_path):
    """Three neurons, 400 samples."""
    path = tmp_path / "small.csv"
    random = np.random.default_rng(1)
    flips = 1 << random.integers(3, size=400)
    states = np.bitwise_xor.accumulate(np.where(random.random(400) < 0.5, flips, 0))
    frame = pd.DataFrame((spins(3)[states] > 0).astype(int), columns=["a", "b", "c"])
    frame.to_csv(path, index=False)
    return path, frame


@pytest.mark.slow
def test_a_csv_becomes_a_reward_in_one_command(example, tmp_path, capsys, few_draws):
    recording, truth = example
    out = tmp_path / "out"
    assert run(recording, *NEURONS, "--compare", str(truth), "--out", str(out)) == 0
    assert {path.name for path in out.iterdir()} == set(FILES)
    facts = json.loads((out / "summary.json").read_text())
    # 0.70 in 10 recordings, with a standard deviation of 0.05, and 0.73 in this one.
    assert facts["r_squared_compared"] >= 0.68 and not facts["too_few_samples"]
    expected = facts["expected_r_squared"]
    assert expected["low"] <= facts["r_squared_compared"] <= expected["high"]
    assert facts["model_holds"] and facts["r_squared_of_visits_compared"] > 0.5
    assert not facts["updates_known"] and facts["n_samples"] == 10_000
    reward = pd.read_csv(out / "reward.csv")
    assert len(reward) == 512 and (reward["low"] <= reward["high"]).all()
    assert reward["visits"].sum() == 9_999
    # By hand: the table's rows stand as those of the true one.
    true = pd.read_csv(truth)
    keys = [f"n{k}" for k in range(8)] + ["stimulus"]
    assert (reward[keys] == true[keys]).all(axis=None)
    by_hand = np.corrcoef(reward["reward"], true["reward"])[0, 1] ** 2
    # Each stimulus has its own median, near 0 for both.
    assert by_hand == pytest.approx(facts["r_squared_compared"], abs=0.01)
    text = (out / "report.txt").read_text()
    listed = re.findall(r"visited (\d+) times", text)
    assert text in capsys.readouterr().out and len(listed) == 10 and min(map(int, listed)) > 0
    assert (out / "reward.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_known_updates_tell_more(example, tmp_path, few_draws):
    recording, truth = example
    arguments = ["--compare", str(truth), "--out", str(tmp_path), "--prior", "1"]
    assert run(recording, *NEURONS, "--updates", "updated", *arguments) == 0
    facts = json.loads((tmp_path / "summary.json").read_text())
    assert facts["updates_known"] and facts["prior_held_out_nats_per_step"] is None
    assert facts["r_squared_compared"] > 0.82  # 0.87, and 0.73 if not known


@pytest.mark.slow
def test_too_few_samples_are_said_with_the_interval(tmp_path, capsys, few_draws):
    recording, truth = write_example(tmp_path / "short.csv", 1000, seed=1)
    assert run(recording, *NEURONS, "--prior", "1", "--compare", str(truth)) == 0
    text = capsys.readouterr().out
    assert re.search(r"TOO FEW SAMPLES: .* Record for longer\.\n", text) and "95% interval" in text
    facts = json.loads((tmp_path / "short_reward" / "summary.json").read_text())
    expected, true = facts["expected_r_squared"], facts["r_squared_compared"]
    assert facts["too_few_samples"] and expected["mean"] < 0.5 and true < 0.5
    assert expected["low"] <= true <= expected["high"]


def test_every_format_and_sign_says_the_same(small, tmp_path):
    path, frame = small
    expected = read_spikes(path).states
    matrix = frame.to_numpy()
    np.save(tmp_path / "rows.npy", matrix)
    np.save(tmp_path / "columns.npy", 2 * matrix.T - 1)
    np.savez(tmp_path / "more.npz", spikes=matrix.T.astype(bool), light=np.arange(400) % 2)
    np.savetxt(tmp_path / "bare.csv", matrix, delimiter=",")
    for name in ("rows.npy", "columns.npy", "bare.csv"):
        found = read_spikes(tmp_path / name)
        assert (found.states == expected).all() and found.neurons == ("0", "1", "2")
    lit = read_spikes(tmp_path / "more.npz", stimulus="light")
    assert (lit.states == expected).all()
    assert (lit.inputs == np.arange(400) % 2).all() and lit.stimuli == (0, 1)
    chosen = read_spikes(path, neurons=["c", "a"])
    assert (chosen.states == (matrix[:, 2] + 2 * matrix[:, 0])).all()


def test_numbers_are_compared_up_to_rounding(small, tmp_path):
    path, frame = small
    exact = read_spikes(path)
    rough = 3 * (frame * (1 / 3)) + np.where(np.arange(len(frame)) % 2, 1e-9, 0)[:, None]
    light = np.where(
        np.arange(len(frame)) % 3, 0.3, np.where(np.arange(len(frame)) % 2, 0.1 * 3, 2)
    )
    rough.assign(light=light).to_csv(tmp_path / "rough.csv", index=False)
    found = read_spikes(tmp_path / "rough.csv", stimulus="light")
    assert (found.states == exact.states).all()
    assert found.stimuli == (0.3, 2.0) and (found.inputs == (light > 1)).all()
    tiny = light * 1e-9  # small numbers are not equal numbers
    frame.assign(light=tiny).to_csv(tmp_path / "tiny.csv", index=False)
    assert len(read_spikes(tmp_path / "tiny.csv", stimulus="light").stimuli) == 2


def test_parquet_says_the_same(small, tmp_path):
    pytest.importorskip("pyarrow")
    path, frame = small
    frame.assign(light="on").to_parquet(tmp_path / "small.parquet")
    found = read_spikes(tmp_path / "small.parquet", stimulus="light")
    assert (found.states == read_spikes(path).states).all() and found.stimuli == ("on",)


def test_updates_by_name_or_place(small, tmp_path):
    path, frame = small
    states = read_spikes(path).states
    changed = states[:-1] ^ states[1:]
    place = np.where(changed == 0, 0, np.log2(np.maximum(changed, 1)).astype(int))
    for values in (place, np.array(["a", "b", "c"])[place]):
        table = frame.assign(who=[*values, None])
        table.to_csv(tmp_path / "who.csv", index=False)
        assert (read_spikes(tmp_path / "who.csv", updates="who").updated == place).all()


@pytest.mark.parametrize(
    ("change", "arguments", "says"),
    [
        ({"a": 2}, [], r"neuron 'a' has 2 in sample 1; only 0 and 1, or -1 and \+1"),
        ({"a": 0.99}, [], "neuron 'a' has 0.99 in sample 1"),
        ({"a": np.nan}, [], "neuron 'a' has nan in sample 1"),
        ({"a": "x"}, [], r"column 'a' does not hold numbers \(.*\); name the neurons with --neu"),
        ({"who": "b"}, [], "column 'who' does not .* --neurons, or say --updates who"),
        ({"a": 0}, [], "neuron 'a' never fires in 400 samples"),
        ({"a": 1}, [], "neuron 'a' always fires"),
        (
            {f"d{k}": 0 for k in range(30)},
            [],
            "has 33 neurons, at most 12 may be.* --reward count, .* calls them a part",
        ),
        ({f"d{k}": 0 for k in range(98)}, ["--reward", "both"], "101 neurons, at most 100 may"),
        ({}, ["--reward", "count", "--compare", "x.csv"], "--compare is for --reward full only"),
        ({}, ["--reward", "count", "--stimulus", "a"], "--stimulus is for --reward full only"),
        ({"t": np.nan}, ["--trial", "t"], "column 't' has missing values"),
        ({"t": range(400)}, ["--trial", "t"], "there are no steps"),
        ({}, ["--stimulus", "light"], "--stimulus: .* has no column 'light'; it has 'a', 'b'"),
        ({"s": range(400)}, ["--stimulus", "s"], "has 400 values; at most 32"),
        ({"u": "z"}, ["--updates", "u"], "'z', which is no neuron's name or place"),
        ({"u": "b"}, ["--updates", "u"], "another neuron changed than the updated one"),
        ({}, ["--neurons", "q*"], "no column 'q\\*'"),
        ({}, ["--coding-cost", "0"], "--coding-cost must be at least 1e-30"),
        (
            {},
            ["--coding-cost", "1e300"],
            r"--coding-cost must be at least 1e-30 and at most 1e\+30",
        ),
        ({}, ["--prior", "-1"], "--prior must be at least 1e-09"),
        (
            {},
            ["--prior", "1e-300"],
            r"--prior must be at least 1e-09 and at most 1e\+09, got 1e-300",
        ),
        ({}, ["--seed", str(2**64)], "--seed must be at least 0 and at most"),
        ({}, ["--n-samples", "5"], "--n-samples is for --example only, got 5"),
        (
            {},
            ["--reward", "count", "--neurons", "a"],
            "--reward count needs 40 .* got 400 samples of 1",
        ),
        ({}, ["--out", "/proc/x"], "--out /proc/x cannot be written: "),
        ({}, ["--seed", "-1"], "--seed must be at least 0 and at most .*, got -1"),
        ({}, ["--compare", "nosuch.csv"], "No such file or directory: 'nosuch.csv'"),
        ({}, ["--out", "{path}"], r"--out .*small\.csv is not a folder"),
        ({}, ["--compare", "{path}"], "--compare: .* has no column 'reward'"),
    ],
)
def test_bad_input(small, capsys, monkeypatch, change, arguments, says):
    path, frame = small
    frame.assign(**change).to_csv(path, index=False)
    expected = 1 if {"nosuch.csv", "/proc/x"} & {*arguments} else 2  # as of any file
    # Refused before the work.
    monkeypatch.setattr("iblrnn_helpers.inverse_rl.from_data.posterior.choose_prior", None)
    assert run(path, *[word.format(path=path) for word in arguments]) == expected
    message = capsys.readouterr().err
    assert re.search(says, message) and "Traceback" not in message
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_mixed_signs_and_jumps_are_refused(small, tmp_path, capsys):
    path, frame = small
    frame.assign(a=2 * frame["a"] - 1).to_csv(path, index=False)
    assert run(path) == 2
    message = capsys.readouterr().err
    assert "0 in column 'b' and -1 in column 'a'" in message and "--stimulus" in message
    random = np.random.default_rng(2)
    np.save(tmp_path / "jumps.npy", random.integers(2, size=(3, 500)))
    assert run(tmp_path / "jumps.npy") == 2
    assert re.search(r"jumps\.npy: in .* several neurons change at once", capsys.readouterr().err)


def test_a_neuron_that_no_step_changes_is_named(small, capsys):
    path, frame = small
    frame.assign(a=[0] * 399 + [1]).to_csv(path, index=False)
    assert run(path) == 2
    # The last sample is no step's beginning.
    assert re.search(r"small\.csv: neuron 'a' never fires in 39\d steps", capsys.readouterr().err)


def test_a_part_of_a_network_is_called_one(example, tmp_path, capsys):
    recording, _ = example
    few = ["--neurons", "n0,n1,n2,n3", "--prior", "1", "--out", str(tmp_path)]
    assert run(recording, *few, "--stimulus", "stimulus") == 0
    text = capsys.readouterr().out
    assert "OF A PART OF A NETWORK: 4 of 8 columns" in text and "n4, n5, n6, n7" in text
    assert "THE PACE IS WRONG" in text and "if neurons or an input were not recorded" in text
    assert "r² to expect with the true reward: none" in text


@pytest.mark.slow
def test_spikes_and_antisymmetric_networks_are_refused_a_fit(tmp_path, capsys, few_draws):
    spikes = np.random.default_rng(0).random((20_000, 6)) < 0.01
    np.save(tmp_path / "spikes.npy", spikes)
    assert run(tmp_path / "spikes.npy", "--prior", "1") == 0
    text = capsys.readouterr().out
    assert text.count("FLIPS TOO FAST") == 6 and "at most 0.167 is possible" in text
    assert "r² to expect with the true reward: none" in text
    # What is said of single states is of a model that does not hold.
    assert not re.search(r"TOO FEW|narrower than|visited \d+ times", text)
    np.save(tmp_path / "turning.npy", spins(6)[antisymmetric(1, 10_000).states])
    assert run(tmp_path / "turning.npy", "--prior", "1") == 0
    text = capsys.readouterr().out
    assert "NO REWARD EXPLAINS THE STEPS" in text and "NO REWARD EXPLAINS THE CHOICES" in text
    assert "or a column is no neuron" in text


def test_cut_recordings_need_no_guess(small, tmp_path, capsys):
    _, frame = small
    order = np.concatenate([np.arange(200, 400), np.arange(200)])
    frame = frame.assign(trial=np.repeat(["early", "late"], 200)).iloc[order]
    frame.to_csv(tmp_path / "cut.csv", index=False)
    table = read_spikes(tmp_path / "cut.csv", trial="trial")
    assert table.neurons == ("a", "b", "c") and len(np.unique(table.trials)) == 2
    assert run(tmp_path / "cut.csv", "--trial", "trial", "--prior", "1") == 0
    facts = json.loads((tmp_path / "cut_reward" / "summary.json").read_text())
    assert facts["n_trials"] == 2 and facts["steps_with_several_changes"] == 0
    visits = pd.read_csv(tmp_path / "cut_reward" / "reward.csv")["visits"].sum()
    assert visits == 398
    arguments = ["--trial", "trial", "--reward", "count", "--force"]
    assert run(tmp_path / "cut.csv", *arguments) == 0
    assert "2 trials (which change nothing, as no steps are used)" in capsys.readouterr().out


def test_stretches_of_single_samples_are_left_out(small, tmp_path):
    """A twentieth of the recording whose trials are single samples has no step to hold out."""
    _, frame = small
    frame.assign(trial=[*range(40), *[40] * 360]).to_csv(tmp_path / "cut.csv", index=False)
    assert run(tmp_path / "cut.csv", "--trial", "trial") == 0
    facts = json.loads((tmp_path / "cut_reward" / "summary.json").read_text())
    assert all(np.isfinite(list(facts["prior_held_out_nats_per_step"].values())))
    assert facts["prior"] in map(float, facts["prior_held_out_nats_per_step"])


def test_many_neurons_in_one_command(tmp_path, capsys):
    active = np.random.default_rng(0).random((3_000, 40)) < 0.2
    np.save(tmp_path / "many.npy", active)
    assert run(tmp_path / "many.npy", "--reward", "count") == 0
    text = capsys.readouterr().out
    assert "THE VALUE'S FORM IS ASSUMED" in text and "if the value is of this form: 0." in text
    assert "TOO FEW SAMPLES" in text  # neurons that are independent and alike act for nothing
    assert "choose fewer terms" not in text and "NOT TESTED: whether neurons choose" in text
    assert re.search(r"held-out samples, in nats each: count -\d.*pairwise -\d.*both -\d", text)
    out = tmp_path / "many_reward"
    assert {path.name for path in out.iterdir()} == {"reward.csv", "summary.json", "report.txt"}
    reward = pd.read_csv(out / "reward.csv")
    assert reward["visits"].sum() == 3_000 and len(reward.columns) == 44


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--reward", "count"], "the value is of another form"),
        (["--reward", "pairwise", "--neurons", "0,1,2,3"], "this is a part of a network"),
    ],
)
def test_a_wrong_form_and_a_part_have_no_r_squared(tmp_path, capsys, arguments, why):
    """Four neurons that are active when their partners are, in nine of ten samples."""
    random = np.random.default_rng(0)
    first, errs = random.random((2_000, 4)) < 0.4, random.random((2_000, 4)) < 0.1
    np.save(tmp_path / "pairs.npy", np.concatenate([first, first ^ errs], axis=1))
    assert run(tmp_path / "pairs.npy", *arguments) == 0
    text = capsys.readouterr().out
    assert f"r² to expect with the true reward: none, as {why}" in text
    assert ("WRONG FORM" in text and "with --reward pairwise" in text) == ("count" in arguments)
    assert "TOO FEW SAMPLES" not in text
    assert run(tmp_path / "pairs.npy", "--reward", "pairwise", "--force") == 0
    text = capsys.readouterr().out
    assert "WRONG FORM" not in text and "if the value is of this form: 0.9" in text


def test_results_and_examples_are_not_overwritten(small, tmp_path, capsys):
    path, _ = small
    assert run(path, "--prior", "1") == 0
    assert run(path, "--prior", "1") == 2
    assert "has reward.csv already" in capsys.readouterr().err
    assert run(path, "--prior", "1", "--force") == 0
    assert main(["infer-reward", "--example", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["infer-reward"]) == 2
    assert main(["infer-reward", "--example", str(tmp_path / "x.csv"), "--n-samples", "50"]) == 0
    assert len(pd.read_csv(tmp_path / "x.csv")) == 50


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_result_is_said_before_the_work(
    small, tmp_path, capsys, monkeypatch, name
):
    monkeypatch.setattr("iblrnn_helpers.inverse_rl.from_data.posterior.choose_prior", None)
    (tmp_path / "out" / name).mkdir(parents=True)
    assert run(small[0], "--out", str(tmp_path / "out"), "--force") == 2
    assert f"{name} is no regular file" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--n-samples", "99999999999999"], "--n-samples 99,999,999,999,999 would need"),
        (["--n-samples", "1"], "--n-samples must be at least 2, got 1"),
        (["--stimulus", "s"], "--stimulus is for recordings, not for --example, got s"),
        (["--coding-cost", "1"], "--coding-cost is for recordings"),
        (["--seed", str(2**64)], "--seed must be at least 0 and at most"),
    ],
)
def test_examples_that_are_refused(tmp_path, capsys, arguments, says):
    assert main(["infer-reward", "--example", str(tmp_path / "e.csv"), *arguments]) == 2
    assert says in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize("reward", ["full", "count"])
def test_a_first_line_that_may_be_a_header_is_said(small, tmp_path, capsys, reward):
    _, frame = small
    frame[["a", "b"]].set_axis([0, 1], axis=1).to_csv(tmp_path / "two.csv", index=False)
    assert run(tmp_path / "two.csv", "--prior", "1", "--reward", reward) == 0
    assert "THE FIRST LINE WAS READ AS A SAMPLE" in capsys.readouterr().out
    frame.to_csv(tmp_path / "three.csv", index=False)
    assert run(tmp_path / "three.csv", "--prior", "1", "--reward", reward) == 0
    assert "THE FIRST LINE" not in capsys.readouterr().out


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_recording_without_a_step_to_compare_has_no_nan(tmp_path, capsys):
    """One neuron whose simulations may never change: nothing went round, which is balance."""
    (tmp_path / "a.csv").write_text("a\n0\n1\n0\n")
    assert run(tmp_path / "a.csv") == 0
    said = capsys.readouterr().out
    assert "nan" not in said and "GOES ROUND" not in said.upper()
    text = (tmp_path / "a_reward" / "summary.json").read_text()
    assert not re.search("NaN|Infinity", text) and json.loads(text)["balance_holds"]


def test_what_is_read_is_not_overwritten(small, tmp_path, capsys):
    path, frame = small
    mine = tmp_path / "reward.csv"
    frame.to_csv(mine, index=False)
    inputs = ([str(mine)], [str(path), "--compare", str(mine)])
    for arguments in inputs:
        assert run(*arguments, "--out", str(tmp_path), "--force") == 2
        assert f"would overwrite {mine}, which is read" in capsys.readouterr().err
    assert pd.read_csv(mine).equals(frame)


def test_a_packed_file_with_times_and_ids_in_ascii(small, tmp_path):
    """All at once, in a process of its own that can print ASCII alone."""
    _, frame = small
    frame.columns = [7, 12, 31]
    path = tmp_path / "mine.csv.gz"
    frame.assign(seconds=0.1 * np.arange(len(frame))).to_csv(path, sep=";", decimal=",")
    words = [
        sys.executable,
        "-m",
        "iblrnn_helpers.cli",
        "infer-reward",
        path,
        "--reward",
        "count",
    ]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no neurons, as they only grow: row number, seconds" in done.stdout
    facts = json.loads((tmp_path / "mine_reward" / "summary.json").read_text())
    assert facts["neurons"] == ["7", "12", "31"] and facts["n_samples"] == 400


@pytest.mark.slow
def test_an_example_where_no_cache_can_be_written(tmp_path):
    """As in a container with a read-only package and an arbitrary user without a home."""
    path = tmp_path / "spikes.csv"
    code = (
        "import sys, numba.core.caching as caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from iblrnn_helpers.cli import main\n"
        f"sys.exit(main(['infer-reward', '--example', {str(path)!r}, '--n-samples', '50']))"
    )
    environment = os.environ | {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull}
    environment["NUMBA_OPT"] = "0"  # it takes half the time, and 50 samples are few
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(path)) == 50
