"""Bayesian agents of tasks with blocks of their own, against enumeration of all block sequences."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from iblrnn_helpers import behavior, coupling, representations
from iblrnn_helpers.agents.bayes import BayesianActor, Inference, observe, stimulus_log_odds
from iblrnn_helpers.agents.block_filter import SidePrior, block_belief
from iblrnn_helpers.agents.semi_markov import SemiMarkovPrior, semi_markov_belief
from iblrnn_helpers.coupling.beliefs import CoupledActor, coupled_beliefs, untold_belief
from iblrnn_helpers.ideal_observers.stopping_rules import (
    best_reward_rate,
    optimal_stopping,
    play_rule,
)
from iblrnn_helpers.released_code.variants import observe_believing
from iblrnn_helpers.task.blocks import Blocks
from iblrnn_helpers.task.figures import fig_1_generative_model
from iblrnn_helpers.task.generative_model import TaskParams, evidence_density, sample_trials
from iblrnn_helpers.task.rollouts import rollout

FOUR_KINDS = TaskParams(
    blocks=Blocks(
        (0.1, 0.3, 0.5, 0.8),
        first=(0.2, 0.3, 0.4, 0.1),
        following=((0, 0.5, 0.25, 0.25), (0, 0.1, 0, 0.9), (0.7, 0.1, 0.2, 0), (0.5, 0, 0.5, 0)),
        lengths=(3, {2: 0.25, 6: 0.75}, None, [(1, 0.5), (4, 0.5)]),
    ),
    strengths=(0.0, 1.0, 2.0),
    strength_probabilities=(0.2, 0.7, 0.1),
    min_block_length=2,
    max_block_length=4,
    noise_sd=1.5,
    n_observations=3,
    n_blank_steps=1,
)
SKEWED = replace(  # asymmetric priors that alternate
    FOUR_KINDS, blocks=Blocks((0.4, 0.95)), block_law="forced_switch", hazard=0.3
)
IBL = TaskParams(blocks="ibl", hazard=1 / 60)


def block_sequences(task, n):
    """Every way in which blocks cover trials 0 to n: the trials' kinds, and its probability."""
    laws = [list(zip(*task.length_law(kind), strict=True)) for kind in range(task.blocks.n_kinds)]

    def going_on(kinds, probability, next_kind):
        for kind, p_kind in enumerate(next_kind):
            for length, p_length in laws[kind]:
                p = probability * p_kind * p_length
                longer = kinds + [kind] * int(length)
                if p > 0 and len(longer) > n:
                    yield longer[: n + 1], p
                elif p > 0:
                    yield from going_on(longer, p, task.blocks.following[kind])

    return list(going_on([], 1.0, task.blocks.first))


def enumerated(task, sides, n):
    """(n_kinds,) P(kind of trial n | the sides before it), and P(right on trial n | the same)."""
    p_right, belief, right = np.array(task.blocks.p_right), np.zeros(task.blocks.n_kinds), 0.0
    for kinds, p in block_sequences(task, n):
        of_past = p_right[kinds[:n]]
        p *= np.prod(np.where(sides[:n] > 0, of_past, 1 - of_past))
        belief[kinds[n]] += p
        right += p * p_right[kinds[n]]
    return belief / belief.sum(), right / belief.sum()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "n_blocks", "places"),
    [
        (FOUR_KINDS, 3, range(9)),
        (SKEWED, 4, range(9)),
        (IBL, 3, [0, 40, 89, 90, 95, 112, 131, 150]),
    ],
    ids=["four kinds", "asymmetric", "IBL"],
)
def test_filter_equals_enumeration(task, n_blocks, places):
    trials = sample_trials(task, n_sessions=4, n_blocks=n_blocks, seed=7)
    prior = SemiMarkovPrior(task)
    kinds, right = prior.kinds(trials), prior.over(trials)
    compared = 0
    for first, end in pairwise(trials.session_start.tolist()):
        for n in (n for n in places if first + n < end):
            belief, p = enumerated(task, trials.side[first:end], n)
            np.testing.assert_allclose(kinds[first + n], belief, atol=1e-12, rtol=0)
            assert right[first + n] == pytest.approx(p, abs=1e-12)
            compared += 1
    assert compared >= 24 and np.ptp(right) > 0.2
    of_right = kinds[:, task.blocks.sides > 0].sum(axis=1)
    np.testing.assert_allclose(semi_markov_belief(trials), of_right, atol=1e-15)


