"""Files that are whole or not there at all."""

import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import safetensors.numpy

from iblrnn_helpers.core import files
from iblrnn_helpers.core.files import (
    DamagedFileError,
    check_output,
    digest_arrays,
    load_arrays,
    put_folder,
    save_arrays,
    write_atomically,
)

ARRAYS = {
    "weights": np.arange(12, dtype=np.float64).reshape(3, 4) / 7,
    "single": np.float32([1.5, np.nan, np.inf]),
    "half": np.float16([[0.5]]),
    "counts": np.array([2**62, -1]),
    "byte": np.uint8([0, 255]),
    "flag": np.array([True, False, True]),
    "scalar": np.array(3.25),
    "empty": np.zeros((0, 5)),
}
METADATA = {"seed": 1, "name": "Größe", "history": [0.25, None], "inner": {"ok": True}}

# Stops for ever between writing and renaming, once it has said so.
PAUSED_WRITER = """
import os, sys, time
from iblrnn_helpers.core.files import write_atomically
def pause(file_number):
    print("writing", flush=True)
    sys.stdin.readline()
os.fsync = pause
write_atomically(sys.argv[1], sys.argv[2] * 100_000)
"""


def start(code, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process


def start_paused_writer(path, letter):
    process = start(PAUSED_WRITER, path, letter)
    assert process.stdout.readline() == "writing\n"
    return process


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    path = tmp_path / "new" / "folder" / "note.txt"
    write_atomically(path, "α\r\nβ\n")
    assert path.read_bytes() == "α\r\nβ\n".encode()
    write_atomically(str(path), b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert names(path.parent) == ["note.txt"]


def test_killed_writer_leaves_the_old_file_and_the_next_write_clears_up(tmp_path):
    path = tmp_path / "file.bin"
    write_atomically(path, "old")
    writer = start_paused_writer(path, "n")
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 2  # the killed writer's temporary file
    neighbour = f".file.bin.other.{'.'.join(names(tmp_path)[0].rsplit('.', 4)[1:])}"
    (tmp_path / neighbour).write_text("of the path file.bin.other, not of file.bin")
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert names(tmp_path) == sorted([neighbour, "file.bin"])


def test_a_writer_at_work_keeps_its_temporary_file(tmp_path):
    path = tmp_path / "file.bin"
    writer = start_paused_writer(path, "w")
    write_atomically(path, "quick")
    assert path.read_text() == "quick"
    writer.communicate("go on\n")
    assert writer.returncode == 0
    assert path.read_text() == "w" * 100_000
    assert names(tmp_path) == ["file.bin"]


def test_old_temporary_file_of_another_machine_is_removed(tmp_path):
    path = tmp_path / "file.bin"
    recent, old = (tmp_path / f".file.bin.elsewhere.1.0000000{n}.tmp" for n in (1, 2))
    recent.write_text("")
    old.write_text("")
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    write_atomically(path, "")
    assert names(tmp_path) == sorted([recent.name, "file.bin"])


def test_concurrent_writers_never_show_a_mixture(tmp_path):
    path = tmp_path / "file.bin"
    code = (
        "import sys\nfrom iblrnn_helpers.core.files import write_atomically\n"
        "for _ in range(40): write_atomically(sys.argv[1], sys.argv[2] * 300_000)"
    )
    writers = [start(code, path, letter) for letter in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            content = path.read_bytes()
            assert len(content) == 300_000
            assert len(set(content)) == 1
            seen.add(content[:1])
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen
    assert names(tmp_path) == ["file.bin"]


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.EACCES, PermissionError), (errno.ENOSPC, OSError)]
)
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_failed_write_names_the_path_and_changes_nothing(
    tmp_path, monkeypatch, number, kind, function
):
    path = tmp_path / "file.bin"
    write_atomically(path, "old")

    def fail(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, function, fail)
    with pytest.raises(kind, match=r"cannot write .*file\.bin.*choose another folder") as caught:
        write_atomically(path, "new")
    assert caught.value.errno == number
    assert os.strerror(number) in str(caught.value)
    assert str(caught.value).endswith("What was there is unchanged")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file.bin"]


