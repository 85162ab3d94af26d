"""What all records of trials share, of the simulated task and of the mice alike.

Analyses of behaviour need no more than this of a record, so they take both.
"""

from __future__ import annotations

import numpy as np

from ..core import checks

COLUMNS = ("session", "block", "trial_in_block", "block_side", "side", "strength")


class TrialColumns:
    """One value a trial of what the world did; a base class without fields of its own.

    All sessions stand one after another along a single trial axis, so that
    sessions may differ in length.

    Attributes
    ----------
    session : (n_trials,) int
        Which session, from 0; each after the one before.
    block : (n_trials,) int
        Which block of its session, from 0; never decreases in a session.
    trial_in_block : (n_trials,) int
        From 0.
    block_side : (n_trials,) int8
        -1 left, +1 right; 0 where both sides are equally likely, as at the
        start of a mouse's session.  The same in all of a block.
    side : (n_trials,) int8
        -1 left, +1 right.
    strength : (n_trials,) float
        Of the stimulus: an agent's mu, or a contrast.
    """

    session: np.ndarray
    block: np.ndarray
    trial_in_block: np.ndarray
    block_side: np.ndarray
    side: np.ndarray
    strength: np.ndarray

    def _check_columns(self) -> None:
        """Make the columns read-only arrays of this record alone; a ValueError names a wrong one.

        Strengths that are those of the task but for rounding become these.
        """
        shape = checks.unmasked("session", self.session).ravel().shape
        for name in COLUMNS[:3]:
            checks.keep(self, name, shape, np.int64, low=0)
        checks.keep(self, "block_side", shape, np.int8, allowed=(-1, 0, 1))
        checks.keep(self, "side", shape, np.int8, allowed=(-1, 1))
        checks.keep(self, "strength", shape, np.float64, low=0)
        on, turn = np.diff(self.session, prepend=-1), np.diff(self.block_side, prepend=0) != 0
        step = np.where(on == 0, np.diff(self.block, prepend=0), 1)
        checks.sequence("session", self.session, on < 0, "not decrease")
        checks.sequence("session", self.session, on > 1, "begin at 0 and leave out no number")
        checks.sequence("block", self.block, step < 0, "not decrease in a session")
        checks.sequence("block_side", self.block_side, (step == 0) & turn, "not change in a block")
        task = checks.nearest(self.strength, self.strengths)
        own = np.where(np.isnan(task), self.strength, task)
        self._keep("strength", checks.read_only(own))

    def _keep(self, name: str, values: np.ndarray) -> None:
        object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.session)

    @property
    def n_trials(self) -> int:
        return len(self.session)

    @property
    def session_start(self) -> np.ndarray:
        """(n_sessions + 1,) int: session k holds trials start[k] to start[k + 1] - 1."""
        changes = np.flatnonzero(np.diff(self.session)) + 1
        return np.concatenate(([0], changes, [self.n_trials]))

    @property
    def n_sessions(self) -> int:
        return len(self.session_start) - 1

    @property
    def trials_per_session(self) -> np.ndarray:
        """(n_sessions,) int."""
        return np.diff(self.session_start)

    @property
    def block_index(self) -> np.ndarray:
        """(n_trials,) int: the block of each trial, counted through all sessions."""
        changes = (np.diff(self.session) != 0) | (np.diff(self.block) != 0)
        return np.concatenate(([0], np.cumsum(changes)))[: self.n_trials]

    @property
    def block_lengths(self) -> np.ndarray:
        """(n_blocks,) int: trials in each block, through all sessions."""
        return np.bincount(self.block_index)

    @property
    def block_start(self) -> np.ndarray:
        """(n_blocks,) int: the first trial of each block."""
        return np.flatnonzero(np.diff(self.block_index, prepend=-1))

    @property
    def concordant(self) -> np.ndarray:
        """(n_trials,) bool: the stimulus is on the block's side; never in unbiased blocks."""
        return self.side == self.block_side

    def to_columns(self) -> dict:
        """The columns, and ``concordant``, which is missing in unbiased blocks, for a table."""
        columns = {name: getattr(self, name) for name in (*COLUMNS, "concordant")}
        if not self.has_side.all():
            import pandas as pd

            columns["concordant"] = pd.array(self.concordant, dtype="boolean")
            columns["concordant"][~self.has_side] = pd.NA
        return columns

    @property
    def discordant(self) -> np.ndarray:
        """(n_trials,) bool: it is on the other side; never in unbiased blocks."""
        return self.side == -self.block_side

    @property
    def has_side(self) -> np.ndarray:
        """(n_trials,) bool: the block is of the left or of the right, and not unbiased."""
        return self.block_side != 0

    @property
    def in_right_block(self) -> np.ndarray:
        """(n_trials,) bool: the block is of the right; a ValueError if some are unbiased."""
        if not self.has_side.all():
            n = np.count_nonzero(~self.has_side)
            raise ValueError(
                f"block_side must be -1 or 1 in this analysis, got 0 in {n:,} trials: it compares "
                "left and right blocks, and unbiased ones are neither"
            )
        return self.block_side > 0

    @property
    def signed_strength(self) -> np.ndarray:
        """(n_trials,) float: strength, negative on the left."""
        return self.side * self.strength

    @property
    def after_switch(self) -> np.ndarray:
        """(n_trials,) bool: the trial's block follows one of the other side, in its session."""
        side, session = self.block_side[self.block_start], self.session[self.block_start]
        follows = np.zeros(len(side), dtype=bool)
        follows[1:] = (side[1:] == -side[:-1]) & (side[1:] != 0) & (np.diff(session) == 0)
        return follows[self.block_index]

    def of_strength(self, strength: float) -> np.ndarray:
        """(n_trials,) bool: the stimulus is of this strength.

        Raises
        ------
        ValueError
            If no trial of this kind can have it.
        """
        own = checks.nearest(checks.number("strength", strength), self.strengths)
        if np.isnan(own):
            raise ValueError(f"strength must be one of {self.strengths}, got {strength!r}")
        return self.strength == own

    @property
    def strengths(self) -> tuple[float, ...]:
        """All strengths that a trial of this kind can have."""
        raise NotImplementedError

    @property
    def longest_block(self) -> int:
        """The longest that a block of this kind can be, in trials."""
        raise NotImplementedError


class Behavior:
    """What an agent did in trials; a base class without fields of its own.

    Attributes
    ----------
    trials : TrialColumns
    agent : str
        Who played.
    choice : (n_trials,) int8
        -1 left, +1 right, 0 none (time-out).
    """

    trials: TrialColumns
    agent: str
    choice: np.ndarray

    @property
    def n_trials(self) -> int:
        return self.trials.n_trials

    @property
    def correct(self) -> np.ndarray:
        """(n_trials,) bool: the stimulus side was chosen.  A time-out is not correct."""
        return self.choice == self.trials.side

    @property
    def timed_out(self) -> np.ndarray:
        """(n_trials,) bool: no action was taken."""
        return self.choice == 0
