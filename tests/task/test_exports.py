"""Exports, read back by the tools that they are for: ONE, pynwb, xarray."""

import re
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.mice.alf import mouse_from_alf
from iblrnn_helpers.task.alf import alf_trials, write_alf
from iblrnn_helpers.task.exports import to_nwb, to_xarray, trial_times, write_nwb
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network

PAGE = Path(__file__).parents[2] / "book" / "other_tools.md"
TASK = TaskParams(min_block_length=5, max_block_length=12, hazard=0.2, concordance=0.7)
DT = 0.25  # a power of two: times in seconds are exact


@pytest.fixture(scope="module")
def session():
    """An actor that times out now and then, over sessions of unequal length."""
    played = rollout(BayesianActor(TASK), sample_trials(TASK, n_sessions=3, n_blocks=4, seed=3))
    assert set(played.choice.tolist()) == {-1, 0, 1}
    assert len(set(np.diff(played.trials.session_start))) == 3
    return played


@pytest.fixture(scope="module")
def with_states():
    trials = sample_trials(TASK, n_sessions=2, n_blocks=2, seed=4)
    return rollout(RNNAgent(reference_network().network), trials, record_states=True)


def test_times_by_counting(session):
    times = trial_times(session, DT)
    now = 0.0
    for trial, n_steps in enumerate(session.n_steps):
        if trial in session.trials.session_start:
            now = 0.0
        assert times["start"][trial] == now
        assert times["stimulus_on"][trial] == now + DT * TASK.n_blank_steps
        now += DT * n_steps
        assert times["end"][trial] == now
    with pytest.raises(ValueError, match=r"dt must be at least 1e-09 and at most 1e\+09, got 0"):
        trial_times(session, 0)


def test_one_reads_the_trials(session, tmp_path):
    one_api = pytest.importorskip("one.api")
    paths = write_alf(session, tmp_path, dt=DT, lab="mylab", subject="actor-1", date="2020-02-03")
    one = one_api.One.setup(tmp_path, silent=True)
    eids = one.search(subject="actor-1", lab="mylab", date_range="2020-02-03")
    assert len(eids) == len(paths) == 3
    details = {one.get_details(eid)["number"]: eid for eid in eids}
    start = session.trials.session_start
    for number in (1, 2, 3):
        part = slice(start[number - 1], start[number])
        read = one.load_object(details[number], "trials")
        side, strength = session.trials.side[part], session.trials.strength[part]
        # ONE joins the two columns of intervals itself.
        assert read["intervals"].shape == (len(side), 2)
        lasted = read["response_times"] - read["stimOn_times"]
        np.testing.assert_array_equal(lasted, DT * session.n_observations_seen[part])
        # A clockwise turn, +1, brings a stimulus on the left to the middle.
        np.testing.assert_array_equal(read["choice"], -session.choice[part])
        contrast = read["contrastRight"], read["contrastLeft"]
        np.testing.assert_array_equal(np.where(side == 1, *contrast), strength)
        assert np.isnan(np.where(side == 1, *contrast[::-1])).all()
        correct = (read["feedbackType"] == 1).tolist()
        assert correct == session.correct[part].tolist()
        left = read["probabilityLeft"]
        assert left == pytest.approx(np.where(session.trials.block_side[part] < 0, 0.7, 0.3))


