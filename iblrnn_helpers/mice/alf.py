"""Mice from the trials tables of the International Brain Laboratory's data base (ALF, ONE)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, TypedDict, overload

import numpy as np

from ..core import checks
from ..core.extras import extra
from ..task.alf import TASK
from .cleaning import COLUMNS, POSITION, Words, clean, warn_of
from .record import MiceTask, Mouse

if TYPE_CHECKING:
    from typing import Unpack  # of Python 3.11

ALF_COLUMNS = (
    "contrastLeft",
    "contrastRight",
    "choice",
    "feedbackType",
    "probabilityLeft",
    "response_times",
    "stimOn_times",
)
WORDS = Words(
    probability="probabilityLeft",
    contrast="contrastLeft and contrastRight",
    choice="choice",
    correct="feedbackType does not follow from choice and the side of the stimulus",
    no_side="contrastLeft and contrastRight must be NaN on one side, and on one side only",
    choice_sign=-1,
)


class TaskFields(TypedDict, total=False):
    """Those of :class:`.record.MiceTask`, where they are not noted and not the laboratory's."""

    contrasts: Sequence[float]
    probabilities: Sequence[float]
    block_lengths: Sequence[int]


@overload
def mouse_from_alf(
    sessions: Mapping[str, Any], name: None = None, **task: Unpack[TaskFields]
) -> dict[str, Mouse]: ...
@overload
def mouse_from_alf(sessions: Any, name: str, **task: Unpack[TaskFields]) -> Mouse: ...
def mouse_from_alf(sessions, name: str | None = None, **task: Unpack[TaskFields]):
    """A mouse's record from the trials tables of its sessions, or the records of several mice.

    Parameters
    ----------
    sessions : one table, several in order, or a dict
        Each table with (n_trials,) arrays ``contrastLeft`` and ``contrastRight`` (NaN on the side
        without stimulus), ``choice`` (of the wheel: -1 counter-clockwise, which is *right*;
        +1 left; 0 none), ``feedbackType`` (1 or -1), ``probabilityLeft``, ``response_times``
        and ``stimOn_times`` (seconds).  A pandas DataFrame will do.  In a dict without ``name``,
        the tables, one or several, of each mouse by its name; with ``name``, those of its
        sessions.  Tables stay as they are.
    name : str, optional
        The mouse's.
    contrasts : sequence of float
        All that there may be, as shares of the full contrast.  A table may have them in percent,
        or negative on the left.
    probabilities : sequence of float
        Of a stimulus on the left, of each kind of block: ``(0.1, 0.5, 0.9)``.
    block_lengths : (int, int)
        The shortest and the longest block of one side, in trials; others are said.

        Each of the three is by default what :func:`~iblrnn_helpers.task.alf.alf_trials` notes in a
        DataFrame's ``attrs``, or else the laboratory's (:class:`.record.MiceTask`).

    Returns
    -------
    Mouse, or dict of name to Mouse
        Cleaned like the public files (:mod:`.cleaning`).  A mouse shows itself as a sentence on
        what was left out, and ``left_out`` has each row of it with its session and trial.  (Its
        line is that of a file in which all sessions stand.)

    Raises
    ------
    ValueError
        A column is missing or of another length, a table is of several sessions, there is none,
        more than 5% of the rows contradict the task, or the name is missing.

    Warns
    -----
    MouseDataWarning
        Rows that are left out, by reason; blocks, trials and times that cannot be.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> task = ibl.TaskParams(strengths=(0.05, 0.3, 0.9), blocks=ibl.task.Blocks((0.1, 0.5, 0.9)))
    >>> trials = ibl.sample_trials(task, n_sessions=2, n_blocks=4, seed=0)
    >>> tables = ibl.task.alf_trials(ibl.rollout(ibl.BayesianActor(task), trials), dt=0.5)
    >>> own = {"contrasts": (0.05, 0.3, 0.9), "probabilities": (0.1, 0.5, 0.9)}
    >>> ibl.mice.mouse_from_alf(tables, "Ada", **own)
    Ada: 2 sessions, 418 trials; nothing is left out
    >>> mice = ibl.mice.mouse_from_alf({"Ada": tables[0], "Bea": tables}, **own)
    >>> mice["Ada"].to_frame()[["block_side", "side", "strength", "choice"]].head(2)
       block_side  side  strength  choice
    0           0    -1       0.9      -1
    1           0    -1       0.9       0
    """
    if name is None and of_several(sessions):
        mice = {key: mouse_of(listed(one), key, task) for key, one in sessions.items()}
        warn_of(mice.values(), "the mice")
        return mice
    if name is None:
        raise ValueError(
            f"name must be the mouse's where sessions are no dict of mice, got {name!r}"
        )
    mouse = mouse_of(listed(sessions), name, task)
    warn_of([mouse], f"trials of {name}")
    return mouse


def mouse_of(tables: list, name: str, task: Mapping[str, Any], doubts: Sequence[str] = ()) -> Mouse:
    """The record of one mouse's tables; the task's fields that are None are noted, or usual."""
    if not tables:
        raise ValueError("sessions must hold at least one trials table, got none")
    noted = [_noted(table) for table in tables]
    names = [one.name for one in fields(MiceTask)]
    for number, one in enumerate(noted, start=1):
        if one != noted[0] and set(task) < set(names):
            first, other = noted[0] or "no task", one or "no task"
            raise ValueError(
                f"sessions must be of one task, or {', '.join(names)} be given, but the attrs of "
                f"session 1 note {first} and those of session {number} {other}"
            )
    own = replace(noted[0] or MiceTask(), **task)
    found = [(number, _found(table, number)) for number, table in enumerate(tables, start=1)]
    of_times = [doubt for number, table in found for doubt in _doubts(table, number)]
    parts = [_columns(table, number) for number, table in found]
    columns = {column: np.concatenate([part[column] for part in parts]) for column in COLUMNS}
    return clean(name, columns, f"trials of {name}", own, WORDS, [*doubts, *of_times])


