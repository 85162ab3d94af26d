"""Gains of one block filter on another, and beliefs around switches, on small worlds by hand."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.ideal_observers.choice_likelihood import belief_around_switches, filter_gain
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials

PARAMS = TaskParams(min_block_length=4, max_block_length=7)
TRIALS = sample_trials(PARAMS, n_sessions=6, n_blocks=5, seed=2)
TRUTH = np.where(TRIALS.block_side > 0, 0.9, 0.1)
VARIED = np.random.default_rng(0).uniform(0.05, 0.95, len(TRIALS))


def test_gain_over_a_belief_that_varies():
    gain = filter_gain(TRUTH, VARIED, TRIALS)
    right, side = TRIALS.block_side > 0, TRIALS.side > 0
    assert gain["block correct"].mean == pytest.approx(1 - np.mean((VARIED > 0.5) == right))
    bits = np.log2(0.9) - np.log2(np.where(right, VARIED, 1 - VARIED)).mean()
    assert gain["block bits"].mean == pytest.approx(bits)
    # The block's side is the next stimulus's in 80%: 0.9 becomes 0.8 * 0.9 + 0.2 * 0.1.
    other = 0.2 + 0.6 * VARIED
    assert gain["side correct"].mean == pytest.approx(
        TRIALS.concordant.mean() - np.mean((other > 0.5) == side)
    )
    bits = np.log2(np.where(TRIALS.concordant, 0.74, 0.26)).mean()
    bits -= np.log2(np.where(side, other, 1 - other)).mean()
    assert gain["side bits"].mean == pytest.approx(bits)
    reverse = filter_gain(VARIED, TRUTH, TRIALS)
    assert reverse["block bits"].low == pytest.approx(-gain["block bits"].high)


def test_belief_around_switches_is_of_the_new_block():
    # A belief that tells the place in the block, by side: 0.01 a trial, up on the right.
    belief = 0.5 + TRIALS.block_side * (0.01 * TRIALS.trial_in_block + 0.1)
    found = belief_around_switches(belief, TRIALS, before=3, after=9)
    places = found.groups["from_switch"]
    np.testing.assert_array_equal(places, np.arange(-3, 9))
    after = (places >= 0) & (places < 7)
    np.testing.assert_allclose(found.mean[after], 0.6 + 0.01 * places[after])
    assert np.isnan(found.mean[places >= 7]).all()  # blocks last 7 trials at most
    n_switches = 6 * 4  # a session's first block is none
    assert (found.n[places < 4] == n_switches).all()
    # Before: the old block's side is the other one.  Its last trial's place differs by length.
    block = np.flatnonzero(np.diff(TRIALS.block, prepend=-1))
    last = TRIALS.trial_in_block[block[TRIALS.block[block] > 0] - 1]
    assert found.mean[places == -1][0] == pytest.approx(0.4 - 0.01 * last.mean())


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="belief must have shape"):
        filter_gain(VARIED[:3], TRUTH, TRIALS)
    with pytest.raises(ValueError, match="belief must be finite"):
        belief_around_switches(np.full(len(TRIALS), np.nan), TRIALS)
    with pytest.raises(ValueError, match="after must be at least 1"):
        belief_around_switches(VARIED, replace(TRIALS), after=0)
