"""How well a distilled model follows the states that it was fitted to."""

from __future__ import annotations

import numpy as np

from ..distillation.distill import steps_of
from ..distillation.model import DistilledModel
from ..session import Session
from .decoding import rows_of
from .readouts import changing_rows


def one_step_r2(model: DistilledModel, session: Session, states: np.ndarray) -> np.ndarray:
    """Share of each coordinate's variance that one step of the model accounts for.

    Every step starts from the true state before it.  Steps without one, a session's first, are
    left out.

    Parameters
    ----------
    model : DistilledModel
    session : Session
        Whose inputs drive the model.
    states : (n_rows, M) float
        Projected states of every step, as they were before the model's ``scale``.

    Returns
    -------
    (M,) float
        1 - (sum of squared errors) / (sum of squares around the mean).

    Raises
    ------
    ValueError
        If there is not one state of M numbers for every step.
    """
    states = _projected(model, session, states)
    rows = changing_rows(session)
    after = model.step(states[rows - 1] / model.scale, session.inputs[rows]) * model.scale
    errors = np.square(states[rows] - after).sum(axis=0)
    return 1 - errors / np.square(states[rows] - states[rows].mean(axis=0)).sum(axis=0)


def run_alone(model: DistilledModel, session: Session, states: np.ndarray) -> np.ndarray:
    """The model's own states when it hears what the agent of a session heard.

    It starts each session from the true state after the first step (paper section 3.3.2), and
    from then on knows only the inputs.

    Parameters
    ----------
    model, session, states
        As for :func:`one_step_r2`.

    Returns
    -------
    (n_rows, M) float
        In the units of ``states``.
    """
    states = _projected(model, session, states)
    first = session.row_start[session.trials.session_start[:-1]]
    rows = changing_rows(session)
    alone = states.copy()
    initial, lengths = states[first] / model.scale, steps_of(session) - 1
    alone[rows] = model.run(session.inputs[rows], initial, lengths) * model.scale
    return alone


def _projected(model: DistilledModel, session: Session, states: np.ndarray) -> np.ndarray:
    states = rows_of(session, states, "states")
    if states.shape[1:] != (model.n_units,):
        raise ValueError(f"states must be (n_rows, {model.n_units}), got {states.shape}")
    return states
