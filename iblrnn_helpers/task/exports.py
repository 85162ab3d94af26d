"""Sessions for other tools: trials tables that ONE reads, Neurodata Without Borders, xarray.

The task counts steps and files of experiments have a clock, so those ask how long a step lasts.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import datetime, timezone
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..core import checks
from ..core.files import digest_arrays, write_atomically
from .generative_model import TaskParams
from .session import Session

TASK = "task"  # of a DataFrame's attrs: what of our task a reader must know
TABLE = "alf/_ibl_trials.table.pqt"
MOST_SESSIONS = 999  # of one day: their number has three digits
NO_DATE = datetime(2000, 1, 1, tzinfo=timezone.utc)  # a simulation has none, a file must
OF_WORLD = {
    "session": "number of the session, from 0",
    "block": "number of the block in its session, from 0",
    "trial_in_block": "number of the trial in its block, from 0",
    "block_side": "side on which stimuli are more frequent: -1 left, +1 right",
    "side": "side of the stimulus: -1 left, +1 right",
    "strength": "mean of the observations on the stimulus side",
    "concordant": "the stimulus is on the block's side",
}
OF_AGENT = {
    "choice": "-1 left, +1 right, 0 none (time-out)",
    "correct": "the stimulus side was chosen",
    "n_steps": "steps that the trial lasted, blank steps included",
}
NOT_IN_NWB = ("session", "concordant", "n_steps")
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
        Seconds that a step lasts, > 0.  Yours to choose: the task is in steps.

    Returns
    -------
    dict
        Of arrays (n_trials,) in seconds: ``start`` of the first step, ``stimulus_on``, the
        start of the first step with an observation, and ``end`` of the last step, when the
        choice is made or the time is out.

    Raises
    ------
    ValueError
        If ``dt`` is not a number > 0.
    """
    checks.number("dt", dt, above=0)
    trials = session.trials
    of_its_session = np.repeat(session.session_row_start[:-1], trials.trials_per_session)
    start = session.row_start[:-1] - of_its_session
    return {
        "start": dt * start,
        "stimulus_on": dt * (start + trials.params.n_blank_steps),
        "end": dt * (start + session.n_steps),
    }


def _probability_left(params: TaskParams, block_side: np.ndarray) -> np.ndarray:
    # Rounded because tools look for 0.2 itself, and 1 - 0.8 falls short of it.
    return np.where(block_side == -1, params.concordance, round(1 - params.concordance, 12))


def alf_trials(session: Session, *, dt: float):
    """The trials table of each session, with the columns and signs of ALF.

    Parameters
    ----------
    session : Session
    dt : float
        Seconds that a step lasts, > 0.

    Returns
    -------
    list of pandas.DataFrame
        One a session, a row a trial, all columns float64:

        * ``intervals_0``, ``intervals_1``, ``goCue_times``, ``stimOn_times``,
          ``stimOff_times``, ``response_times``, ``feedback_times``: seconds since the
          session's start.  The go cue comes with the stimulus.  Response, feedback, end of
          stimulus and end of trial coincide.
        * ``choice``: of the wheel, so +1 *left*, -1 *right*, 0 none.
        * ``feedbackType``: 1 correct, -1 wrong or out of time.
        * ``contrastLeft``, ``contrastRight``: the strength mu, in standard deviations of an
          observation if ``noise_sd`` is 1, and not a share of full contrast; NaN on the
          side without stimulus.
        * ``probabilityLeft``: P(stimulus left) in the block.

        What of it the task allows stands in ``attrs``, which Parquet files keep, so that
        :func:`~iblrnn_helpers.mice.alf.mouse_from_alf` reads every trial as it was.  Where
        ``concordance`` is below one half, it calls the side that is more frequent the block's;
        at one half it sees no blocks.

    Raises
    ------
    ValueError
        If ``dt`` is not a number > 0.
    """
    import pandas as pd

    trials, params = session.trials, session.trials.params
    times = trial_times(session, dt)
    shown, end = times["stimulus_on"], times["end"]
    frame = pd.DataFrame(
        {
            "intervals_0": times["start"],
            "intervals_1": end,
            **dict.fromkeys(("goCue_times", "stimOn_times"), shown),
            **dict.fromkeys(("stimOff_times", "response_times", "feedback_times"), end),
            "choice": 0.0 - session.choice,  # 0.0 and not -0.0 for none
            "feedbackType": np.where(session.correct, 1.0, -1.0),
            "contrastLeft": np.where(trials.side == -1, trials.strength, np.nan),
            "contrastRight": np.where(trials.side == 1, trials.strength, np.nan),
            "probabilityLeft": _probability_left(params, trials.block_side),
        }
    )
    frame.attrs[TASK] = {
        "contrasts": list(params.strengths),
        "probabilities": np.unique(_probability_left(params, np.array([-1, 1]))).tolist(),
        "block_lengths": [params.min_block_length, params.max_block_length],
    }
    start = trials.session_start
    return [frame.iloc[first:end].reset_index(drop=True) for first, end in pairwise(start)]


