"""Sessions as trials tables of ALF, which ONE reads.

The task counts steps and files of experiments have a clock: a step lasts ``dt`` seconds.
"""

from __future__ import annotations

import re
import warnings
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..core.extras import extra
from ..core.files import write_atomically
from .blocks import told_blocks
from .exports import probabilities_left, probability_left, trial_times
from .generative_model import Trials
from .session import Session

TASK = "task"  # of a DataFrame's attrs: what of our task a reader must know
TABLE = "alf/_ibl_trials.table.pqt"
MOST_SESSIONS = 999  # of one day: their number has three digits


class ExportWarning(UserWarning):
    """A table cannot hold something of the session."""


def alf_trials(session: Session, *, dt: float):
    """The trials table of each session, with the columns and signs of ALF.

    Parameters
    ----------
    session : Session
    dt : float
        Seconds that a step lasts, 1e-9 to 1e9.

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
        :func:`~iblrnn_helpers.mice.alf.mouse_from_alf` reads every trial as it was: what the world
        did and the agent chose, and when.  Observations, ``p_right`` and ``states`` are not in
        a table.  Where ``concordance`` is below one half, the reader calls the side that is more
        frequent the block's.

    Raises
    ------
    ValueError
        If ``dt`` is not such a number.

    Warns
    -----
    ExportWarning
        Blocks will be read otherwise, because one follows another of the same ``probabilityLeft``
        or numbers do not begin at 0.
    """
    trials, params = session.trials, session.trials.params
    times = trial_times(session, dt)
    frame = alf_frame(
        session, times["start"], times["stimulus_on"], times["end"], probability_left(trials)
    )
    frame.attrs[TASK] = {
        "contrasts": list(params.strengths),
        "probabilities": np.unique(probabilities_left(params)).tolist(),
        "block_lengths": [params.shortest_block, params.longest_block],
    }
    _warn_of_blocks(trials, frame["probabilityLeft"].to_numpy())
    start = trials.session_start
    return [frame.iloc[first:end].reset_index(drop=True) for first, end in pairwise(start)]


def alf_frame(behavior, start, stimulus_on, end, probability):
    """The columns of ALF of all trials of a Session, or of what else has sides and choices.

    Parameters
    ----------
    behavior : Behavior
        With ``choice`` (n_trials,).
    start, stimulus_on, end : (n_trials,) float
        Seconds; the choice is made and answered at the end.
    probability : (n_trials,) float
        Of a stimulus on the left.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    trials = behavior.trials
    return pd.DataFrame(
        {
            "intervals_0": start,
            "intervals_1": end,
            **dict.fromkeys(("goCue_times", "stimOn_times"), stimulus_on),
            **dict.fromkeys(("stimOff_times", "response_times", "feedback_times"), end),
            "choice": 0.0 - behavior.choice,  # of the wheel; 0.0 and not -0.0 for none
            "feedbackType": np.where(behavior.correct, 1.0, -1.0),
            "contrastLeft": np.where(trials.side == -1, trials.strength, np.nan),
            "contrastRight": np.where(trials.side == 1, trials.strength, np.nan),
            "probabilityLeft": probability,
        }
    )


def as_parquet(frame) -> bytes:
    """The content of a file of Parquet."""
    with extra("alf"):
        import pyarrow.parquet  # noqa: F401
    frame.to_parquet(buffer := BytesIO())
    return buffer.getvalue()


def _warn_of_blocks(trials: Trials, probability: np.ndarray) -> None:
    """Warn where blocks that are told by their probabilities alone are others."""
    _, block, place = told_blocks(trials.session, np.arange(len(trials)), probability)
    lost = np.count_nonzero((block != trials.block) | (place != trials.trial_in_block))
    if lost:
        warnings.warn(
            f"block or trial_in_block of {lost:,} trials will be read otherwise: a table tells a "
            "block by a change of probabilityLeft only, and counts from 0",
            ExportWarning,
            stacklevel=3,
        )


def write_alf(
    session: Session,
    folder: str | Path,
    *,
    dt: float,
    lab: str = "simulated",
    subject: str = "RNN",
    date: str = "2000-01-01",
    overwrite: bool = False,
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
        Seconds that a step lasts, 1e-9 to 1e9.
    lab, subject : str
        Letters, digits and ``_``, as ALF asks; ``subject`` also ``-`` and ``.``, not as the first.
    date : str
        YYYY-MM-DD.  Simulations have none, so it names the run.
    overwrite : bool
        Whether tables of these names that hold something else may be replaced.

    Returns
    -------
    list of Path
        The tables, in order of sessions.

    Raises
    ------
    ValueError
        If a name is not allowed in an ALF path, there is no such date, ``dt`` is not such a
        number, there are more than 999 sessions, the date's folder holds any other file (ONE would
        make one session of both), or one of these tables has other trials.

    Warns
    -----
    ExportWarning
        As :func:`alf_trials`.

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
    day = day_folder(folder, lab, subject, date)
    contents = {
        day / f"{number:03d}" / TABLE: as_parquet(table)
        for number, table in enumerate(tables, start=1)
    }
    for older in sorted(day.rglob("*")):
        name = older.relative_to(day).as_posix()
        # Hidden files are the system's.
        if (older.is_dir() and not older.is_symlink()) or name.startswith(".") or "/." in name:
            continue
        other = "give another folder, subject or date, or "
        if older not in contents:
            raise ValueError(f"{day} must hold nothing else, got {name}: {other}remove it")
        if not overwrite and older.read_bytes() != contents[older]:
            raise ValueError(f"{older} holds other trials: {other}overwrite=True")
    for path, content in contents.items():
        write_atomically(path, content)
    return list(contents)


def day_folder(folder: str | Path, lab: str, subject: str, date: str) -> Path:
    """Where ONE looks for a subject's sessions of a day; a ValueError names what it would not."""
    # The names that ONE finds: https://int-brain-lab.github.io/ONE/alf_intro.html
    for field, value, allowed in (
        ("lab", lab, r"\w+"),
        ("subject", subject, r"\w[\w.-]*"),
        ("date", date, r"\d{4}-\d{2}-\d{2}"),
    ):
        if not isinstance(value, str) or not re.fullmatch(allowed, value, flags=re.ASCII):
            raise ValueError(f"{field} must match {allowed}, got {value!r}")
    try:
        datetime.fromisoformat(date)
    except ValueError as error:
        raise ValueError(f"date must be a day of the calendar, got {date!r}") from error
    return Path(folder) / lab / "Subjects" / subject / date
