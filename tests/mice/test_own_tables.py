"""A laboratory's own tables: one or many, in memory or in files; and an export, read back."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest

import iblrnn_helpers as ibl
from iblrnn_helpers.core.files import DamagedFileError
from iblrnn_helpers.mice.alf import mouse_from_alf
from iblrnn_helpers.mice.read import read_mouse
from iblrnn_helpers.mice.record import MouseDataWarning
from iblrnn_helpers.task.alf import ExportWarning, alf_trials, write_alf
from iblrnn_helpers.task.blocks import Blocks

CONTRASTS, PROBABILITIES = (0.05, 1 / 3, 0.9), (0.1, 0.5, 0.9)
OWN = {"contrasts": CONTRASTS, "probabilities": PROBABILITIES, "block_lengths": (15, 30)}
COLUMNS = ("session", "block", "trial_in_block", "block_side", "side", "strength")
DT = 0.25  # a power of two: times in seconds are exact


def made(n=120, seed=0):
    """A session of a mouse in blocks of three kinds; the arrays are the oracle."""
    rng = np.random.default_rng(seed)
    p_left = np.repeat([0.5, 0.1, 0.9, 0.5, 0.9, 0.1], n // 6)
    side = np.where(rng.random(n) < p_left, -1, 1)
    contrast = rng.choice(CONTRASTS, n)
    choice = np.where(rng.random(n) < 0.8, side, -side)
    shown = 4.0 * np.arange(n)
    return {
        "contrastLeft": np.where(side < 0, contrast, np.nan),
        "contrastRight": np.where(side > 0, contrast, np.nan),
        "choice": -1.0 * choice,
        "feedbackType": np.where(choice == side, 1.0, -1.0),
        "probabilityLeft": p_left,
        "response_times": shown + 0.25 * rng.integers(1, 9, n),
        "stimOn_times": shown,
    }


TWO = [made(seed=0), made(seed=1)]


def assert_same(one, other):
    for name in COLUMNS:
        found, expected = getattr(one.trials, name), getattr(other.trials, name)
        assert found.dtype == expected.dtype and found.tobytes() == expected.tobytes(), name
    assert one.choice.tobytes() == other.choice.tobytes()
    assert one.reaction_time.tobytes() == other.reaction_time.tobytes()
    assert one.agent == other.agent and one.rejected == other.rejected


@pytest.fixture(scope="module")
def ada():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return mouse_from_alf(TWO, "Ada", **OWN)


def test_probabilities_of_the_other_side_are_told():
    """Of the right where the left is asked for: in blocks of 0.9 a tenth is on their side."""
    other = [one | {"probabilityLeft": 1 - one["probabilityLeft"]} for one in TWO]
    side = np.concatenate([np.where(np.isnan(one["contrastLeft"]), 1, -1) for one in TWO])
    block = np.concatenate([np.sign(one["probabilityLeft"] - 0.5) for one in TWO])
    share = (side == block)[block != 0].mean()
    with pytest.warns(MouseDataWarning, match=rf"but only {share:.0%} of the trials in blocks"):
        mouse_from_alf(other, "Ada", **OWN)


def test_a_table_of_three_kinds_of_blocks_is_what_was_made(ada):
    expected = {
        "side": [np.where(np.isnan(one["contrastLeft"]), 1, -1) for one in TWO],
        "strength": [np.fmax(one["contrastLeft"], one["contrastRight"]) for one in TWO],
        "block_side": [np.sign(0.5 - one["probabilityLeft"]) for one in TWO],
        "block": [np.arange(120) // 20] * 2,
        "trial_in_block": [np.arange(120) % 20] * 2,
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(getattr(ada.trials, name), np.concatenate(values), name)
    np.testing.assert_array_equal(ada.choice, np.concatenate([-one["choice"] for one in TWO]))
    unbiased = np.concatenate([one["probabilityLeft"] for one in TWO]) == 0.5
    frame = ada.to_frame()
    np.testing.assert_array_equal(frame["concordant"].isna(), unbiased)
    expected = (ada.trials.side == ada.trials.block_side)[~unbiased]
    np.testing.assert_array_equal(frame["concordant"][~unbiased].astype(bool), expected)
    assert len(frame) == 240 and frame["correct"].tolist() == ada.correct.tolist()
    assert repr(ada) == "Ada: 2 sessions, 240 trials; nothing is left out" and ada.left_out.empty
    with pytest.warns(MouseDataWarning, match="blocks of equal"):
        doubted = mouse_from_alf(TWO, "Ada", **OWN | {"block_lengths": (30, 40)})
    assert repr(doubted).startswith("Ada: 2 sessions, 240 trials; nothing is left out; ")
    assert repr(doubted).endswith("are not 30 to 40 trials long (but 20 to 20)")


def as_folder(tmp_path, number, table):
    """A session in the layout of ONE, with a file a column, as older ones have it."""
    folder = tmp_path / f"lab/Subjects/Ada/2024-05-0{number}/001/alf"
    folder.mkdir(parents=True)
    for name, values in table.items():
        np.save(folder / f"_ibl_trials.{name}.npy", values)
    return folder.parent


def as_file(tmp_path, number, table, ending):
    path = tmp_path / f"Ada.{number}.{ending}"
    if ending == "npz":
        np.savez(path, **table, video=np.zeros((3, 3)))
    elif ending in ("pqt", "parquet"):
        pytest.importorskip("pyarrow")
        pd.DataFrame(table).to_parquet(path)
    else:
        pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("ending", ["npz", "pqt", "parquet", "csv", "csv.gz"])
def test_files_of_every_kind_are_the_same_mouse(tmp_path, ada, ending):
    paths = [as_file(tmp_path, k, table, ending) for k, table in enumerate(TWO)]
    assert_same(read_mouse(paths, **OWN), ada)
    assert_same(read_mouse([TWO[0], str(paths[1])], "Ada", **OWN), ada)
    first = mouse_from_alf(TWO[0], "Ada", **OWN)
    assert_same(read_mouse(paths[0], **OWN), first)
    of_two = read_mouse({"Ada": paths, "Bea": paths[0]}, **OWN)
    assert list(of_two) == ["Ada", "Bea"] and of_two["Bea"].agent == "Bea"
    assert_same(of_two["Ada"], ada)


def test_tables_in_memory_are_one_mouse_or_many_by_name(ada):
    frames = [pd.DataFrame(one) for one in TWO]
    for read in (read_mouse, mouse_from_alf):
        for several in (TWO, frames, iter(frames), dict(zip("ab", TWO, strict=True))):
            assert_same(read(several, "Ada", **OWN), ada)
        of_series = [dict(frame.items()) for frame in frames]
        assert_same(read(of_series, "Ada", **OWN), ada)
        assert_same(read(of_series[0], "Ada", **OWN), read(frames[0], "Ada", **OWN))
        mice = read({"Ada": frames, "Bea": TWO[1]}, **OWN)
        assert_same(mice["Ada"], ada)
        assert_same(mice["Bea"], mouse_from_alf([TWO[1]], "Bea", **OWN))
        with pytest.raises(ValueError, match=r"name (must )?be (the mouse's|given)"):
            read(TWO, **OWN)


def test_folders_are_sessions_of_a_subject(tmp_path, ada):
    folders = [as_folder(tmp_path, k, table) for k, table in enumerate(TWO, start=1)]
    for source in (tmp_path, folders[0].parents[1], folders):
        assert_same(read_mouse(source, **OWN), ada)
    assert read_mouse(folders[1], **OWN).agent == "Ada"
    assert read_mouse(folders[1] / "alf", "Bea", **OWN).agent == "Bea"
    (folders[0] / "alf/#2024-06-01#").mkdir()
    np.save(folders[0] / "alf/#2024-06-01#/_ibl_trials.choice.npy", TWO[0]["choice"])
    with pytest.raises(ValueError, match=r"001 must hold its trials once, got alf and alf/#2024"):
        read_mouse(tmp_path, **OWN)
    (tmp_path / "lab/Subjects/Bea/2024-05-01/001/alf").mkdir(parents=True)
    (folders[0] / "alf/#2024-06-01#/_ibl_trials.choice.npy").rename(
        tmp_path / "lab/Subjects/Bea/2024-05-01/001/alf/_ibl_trials.choice.npy"
    )
    with pytest.raises(ValueError, match="sessions of one subject, got Ada, Bea: give a dict"):
        read_mouse(tmp_path, **OWN)
    bea = tmp_path / "lab/Subjects/Bea"
    with pytest.raises(ValueError, match="of one mouse, or name be given, got several: Ada, Bea"):
        read_mouse([folders[0], bea], **OWN)
    with pytest.raises(ValueError, match="session 1: the column 'contrastLeft' is missing"):
        read_mouse(bea, **OWN)


def test_what_is_no_table_is_named(tmp_path):
    table = tmp_path / "Ada.csv"
    pd.DataFrame(TWO[0]).to_csv(table, index=False)
    public = tmp_path / "public.csv"
    public.write_text("trial_num,session_num\n1,1\n")
    for name in ("Ada.npz", "Ada.pqt"):
        (tmp_path / name).write_bytes(b"not a table")
    np.savez(tmp_path / "objects.npz", choice=np.array([{}], dtype=object))
    (tmp_path / "empty").mkdir()
    pytest.importorskip("pyarrow")
    for source, error, message in (
        (tmp_path / "no.npz", FileNotFoundError, r"no\.npz must be a file or a folder"),
        (tmp_path / "no.pqt", FileNotFoundError, r"no\.pqt must be a file or a folder"),
        (tmp_path / "no.csv", FileNotFoundError, r"no\.csv"),
        (tmp_path / "Ada.npz", DamagedFileError, r"Ada\.npz is not of NumPy"),
        (tmp_path / "objects.npz", DamagedFileError, r"objects\.npz is not of NumPy"),
        (tmp_path / "Ada.pqt", DamagedFileError, r"Ada\.pqt is not a table in Parquet"),
        (tmp_path / "empty", ValueError, "empty must hold trials, .* got no such file"),
        ([table, public], ValueError, r"public\.csv must be a table with the columns of ALF, cont"),
        ([], ValueError, "at least one trials table, got none"),
        (5, ValueError, "sessions must be trials tables, got 5"),
    ):
        with pytest.raises(error, match=message):
            read_mouse(source, "Ada", **OWN)
    for source in ({"Ada": table}, [table, table], tmp_path / "Ada.npz"):
        with pytest.raises(ValueError, match="sha256 must be"):
            read_mouse(source, sha256="0" * 64)
    with pytest.raises(DamagedFileError, match="SHA-256 differs"):
        read_mouse(table, sha256="0" * 64)
    table.write_text(table.read_text()[:-1])
    with pytest.warns(MouseDataWarning, match="its last line has no end"):
        read_mouse(table, **OWN)
    table.write_text(table.read_text()[:-40])
    with pytest.raises(DamagedFileError, match=r"Ada\.csv is not a CSV table: line 120 has 6"):
        read_mouse(table, **OWN)


def test_what_is_left_out_is_in_the_record_row_by_row_and_in_a_sentence():
    tables = [dict(one) for one in copy.deepcopy(TWO)]
    tables[1]["contrastRight"][np.isnan(tables[1]["contrastLeft"]).argmax()] = 0.3
    tables[1]["choice"][[50, 51]] = 7
    tables[0]["response_times"][3] = tables[0]["stimOn_times"][3] - 0.5
    place = int(np.isnan(tables[1]["contrastLeft"]).argmax()) + 1
    before = copy.deepcopy(tables)
    with pytest.warns(MouseDataWarning) as caught:
        mouse = mouse_from_alf(tables, "Ada", **OWN)
    said = (
        "3 of 240 rows are left out: 1 because contrastLeft and contrastRight must be one of 0.05, "
        "0.333333, 0.9 (got 0.3), 2 because choice must be -1, 0 or 1 (got 7); negative reaction "
        "times are left out: 1"
    )
    assert [str(one.message) for one in caught] == [f"trials of Ada: {said}"]
    assert repr(mouse) == f"Ada: 2 sessions, 237 trials; {said}"
    out = mouse.left_out
    assert out["session"].tolist() == [2, 2, 2] and out["trial"].tolist() == [place, 51, 52]
    assert out["line"].tolist() == [120 + place + 1, 172, 173]
    assert out["value"].tolist() == [0.3, 7, 7] and (out["file"] == "trials of Ada").all()
    for table, old in zip(tables, before, strict=True):  # the caller's stay as they are
        for name in old:
            np.testing.assert_array_equal(table[name], old[name])


@pytest.mark.parametrize(
    "change",
    [
        {"contrastLeft": lambda v: (100 * v).astype(np.float32)},
        {"contrastLeft": lambda v: -v, "response_times": lambda v: np.where(v < 9, np.inf, v)},
        {"choice": lambda v: np.ma.array(v, mask=np.arange(len(v)) == 3)},
    ],
)
def test_nothing_of_a_table_is_changed(change):
    table = dict(made())
    for name, how in change.items():
        table[name] = how(table[name])
    if "choice" not in change and "response_times" not in change:
        table["contrastRight"] = (100 * table["contrastRight"]).astype(np.float32)
    given = table if "choice" in change else pd.DataFrame(table)
    for values in table.values():
        values.flags.writeable = False
    before = copy.deepcopy(given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MouseDataWarning)
        mouse = mouse_from_alf(given, "Ada", **OWN)
    assert mouse.n_trials in (119, 120)
    assert set(np.unique(mouse.trials.strength)) == set(CONTRASTS)  # in 32 bits and percent, too
    if isinstance(given, pd.DataFrame):
        pd.testing.assert_frame_equal(given, before, check_exact=True)
    else:
        for name in before:
            np.testing.assert_array_equal(np.asarray(given[name]), np.asarray(before[name]))
        assert (given["choice"].mask == before["choice"].mask).all()


def test_contrasts_and_probabilities_that_are_not_the_laboratory_s_are_never_taken_in_silence():
    with pytest.raises(ValueError, match=r"left out: .*probabilityLeft must be 0\.2, 0\.5"):
        mouse_from_alf(TWO, "Ada", contrasts=CONTRASTS)
    with pytest.raises(ValueError, match=r"must be one of 0, 0\.04, .*\(got .*0\.333333"):
        mouse_from_alf(TWO, "Ada", probabilities=PROBABILITIES)
    for close in ((0.1, 0.5, 0.5000005), (0.1, 0.1000015)):
        with pytest.raises(ValueError, match="probabilities must differ by more than rounding"):
            mouse_from_alf(TWO, "Ada", contrasts=CONTRASTS, probabilities=close)
    asymmetric = [one | {"probabilityLeft": 0.3 + one["probabilityLeft"] / 2} for one in TWO]
    mouse = mouse_from_alf(
        asymmetric, "Ada", **OWN | {"probabilities": (0.35, 0.55, 0.75)}
    )  # 0.1, 0.5 and 0.9 before
    expected = [np.where(one["probabilityLeft"] > 0.2, -1, 1) for one in TWO]
    np.testing.assert_array_equal(mouse.trials.block_side, np.concatenate(expected))
    off = OWN | {"probabilities": (0.1, 0.7 - 0.2, 0.9)}  # 0.49999999999999994
    usual = mouse_from_alf(TWO, "Ada", **OWN).trials.block_side
    np.testing.assert_array_equal(mouse_from_alf(TWO, "Ada", **off).trials.block_side, usual)
    assert (usual == 0).any()


TASKS = {
    "the paper's": ibl.TaskParams(min_block_length=5, max_block_length=9),
    "the mice's": ibl.TaskParams(blocks="ibl"),
    "three kinds": ibl.TaskParams(
        blocks=Blocks((0.1, 0.5, 0.9), lengths=(8, {3: 0.5, 7: 0.5}, 6)), strengths=(0, 1 / 3, 2)
    ),
    "asymmetric, two on one side": ibl.TaskParams(
        blocks=Blocks((1 / 3, 0.6, 0.9), lengths=(5, 6, 7)), strengths=(0.0, 50.0, 100.0)
    ),
    "rare side": ibl.TaskParams(concordance=0.99, min_block_length=4, max_block_length=5),
}


def test_tables_that_note_another_task_are_of_one_that_is_given():
    task = TASKS["three kinds"]
    trials = ibl.sample_trials(task, n_sessions=2, n_blocks=4, seed=0)
    noted, other = alf_trials(ibl.rollout(ibl.BayesianActor(task), trials), dt=0.1)
    bare = other.copy()
    bare.attrs.clear()
    with pytest.raises(
        ValueError, match=r"one task, or contrasts.*given, .*1 note MiceTask.* no t"
    ):
        mouse_from_alf([noted, bare], "Ada", contrasts=task.strengths)
    own = {"contrasts": task.strengths, "probabilities": (0.9, 0.5, 0.1), "block_lengths": (3, 8)}
    assert_same(mouse_from_alf([noted, bare], "Ada", **own), mouse_from_alf([noted, other], "Ada"))


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_an_export_read_back_is_the_same_session(tmp_path, task):
    pytest.importorskip("pyarrow")
    trials = ibl.sample_trials(task, n_sessions=3, n_blocks=5, seed=4)
    session = ibl.rollout(ibl.BayesianActor(task), trials)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = write_alf(session, tmp_path, dt=DT, subject="actor-1")
        read = [read_mouse(tmp_path), read_mouse(paths), read_mouse({"actor-1": paths})["actor-1"]]
    for mouse in read:
        assert mouse.agent == "actor-1" and mouse.rejected == ()
        pd.testing.assert_frame_equal(  # all columns, and where `concordant` is missing
            mouse.to_frame().drop(columns="reaction_time"),
            session.to_frame().drop(columns=["n_steps", "block_p_right"], errors="ignore"),
        )
        unbiased = trials.block_p_right == 0.5
        np.testing.assert_array_equal(mouse.to_frame()["concordant"].isna(), unbiased)
        n_seen = np.where(mouse.timed_out, task.n_observations, mouse.reaction_time / DT)
        np.testing.assert_array_equal(n_seen + task.n_blank_steps, session.n_steps)
        assert mouse.trials.longest_block == trials.longest_block
        assert mouse.trials.strengths == trials.strengths


def test_what_a_table_cannot_hold_is_said(tmp_path):
    twice = ibl.TaskParams(
        blocks=Blocks((0.2, 0.8), following=((1.0, 0.0), (0.0, 1.0)), lengths=(4, 4))
    )
    even = ibl.TaskParams(concordance=0.5, min_block_length=4, max_block_length=4)
    for task, n_lost in ((twice, 8), (even, 8)):  # of two sessions of two blocks the second ones
        trials = ibl.sample_trials(task, n_sessions=2, n_blocks=2, seed=0)
        session = ibl.rollout(ibl.BayesianActor(task), trials)
        with pytest.warns(ExportWarning, match=f"block or trial_in_block of {n_lost} trials will"):
            tables = alf_trials(session, dt=DT)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MouseDataWarning)
            read = mouse_from_alf(tables, "x").trials
        differ = (read.block != trials.block) | (read.trial_in_block != trials.trial_in_block)
        assert differ.sum() == n_lost
        np.testing.assert_array_equal(read.side, trials.side)
