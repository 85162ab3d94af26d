"""Sessions for other tools: Neurodata Without Borders and xarray.  For ONE see ``task.alf``.

The task counts steps and files of experiments have a clock, so those ask how long a step lasts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..core import checks
from ..core.extras import extra
from ..core.files import digest_arrays, write_atomically
from ..core.store import identity
from .generative_model import TaskParams, Trials
from .session import Session

SHORTEST_STEP, LONGEST_STEP = 1e-9, 1e9  # seconds: times and rates are finite
NO_DATE = datetime(2000, 1, 1, tzinfo=timezone.utc)  # a simulation has none, a file must
# Archives ask for a species; this is the taxonomy's entry of what is no organism.
SYNTHETIC = "http://purl.obolibrary.org/obo/NCBITaxon_32630"  # synthetic construct
OF_WORLD = {
    "session": "number of the session, from 0",
    "block": "number of the block in its session, from 0",
    "trial_in_block": "number of the trial in its block, from 0",
    "block_side": "side on which stimuli are more frequent: -1 left, +1 right",
    "side": "side of the stimulus: -1 left, +1 right",
    "strength": "mean of the observations on the stimulus side",
    "concordant": "the stimulus is on the block's side",
    "block_p_right": "probability of a stimulus on the right, given the block",
}
OF_AGENT = {
    "choice": "-1 left, +1 right, 0 none (time-out)",
    "correct": "the stimulus side was chosen",
    "n_steps": "steps that the trial lasted, blank steps included",
}
NOT_IN_NWB = ("session", "concordant", "block_p_right", "n_steps")
NWB_COLUMNS = {
    "stimulus_on_time": "start of the first step with an observation, in seconds",
    "probability_left": "probability of a stimulus on the left, given the block",
    **{name: text for name, text in (OF_WORLD | OF_AGENT).items() if name not in NOT_IN_NWB},
}
OBSERVATIONS = "o^L and o^R; both 0 on blank steps"
FEEDBACK = "the input r: the reward of the step before"
P_RIGHT = "the agent's probability of right, if it acted now"
STATES = "the agent's internal state, unit by unit"


def trial_times(session: Session, dt: float) -> dict[str, np.ndarray]:
    """When each trial began, showed its stimulus and ended, if a step lasts ``dt`` seconds.

    Trials follow each other without a pause, and every session begins at 0.

    Parameters
    ----------
    session : Session
    dt : float
        Seconds that a step lasts, 1e-9 to 1e9.  Yours to choose: the task is in steps.

    Returns
    -------
    dict
        Of arrays (n_trials,) in seconds: ``start`` of the first step, ``stimulus_on``, the
        start of the first step with an observation, and ``end`` of the last step, when the
        choice is made or the time is out.

    Raises
    ------
    ValueError
        If ``dt`` is not such a number.
    """
    dt = checks.number("dt", dt, low=SHORTEST_STEP, high=LONGEST_STEP)
    trials = session.trials
    of_its_session = np.repeat(session.session_row_start[:-1], trials.trials_per_session)
    start = session.row_start[:-1] - of_its_session
    return {
        "start": dt * start,
        "stimulus_on": dt * (start + trials.params.n_blank_steps),
        "end": dt * (start + session.n_steps),
    }


def probability_left(trials: Trials) -> np.ndarray:
    """(n_trials,) float: P(stimulus left) in each trial's block."""
    # Rounded because tools look for 0.2 itself, and 1 - 0.8 falls short of it.
    return np.asarray(probabilities_left(trials.params))[trials.block_kind]


def probabilities_left(params: TaskParams) -> list[float]:
    """P(stimulus left) in blocks of each kind."""
    if params.blocks is None:
        return [params.concordance, round(1 - params.concordance, 12)]
    return [round(1 - p, 12) for p in params.blocks.p_right]


