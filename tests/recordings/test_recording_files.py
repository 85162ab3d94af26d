"""Recordings in files: what is written comes back to the bit, and what is missing is said."""

import shutil
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

import iblrnn_helpers as ibl
from iblrnn_helpers.core.files import DamagedFileError
from iblrnn_helpers.mice.record import MiceTask
from iblrnn_helpers.recordings import (
    read_recording,
    record,
    write_alf_recording,
    write_nwb_recording,
)
from iblrnn_helpers.recordings.found import in_order
from iblrnn_helpers.recordings.recording import OF_TRIALS
from iblrnn_helpers.task.trials import COLUMNS

pytest.importorskip("pyarrow")
N_UNITS = 12
SPIKES = ("spike_time", "spike_unit", "unit")
IBL = MiceTask()


def made(seed=1, **params):
    task = ibl.TaskParams(**params)
    trials = ibl.sample_trials(task, n_sessions=1, n_blocks=5, seed=seed)
    session = ibl.rollout(ibl.BayesianActor(task), trials)
    evidence = np.cumsum(session.inputs[:, 1] - session.inputs[:, 0])
    session = replace(session, states=evidence[:, None])
    return record(session, n_units=N_UNITS, seed=seed)


@pytest.fixture(scope="module")
def recording():
    return replace(made(), unit=3 * np.arange(N_UNITS) + 2)


@pytest.fixture
def folder(recording, tmp_path):
    return write_alf_recording(recording, tmp_path, subject="actor-1", date="2020-02-03", number=7)


def same_to_the_bit(one, other, but=()):
    for name in {*SPIKES, *OF_TRIALS} - set(but):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one.trials, name), getattr(other.trials, name))
    assert one.trials.task == other.trials.task


def write(recording, tmp_path, kind):
    if kind == "alf":
        return write_alf_recording(recording, tmp_path)
    pytest.importorskip("pynwb")
    return write_nwb_recording(recording, tmp_path / "own.nwb")


@pytest.mark.parametrize("kind", ["alf", "nwb"])
@pytest.mark.parametrize("params", [{}, {"blocks": "ibl"}, {"strengths": (0.1, 1 / 3, 2.0)}])
def test_what_is_written_comes_back(kind, params, tmp_path):
    own = made(2, **params)
    read = read_recording(write(own, tmp_path, kind))
    same_to_the_bit(read, own)
    assert read.left_out == ()
    assert read.name == ("RNN 2000-01-01 001" if kind == "alf" else "RNN own")


@pytest.mark.parametrize("kind", ["alf", "nwb"])
def test_units_keep_their_numbers(kind, recording, tmp_path):
    same_to_the_bit(read_recording(write(recording, tmp_path, kind)), recording)


def test_units_that_have_words_for_names(recording, tmp_path):
    words = replace(recording, unit=np.array([f"u{k}" for k in range(N_UNITS)]))
    same_to_the_bit(read_recording(write(words, tmp_path, "nwb")), words)
    with pytest.raises(ValueError, match=r"unit must be whole numbers from 0 in ALF, got .*u0"):
        write(words, tmp_path, "alf")


def test_one_opens_the_folder(recording, folder, tmp_path):
    one_api = pytest.importorskip("one.api")
    one = one_api.One.setup(tmp_path, silent=True)
    (eid,) = one.search(subject="actor-1", date_range="2020-02-03", number=7)
    spikes = one.load_object(eid, "spikes", collection="alf/probe00")
    np.testing.assert_array_equal(spikes["times"], recording.spike_time)
    np.testing.assert_array_equal(spikes["clusters"], recording.unit[recording.spike_unit])
    metrics = one.load_object(eid, "clusters", collection="alf/probe00")["metrics"]
    np.testing.assert_array_equal(metrics["cluster_id"], recording.unit)
    trials = one.load_object(eid, "trials")
    np.testing.assert_array_equal(trials["intervals"], np.c_[recording.start, recording.end])
    np.testing.assert_array_equal(trials["choice"], -recording.choice)
    # The folder with the index is the same session still.
    same_to_the_bit(read_recording(tmp_path), recording)


