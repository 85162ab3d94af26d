"""The record of what happened: the world's trials and what an agent did in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from ..core import checks
from ..core.crossed_effects import Estimate, jackknives
from .generative_model import Trials
from .trials import Behavior


@dataclass(frozen=True)
class Session(Behavior):
    """Trials and an agent's behaviour in them.

    Attributes
    ----------
    trials : Trials
        What the world did.
    agent : str
        Who played.
    choice : (n_trials,) int8
        -1 left, +1 right, 0 none (time-out).
    n_steps : (n_trials,) int
        Steps that each trial lasted, blank steps included, and at least one with an observation.
    p_right : (n_trials, max_steps) float
        The agent's probability of right at every step; NaN, or anything, after the trial's end.
    states : (n_rows, n_units) float, optional
        The agent's internal state at every step that took place, row after
        row as :attr:`row_trial` and :attr:`row_step` tell.  They may be large: not copied.

    Raises
    ------
    ValueError
        No trial, or an array of another shape, or with a value that is not allowed.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=2, n_blocks=3, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> session.to_frame().groupby("strength")["correct"].mean().is_monotonic_increasing
    True
    >>> at_ends = session.inputs[session.last_rows]  # what was seen when the trials ended
    >>> at_ends.shape == (session.n_trials, 3)
    True
    """

    trials: Trials
    agent: str
    choice: np.ndarray
    n_steps: np.ndarray
    p_right: np.ndarray
    states: np.ndarray | None = None

    def __post_init__(self):
        checks.kind("trials", self.trials, Trials)
        checks.printable("agent", self.agent)
        checks.some("trials", self.trials)
        params, shape = self.trials.params, (len(self.trials),)
        least, most = params.n_blank_steps + 1, params.max_steps
        checks.keep(self, "choice", shape, np.int8, allowed=(-1, 0, 1))
        checks.keep(self, "n_steps", shape, np.int64, low=least, high=most)
        checks.keep(self, "p_right", (*shape, most), np.float64, low=0, high=1, unknown=True)
        at_steps = "p_right of steps that took place"
        checks.column(at_steps, self.row_p_right, (self.n_rows,), np.float64, of="row")
        if self.states is not None:
            object.__setattr__(self, "states", self.rows_of(self.states, "states", n_axes=2))

    def of_sessions(self, kept: np.ndarray) -> Session:
        """The sessions of ``kept``, (n_sessions,) bool, renumbered from 0.

        Raises
        ------
        ValueError
            If it has another shape or type, or keeps none.
        """
        kept, trials = np.asarray(kept), self.trials
        if kept.dtype != bool or kept.shape != (trials.n_sessions,) or not kept.any():
            raise ValueError(
                f"kept must be ({trials.n_sessions},) bool with a session to keep, got {kept!r}"
            )
        use = kept[trials.session]
        columns = {field.name: getattr(trials, field.name)[use] for field in fields(Trials)[1:]}
        columns["session"] = (np.cumsum(kept) - 1)[columns["session"]]
        return replace(
            self,
            trials=Trials.unchecked(params=trials.params, **columns),
            choice=self.choice[use],
            n_steps=self.n_steps[use],
            p_right=self.p_right[use],
            states=None if self.states is None else self.states[use[self.row_trial]],
        )

    @property
    def n_observations_seen(self) -> np.ndarray:
        """(n_trials,) int: steps of each trial that were not blank."""
        return self.n_steps - self.trials.params.n_blank_steps

    @property
    def reward(self) -> np.ndarray:
        """(n_trials,) float: +1 correct, -1 wrong or timed out, and the penalties for waiting.

        Every observation that led to no action costs the waiting penalty, except
        a time-out's last, whose feedback is the -1 (paper section 2.1).
        """
        waited = self.n_observations_seen - 1
        return np.where(self.correct, 1.0, -1.0) + self.trials.params.waiting_penalty * waited

    def evidence(self, *, first_only: bool = False) -> np.ndarray:
        """(n_trials,) float: sum over a trial's steps of d = o^R - o^L, positive for right.

        Parameters
        ----------
        first_only : bool
            Of the first observation alone.  How many follow is the agent's choice, which depends
            on what it believed before; the first is drawn by the world whatever the agent does.
        """
        observations = self.trials.observations
        difference = observations[..., 1] - observations[..., 0]
        if first_only:
            return difference[:, 0]
        seen = np.arange(difference.shape[1]) < self.n_observations_seen[:, None]
        return np.where(seen, difference, 0.0).sum(axis=1)

    @property
    def last_p_right(self) -> np.ndarray:
        """(n_trials,) float: ``p_right`` at each trial's last step."""
        return self.p_right[np.arange(self.n_trials), self.n_steps - 1]

    # Rows: one for every step that took place, trial after trial.

    @property
    def n_rows(self) -> int:
        """Steps of all trials."""
        return int(self.n_steps.sum())

    @property
    def row_start(self) -> np.ndarray:
        """(n_trials + 1,) int: the steps of trial k are rows start[k] to start[k + 1] - 1."""
        return np.concatenate(([0], np.cumsum(self.n_steps)))

    @property
    def session_row_start(self) -> np.ndarray:
        """(n_sessions + 1,) int: those of session k are rows start[k] to start[k + 1] - 1."""
        return self.row_start[self.trials.session_start]

    @property
    def steps_per_session(self) -> np.ndarray:
        """(n_sessions,) int."""
        return np.diff(self.session_row_start)

    @property
    def last_rows(self) -> np.ndarray:
        """(n_trials,) int: the row of each trial's last step."""
        return self.row_start[1:] - 1

    @property
    def row_trial(self) -> np.ndarray:
        """(n_rows,) int: the trial to which each step belongs."""
        return np.repeat(np.arange(self.n_trials), self.n_steps)

    @property
    def row_step(self) -> np.ndarray:
        """(n_rows,) int: the step within its trial, from 0."""
        return np.arange(self.n_rows) - np.repeat(self.row_start[:-1], self.n_steps)

    @property
    def row_seen(self) -> np.ndarray:
        """(n_rows,) bool: the step shows an observation, and is not blank."""
        return self.row_step >= self.trials.params.n_blank_steps

    @property
    def row_block(self) -> np.ndarray:
        """(n_rows,) int: the block of each step, counted through all sessions."""
        return self.trials.block_index[self.row_trial]

    @property
    def row_block_side(self) -> np.ndarray:
        """(n_rows,) int8: the side of each step's block, -1 or +1."""
        return self.trials.block_side[self.row_trial]

    @property
    def row_in_right_block(self) -> np.ndarray:
        """(n_rows,) bool: the block is of the right; a ValueError if some are unbiased."""
        return self.trials.in_right_block[self.row_trial]

    @property
    def row_p_right(self) -> np.ndarray:
        """(n_rows,) float: ``p_right`` at each step."""
        return self.p_right[self.row_trial, self.row_step]

    @property
    def changing_rows(self) -> np.ndarray:
        """(n_rows - n_sessions,) int: rows with a row before them in the same session."""
        return np.delete(np.arange(self.n_rows), self.session_row_start[:-1])

    def rows_of(self, values: np.ndarray, field: str, *, n_axes: int = 1) -> np.ndarray:
        """``values`` as float, finite, with one row for every step.

        Raises
        ------
        ValueError
            If they are not.
        """
        values = checks.finite_array(field, values, n_axes=n_axes)
        if len(values) != self.n_rows:
            raise ValueError(
                f"{field} must have a row for each of the session's {self.n_rows} steps, "
                f"got {values.shape}"
            )
        return values

    @property
    def recorded_states(self) -> np.ndarray:
        """(n_rows, n_units) float: ``states``; a ValueError if there are none."""
        if self.states is None:
            raise ValueError(
                "session must hold states: play it with rollout(..., record_states=True)"
            )
        return self.states

    @property
    def feedback(self) -> np.ndarray:
        """(n_rows,) float: the input r of every step, the feedback of the step before it.

        +1 after a correct action, -1 after a wrong one or a time-out (both on
        the next trial's first step), the waiting penalty after an observation
        without action, 0 after a blank step and at a session's start.
        """
        params = self.trials.params
        r = np.where(self.row_step > params.n_blank_steps, params.waiting_penalty, 0.0)
        r[self.last_rows[:-1] + 1] = np.where(self.correct, 1.0, -1.0)[:-1]
        r[self.session_row_start[:-1]] = 0.0
        return r

    @property
    def inputs(self) -> np.ndarray:
        """(n_rows, 3) float: o^L, o^R and r of every step, as the agent received them."""
        seen = self.row_seen
        shown = self.row_step[seen] - self.trials.params.n_blank_steps
        inputs = np.zeros((self.n_rows, 3))
        inputs[seen, :2] = self.trials.observations[self.row_trial[seen], shown]
        inputs[:, 2] = self.feedback
        return inputs

    def to_frame(self):
        """One row a trial, as a pandas DataFrame.

        ``concordant`` is missing in unbiased blocks.  ``block_p_right`` is there if the task's
        ``blocks`` are its own.
        """
        import pandas as pd

        trials = self.trials
        of_world = trials.to_columns()
        if trials.params.blocks is not None:
            of_world["block_p_right"] = trials.block_p_right
        of_agent = {name: getattr(self, name) for name in ("choice", "correct", "n_steps")}
        return pd.DataFrame(of_world | of_agent)

    def steps_to_frame(self):
        """One row a step, as a pandas DataFrame: trial, step, inputs and p_right."""
        import pandas as pd

        inputs = self.inputs
        return pd.DataFrame(
            {
                "session": self.trials.session[self.row_trial],
                "trial": self.row_trial,
                "step": self.row_step,
                "observation_left": inputs[:, 0],
                "observation_right": inputs[:, 1],
                "feedback": inputs[:, 2],
                "p_right": self.row_p_right,
            }
        )


def leave_sessions_out(
    session: Session, measure: Callable[[Session], Mapping[str, float]], n_groups: int
) -> dict[str, Estimate]:
    """Numbers of a session, whatever is fitted on the way, with the parts of groups of sessions.

    Parameters
    ----------
    measure : callable
        From a session to numbers by name; it is asked of all, and without each group in turn.
    n_groups : int
        Of neighbouring sessions, at least 2; the same for all agents that played the same trials.
    """
    n_sessions = session.trials.n_sessions
    checks.integer("n_groups", n_groups, low=2, high=n_sessions)
    group = np.arange(n_sessions) * n_groups // n_sessions
    return jackknives(lambda kept: measure(session.of_sessions(kept)), group)
