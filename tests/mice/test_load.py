"""The mice's files: what is accepted, what is refused, and what a download leaves behind."""

import functools
import gzip
import hashlib
import re
import threading
import tracemalloc
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import iblrnn_helpers as ibl
from iblrnn_helpers.core.files import DamagedFileError
from iblrnn_helpers.mice import load
from iblrnn_helpers.mice.alf import load_with_one, mouse_from_alf
from iblrnn_helpers.mice.cleaning import COLUMNS
from iblrnn_helpers.mice.load import (
    MiceNotFoundError,
    load_mice,
    mouse_names,
)
from iblrnn_helpers.mice.page import mice_for_page
from iblrnn_helpers.mice.read import read_mouse
from iblrnn_helpers.mice.record import MiceTask, MouseDataWarning

HEADER = ",".join(COLUMNS)
ROWS = (
    "1,1,0.5,0.25,-35.0,-1,1.0,0.3",
    "2,1,0.5,0.0,35.0,-1,0.0,0.5",
    "3,1,0.8,0.0,-35.0,-1,1.0,1.25",
    "4,1,0.8,1.0,35.0,1,1.0,",
    "5,1,0.2,0.0625,35.0,1,1.0,-0.2",
    "1,2,0.2,0.125,35.0,0,0.0,60.01",
)


# So many that a bad row beside them is not too many.
GOOD = tuple(f"{k},9,0.5,0.25,-35.0,-1,1.0,0.3" for k in range(1, 41))


def table(*rows, header=HEADER):
    return "\n".join((header, *rows)) + "\n"


