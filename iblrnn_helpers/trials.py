"""What all records of trials share, of the simulated task and of the mice alike.

Analyses of behaviour need no more than this of a record, so they take both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class TrialColumns:
    """One value a trial of what the world did; a base class without fields of its own.

    All sessions stand one after another along a single trial axis, so that
    sessions may differ in length.

    Attributes
    ----------
    session : (n_trials,) int
        Which session, from 0; never decreases.
    block : (n_trials,) int
        Which block of its session, from 0.
    trial_in_block : (n_trials,) int
        From 0.
    block_side : (n_trials,) int8
        -1 left, +1 right; 0 where both sides are equally likely, as at the
        start of a mouse's session.
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

    def _check_lengths(self, names: Sequence[str]) -> None:
        """Make these arrays read-only; a ValueError names one of another length."""
        for name in names:
            value = getattr(self, name)
            if len(value) != self.n_trials:
                raise ValueError(f"{name} must have {self.n_trials} trials, got {len(value)}")
            value.flags.writeable = False

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
    def concordant(self) -> np.ndarray:
        """(n_trials,) bool: the stimulus is on the block's side."""
        return self.side == self.block_side

    @property
    def signed_strength(self) -> np.ndarray:
        """(n_trials,) float: strength, negative on the left."""
        return self.side * self.strength

    @property
    def after_switch(self) -> np.ndarray:
        """(n_trials,) bool: the trial's block follows one of the other side, in its session."""
        changes = (np.diff(self.session) != 0) | (np.diff(self.block) != 0)
        start = np.concatenate(([0], np.flatnonzero(changes) + 1))[: self.n_trials]  # of each block
        side, session = self.block_side[start], self.session[start]
        follows = np.zeros(len(start), dtype=bool)
        follows[1:] = (side[1:] == -side[:-1]) & (side[1:] != 0) & (np.diff(session) == 0)
        return np.repeat(follows, np.diff(np.append(start, self.n_trials)))

    @property
    def strengths(self) -> tuple[float, ...]:
        """All strengths that a trial of this kind can have."""
        raise NotImplementedError

    @property
    def longest_block(self) -> int:
        """The longest that a block of this kind can be, in trials."""
        raise NotImplementedError


class Behavior:
    """What somebody did in trials; a base class without fields of its own.

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
