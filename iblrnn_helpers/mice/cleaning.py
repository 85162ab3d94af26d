"""From the rows of a mouse's file to a checked record.

The rules, made for what is in the 54 public files:

* A row is rejected if it contradicts the task: an unknown contrast, position, response, or
  probability, a ``trial_correct`` that does not follow from the response and the side, or
  numbers of trials and sessions that do not rise.
* ``position`` 0 stands for an unknown side (the files have it in trials without contrast in
  which the mouse did not choose).  Such a row is rejected, because nothing can be said of it.
* Other trials without a choice are kept.  They count as time-outs, as an agent's do.
* A missing reaction time costs the trial nothing but its reaction time, and so does
  a negative one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .record import CONTRASTS, Mouse, MouseTrials, Rejected

COLUMNS = (
    "trial_num",
    "session_num",
    "stim_probability_left",
    "contrast",
    "position",
    "response_choice",
    "trial_correct",
    "reaction_time",
)
POSITION = 35.0  # degrees of the visual field; left is negative
BLOCK_SIDE = {0.8: -1, 0.5: 0, 0.2: 1}  # of stim_probability_left


def clean(name: str, columns: Mapping[str, np.ndarray], file: str) -> Mouse:
    """Check a mouse's rows by the rules above and make a record of them.

    Parameters
    ----------
    name : str
        The mouse's.
    columns : mapping of str to (n_rows,) float
        All of ``COLUMNS``.
    file : str
        What the rejected rows name.

    Returns
    -------
    Mouse

    Raises
    ------
    ValueError
        If no row is left.
    """
    columns = {key: np.asarray(columns[key], dtype=float) for key in COLUMNS}
    broken, reasons = _broken_rules(columns)
    rejected = tuple(
        Rejected(file, int(row) + 2, reasons[broken[row]]) for row in np.flatnonzero(broken >= 0)
    )
    kept = {key: values[broken < 0] for key, values in columns.items()}
    n_trials = len(kept["contrast"])
    if not n_trials:
        raise ValueError(f"{file} has no row that can be used; the first: {rejected[:1] or 'none'}")

    new_session = np.diff(kept["session_num"], prepend=kept["session_num"][0] - 1) != 0
    probability = kept["stim_probability_left"]
    new_block = new_session | (np.diff(probability, prepend=np.nan) != 0)
    session = np.cumsum(new_session) - 1
    block_start = np.flatnonzero(new_block)[np.cumsum(new_block) - 1]  # of every trial
    first_block = (np.cumsum(new_block) - 1)[np.flatnonzero(new_session)]
    block_side = np.select([probability == p for p in BLOCK_SIDE], list(BLOCK_SIDE.values()))
    choice = kept["response_choice"].astype(np.int8)
    time = kept["reaction_time"].copy()
    negative = (time < 0) & (choice != 0)
    time[(choice == 0) | ~(time >= 0)] = np.nan
    trials = MouseTrials(
        session=session,
        block=np.cumsum(new_block) - 1 - first_block[session],
        trial_in_block=(kept["trial_num"] - kept["trial_num"][block_start]).astype(np.int64),
        block_side=block_side.astype(np.int8),
        side=np.sign(kept["position"]).astype(np.int8),
        strength=kept["contrast"],
    )
    return Mouse(trials, name, choice, time, rejected, int(np.count_nonzero(negative)))


def _broken_rules(columns: Mapping[str, np.ndarray]) -> tuple[np.ndarray, list[str]]:
    """(n_rows,) int: the first rule that a row breaks, -1 for none; and the rules in words."""
    trial, session = columns["trial_num"], columns["session_num"]
    response, position = columns["response_choice"], columns["position"]
    rewarded = columns["trial_correct"]
    same_session = np.diff(session, prepend=np.nan) == 0
    right = (response != 0) & (response == np.sign(position))
    rules = (
        (~_whole(trial) | ~_whole(session), "trial_num and session_num must be whole numbers >= 1"),
        (np.diff(session, prepend=0) < 0, "session_num is lower than in the row before"),
        (
            same_session & ~(np.diff(trial, prepend=0) > 0),
            "trial_num is not higher than in the row before",
        ),
        (
            ~np.isin(columns["stim_probability_left"], list(BLOCK_SIDE)),
            "stim_probability_left must be 0.2, 0.5 or 0.8",
        ),
        (
            ~np.isin(columns["contrast"], CONTRASTS),
            f"contrast must be one of {', '.join(f'{c:g}' for c in CONTRASTS)}",
        ),
        (position == 0, "position is 0: the side of the stimulus is not known"),
        (np.abs(position) != POSITION, "position must be -35 or 35"),
        (~np.isin(response, (-1, 0, 1)), "response_choice must be -1, 0 or 1"),
        (rewarded != right, "trial_correct does not follow from response_choice and position"),
    )
    first = np.full(len(trial), -1)
    for k in reversed(range(len(rules))):
        first[rules[k][0]] = k
    return first, [reason for _, reason in rules]


def _whole(values: np.ndarray) -> np.ndarray:
    return (values >= 1) & (values == np.floor(values))