def written(tmp_path, content, name="Ada.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_become_trials(tmp_path):
    mouse = read_mouse(written(tmp_path, table(*ROWS)))
    trials = mouse.trials
    assert mouse.agent == "Ada" and mouse.rejected == ()
    np.testing.assert_array_equal(trials.session, [0, 0, 0, 0, 0, 1])
    np.testing.assert_array_equal(trials.block, [0, 0, 1, 1, 2, 0])
    np.testing.assert_array_equal(trials.trial_in_block, [0, 1, 0, 1, 0, 0])
    np.testing.assert_array_equal(trials.block_side, [0, 0, -1, -1, 1, 1])
    np.testing.assert_array_equal(trials.side, [-1, 1, -1, 1, 1, 1])
    np.testing.assert_array_equal(trials.strength, [0.25, 0, 0, 1, 0.0625, 0.125])
    np.testing.assert_array_equal(mouse.choice, [-1, -1, -1, 1, 1, 0])
    np.testing.assert_array_equal(mouse.correct, [True, False, True, True, True, False])
    # missing, negative, and that of a trial without a choice
    np.testing.assert_array_equal(mouse.reaction_time, [0.3, 0.5, 1.25, np.nan, np.nan, np.nan])
    assert mouse.n_times_negative == 1
    compressed = read_mouse(written(tmp_path, gzip.compress(table(*ROWS).encode()), "Ada.csv.gz"))
    np.testing.assert_array_equal(compressed.choice, mouse.choice)


@pytest.mark.parametrize(
    "row, reason",
    [
        ("2,1,0.8,0.0,-0.0,0,0.0,60.0", "position is 0"),
        ("2,1,0.8,0.0,-30.0,-1,1.0,0.3", "position must be"),
        ("2,1,0.8,0.3,-35.0,-1,1.0,0.3", "contrast must be one of 0, 0.04, 0.0625"),
        ("2,1,0.8,,-35.0,-1,1.0,0.3", "contrast must be"),
        ("2,1,0.7,0.25,-35.0,-1,1.0,0.3", "stim_probability_left must be"),
        ("2,1,0.8,0.25,-35.0,2,1.0,0.3", "response_choice must be"),
        ("2,1,0.8,0.25,-35.0,-1,0.0,0.3", "trial_correct does not follow"),
        ("2,1,0.8,0.25,-35.0,0,1.0,60.0", "trial_correct does not follow"),
        ("1,1,0.8,0.25,-35.0,-1,1.0,0.3", "trial_num is not higher"),
        ("2,0,0.8,0.25,-35.0,-1,1.0,0.3", "whole numbers >= 1"),
        ("2.5,1,0.8,0.25,-35.0,-1,1.0,0.3", "whole numbers >= 1"),
    ],
)
def test_bad_rows_are_rejected_with_file_line_and_reason(tmp_path, row, reason):
    good = "1,1,0.8,0.25,-35.0,-1,1.0,0.3", "4,1,0.8,1,35,1,1,0.2"
    path = written(tmp_path, table(good[0], row, good[1], *GOOD))
    with pytest.warns(MouseDataWarning, match=rf"Ada.csv: 1 of 43 rows .* because .*{reason}"):
        mouse = read_mouse(path)
    (rejected,) = mouse.rejected
    assert rejected.file == "Ada.csv" and rejected.line == 3 and reason in rejected.reason
    # The trials after it keep their place in the block.
    np.testing.assert_array_equal(mouse.trials.trial_in_block[:2], [0, 3])
    np.testing.assert_array_equal(mouse.trials.block[:2], [0, 0])


def test_a_session_that_goes_back_is_rejected(tmp_path):
    rows = ("1,2,0.8,0.25,-35.0,-1,1.0,0.3", "9,1,0.8,0.25,-35.0,-1,1.0,0.3", *GOOD)
    with pytest.warns(MouseDataWarning):
        (rejected,) = read_mouse(written(tmp_path, table(*rows))).rejected
    assert rejected.line == 3 and "session_num is lower" in rejected.reason


WHOLE = gzip.compress(table(*ROWS * 50).encode())


@pytest.mark.parametrize(
    "content, error, message",
    [
        (table(*ROWS).encode()[:-25], DamagedFileError, "line 7 has 3 fields.*cut short"),
        (table(*ROWS, "1,3,0.5,,-35.0,-1"), DamagedFileError, "line 8 has 6 fields"),
        (table(*ROWS, ROWS[0] + ",7"), DamagedFileError, "line 8 has 9 fields, and the first 8"),
        (table(*ROWS, header=HEADER + ",contrast"), DamagedFileError, "column contrast 2 times"),
        (table(*ROWS, "1,3,0.5,0.25,35,True,1,"), ValueError, "choice must .*'True' in line 8"),
        (table(*ROWS, "1,3,0.5,0.25,35,1,maybe,"), ValueError, "correct must .*'maybe' in line 8"),
        (table("1,1", header="trial_num,session_num"), ValueError, "contrast.*missing"),
        (table(*ROWS, "x,1,0.5,0.25,-35.0,-1,1.0,0.3"), ValueError, "'x' in line 8"),
        (WHOLE[: len(WHOLE) // 2], DamagedFileError, "cut short"),
        (WHOLE[:30] + b"\xff\x00\xff" + WHOLE[33:], DamagedFileError, "is damaged"),
        ("\n<!DOCTYPE html><html>404</html>", DamagedFileError, "web page"),
        ("", DamagedFileError, "not a CSV table"),
        (table(*ROWS).replace(",", ";"), ValueError, "with commas between, got 'trial_num;session"),
        (table(*ROWS).replace(",", "\t"), ValueError, "with commas between, got"),
        ("# of 2020\n" + table(*ROWS), ValueError, "begin with the names .* got '# of 2020'"),
        (
            table(
                *(row + ',"5 inch' for row in GOOD[:9]), GOOD[0] + ',end"', header=HEADER + ",note"
            ),
            DamagedFileError,
            "a quote in line 2 goes on to line 3",
        ),
        (b"\x89PNG\r\n\xff\xfe\x00", (DamagedFileError, ValueError), "Ada.csv"),
        (
            table("1,1,0.5,0.9,-35.0,-1,1.0,0.3"),
            ValueError,
            r"1 of 1 rows .*contrast.*\(got 0\.9\)",
        ),
        (table(), ValueError, "Ada.csv has no row"),
    ],
)
def test_malformed_files_are_refused_plainly(tmp_path, content, error, message):
    with pytest.raises(error, match=message):
        read_mouse(written(tmp_path, content))


def test_numbers_beyond_what_64_bits_tell_apart_are_no_numbers_of_trials(tmp_path):
    rows = list(GOOD)
    rows[5] = rows[5].replace("6,9,", "1e16,9,")
    with pytest.warns(MouseDataWarning, match="1 of 40 rows are left out: 1 because trial_num and"):
        mouse = read_mouse(written(tmp_path, table(*rows)))
    assert [one.line for one in mouse.rejected] == [7]
    at_nanoseconds = table(*("159" + row.replace(",9", "0" * 16 + ",9", 1) for row in GOOD))
    with pytest.raises(
        ValueError, match=r"40 because trial_num and session_num must be whole .* <="
    ):
        read_mouse(written(tmp_path, at_nanoseconds))
    # Large ones that can be told apart: their product could not be.
    large = table(*(f"{10**15 + k},{10**15},0.5,0.25,-35,-1,1,0.3" for k in range(40)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mouse = read_mouse(written(tmp_path, large))
    np.testing.assert_array_equal(mouse.trials.trial_in_block, range(40))


def test_times_that_no_clock_shows_are_not_known(tmp_path):
    rows = [row.replace("0.3", "1e308") for row in GOOD]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mouse = read_mouse(written(tmp_path, table(*rows)))
    assert mouse.n_trials == 40 and np.isnan(mouse.reaction_time).all()


@pytest.mark.parametrize("mice", ["", ",", [], 5, [None], [5], b"KS014", Path("KS014")])
def test_what_names_no_mouse(mice):
    with pytest.raises(ValueError, match=r"mice must be names of mice|^unknown mouse"):
        load_mice(mice=mice)


@pytest.mark.parametrize("mouse_list", [",", 5, [5], "KS014, nobody", [""]])
def test_the_page_of_the_mice_names_what_is_no_list_of_mice(mouse_list):
    source = (Path(__file__).parents[2] / "notebooks" / "13_mice.py").read_text(encoding="utf-8")
    loading = re.search(
        r"^names = mouse_list.*?mice_for_page\(.*?\)\n", source, re.M | re.S
    ).group()
    with pytest.raises(ValueError, match=r"mice must be names of mice|^unknown mouse '(nobody)?'"):
        given = {"profile": "page", "mouse_list": mouse_list, "only_extract": False}
        exec(loading, {"ibl": ibl, **given})


def test_a_last_line_without_an_end_is_said(tmp_path):
    with pytest.warns(MouseDataWarning, match="last line has no end: cut short, perhaps"):
        mouse = read_mouse(written(tmp_path, table(*GOOD)[:-1]))
    assert mouse.n_trials == len(GOOD)


def test_a_small_file_that_holds_much_is_refused_before_it_takes_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "MOST_MEGABYTES", 1)
    path = written(tmp_path, gzip.compress(bytes(64 << 20), 1))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"Ada.csv must hold at most 1 MB of text, got more"):
            read_mouse(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20  # of 64
    finally:
        tracemalloc.stop()


def test_a_checksum_is_of_the_uncompressed_file(tmp_path):
    right = hashlib.sha256(table(*ROWS).encode()).hexdigest()
    for known in (right, right.upper()):
        read_mouse(
            written(tmp_path, gzip.compress(table(*ROWS).encode()), "Ada.csv.gz"), sha256=known
        )
    with pytest.raises(DamagedFileError, match="SHA-256 differs"):
        read_mouse(written(tmp_path, table(*ROWS[:-1])), sha256=right)


@pytest.fixture
def ada(monkeypatch):
    """A world in which the only public mouse is Ada."""
    sha256 = hashlib.sha256(table(*ROWS).encode()).hexdigest()
    monkeypatch.setattr(load, "registry", lambda: {"Ada": sha256})
    monkeypatch.delenv(load.FOLDER_VARIABLE, raising=False)


def test_all_54_mice_are_known_and_similar_names_are_suggested():
    assert len(mouse_names()) == 54
    assert all(len(sha256) == 64 for sha256 in load.registry().values())
    with pytest.raises(ValueError, match="unknown mouse 'CSHL_02'; did you mean CSHL_002"):
        load_mice(mice=["CSHL_02"])
    with pytest.raises(ValueError, match=r"unknown mouse 'q'; mouse_names\(\) lists all"):
        load_mice(mice=["q"])
    # As papermill hands on a list's one name, or several.
    for text in ("CSHL_02", "CSHL_002,CSHL_02", "CSHL_002, CSHL_02"):
        with pytest.raises(ValueError, match="unknown mouse 'CSHL_02'; did you mean CSHL_002"):
            load_mice(mice=text)


def test_a_folder_is_an_argument_or_of_the_environment(tmp_path, monkeypatch, ada):
    written(tmp_path, gzip.compress(table(*ROWS).encode()), "Ada.csv.gz")
    with pytest.warns(MouseDataWarning, match="the mice: negative reaction times are left out: 1"):
        assert load_mice(tmp_path)["Ada"].n_trials == 6
    monkeypatch.setenv(load.FOLDER_VARIABLE, str(tmp_path))
    assert list(load_mice()) == ["Ada"]
    (tmp_path / "Ada.csv.gz").unlink()
    with pytest.raises(MiceNotFoundError, match=r"no Ada\.csv.*in .*Fetch the CSV"):
        load_mice()
    with pytest.raises(MiceNotFoundError, match="no folder"):
        load_mice(tmp_path / "elsewhere")


@pytest.fixture
def server():
    """A web server that answers with ``answer``: status, claimed length or None, bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, length, content = self.server.answer
            self.server.asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(length or len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def address(server):
    return f"http://127.0.0.1:{server.server_port}/data/"


def test_a_download_is_kept_checked_and_repaired(tmp_path, ada, server):
    content = table(*ROWS).encode()
    server.answer = (200, None, content)
    for _ in range(2):
        path = load.download(["Ada"], address(server), tmp_path)["Ada"]
        assert path.read_bytes() == content
    assert server.asked == ["/data/Ada.csv"]
    path.write_bytes(content[:-20])
    assert load.download(["Ada"], address(server), tmp_path)["Ada"].read_bytes() == content
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "status, length, content",
    [
        (404, None, b"not here"),
        (200, None, b"<html>please log in</html>"),
        (200, None, table(*ROWS[:-1]).encode()),
        (200, len(table(*ROWS)), table(*ROWS).encode()[:100]),  # the connection ends in the middle
    ],
)
def test_a_failed_download_says_so_and_keeps_nothing(
    tmp_path, ada, server, status, length, content
):
    server.answer = (status, length, content)
    with pytest.raises(MiceNotFoundError, match=r"Fetch the CSV files .*IBLRNN_MOUSE_DATA"):
        load.download(["Ada"], address(server), tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_whether_all_can_be_had_is_asked_by_one_file(tmp_path, ada, server, monkeypatch):
    here = functools.partial(load.download, address=address(server), folder=tmp_path)
    monkeypatch.setattr(load, "download", here)
    server.answer = (404, None, b"not here")
    assert not load.can_be_had()
    server.answer = (200, None, table(*ROWS).encode())
    assert load.can_be_had() and load.can_be_had()
    assert server.asked == ["/data/Ada.csv"] * 2  # what is here is not asked for
    monkeypatch.setenv(load.FOLDER_VARIABLE, str(tmp_path / "elsewhere"))
    assert not load.can_be_had()
    monkeypatch.setenv(load.FOLDER_VARIABLE, str(tmp_path / "mice"))
    assert load.can_be_had()


def test_without_a_network_the_error_says_what_to_do(tmp_path, ada, server):
    closed = address(server)
    server.server_close()
    with pytest.raises(MiceNotFoundError, match="could not be downloaded"):
        load.download(["Ada"], closed, tmp_path)


ALF = {
    "contrastLeft": [0.25, np.nan, 0.0, np.nan],
    "contrastRight": [np.nan, 1.0, np.nan, 0.0],
    "choice": [1, -1, -1, 0],  # left, right, right, none
    "feedbackType": [1, 1, -1, -1],
    "probabilityLeft": [0.5, 0.8, 0.8, 0.2],
    "response_times": [10.5, 20.25, 31.0, 100.0],
    "stimOn_times": [10.0, 20.0, 30.0, 40.0],
}


def test_alf_tables_become_the_same_record():
    mouse = mouse_from_alf([ALF, ALF], "Bea")
    trials = mouse.trials
    np.testing.assert_array_equal(trials.session, [0] * 4 + [1] * 4)
    np.testing.assert_array_equal(trials.side[:4], [-1, 1, -1, 1])
    np.testing.assert_array_equal(trials.strength[:4], [0.25, 1, 0, 0])
    np.testing.assert_array_equal(trials.block_side[:4], [0, -1, -1, 1])
    np.testing.assert_array_equal(mouse.choice[:4], [-1, 1, 1, 0])
    np.testing.assert_array_equal(mouse.correct[:4], [True, True, False, False])
    np.testing.assert_array_equal(mouse.reaction_time[:4], [0.5, 0.25, 1.0, np.nan])
    lacking = {key: values for key, values in ALF.items() if key != "choice"}
    with pytest.raises(ValueError, match="session 2: the column 'choice' is missing"):
        mouse_from_alf([ALF, lacking], "Bea")
    with pytest.raises(ValueError, match="at least one"):
        mouse_from_alf([], "Bea")


def of_sides(n=40, **more):
    """A session of ALF without a fault."""
    side = np.where(np.arange(n) % 2, -1, 1)
    contrast = {
        f"contrast{s}": np.where(side == k, 0.25, np.nan) for s, k in (("Left", -1), ("Right", 1))
    }
    times = {"response_times": 4.0 * np.arange(n) + 0.5, "stimOn_times": 4.0 * np.arange(n)}
    rest = {"choice": -1.0 * side, "feedbackType": np.ones(n), "probabilityLeft": np.full(n, 0.5)}
    return pd.DataFrame(contrast | times | rest | more)


@pytest.mark.parametrize("note", ["biasedChoiceWorld", None, {}, {"name": "x"}, [1]])
def test_words_of_others_in_attrs_are_no_task(note):
    table = of_sides()
    table.attrs["task"] = note
    assert mouse_from_alf(table, "Bea").trials.task == MiceTask()


def test_a_task_in_attrs_may_hold_arrays():
    tables = [of_sides(), of_sides()]
    for one in tables:
        one.attrs["task"] = {"contrasts": np.array([0.0, 0.25])}
    assert mouse_from_alf(tables, "Bea").trials.task.contrasts == (0.0, 0.25)
    tables[1].attrs["task"] = {"contrasts": np.array([0.0, 0.25, 1.0])}
    with pytest.raises(ValueError, match="sessions must be of one task"):
        mouse_from_alf(tables, "Bea")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"block_lengths": None}, "block_lengths must be shortest and longest, got None"),
        ({"block_lengths": 5}, "block_lengths must be shortest and longest, got 5"),
        ({"block_lengths": (1, "b")}, "block_lengths must be a whole number, got 'b'"),
        ({"block_lengths": (5, 2)}, r"block_lengths must be shortest and longest, got \(5, 2\)"),
        (
            {"probabilities": [[0.5], [0.2, 0.8]]},
            r"probabilities must be a finite number, got \[0.5",
        ),
        ({"contrasts": "25"}, "contrasts must be a finite number, got '2'"),
    ],
)
def test_a_task_of_other_mice_names_what_is_wrong(task, message):
    with pytest.raises(ValueError, match=message):
        mouse_from_alf(of_sides(), "Bea", **task)


@pytest.mark.parametrize(
    ("sessions", "message"),
    [
        ({"eid1": of_sides(), "choice": np.ones(4)}, "got a mapping of tables and columns"),
        (of_sides(session=np.arange(40) // 20), "column 'session' must be of one session, got 2"),
        (of_sides(choice=np.array([True, False] * 20, dtype=object)), "'choice' must be numbers"),
    ],
)
def test_what_is_no_list_of_sessions(sessions, message):
    with pytest.raises(ValueError, match=message):
        mouse_from_alf(sessions, "Bea")


def test_a_column_that_names_the_one_session_is_no_harm():
    mouse = mouse_from_alf([of_sides(session="a"), of_sides(session="b")], "Bea")
    assert mouse.trials.n_sessions == 2


def test_one_is_asked_for_the_trials_of_each_session():
    class One:
        def load_object(self, session, kind):
            assert (session, kind) in {("a", "trials"), ("b", "trials")}
            return ALF

    assert load_with_one("Bea", ["a", "b"], One()).n_trials == 8
    task = {"contrasts": (0.0, 0.25, 1.0), "block_lengths": (1, 9)}
    own = load_with_one("Bea", ["a", "b"], One(), **task).trials.task
    assert own == MiceTask(**task)


def test_a_page_says_what_was_loaded(tmp_path, monkeypatch, ada):
    monkeypatch.setenv(load.FOLDER_VARIABLE, str(tmp_path))
    written(tmp_path, table(*ROWS))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a page has its note
        mice = mice_for_page(["Ada"])
    assert mice.are_all
    said = repr(mice)
    assert "1 of 4 blocks of equal stim_probability_left are not 20 to 100 trials long" in said
    assert "1 mouse, 2 sessions, 6 trials (all that were published)" in said
    assert "Rejected rows: 0" in said
    assert "time-outs: 1. Choices without a known reaction time: 2, of these 1" in said
    # What is there and damaged stays an error.
    written(tmp_path, table(*ROWS[:-1]))
    with pytest.raises(DamagedFileError):
        mice_for_page()


def test_the_public_files_hold_what_they_should(mouse_data, monkeypatch):
    monkeypatch.setenv(load.FOLDER_VARIABLE, mouse_data)
    mice = load_mice()
    assert len(mice) == 54
    assert sum(len(mouse.trials) for mouse in mice.values()) == 1_287_439 - 1_062
    reasons = {one.reason for mouse in mice.values() for one in mouse.rejected}
    assert reasons == {"position is 0: the side of the stimulus is not known"}
    assert sum(len(mouse.rejected) for mouse in mice.values()) == 1_062
    # 80% concordant: 1.14 million trials have a standard error of 0.0004.
    concordant = [m.trials.concordant[m.trials.block_side != 0] for m in mice.values()]
    assert np.concatenate(concordant).mean() == pytest.approx(0.8, abs=0.0015)
