"""From the rows of a mouse's table to a checked record, and what is said of rows that are left out.

The rules, made for what is in the 54 public files:

* A row is rejected if it contradicts the task: an unknown contrast, position, response, or
  probability, a ``trial_correct`` that does not follow from the response and the side, or
  numbers of trials and sessions that do not rise.
* ``position`` 0 stands for an unknown side (the files have it in trials without contrast in
  which the mouse did not choose).  Such a row is rejected, because nothing can be said of it.
* Other trials without a choice are kept.  They count as time-outs, as an agent's do.
* A missing reaction time costs the trial nothing but its reaction time, and so does
  a negative one.

For tables of other makers:

* Numbers are compared up to rounding, and the task's own are kept.
* Contrasts in percent, and contrasts that are negative on the left, are understood where no other
  reading is possible.
* A table that loses more than :data:`MOST_LEFT_OUT` of its rows is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..core import checks
from ..task.blocks import told_blocks
from .record import (
    MiceTask,
    Mouse,
    MouseDataWarning,
    MouseTrials,
    Rejected,
    report,
    rows_left_out,
)

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
NUMBERED = ("session_num", "trial_num")
POSITION = 35.0  # degrees of the visual field; left is negative
# The worst of the public files loses 0.6%.  A file that writes one contrast, or one kind of block,
# in another way than the task loses a tenth or more.
MOST_LEFT_OUT = 0.05
MOST_ODD_BLOCKS = 0.01  # in the public files one of all blocks is too short, by a trial
LEAST_REPEATED = 10  # trials of a session that cannot come again by chance
LONGEST_TRIAL = 60.0  # seconds: then the task goes on


class Words(NamedTuple):
    """How a table calls what the rules are about."""

    probability: str = "stim_probability_left"
    contrast: str = "contrast"
    choice: str = "response_choice"
    correct: str = "trial_correct does not follow from response_choice and position"
    no_side: str = "position is 0: the side of the stimulus is not known"
    choice_sign: int = 1


def clean(
    name: str,
    columns: Mapping[str, np.ndarray],
    file: str,
    task: MiceTask,
    words: Words,
    doubts: Sequence[str] = (),
) -> Mouse:
    """Check a mouse's rows by the rules above and make a record of them.

    Parameters
    ----------
    name : str
        The mouse's.
    columns : mapping of str to (n_rows,) float
        All of ``COLUMNS``.
    file : str
        What the rejected rows name.
    task : MiceTask
    words : Words
        What the reasons call the columns.
    doubts : sequence of str
        What else is known to be wrong.

    Raises
    ------
    ValueError
        If no row remains, or more than :data:`MOST_LEFT_OUT` of them are left out, or contrasts
        have signs that can be read in several ways.
    """
    given = {key: np.asarray(columns[key], dtype=float) for key in COLUMNS}
    given["contrast"] = _shares(given["contrast"], given["position"], task, words, file)
    n_rows = len(given["contrast"])
    if not n_rows:
        raise ValueError(f"{file} has no row")
    columns, rules = _rules(given, task, words)
    broken = np.select([rule.broken for rule in rules], list(range(len(rules))), default=-1)
    shown = given | {"response_choice": words.choice_sign * given["response_choice"]}
    rejected = []
    for row in np.flatnonzero(broken >= 0).tolist():
        reason, _, column = rules[broken[row]]
        value = float(shown[column][row]) if column else None
        of = (None if np.isnan(columns[key][row]) else int(columns[key][row]) for key in NUMBERED)
        rejected.append(Rejected(file, row + 2, reason, value, *of))
    if len(rejected) > MOST_LEFT_OUT * n_rows:
        first = rejected[0]
        of_session = "" if first.session is None else f" of session {first.session}"
        where = "" if first.trial is None else f", trial {first.trial}{of_session}"
        raise ValueError(
            f"{file}: {rows_left_out(rejected, n_rows)}, and at most {MOST_LEFT_OUT:.0%} may be; "
            f"the first is line {first.line}{where} (other tasks: contrasts=, probabilities=)"
        )
    kept = {key: values[broken < 0] for key, values in columns.items()}

    probability = kept["stim_probability_left"]
    session, block, place = told_blocks(kept["session_num"], kept["trial_num"], probability)
    choice = kept["response_choice"].astype(np.int8)
    time = kept["reaction_time"].copy()
    n_negative = np.count_nonzero((time < 0) & (choice != 0))
    time[(choice == 0) | ~((time >= 0) & (time <= checks.HUGE))] = np.nan
    trials = MouseTrials(
        session=session,
        block=block,
        trial_in_block=place.astype(np.int64),
        block_side=checks.signs(0.5 - probability),
        side=np.sign(kept["position"]).astype(np.int8),
        strength=kept["contrast"],
        task=task,
    )
    doubts = (*doubts, *_doubts(trials, choice, time, words))
    return Mouse(trials, name, choice, time, tuple(rejected), int(n_negative), doubts)


class _Rule(NamedTuple):
    reason: str
    broken: np.ndarray  # (n_rows,) bool
    column: str = ""  # whose value says what is wrong, if it is of one column


def _rules(
    given: dict[str, np.ndarray], task: MiceTask, words: Words
) -> tuple[dict[str, np.ndarray], list[_Rule]]:
    """The columns with the task's own numbers, NaN where there is none; and who breaks what."""
    own = {
        "trial_num": _whole(given["trial_num"]),
        "session_num": _whole(given["session_num"]),
        "stim_probability_left": checks.nearest(given["stim_probability_left"], task.probabilities),
        "contrast": checks.nearest(given["contrast"], task.contrasts),
        "position": checks.nearest(given["position"], (-POSITION, 0.0, POSITION)),
        "response_choice": checks.nearest(given["response_choice"], (-1.0, 0.0, 1.0)),
        "trial_correct": checks.nearest(given["trial_correct"], (0.0, 1.0)),
    }
    trial, session, probability, contrast, position, choice, correct = own.values()
    # In order is what is higher than all before it; NaN, which is rejected, does not count.
    # Ranks, because the numbers may be too large to be one.
    place = _ranks(session) * (1 + len(trial)) + _ranks(trial)
    place_before, session_before = (
        np.fmax.accumulate(np.append(-np.inf, values))[:-1] for values in (place, session)
    )
    right = (choice != 0) & (choice == np.sign(position))
    numbered = f"trial_num and session_num must be whole numbers >= 1 and <= {checks.WHOLE}"
    one_probability = f"{words.probability} must be {_one_of(task.probabilities)}"
    one_contrast = f"{words.contrast} must be one of {', '.join(f'{c:g}' for c in task.contrasts)}"
    one_choice = f"{words.choice} must be -1, 0 or 1"
    return given | own, [
        _Rule(numbered, np.isnan(trial) | np.isnan(session)),
        _Rule("session_num is lower than in a row before", session < session_before),
        _Rule("trial_num is not higher than in the rows before", place <= place_before),
        _Rule(one_probability, np.isnan(probability), "stim_probability_left"),
        _Rule(one_contrast, np.isnan(contrast), "contrast"),
        _Rule(words.no_side, position == 0),
        _Rule("position must be -35 or 35", np.isnan(position), "position"),
        _Rule(one_choice, np.isnan(choice), "response_choice"),
        _Rule(words.correct, correct != right),
    ]


