"""Which directions of the state are orthogonal, and how far that depends on how one asks.

A *readout* (or decoding direction) is what the state is multiplied with; an
*encoding direction* is where the state goes when the encoded thing changes.
The product of a readout and a state change is a fact about the network.  The
angle between two readouts is not: stretch the state along a direction in which
it hardly varies, shrink the weights accordingly, and the network does the same
as before, but the angle is another.

Sources: Schaeffer et al. 2020, section 3.2.1; Haufe et al. 2014 (*NeuroImage*
87) on decoding weights and encoding patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import checks
from ..task.session import Session
from .decoding import decode_block
from .readouts import effect_of_observations
from .state_space import StateSpace, in_plane, unit

PENALTIES = tuple(10.0**k for k in range(-7, 4))
NOISE_SDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
N_DIMS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50)


def angle_between(one: np.ndarray, other: np.ndarray, covariance: np.ndarray | None = None):
    """Degrees between two directions.

    Parameters
    ----------
    one, other : (n_dims,) float
    covariance : (n_dims, n_dims) float, optional
        Of the states: the angle whose cosine is the correlation between what
        the two read out of them.  It does not depend on the scale of the
        coordinates.

    Returns
    -------
    float
        In [0, 180].

    Raises
    ------
    ValueError
        If one of them has length 0.
    """
    metric = np.eye(len(one)) if covariance is None else covariance
    lengths = (one @ metric @ one) * (other @ metric @ other)
    if not lengths > 0:
        raise ValueError(
            "an angle needs two directions along which there is something, got length 0"
        )
    cosine = one @ metric @ other / np.sqrt(lengths)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def block_encoding(session: Session) -> np.ndarray:
    """(n_units,) unit vector from the mean state in left blocks to that in right blocks.

    Raises
    ------
    ValueError
        If there are no states, or no blocks of one side.
    """
    states = session.recorded_states
    right = session.trials.block_side[session.row_trial] > 0
    if right.all() or not right.any():
        raise ValueError(f"blocks must be of both sides, got {right.sum()} of {len(right)} right")
    return unit(states[right].mean(axis=0) - states[~right].mean(axis=0))


@dataclass(frozen=True)
class Angles:
    """Degrees between the right-stimulus readout and directions that stand for the block.

    Attributes
    ----------
    plane : float
        Block readout fitted in the PC plane; both directions within the plane.
    mapped_back : float
        The same block readout as a vector of the full space, against the full
        stimulus readout: what the released code calls its 50-D angle.
    full : float
        Block readout fitted to all units.
    full_weighted : float
        The same two by what they read out: the cosine is the correlation of
        the two readouts over all steps.
    encoding : float
        Not a readout: where the state goes when the block changes, the mean
        state of right blocks minus that of left ones.
    """

    plane: float
    mapped_back: float
    full: float
    full_weighted: float
    encoding: float


def measure_angles(session: Session, space: StateSpace) -> Angles:
    """All the angles of one network.

    Parameters
    ----------
    session : Session
        With states.
    space : StateSpace
        Fitted to it.

    Returns
    -------
    Angles
    """
    states = session.recorded_states - space.mean
    stimulus, block = space.stimulus_readout, space.block_readout
    return Angles(
        plane=angle_between(space.stimulus_in_plane, space.block_in_plane),
        mapped_back=angle_between(stimulus, space.block_in_plane @ space.components[:2]),
        full=angle_between(stimulus, block),
        full_weighted=angle_between(stimulus, block, states.T @ states / len(states)),
        encoding=angle_between(stimulus, block_encoding(session)),
    )


@dataclass(frozen=True)
class Sweep:
    """Block readouts fitted in different ways.

    Attributes
    ----------
    setting : (n_settings,) float
        What was varied.
    angle : (n_settings,) float
        Degrees between the block readout and the stimulus readout, in the full space.
    accuracy : (n_settings,) float
        Block decoding on held-out blocks.
    """

    setting: np.ndarray
    angle: np.ndarray
    accuracy: np.ndarray


def sweep_penalty(
    session: Session, space: StateSpace, inverse_penalties: Sequence[float] = PENALTIES
) -> Sweep:
    """The block readout fitted to all units, with less and less penalty on its length.

    A strong penalty gives the direction of the mean difference of the two
    blocks; none gives the direction that decodes best, whatever its length.

    Parameters
    ----------
    session, space
        As for :func:`measure_angles`.
    inverse_penalties : sequence of float
        See :func:`iblrnn_helpers.core.logistic.fit_side`.

    Returns
    -------
    Sweep
    """
    states = session.recorded_states
    fits = [decode_block(session, states, inverse_penalty=c) for c in inverse_penalties]
    return _sweep(space, inverse_penalties, fits, [d.fit.weights for d in fits])


def sweep_dimensions(session: Session, space: StateSpace, n_dims: Sequence[int] = N_DIMS) -> Sweep:
    """The block readout fitted in the space of more and more principal components.

    Parameters
    ----------
    session, space
        As for :func:`measure_angles`.
    n_dims : sequence of int
        Numbers of components; those above ``n_units`` are left out.

    Returns
    -------
    Sweep
    """
    n_dims = [checks.integer("n_dims", k, low=1) for k in n_dims if k <= space.n_units]
    scores = (session.recorded_states - space.mean) @ space.components.T
    fits = [decode_block(session, scores[:, :k]) for k in n_dims]
    weights = [d.fit.weights @ space.components[:k] for d, k in zip(fits, n_dims, strict=True)]
    return _sweep(space, n_dims, fits, weights)


def sweep_noise(
    session: Session, space: StateSpace, noise_sds: Sequence[float] = NOISE_SDS, *, seed: int = 0
) -> Sweep:
    """The block readout fitted to all units, for a reader who sees each with some noise.

    Differences between the blocks that are smaller than the noise are of no
    use to it, however well a computer can read them out of exact numbers.

    Parameters
    ----------
    session, space
        As for :func:`measure_angles`.
    noise_sds : sequence of float
        Standard deviations of the noise added to every unit at every step.
    seed : int
        Of the noise.

    Returns
    -------
    Sweep
    """
    states = session.recorded_states
    noise = np.random.default_rng(seed).standard_normal(states.shape)
    noise_sds = [checks.number("noise_sds", sd, low=0) for sd in noise_sds]
    fits = [decode_block(session, states + sd * noise) for sd in noise_sds]
    return _sweep(space, noise_sds, fits, [d.fit.weights for d in fits])


def _sweep(space, settings, fits, weights) -> Sweep:
    return Sweep(
        np.array(settings, dtype=float),
        np.array([angle_between(space.stimulus_readout, w) for w in weights]),
        np.array([float(d.accuracy.mean) for d in fits]),
    )


@dataclass(frozen=True)
class ReadoutCoupling:
    """What crosses from one belief to the other: facts that no change of coordinates alters.

    Attributes
    ----------
    push_on_stimulus, push_on_block_plane, push_on_block_full : float
        Change of the stimulus readout, and of the block readout fitted in the
        PC plane and to all units, for one unit of d = o^R - o^L, each in
        standard deviations of that readout over all steps.
    prior_shift : float
        Log odds of *right* before a trial's first observation, mean in right
        blocks minus mean in left blocks.
    """

    push_on_stimulus: float
    push_on_block_plane: float
    push_on_block_full: float
    prior_shift: float


def measure_coupling(session: Session, space: StateSpace) -> ReadoutCoupling:
    """How observations reach the belief about the block, and the block that about the stimulus.

    Parameters
    ----------
    session, space
        As for :func:`measure_angles`.

    Returns
    -------
    ReadoutCoupling

    Raises
    ------
    ValueError
        If the task has no blank steps.
    """
    states = session.recorded_states - space.mean
    readouts = (
        states @ space.stimulus_readout,
        in_plane(space, session.states) @ space.block_in_plane,
        states @ space.block_readout,
    )
    pushes = [
        effect_of_observations(session, readout).line.slope / readout.std() for readout in readouts
    ]
    n_blank = checks.integer("n_blank_steps", session.trials.params.n_blank_steps, low=1)
    # Probabilities of exactly 0 or 1 have infinite odds.
    p_right = np.clip(session.p_right[:, n_blank - 1], 1e-12, 1 - 1e-12)
    log_odds = np.log(p_right / (1 - p_right))
    right = session.trials.block_side > 0
    return ReadoutCoupling(
        *map(float, pushes), float(log_odds[right].mean() - log_odds[~right].mean())
    )
