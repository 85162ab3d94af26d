"""The store of trained networks and heavy results."""

import errno
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from iblrnn_helpers.core import files
from iblrnn_helpers.core.files import load_arrays, save_arrays
from iblrnn_helpers.core.store import ArtifactStore, artifact_key

INPUTS = {"seed": 1, "size": 50}


@dataclass(frozen=True)
class Recipe:
    rate: float = 1e-3
    layers: tuple = (2, 50)


@dataclass(frozen=True)
class OtherRecipe:
    rate: float = 1e-3
    layers: tuple = (2, 50)


def make_weights(partial):
    return {"weights": np.arange(5.0)}, {"loss": 0.5, "shape": (5,)}


def never(partial):
    raise AssertionError("made again although it is there")


# Adds one to a checkpoint in each of five steps, which it takes when a file named N appears.
MAKER = """
import sys, time
from pathlib import Path
import numpy as np
from iblrnn_helpers.core.store import ArtifactStore
from iblrnn_helpers.core.files import load_arrays, save_arrays

def make(partial):
    step = int(load_arrays(partial)[0]["step"]) if partial.exists() else 0
    print("start", step, flush=True)
    while step < 5:
        step += 1
        while not Path(sys.argv[2], str(step)).exists():
            time.sleep(0.02)
        save_arrays(partial, {"step": np.array(step)})
        print("step", step, flush=True)
    return {"step": np.array(step)}, {}

arrays, _ = ArtifactStore(sys.argv[1]).get_or_make("slow", {"seed": 1}, make)
print("got", int(arrays["step"]), flush=True)
"""


def start_maker(folder, steps):
    return subprocess.Popen(
        [sys.executable, "-c", MAKER, str(folder), str(steps)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def allow(steps, *numbers):
    for number in numbers:
        (steps / str(number)).touch()


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(tmp_path / "store")


def test_made_once_then_loaded(store):
    made = store.get_or_make("rnn", INPUTS, make_weights)
    np.testing.assert_array_equal(made[0]["weights"], np.arange(5.0))
    assert made[1] == {"loss": 0.5, "shape": [5]}
    loaded = store.get_or_make("rnn", dict(reversed(INPUTS.items())), never)
    np.testing.assert_array_equal(loaded[0]["weights"], made[0]["weights"])
    assert loaded[1] == made[1]
    assert visible(store.folder) == [store.path("rnn", INPUTS).name]


def test_file_says_what_it_was_made_from(store):
    store.get_or_make("rnn", {"recipe": Recipe()}, make_weights)
    _, stored = load_arrays(store.path("rnn", {"recipe": Recipe()}))
    fields = {"rate": 0.001, "layers": [2, 50]}
    assert stored["artifact"] == {
        "kind": "rnn",
        "inputs": {"recipe": {"dataclass": "Recipe", "fields": fields}},
    }


def test_folder_comes_from_argument_then_environment_then_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_ARTIFACTS", str(tmp_path / "environment"))
    assert ArtifactStore(tmp_path / "argument").folder == tmp_path / "argument"
    assert ArtifactStore().folder == tmp_path / "environment"
    monkeypatch.delenv("IBLRNN_ARTIFACTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ArtifactStore().folder.name == "iblrnn_helpers"
    assert not list(tmp_path.iterdir())  # nothing is made before it is needed


def test_every_difference_in_the_inputs_changes_the_key():
    variants = [
        {"recipe": Recipe()},
        {"recipe": OtherRecipe()},
        {"recipe": Recipe(rate=2e-3)},
        {"recipe": Recipe(layers=(50, 2))},
        {"recipe": {"rate": 1e-3, "layers": [2, 50]}},
        {"recipe": None},
        {"recipe": 1},
        {"recipe": True},
        {"recipe": "1"},
        {"recipes": 1},
        {},
    ]
    keys = [artifact_key("rnn", inputs) for inputs in variants]
    keys.append(artifact_key("gru", {}))
    assert len(set(keys)) == len(keys)
    assert all(key.startswith("rnn-") for key in keys[:-1])


def test_key_is_the_same_in_every_process_and_for_equal_inputs():
    inputs = {"b": np.float64(0.1), "a": [np.int64(3), {"y": None, "x": np.bool_(True)}]}
    plain = {"a": (3, {"x": True, "y": None}), "b": 0.1}
    assert artifact_key("rnn", inputs) == artifact_key("rnn", plain)
    # sha256 of '{"a": [3, {"x": true, "y": null}], "b": 0.1}', as sha256sum gives it
    assert artifact_key("rnn", plain) == "rnn-22d967a1859ab09f2db8"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"recipe": Recipe(rate=float("nan"))}, r"inputs\['recipe'\]\.rate is nan"),
        ({"a": [1.0, float("inf")]}, r"inputs\['a'\]\[1\] is inf"),
        ({"a": np.zeros(2)}, r"inputs\['a'\] is a ndarray"),
        ({"a": {1, 2}}, r"inputs\['a'\] is a set"),
        ({"a": Recipe}, r"inputs\['a'\] is a type"),
        ({"a": {1: 2}}, r"inputs\['a'\] has the key 1"),
        ([1], "inputs must be a mapping"),
    ],
)
def test_inputs_that_cannot_name_an_artifact(inputs, message):
    with pytest.raises(ValueError, match=message):
        artifact_key("rnn", inputs)