def to_nwb(
    session: Session,
    number: int = 0,
    *,
    dt: float,
    subject: Mapping[str, Any] | None = None,
    experimenter: str | Sequence[str] | None = None,
    description: str | None = None,
):
    """One session as an NWB file in memory.

    Parameters
    ----------
    session : Session
    number : int
        Which of its sessions, from 0.
    dt : float
        Seconds that a step lasts, 1e-9 to 1e9.
    subject : mapping, optional
        Fields of ``pynwb.file.Subject`` in place of ours: ``{"subject_id": "RNN-7"}``.
    experimenter : str or several, optional
        Who did it, as archives ask: ``"Lastname, Firstname"``.
    description : str, optional
        Of the session, in place of ours.

    Returns
    -------
    pynwb.NWBFile
        ``trials``, a row a trial, with the columns of :data:`NWB_COLUMNS`; the TimeSeries
        ``observations`` (n_steps, 2), o^L and o^R, among the stimuli; and in the processing module
        ``agent`` the TimeSeries ``feedback`` (n_steps,), ``p_right`` (n_steps,) and,
        if they were recorded, ``states`` (n_steps, n_units).  All series have the rate
        1 / dt, in Hz, and begin at 0 s; a value belongs to the step that begins at its time.
        The subject is the agent, of the species "synthetic construct".

    Raises
    ------
    ValueError
        If there is no such session, ``dt`` is not such a number, or a word is none that a file
        takes.
    """
    with extra("nwb"):
        from pynwb import NWBFile, TimeSeries
        from pynwb.file import Subject

    trials = session.trials
    checks.integer("number", number, low=0, high=trials.n_sessions - 1)
    times, dt = trial_times(session, dt), float(dt)
    own = slice(*trials.session_start[number : number + 2])
    rows = slice(*session.session_row_start[number : number + 2])
    inputs = session.inputs[rows]
    series = {
        "feedback": (inputs[:, 2], "reward", FEEDBACK),
        "p_right": (session.row_p_right[rows], "probability", P_RIGHT),
    }
    if session.states is not None:
        series["states"] = (session.states[rows], "a.u.", STATES)

    task = json.dumps(identity(trials.params))
    content = {name: data for name, (data, _, _) in series.items()} | {"observations": inputs}
    about = (
        f"Simulated: {session.agent} on the task of the International Brain Laboratory, session "
        f"{number}. A step lasts {dt:g} s."
    )
    about = about if description is None else _word("description", description)
    by = [experimenter] if isinstance(experimenter, str) else experimenter
    if not isinstance(by, Sequence | None):
        raise ValueError(f"experimenter must be a name or several, got {experimenter!r}")
    by = None if by is None else [_word("experimenter", one) for one in by]
    of_agent = {
        "subject_id": re.sub(r"[^\w.-]+", "-", session.agent).strip("-") or "agent",
        "description": f"Simulated: {session.agent}. No animal.",
        "species": SYNTHETIC,
        "sex": "U",
        "age": "P0D",
    }
    try:
        whose = Subject(**{**of_agent, **(subject or {})})
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"subject must be fields of pynwb's Subject, got {subject!r}: {error}"
        ) from error
    # Any: pynwb's decorators hide from type checkers what its methods take.
    nwb: Any = NWBFile(
        session_description=about,
        identifier=digest_arrays(content, f"{session.agent} {dt} {task}"),
        session_start_time=NO_DATE,
        notes=f"Parameters of the task: {task}",
        file_create_date=NO_DATE,
        subject=whose,
        experimenter=by,
    )
    for name, description in NWB_COLUMNS.items():
        nwb.add_trial_column(name, description)
    frame = session.to_frame().assign(
        start_time=times["start"],
        stop_time=times["end"],
        stimulus_on_time=times["stimulus_on"],
        probability_left=probability_left(trials),
    )
    columns = ["start_time", "stop_time", *NWB_COLUMNS]
    for row in frame.iloc[own][columns].to_dict("records"):
        nwb.add_trial(**row)

    def recorded(name: str, data: np.ndarray, unit: str, description: str) -> TimeSeries:
        clock = {"starting_time": 0.0, "rate": 1 / dt}
        return TimeSeries(name=name, data=data, unit=unit, description=description, **clock)

    nwb.add_stimulus(recorded("observations", inputs[:, :2], "a.u.", OBSERVATIONS))
    agent = nwb.create_processing_module("agent", "What the agent received, held and answered.")
    for name, (data, unit, description) in series.items():
        agent.add(recorded(name, data, unit, description))
    return nwb


