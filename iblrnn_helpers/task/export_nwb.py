"""Sessions as Neurodata Without Borders files: trials, what was seen, and the network's states."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core import checks
from ..core.files import digest_arrays, write_atomically
from .export_xarray import probability_left, trial_times
from .session import Session

# A simulation has no date, and a file must have one.
NO_DATE = datetime(2000, 1, 1, tzinfo=timezone.utc)
COLUMNS = {
    "stimulus_on_time": "start of the first step with an observation, in seconds",
    "block": "number of the block in its session, from 0",
    "trial_in_block": "number of the trial in its block, from 0",
    "block_side": "side on which stimuli are more frequent: -1 left, +1 right",
    "side": "side of the stimulus: -1 left, +1 right",
    "strength": "mean of the observations on the stimulus side",
    "probability_left": "probability of a stimulus on the left, given the block",
    "choice": "-1 left, +1 right, 0 none (time-out)",
    "correct": "the stimulus side was chosen",
}


def to_nwb(session: Session, number: int = 0, *, dt: float):
    """One session as an NWB file in memory.

    Parameters
    ----------
    session : Session
    number : int
        Which of its sessions, from 0.
    dt : float
        Seconds that a step lasts, > 0.

    Returns
    -------
    pynwb.NWBFile
        ``trials``, a row a trial, with the columns of :data:`COLUMNS`; the TimeSeries
        ``observations`` (n_steps, 2), o^L and o^R, among the stimuli; and in the processing module
        ``agent`` the TimeSeries ``feedback`` (n_steps,), ``p_right`` (n_steps,) and,
        if they were recorded, ``states`` (n_steps, n_units).  All series have the rate
        1 / dt, in Hz, and begin at 0 s; a value belongs to the step that begins at its time.

    Raises
    ------
    ValueError
        If there is no such session, or ``dt`` is not a number > 0.
    """
    from pynwb import NWBFile, TimeSeries

    trials = session.trials
    checks.integer("number", number, low=0, high=trials.n_sessions - 1)
    times = trial_times(session, dt)
    first, end = trials.session_start[number : number + 2]
    rows = slice(session.row_start[first], session.row_start[end])
    inputs, row_trial = session.inputs[rows], session.row_trial[rows]
    series = {
        "feedback": (inputs[:, 2], "reward", "The input r: the reward of the step before."),
        "p_right": (
            session.p_right[row_trial, session.row_step[rows]],
            "probability",
            "The agent's probability of right, if it acted now.",
        ),
    }
    if session.states is not None:
        states = session.states[rows]
        series["states"] = (states, "a.u.", "The agent's internal state, a column a unit.")

    task = json.dumps(asdict(trials.params))
    content = {name: data for name, (data, _, _) in series.items()} | {"observations": inputs}
    nwb = NWBFile(
        session_description=f"Simulated: {session.agent} on the task of the International Brain "
        f"Laboratory, session {number}. A step lasts {dt:g} s.",
        identifier=digest_arrays(content, f"{session.agent} {dt} {task}"),
        session_start_time=NO_DATE,
        notes=f"Parameters of the task: {task}",
        file_create_date=NO_DATE,
    )
    frame = session.to_frame().iloc[first:end]
    frame = frame.assign(
        stimulus_on_time=times["stimulus_on"][first:end],
        probability_left=probability_left(session)[first:end],
    )
    for name, description in COLUMNS.items():
        nwb.add_trial_column(name, description)
    for trial, row in zip(range(first, end), frame[list(COLUMNS)].to_dict("records"), strict=True):
        nwb.add_trial(start_time=times["start"][trial], stop_time=times["end"][trial], **row)

    clock = {"starting_time": 0.0, "rate": 1 / dt}
    observations = TimeSeries(
        name="observations",
        data=inputs[:, :2],
        unit="a.u.",
        description="o^L and o^R; both 0 on blank steps.",
        **clock,
    )
    nwb.add_stimulus(observations)
    agent = nwb.create_processing_module("agent", "What the agent received, held and answered.")
    for name, (data, unit, description) in series.items():
        agent.add(TimeSeries(name=name, data=data, unit=unit, description=description, **clock))
    return nwb


def write_nwb(session: Session, path: str | Path, number: int = 0, *, dt: float) -> Path:
    """Write one session to an NWB file.

    Parameters
    ----------
    session, number, dt
        As for :func:`to_nwb`.
    path : path
        Ends in ``.nwb``, as pynwb asks.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        As :func:`to_nwb`, and if the path does not end in ``.nwb``.
    """
    from pynwb import NWBHDF5IO

    path = Path(path)
    if path.suffix != ".nwb":
        raise ValueError(f"path must end in .nwb, got {str(path)!r}")
    nwb = to_nwb(session, number, dt=dt)
    with TemporaryDirectory() as folder:
        temporary = Path(folder) / path.name
        with NWBHDF5IO(temporary, "w") as io:
            io.write(nwb)
        write_atomically(path, temporary.read_bytes())
    return path
