"""The extract that ships: trial by trial what the published files hold, with and without them."""

import hashlib
import warnings

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.core.files import DamagedFileError
from iblrnn_helpers.mice import extract, load
from iblrnn_helpers.mice.cleaning import COLUMNS
from iblrnn_helpers.mice.load import load_mice, mouse_names
from iblrnn_helpers.mice.page import mice_for_page
from iblrnn_helpers.mice.read import read_mouse
from iblrnn_helpers.mice.record import MouseDataWarning

CONTENT = "39fd3ff24722ae42d9dd7b8138b32babcb7aae57659fc0cc049b001e96341676"

pytestmark = pytest.mark.filterwarnings("ignore::iblrnn_helpers.mice.record.MouseDataWarning")


def same_trials(mouse, whole, kept):
    """Whether a mouse's trials are those of another's sessions ``kept``, to the bit."""
    there = np.isin(whole.trials.session, kept)
    for column in ("block", "trial_in_block", "block_side", "side", "strength"):
        np.testing.assert_array_equal(
            getattr(mouse.trials, column), getattr(whole.trials, column)[there]
        )
    np.testing.assert_array_equal(
        mouse.trials.session, np.searchsorted(kept, whole.trials.session[there])
    )
    np.testing.assert_array_equal(mouse.choice, whole.choice[there])
    np.testing.assert_array_equal(mouse.reaction_time, whole.reaction_time[there])
    return True


def with_blocks(mouse, n_sessions):
    return np.unique(mouse.trials.session[mouse.trials.block_side != 0])[-n_sessions:]


def test_what_ships_is_what_was_counted_in_the_published_files():
    """Numbers and checksum were taken from the CSV files, read by pandas alone."""
    rows = extract.unpack(extract.EXTRACT.read_bytes())
    assert list(rows) == mouse_names()
    assert sum(len(of_mouse["line"]) for of_mouse in rows.values()) == 232_910
    sha256 = hashlib.sha256()
    for of_mouse in rows.values():
        for column in COLUMNS:
            # -0.0, which stands for an unknown side, is 0 here.
            sha256.update((of_mouse[column] + 0.0).astype("<f8").tobytes())
    assert sha256.hexdigest() == CONTENT
    assert extract.EXTRACT.stat().st_size < 1_000_000

    mice = extract.load_extract()
    assert sum(mouse.n_trials for mouse in mice.values()) == 232_910 - 190
    n_sessions = [mouse.trials.n_sessions for mouse in mice.values()]
    assert sorted(n_sessions) == [4] + [5] * 3 + [6] * 50
    for mouse in mice.values():
        assert len(with_blocks(mouse, 99)) == mouse.trials.n_sessions
    assert sum(mouse.n_times_negative for mouse in mice.values()) == 113


def test_trial_by_trial_it_is_what_the_published_files_hold(mouse_data, tmp_path):
    mice, published = extract.load_extract(), load_mice(mouse_data)
    for name, mouse in mice.items():
        whole = published[name]
        assert same_trials(mouse, whole, with_blocks(whole, extract.N_SESSIONS))
        reasons = {one.line: one.reason for one in whole.rejected}
        assert all(reasons[one.line] == one.reason for one in mouse.rejected)
    extract.make_extract(tmp_path / "again.npz", mouse_data)
    again = extract.unpack((tmp_path / "again.npz").read_bytes())
    for name, of_mouse in extract.unpack(extract.EXTRACT.read_bytes()).items():
        for column, values in of_mouse.items():
            np.testing.assert_array_equal(values, again[name][column])