def test_advice_is_given_only_where_it_helps(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="cannot write") as caught:
        write_atomically(tmp_path / "file" / "inner", "x")
    assert str(caught.value).endswith("Nothing was written there")
    assert "Free" not in str(caught.value) and "writable" not in str(caught.value)


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    real, link = tmp_path / "elsewhere" / "file", tmp_path / "link"
    link.symlink_to(real)  # to nothing yet
    for content in ("first", "second"):
        write_atomically(link, content)
        assert link.is_symlink() and real.read_text() == content
    assert names(real.parent) == ["file"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "link to a pipe"])
def test_what_is_no_file_is_not_replaced(tmp_path, kind):
    path = place = tmp_path / "place"
    if kind == "link to a pipe":
        path = tmp_path / "link"
        path.symlink_to(place)
    if kind == "folder":
        place.mkdir()
    elif kind == "loop":
        place.symlink_to(place)
    else:
        os.mkfifo(place)
    before = os.lstat(place)
    with pytest.raises(OSError, match=r"cannot write .*place: it is no regular file"):
        write_atomically(path, "x")
    with pytest.raises(ValueError, match=r"--out .* is (a folder|no regular file)"):
        check_output("--out", path, force=True)
    assert os.lstat(place) == before


def test_an_output_is_no_input_and_replaces_nothing_unasked(tmp_path):
    model, link = tmp_path / "mine.json", tmp_path / "link"
    model.write_text("precious")
    link.symlink_to(model)
    for out in (model, link, tmp_path / "." / "mine.json"):
        with pytest.raises(ValueError, match="is the file that is read"):
            check_output("--out", out, force=True, inputs=[model])
        with pytest.raises(ValueError, match="exists already; give another name, or --force"):
            check_output("--out", out, force=False)
        check_output("--out", out, force=True)
    assert model.read_text() == "precious" and names(tmp_path) == ["link", "mine.json"]


def test_write_that_really_stops_half_way_leaves_nothing(tmp_path):
    code = (
        "import resource, sys\nfrom iblrnn_helpers.core.files import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try: write_atomically(sys.argv[1], 'x' * 100_000)\n"
        "except OSError as error: print(error)"
    )
    output, _ = start(code, tmp_path / "file.bin").communicate()
    assert "cannot write" in output
    assert names(tmp_path) == []


def test_folder_that_is_a_file_is_a_plain_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write .*file/inside"):
        write_atomically(tmp_path / "file" / "inside", "")


def test_interrupt_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupt(file_number):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file.bin", "new")
    assert names(tmp_path) == []


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_a_folder_is_exchanged_or_as_before(tmp_path, monkeypatch, moment):
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    moves, replace = iter(range(9)), files.os.replace

    def interrupted(source, target):
        if next(moves) == moment:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", interrupted)
    if moment < 2:  # there are two moves
        with pytest.raises(KeyboardInterrupt):
            put_folder(tmp_path / "new", tmp_path / "place")
    else:
        put_folder(tmp_path / "new", tmp_path / "place")
    assert (tmp_path / "place" / "file").read_text() == ("place" if moment < 2 else "new")
    assert names(tmp_path) == (["new", "place"] if moment < 2 else ["place"])


def test_arrays_round_trip(tmp_path):
    path = tmp_path / "arrays.safetensors"
    save_arrays(path, ARRAYS, METADATA)
    arrays, metadata = load_arrays(path)
    assert metadata == METADATA
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].flags.writeable
    # Readable by anyone's safetensors, without this package.
    np.testing.assert_array_equal(safetensors.numpy.load_file(path)["weights"], ARRAYS["weights"])


