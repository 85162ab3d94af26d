"""Recordings in files of Neurodata Without Borders: units and trials."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..core import checks
from ..core.extras import extra
from ..core.files import DamagedFileError, digest_arrays
from ..mice.alf import ALF_COLUMNS
from ..task.alf import TASK
from ..task.exports import NO_DATE, NWB_COLUMNS, SYNTHETIC, nwb_path, save_nwb
from .alf import alf_table, is_good, noted_task
from .found import START, Found
from .recording import Recording

NOTE = "Task: "  # begins what our files note of the task
OURS = (
    "stop_time",
    "stimulus_on_time",
    "probability_left",
    "side",
    "strength",
    "choice",
    "correct",
)
# Of the laboratory's files in the DANDI archive, dandiset 000409.
OF_IBL = (
    "gabor_stimulus_onset_time",
    "choice_registration_time",
    "probability_left",
    "gabor_stimulus_side",
    "gabor_stimulus_contrast",
    "mouse_wheel_choice",
    "is_mouse_rewarded",
)
WHEEL = {"clockwise": 1.0, "counter_clockwise": -1.0, "none": 0.0, "no_go": 0.0}
LABELS = ("label", "quality", "ibl_quality_score", "kilosort2_label", "ks2_label")


def write_nwb_recording(
    recording: Recording, path: str | Path, *, subject: str = "RNN", overwrite: bool = False
) -> Path:
    """Write a recording to an NWB file: a table of units with their spikes, and one of trials.

    Parameters
    ----------
    recording : Recording
        Of all trials of its session.
    path : path
        Ends in ``.nwb``, as pynwb asks.
    subject : str
        Identifier of who was recorded from, of letters, digits, ``_``, ``-`` and ``.``.
    overwrite : bool
        Whether what is there already may be replaced.

    Returns
    -------
    Path
        Trials have the columns of :func:`~iblrnn_helpers.task.exports.write_nwb`.

    Raises
    ------
    ValueError
        The path does not end so or is there already, ``subject`` is no such word, or trials are
        left out of the recording.
    """
    with extra("nwb"):
        from pynwb import NWBFile
        from pynwb.file import Subject

    checks.kind("recording", recording, Recording)
    path = nwb_path(path, overwrite)
    if not isinstance(subject, str) or not re.fullmatch(r"[\w.-]+", subject):
        raise ValueError(f"subject must be letters, digits, '_', '-' and '.', got {subject!r}")
    table, task = alf_table(recording), json.dumps(noted_task(recording))
    content = {"time": recording.spike_time, "unit": recording.spike_unit}
    # Any: pynwb's decorators hide from type checkers what its methods take.
    nwb: Any = NWBFile(
        session_description=f"Spikes and trials of {recording.name}.",
        identifier=digest_arrays(content, f"{recording.name} {task}"),
        session_start_time=NO_DATE,
        notes=NOTE + task,
        file_create_date=NO_DATE,
        subject=Subject(
            subject_id=subject, description=recording.name, species=SYNTHETIC, sex="U", age="P0D"
        ),
    )
    for name, description in NWB_COLUMNS.items():
        nwb.add_trial_column(name, description)
    frame = recording.trials.to_columns() | {
        "start_time": recording.start,
        "stop_time": recording.end,
        "stimulus_on_time": recording.stimulus_on,
        "probability_left": table["probabilityLeft"].to_numpy(),
        "choice": recording.choice,
        "correct": recording.correct,
    }
    for trial in range(recording.n_trials):
        nwb.add_trial(
            **{name: frame[name][trial] for name in ("start_time", "stop_time", *NWB_COLUMNS)}
        )
    nwb.add_unit_column("unit_name", "what the unit is called")
    order = np.argsort(recording.spike_unit, kind="stable")
    ends = np.cumsum(np.bincount(recording.spike_unit, minlength=recording.n_units))
    of_unit = np.split(recording.spike_time[order], ends[:-1])
    for name, spikes in zip(recording.unit, of_unit, strict=True):
        nwb.add_unit(spike_times=spikes, unit_name=str(name))
    save_nwb(nwb, path)
    return path


def find(path: Path, probe: str | None) -> Found:
    """What a file holds."""
    with extra("nwb"):
        from pynwb import NWBHDF5IO

    try:
        with NWBHDF5IO(path, "r") as io:
            nwb = io.read()
            try:
                return _found(path, nwb, probe)
            except ValueError as error:
                said = error
    except Exception as error:  # whatever h5py and hdmf make of a damaged file
        raise DamagedFileError(f"{path} is not a file of NWB: {error}") from error
    raise said


def _found(path: Path, nwb, probe: str | None) -> Found:
    for what in ("units", "trials"):
        if getattr(nwb, what) is None:
            raise ValueError(f"{path} must hold {what}, got none")
    units = nwb.units
    if "spike_times" not in units.colnames:
        raise ValueError(f"{path} must hold spike_times of its units, got {units.colnames}")
    columns = {name: np.asarray(units[name][:]) for name in _present(units)}
    name = columns.get("unit_name", np.asarray(units.id[:]))
    name = _whole(name)
    ends = np.asarray(units["spike_times"].data[:])
    time = np.asarray(units["spike_times"].target.data[:])
    n_spikes = np.diff(ends, prepend=0)
    use = np.ones(len(name), dtype=bool)
    if "probe_name" in columns or probe is not None:
        probes = columns.get("probe_name", np.array([], dtype=str))
        use = probes == probe if probe is not None else probes == probes[0]
        if not use.any() or (probe is None and not use.all()):
            got = "several" if probe is None else f"{probe!r}"
            offered = ", ".join(np.unique(probes)) or "no unit has a probe_name"
            raise ValueError(f"{path}: probe must be one of the units', got {got}: {offered}")
    of_spike = np.repeat(np.arange(len(name)), n_spikes)
    time, of_spike = time[use[of_spike]], of_spike[use[of_spike]]
    order = np.argsort(time, kind="stable")  # they stand unit after unit
    label = next((columns[one] for one in LABELS if one in columns), None)
    good = None if label is None else is_good(label)[use]
    whose = nwb.subject.subject_id if nwb.subject is not None else None
    return Found(
        name=f"{whose} {path.stem}" if whose else path.stem,
        table=_table(path, nwb),
        spike_time=time[order],
        spike_unit=name[of_spike[order]],
        unit=name[use],
        good=good,
    )


def _present(units) -> list[str]:
    return [one for one in ("unit_name", "probe_name", *LABELS) if one in units.colnames]


def _whole(names: np.ndarray) -> np.ndarray:
    """Names as whole numbers where all are such, as units that ALF numbers are called."""
    texts = [str(one) for one in names]
    if texts and all(re.fullmatch(r"0|[1-9]\d{0,17}", one) for one in texts):
        return np.array(texts, dtype=np.int64)
    return np.array(texts)


def _table(path: Path, nwb):
    """The trials with the columns of ALF."""
    import pandas as pd

    trials = nwb.trials
    given = {name: np.asarray(trials[name][:]) for name in trials.colnames if name in KNOWN}
    if set(ALF_COLUMNS) <= given.keys():
        frame = pd.DataFrame({name: given[name] for name in ALF_COLUMNS})
    elif set(OF_IBL) <= given.keys():
        turns = given["mouse_wheel_choice"]
        if not set(turns) <= set(WHEEL):
            raise ValueError(
                f"{path}: mouse_wheel_choice must be {', '.join(WHEEL)}, got "
                f"{', '.join(map(repr, sorted(set(turns) - set(WHEEL))))}"
            )
        side, contrast = given["gabor_stimulus_side"], given["gabor_stimulus_contrast"] / 100
        frame = pd.DataFrame(
            {
                "contrastLeft": np.where(side == "left", contrast, np.nan),
                "contrastRight": np.where(side == "right", contrast, np.nan),
                "choice": [WHEEL[one] for one in turns],
                "feedbackType": np.where(given["is_mouse_rewarded"].astype(bool), 1.0, -1.0),
                "probabilityLeft": given["probability_left"],
                "stimOn_times": given["gabor_stimulus_onset_time"],
                "response_times": given["choice_registration_time"],
            }
        )
    elif set(OURS) <= given.keys():
        side, strength = given["side"], given["strength"]
        frame = pd.DataFrame(
            {
                "contrastLeft": np.where(side == -1, strength, np.nan),
                "contrastRight": np.where(side == 1, strength, np.nan),
                "choice": 0.0 - given["choice"],
                "feedbackType": np.where(given["correct"], 1.0, -1.0),
                "probabilityLeft": given["probability_left"],
                "stimOn_times": given["stimulus_on_time"],
                "response_times": given["stop_time"],
            }
        )
    else:
        raise ValueError(
            f"{path}: trials must have the columns {', '.join(OURS)}, or {', '.join(OF_IBL)}, or "
            f"{', '.join(ALF_COLUMNS)}, got {', '.join(trials.colnames)}"
        )
    frame[START] = given["start_time"]
    if (nwb.notes or "").startswith(NOTE):
        try:
            frame.attrs[TASK] = json.loads(nwb.notes[len(NOTE) :])
        except ValueError as error:
            raise DamagedFileError(f"{path}: the notes are no task: {error}") from error
    return frame


KNOWN = {"start_time", *OURS, *OF_IBL, *ALF_COLUMNS}
