"""Paths of the state in the PC plane: along a block, along trials, and from different blocks.

Source: Schaeffer et al. 2020, Fig. 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core import checks
from ..task.session import Session
from .state_space import StateSpace, in_plane, log_odds_readout

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

SIGNED_STRENGTHS = (-1.0, 0.0, 1.0)  # negative on the left


@dataclass(frozen=True)
class Boundaries:
    """Where along ``stimulus_in_plane`` the network, seen in the plane, would answer.

    Attributes
    ----------
    left, even, right : float
        Coordinates at which P(right) is 1 - threshold, 1/2 and threshold.
    """

    left: float
    even: float
    right: float


def action_boundaries(
    space: StateSpace, network: RecurrentNetwork, threshold: float = 0.9
) -> Boundaries:
    """Lines of equal probability of *right* in the PC plane.

    The state off the plane is taken to be at its mean.

    Parameters
    ----------
    space : StateSpace
    network : RecurrentNetwork
        Whose readout it is.
    threshold : float
        Probability at which the network acts, above 1/2 and below 1.
    """
    checks.number("threshold", threshold, above=0.5, below=1)
    weight, bias = log_odds_readout(network)
    checks.finite_array("the readout of network", weight, n_axes=1, n_columns=space.n_units)
    gain = np.linalg.norm(space.components[:2] @ weight)  # log odds per unit of the coordinate
    at_mean = weight @ space.mean + bias
    needed = np.log(threshold / (1 - threshold))
    return Boundaries(*((odds - at_mean) / gain for odds in (-needed, 0.0, needed)))


def example_blocks(session: Session, *, min_trials: int = 40) -> dict[int, int]:
    """The first left and the first right block that can serve as an example.

    Of at least ``min_trials`` trials, and not a session's first.

    Returns
    -------
    dict of block side (-1, 1) to index of the block, counted through all sessions
        As by :attr:`iblrnn_helpers.task.Trials.block_index`.

    Raises
    ------
    ValueError
        If there is none of a side.
    """
    trials = session.trials
    first = trials.block_start
    fit = (trials.block_lengths >= checks.integer("min_trials", min_trials, low=1)) & (
        trials.block[first] > 0
    )
    found = {}
    for side in (-1, 1):
        candidates = np.flatnonzero(fit & (trials.block_side[first] == side))
        if not len(candidates):
            raise ValueError(
                f"session must have a block of side {side} with at least {min_trials} trials "
                "after a session's first, got none"
            )
        found[side] = int(candidates[0])
    return found


def block_path(session: Session, space: StateSpace, block: int) -> np.ndarray:
    """(n_trials of the block, 2) float: the state in the plane at the end of each of its trials."""
    trials = _trials_of(session, block)
    return in_plane(space, session.recorded_states[session.last_rows[trials]])


def trial_paths(
    session: Session, space: StateSpace, block: int, *, n_trials: int = 12
) -> list[np.ndarray]:
    """(n_steps, 2) float for each of a block's first trials: its steps in the plane."""
    trials = _trials_of(session, block)[: checks.integer("n_trials", n_trials, low=1)]
    states = session.recorded_states
    start = session.row_start
    return [in_plane(space, states[start[k] : start[k + 1]]) for k in trials]


def relative_step(session: Session, coordinate: np.ndarray) -> float:
    """How far a coordinate moves from one trial's end to the next, beside how far it is spread.

    The standard deviation of its changes over that of its values at trials' ends: the square root
    of 2 for one that is drawn anew at every trial, near 0 for one that moves slowly.

    ``coordinate`` is (n_rows,) float, of every step.
    """
    at_end = _varying_ends(session, coordinate)
    same_session = np.diff(session.trials.session) == 0
    return float(np.diff(at_end)[same_session].std() / at_end.std())


def _varying_ends(session: Session, coordinate: np.ndarray) -> np.ndarray:
    at_end = session.rows_of(coordinate, "coordinate")[session.last_rows]
    if not at_end.std() > 0:
        raise ValueError("coordinate must vary between the ends of trials, got one value")
    return at_end


def crossing_rate(session: Session, coordinate: np.ndarray, at: float = 0.0) -> float:
    """Fraction of trials that end on the other side of a place than the trial before."""
    beyond = session.rows_of(coordinate, "coordinate")[session.last_rows] > at
    same_session = np.diff(session.trials.session) == 0
    if not same_session.any():
        raise ValueError("session must hold a session of two trials or more, got none")
    return float(np.mean(np.diff(beyond)[same_session]))