def test_probabilities_that_were_printed_are_taken_to_add_up_to_one():
    third = (0.3333333, 0.3333333, 0.3333333)
    printed = Blocks(
        (0.1, 0.5, 0.7), third, (third,) * 3, (2, 4, {1: 0.3333333, 3: 0.3333333, 5: 0.3333333})
    )
    trials = sample_trials(replace(IBL, blocks=printed), n_sessions=3, n_blocks=4, seed=5)
    even = (1 / 3, 1 / 3, 1 / 3)
    exact = Blocks(
        (0.1, 0.5, 0.7), even, (even,) * 3, (2, 4, dict(zip((1, 3, 5), even, strict=True)))
    )
    found, meant = (SemiMarkovPrior(replace(IBL, blocks=one)) for one in (printed, exact))
    np.testing.assert_allclose(found.kinds(trials).sum(axis=1), 1, atol=1e-15)
    np.testing.assert_allclose(found.kinds(trials), meant.kinds(trials), atol=1e-12, rtol=0)


@pytest.mark.parametrize("task", [FOUR_KINDS, SKEWED], ids=["four kinds", "asymmetric"])
def test_posterior_equals_enumeration_over_blocks_sides_and_strengths(task):
    trials = sample_trials(task, n_sessions=3, n_blocks=3, seed=8)
    shares = np.array(task.strength_probabilities)
    played = rollout(BayesianActor(task), trials)
    for n in range(6):
        for session, start in enumerate(trials.session_start[:-1]):
            if start + n >= trials.session_start[session + 1]:
                continue
            _, prior = enumerated(task, trials.side[start : start + n], n)
            # P(the observations so far | side), a sum over strengths of products of normals.
            given = {}
            for side in (-1, 1):
                means = np.outer(task.strengths, [side < 0, side > 0])[:, None]
                away = (trials.observations[start + n] - means) / task.noise_sd
                given[side] = shares @ np.exp(-np.square(away).sum(axis=2).cumsum(axis=1) / 2)
            expected = prior * given[1] / (prior * given[1] + (1 - prior) * given[-1])
            n_seen = played.n_observations_seen[start + n]
            found = played.p_right[start + n, 1 : 1 + n_seen]
            np.testing.assert_allclose(found, expected[:n_seen], atol=1e-12, rtol=0)
            assert played.p_right[start + n, 0] == pytest.approx(prior, abs=1e-12)
    # The observer of it, and the same under its other name.
    for kind in ("exact", "semi_markov"):
        np.testing.assert_allclose(observe(played, kind).p_right, played.p_right, atol=1e-12)


def test_markov_blocks_that_are_stated_leave_the_markov_filter():
    # A constant hazard, and no longest length that is ever reached.
    lengths = {n: 0.05 * 0.95 ** (n - 1) for n in range(1, 900)}
    task = TaskParams(blocks=Blocks((0.2, 0.8), lengths=(lengths, lengths)))
    trials = sample_trials(task, n_sessions=3, n_blocks=8, seed=1)
    paper = replace(trials, params=TaskParams(hazard=0.05))
    np.testing.assert_allclose(
        SemiMarkovPrior(task).belief(trials), block_belief(paper), atol=1e-10
    )


def test_the_exact_observer_is_the_best_and_calibrated():
    trials = sample_trials(IBL, n_sessions=100, n_blocks=7, seed=2)
    session = rollout(BayesianActor(IBL), trials)
    exact, blockless = observe(session), observe(session, "blockless")
    gain = behavior.paired_difference(exact, blockless, "correct")
    assert gain.low > 0
    prior = SemiMarkovPrior(IBL).over(trials)
    for low in (
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
    ):  # 1,000 trials or more in each: three standard errors
        there = (prior >= low) & (prior < low + 0.1)
        assert (trials.side > 0)[there].mean() == pytest.approx(prior[there].mean(), abs=0.047)
    first = trials.block == 0
    np.testing.assert_allclose(prior[first], 0.5, atol=1e-12)  # however its sides fall


