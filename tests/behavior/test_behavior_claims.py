"""Claim 1's quantities against sums written out, and their intervals against simulation."""

import warnings

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor, observe
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.behavior.beliefs import from_own_belief
from iblrnn_helpers.behavior.claims import measure_claim_1
from iblrnn_helpers.behavior.measures import summary_table
from iblrnn_helpers.core.crossed_effects import estimate_mean, jackknife
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
    strong = frame[frame.strength == 2.5]
    by_concordance = zero.groupby("concordant")
    by_strength = frame.groupby("strength")[["correct", "observer", "released", "exact"]].mean()
    apart = by_strength.sub(by_strength.correct, axis=0).abs()
    curves = frame.groupby(["strength", "concordant"])[["correct", "released", "exact"]].mean()
    curves_apart = curves.sub(curves.correct, axis=0).abs()

    def slower(steps, correct, of=frame):
        """Discordant minus concordant, of correct trials, mean over strengths."""
        mean = of[of[correct]].groupby(["strength", "concordant"])[steps].mean().unstack()
        return (mean[False] - mean[True]).mean()

    def by_kind(column, of=frame):
        mean = of.groupby("concordant")[column].mean()
        return mean[True] - mean[False]

    gap = by_concordance.released.mean() - by_concordance.correct.mean()
    later = frame[frame.block > 0]
    trial = later.trial_in_block + 1
    few = [1, 2, 3, 4, 5]
    rewarded = frame.groupby("n_observations").correct.mean().reindex(few).mean()
    seen = frame.groupby("n_observations").observer.mean().reindex(few).mean()
    acted = frame.groupby("released_observations").released.mean().reindex(few).mean()
    frame["own"] = own = from_own_belief(player) == player.trials.side
    zero = frame[frame.strength == 0]
    lead = frame.released.mean() - frame.correct.mean()
    larger = by_kind("released", zero) - by_kind("correct", zero)
    in_long = frame[(frame.strength >= 1) & (frame.n_observations >= 3)]
    turning = later[trial.between(2, 10)]
    knows = {
        name: (np.where(agent.p_right[:, 1] > 0.5, 1, -1) == frame.block_side).mean()
        for name, agent in (("player", player), ("observer", observer))
    }
    expected = {
        "rnn_correct": frame.correct.mean(),
        "rnn_steps": frame.n_steps.mean(),
        "rnn_zero_concordant": zero[zero.concordant].correct.mean(),
        "rnn_zero_discordant": zero[~zero.concordant].correct.mean(),
        "rnn_above_chance_at_zero": zero.correct.mean(),
        "observer_minus_rnn": frame.observer.mean() - frame.correct.mean(),
        "rnn_slower_at_low_contrast": zero.n_steps.mean()
        - frame[frame.strength == 2.5].n_steps.mean(),
        "rnn_below_actor": lead,
        "observer_above_chance_at_zero": zero.observer.mean(),
        "actor_above_chance_at_zero": zero.released.mean(),
        "exact_actor_above_chance_at_zero": zero.exact.mean(),
        "rises_with_contrast": by_strength.drop(columns="exact").diff().min().min(),
        "accuracy_alike": apart[["observer", "released"]].max().max(),
        "accuracy_alike_exact_actor": apart.exact.max(),
        "actor_waits_at_low_contrast": zero.released_steps.mean() - strong.released_steps.mean(),
        "rnn_faster_concordant": slower("n_steps", "correct"),
        "actor_faster_concordant": slower("released_steps", "released"),
        "rnn_faster_concordant_all": -by_kind("n_steps"),
        "actor_faster_concordant_all": -by_kind("released_steps"),
        "rnn_better_concordant": by_kind("correct"),
        "actor_better_concordant": by_kind("released"),
        "rnn_gap_shrinks": by_kind("correct", zero) - by_kind("correct", strong),
        "actor_gap_shrinks": by_kind("released", zero) - by_kind("released", strong),
        "curves_match": curves_apart.released.max(),
        "curves_match_exact_actor": curves_apart.exact.max(),
        "recovery_like_observer": turning.observer.mean() - turning.correct.mean(),
        "recovery_like_actor": turning.released.mean() - turning.correct.mean(),
        "block_side_known": knows["observer"] - knows["player"],
        "acting_sooner": (frame.released.mean() - frame.observer.mean()) / lead,
        "evidence_lost": (own.mean() - frame.correct.mean()) / lead,
        "weighs_near_optimally": own.mean() - frame.correct.mean(),
        "lead_from_belief": (frame.observer.mean() - own.mean())
        / (frame.observer.mean() - frame.correct.mean()),
        "underweights_prior": (by_kind("own", zero) - by_kind("correct", zero)) / larger,
        "contraction_from_belief": (by_kind("observer", zero) - by_kind("own", zero)) / larger,
        "lead_in_long_strong_trials": in_long.observer.mean() - in_long.correct.mean(),
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
    turned = {f"claim1.change_point_trials{of}" for of in ("", "_of_choices")}  # test_beliefs
    assert set(measured) - turned == {f"claim1.{name}" for name in expected}
    for name, (value, interval, over) in measured.items():
        assert over == "trials" and interval[0] < value < interval[1], name


def test_a_network_that_never_acts_has_no_reward_by_observations(sessions):
    trials = sessions[0].trials
    untrained = rollout(RNNAgent(RecurrentNetwork(2)), trials)
    assert untrained.timed_out.all()  # all after ten observations
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured = measure_claim_1(untrained, *sessions[1:])
    unknown = {name for name, found in measured.items() if np.isnan(found.value)}
    assert unknown == {
        "claim1.reward_observer_minus_rnn",
        "claim1.reward_actor_minus_rnn",
        "claim1.rnn_faster_concordant",  # of correct trials
        "claim1.change_point_trials_of_choices",
    }
    assert measured["claim1.rnn_correct"].value == 0


def test_the_notebook_of_claim_1_measures_all_that_the_ledger_asks_of_it(sessions):
    asked = {c.id for c in load_claims() if c.notebook == "04_claim1_behavior"}
    own = {"claim1.evidence_lost_in_long_strong_trials"}  # over networks on trials of their own
    assert asked == {*measure_claim_1(*sessions), *own}


def test_a_difference_of_means_covers_the_truth_when_trials_of_a_block_are_correlated():
    rng = np.random.default_rng(0)
    n_blocks, per_block, hits = 60, 20, 0
    cluster = np.repeat(np.arange(n_blocks), per_block)
    first = rng.random(len(cluster)) < 0.3
    for _ in range(400):
        shared = rng.standard_normal((2, n_blocks))[:, cluster]
        values = np.where(first, 1.0 + shared[0], shared[1]) + rng.standard_normal(len(cluster))
        one, other = (estimate_mean(values, cluster, group) for group in (first, ~first))
        low, high = one.minus(other).measured().interval
        hits += low <= 1.0 <= high
    assert 0.91 <= hits / 400 <= 0.985  # 95%, four binomial standard errors


def test_a_mean_needs_a_trial():
    with pytest.raises(ValueError, match="at least one trial, got none"):
        estimate_mean(np.zeros(3), np.arange(3), np.zeros(3, bool))


def test_summary_table(sessions):
    player, _, released, _ = sessions
    table = summary_table({"a": player, "b": released})
    assert list(table.index) == ["a", "b"]
    assert table.loc["b", "correct"] == pytest.approx(released.correct.mean())
    assert (table["low"] < table["correct"]).all() and (table["correct"] < table["high"]).all()
    frame = released.to_frame()
    concordant = frame[(frame.strength == 0) & frame.concordant]
    assert table.loc["b", "zero contrast, concordant"] == pytest.approx(concordant.correct.mean())


def test_intervals_of_shares_are_those_of_leaving_out_one_block_at_a_time(sessions):
    player, observer, released, _ = sessions
    measured = measure_claim_1(*sessions)["claim1.acting_sooner"]

    def share(keep):
        mean = {s.agent: s.correct[keep].mean() for s in (player, observer, released)}
        of = [mean[s.agent] for s in (released, observer, player)]
        return (of[0] - of[1]) / (of[0] - of[2])

    oracle = jackknife(share, player.trials.block_index).measured()
    assert measured.value == pytest.approx(oracle.value)
    half = np.diff(measured.interval)[0], np.diff(oracle.interval)[0]
    assert half[0] == pytest.approx(half[1], rel=0.1)  # linearised; 80 blocks
