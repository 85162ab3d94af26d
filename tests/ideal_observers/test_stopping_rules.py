"""Optimal stopping against quadrature, simulation and every other rule; stopping sessions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from iblrnn_helpers.agents.bayes import BayesianActor, Inference
from iblrnn_helpers.behavior.trial_means import paired_difference
from iblrnn_helpers.ideal_observers import stopping_rules as module
from iblrnn_helpers.ideal_observers.stopping_rules import (
    SEMI_MARKOV,
    at_speed,
    at_threshold,
    best_reward_rate,
    optimal_stopping,
    play_rule,
    stopped,
    whole_trials,
)
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

PARAMS = TaskParams()
TRIALS = sample_trials(PARAMS, n_sessions=60, n_blocks=8, seed=5)
PRIOR = SEMI_MARKOV.prior(PARAMS).over(TRIALS)


@pytest.fixture(scope="module")
def whole():
    return whole_trials(TRIALS)


@pytest.fixture(scope="module")
def rules():
    return {"trial": optimal_stopping(PARAMS), "step": best_reward_rate(PARAMS, PRIOR)}


def one_strength_correct(q, mu):
    """P(correct) after one more observation, the probability of right being q before it."""
    shift = logit(q) / mu
    return q * norm.cdf((mu + shift) / np.sqrt(2)) + (1 - q) * norm.cdf((mu - shift) / np.sqrt(2))


@pytest.mark.parametrize(("spacing", "tolerance"), [(0.25, 1e-3), (0.0625, 6.5e-5)])
@pytest.mark.parametrize(("rate", "noise"), [(0.0, 1.0), (0.1, 1.7)])
def test_two_observations_of_a_known_strength_equal_quadrature(
    rate, noise, spacing, tolerance, monkeypatch
):
    # With one strength the difference of the observations is all there is: one dimension.
    # It is also the worst of tasks for a square grid: all kinks of the value lie along its
    # diagonals, where their errors do not cancel.  They fall with the spacing's square.
    monkeypatch.setattr(module, "SPACING", spacing)
    strength = 1.1
    params = TaskParams(strengths=(strength,), n_observations=2, noise_sd=noise)
    rule = optimal_stopping(params, rate=rate)
    mu, charge = strength / noise, rate + 0.05
    d = np.linspace(-14, 14, 20_001)
    for k, p in enumerate(rule.priors):
        density = p * norm.pdf(d, mu, np.sqrt(2)) + (1 - p) * norm.pdf(d, -mu, np.sqrt(2))
        q = expit(logit(p) + mu * d)
        stop, go_on = np.abs(2 * q - 1), 2 * one_strength_correct(q, mu) - 1 - charge
        waits = np.trapezoid(density * (go_on > stop), d)
        value = np.trapezoid(density * np.maximum(stop, go_on), d)
        assert rule.reward[k] + rate * (3 - rule.n_steps[k]) == pytest.approx(value, abs=tolerance)
        # Where the boundary is matters little to the value, and more to the waits.
        assert rule.n_steps[k] == pytest.approx(3 + waits, abs=0.3 * spacing)
    assert 3.05 < rule.n_steps[0] < 3.95  # it does wait, and not always


def test_one_observation_is_a_guess():
    params = TaskParams(strengths=(0.8,), n_observations=1)
    rule = optimal_stopping(params)
    assert rule.gain.shape[0] == 0 and (rule.n_steps == 3).all()
    expected = one_strength_correct(rule.priors, 0.8)
    np.testing.assert_allclose(rule.correct, expected, atol=1e-3)  # see the test above
    np.testing.assert_allclose(rule.reward, 2 * rule.correct - 1, atol=1e-12)


def test_a_finer_wider_grid_has_the_same_value(rules, monkeypatch):
    monkeypatch.setattr(module, "SPACING", 0.125)
    monkeypatch.setattr(module, "REACH", 5.0)
    monkeypatch.setattr(module, "N_PRIORS", 3)
    fine = optimal_stopping(PARAMS)
    at = [0, len(rules["trial"].priors) // 2, -1]
    np.testing.assert_allclose(fine.priors, rules["trial"].priors[at])
    np.testing.assert_allclose(fine.reward, rules["trial"].reward[at], atol=1e-4)
    # A shifted boundary changes the value in second order, but the steps in first.
    np.testing.assert_allclose(fine.n_steps, rules["trial"].n_steps[at], atol=0.03)


@pytest.mark.parametrize("objective", ["trial", "step"])
def test_value_equals_simulation(rules, objective):
    rule = rules[objective]
    session = play_rule(rule, TRIALS)
    for quantity, found in (
        ("reward", session.reward),
        ("n_steps", session.n_steps),
        ("correct", session.correct),
    ):
        error = found.std() / np.sqrt(len(TRIALS))
        # Four standard errors of 24,000 trials; the grid's own error is ten times smaller.
        assert found.mean() == pytest.approx(rule.expected(quantity, PRIOR), abs=4 * error)
    assert not session.timed_out.any() and session.n_steps.min() >= 3


def test_the_rate_is_what_it_earns(rules):
    rule = rules["step"]
    earned = rule.expected("reward", PRIOR) / rule.expected("n_steps", PRIOR)
    assert rule.rate == pytest.approx(earned, abs=1e-6)
    for rate in (0.9 * rule.rate, 1.1 * rule.rate):
        other = optimal_stopping(PARAMS, rate=rate)
        # The best is a maximum: a tenth off loses little, and gains no more than the grid's error.
        lost = earned - other.expected("reward", PRIOR) / other.expected("n_steps", PRIOR)
        assert -1e-5 < lost < 2e-3


def test_no_other_rule_earns_more(rules, whole):
    others = [at_threshold(whole, threshold) for threshold in np.arange(0.5, 1, 0.05)]
    markov = whole_trials(TRIALS, Inference())
    others += [at_threshold(markov, threshold) for threshold in (0.55, 0.65, 0.75)]
    others += [rollout(BayesianActor(PARAMS, name), TRIALS) for name in ("released", "exact")]
    best = play_rule(rules["trial"], TRIALS)
    for other in others:
        assert paired_difference(best, other, "reward").low > 0
    fastest = play_rule(rules["step"], TRIALS)
    rate = fastest.reward.sum() / fastest.n_steps.sum()
    for other in [*others, best]:
        # What it earns above the rate in each of its steps: paired, as trials are the same.
        gained = other.reward - rate * other.n_steps - (fastest.reward - rate * fastest.n_steps)
        assert gained.mean() < -gained.std() / np.sqrt(len(gained))


def test_free_observations_are_all_seen(whole):
    free = optimal_stopping(PARAMS, rate=PARAMS.waiting_penalty)
    session = play_rule(free, TRIALS)
    last = at_threshold(whole, 1.0)
    assert last.n_steps.min() == 12
    assert session.correct.mean() == pytest.approx(last.correct.mean(), abs=1e-3)
    dear = optimal_stopping(PARAMS, rate=2.0)
    assert play_rule(dear, TRIALS).n_steps.max() == 3
    np.testing.assert_allclose(dear.n_steps, 3, atol=1e-6)


def test_a_mirrored_world_mirrors_the_answers(rules):
    few = TRIALS.take_sessions(0, 5)
    flipped = replace(
        few, side=-few.side, observations=np.ascontiguousarray(few.observations[:, :, ::-1])
    )
    here, there = (play_rule(rules["trial"], trials) for trials in (few, flipped))
    np.testing.assert_array_equal(there.choice, -here.choice)
    np.testing.assert_array_equal(there.n_steps, here.n_steps)


def test_thresholds_stop_as_the_actor_does_in_closed_loop():
    few = TRIALS.take_sessions(0, 10)
    played = rollout(BayesianActor(PARAMS, "semi_markov"), few)
    forced = at_threshold(whole_trials(few), PARAMS.threshold)
    np.testing.assert_array_equal(forced.n_steps, played.n_steps)
    acted = ~played.timed_out
    assert acted.any() and not acted.all()
    np.testing.assert_array_equal(forced.choice[acted], played.choice[acted])
    np.testing.assert_allclose(forced.p_right, played.p_right, atol=1e-12)


def test_speed_is_as_asked(whole):
    for n_steps in (3.0, 3.24, 5.0, 11.0):
        # As near as one trial more or less comes, of at most nine waits.
        found = at_speed(whole, n_steps).n_steps.mean()
        assert found == pytest.approx(n_steps, abs=9.1 / len(TRIALS))


def test_bad_input_is_named(rules, whole):
    short = at_threshold(whole, 0.7)
    calls = (
        (lambda: optimal_stopping(None), "params must be TaskParams"),
        (lambda: optimal_stopping(PARAMS, rate="0"), "rate must be a finite number"),
        (lambda: optimal_stopping(replace(PARAMS, noise_sd=0.1)), "so large against noise_sd"),
        (lambda: rules["trial"].stops(TRIALS.observations, np.full(len(TRIALS), 0.9)), "prior"),
        (lambda: rules["trial"].expected("speed", PRIOR), "quantity must be one of"),
        (lambda: stopped(short, np.ones((len(TRIALS), 10))), "last to the end"),
        (lambda: stopped(whole, np.ones((3, 10))), r"stops must be \(\d+, 10\), got \(3, 10\)"),
        (lambda: at_threshold(whole, 0.4), "threshold must be at least 0.5"),
        (lambda: at_speed(whole, 2.5), "n_steps must be at least 3"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
