"""Gains of one block belief on another by hand, and choices drawn from the model itself."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from iblrnn_helpers.ideal_observers.belief_scores import (
    belief_around_switches,
    filter_gain,
    fit_choices,
    likelihood_gain,
)
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


def test_bad_beliefs_are_named():
    with pytest.raises(ValueError, match="belief must have shape"):
        filter_gain(VARIED[:3], TRUTH, TRIALS)
    with pytest.raises(ValueError, match="belief must be finite"):
        belief_around_switches(np.full(len(TRIALS), np.nan), TRIALS)
    with pytest.raises(ValueError, match="after must be at least 1"):
        belief_around_switches(VARIED, replace(TRIALS), after=0)


RNG = np.random.default_rng(0)
LOG_ODDS = RNG.normal(0, 2.5, 40_000)
P = expit(LOG_ODDS)


def choices(scale, lapse):
    p = lapse / 2 + (1 - lapse) * expit(scale * LOG_ODDS)
    return np.where(RNG.random(len(p)) < p, 1, -1), p


@pytest.mark.parametrize(("scale", "lapse"), [(1.0, 0.1), (2.0, 0.02), (0.8, 0.2)])
def test_fit_recovers_what_the_choices_were_drawn_with(scale, lapse):
    choice, p = choices(scale, lapse)
    fit = fit_choices(P, choice)
    # Five standard errors of 40,000 choices, which are largest for few lapses and a low scale.
    assert fit.scale == pytest.approx(scale, rel=0.12)
    assert fit.lapse == pytest.approx(lapse, abs=0.04)
    truth = np.log(np.where(choice > 0, p, 1 - p)).mean()
    # A fit is at least as likely as the truth, by about one over the number of choices.
    assert 0 <= fit.per_choice - truth < 1e-3


def test_no_other_scale_and_lapse_are_more_likely():
    choice, _ = choices(1.3, 0.08)
    fit = fit_choices(P, choice)
    for scale in np.linspace(0.6, 2, 15):
        for lapse in np.linspace(0.001, 0.3, 15):
            p = lapse / 2 + (1 - lapse) * expit(scale * choice * LOG_ODDS)
            assert np.log(p).mean() <= fit.per_choice + 1e-9


def test_beliefs_that_tell_nothing_or_everything():
    choice = np.where(RNG.random(1000) < 0.5, 1, -1)
    assert fit_choices(np.full(1000, 0.5), choice).per_choice == pytest.approx(-np.log(2))
    sure = fit_choices((choice > 0).astype(float), choice)
    assert sure.per_choice > -1e-3
    wrong = choice.copy()
    wrong[:100] *= -1
    assert fit_choices((choice > 0).astype(float), wrong).lapse == pytest.approx(0.2, abs=0.01)


def test_the_belief_that_made_the_choices_gains_on_a_noisy_one():
    trials = sample_trials(TaskParams(), n_sessions=10, n_blocks=10, seed=1)
    rng = np.random.default_rng(2)
    log_odds = rng.normal(0, 2, len(trials))
    choice = np.where(rng.random(len(trials)) < expit(log_odds), 1, -1)
    chosen = trials.strength > 0  # some trials left out, whole blocks of them in none
    true = fit_choices(expit(log_odds)[chosen], choice[chosen])
    noisy = fit_choices(expit(log_odds + rng.normal(0, 1, len(trials)))[chosen], choice[chosen])
    gain = likelihood_gain(true, noisy, trials, chosen)
    assert gain.value == pytest.approx(true.per_choice - noisy.per_choice)
    low, high = gain.measured().interval
    assert 0 < low < gain.value < high
    # Parts of blocks are those of the two fits, and no trial left out has any.
    difference = np.zeros(len(trials))
    difference[chosen] = true.log_likelihood - noisy.log_likelihood - gain.value
    by_hand = [
        difference[chosen & (trials.block_index == k)].sum() / chosen.sum()
        for k in range(len(gain.influence))
    ]
    np.testing.assert_allclose(gain.influence, by_hand, atol=1e-12)


def test_bad_choices_are_named():
    calls = (
        (lambda: fit_choices(P[:3], np.ones(2)), "must be"),
        (lambda: fit_choices([1.2, 0.5], [1, -1]), "p_right must be probabilities"),
        (lambda: fit_choices([np.nan, 0.5], [1, -1]), "p_right must be probabilities"),
        (lambda: fit_choices([0.2, 0.5], [1, 0]), "choice must be -1 or"),
        (lambda: fit_choices([], []), "must be"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
