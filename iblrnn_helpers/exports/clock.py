"""From steps to seconds: files of experiments have a clock, and the task has none."""

from __future__ import annotations

import numpy as np

from .. import checks
from ..session import Session
from ..task import TaskParams


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
