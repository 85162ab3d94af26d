"""Sessions as an xarray Dataset: arrays that know the names of their dimensions."""

from __future__ import annotations

import numpy as np

from ..core import checks
from .generative_model import TaskParams
from .session import Session

DESCRIPTIONS = {
    "session": "number of the session, from 0",
    "block": "number of the block in its session, from 0",
    "trial_in_block": "number of the trial in its block, from 0",
    "block_side": "-1 left, +1 right",
    "side": "side of the stimulus: -1 left, +1 right",
    "strength": "mean of the observations on the stimulus side",
    "concordant": "the stimulus is on the block's side",
    "choice": "-1 left, +1 right, 0 none (time-out)",
    "correct": "the stimulus side was chosen",
    "n_steps": "steps that the trial lasted, blank steps included",
}


def to_xarray(session: Session):
    """A Session's trials, steps and states with named dimensions.

    Parameters
    ----------
    session : Session

    Returns
    -------
    xarray.Dataset
        Over ``trial``: the columns of ``to_frame``, those of the world as coordinates.  Over
        ``trial`` and ``step``: ``observations`` (with ``observed_side``, -1 and +1),
        ``feedback``, ``p_right`` and, if they were recorded, ``states`` (with ``unit``); NaN
        after a trial's end.  Steps are the task's own unit of time.
    """
    import xarray

    trials = session.trials
    row = session.row_trial, session.row_step

    def padded(values: np.ndarray) -> np.ndarray:
        """(n_trials, max_steps, ...) from (n_rows, ...)."""
        whole = np.full((session.n_trials, trials.params.max_steps, *values.shape[1:]), np.nan)
        whole[row] = values
        return whole

    frame = session.to_frame()
    inputs = session.inputs
    of_agent = ("choice", "correct", "n_steps")
    columns = {
        name: ("trial", frame[name].to_numpy(), {"description": text})
        for name, text in DESCRIPTIONS.items()
    }
    variables = {name: columns.pop(name) for name in of_agent}
    steps = ("trial", "step")
    variables["observations"] = (
        (*steps, "observed_side"),
        padded(inputs[:, :2]),
        {"description": "o^L and o^R, both 0 on blank steps"},
    )
    variables["feedback"] = (
        steps,
        padded(inputs[:, 2]),
        {"description": "the input r, the reward of the step before"},
    )
    variables["p_right"] = (
        steps,
        session.p_right,
        {"description": "the agent's probability of right, if it acted now"},
    )
    if session.states is not None:
        variables["states"] = (
            (*steps, "unit"),
            padded(session.states),
            {"description": "the agent's internal state"},
        )
    return xarray.Dataset(
        variables,
        coords={
            "trial": np.arange(session.n_trials),
            "step": np.arange(trials.params.max_steps),
            "observed_side": [-1, 1],
            **columns,
        },
        attrs={"agent": session.agent, "unit_of_time": "step"},
    )


# From steps to seconds: files of experiments have a clock, and the task has none.


def trial_times(session: Session, dt: float) -> dict[str, np.ndarray]:
    """When each trial began, showed its stimulus and ended, if a step lasts ``dt`` seconds.

    Trials follow each other without a pause, and every session begins at 0.

    Parameters
    ----------
    session : Session
    dt : float
        Seconds that a step lasts, > 0.  Yours to choose: the task is in steps.

    Returns
    -------
    dict
        Of arrays (n_trials,) in seconds: ``start`` of the first step, ``stimulus_on``, the
        start of the first step with an observation, and ``end`` of the last step, when the
        choice is made or the time is out.

    Raises
    ------
    ValueError
        If ``dt`` is not a number > 0.
    """
    checks.number("dt", dt, above=0)
    first = session.trials.session_start
    n_trials = np.diff(first)  # of each session
    steps_before = session.row_start
    of_its_session = np.repeat(steps_before[first[:-1]], n_trials)
    start = steps_before[:-1] - of_its_session
    return {
        "start": dt * start,
        "stimulus_on": dt * (start + session.trials.params.n_blank_steps),
        "end": dt * (start + session.n_steps),
    }


def probabilities_left(params: TaskParams) -> tuple[float, float]:
    """P(stimulus on the left) in a left block, and in a right one."""
    # Rounded because tools look for 0.2 itself, and 1 - 0.8 falls short of it.
    return params.concordance, round(1 - params.concordance, 12)


def probability_left(session: Session) -> np.ndarray:
    """(n_trials,) float: P(stimulus on the left), given the trial's block."""
    left_block, right_block = probabilities_left(session.trials.params)
    return np.where(session.trials.block_side == -1, left_block, right_block)