@pytest.mark.parametrize("concordance", [0.8, 0.7, 1.0])
@pytest.mark.parametrize("strengths", [TASK.strengths, (0.1 * 3, 1 / 3), (0.0, 25.0, 100.0)])
def test_our_own_reader_of_mice_takes_them_as_they_were(tmp_path, concordance, strengths):
    """Another task than the mice's, with time-outs: every trial, to the bit."""
    pytest.importorskip("pyarrow")
    task = replace(TASK, strengths=strengths, concordance=concordance)
    trials = sample_trials(task, n_sessions=3, n_blocks=4, seed=3)
    session = rollout(BayesianActor(task), trials)
    written = [pd.read_parquet(path) for path in write_alf(session, tmp_path, dt=DT)]
    own_word = {
        "contrasts": strengths,
        "probabilities": (concordance, 1 - concordance),
        "block_lengths": (TASK.min_block_length, TASK.max_block_length),
    }
    # ONE, and others, lose what a table says of itself.
    silent = [{name: table[name].to_numpy() for name in table} for table in written]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = [
            mouse_from_alf(alf_trials(session, dt=DT), "simulated"),
            mouse_from_alf(written, "simulated"),
            mouse_from_alf(silent, "simulated", **own_word),
        ]
    for mouse in read:
        for name in ("session", "block", "trial_in_block", "block_side", "side", "strength"):
            found, expected = getattr(mouse.trials, name), getattr(trials, name)
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected, err_msg=name)
        np.testing.assert_array_equal(mouse.choice, session.choice)
        np.testing.assert_array_equal(mouse.correct, session.correct)
        time = np.where(session.timed_out, np.nan, DT * session.n_observations_seen)
        np.testing.assert_array_equal(mouse.reaction_time, time)
        assert mouse.trials.strengths == trials.strengths
        assert mouse.trials.longest_block == trials.longest_block


def test_our_own_reader_refuses_what_it_is_not_told(session):
    tables = alf_trials(session, dt=DT)
    for table in tables:
        table.attrs.clear()
    with pytest.raises(
        ValueError, match=r"probabilityLeft must be 0\.2, 0\.5 or 0\.8 \(got 0\.[37]"
    ):
        mouse_from_alf(tables, "simulated")
    with pytest.raises(ValueError, match="sessions must be of one task"):
        mouse_from_alf([*alf_trials(session, dt=DT), tables[0]], "simulated")