def test_same_content_gives_the_same_bytes(tmp_path):
    save_arrays(tmp_path / "one", ARRAYS, METADATA)
    backwards = dict(reversed(METADATA.items()))
    save_arrays(tmp_path / "two", dict(reversed(ARRAYS.items())), backwards)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_memory_layout_and_byte_order_do_not_matter(tmp_path):
    square = np.arange(6.0).reshape(2, 3)
    for variant in (np.asfortranarray(square), square.astype(">f8"), np.tile(square, 2)[:, :3]):
        save_arrays(tmp_path / "a", {"square": variant})
        np.testing.assert_array_equal(load_arrays(tmp_path / "a")[0]["square"], square)
        assert digest_arrays({"square": variant}) == digest_arrays({"square": square})


def test_no_arrays_and_numpy_numbers_in_metadata(tmp_path):
    save_arrays(tmp_path / "a", {}, {"loss": np.float32(0.5), "n": np.int64(3), "t": (1, 2)})
    assert load_arrays(tmp_path / "a") == ({}, {"loss": 0.5, "n": 3, "t": [1, 2]})


def test_digest_depends_on_name_dtype_shape_and_value():
    base = {"a": np.zeros((2, 3))}
    others = [
        {"b": np.zeros((2, 3))},
        {"a": np.zeros((3, 2))},
        {"a": np.zeros((2, 3), dtype=np.int64)},
        {"a": np.full((2, 3), -0.0)},
        {"a": np.zeros((2, 3)), "b": np.zeros(0)},
    ]
    digests = {digest_arrays(arrays) for arrays in [base, *others]}
    assert len(digests) == 1 + len(others)


@pytest.mark.parametrize(
    ("arrays", "metadata", "message"),
    [
        ({"z": np.array([1j])}, {}, "'z' has dtype complex128"),
        ({"words": np.array(["a"])}, {}, "'words' has dtype <U1"),
        ({"objects": np.array([None])}, {}, "'objects' has dtype object"),
        ({"__metadata__": np.zeros(1)}, {}, "array name"),
        ({}, {"loss": float("nan")}, "metadata"),
        ({}, {"path": os}, "metadata cannot be stored as JSON: module"),
    ],
)
def test_what_cannot_be_stored_is_refused_before_anything_is_written(
    tmp_path, arrays, metadata, message
):
    with pytest.raises(ValueError, match=message):
        save_arrays(tmp_path / "a", arrays, metadata)
    assert names(tmp_path) == []


def test_any_flipped_bit_is_found(tmp_path):
    path = tmp_path / "small.safetensors"
    save_arrays(path, {"a": np.array([1.0, 2.0])}, {"seed": 1})
    good, content = path.read_bytes(), load_arrays(path)
    n_found = 0
    for position in range(len(good)):
        bad = bytearray(good)
        bad[position] ^= 1 << (position % 8)
        path.write_bytes(bad)
        try:
            arrays, metadata = load_arrays(path)
        except DamagedFileError as error:
            assert str(path) in str(error)
            n_found += 1
        else:  # only white space that pads the header may change unnoticed
            np.testing.assert_array_equal(arrays["a"], content[0]["a"])
            assert metadata == content[1]
    assert n_found > len(good) - 16


def test_any_truncation_is_found(tmp_path):
    path = tmp_path / "small.safetensors"
    save_arrays(path, {"a": np.array([1.0, 2.0])}, {"seed": 1})
    good = path.read_bytes()
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(DamagedFileError, match=r"small\.safetensors is damaged"):
            load_arrays(path)


def test_foreign_files_are_named(tmp_path):
    path = tmp_path / "foreign"
    path.write_text("a pickle, a picture or a poem")
    with pytest.raises(DamagedFileError, match=r"foreign is damaged.*not a safetensors file"):
        load_arrays(path)
    path.write_bytes(safetensors.numpy.save({"a": np.zeros(2)}, {"format": "pt"}))
    with pytest.raises(DamagedFileError, match="iblrnn_helpers did not write"):
        load_arrays(path)
    with pytest.raises(FileNotFoundError):
        load_arrays(tmp_path / "missing")


def test_file_of_a_later_format_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_FORMAT", 2)
    save_arrays(tmp_path / "later", {})
    monkeypatch.undo()
    with pytest.raises(DamagedFileError, match=r"file format 2.*reads 1"):
        load_arrays(tmp_path / "later")