def write_alf(
    session: Session,
    folder: str | Path,
    *,
    dt: float,
    lab: str = "simulated",
    subject: str = "RNN",
    date: str = "2000-01-01",
) -> list[Path]:
    """Write one ALF folder a session, in the layout that ONE expects.

    The files are ``folder/LAB/Subjects/SUBJECT/DATE/NNN/alf/_ibl_trials.table.pqt``, with NNN
    from 001.  ``One.setup(folder, silent=True)`` of ``one.api`` then indexes them, and
    ``load_object(eid, "trials")`` loads one.

    Parameters
    ----------
    session : Session
    folder : path
        Made if missing.
    dt : float
        Seconds that a step lasts, > 0.
    lab, subject : str
        Letters, digits and ``_``, as ALF asks; ``subject`` also ``-`` and ``.``.
    date : str
        YYYY-MM-DD.  Simulations have none, so it names the run.

    Returns
    -------
    list of Path
        The tables, in order of sessions.

    Raises
    ------
    ValueError
        If a name is not allowed in an ALF path, ``dt`` is not > 0, or there are more than
        999 sessions.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> paths = ibl.write_alf(session, "flatiron", dt=0.1, subject="actor")
    >>> paths[0].as_posix()
    'flatiron/simulated/Subjects/actor/2000-01-01/001/alf/_ibl_trials.table.pqt'
    """
    tables = alf_trials(session, dt=dt)
    if len(tables) > MOST_SESSIONS:
        raise ValueError(f"session must hold at most {MOST_SESSIONS} sessions, got {len(tables)}")
    # The names that ONE finds: https://int-brain-lab.github.io/ONE/alf_intro.html
    for field, value, allowed in (
        ("lab", lab, r"\w+"),
        ("subject", subject, r"[\w.-]+"),
        ("date", date, r"\d{4}-\d{2}-\d{2}"),
    ):
        if not re.fullmatch(allowed, value, flags=re.ASCII):
            raise ValueError(f"{field} must match {allowed}, got {value!r}")
    day = Path(folder) / lab / "Subjects" / subject / date
    paths = [day / f"{number:03d}" / TABLE for number in range(1, len(tables) + 1)]
    for path, table in zip(paths, tables, strict=True):
        buffer = BytesIO()
        table.to_parquet(buffer)
        write_atomically(path, buffer.getvalue())
    return paths


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
        ``trials``, a row a trial, with the columns of :data:`NWB_COLUMNS`; the TimeSeries
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
    own = slice(*trials.session_start[number : number + 2])
    rows = slice(*session.session_row_start[number : number + 2])
    inputs = session.inputs[rows]
    series = {
        "feedback": (inputs[:, 2], "reward", FEEDBACK),
        "p_right": (session.row_p_right[rows], "probability", P_RIGHT),
    }
    if session.states is not None:
        series["states"] = (session.states[rows], "a.u.", STATES)

    task = json.dumps(asdict(trials.params))
    content = {name: data for name, (data, _, _) in series.items()} | {"observations": inputs}
    # Any: pynwb's decorators hide from type checkers what its methods take.
    nwb: Any = NWBFile(
        session_description=f"Simulated: {session.agent} on the task of the International Brain "
        f"Laboratory, session {number}. A step lasts {dt:g} s.",
        identifier=digest_arrays(content, f"{session.agent} {dt} {task}"),
        session_start_time=NO_DATE,
        notes=f"Parameters of the task: {task}",
        file_create_date=NO_DATE,
    )
    for name, description in NWB_COLUMNS.items():
        nwb.add_trial_column(name, description)
    frame = session.to_frame().assign(
        start_time=times["start"],
        stop_time=times["end"],
        stimulus_on_time=times["stimulus_on"],
        probability_left=_probability_left(trials.params, trials.block_side),
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


def write_nwb(session: Session, path: str | Path, number: int = 0, *, dt: float) -> Path:
    """Write one session to an NWB file.

    Parameters
    ----------
    session, number, dt
        As for :func:`to_nwb`.
    path : path
        Ends in ``.nwb``, as pynwb asks.

    Raises
    ------
    ValueError
        As :func:`to_nwb`, and if the path does not end in ``.nwb``.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> ibl.write_nwb(session, "first.nwb", dt=0.1).name
    'first.nwb'
    """
    from pynwb import NWBHDF5IO

    path = Path(path)
    if path.suffix != ".nwb":
        raise ValueError(f"path must end in .nwb, got {str(path)!r}")
    nwb = to_nwb(session, number, dt=dt)
    with TemporaryDirectory() as folder:
        temporary = Path(folder) / path.name
        with NWBHDF5IO(path=temporary, mode="w") as io:
            io.write(container=nwb)
        write_atomically(path, temporary.read_bytes())
    return path


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
    import xarray

    frame, inputs = session.to_frame(), session.inputs
    max_steps = session.trials.params.max_steps

    def by_trial(descriptions: dict[str, str]) -> dict[str, tuple]:
        return {
            name: ("trial", frame[name].to_numpy(), {"description": text})
            for name, text in descriptions.items()
        }

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