@pytest.mark.parametrize("kind", ["", "../rnn", "RNN", "a b", None])
def test_kind_must_be_a_plain_word(kind):
    with pytest.raises(ValueError, match="kind must be"):
        artifact_key(kind, {})


def test_killed_make_resumes_from_its_checkpoint(store, tmp_path):
    path = store.path("slow", {"seed": 1})
    maker = start_maker(store.folder, tmp_path)
    assert maker.stdout.readline() == "start 0\n"
    kill(maker)
    assert visible(store.folder) == []

    allow(tmp_path, 1, 2)
    maker = start_maker(store.folder, tmp_path)
    lines = [maker.stdout.readline() for _ in range(3)]
    assert lines == ["start 0\n", "step 1\n", "step 2\n"]
    kill(maker)
    assert visible(store.folder) == [path.with_suffix(".partial").name]

    allow(tmp_path, 3, 4, 5)
    output, _ = start_maker(store.folder, tmp_path).communicate()
    assert output == "start 2\nstep 3\nstep 4\nstep 5\ngot 5\n"
    assert visible(store.folder) == [path.name]


def test_two_processes_make_it_once(store, tmp_path):
    first = start_maker(store.folder, tmp_path)
    assert first.stdout.readline() == "start 0\n"
    second = start_maker(store.folder, tmp_path)
    assert "Another process is making slow-" in second.stderr.readline()
    allow(tmp_path, 1, 2, 3, 4, 5)
    assert first.communicate()[0].endswith("step 5\ngot 5\n")
    assert second.communicate() == ("got 5\n", "")  # waited, then loaded
    assert (first.returncode, second.returncode) == (0, 0)


def test_waiting_process_takes_over_from_a_killed_one(store, tmp_path):
    first = start_maker(store.folder, tmp_path)
    assert first.stdout.readline() == "start 0\n"
    second = start_maker(store.folder, tmp_path)
    second.stderr.readline()
    kill(first)
    allow(tmp_path, 1, 2, 3, 4, 5)
    assert second.communicate()[0].startswith("start 0\nstep 1\n")
    assert second.returncode == 0


