"""What a mouse met and did, with the words of the simulated task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core import checks
from ..task.trials import Behavior, TrialColumns


class MouseDataWarning(UserWarning):
    """Rows of a mouse's table are left out, or something in it cannot be as it is."""


class Rejected(NamedTuple):
    """A row of a file that is not used, and why."""

    file: str
    line: int  # of the file, the header being line 1
    reason: str
    value: float | None = None  # what stands there, if it is one value that is wrong
    session: int | None = None  # as the table numbers it, or the tables' order, from 1
    trial: int | None = None  # of the session, from 1


@dataclass(frozen=True)
class MiceTask:
    """The mice's task, or another of its kind: what a table may hold.

    Attributes
    ----------
    contrasts : tuple of float
        All that there are, each >= 0.  A table may have them in percent, or negative on the left.
    probabilities : tuple of float
        Of a stimulus on the left, in any number of kinds of blocks: above one half in a left
        block, below in a right block, one half in neither.
    block_lengths : (int, int)
        The shortest and the longest block of one side, in trials.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
    """

    # Shares of the full contrast; 0.04 and 0.08 in few sessions only.
    contrasts: Sequence[float] = (0.0, 0.04, 0.0625, 0.08, 0.125, 0.25, 0.5, 1.0)
    probabilities: Sequence[float] = (0.2, 0.5, 0.8)
    block_lengths: Sequence[int] = (20, 100)  # International Brain Laboratory 2021, Methods

    def __post_init__(self):
        for field, limits in (("contrasts", {}), ("probabilities", {"high": 1})):
            values = getattr(self, field)
            values = values if np.iterable(values) else [values]
            values = tuple(checks.number(field, value, low=0, **limits) for value in values)
            if not values:
                raise ValueError(f"{field} must hold at least one value, got none")
            object.__setattr__(self, field, values)
        different = np.diff(np.unique(self.probabilities))
        if (different <= 2 * checks.ROUNDING).any():
            raise ValueError(
                f"probabilities must differ by more than rounding, got {self.probabilities}"
            )
        lengths = self.block_lengths
        if not np.iterable(lengths) or len(lengths) != 2:
            raise ValueError(f"block_lengths must be shortest and longest, got {lengths!r}")
        lengths = tuple(checks.integer("block_lengths", length, low=1) for length in lengths)
        if lengths[0] > lengths[1]:
            raise ValueError(f"block_lengths must be shortest and longest, got {lengths!r}")
        object.__setattr__(self, "block_lengths", lengths)


@dataclass(frozen=True)
class MouseTrials(TrialColumns):
    """What the world did in a mouse's sessions.

    Attributes
    ----------
    session, block, trial_in_block, block_side, side, strength : (n_trials,)
        As for :class:`~iblrnn_helpers.task.trials.TrialColumns`.  ``strength`` is the contrast.
        ``block_side`` is 0 where left and right are equally likely.  ``trial_in_block``
        counts all trials of the mouse, those too that are missing or rejected.
    task : MiceTask

    Raises
    ------
    ValueError
        A column of another length, or with a value that is not allowed.
    """

    session: np.ndarray
    block: np.ndarray
    trial_in_block: np.ndarray
    block_side: np.ndarray
    side: np.ndarray
    strength: np.ndarray
    task: MiceTask = MiceTask()

    def __post_init__(self):
        checks.kind("task", self.task, MiceTask)
        self._check_columns()

    @property
    def strengths(self) -> tuple[float, ...]:
        """All contrasts, whether this mouse has met them or not."""
        return self.task.contrasts

    @property
    def longest_block(self) -> int:
        """The longest that a block can be, in trials."""
        return self.task.block_lengths[1]


