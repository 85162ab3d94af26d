"""What one block filter knows that another does not."""

from __future__ import annotations

import numpy as np

from .. import checks
from ..agents.block_filter import emission
from ..task import Trials
from .block_beliefs import check_columns
from .groups import GroupMeans, group_means
from .trial_means import block_index


def filter_gain(belief: np.ndarray, reference: np.ndarray, trials: Trials) -> dict[str, GroupMeans]:
    """How much more one belief about the block knows than another, paired by trial.

    Parameters
    ----------
    belief, reference : (n_trials,) float
        P(block = right) before each trial, in (0, 1).
    trials : Trials

    Returns
    -------
    dict of str to GroupMeans
        Of ``belief`` minus ``reference``, with 95% intervals over blocks:
        ``block correct``, the fraction of trials in which the likelier side is the block's;
        ``block bits``, the information on the block's side, log2 of the probability given to it;
        ``side correct`` and ``side bits``, the same of the next stimulus before anything is seen.

    Raises
    ------
    ValueError
        If a belief does not have one finite number for each trial.
    """
    check_columns(len(trials), belief=belief, reference=reference)
    block = block_index(trials)

    def gain(score):
        return group_means(score(belief) - score(reference), {}, block)

    def correct(p, side):
        return np.where(p == 0.5, 0.5, (p > 0.5) == (side > 0))

    def bits(p, side):
        return np.log2(np.where(side > 0, p, 1 - p))

    params = trials.params
    return {
        "block correct": gain(lambda b: correct(b, trials.block_side)),
        "block bits": gain(lambda b: bits(b, trials.block_side)),
        "side correct": gain(lambda b: correct(emission(b, params), trials.side)),
        "side bits": gain(lambda b: bits(emission(b, params), trials.side)),
    }


def belief_around_switches(
    belief: np.ndarray, trials: Trials, *, before: int = 15, after: int = 40
) -> GroupMeans:
    """Mean belief in the new block's side, before and after a switch.

    Parameters
    ----------
    belief : (n_trials,) float
        P(block = right) before each trial.
    trials : Trials
    before, after : int
        Trials on either side that are used; of a shorter block, those it has.

    Returns
    -------
    GroupMeans
        By ``from_switch``, 0 for the new block's first trial, with 95% intervals over switches.
    """
    check_columns(len(trials), belief=belief)
    checks.integer("before", before, low=0)
    checks.integer("after", after, low=1)
    block = block_index(trials)
    start = np.flatnonzero(np.diff(block, prepend=-1))
    end = np.append(start[1:], len(trials))
    switches = np.flatnonzero(trials.block[start] > 0)  # not a session's first block
    places = np.arange(-before, after)
    trial = start[switches][:, None] + places
    inside = (trial >= start[switches - 1][:, None]) & (trial < end[switches][:, None])
    new_side = trials.block_side[start[switches]][:, None]
    believed = belief[np.where(inside, trial, 0)]
    believed = np.where(new_side > 0, believed, 1 - believed)
    switch, place = np.nonzero(inside)
    return group_means(believed[inside], {"from_switch": (places, place)}, switch)
