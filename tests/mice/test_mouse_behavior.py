"""Measures of mice against counts by hand and planted curves."""

import numpy as np
import pytest

from iblrnn_helpers import behavior
from iblrnn_helpers.core.means import GroupMeans
from iblrnn_helpers.mice.behavior import (
    Psychometric,
    after_outcome,
    correct_after_switch,
    fit_psychometric,
    history_weights,
    median_times,
    over_animals,
    zero_contrast_concordant,
)
from iblrnn_helpers.mice.record import Mouse, MouseTrials

CONTRASTS = np.array([0.0, 0.0625, 0.125, 0.25, 1.0])


def mouse(block_side, side, contrast, choice, time=None, session=None, block=None, place=None):
    n_trials = len(side)
    trials = MouseTrials(
        session=np.zeros(n_trials, dtype=int) if session is None else np.array(session),
        block=np.cumsum(np.diff(block_side, prepend=block_side[0]) != 0)
        if block is None
        else np.array(block),
        trial_in_block=np.zeros(n_trials, dtype=int) if place is None else np.array(place),
        block_side=np.array(block_side, dtype=np.int8),
        side=np.array(side, dtype=np.int8),
        strength=np.array(contrast, dtype=float),
    )
    time = np.full(n_trials, 0.5) if time is None else np.array(time, dtype=float)
    return Mouse(trials, "Ada", np.array(choice, dtype=np.int8), time)


def planted(n_trials, p_right, seed=0):
    """A mouse in alternating blocks of 50 whose choices follow p_right(signed contrast, block)."""
    rng = np.random.default_rng(seed)
    block = np.arange(n_trials) // 50
    block_side = np.where(block % 2, 1, -1)
    side = np.where(rng.random(n_trials) < 0.8, block_side, -block_side)
    contrast = rng.choice(CONTRASTS, n_trials)
    p = p_right(side * contrast, block_side)
    choice = np.where(rng.random(n_trials) < p, 1, -1)
    return mouse(block_side, side, contrast, choice, block=block, place=np.arange(n_trials) % 50)


def test_trials_without_a_block_side_are_left_out_where_blocks_matter():
    ada = mouse([0, 0, -1, -1, 1, 1], [1, -1, -1, 1, 1, -1], [0] * 6, [1, 1, -1, -1, 1, 1])
    by_block = behavior.psychometric(ada).at(signed_strength=0.0)
    np.testing.assert_array_equal(by_block.n, [2, 2])
    np.testing.assert_array_equal(by_block.mean, [0, 1])
    by_side = behavior.correct_by_strength(ada).at(strength=0.0)
    np.testing.assert_array_equal(by_side.n, [2, 2])  # discordant, concordant
    np.testing.assert_array_equal(by_side.mean, [0, 1])
    assert behavior.means(ada, "correct").n == 6
    for name in ("n_steps", "reward"):
        with pytest.raises(ValueError, match=f"{name} is known of agents that act in steps"):
            behavior.means(ada, name)


def test_a_switch_is_from_one_side_to_the_other_within_a_session():
    sides = [0, 0, -1, -1, 1, 1, 1, -1, 1]
    session = [0, 0, 0, 0, 0, 0, 1, 1, 1]
    block = [0, 0, 1, 1, 2, 2, 0, 1, 2]
    ada = mouse(sides, [1] * 9, [0] * 9, [1] * 9, session=session, block=block)
    np.testing.assert_array_equal(ada.trials.after_switch, np.array(list("000011011")) == "1")
    late = correct_after_switch(ada, last_trial=5)
    assert late.n.tolist() == [4, 0, 0, 0, 0] and late.mean[0] == 1
    assert len(correct_after_switch(ada, strength=0.0).n) == 40


def test_psychofit_finds_planted_curves():
    true = {-1: Psychometric(0.08, 0.2, 0.03, 0.1), 1: Psychometric(-0.05, 0.15, 0.08, 0.02)}
    ada = planted(60_000, lambda c, block: np.where(block > 0, true[1](c), true[-1](c)))
    fits = fit_psychometric(ada)
    for side in (-1, 1):
        # 30,000 trials: four standard errors of the least certain of the parameters
        assert fits[side].bias == pytest.approx(true[side].bias, abs=0.02)
        assert fits[side].threshold == pytest.approx(true[side].threshold, abs=0.04)
        assert fits[side].lapse_left == pytest.approx(true[side].lapse_left, abs=0.03)
        assert fits[side].lapse_right == pytest.approx(true[side].lapse_right, abs=0.03)
    with pytest.raises(ValueError, match="a curve of four parameters needs 4"):
        fit_psychometric(mouse([-1, 1], [1, 1], [0, 0], [1, -1]))


