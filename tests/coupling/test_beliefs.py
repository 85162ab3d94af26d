"""The coupled and the untold observer against enumeration of every hidden course of events."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import Inference, observe
from iblrnn_helpers.coupling.beliefs import (
    CoupledActor,
    coupled_beliefs,
    observer_belief,
    untold_belief,
    untold_side,
)
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.session import Session

ODD = TaskParams(
    concordance=0.7,
    hazard=0.13,
    strengths=(0.3, 1.7),
    noise_sd=1.4,
    n_blank_steps=1,
    n_observations=4,
    min_block_length=2,
    max_block_length=3,
)


def session_of(trials, n_steps):
    """Somebody's session with these trial lengths."""
    n_steps = np.broadcast_to(n_steps, trials.n_trials).copy()
    p_right = np.full((trials.n_trials, trials.params.max_steps), 0.5)
    return Session(trials, "somebody", trials.side, n_steps, p_right)


def density(observation, side, params):
    """P(o^L, o^R | side), the strength being drawn at this very step."""
    total = 0.0
    for strength in params.strengths:
        means = np.array([strength if side < 0 else 0, strength if side > 0 else 0])
        z = (observation - means) / params.noise_sd
        total += np.prod(np.exp(-(z**2) / 2) / (params.noise_sd * np.sqrt(2 * np.pi)))
    return total / len(params.strengths)


def enumerate_courses(inputs, seen, q, params):
    """P(block = right) and P(side = right) after the last step, over all (block, side, end)."""
    emission = {True: params.concordance, False: 1 - params.concordance}
    states = list(product((-1, 1), repeat=2))
    densities = [
        {side: density(one, side, params) if look else 1 for side in (-1, 1)}
        for one, look in zip(inputs, seen, strict=True)
    ]

    def courses(t, block, side, p):
        """Sum of the probabilities of all that may follow, and of those that end on the right."""
        p *= densities[t][side]
        if t == len(inputs) - 1:
            return p * np.array([1, block > 0, side > 0])
        found = courses(t + 1, block, side, p * (1 - q))
        for new_block, new_side in states:
            switches = params.hazard if new_block != block else 1 - params.hazard
            weight = q * switches * emission[new_side == new_block]
            found = found + courses(t + 1, new_block, new_side, p * weight)
        return found

    first = (courses(0, b, s, 0.5 * emission[s == b]) for b, s in states)
    total, right_block, right_side = sum(first)
    return right_block / total, right_side / total


@pytest.mark.parametrize(
    ("params", "n_steps"), [(ODD, (3, 2, 2)), (replace(TaskParams(), hazard=0.2), (4, 3))]
)
@pytest.mark.parametrize("q", [None, 0.35])
def test_beliefs_equal_enumeration(params, n_steps, q):
    whole = sample_trials(params, n_sessions=1, n_blocks=2, seed=3)
    keep = slice(0, len(n_steps))
    names = ("session", "block", "trial_in_block", "block_side", "side", "strength", "observations")
    trials = replace(whole, **{name: getattr(whole, name)[keep].copy() for name in names})
    session = session_of(trials, n_steps)
    found = coupled_beliefs(session, end_probability=q)
    q = len(n_steps) / sum(n_steps) if q is None else q
    assert found.end_probability == q
    inputs, seen = session.inputs[:, :2], session.row_step >= params.n_blank_steps
    expected = np.array(
        [enumerate_courses(inputs[: t + 1], seen[: t + 1], q, params) for t in range(sum(n_steps))]
    )
    np.testing.assert_allclose(found.block, expected[:, 0], atol=1e-12, rtol=0)
    np.testing.assert_allclose(found.side, expected[:, 1], atol=1e-12, rtol=0)
    assert np.ptp(found.block) > 0.01 and np.ptp(found.side) > 0.1


def test_every_session_starts_afresh():
    trials = sample_trials(TaskParams(), n_sessions=3, n_blocks=1, seed=1)
    n_steps = np.random.default_rng(0).integers(3, 13, trials.n_trials)
    together = coupled_beliefs(session_of(trials, n_steps), end_probability=0.3)
    start = trials.session_start
    for k in range(3):
        own = slice(start[k], start[k + 1])
        alone = coupled_beliefs(
            session_of(trials.take_sessions(k, k + 1), n_steps[own]), end_probability=0.3
        )
        rows = slice(n_steps[: start[k]].sum(), n_steps[: start[k + 1]].sum())
        np.testing.assert_array_equal(together.block[rows], alone.block)
        assert alone.block[0] == alone.side[0] == 0.5


def test_it_hears_neither_the_feedback_nor_the_side_nor_the_end():
    trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=1, seed=2)
    session = session_of(trials, 4)
    other = replace(session, choice=-session.choice, trials=replace(trials, side=-trials.side))
    here, there = coupled_beliefs(session), coupled_beliefs(other)
    np.testing.assert_array_equal(here.block, there.block)
    np.testing.assert_array_equal(here.side, there.side)


def test_a_mirrored_world_mirrors_its_beliefs():
    trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=2, seed=4)
    flipped = replace(trials, observations=trials.observations[:, :, ::-1].copy())
    here, there = coupled_beliefs(session_of(trials, 5)), coupled_beliefs(session_of(flipped, 5))
    np.testing.assert_allclose(there.block, 1 - here.block, atol=1e-12)
    np.testing.assert_allclose(there.side, 1 - here.side, atol=1e-12)


def test_without_trial_ends_it_gathers_evidence_as_the_decoupled_observer_does():
    # One trial of a single strength, and an end that is next to impossible: what is left of
    # the model is a known block prior and observations that add up.
    params = TaskParams(strengths=(0.7,), min_block_length=1, max_block_length=1)
    trials = sample_trials(params, n_sessions=20, n_blocks=1, seed=5)
    session = session_of(trials, params.max_steps)
    side = coupled_beliefs(session, end_probability=1e-12).side.reshape(20, -1)
    np.testing.assert_allclose(side, observe(session).p_right, atol=1e-9)