def _shares(
    contrast: np.ndarray, position: np.ndarray, task: MiceTask, words: Words, file: str
) -> np.ndarray:
    """Contrasts without a sign and as shares of the full one, if that is how they can be read."""
    shown = np.abs(contrast) > checks.ROUNDING  # not NaN
    negative = shown & (contrast < 0)
    if negative.any():
        on_left = position < 0
        odd = shown & (negative != on_left)
        if odd.any():
            raise ValueError(
                f"{file}: {words.contrast} must be >= 0, or negative for all stimuli on the left "
                f"and none on the right, got {contrast[odd][0]:g} on the "
                f"{'left' if on_left[odd][0] else 'right'} beside {contrast[negative][0]:g}"
            )
    contrast = np.abs(contrast)
    above = contrast > max(task.contrasts) + checks.ROUNDING
    percent = contrast[~np.isnan(contrast)] / 100
    if above.any() and not np.isnan(checks.nearest(percent, task.contrasts)).any():
        return contrast / 100
    return contrast


def _doubts(trials: MouseTrials, choice, time: np.ndarray, words: Words) -> list[str]:
    """What cannot be as it stands in the table."""
    found = []
    shortest, longest = trials.task.block_lengths
    end = np.flatnonzero(np.diff(trials.block_index, append=-1))  # of each block
    length = trials.trial_in_block[end] + 1
    # A session may end within a block.
    cut = np.diff(trials.session[end], append=-1) != 0
    odd = (trials.block_side[end] != 0) & (((length < shortest) & ~cut) | (length > longest))
    if odd.sum() > MOST_ODD_BLOCKS * len(end):
        found.append(
            f"{odd.sum():,} of {len(end):,} blocks of equal {words.probability} are not {shortest} "
            f"to {longest} trials long (but {length[odd].min()} to {length[odd].max()})"
        )
    of_a_side = trials.block_side != 0
    on_it = (trials.side == trials.block_side)[of_a_side]
    # Four standard deviations fewer than half, which no true probability above it gives.
    if on_it.sum() < len(on_it) / 2 - 2 * len(on_it) ** 0.5:
        found.append(
            f"{words.probability} must be that of a stimulus on the left, but only "
            f"{on_it.mean():.0%} of the trials in blocks of one side are on that side"
        )
    columns = (trials.trial_in_block, trials.block_side, trials.side, trials.strength, choice, time)
    seen: dict[tuple, int] = {}
    for number, (first, last) in enumerate(pairwise(trials.session_start)):
        key = tuple(column[first:last].tobytes() for column in columns)
        if seen.setdefault(key, number) != number and last - first >= LEAST_REPEATED:
            found.append(f"session {number + 1} repeats session {seen[key] + 1}")
    known = time[~np.isnan(time)]
    if len(known) and np.median(known) > LONGEST_TRIAL:
        found.append(
            f"half of the reaction times are above {np.median(known):g}, and a trial ends after "
            f"{LONGEST_TRIAL:g} s: times must be in seconds"
        )
    return found


def _whole(values: np.ndarray) -> np.ndarray:
    """Whole numbers >= 1 that are exact, NaN where there is none."""
    near = np.rint(np.where(np.abs(values) <= checks.WHOLE, values, np.nan))
    return np.where((near >= 1) & (np.abs(values - near) <= checks.ROUNDING), near, np.nan)


def _ranks(values: np.ndarray) -> np.ndarray:
    """The rank of each among the different values; NaN stays NaN."""
    ranks = np.unique(values, return_inverse=True)[1].reshape(values.shape).astype(float)
    return np.where(np.isnan(values), np.nan, ranks)


def _one_of(values: Sequence[float]) -> str:
    *most, last = (f"{value:g}" for value in values)
    return f"{', '.join(most)} or {last}" if most else last


def warn_of(mice: Iterable[Mouse], whose: str) -> None:
    """Warn of rows that were left out, of times that were, and of what cannot be."""
    said = report(list(mice))
    if said:
        warnings.warn(f"{whose}: {'; '.join(said)}", MouseDataWarning, stacklevel=3)
