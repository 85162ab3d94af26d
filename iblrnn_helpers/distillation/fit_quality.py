"""How fast a state leaves where it was: ||x_{t+D} - x_t|| by the lag D.

Source: Schaeffer et al. 2020, section 3.3.2 and Fig. 8a.
"""

from __future__ import annotations

import numpy as np

from ..core import checks
from ..core.means import GroupMeans, group_means
from ..task.session import Session
from .closed_form import window_starts
from .model import DistilledModel


def decoherence(session: Session, states: np.ndarray, *, n_lags: int = 20) -> GroupMeans:
    """Mean distance between states that are D steps apart, for D = 1 to ``n_lags`` (Fig. 8a).

    Parameters
    ----------
    session : Session
        Tells which rows follow each other: distances are within sessions, across trials.
    states : (n_rows, n_units) float
        Anything known of every step: h, P h, or the states of a distilled model in the
        same coordinates.
    n_lags : int

    Returns
    -------
    GroupMeans
        By ``lag``, from 1.  Intervals are over the blocks in which the pairs of states begin.

    Raises
    ------
    ValueError
        If there is not one state for every step, or no session is longer than ``n_lags``.

    Notes
    -----
    The plain loop, for one lag and one session::

        for t in range(n_steps - lag):
            distances.append(norm(x[t + lag] - x[t]))
    """
    return _by_span("lag", session, states, n_lags, _distance)


def finite_difference_decoherence(
    session: Session, states: np.ndarray, *, n_orders: int = 20
) -> GroupMeans:
    """Mean norm of the D-th order finite differences, which the released code plots as decoherence.

    Differences of order D weigh D + 1 neighbouring states by binomial coefficients
    of alternating sign; for states without any memory their norm grows like 2^D.  So what
    grows exponentially there is the measure, and not the distance between states.

    Parameters
    ----------
    session, states
        As for :func:`decoherence`.
    n_orders : int

    Returns
    -------
    GroupMeans
        By ``order``, from 1.
    """
    return _by_span("order", session, states, n_orders, _difference)


def _distance(states: np.ndarray, span: int) -> np.ndarray:
    return np.linalg.norm(states[span:] - states[:-span], axis=1)


def _difference(states: np.ndarray, span: int) -> np.ndarray:
    return np.linalg.norm(np.diff(states, n=span, axis=0), axis=1)


def _by_span(name, session, states, n_spans, measure) -> GroupMeans:
    checks.integer("n_lags" if name == "lag" else "n_orders", n_spans, low=1)
    states = session.rows_of(states, "states")
    if states.ndim != 2:
        raise ValueError(f"states must be (n_rows, n_units), got {states.shape}")
    lengths = session.steps_per_session
    if lengths.max() <= n_spans:
        raise ValueError(
            f"a session must have more than {n_spans} steps, got {lengths.max()} at most; "
            "ask for less"
        )
    block = session.trials.block_index[session.row_trial]
    singles = []
    for span in range(1, n_spans + 1):
        start = window_starts(lengths, span)  # from here, the session goes on for as long
        singles.append(group_means(measure(states, span)[start], {}, block[start]))
    arrays = (np.array([getattr(one, field) for one in singles])
              for field in ("mean", "low", "high", "n"))  # fmt: skip
    return GroupMeans({name: np.arange(1, n_spans + 1)}, *arrays)


# How well a distilled model follows the states that it was fitted to.


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
    rows = session.changing_rows
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
    rows = session.changing_rows
    alone = states.copy()
    initial, lengths = states[first] / model.scale, session.steps_per_session - 1
    alone[rows] = model.run(session.inputs[rows], initial, lengths) * model.scale
    return alone


def _projected(model: DistilledModel, session: Session, states: np.ndarray) -> np.ndarray:
    states = session.rows_of(states, "states")
    if states.shape[1:] != (model.n_units,):
        raise ValueError(f"states must be (n_rows, {model.n_units}), got {states.shape}")
    return states