def of_several(given) -> bool:
    """Whether this is a dict of tables, or of files, and no table."""
    return isinstance(given, Mapping) and bool(given) and all(map(_no_column, given.values()))


def listed(given) -> list:
    """Tables, or files, one after another: of one, of several, or of a dict of them."""
    if of_several(given):
        return [one for several in given.values() for one in listed(several)]
    if hasattr(given, "keys") or isinstance(given, str | PathLike):
        return [given]
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise ValueError(f"sessions must be trials tables, got {given!r:.80}")
    return list(given)


def _no_column(value) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(_no_column(one) for one in value)
    # A column may be a pandas Series, which has keys, too.
    is_table = hasattr(value, "keys") and getattr(value, "ndim", 2) == 2
    return is_table or isinstance(value, str | PathLike)


def load_with_one(
    name: str, sessions: str | Sequence[str], one=None, **task: Unpack[TaskFields]
) -> Mouse:
    """A mouse's sessions from the International Brain Laboratory's data base.

    Parameters
    ----------
    name : str
        The mouse's.
    sessions : sequence of str
        Identifiers of its sessions, in order, as ``one.search(subject=name)`` finds them, or one.
    one : one.api.ONE, optional
        The connection; by default ``ONE()`` of the library ``ONE-api``.
    **task
        ``contrasts``, ``probabilities`` and ``block_lengths``, as for :func:`mouse_from_alf`.

    Raises
    ------
    ImportError
        The library is not installed.
    """
    if one is None:
        with extra("alf"):
            from one.api import ONE
        one = ONE()
    sessions = [sessions] if isinstance(sessions, str) else sessions
    tables = [one.load_object(session, "trials") for session in sessions]
    return mouse_from_alf(tables, name, **task)


def _noted(table) -> MiceTask | None:
    """The task that our exporter noted in a table's attrs, which may hold words of others."""
    note = getattr(table, "attrs", {}).get(TASK)
    own = isinstance(note, Mapping) and note and set(note) <= {one.name for one in fields(MiceTask)}
    return MiceTask(**note) if own else None


def _found(table: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    """A session's columns, (n_trials,) float each."""
    if not hasattr(table, "keys"):
        raise ValueError(f"session {number} must be a table with named columns, got {table!r:.80}")
    if any(isinstance(one, Mapping) or hasattr(one, "columns") for _, one in table.items()):
        raise ValueError("sessions must be tables, got a mapping of tables and columns")
    for column in ("session", "eid"):
        if column in table and len(set(several := np.ravel(table[column]).tolist())) > 1:
            raise ValueError(
                f"session {number}: the column {column!r} must be of one session, got "
                f"{len(set(several))}: give a list of tables, one for each"
            )
    found = {}
    for column in ALF_COLUMNS:
        what = f"session {number}: the column {column!r}"
        if column not in table:
            raise ValueError(f"{what} is missing")
        try:
            values = table[column]
            if isinstance(values, np.ma.MaskedArray):  # whose hidden values are none
                values = values.astype(float).filled(np.nan)
            values = np.asarray(values)
            # As numbers these would be others than meant.
            kinds = (
                {np.asarray(one).dtype.kind for one in values.flat} if values.dtype == "O" else ()
            )
            for kind in "mMc" + "b" * (column != "feedbackType"):
                if kind == values.dtype.kind or kind in kinds:
                    raise TypeError(f"got {values.dtype} of kind {kind!r}")
            values = values.astype(float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what} must be numbers ({error})") from error
        if values.ndim == 0 or values.size != len(values):
            raise ValueError(f"{what} must have one number a trial, got shape {values.shape}")
        if column.endswith("_times"):
            values[np.isinf(values)] = np.nan  # not known, and without a difference
        found[column] = values.ravel()
    if len({len(values) for values in found.values()}) > 1:
        said = ", ".join(f"{column} has {len(values):,}" for column, values in found.items())
        raise ValueError(f"session {number}: columns must be of the same length, but {said} trials")
    return found


def _doubts(found: Mapping[str, np.ndarray], number: int) -> list[str]:
    """What cannot be of a session's times."""
    doubts = []
    for column in ("stimOn_times", "response_times"):
        # NaN compares as false
        step = np.diff(found[column])
        for odd, said in ((step == 0, "the same as"), (step < 0, "earlier than")):
            if odd.any():
                trial = np.flatnonzero(odd)[0] + 2
                doubts.append(
                    f"session {number}: {column} is {said} in the trial before in {odd.sum():,} "
                    f"trials (first: {trial})"
                )
    return doubts


def _columns(found: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    """A session's trials in the columns of the public files."""
    on_left, on_right = (~np.isnan(found[f"contrast{side}"]) for side in ("Left", "Right"))
    side = on_right.astype(int) - on_left  # 0, and so rejected, unless on exactly one
    n_trials = len(side)
    return {
        "trial_num": np.arange(1, n_trials + 1),
        "session_num": np.full(n_trials, number),
        "stim_probability_left": found["probabilityLeft"],
        "contrast": np.where(side > 0, found["contrastRight"], found["contrastLeft"]),
        "position": POSITION * side,
        "response_choice": -found["choice"],
        # 0 is what some tables have in trials without a choice
        "trial_correct": np.maximum(checks.nearest(found["feedbackType"], (-1.0, 0.0, 1.0)), 0),
        "reaction_time": found["response_times"] - found["stimOn_times"],
    }
