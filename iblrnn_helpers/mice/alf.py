"""Mice from the trials tables of the International Brain Laboratory's data base (ALF, ONE)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .cleaning import POSITION, clean
from .record import Mouse

ALF_COLUMNS = (
    "contrastLeft",
    "contrastRight",
    "choice",
    "feedbackType",
    "probabilityLeft",
    "response_times",
    "stimOn_times",
)


def mouse_from_alf(sessions: Sequence[Mapping[str, np.ndarray]], name: str) -> Mouse:
    """A mouse's record from the trials tables of its sessions, in order.

    Parameters
    ----------
    sessions : sequence of mappings
        Each with (n_trials,) arrays ``contrastLeft`` and ``contrastRight`` (NaN on the side
        without stimulus), ``choice`` (of the wheel: -1 counter-clockwise, which is *right*;
        +1 left; 0 none), ``feedbackType`` (1 or -1), ``probabilityLeft``, ``response_times``
        and ``stimOn_times`` (seconds).  A pandas DataFrame will do.
    name : str
        The mouse's.

    Returns
    -------
    Mouse
        Cleaned like the public files (:mod:`.cleaning`); lines of rejected rows are counted
        as if all sessions stood in one file.

    Raises
    ------
    ValueError
        A column is missing, there is no session, or no trial is left.
    """
    if not sessions:
        raise ValueError("sessions must hold at least one trials table, got none")
    parts: dict[str, list] = {}
    for number, table in enumerate(sessions, start=1):
        for column, values in _columns(table, number).items():
            parts.setdefault(column, []).append(values)
    columns = {column: np.concatenate(values) for column, values in parts.items()}
    return clean(name, columns, f"trials of {name}")


def load_with_one(name: str, sessions: Sequence[str], one=None) -> Mouse:
    """A mouse's sessions from the International Brain Laboratory's data base.

    Parameters
    ----------
    name : str
        The mouse's.
    sessions : sequence of str
        Identifiers of its sessions, in order, as ``one.search(subject=name)`` finds them.
    one : one.api.ONE, optional
        The connection; by default ``ONE()`` of the library ``ONE-api``.

    Returns
    -------
    Mouse

    Raises
    ------
    ImportError
        The library is not installed.
    """
    if one is None:
        try:
            from one.api import ONE
        except ImportError as error:
            raise ImportError("install the library ONE-api (pip install ONE-api)") from error
        one = ONE()
    return mouse_from_alf([one.load_object(session, "trials") for session in sessions], name)


def _columns(table: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    """A session's trials in the columns of the public files."""
    for column in ALF_COLUMNS:
        if column not in table:
            raise ValueError(f"session {number}: the column {column!r} is missing")
    found = {column: np.asarray(table[column], dtype=float) for column in ALF_COLUMNS}
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
        "trial_correct": found["feedbackType"] > 0,
        "reaction_time": found["response_times"] - found["stimOn_times"],
    }