def block_ends(session: Session, coordinate: np.ndarray, *, late: int = 20) -> tuple[float, float]:
    """Mean of a coordinate towards the block's side, in its standard deviations.

    At the end of a block's first trial, and of all its trials from number ``late`` (from 0) on;
    blocks that begin a session are left out.  ``coordinate`` is (n_rows,) float.
    """
    trials = session.trials
    checks.integer("late", late, low=1, high=int(trials.trial_in_block.max()))
    at_end = _varying_ends(session, coordinate)
    towards = np.where(trials.in_right_block, at_end, -at_end) / at_end.std()
    follows = trials.block > 0
    if not follows.any():
        raise ValueError("session must have blocks after a session's first, got none")
    first, later = trials.trial_in_block == 0, trials.trial_in_block >= late
    return float(towards[follows & first].mean()), float(towards[follows & later].mean())


def _trials_of(session: Session, block: int) -> np.ndarray:
    blocks = session.trials.block_index
    checks.integer("block", block, low=0, high=int(blocks.max()))
    return np.flatnonzero(blocks == block)


@dataclass(frozen=True)
class SameStimulus:
    """The same observations, met in left and in right blocks.

    Attributes
    ----------
    signed_strength : (n_strengths,) float
        Of the stimulus, negative on the left.
    paths : (n_strengths, 2, n_steps + 1, 2) float
        Mean place in the plane: strength, block side (left, right), step from
        just before the first observation, PC.
    p_right : (n_strengths, 2, n_steps + 1) float
        Mean probability of right.
    """

    signed_strength: np.ndarray
    paths: np.ndarray
    p_right: np.ndarray


def same_stimulus(
    network: RecurrentNetwork,
    session: Session,
    space: StateSpace,
    *,
    n_steps: int = 4,
    n_pairs: int = 500,
    seed: int = 0,
) -> SameStimulus:
    """Let states of left and of right blocks see the very same observations.

    The states are those at the last blank step of randomly drawn trials. The
    network does not stop when it would act, so that every path has all steps;
    r is the waiting penalty after the first observation, as in the task.

    Parameters
    ----------
    network : RecurrentNetwork
    session : Session
        Played by it, with states.
    space : StateSpace
    n_steps : int
        Observations.
    n_pairs : int
        Pairs of a state of a left and one of a right block, drawn with replacement.
    seed : int
        Of the draw of pairs and observations.
    """
    import torch

    from ..agents.rnn import one_step

    params = session.trials.params
    checks.integer("n_blank_steps", params.n_blank_steps, low=1)
    if network.cell == "lstm":
        raise ValueError("cell must not be 'lstm': a session does not hold its cell states")
    rng = checks.generator(seed)
    last_blank = session.row_start[:-1] + params.n_blank_steps - 1
    states = session.recorded_states
    side = session.trials.block_side
    starts = [states[rng.choice(last_blank[side == s], size=n_pairs)] for s in (-1, 1)]
    noise = params.noise_sd * rng.standard_normal((n_pairs, n_steps, 2))
    step = one_step(network)
    paths, p_right = [], []
    for strength in SIGNED_STRENGTHS:
        observations = noise.copy()
        observations[..., int(strength > 0)] += abs(strength)
        h = torch.as_tensor(np.stack(starts), dtype=network.readout.weight.dtype)
        places, chances = [], []
        with torch.no_grad():
            for k in range(n_steps + 1):
                if k > 0:
                    r = np.full((n_pairs, 1), 0.0 if k == 1 else params.waiting_penalty)
                    inputs = np.concatenate([observations[:, k - 1], r], axis=1)
                    h = step(h, torch.as_tensor(inputs, dtype=h.dtype))
                chances.append(torch.softmax(network.readout(h), dim=-1)[..., 1].mean(dim=1))
                places.append(in_plane(space, h.numpy().reshape(-1, space.n_units)))
        shaped = np.stack(places).reshape(n_steps + 1, 2, n_pairs, 2).mean(axis=2)
        paths.append(shaped.swapaxes(0, 1))
        p_right.append(torch.stack(chances).numpy().T)
    return SameStimulus(np.array(SIGNED_STRENGTHS), np.array(paths), np.array(p_right))
