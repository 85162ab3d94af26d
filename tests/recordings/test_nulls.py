"""Blocks of pseudo-sessions."""

import numpy as np
import pytest

from iblrnn_helpers.mice.record import MiceTask, MouseTrials
from iblrnn_helpers.recordings.nulls import block_law, p_of, pseudo_blocks
from iblrnn_helpers.task.generative_model import TaskParams, block_length_distribution


def trials_of(block_side, task=None):
    block_side = np.asarray(block_side)
    block = np.cumsum(np.diff(block_side, prepend=block_side[0]) != 0)
    zero, side = np.zeros(len(block_side)), np.where(block_side >= 0, 1, -1)
    trial_in_block = np.arange(len(block)) - np.flatnonzero(np.diff(block, prepend=-1))[block]
    columns = (zero.astype(int), block, trial_in_block, block_side, side, zero)
    return MouseTrials(*columns, task=task or MiceTask())


def lengths_of(sides):
    turns = np.flatnonzero(np.diff(sides))
    return np.diff(turns)  # the first block and the one cut short are left out


def test_lengths_follow_the_law_and_sides_have_even_odds():
    trials = trials_of(np.ones(3_000))
    sides = pseudo_blocks(trials, 400, 1)
    assert sides.shape == (400, 3_000)
    assert set(np.unique(sides)) == {-1, 1}
    lengths = np.concatenate([lengths_of(one) for one in sides])
    possible, shares = block_length_distribution(block_law(trials))
    assert lengths.min() >= possible[0] and lengths.max() <= possible[-1]
    # Some 20,000 lengths of a standard deviation of 23: four standard errors are 0.65.  A session
    # that is cut short leaves out long ones rather: of 58 blocks, less than one tenth of a trial.
    assert lengths.mean() == pytest.approx(possible @ shares, abs=0.75)
    # Four standard errors of 400 first sides are 0.1.
    assert (sides[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.1)


def test_first_blocks_have_their_whole_length():
    trials = trials_of(np.ones(200))
    first = np.argmax(np.diff(pseudo_blocks(trials, 2_000, 2)) != 0, axis=1) + 1
    possible, shares = block_length_distribution(block_law(trials))
    # Four standard errors of 2,000 lengths of standard deviation 23.
    assert first.mean() == pytest.approx(possible @ shares, abs=2.1)


def test_trials_without_a_side_stay_without():
    block_side = np.concatenate([np.zeros(90), np.ones(60), -np.ones(50)])
    sides = pseudo_blocks(trials_of(block_side), 50, 3)
    assert (sides[:, :90] == 0).all() and (sides[:, 90:] != 0).all()
    assert (np.argmax(np.diff(sides[:, 90:]) != 0, axis=1) + 1).min() >= 20


def test_the_law_is_the_tables_or_the_tasks():
    short = trials_of(np.ones(1_000), MiceTask(block_lengths=(5, 8)))
    lengths = np.concatenate([lengths_of(one) for one in pseudo_blocks(short, 20, 4)])
    assert set(lengths) == {5, 6, 7, 8}
    task = TaskParams(min_block_length=12, max_block_length=12)
    assert set(np.concatenate([lengths_of(one) for one in pseudo_blocks(short, 5, 4, task)])) == {
        12
    }


def test_the_same_seed_gives_the_same_blocks_and_wrong_numbers_are_refused():
    trials = trials_of(np.ones(100))
    assert (pseudo_blocks(trials, 3, 5) == pseudo_blocks(trials, 3, 5)).all()
    assert (pseudo_blocks(trials, 3, 5) != pseudo_blocks(trials, 3, 6)).any()
    with pytest.raises(ValueError, match="n must be"):
        pseudo_blocks(trials, 0, 5)
    with pytest.raises(ValueError, match="blocks must be left out for pseudo-sessions"):
        pseudo_blocks(trials, 3, 5, TaskParams(blocks="ibl"))


@pytest.mark.parametrize("real, p", [(10, 1 / 5), (3, 2 / 5), (2.5, 2 / 5), (-1, 1)])
def test_p_counts_the_real_one_and_ties(real, p):
    assert p_of(real, np.array([0, 1, 2, 3])) == p