@dataclass(frozen=True, repr=False)
class Mouse(Behavior):
    """A mouse's trials and its behaviour in them; shows itself as a sentence on what was left out.

    Attributes
    ----------
    trials : MouseTrials
    agent : str
        The mouse's name.
    choice : (n_trials,) int8
        -1 left, +1 right, 0 none within the minute that a trial lasts.
    reaction_time : (n_trials,) float
        Seconds from the stimulus; NaN where it is not known, or there was no choice.
    rejected : tuple of Rejected
        Rows that were left out.
    n_times_negative : int
        Choices whose reaction time was below 0 and is NaN here.
    doubts : tuple of str
        What cannot be as it stands in the table, in sentences.

    Raises
    ------
    ValueError
        A column of another length, or with a value that is not allowed.
    """

    trials: MouseTrials
    agent: str
    choice: np.ndarray
    reaction_time: np.ndarray
    rejected: tuple[Rejected, ...] = ()
    n_times_negative: int = 0
    doubts: tuple[str, ...] = ()

    def __post_init__(self):
        checks.kind("trials", self.trials, MouseTrials)
        checks.printable("agent", self.agent)
        shape = (len(self.trials),)
        checks.keep(self, "choice", shape, np.int8, allowed=(-1, 0, 1))
        checks.keep(self, "reaction_time", shape, np.float64, low=0, unknown=True)

    def __repr__(self) -> str:
        n_sessions = self.trials.n_sessions
        sessions = f"{n_sessions:,} session" + "s" * (n_sessions != 1)
        said = report([self])
        if not (self.rejected or self.n_times_negative):
            said.insert(0, "nothing is left out")
        return "; ".join([f"{self.agent}: {sessions}, {self.n_trials:,} trials", *said])

    @property
    def left_out(self):
        """The fields of ``rejected``, a row each, as a pandas DataFrame."""
        import pandas as pd

        whole = dict.fromkeys(("line", "session", "trial"), "Int64")
        return pd.DataFrame(self.rejected, columns=list(Rejected._fields)).astype(whole)

    def to_frame(self):
        """One row a trial, as a pandas DataFrame; ``concordant`` is missing in unbiased blocks."""
        import pandas as pd

        of_mouse = {name: getattr(self, name) for name in ("choice", "correct", "reaction_time")}
        return pd.DataFrame(self.trials.to_columns() | of_mouse)


def report(mice: Sequence[Mouse]) -> list[str]:
    """What is left out of mice's tables, and what cannot be as it stands there."""
    rejected = [one for mouse in mice for one in mouse.rejected]
    said, n_negative = [], sum(mouse.n_times_negative for mouse in mice)
    if rejected:
        n_rows = sum(mouse.n_trials for mouse in mice) + len(rejected)
        said.append(rows_left_out(rejected, n_rows))
    if n_negative:
        said.append(f"negative reaction times are left out: {n_negative:,}")
    return said + doubts_of(mice)


def doubts_of(mice: Sequence[Mouse]) -> list[str]:
    """What cannot be as it stands, with the mouse's name where there are several."""
    several = len(mice) > 1
    return [f"{mouse.agent}: " * several + doubt for mouse in mice for doubt in mouse.doubts]


def rows_left_out(rejected: Sequence[Rejected], n_rows: int) -> str:
    """How many rows are left out, for which reasons, and what stands there."""
    return f"{len(rejected):,} of {n_rows:,} rows are left out: {', '.join(counts(rejected))}"


def counts(rejected: Iterable[Rejected]) -> list[str]:
    """For each reason how many rows there are, and the most frequent values that stand there."""
    by_reason: dict[str, Counter] = {}
    for one in rejected:
        value = None if one.value is None else f"{one.value:g}"
        by_reason.setdefault(one.reason, Counter())[value] += 1
    lines = []
    for reason, found in by_reason.items():
        values = [value for value, _ in found.most_common() if value is not None]
        got = ", ".join(values[:4]) + ", …" * (len(values) > 4)
        lines.append(f"{found.total():,} because {reason}" + f" (got {got})" * bool(values))
    return lines