def test_pynwb_finds_nothing_wrong(recording, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    path = write(recording, tmp_path, "nwb")
    assert pynwb.validate(path=str(path)) == []
    inspector = pytest.importorskip("nwbinspector")
    found = list(inspector.inspect_nwbfile(nwbfile_path=path))
    # What a simulation cannot have; its spikes' times have no smallest step.
    unavoidable = {
        "check_experiment_description",
        "check_experimenter_exists",
        "check_institution",
        "check_keywords",
        "check_units_resolution_is_set",
    }
    assert {one.check_function_name for one in found} <= unavoidable, found
    with pynwb.NWBHDF5IO(path, "r") as io:
        units = io.read().units
        of_third = recording.spike_time[recording.spike_unit == 3]
        np.testing.assert_array_equal(units["spike_times"][3], of_third)


def sorted_in(folder, below):
    """The spikes as a laboratory keeps them, in a folder of the sorting's below the probe's."""
    probe = folder / "alf" / "probe00"
    place = probe / below
    place.mkdir(parents=True)
    for file in probe.glob("*.*"):
        if file.is_file():
            shutil.move(file, place / file.name)
    return place


@pytest.mark.parametrize("below", ["pykilosort", "pykilosort/#2024-05-06#"])
@pytest.mark.parametrize("given", ["", "alf", "alf/probe00", "alf/probe00/pykilosort"])
def test_layouts_of_the_laboratory(recording, folder, below, given):
    sorted_in(folder, below)
    read = read_recording(folder / given)
    same_to_the_bit(read, recording)
    assert read.name == "actor-1 2020-02-03 007"


def test_a_revision_has_only_what_changed(recording, folder):
    place = sorted_in(folder, "pykilosort")
    revised = place / "#2024-05-06#"
    revised.mkdir()
    shutil.move(place / "spikes.times.npy", revised)
    shutil.move(place / "clusters.metrics.pqt", revised)
    same_to_the_bit(read_recording(folder), recording)


def test_a_sorting_and_its_revision_are_told_apart(recording, folder):
    place = sorted_in(folder, "pykilosort")
    shutil.copytree(place, revised := place / "#2024-05-06#")
    np.save(revised / "spikes.times.npy", recording.spike_time + 1e-3)
    names = ["probe00/pykilosort", "probe00/pykilosort/#2024-05-06#"]
    with pytest.raises(ValueError, match=f"got several, {', '.join(names)}"):
        read_recording(folder, probe="probe00")
    for name, later in zip(names, (0, 1e-3), strict=True):
        read = read_recording(folder, probe=name)
        np.testing.assert_array_equal(read.spike_time, recording.spike_time + later)


def test_columns_in_files_of_their_own(recording, folder):
    table = pd.read_parquet(path := folder / "alf" / "_ibl_trials.table.pqt")
    path.unlink()
    for column in table.columns[2:]:
        np.save(path.with_name(f"_ibl_trials.{column}.npy"), table[column])
    np.save(path.with_name("_ibl_trials.intervals.npy"), table[["intervals_0", "intervals_1"]])
    task = recording.trials.task
    noted = {name: getattr(task, name) for name in ("contrasts", "probabilities", "block_lengths")}
    same_to_the_bit(read_recording(folder, **noted), recording)


def test_two_probes_are_told_apart_by_name(recording, folder):
    other = folder / "alf" / "probe01"
    shutil.copytree(folder / "alf" / "probe00", other)
    np.save(other / "spikes.times.npy", recording.spike_time + 1e-3)
    with pytest.raises(ValueError, match=r"probe must be .* got several, probe00, probe01"):
        read_recording(folder)
    with pytest.raises(ValueError, match=r"\(probe00, probe01\), got 'probe0'"):
        read_recording(folder, probe="probe0")
    same_to_the_bit(read_recording(folder, probe="probe00"), recording)
    read = read_recording(folder, probe="probe01")
    np.testing.assert_array_equal(read.spike_time, recording.spike_time + 1e-3)
    same_to_the_bit(read_recording(folder / "alf" / "probe00"), recording)


def test_spikes_that_are_none_are_left_out_and_counted(recording, folder):
    place = folder / "alf" / "probe00"
    time, cluster = recording.spike_time.copy(), recording.unit[recording.spike_unit].astype(float)
    time[[3, 40]] = np.nan
    time[41] = np.inf
    cluster[100:105] = 1  # no unit of the metrics
    cluster[106] = np.nan
    silent = recording.unit[4]
    kept = np.isfinite(time) & np.isin(cluster, recording.unit)
    moved = np.r_[200:210, 0:200, 210 : len(time)]
    cluster[cluster == silent] = -1
    np.save(place / "spikes.times.npy", time[moved])
    np.save(place / "spikes.clusters.npy", cluster[moved])
    read = read_recording(folder)
    own = kept & (recording.unit[recording.spike_unit] != silent)
    np.testing.assert_array_equal(read.spike_time, recording.spike_time[own])
    expected = recording.unit[recording.spike_unit[own]]
    np.testing.assert_array_equal(read.unit[read.spike_unit], expected)
    assert silent not in read.unit and len(read.unit) == N_UNITS - 1
    n = len(time)
    n_stray = 6 + np.count_nonzero(recording.unit[recording.spike_unit] == silent)
    n_stray -= np.count_nonzero(~kept & (recording.unit[recording.spike_unit] == silent))
    assert read.left_out == (
        f"3 of {n:,} spikes are left out: their time is not known",
        f"{n_stray:,} of {n:,} spikes are left out: they are of no unit",
        "spikes were out of order in 1 places, and are sorted",
        "1 of 12 units are left out: they have no spike",
    )


def test_without_metrics_units_are_those_that_fire(recording, folder):
    (folder / "alf" / "probe00" / "clusters.metrics.pqt").unlink()
    same_to_the_bit(read_recording(folder), recording)


def test_trials_that_lack_something_are_left_out_and_counted(recording, folder):
    table = pd.read_parquet(path := folder / "alf" / "_ibl_trials.table.pqt")
    attrs, n = table.attrs, len(table)
    table.loc[[5, 6], "stimOn_times"] = np.nan
    table.loc[9, "intervals_0"] = np.nan
    table.loc[20, "response_times"] = table.loc[20, "stimOn_times"] - 1
    table.loc[30, "intervals_0"] = 0.0
    table.loc[40, "contrastLeft"] = table.loc[40, "contrastRight"] = 0.5
    table.attrs = attrs
    table.to_parquet(path)
    last = recording.spike_time < recording.start[n - 4]
    np.save(folder / "alf/probe00/spikes.times.npy", recording.spike_time[last])
    of_spikes = recording.unit[recording.spike_unit[last]]
    np.save(folder / "alf/probe00/spikes.clusters.npy", of_spikes)
    read = read_recording(folder)
    lost = [5, 6, 9, 20, 30, 40]
    kept = np.setdiff1d(np.arange(n - 4), lost)
    np.testing.assert_array_equal(read.number, kept)
    for name in set(OF_TRIALS) - {"number"}:
        np.testing.assert_array_equal(getattr(read, name), getattr(recording, name)[kept])
    for name in COLUMNS:
        expected = getattr(recording.trials, name)[kept]
        np.testing.assert_array_equal(getattr(read.trials, name), expected)
    said = "\n".join(read.left_out)
    assert f"1 of {n:,} rows are left out: 1 because contrastLeft and contrastRight" in said
    assert f"3 of {n - 1:,} trials are left out: a time of them is not known" in said
    assert "2 of" in said and "not in order" in said
    assert f"4 of {n - 1:,} trials are left out: no spike came as early, or as late" in said
    with pytest.raises(ValueError, match="recording must hold all trials of its session"):
        write_alf_recording(read, folder)


def test_a_trial_of_another_clock_does_not_cost_the_others(recording, folder):
    table = pd.read_parquet(path := folder / "alf" / "_ibl_trials.table.pqt")
    for column in ("intervals_0", "stimOn_times", "response_times"):
        table.loc[3, column] += 1e9
    table.to_parquet(path)
    spikes = recording.spike_time.copy()
    spikes[-1] = 1e9
    np.save(folder / "alf/probe00/spikes.times.npy", spikes)
    read = read_recording(folder)
    np.testing.assert_array_equal(read.number, np.delete(np.arange(recording.n_trials), 3))


def test_the_most_that_can_stay_in_order_stays():
    """Against all subsets of few values, with ties."""
    rng = np.random.default_rng(0)
    for n in [0, 1, 2, *[8] * 40]:
        values = rng.integers(6, size=n).astype(float)
        stays = in_order(values)
        assert (np.diff(values[stays]) >= 0).all()
        subsets = np.array(list(product([False, True], repeat=n)), dtype=bool).reshape(2**n, n)
        longest = max(own.sum() for own in subsets if (np.diff(values[own]) >= 0).all())
        assert stays.sum() == longest


@pytest.mark.parametrize("label", [[1, 1 / 3, 0], ["good", "mua", "Good"]])
def test_units_noted_as_good(recording, folder, label):
    metrics = pd.read_parquet(path := folder / "alf/probe00/clusters.metrics.pqt")
    metrics["label"] = (label * N_UNITS)[:N_UNITS]
    metrics.to_parquet(path)
    good = np.array([one in (1, "good", "Good") for one in metrics["label"]])
    said = f"{good.sum()} of 12 units are noted as good; "
    read = read_recording(folder)
    same_to_the_bit(read, recording)
    assert read.left_out == (said + "all are kept",)
    read = read_recording(folder, good_only=True)
    same_to_the_bit(read, recording.of_units(good))
    assert read.left_out == (said + "the others are left out",)


def test_good_units_are_not_guessed(folder):
    with pytest.raises(ValueError, match="good_only must be False, as nothing says which units"):
        read_recording(folder, good_only=True)


def of_the_laboratory(recording, path, **other):
    """An NWB file with the columns of the laboratory's in the DANDI archive."""
    pynwb = pytest.importorskip("pynwb")
    from iblrnn_helpers.task.exports import NO_DATE

    nwb = pynwb.NWBFile("a session", "identifier", NO_DATE)
    side, choice = recording.trials.side, recording.choice
    columns = {
        "start_time": recording.start,
        "stop_time": recording.end + 0.05,  # feedback and what comes after it
        "gabor_stimulus_onset_time": recording.stimulus_on,
        "choice_registration_time": recording.end,
        "gabor_stimulus_contrast": 100 * recording.trials.strength,
        "gabor_stimulus_side": np.where(side == 1, "right", "left"),
        # A clockwise turn brings a stimulus on the left to the middle.
        "mouse_wheel_choice": np.array(["none", "counter_clockwise", "clockwise"])[choice],
        "is_mouse_rewarded": recording.correct,
        "probability_left": np.array([0.5, 0.2, 0.8])[recording.trials.block_side],
    } | other  # fmt: skip
    for name in list(columns)[2:]:
        nwb.add_trial_column(name, name)
    for row in range(recording.n_trials):
        nwb.add_trial(**{name: values[row] for name, values in columns.items()})
    for name in ("unit_name", "probe_name", "ibl_quality_score"):
        nwb.add_unit_column(name, name)
    for unit in range(recording.n_units):
        nwb.add_unit(
            spike_times=recording.spike_time[recording.spike_unit == unit],
            unit_name=f"probe00_{unit}",
            probe_name="Probe00" if unit < 8 else "Probe01",
            ibl_quality_score=unit % 4 / 3,
        )
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


def test_files_of_the_laboratory(tmp_path):
    task = ibl.TaskParams(blocks="ibl", strengths=(0.0, 0.0625, 0.25, 1.0))
    own = made(strengths=task.strengths, blocks="ibl")
    path = of_the_laboratory(own, tmp_path / "own.nwb")
    with pytest.raises(ValueError, match=r"probe must be .*, got several: Probe00, Probe01"):
        read_recording(path)
    with pytest.raises(ValueError, match="got 'probe00': Probe00, Probe01"):
        read_recording(path, probe="probe00")
    read = read_recording(path, probe="Probe00")
    first = own.of_units(np.arange(N_UNITS) < 8)
    ours = replace(first, unit=np.array([f"probe00_{k}" for k in range(8)]))
    ours = replace(ours, trials=replace(ours.trials, task=IBL))
    same_to_the_bit(read, ours)
    assert read.left_out == ("2 of 8 units are noted as good; all are kept",)
    read = read_recording(path, probe="Probe00", good_only=True)
    assert read.unit.tolist() == ["probe00_3", "probe00_7"]


def test_sides_that_a_wheel_does_not_have(tmp_path):
    own = made(strengths=(0.25, 1.0))
    words = np.where(own.choice == 1, "right", "left")
    path = of_the_laboratory(own, tmp_path / "own.nwb", mouse_wheel_choice=words)
    with pytest.raises(ValueError, match=r"own.nwb: mouse_wheel_choice must be clockwise.*'left'"):
        read_recording(path, probe="Probe00")


def test_nothing_is_overwritten_unasked_or_half_written(recording, folder, tmp_path, monkeypatch):
    names = {"subject": "actor-1", "date": "2020-02-03", "number": 7}
    other = made(5)
    with pytest.raises(ValueError, match="007 is there already: give another number, or overwrite"):
        write_alf_recording(other, tmp_path, **names)
    same_to_the_bit(read_recording(folder), recording)

    def full(*given):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.write_bytes", full)
        with pytest.raises(OSError, match="No space"):
            write_alf_recording(other, tmp_path, **names, overwrite=True)
    assert [one.name for one in folder.parent.iterdir()] == ["007"]
    same_to_the_bit(read_recording(folder), recording)
    assert write_alf_recording(other, tmp_path, **names, overwrite=True) == folder
    same_to_the_bit(read_recording(folder), other)
    (folder / "raw_ephys_data").mkdir()
    (folder / "raw_ephys_data" / "a.bin").write_bytes(b"1")
    with pytest.raises(ValueError, match=r"nothing else, got raw_ephys_data/a\.bin"):
        write_alf_recording(other, tmp_path, **names, overwrite=True)
    assert (folder / "raw_ephys_data" / "a.bin").exists()
    pytest.importorskip("pynwb")
    path = write_nwb_recording(recording, tmp_path / "own.nwb")
    with pytest.raises(ValueError, match="path must be new, or give overwrite=True"):
        write_nwb_recording(other, path)
    same_to_the_bit(read_recording(path), recording)
    write_nwb_recording(other, path, overwrite=True)
    same_to_the_bit(read_recording(path), other)


@pytest.mark.parametrize("wrong", [
    {"lab": "a b"}, {"subject": "../x"}, {"date": "2020-13-01"}, {"number": 0}, {"probe": "a/b"},
])  # fmt: skip
def test_names_that_one_would_not_find(recording, tmp_path, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        write_alf_recording(recording, tmp_path, **wrong)
    assert not list(tmp_path.iterdir())


def test_what_is_no_session_is_refused(recording, folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere must be a session's folder"):
        read_recording(tmp_path / "nowhere")
    (tmp_path / "own.csv").write_text("a,b")
    with pytest.raises(ValueError, match=r"own\.csv must be a session's folder or a \.nwb file"):
        read_recording(tmp_path / "own.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"must hold trials, _ibl_trials\.\*, got no such"):
        read_recording(tmp_path / "empty")
    write_alf_recording(recording, tmp_path, subject="actor-1", date="2020-02-03", number=8)
    with pytest.raises(ValueError, match=r"must hold one session, got .*/007, .*/008"):
        read_recording(tmp_path)
    shutil.rmtree(folder / "alf" / "probe00")
    with pytest.raises(FileNotFoundError, match=r"007 must hold spikes, spikes\.times\.npy"):
        read_recording(folder)


DAMAGE = {
    "spikes.times.npy": (DamagedFileError, "spikes.times.npy is not of NumPy"),
    "spikes.clusters.npy": (DamagedFileError, "spikes.clusters.npy is not of NumPy"),
    "clusters.metrics.pqt": (DamagedFileError, "clusters.metrics.pqt is not a table in Parquet"),
    "_ibl_trials.table.pqt": (DamagedFileError, "_ibl_trials.table.pqt is not a table in Parquet"),
}


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("n_bytes", [0, 7, 150])
def test_files_that_are_cut_short(folder, name, n_bytes):
    (path,) = folder.rglob(name)
    path.write_bytes(path.read_bytes()[:n_bytes])
    error, said = DAMAGE[name]
    with pytest.raises(error, match=said):
        read_recording(folder)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_nwb_files_that_are_cut_short(recording, tmp_path, share):
    path = write(recording, tmp_path, "nwb")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DamagedFileError, match=r"own\.nwb is not a file of NWB"):
        read_recording(path)


def test_arrays_that_are_none_of_spikes(recording, folder):
    place = folder / "alf" / "probe00"
    wrong = {
        "times": [(recording.spike_time[1:], r"007: spikes must have a time and a unit each"),
                  (recording.spike_time * 3e4, r"007: spikes must be in seconds of the trials'"),
                  (recording.spike_time + 1e6, r"007: no trial remains: .*no spike came as early"),
                  (np.array(["a"]), r"spikes\.times\.npy must hold a number a spike, got <U1"),
                  (np.zeros((3, 2)), r"must hold a number a spike, got float64 of shape \(3, 2\)"),
                  (np.array(1.0), r"007: spikes must have a time and a unit each, got 1 times")],
        "clusters": [(np.full(len(recording.spike_time), -1), r"007: no unit remains")],
    }  # fmt: skip
    for name, cases in wrong.items():
        original = (file := place / f"spikes.{name}.npy").read_bytes()
        for values, said in cases:
            np.save(file, values)
            with pytest.raises(ValueError, match=said):
                read_recording(folder)
        file.write_bytes(original)
    table = pd.read_parquet(path := folder / "alf" / "_ibl_trials.table.pqt")
    table.drop(columns="intervals_0").to_parquet(path)
    with pytest.raises(ValueError, match="007: the column 'intervals_0' of the trials is missing"):
        read_recording(folder)
    table.assign(intervals_0="a").to_parquet(path)
    with pytest.raises(ValueError, match=r"'intervals_0' must have a number for each of .* trials"):
        read_recording(folder)


def test_a_file_without_spikes_or_trials(recording, tmp_path):
    pytest.importorskip("pynwb")
    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    path = ibl.write_nwb(session, tmp_path / "behaviour.nwb", dt=0.1)
    with pytest.raises(ValueError, match=r"behaviour\.nwb must hold units, got none"):
        read_recording(path)