def test_a_strength_of_no_probability_is_as_if_it_were_none():
    observations = np.random.default_rng(3).standard_normal((50, 4, 2))
    never = TaskParams(strengths=(0, 1, 5), strength_probabilities=(0.5, 0.5, 0))
    without = TaskParams(strengths=(0, 1))
    for inference in (Inference(), Inference(strength="per_step", evidence="difference")):
        np.testing.assert_allclose(
            stimulus_log_odds(observations, never, inference),
            stimulus_log_odds(observations, without, inference),
            atol=1e-12,
        )
    d = np.linspace(-3, 3, 7)
    for given in ({"side": 1}, {"block_side": -1}):
        np.testing.assert_allclose(
            evidence_density(never, d, **given), evidence_density(without, d, **given)
        )


def test_the_ceiling_knows_the_priors_and_the_strengths_of_the_task():
    short = TaskParams(n_observations=2, strengths=(0, 1))
    own = replace(short, blocks="ibl")
    rule, paper = optimal_stopping(own, rate=0.1), optimal_stopping(short, rate=0.1)
    np.testing.assert_array_equal(rule.gain, paper.gain)  # the same range of priors
    skewed = optimal_stopping(replace(short, blocks=Blocks((0.5, 0.9))), rate=0.1)
    assert skewed.priors[-1] == 0.9 and rule.priors[-1] == 0.8
    mostly = replace(own, strength_probabilities=(0.1, 0.9))
    trials = sample_trials(mostly, n_sessions=200, n_blocks=3, seed=4)
    prior = SemiMarkovPrior(mostly).over(trials)
    best = best_reward_rate(mostly, prior)
    played = play_rule(best, trials)
    per_step = played.reward.sum() / played.n_steps.sum()
    # 32,000 trials of reward +-1 and some three steps each: the standard error is 0.002.
    assert per_step == pytest.approx(best.rate, abs=0.006)
    assert best.rate > best_reward_rate(own, prior).rate + 0.02  # strong stimuli are worth more


def test_what_takes_blocks_to_alternate_says_so():
    trials = sample_trials(IBL, n_sessions=2, n_blocks=4, seed=5)
    session = rollout(BayesianActor(IBL), trials)
    for make in (
        lambda: coupled_beliefs(session),
        lambda: CoupledActor(IBL, 0.3),
        lambda: untold_belief(session),
        lambda: coupling.observer_belief(trials),
        lambda: block_belief(trials),
        lambda: SidePrior(IBL),
        lambda: SidePrior(IBL, "no_transition"),
        lambda: observe(session, "released"),
        lambda: BayesianActor(IBL, "released"),
        lambda: observe_believing(session, TaskParams()),
        lambda: evidence_density(IBL, np.zeros(1), block_side=1),
        lambda: fig_1_generative_model(IBL),
        lambda: representations.block_projection(session, np.arange(float(session.n_rows))),
    ):
        with pytest.raises(ValueError, match=r"^blocks must be left out for .*\(0.5, 0.2, 0.8\)"):
            make()
    for kind in ("blockless", "exponential"):  # which know of no blocks
        assert np.isfinite(observe(session, kind).last_p_right).all()


def test_what_compares_left_and_right_blocks_leaves_unbiased_ones_out_or_says_so():
    trials = sample_trials(IBL, n_sessions=6, n_blocks=5, seed=6)
    session = rollout(BayesianActor(IBL), trials)
    with pytest.raises(ValueError, match=r"block_side must be -1 or 1 .*, got 0 in 540"):
        behavior.favours_block(session)
    side = session.row_block_side
    told = np.where(side == 0, 5.0, side)[:, None]  # decodes all blocks but those that have none
    assert representations.decode_block(session, told).accuracy.mean == 1.0


def test_ages_that_no_memory_holds_are_named():
    rare = replace(IBL, blocks=Blocks((0.2, 0.8), lengths=({3: 0.999, 10**13: 0.001}, 4)))
    with pytest.raises(ValueError, match=r"blocks of up to 10,000,000,000,000 trials would need"):
        SemiMarkovPrior(rare)
    with pytest.raises(ValueError, match=r"10,000,000,000 sessions with blocks of up to 100 tri"):
        SemiMarkovPrior(IBL).start(10**10)


def test_impossible_sides_are_named():
    task = TaskParams(blocks=Blocks((0.0, 1.0), lengths=(2, 2)))
    prior = SemiMarkovPrior(task)
    memory = prior.update(prior.start(1), np.array([1]))
    with pytest.raises(ValueError, match="side must be possible, but with blocks of p_right"):
        prior.update(memory, np.array([-1]))