def test_pynwb_reads_and_validates(with_states, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    session = with_states
    path = write_nwb(session, tmp_path / "second.nwb", 1, dt=DT)
    assert pynwb.validate(path=str(path)) == []
    first = session.trials.session_start[1]
    rows = slice(session.row_start[first], None)
    with pynwb.NWBHDF5IO(path, "r") as io:
        nwb = io.read()
        trials = nwb.trials.to_dataframe()
        frame = session.to_frame().iloc[first:]
        for name in ("block", "block_side", "side", "strength", "choice", "correct"):
            np.testing.assert_array_equal(trials[name], frame[name], err_msg=name)
        lasted = (trials["stop_time"] - trials["start_time"]) / DT
        np.testing.assert_array_equal(lasted, frame["n_steps"])
        assert trials["start_time"].iloc[0] == 0
        agent = nwb.processing["agent"]
        np.testing.assert_array_equal(agent["states"].data[:], session.states[rows])
        np.testing.assert_array_equal(agent["feedback"].data[:], session.inputs[rows, 2])
        np.testing.assert_array_equal(
            nwb.stimulus["observations"].data[:], session.inputs[rows, :2]
        )
        for series in (*agent.data_interfaces.values(), nwb.stimulus["observations"]):
            assert (series.rate, series.starting_time) == (1 / DT, 0)
        # The last state before each choice stands where the clock says.
        last = np.round(trials["stop_time"].to_numpy() / DT).astype(int) - 1
        p_right = agent["p_right"].data[:][last]
        np.testing.assert_array_equal(p_right > 0.5, frame["choice"] == 1)


def test_what_was_not_recorded_is_not_in_the_file(session):
    pytest.importorskip("pynwb")
    nwb = to_nwb(session, 2, dt=DT)
    assert set(nwb.processing["agent"].data_interfaces) == {"feedback", "p_right"}
    assert nwb.identifier == to_nwb(session, 2, dt=DT).identifier
    assert nwb.identifier != to_nwb(session, 1, dt=DT).identifier


def test_xarray_names_what_is_what(with_states):
    pytest.importorskip("xarray")
    session = with_states
    data = to_xarray(session)
    rows = session.row_trial, session.row_step
    np.testing.assert_array_equal(data.states.to_numpy()[rows], session.states)
    np.testing.assert_array_equal(data.observations.to_numpy()[rows], session.inputs[:, :2])
    np.testing.assert_array_equal(data.feedback.to_numpy()[rows], session.inputs[:, 2])
    assert data.states.notnull().any("unit").sum("step").equals(data.n_steps)
    # By name against by hand: the accuracy at each strength.
    by_name = data.correct.groupby("strength").mean()
    by_hand = session.to_frame().groupby("strength")["correct"].mean()
    pd.testing.assert_series_equal(by_name.to_series(), by_hand)
    right = data.observations.sel(observed_side=1).where(data.side == 1)
    rightward = data.observations.to_numpy()[:, :, 1]
    expected = np.where((session.trials.side == 1)[:, None], rightward, np.nan)
    np.testing.assert_array_equal(right, expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lab": "my lab"}, r"lab must match \\w\+, got 'my lab'"),
        ({"subject": "a/b"}, "subject must match"),
        ({"subject": ".."}, r"subject must match .*, got '\.\.'"),
        ({"subject": "."}, "subject must match"),
        ({"date": "today"}, "date must match"),
        ({"date": "2021-13-45"}, "date must be a day of the calendar, got '2021-13-45'"),
        ({"date": "2021-02-29"}, "date must be a day"),
        ({"date": 20210229}, "date must match"),
        ({"dt": -1}, "dt must be at least 1e-09 and at most 1e\\+09, got -1"),
    ],
)
def test_alf_names_what_is_wrong(session, tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        write_alf(session, tmp_path, **{"dt": DT, **wrong})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dt", [0, 1e-320, 1e308, 2**70, float("nan"), "1", None])
def test_a_step_lasts_what_clocks_can_tell(session, dt):
    with pytest.raises(ValueError, match="dt must be"):
        trial_times(session, dt)


def test_a_step_of_whole_seconds_is_the_same_in_every_type(session, tmp_path):
    pytest.importorskip("pynwb")
    for dt in (1, np.int64(1), np.float32(1), Fraction(1)):
        (table, *_) = alf_trials(session, dt=dt)
        assert set(table.dtypes.astype(str)) == {"float64"}
        pd.testing.assert_frame_equal(table, alf_trials(session, dt=1.0)[0])
        nwb = to_nwb(session, dt=dt)
        assert nwb.processing["agent"]["p_right"].rate == 1.0


@pytest.mark.parametrize(
    "name",
    [
        "001/alf/_ibl_trials.goCueTrigger_times.npy",
        "001/alf/_ibl_trials.table.1234abcd-1111-2222-3333-444455556666.pqt",
        "002/alf/#2020-01-01#/_ibl_trials.choice.npy",
        "003/raw_video_data/left.mp4",
        "1/alf/_ibl_trials.table.pqt",
    ],
)
def test_nothing_is_written_beside_files_of_others(session, tmp_path, name):
    pytest.importorskip("pyarrow")
    theirs = tmp_path / "simulated/Subjects/RNN/2000-01-01" / name
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    for overwrite in (False, True):
        with pytest.raises(ValueError, match=f"must hold nothing else, got {re.escape(name)}"):
            write_alf(session, tmp_path, dt=DT, overwrite=overwrite)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [theirs]
    theirs.rename(theirs.with_name(".DS_Store"))
    assert len(write_alf(session, tmp_path, dt=DT)) == 3


def test_a_day_has_at_most_999_sessions(tmp_path):
    many = sample_trials(
        replace(TASK, min_block_length=1, max_block_length=1), n_sessions=1000, n_blocks=1, seed=1
    )
    with pytest.raises(ValueError, match="session must hold at most 999 sessions, got 1000"):
        write_alf(rollout(BayesianActor(many.params), many), tmp_path, dt=DT)


def test_an_nwb_file_is_replaced_only_if_asked(session, tmp_path):
    pytest.importorskip("pynwb")
    path = tmp_path / "mine.nwb"
    path.write_text("years of work")
    with pytest.raises(
        ValueError, match=r"path must be new, or give overwrite=True, got .*mine\.nwb"
    ):
        write_nwb(session, path, dt=DT)
    assert path.read_text() == "years of work"
    assert write_nwb(session, path, dt=DT, overwrite=True).read_bytes()[1:4] == b"HDF"


def test_sessions_of_two_runs_are_never_mixed(session, tmp_path):
    pytest.importorskip("pyarrow")
    paths = write_alf(session, tmp_path, dt=DT)
    assert write_alf(session, tmp_path, dt=DT) == paths  # the same again
    before = [path.read_bytes() for path in paths]
    shorter = session.of_sessions(np.arange(3) < 2)
    for other in (shorter, session.of_sessions(np.arange(3) == 1)):
        for overwrite in (False, True):
            with pytest.raises(
                ValueError, match=r"must hold nothing else, got 00[23]/alf/|holds other"
            ):
                write_alf(other, tmp_path, dt=DT, overwrite=overwrite)
    with pytest.raises(
        ValueError, match=r"001/alf/_ibl_trials.table.pqt holds other trials: .*over"
    ):
        write_alf(session, tmp_path, dt=2 * DT)
    assert [path.read_bytes() for path in paths] == before
    assert write_alf(session, tmp_path, dt=2 * DT, overwrite=True) == paths
    assert pd.read_parquet(paths[0])["intervals_1"].iloc[0] == 2 * DT * session.n_steps[0]
    assert len(write_alf(shorter, tmp_path, dt=DT, date="2000-01-02")) == 2


def test_archives_find_a_subject(session):
    """What DANDI asks for: an id without slashes, a species, a sex and an age."""
    pytest.importorskip("pynwb")
    subject = to_nwb(replace(session, agent="mine/an actor"), dt=DT).subject
    assert (subject.subject_id, subject.sex, subject.age) == ("mine-an-actor", "U", "P0D")
    assert re.fullmatch(r"http://purl\.obolibrary\.org/obo/NCBITaxon_\d+", subject.species)
    assert "mine/an actor" in subject.description


def test_nwb_names_what_is_wrong(session, tmp_path):
    with pytest.raises(ValueError, match=r"path must end in \.nwb"):
        write_nwb(session, tmp_path / "file.h5", dt=DT)
    with pytest.raises(ValueError, match="number must be at least 0 and at most 2, got 3"):
        write_nwb(session, tmp_path / "file.nwb", 3, dt=DT)
    assert not list(tmp_path.iterdir())


def test_the_books_examples_run(tmp_path, monkeypatch):
    for name in ("one.api", "pynwb", "xarray"):
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    names = {}
    sections = PAGE.read_text().split("\n## ")[2:]
    for code in re.findall(r"```python\n(.*?)```", "\n".join(sections), re.S):
        exec(code, names)
    assert len(names["trials"]["choice"]) == len(names["table"]) == len(names["nwb_trials"])
    assert set(names["accuracy"].dims) == {"strength", "concordant"}


def test_words_of_ones_own_in_an_nwb_file(session):
    pytest.importorskip("pynwb")
    told = {"experimenter": ["Curie, Marie", "Meitner, Lise"], "description": "Mine."}
    nwb = to_nwb(session, dt=DT, subject={"subject_id": "actor-1", "sex": "O"}, **told)
    assert list(nwb.experimenter) == told["experimenter"] and nwb.session_description == "Mine."
    assert (nwb.subject.subject_id, nwb.subject.sex) == ("actor-1", "O")
    assert nwb.subject.species == to_nwb(session, dt=DT).subject.species  # what is not said stays


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"subject": {"colour": "grey"}},
            "fields of pynwb's Subject, got .*colour",
        ),
        ({"subject": {"age": 3}}, "subject must be fields of pynwb's Subject"),
        ({"subject": "RNN"}, "subject must be fields of pynwb's Subject, got 'RNN'"),
        ({"experimenter": 3}, "experimenter must be a name or several, got 3"),
        ({"experimenter": ["a", 3]}, "experimenter must be text that can be printed, got 3"),
        ({"description": " "}, "description must be a text, got ' '"),
    ],
)
def test_words_that_no_file_takes_are_named(session, wrong, message):
    pytest.importorskip("pynwb")
    with pytest.raises(ValueError, match=message):
        to_nwb(session, dt=DT, **wrong)
