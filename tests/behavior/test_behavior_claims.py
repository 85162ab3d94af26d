"""Claim 1's quantities against sums written out, and their intervals against simulation."""

import warnings

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor, observe
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.behavior.claims import contrast, measure_claim_1
from iblrnn_helpers.behavior.measures import summary_table
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout


@pytest.fixture(scope="module")
def sessions():
    params = TaskParams()
    trials = sample_trials(params, n_sessions=20, n_blocks=4, seed=0)
    player = rollout(BayesianActor(params, "exponential"), trials)  # any agent will do
    released = rollout(BayesianActor(params, "released"), trials)
    exact = rollout(BayesianActor(params), trials)
    return player, observe(player), released, exact


def test_every_quantity_is_what_the_ledger_describes(sessions):
    player, observer, released, exact = sessions
    measured = measure_claim_1(*sessions)
    frame = player.to_frame().assign(
        observer=observer.correct,
        released=released.correct,
        exact=exact.correct,
        released_steps=released.n_steps,
        n_observations=player.n_observations_seen,
        released_observations=released.n_observations_seen,
    )
    zero = frame[frame.strength == 0]
    low = frame[frame.strength <= 0.5]
    by_concordance = zero.groupby("concordant")
    gap = by_concordance.released.mean() - by_concordance.correct.mean()
    later = frame[frame.block > 0]
    trial = later.trial_in_block + 1
    few = [1, 2, 3, 4, 5]
    rewarded = frame.groupby("n_observations").correct.mean().reindex(few).mean()
    seen = frame.groupby("n_observations").observer.mean().reindex(few).mean()
    acted = frame.groupby("released_observations").released.mean().reindex(few).mean()
    expected = {
        "rnn_correct": frame.correct.mean(),
        "rnn_steps": frame.n_steps.mean(),
        "rnn_zero_concordant": zero[zero.concordant].correct.mean(),
        "rnn_zero_discordant": zero[~zero.concordant].correct.mean(),
        "rnn_above_chance_at_zero": zero.correct.mean(),
        "observer_minus_rnn": frame.observer.mean() - frame.correct.mean(),
        "rnn_slower_at_low_contrast": zero.n_steps.mean()
        - frame[frame.strength == 2.5].n_steps.mean(),
        "actor_slower_at_low_contrast": low.released_steps.mean() - low.n_steps.mean(),
        "gap_actor_minus_rnn": gap[True] - gap[False],
        "exact_actor_minus_rnn": frame.exact.mean() - frame.correct.mean(),
        "recovery_after_switch": later[trial.between(10, 20)].correct.mean()
        - later[trial.between(1, 3)].correct.mean(),
        "reward_observer_minus_rnn": seen - rewarded,
        "reward_actor_minus_rnn": acted - rewarded,
    }
    for name, value in expected.items():
        assert measured[f"claim1.{name}"].value == pytest.approx(value, abs=1e-12), name
    assert len(measured) == len(expected)
    for name, (value, interval) in measured.items():
        assert interval is None or interval[0] < value < interval[1], name


def test_a_network_that_never_acts_has_no_reward_by_observations(sessions):
    trials = sessions[0].trials
    untrained = rollout(RNNAgent(RecurrentNetwork(2)), trials)
    assert untrained.timed_out.all()  # all after ten observations
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured = measure_claim_1(untrained, *sessions[1:])
    unknown = {name for name, (value, _) in measured.items() if np.isnan(value)}
    assert unknown == {"claim1.reward_observer_minus_rnn", "claim1.reward_actor_minus_rnn"}
    assert measured["claim1.rnn_correct"].value == 0


def test_the_notebook_of_claim_1_measures_all_that_the_ledger_asks_of_it(sessions):
    asked = {c.id for c in load_claims() if c.notebook == "04_claim1_behavior"}
    assert asked == set(measure_claim_1(*sessions))


def test_contrast_covers_the_truth_when_trials_of_a_block_are_correlated():
    rng = np.random.default_rng(0)
    n_blocks, per_block, hits = 60, 20, 0
    cluster = np.repeat(np.arange(n_blocks), per_block)
    first = rng.random(len(cluster)) < 0.3
    for _ in range(400):
        shared = rng.standard_normal((2, n_blocks))[:, cluster]
        values = np.where(first, 1.0 + shared[0], shared[1]) + rng.standard_normal(len(cluster))
        low, high = contrast(values, first, ~first, cluster).interval
        hits += low <= 1.0 <= high
    assert 0.91 <= hits / 400 <= 0.985  # 95%, four binomial standard errors


def test_contrast_needs_trials_in_both_groups():
    some, none = np.ones(3, bool), np.zeros(3, bool)
    with pytest.raises(ValueError, match="at least one trial in each group"):
        contrast(np.zeros(3), some, none, np.arange(3))


def test_summary_table(sessions):
    player, _, released, _ = sessions
    table = summary_table({"a": player, "b": released})
    assert list(table.index) == ["a", "b"]
    assert table.loc["b", "correct"] == pytest.approx(released.correct.mean())
    assert (table["low"] < table["correct"]).all() and (table["correct"] < table["high"]).all()
    frame = released.to_frame()
    concordant = frame[(frame.strength == 0) & frame.concordant]
    assert table.loc["b", "zero contrast, concordant"] == pytest.approx(concordant.correct.mean())