def planted(seed):
    """A table of ten sessions, of which 2, 3, 5 to 8 and 10 have blocks; with all that can be."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(1, 11):
        n = int(rng.integers(60, 90))
        probability = np.repeat([0.5, 0.2, 0.8], [20, 20, n - 40])
        # As times are made: the difference of what a clock shows, tenths of a millisecond or less.
        start = np.round(np.cumsum(rng.uniform(1, 60, n)), 4 + 2 * (number % 2))
        side = rng.choice([-35.0, 35.0], n)
        choice = rng.choice([-1, 1], n)
        choice[rng.random(n) < 0.03] = 0
        part = pd.DataFrame(
            {
                "trial_num": 1 + np.arange(n) + (np.arange(n) > 30),  # one is missing
                "session_num": number,
                "stim_probability_left": 0.5 if number in (1, 4, 9) else probability,
                "contrast": rng.choice([0.0, 0.04, 0.0625, 0.08, 0.125, 0.25, 0.5, 1.0], n),
                "position": side,
                "response_choice": choice,
                "trial_correct": 1.0 * (choice == np.sign(side)),
                "reaction_time": np.round(start + rng.exponential(1, n) - 0.01, 4) - start,
            }
        )
        part.loc[5, "reaction_time"] = np.nan
        # An unknown side: the row is rejected.
        part.loc[25, ["position", "response_choice", "trial_correct"]] = [-0.0, 0, 0.0]
        parts.append(part)
    return pd.concat(parts)[list(COLUMNS)]


@pytest.fixture
def two_mice(tmp_path, monkeypatch):
    """A world with two public mice, Ada and Bob, and an extract of them that ships."""
    known = {}
    for seed, name in enumerate(("Ada", "Bob")):
        text = planted(seed).to_csv(index=False)
        (tmp_path / f"{name}.csv").write_text(text, newline="")
        known[name] = hashlib.sha256(text.encode()).hexdigest()
    monkeypatch.setattr(load, "registry", lambda: known)
    monkeypatch.setattr(extract, "registry", lambda: known)
    monkeypatch.setattr(extract, "EXTRACT", tmp_path / "extract.npz")
    extract.make_extract(extract.EXTRACT, tmp_path)
    data = extract.EXTRACT.read_bytes()
    monkeypatch.setattr(extract, "SHA256", hashlib.sha256(data).hexdigest())
    return tmp_path


@pytest.mark.parametrize(("n_sessions", "kept"), [(2, [8, 10]), (6, [3, 5, 6, 7, 8, 10])])
def test_planted_sessions_come_back_to_the_bit(two_mice, monkeypatch, n_sessions, kept):
    extract.make_extract(extract.EXTRACT, two_mice, n_sessions=n_sessions)
    data = extract.EXTRACT.read_bytes()
    monkeypatch.setattr(extract, "SHA256", hashlib.sha256(data).hexdigest())
    mice = extract.load_extract()
    assert list(mice) == ["Ada", "Bob"]
    for name, mouse in mice.items():
        whole = read_mouse(two_mice / f"{name}.csv")
        assert same_trials(mouse, whole, np.array(kept) - 1)
        assert np.isnan(mouse.reaction_time).sum() >= n_sessions
        # One row of each session is rejected, and has its line in the published file.
        table = pd.read_csv(two_mice / f"{name}.csv")
        lines = 2 + np.flatnonzero((table.position == 0) & table.session_num.isin(kept))
        assert [one.line for one in mouse.rejected] == lines.tolist()
        assert {one.file for one in mouse.rejected} == {f"{name}.csv"}
        negative = table.session_num.isin(kept) & (table.reaction_time < 0)
        assert mouse.n_times_negative == (negative & (table.response_choice != 0)).sum()
    assert list(extract.load_extract("Bob")) == ["Bob"]


def test_what_cannot_come_back_is_not_packed():
    good = {"line": np.arange(2.0, 82)} | {c: planted(0)[c].to_numpy(float)[:80] for c in COLUMNS}
    extract.pack({"Ada": good})
    for column, value in (
        ("contrast", 1e-5),
        ("position", 35.5),
        ("position", 300.0),
        ("trial_num", np.nan),
        ("trial_correct", 0.5),
        ("reaction_time", 0.1234567891),
        ("reaction_time", np.inf),
        ("reaction_time", 1e9),
    ):
        changed = good[column].copy()
        changed[7] = value
        with pytest.raises(ValueError, match=f"Ada: {column} cannot be packed without loss"):
            extract.pack({"Ada": good | {column: changed}})


def test_a_damaged_extract_is_refused(two_mice):
    data = bytearray(extract.EXTRACT.read_bytes())
    data[len(data) // 2] ^= 1
    extract.EXTRACT.write_bytes(data)
    with pytest.raises(DamagedFileError, match="is not the file that ships: its SHA-256 differs"):
        extract.load_extract()


def test_its_mice_are_asked_for_by_name():
    with pytest.raises(ValueError, match="unknown mouse 'CSHL_02'; did you mean CSHL_002"):
        extract.load_extract(["CSHL_02"])
    with pytest.warns(MouseDataWarning, match="the mice's extract: .* rows are left out"):
        mice = extract.load_extract("CSHL_002")
    assert list(mice) == ["CSHL_002"]


def test_a_page_has_the_extract_where_the_files_are_not(two_mice, monkeypatch):
    monkeypatch.setenv(load.FOLDER_VARIABLE, str(two_mice))
    everything = mice_for_page()
    assert everything.are_all and everything.n_sessions == 20
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a page has its note
        asked = mice_for_page(["Bob"], extract=True)
    assert not asked.are_all and list(asked) == ["Bob"] and asked.n_sessions == 6
    (two_mice / "Ada.csv").unlink()
    mice = mice_for_page()
    assert not mice.are_all and mice.n_sessions == 12
    for shown in (repr(mice), mice._repr_html_()):
        assert f"2 mice, 12 sessions, {mice.n_trials:,} trials (the extract that ships" in shown
        assert "no Ada.csv" in shown and "IBLRNN_MOUSE_DATA" in shown
    with pytest.raises(ValueError, match="unknown mouse"):
        mice_for_page(["nobody"])
