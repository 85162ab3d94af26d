"""Recordings in ALF's layout, as ONE and the International Brain Laboratory keep sessions."""

from __future__ import annotations

import os
import re
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np

from ..core import checks
from ..core.files import put_folder
from ..mice.alf import ALF_COLUMNS
from ..mice.read import read_numpy, read_table, session_folders, table_of
from ..task.alf import MOST_SESSIONS, TABLE, TASK, alf_frame, as_parquet, day_folder
from .found import Found
from .recording import Recording

METRICS = "clusters.metrics.pqt"
TRIALS = "_ibl_trials.*"
ABOVE = 3  # folders from a sorting's, alf/probe00/pykilosort, up to its session's


def alf_table(recording: Recording):
    """The recording's trials as :func:`~iblrnn_helpers.task.alf.alf_trials` has a session's.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        Trials are left out of the recording, or the task has several probabilities for a side.
    """
    trials, task = recording.trials, recording.trials.task
    if recording.number[-1] >= recording.n_trials:
        raise ValueError(
            "recording must hold all trials of its session, as a table numbers them anew, got "
            f"{recording.n_trials:,} of {recording.number[-1] + 1:,}"
        )
    probability = np.full(recording.n_trials, np.nan)
    for side in np.unique(trials.block_side):
        those = [p for p in task.probabilities if checks.signs(np.array(0.5 - p)) == side]
        if len(those) != 1:
            raise ValueError(f"probabilities must hold one for blocks of {side}, got {those}")
        probability[trials.block_side == side] = those[0]
    times = recording.start, recording.stimulus_on, recording.end
    frame = alf_frame(recording, *times, probability)
    frame.attrs[TASK] = noted_task(recording)
    return frame


def noted_task(recording: Recording) -> dict:
    """What a reader must know of the task, in JSON's types."""
    task = recording.trials.task
    fields = ("contrasts", "probabilities", "block_lengths")
    return {name: np.asarray(getattr(task, name)).tolist() for name in fields}


def write_alf_recording(
    recording: Recording,
    folder: str | Path,
    *,
    lab: str = "simulated",
    subject: str = "RNN",
    date: str = "2000-01-01",
    number: int = 1,
    probe: str = "probe00",
    overwrite: bool = False,
) -> Path:
    """Write a recording as a session's folder, in the layout that ONE expects.

    Parameters
    ----------
    recording : Recording
        Of all trials of its session.
    folder : path
        Made if missing.  ``One.setup(folder, silent=True)`` of ``one.api`` then finds the session.
    lab, subject, date : str
        As for :func:`~iblrnn_helpers.task.alf.write_alf`.
    number : int
        Of the session on that day, 1 to 999.
    probe : str
        Letters, digits and ``_``.
    overwrite : bool
        Whether a recording of these names may be replaced.

    Returns
    -------
    Path
        The session's folder, ``folder/LAB/Subjects/SUBJECT/DATE/NNN``.  In it are
        ``alf/_ibl_trials.table.pqt``, and in ``alf/PROBE`` ``spikes.times.npy`` (seconds),
        ``spikes.clusters.npy`` (whole numbers) and ``clusters.metrics.pqt``, whose ``cluster_id``
        are the units.

    Raises
    ------
    ValueError
        A name is none of ALF's, units are not whole numbers from 0, trials are left out of the
        recording, or the session's folder is there and ``overwrite`` is False or it holds
        anything else.
    """
    import pandas as pd

    checks.kind("recording", recording, Recording)
    day = day_folder(folder, lab, subject, date)
    checks.integer("number", number, low=1, high=MOST_SESSIONS)
    if not isinstance(probe, str) or not re.fullmatch(r"\w+", probe, flags=re.ASCII):
        raise ValueError(rf"probe must match \w+, got {probe!r}")
    unit = recording.unit
    if unit.dtype.kind not in "iu" or unit.min() < 0:
        raise ValueError(f"unit must be whole numbers from 0 in ALF, got {unit[0]!r}")
    table, session = alf_table(recording), day / f"{number:03d}"
    sorting = Path("alf") / probe
    metrics = pd.DataFrame({"cluster_id": unit, "firing_rate": recording.rate})
    written = {
        Path(TABLE): as_parquet(table),
        sorting / "spikes.times.npy": _npy(recording.spike_time),
        sorting / "spikes.clusters.npy": _npy(unit[recording.spike_unit]),
        sorting / METRICS: as_parquet(metrics),
    }
    if os.path.lexists(session):
        there = [one.relative_to(session) for one in session.rglob("*") if not one.is_dir()]
        other = sorted(one.as_posix() for one in there if one not in written)
        if other or not session.is_dir():
            got = f"got {other[0]}" if other else "and is no folder"
            raise ValueError(f"{session} must hold a recording and nothing else, {got}")
        if there and not overwrite:
            raise ValueError(f"{session} is there already: give another number, or overwrite=True")
    day.mkdir(parents=True, exist_ok=True)
    # Moved there when it is whole
    with tempfile.TemporaryDirectory(prefix=".new-", dir=day) as hidden:
        new = Path(hidden) / session.name
        for name, content in written.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        put_folder(new, session)
    return session