def test_times_are_medians_of_the_known_ones():
    ada = mouse([1] * 6, [1] * 6, [0, 0, 0, 0, 1, 1], [1, 1, 1, -1, 1, 1], [1, 2, 9, 4, np.nan, 3])
    found = median_times(ada)
    assert found.at(strength=0.0, correct=True).mean == 2
    assert found.at(strength=0.0, correct=False).mean == 4
    assert found.at(strength=1.0, correct=True).mean == 3
    assert found.at(strength=1.0, correct=True).n == 1
    assert np.isnan(found.at(strength=0.25, correct=True).mean)


def test_zero_contrast_ignores_a_bias_to_one_side():
    always_right = mouse([-1, -1, -1, 1], [1] * 4, [0] * 4, [1] * 4, block=[0, 0, 0, 1])
    assert zero_contrast_concordant(always_right).value == 0.5
    follows = mouse([-1, -1, -1, 1], [1] * 4, [0, 0, 0, 0], [-1, -1, 1, 1], block=[0, 0, 0, 1])
    assert zero_contrast_concordant(follows).value == pytest.approx((2 / 3 + 1) / 2)


def test_mean_over_animals_leaves_out_those_with_few_trials():
    def one(mean, n):
        return GroupMeans({"strength": np.array([0.0, 1.0])}, *map(np.array, (mean, mean, mean, n)))

    found = over_animals([one([0.1, 0.5], [30, 30]), one([0.3, 0.9], [30, 5])], min_trials=20)
    np.testing.assert_allclose(found.mean, [0.2, 0.5])
    np.testing.assert_array_equal(found.n, [2, 1])
    # Student's interval of two values: 12.706 standard errors of 0.1
    np.testing.assert_allclose(found.high[0] - found.mean[0], 1.2706, rtol=1e-3)
    assert np.isnan(found.low[1])
    with pytest.raises(ValueError, match="at least one"):
        over_animals([])


def test_history_by_hand():
    #          -     win   win   loss  none  -     loss(session 2)
    side = [1, 1, -1, -1, 1, 1, -1, 1]
    choice = [1, 1, -1, 1, 0, 1, 1, 1]
    session = [0, 0, 0, 0, 0, 0, 1, 1]
    ada = mouse([1] * 8, side, [0] * 8, choice, session=session)
    # pairs: 1 (stay after win), 2 (switch after win), 3 (switch after win), 7 (stay after loss)
    found = after_outcome(ada)
    assert found["win, stay"] == pytest.approx(1 / 3) and found["lose, switch"] == 0
    assert found["correct after a win"] == pytest.approx(2 / 3)
    assert found["correct after a loss"] == 1
    with pytest.raises(ValueError, match="both are needed"):
        after_outcome(mouse([1] * 3, [1] * 3, [0] * 3, [1] * 3))


def test_regression_finds_planted_weights():
    rng = np.random.default_rng(3)
    n_trials = 40_000
    block_side = np.where(np.arange(n_trials) // 50 % 2, 1, -1)
    side = np.where(rng.random(n_trials) < 0.8, block_side, -block_side)
    rank = rng.integers(5, size=n_trials)
    spread = (side * rank).std()
    choice = np.ones(n_trials)
    for k in range(1, n_trials):
        after_win = choice[k - 1] == side[k - 1]
        z = 1.5 * side[k] * rank[k] / spread + (0.6 if after_win else -0.4) * choice[k - 1]
        choice[k] = 1 if rng.random() < 1 / (1 + np.exp(-z - 0.3 * block_side[k] - 0.2)) else -1
    found = history_weights(mouse(block_side, side, CONTRASTS[rank], choice))
    # four standard errors of 40,000 choices
    np.testing.assert_allclose(list(found.values()), [1.5, 0.6, -0.4, 0.3], atol=0.09)