@pytest.mark.parametrize("params", [ODD, replace(TaskParams(), threshold=0.7)])
def test_the_actor_acts_by_what_the_observer_believes(params):
    trials = sample_trials(params, n_sessions=4, n_blocks=3, seed=8)
    played = rollout(CoupledActor(params, 0.35), trials)
    beliefs = coupled_beliefs(played, end_probability=0.35)
    said = played.p_right[played.row_trial, played.row_step]
    np.testing.assert_allclose(said, beliefs.side, atol=1e-12, rtol=0)
    last = beliefs.side[played.row_start[1:] - 1]
    acted = ~played.timed_out
    assert acted.any() and (np.maximum(last, 1 - last)[acted] > params.threshold).all()
    np.testing.assert_array_equal(played.choice[acted], np.where(last > 0.5, 1, -1)[acted])


def test_overwhelming_evidence_stays_finite():
    trials = sample_trials(TaskParams(noise_sd=1e-3), n_sessions=2, n_blocks=2, seed=6)
    beliefs = coupled_beliefs(session_of(trials, 6))
    for belief in (beliefs.block, beliefs.side):
        assert np.isfinite(belief).all() and belief.min() >= 0 and belief.max() <= 1


def test_bad_input():
    trials = sample_trials(TaskParams(), n_sessions=1, n_blocks=1, seed=7)
    session = session_of(trials, 4)
    for q in (0, 1.5, float("nan"), "0.3"):
        with pytest.raises(ValueError, match="end_probability must be"):
            coupled_beliefs(session, end_probability=q)
        with pytest.raises(ValueError, match="end_probability must be"):
            CoupledActor(ODD, q)
    damaged = trials.observations.copy()
    damaged[3, 0, 1] = np.nan
    with pytest.raises(ValueError, match="observations must be finite"):
        coupled_beliefs(session_of(replace(trials, observations=damaged), 4))


def enumerate_trials(observations, params, lasting):
    """P(block = right) after the last trial, over all courses of blocks and sides."""
    emission = {True: params.concordance, False: 1 - params.concordance}
    total = right = 0.0
    n = len(observations)
    for blocks, sides in product(product((-1, 1), repeat=n), repeat=2):
        p = 0.5
        for k, (block, side) in enumerate(zip(blocks, sides, strict=True)):
            if k:
                switches = block != blocks[k - 1]
                p *= params.hazard if switches else 1 - params.hazard
            p *= emission[side == block]
            if lasting:  # one strength for the whole trial
                p *= sum(
                    np.prod(
                        [
                            density(o, side, replace(params, strengths=(mu,)))
                            for o in observations[k]
                        ]
                    )
                    for mu in params.strengths
                )
            else:
                p *= np.prod([density(o, side, params) for o in observations[k]])
        total += p
        right += p * (blocks[-1] == 1)
    return right / total


@pytest.mark.parametrize("lasting", [False, True])
def test_untold_observer_is_that_of_enumeration(lasting):
    trials = sample_trials(ODD, n_sessions=2, n_blocks=2, seed=3)
    n_steps = np.random.default_rng(0).integers(2, ODD.max_steps + 1, size=len(trials))
    session = session_of(trials, n_steps)
    options = {"inference": Inference()} if lasting else {}
    found = untold_belief(session, **options)
    for first, end in zip(trials.session_start[:-1], trials.session_start[1:], strict=True):
        for last in range(first, min(end, first + 5)):
            seen = [trials.observations[k, : n_steps[k] - 1] for k in range(first, last + 1)]
            expected = 2 * enumerate_trials(seen, ODD, lasting) - 1
            assert found[last] == pytest.approx(expected, abs=1e-12)


def test_word_that_is_certain_makes_the_untold_observer_the_bayesian_one():
    trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=3, seed=4)
    session = session_of(trials, 4)
    np.testing.assert_allclose(untold_belief(session, cue=1), observer_belief(trials), atol=1e-12)
    apart = [
        np.abs(untold_belief(session, cue=q) - observer_belief(trials)).mean()
        for q in (0.5, 0.7, 0.9)
    ]
    assert apart == sorted(apart, reverse=True) and apart[2] > 0.01
    with pytest.raises(ValueError, match="cue must be"):
        untold_belief(session, cue=0.4)


def test_untold_observer_answers_as_enumeration_of_all_sides_does():
    """The side's probability: over block, and sides of all trials so far, by brute force."""
    trials = sample_trials(ODD, n_sessions=2, n_blocks=2, seed=3)
    n_steps = np.random.default_rng(0).integers(2, ODD.max_steps + 1, size=len(trials))
    found = untold_side(session_of(trials, n_steps))
    for first in trials.session_start[:-1]:
        for last in range(first, first + 4):
            weight = {-1: 0.0, 1: 0.0}
            n = last - first + 1
            for blocks in product((-1, 1), repeat=n):
                stays = [a == b for a, b in pairwise(blocks)]
                of_blocks = np.prod([1 - ODD.hazard if stay else ODD.hazard for stay in stays])
                for sides in product((-1, 1), repeat=n):
                    joint = of_blocks
                    for k, (block, side) in enumerate(zip(blocks, sides, strict=True)):
                        joint *= ODD.concordance if side == block else 1 - ODD.concordance
                        for observation in trials.observations[first + k, : n_steps[first + k] - 1]:
                            joint *= density(observation, side, ODD)
                    weight[sides[-1]] += joint
            assert found[last] == pytest.approx(weight[1] / (weight[1] + weight[-1]), abs=1e-12)
