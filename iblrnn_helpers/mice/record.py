"""What a mouse met and did, with the words of the simulated task."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from ..trials import Behavior, TrialColumns

# Shares of the full contrast that the task has had; 0.04 and 0.08 in few sessions only.
CONTRASTS = (0.0, 0.04, 0.0625, 0.08, 0.125, 0.25, 0.5, 1.0)
LONGEST_BLOCK = 100  # International Brain Laboratory 2021, Methods


class Rejected(NamedTuple):
    """A row of a file that is not used, and why."""

    file: str
    line: int  # of the file, the header being line 1
    reason: str


@dataclass(frozen=True)
class MouseTrials(TrialColumns):
    """What the world did in a mouse's sessions.

    Attributes
    ----------
    session, block, trial_in_block, block_side, side, strength : (n_trials,)
        As for :class:`~iblrnn_helpers.trials.TrialColumns`.  ``strength`` is the contrast.
        ``block_side`` is 0 where left and right are equally likely.  ``trial_in_block``
        counts all trials of the mouse, those too that are missing or rejected.
    """

    session: np.ndarray
    block: np.ndarray
    trial_in_block: np.ndarray
    block_side: np.ndarray
    side: np.ndarray
    strength: np.ndarray

    def __post_init__(self):
        self._check_lengths([field.name for field in fields(self)])

    @property
    def strengths(self) -> tuple[float, ...]:
        """All contrasts, whether this mouse has met them or not."""
        return CONTRASTS

    @property
    def longest_block(self) -> int:
        """The longest that a block can be, in trials."""
        return LONGEST_BLOCK


@dataclass(frozen=True)
class Mouse(Behavior):
    """A mouse's trials and its behaviour in them.

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
    """

    trials: MouseTrials
    agent: str
    choice: np.ndarray
    reaction_time: np.ndarray
    rejected: tuple[Rejected, ...] = ()
    n_times_negative: int = 0

    def __post_init__(self):
        for name in ("choice", "reaction_time"):
            value = getattr(self, name)
            if len(value) != len(self.trials):
                raise ValueError(f"{name} must have {len(self.trials)} trials, got {len(value)}")
            value.flags.writeable = False