@pytest.mark.parametrize("damage", ["truncated", "bit", "foreign"])
def test_damaged_artifact_is_set_aside_and_made_again(store, caplog, damage):
    path = store.path("rnn", INPUTS)
    store.get_or_make("rnn", INPUTS, make_weights)
    good = path.read_bytes()
    bad = bytearray(good)
    bad[-3] ^= 4
    bad = {"truncated": good[:-8], "bit": bytes(bad), "foreign": b"PK\x03\x04"}[damage]
    for name in (".damaged", ".damaged.2"):
        path.write_bytes(bad)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            arrays, _ = store.get_or_make("rnn", INPUTS, make_weights)
        np.testing.assert_array_equal(arrays["weights"], np.arange(5.0))
        assert path.read_bytes() == good
        assert (store.folder / (path.name + name)).read_bytes() == bad
        assert str(path) in caplog.text
        assert path.name + name in caplog.text


def test_a_folder_in_the_place_of_an_artifact_is_set_aside(store):
    path = store.path("rnn", INPUTS)
    path.mkdir(parents=True)
    (path / "mine").write_text("kept")
    arrays, _ = store.get_or_make("rnn", INPUTS, make_weights)
    assert len(arrays["weights"]) == 5 and path.is_file()
    assert (store.folder / (path.name + ".damaged") / "mine").read_text() == "kept"


def test_file_that_is_no_artifact_is_set_aside(store):
    path = store.path("rnn", INPUTS)
    save_arrays(path, {"weights": np.zeros(1)}, {"mine": 1})
    arrays, _ = store.get_or_make("rnn", INPUTS, make_weights)
    assert len(arrays["weights"]) == 5
    assert visible(store.folder) == sorted([path.name, path.name + ".damaged"])


def test_failing_make_keeps_its_checkpoint_and_frees_the_lock(store):
    def interrupted(partial):
        partial.mkdir()
        (partial / "step").write_text("3")
        raise KeyboardInterrupt

    def resumed(partial):
        assert (partial / "step").read_text() == "3"
        return make_weights(partial)

    with pytest.raises(KeyboardInterrupt):
        store.get_or_make("rnn", INPUTS, interrupted)
    store.get_or_make("rnn", INPUTS, resumed)
    assert visible(store.folder) == [store.path("rnn", INPUTS).name]


def test_full_disk_keeps_the_checkpoint(store, monkeypatch):
    def make(partial):
        save_arrays(partial, {"step": np.array(9)})
        monkeypatch.setattr(files.os, "replace", fail)
        return make_weights(partial)

    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = store.path("rnn", INPUTS)
    with pytest.raises(OSError, match=rf"cannot write {path}.*No space left.*Free some space"):
        store.get_or_make("rnn", INPUTS, make)
    assert visible(store.folder) == [path.with_suffix(".partial").name]


def test_read_only_folder_is_a_plain_error_but_still_serves(store, monkeypatch):
    store.get_or_make("rnn", INPUTS, make_weights)

    def fail(*arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("filelock.FileLock.acquire", fail)
    store.get_or_make("rnn", INPUTS, never)
    with pytest.raises(PermissionError, match=rf"{store.folder}.*IBLRNN_ARTIFACTS"):
        store.get_or_make("rnn", {"seed": 2}, make_weights)


def test_what_make_returns_must_be_storable(store):
    with pytest.raises(ValueError, match="'weights' has dtype object"):
        store.get_or_make("rnn", INPUTS, lambda partial: ({"weights": np.array([None])}, {}))
    assert visible(store.folder) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_a_partial_that_cannot_be_continued_is_set_aside(store, caplog, is_there):
    path = store.path("rnn", INPUTS)
    partial = path.with_suffix(".partial")
    if is_there:
        store.folder.mkdir()
        partial.write_text("of somebody else")

    def make(partial):
        if partial.exists() or not is_there:
            raise files.CheckpointError(f"{partial} is foreign")
        return make_weights(partial)

    if not is_there:  # it speaks of another file, which is nothing that could be set aside
        with pytest.raises(files.CheckpointError):
            store.get_or_make("rnn", INPUTS, make)
        return
    assert len(store.get_or_make("rnn", INPUTS, make)[0]["weights"]) == 5
    assert visible(store.folder) == sorted([path.name, partial.name + ".damaged"])
    assert "is foreign. Kept as" in caplog.text
