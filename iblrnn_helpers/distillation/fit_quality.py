"""How well a distilled model follows the system: over one step, over many, and how fast both drift.

Source: Schaeffer et al. 2020, section 3.3.2 and Fig. 8a.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..core import checks
from ..core.means import GroupMeans, group_means
from ..task.session import Session
from .model import DistilledModel, as_lengths, window_starts


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
    states = session.rows_of(states, "states", n_axes=2)
    if states.shape[1:] != (model.n_units,):
        raise ValueError(f"states must be (n_rows, {model.n_units}), got {states.shape}")
    return states


@dataclass(frozen=True)
class HorizonErrors:
    """Error by number of steps of free running from a true state.

    Attributes
    ----------
    mse : GroupMeans
        Mean squared distance |z - z^|^2, in units of the states, by "horizon" (1, 2, ...),
        with 95% intervals over sequences; ``n`` counts windows.
    r2 : GroupMeans
        1 - mse / variance of the states, all coordinates together.
    by_sequence : (n_sequences, horizon) float
        Sums of squared distances over the windows of each sequence that has any.
    n_windows : (n_sequences,) int
    """

    mse: GroupMeans
    r2: GroupMeans
    by_sequence: np.ndarray
    n_windows: np.ndarray


def errors_by_horizon(
    model: DistilledModel,
    inputs: np.ndarray,
    states: np.ndarray,
    lengths: ArrayLike | None = None,
    horizon: int = 20,
) -> HorizonErrors:
    """Set the model out from every true state that has ``horizon`` steps ahead of it.

    All horizons thus have the same windows.  Sequences of ``horizon`` rows or fewer have no part;
    with fewer than two others, intervals are NaN.

    Parameters
    ----------
    model : DistilledModel
    inputs : (n_rows, n_inputs) float
    states : (n_rows, M) float
        z after each input, in the units that were fitted.
    lengths : (n_sequences,) int, optional
        Rows of each sequence; one sequence where omitted.
    horizon : int

    Raises
    ------
    ValueError
        If shapes or lengths do not fit, a state is not finite, or all sequences are too short.

    Notes
    -----
    The plain loop::

        for row in rows with horizon more rows in their sequence:
            z = states[row] / scale
            for k in 1, ..., horizon:
                z = model.step(z, inputs[row + k])
                error[k].append(sum((z * scale - states[row + k]) ** 2))
    """
    checks.integer("horizon", horizon, low=1)
    inputs, states = np.asarray(inputs, dtype=float), np.asarray(states, dtype=float)
    if inputs.ndim != 2 or inputs.shape[1] != model.n_inputs:
        raise ValueError(f"inputs must be (n_rows, {model.n_inputs}), got {inputs.shape}")
    if states.shape != (len(inputs), model.n_units):
        raise ValueError(f"states must be {(len(inputs), model.n_units)}, got {states.shape}")
    if not (np.isfinite(inputs).all() and np.isfinite(states).all()):
        raise ValueError("inputs and states must be finite, got NaN or infinity")
    lengths = as_lengths(lengths, len(inputs))
    starts = window_starts(lengths, horizon)
    sequences, code = np.unique(
        np.repeat(np.arange(len(lengths)), lengths)[starts], return_inverse=True
    )
    around = np.square(states - states.mean(axis=0)).sum(axis=1)

    errors = np.empty((len(sequences), horizon))
    spread = np.empty_like(errors)
    z = states[starts] / model.scale
    for k in range(horizon):
        rows = starts + k + 1
        z = model.step(z, inputs[rows])
        distance = np.square(z * model.scale - states[rows]).sum(axis=1)
        errors[:, k] = np.bincount(code, distance)
        spread[:, k] = np.bincount(code, around[rows])
    n_windows = np.bincount(code)
    mse = _ratio(errors, np.repeat(n_windows[:, None], horizon, axis=1), n_windows)
    missed = _ratio(errors, spread, n_windows)
    r2 = replace(missed, mean=1 - missed.mean, low=1 - missed.high, high=1 - missed.low)
    return HorizonErrors(mse, r2, errors, n_windows)


def ratio_by_horizon(errors: HorizonErrors, reference: HorizonErrors) -> GroupMeans:
    """Error of one model over another's, by "horizon", with paired 95% intervals over sequences.

    Raises
    ------
    ValueError
        If they are of other sequences or horizons.
    """
    same_shape = errors.by_sequence.shape == reference.by_sequence.shape
    if not (same_shape and np.array_equal(errors.n_windows, reference.n_windows)):
        raise ValueError(
            "errors and reference must be of the same sequences and horizons, got "
            f"{errors.by_sequence.shape} and {reference.by_sequence.shape}, "
            f"{errors.n_windows.sum()} and {reference.n_windows.sum()} windows"
        )
    return _ratio(errors.by_sequence, reference.by_sequence, errors.n_windows)


def _ratio(above: np.ndarray, below: np.ndarray, n_windows: np.ndarray) -> GroupMeans:
    """Ratio of the totals over sequences, by horizon."""
    n_sequences, horizon = above.shape
    axes = {"horizon": (np.arange(1, horizon + 1), np.tile(np.arange(horizon), n_sequences))}
    sequence = np.repeat(np.arange(n_sequences), horizon)
    means = group_means(above.ravel(), axes, sequence, per=below.ravel())
    return replace(means, n=np.full(horizon, n_windows.sum()))


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
    checks.integer("n_lags", n_lags, low=1)
    return _by_span("lag", session, states, n_lags, lambda x, lag: x[lag:] - x[:-lag])


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
    checks.integer("n_orders", n_orders, low=1)
    return _by_span("order", session, states, n_orders, lambda x, n: np.diff(x, n=n, axis=0))


def _by_span(name, session, states, n_spans, difference) -> GroupMeans:
    """Mean length of a difference of states, by the steps that it spans."""
    states = session.rows_of(states, "states", n_axes=2)
    lengths = session.steps_per_session
    if lengths.max() <= n_spans:
        raise ValueError(f"a session must have more than {n_spans} steps, got {lengths.max()}")
    block = session.row_block
    singles = []
    for span in range(1, n_spans + 1):
        start = window_starts(lengths, span)  # from here, the session goes on for as long
        distance = np.linalg.norm(difference(states, span), axis=1)
        singles.append(group_means(distance[start], {}, block[start]))
    arrays = (
        np.array([getattr(one, field) for one in singles]) for field in ("mean", "low", "high", "n")
    )
    return GroupMeans({name: np.arange(1, n_spans + 1)}, *arrays)