def _npy(array: np.ndarray) -> bytes:
    np.save(buffer := BytesIO(), array)
    return buffer.getvalue()


def find(path: Path, probe: str | None) -> Found:
    """What a session's folder holds; ``path`` may be a folder within it, down to the sorting's."""
    path = path.resolve()
    if any(path.rglob(TRIALS)):
        folders = session_folders(path)
    else:
        above = next((one for one in path.parents[:ABOVE] if any(one.glob(TRIALS))), None)
        if above is None:
            raise FileNotFoundError(f"{path} must hold trials, {TRIALS}, got no such file")
        folders = session_folders(above)
    if len(folders) > 1:
        names = ", ".join(one.relative_to(path).as_posix() for one in folders)
        raise ValueError(f"{path} must hold one session, got {names}: give one of these folders")
    ((session, folder),) = folders.items()
    sorting = _sorting(path if path.is_relative_to(session) else session, session, probe)
    time, cluster = (_array(sorting, name) for name in ("times", "clusters"))
    unit, good = _units(sorting)
    parts = session.parts
    named = len(parts) > 2 and re.fullmatch(r"\d{4}-\d{2}-\d{2}", parts[-2])
    name = " ".join(parts[-3:]) if named else session.name
    return Found(name, table_of(folder, (*ALF_COLUMNS, "intervals")), time, cluster, unit, good)


def _sorting(path: Path, session: Path, probe: str | None) -> Path:
    """The folder with spikes, in or under a folder of the session."""
    found = {}
    for file in path.rglob("spikes.times*.npy"):
        found[file.parent.relative_to(session).as_posix().removeprefix("alf/")] = file.parent
    if not found:
        raise FileNotFoundError(f"{path} must hold spikes, spikes.times.npy, got no such file")
    names = sorted(name for name in found if probe is None or f"{name}/".startswith(f"{probe}/"))
    names = [probe] if probe in found else names  # not what is below it, too
    if len(names) != 1:
        got = f"several, {', '.join(names)}" if names else f"{probe!r}"
        among = "" if names else f" ({', '.join(sorted(found))})"
        raise ValueError(f"probe must be one of those with spikes in {path}{among}, got {got}")
    return found[names[0]]


def _array(sorting: Path, name: str) -> np.ndarray:
    """(n_spikes,) numbers: a column of the spikes; a revision may leave out what did not change."""
    folders = [sorting, sorting.parent] if sorting.name.startswith("#") else [sorting]
    for folder in folders:
        files = sorted(folder.glob(f"spikes.{name}*.npy"))
        if len(files) > 1:
            raise ValueError(f"{folder} must hold spikes.{name} once, got {len(files)} files")
        if files:
            array = read_numpy(files[0])
            if array.dtype.kind not in "iuf" or array.size != len(np.atleast_1d(array)):
                raise ValueError(
                    f"{files[0]} must hold a number a spike, got {array.dtype} of shape "
                    f"{array.shape}"
                )
            return array.ravel()
    raise FileNotFoundError(f"{sorting} must hold spikes.{name}.npy, got no such file")


def _units(sorting: Path) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Numbers of the clusters, and which are good, where a file of their metrics says it."""
    if not (sorting / METRICS).exists():
        return None, None
    metrics = read_table(sorting / METRICS)
    if "cluster_id" not in metrics:
        return None, None
    unit = metrics["cluster_id"].to_numpy()
    if unit.dtype.kind not in "iu":
        raise ValueError(f"{sorting / METRICS}: cluster_id must be whole numbers, got {unit.dtype}")
    return unit, is_good(metrics["label"].to_numpy()) if "label" in metrics else None


def is_good(label: np.ndarray) -> np.ndarray:
    """(n_units,) bool: of a share of tests passed, which is 1, or of the word."""
    if label.dtype.kind in "iufb":
        return checks.near(label.astype(float), 1.0)
    return np.array([str(one).lower() == "good" for one in label])