def write_nwb(
    session: Session,
    path: str | Path,
    number: int = 0,
    *,
    dt: float,
    overwrite: bool = False,
    subject: Mapping[str, Any] | None = None,
    experimenter: str | Sequence[str] | None = None,
    description: str | None = None,
) -> Path:
    """Write one session to an NWB file.

    Parameters
    ----------
    session, number, dt, subject, experimenter, description
        As for :func:`to_nwb`.
    path : path
        Ends in ``.nwb``, as pynwb asks.
    overwrite : bool
        Whether what is there already may be replaced.

    Raises
    ------
    ValueError
        As :func:`to_nwb`, and if the path does not end in ``.nwb``, or is there already.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> ibl.write_nwb(session, "first.nwb", dt=0.1).name
    'first.nwb'
    """
    path = nwb_path(path, overwrite)
    told = {"subject": subject, "experimenter": experimenter, "description": description}
    save_nwb(to_nwb(session, number, dt=dt, **told), path)
    return path


def nwb_path(path: str | Path, overwrite: bool) -> Path:
    """Where an NWB file may be written; a ValueError where none may."""
    path = Path(path)
    if path.suffix != ".nwb":
        raise ValueError(f"path must end in .nwb, got {str(path)!r}")
    if os.path.lexists(path) and not overwrite:
        raise ValueError(f"path must be new, or give overwrite=True, got {str(path)!r}")
    return path


def save_nwb(nwb, path: Path) -> None:
    """Write a ``pynwb.NWBFile`` so that no crash leaves half of it."""
    with extra("nwb"):
        from pynwb import NWBHDF5IO

    with TemporaryDirectory() as folder:
        temporary = Path(folder) / path.name
        with NWBHDF5IO(path=temporary, mode="w") as io:
            io.write(container=nwb)
        write_atomically(path, temporary.read_bytes())


def _word(field: str, value) -> str:
    checks.printable(field, value)
    if not value.strip():
        raise ValueError(f"{field} must be a text, got {value!r}")
    return value


def to_xarray(session: Session):
    """A Session's trials, steps and states with named dimensions.

    Returns
    -------
    xarray.Dataset
        Over ``trial``: the columns of ``to_frame``, those of the world as coordinates.  Over
        ``trial`` and ``step``: ``observations`` (with ``observed_side``, -1 and +1),
        ``feedback``, ``p_right`` and, if they were recorded, ``states`` (with ``unit``); NaN
        after a trial's end.  Steps are the task's own unit of time.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    >>> data = ibl.to_xarray(ibl.rollout(ibl.BayesianActor(trials.params), trials))
    >>> data.observations.dims
    ('trial', 'step', 'observed_side')
    >>> bool((data.p_right.notnull().sum("step") == data.n_steps).all())
    True
    """
    with extra("xarray"):
        import xarray

    frame, inputs = session.to_frame(), session.inputs
    max_steps = session.trials.params.max_steps

    def by_trial(descriptions: dict[str, str]) -> dict[str, tuple]:
        return {
            name: ("trial", plain(frame[name]), {"description": text})
            for name, text in descriptions.items()
            if name in frame
        }

    def plain(column) -> np.ndarray:
        missing = column.isna().any()  # `concordant` in unbiased blocks
        return column.to_numpy(dtype=float, na_value=np.nan) if missing else column.to_numpy()

    def by_step(values: np.ndarray, description: str, *others: str) -> tuple:
        """Rows (n_rows, ...) as (n_trials, max_steps, ...), NaN after a trial's end."""
        padded = np.full((session.n_trials, max_steps, *values.shape[1:]), np.nan)
        padded[session.row_trial, session.row_step] = values
        return ("trial", "step", *others), padded, {"description": description}

    variables = {
        **by_trial(OF_AGENT),
        "observations": by_step(inputs[:, :2], OBSERVATIONS, "observed_side"),
        "feedback": by_step(inputs[:, 2], FEEDBACK),
        "p_right": by_step(session.row_p_right, P_RIGHT),
    }
    if session.states is not None:
        variables["states"] = by_step(session.states, STATES, "unit")
    coordinates = {
        "trial": np.arange(session.n_trials),
        "step": np.arange(max_steps),
        "observed_side": [-1, 1],
        **by_trial(OF_WORLD),
    }
    attributes = {"agent": session.agent, "unit_of_time": "step"}
    return xarray.Dataset(variables, coordinates, attributes)
