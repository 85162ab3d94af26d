"""The Bayesian baselines against enumeration, calibration and the published code's behaviour."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import (
    ACTORS,
    OBSERVERS,
    BayesianActor,
    Inference,
    observe,
    stimulus_log_odds,
)
from iblrnn_helpers.agents.block_filter import SidePrior, block_belief, block_posterior
from iblrnn_helpers.task.generative_model import TaskParams, Trials, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.session import Session

PARAMS = TaskParams()
ODD = TaskParams(concordance=0.7, hazard=0.13, strengths=(0.3, 1.7), noise_sd=1.4, n_observations=4)


def markov_trials(params, *, n_sessions, n_trials, seed):
    """Trials whose blocks really are Markov, as the filter takes them to be."""
    rng = np.random.default_rng(seed)
    switch = rng.random((n_sessions, n_trials)) < params.hazard
    switch[:, 0] = False
    block = np.cumsum(switch, axis=1)
    first = rng.choice([-1, 1], size=(n_sessions, 1))
    block_side = (first * (-1) ** block).ravel().astype(np.int8)
    n = n_sessions * n_trials
    side = np.where(rng.random(n) < params.concordance, block_side, -block_side).astype(np.int8)
    strength = rng.choice(params.strengths, size=n)
    observations = params.noise_sd * rng.standard_normal((n, params.n_observations, 2))
    observations[np.arange(n), :, (side > 0).astype(int)] += strength[:, None]
    return Trials(
        params=params,
        session=np.repeat(np.arange(n_sessions), n_trials),
        block=block.ravel(),
        trial_in_block=np.zeros(n, dtype=int),
        block_side=block_side,
        side=side,
        strength=strength,
        observations=observations,
    )


def session_of(trials, n_steps):
    """Somebody's session with these trial lengths."""
    n_steps = np.broadcast_to(n_steps, trials.n_trials).copy()
    p_right = np.full((trials.n_trials, trials.params.max_steps), 0.5)
    return Session(trials, "somebody", trials.side, n_steps, p_right)


def enumerate_blocks(params, sides):
    """P(b_n = R | s_<n), P(s_n = R | s_<n) and P(b_n = R | s_<=n), from all 2^n block sequences."""
    n = len(sides)
    probability = {True: params.concordance, False: 1 - params.concordance}
    belief, prior, posterior = [], [], []
    for trial in range(n):
        # Sums over sequences: all, b = R, s = R; and with s_n seen: all, b = R.
        total = np.zeros(5)
        for blocks in product((-1, 1), repeat=trial + 1):
            p = 0.5
            for before, after in pairwise(blocks):
                p *= params.hazard if before != after else 1 - params.hazard
            for block, side in zip(blocks[:-1], sides[:trial], strict=True):
                p *= probability[block == side]
            right = blocks[-1] == 1
            with_side = p * probability[blocks[-1] == sides[trial]]
            total += [p, p * right, p * probability[right], with_side, with_side * right]
        belief.append(total[1] / total[0])
        prior.append(total[2] / total[0])
        posterior.append(total[4] / total[3])
    return np.array(belief), np.array(prior), np.array(posterior)


def normal_pdf(x, mean, sd):
    return np.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))


def enumerate_stimulus(params, observations, prior):
    """P(s = R | o_<=t) for every t, summing densities over sides and strengths."""
    joint = {-1: np.zeros(len(observations)), 1: np.zeros(len(observations))}
    for side in (-1, 1):
        for strength in params.strengths:
            mean = np.array([strength if side < 0 else 0.0, strength if side > 0 else 0.0])
            density = normal_pdf(observations, mean, params.noise_sd).prod(axis=1)
            weight = prior if side > 0 else 1 - prior
            joint[side] += weight * np.cumprod(density) / len(params.strengths)
    return joint[1] / (joint[1] + joint[-1])


@pytest.mark.parametrize("params", [PARAMS, ODD], ids=["paper", "odd"])
def test_block_beliefs_and_side_prior_equal_enumeration(params):
    trials = markov_trials(params, n_sessions=3, n_trials=9, seed=5)
    belief, prior, posterior = (
        np.concatenate(parts)
        for parts in zip(
            *(enumerate_blocks(params, sides) for sides in trials.side.reshape(3, 9)), strict=True
        )
    )
    np.testing.assert_allclose(block_belief(trials), belief, atol=1e-12, rtol=0)
    np.testing.assert_allclose(block_posterior(trials), posterior, atol=1e-12, rtol=0)
    np.testing.assert_allclose(SidePrior(params).over(trials), prior, atol=1e-12, rtol=0)
    assert (belief[::9] == 0.5).all() and belief.std() > 0.05

    # The published variants, in terms of what was enumerated.
    taken_for_side = SidePrior(params, "block_belief").over(trials)
    np.testing.assert_allclose(taken_for_side, belief, atol=1e-12, rtol=0)
    last_posterior = np.concatenate([[0.5], posterior[:-1]])
    last_posterior[::9] = 0.5
    c = params.concordance
    np.testing.assert_allclose(
        SidePrior(params, "no_transition").over(trials),
        c * last_posterior + (1 - c) * (1 - last_posterior),
        atol=1e-12,
        rtol=0,
    )


def test_worked_case_of_twelve_right_trials():
    # Twelve right trials: the side prior is 0.784; the released code's is 0.974.
    trials = markov_trials(PARAMS, n_sessions=1, n_trials=13, seed=1)
    trials = replace(trials, side=np.ones(13, dtype=np.int8))
    assert SidePrior(PARAMS).over(trials)[-1] == pytest.approx(0.784, abs=5e-4)
    assert SidePrior(PARAMS, "block_belief").over(trials)[-1] == pytest.approx(0.974, abs=5e-4)


def test_priors_without_blocks():
    trials = sample_trials(PARAMS, n_sessions=2, n_blocks=2, seed=2)
    assert (SidePrior(PARAMS, "blockless").over(trials) == 0.5).all()

    prior = SidePrior(PARAMS, "exponential", decay=0.8).over(trials)
    for first, end in zip(trials.session_start[:-1], trials.session_start[1:], strict=True):
        right = trials.side[first:end] > 0
        for n in range(30):
            age = np.arange(n)[::-1]  # the last trial weighs most
            expected = 0.5 * 0.8**n + (0.2 * 0.8**age * right[:n]).sum()
            assert prior[first + n] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("params", [PARAMS, ODD], ids=["paper", "odd"])
def test_posterior_within_trials_equals_enumeration_over_sides_and_strengths(params):
    trials = markov_trials(params, n_sessions=2, n_trials=8, seed=7)
    observer = observe(session_of(trials, params.max_steps))
    prior = SidePrior(params).over(trials)
    for trial in range(trials.n_trials):
        expected = enumerate_stimulus(params, trials.observations[trial], prior[trial])
        seen = observer.p_right[trial, params.n_blank_steps :]
        np.testing.assert_allclose(seen, expected, atol=1e-12, rtol=0)
        np.testing.assert_allclose(
            observer.p_right[trial, : params.n_blank_steps], prior[trial], atol=1e-12, rtol=0
        )


@pytest.mark.parametrize("strength", ["per_trial", "per_step"])
def test_evidence_variants_equal_enumeration(strength):
    params = ODD
    trials = markov_trials(params, n_sessions=1, n_trials=20, seed=8)
    d = trials.observations[:, :, 1] - trials.observations[:, :, 0]
    sd = np.sqrt(2) * params.noise_sd
    densities = {
        ("difference", side): np.stack([normal_pdf(d, side * mu, sd) for mu in params.strengths])
        for side in (-1, 1)
    }
    for side, seen in ((-1, 0), (1, 1)):
        o = trials.observations
        densities["both", side] = np.stack(
            [
                normal_pdf(o[..., seen], mu, params.noise_sd)
                * normal_pdf(o[..., 1 - seen], 0, params.noise_sd)
                for mu in params.strengths
            ]
        )
    for evidence in ("both", "difference"):
        likelihood = {}
        for side in (-1, 1):
            density = densities[evidence, side]  # (n_strengths, n_trials, n_observations)
            if strength == "per_trial":
                likelihood[side] = np.cumprod(density, axis=2).mean(axis=0)
            else:
                likelihood[side] = np.cumprod(density.mean(axis=0), axis=1)
        found = stimulus_log_odds(
            trials.observations, params, Inference(strength=strength, evidence=evidence)
        )
        np.testing.assert_allclose(found, np.log(likelihood[1] / likelihood[-1]), atol=1e-11)


def test_difference_is_sufficient_only_where_the_strength_is_known():
    known = replace(PARAMS, strengths=(1.5,))
    observations = np.random.default_rng(3).normal(0.5, 1, size=(50, 10, 2))
    difference = Inference(evidence="difference")
    np.testing.assert_allclose(
        stimulus_log_odds(observations, known),
        stimulus_log_odds(observations, known, difference),
        atol=1e-12,
    )
    unknown = stimulus_log_odds(observations, PARAMS)
    assert np.abs(unknown - stimulus_log_odds(observations, PARAMS, difference)).max() > 0.5


def test_log_odds_stay_finite_under_overwhelming_evidence():
    params = replace(PARAMS, noise_sd=1e-3)
    log_odds = stimulus_log_odds(np.full((10, 2), [0.0, 2.5]), params)
    assert np.isfinite(log_odds).all() and (np.diff(log_odds) > 0).all()


@pytest.mark.parametrize("variant", ACTORS)
def test_observer_of_an_actor_finds_the_actors_posterior(variant):
    trials = sample_trials(PARAMS, n_sessions=12, n_blocks=2, seed=4)
    inference = ACTORS[variant][1]
    played = rollout(BayesianActor(PARAMS, variant), trials)
    observer = observe(played, inference)
    np.testing.assert_allclose(observer.p_right, played.p_right, atol=1e-12, rtol=0)
    acted = ~played.timed_out
    assert (observer.choice[acted] == played.choice[acted]).all()
    assert (observer.choice[~acted] != 0).all() and (~acted).any()
    np.testing.assert_array_equal(observer.n_steps, played.n_steps)
    took_place = np.arange(PARAMS.max_steps) < played.n_steps[:, None]
    np.testing.assert_array_equal(np.isnan(observer.p_right), ~took_place)


def test_observer_of_a_task_without_blank_steps():
    params = replace(PARAMS, n_blank_steps=0, n_observations=3)
    trials = sample_trials(params, n_sessions=3, n_blocks=1, seed=4)
    played = rollout(BayesianActor(params), trials)
    np.testing.assert_allclose(observe(played).p_right, played.p_right, atol=1e-12, rtol=0)


def test_observer_depends_on_nothing_that_the_agent_answered():
    trials = sample_trials(PARAMS, n_sessions=3, n_blocks=2, seed=5)
    n_steps = np.random.default_rng(0).integers(3, 13, trials.n_trials)
    one = session_of(trials, n_steps)
    other = replace(one, choice=-one.choice, p_right=np.zeros_like(one.p_right))
    np.testing.assert_array_equal(observe(one).p_right, observe(other).p_right)


def test_a_tie_is_answered_left():
    trials = sample_trials(PARAMS, n_sessions=2, n_blocks=1, seed=5)
    grey = replace(trials, observations=np.zeros_like(trials.observations))
    seen = observe(session_of(grey, PARAMS.n_blank_steps + 1), "blockless")  # nothing remembered
    assert (seen.p_right[:, 0] == 0.5).all() and (seen.choice == -1).all()


def miscalibration(p_right, right):
    """Largest |z| over ten bins of p between how often right happened and what p said."""
    z = []
    for low in np.arange(0, 1, 0.1):
        inside = (p_right >= low) & (p_right < low + 0.1)
        if inside.sum() >= 50:
            p = p_right[inside]
            z.append((right[inside] - p).sum() / np.sqrt((p * (1 - p)).sum()))
    assert len(z) >= 8
    return np.abs(z).max()


def test_posterior_is_calibrated_on_markov_blocks():
    # Given the past, errors of a calibrated belief have mean 0 and variance p (1 - p)
    # whatever the trials before, so that z is standard normal in each bin.
    trials = markov_trials(PARAMS, n_sessions=100, n_trials=200, seed=6)
    right = trials.side > 0
    everything = session_of(trials, PARAMS.max_steps)
    exact = observe(everything).p_right
    for step in (2, 4, 11):
        assert miscalibration(exact[:, step], right) < 3.7
    # Exact given less: calibrated as well.
    difference = observe(everything, Inference(evidence="difference")).p_right
    assert miscalibration(difference[:, 6], right) < 3.7
    # The published faults are not, by this very measure.
    for faulty in (Inference("block_belief"), Inference(strength="per_step")):
        assert miscalibration(observe(everything, faulty).p_right[:, 6], right) > 10
    # Beliefs about blocks are.
    before, after = block_belief(trials), block_posterior(trials)
    for belief in (before, after):
        for low in np.arange(0, 1, 0.2):
            inside = (belief >= low) & (belief < low + 0.2)
            frequency = (trials.block_side[inside] > 0).mean()
            assert frequency == pytest.approx(belief[inside].mean(), abs=0.05)


@pytest.mark.parametrize("variant", ACTORS)
def test_mirrored_world_mirrors_the_beliefs(variant):
    trials = sample_trials(PARAMS, n_sessions=4, n_blocks=2, seed=9)
    mirrored = replace(
        trials,
        block_side=-trials.block_side,
        side=-trials.side,
        observations=np.ascontiguousarray(trials.observations[:, :, ::-1]),
    )
    for answer in (
        lambda world: rollout(BayesianActor(PARAMS, variant), world),
        lambda world: observe(session_of(world, 7), variant),
    ):
        here, there = answer(trials), answer(mirrored)
        np.testing.assert_array_equal(there.choice, -here.choice)
        np.testing.assert_array_equal(there.n_steps, here.n_steps)
        np.testing.assert_allclose(there.p_right, 1 - here.p_right, atol=1e-10)


# Correct, time-outs, steps per trial, correct at strength 0 concordant and discordant.
# First four rows: an independent implementation's, about a million trials each, whose
# evidence was the difference of the observations, as in the released code.
FOUR_ACTORS = {
    "released": (ACTORS["released"][1], (0.864, 0.011, 3.79, 0.81, 0.15)),
    "difference": (Inference(evidence="difference"), (0.805, 0.153, 5.50, 0.43, 0.09)),
    "strength redrawn": (
        Inference("exact", "per_step", "difference"),
        (0.883, 0.026, 4.63, 0.61, 0.29),
    ),
    "emission missing": (
        Inference("block_belief", "per_trial", "difference"),
        (0.832, 0.053, 4.10, 0.79, 0.07),
    ),
}


@pytest.fixture(scope="module")
def long_sessions():
    return sample_trials(PARAMS, n_sessions=160, n_blocks=12, seed=11)  # 95,000 trials


@pytest.mark.parametrize("actor", FOUR_ACTORS)
def test_actors_score_as_an_independent_implementation(actor, long_sessions):
    inference, expected = FOUR_ACTORS[actor]
    session = rollout(BayesianActor(PARAMS, inference), long_sessions)
    zero = long_sessions.strength == 0
    found = (
        session.correct.mean(),
        session.timed_out.mean(),
        session.n_steps.mean(),
        session.correct[zero & long_sessions.concordant].mean(),
        session.correct[zero & ~long_sessions.concordant].mean(),
    )
    tolerance = (0.006, 0.004, 0.05, 0.025, 0.035)
    assert (np.abs(np.subtract(found, expected)) < tolerance).all(), found


def test_exact_posterior_is_the_best_forced_choice(long_sessions):
    # Common random numbers: at every number of observations, exact inference answers
    # better than each of its approximations.
    best = observe(session_of(long_sessions, 5))
    for worse in ("released", "blockless", "exponential", Inference(strength="per_step")):
        assert best.correct.mean() > observe(session_of(long_sessions, 5), worse).correct.mean()
    difference = observe(session_of(long_sessions, 5), Inference(evidence="difference"))
    assert 0 < best.correct.mean() - difference.correct.mean() < 0.02


def test_names_tell_the_variants_apart():
    actors = [BayesianActor(PARAMS, variant).name for variant in ACTORS]
    session = session_of(sample_trials(PARAMS, n_sessions=1, n_blocks=1, seed=1), 3)
    observers = [observe(session, variant).agent for variant in OBSERVERS]
    assert len({*actors, *observers}) == 10
    assert observers[0] == "Bayesian observer"
    assert BayesianActor(PARAMS, name="mine").name == "mine"
    assert observe(session, name="mine").agent == "mine"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BayesianActor(PARAMS, "optimal"), r"inference must be one of .*'optimal'"),
        (lambda: BayesianActor(PARAMS, None), "inference must be one of"),
        (lambda: BayesianActor(None), "params must be a TaskParams, got NoneType"),
        (lambda: Inference(side_prior="flat"), "side_prior must be one of .*'flat'"),
        (lambda: Inference(strength="fixed"), "strength must be one of .*'fixed'"),
        (lambda: Inference(evidence="sum"), "evidence must be one of .*'sum'"),
        (lambda: SidePrior(PARAMS, "flat"), "kind must be one of .*'flat'"),
        (lambda: SidePrior(PARAMS, "exponential", decay=1.0), "decay must be .* below 1, got 1.0"),
        (lambda: Inference(decay=1.0), "decay must be .* below 1, got 1.0"),
        (lambda: Inference(decay=0), "decay must be .* below 1, got 0"),
        (lambda: Inference(decay=np.nan), "decay must be a finite number, got nan"),
        (
            lambda: BayesianActor(replace(PARAMS, hazard=1.0, concordance=1.0)),
            "hazard must be below 1 where concordance is 0 or 1",
        ),
    ],
)
def test_bad_settings_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_sessions_are_named():
    trials = sample_trials(PARAMS, n_sessions=1, n_blocks=1, seed=1)
    with pytest.raises(ValueError, match=r"n_steps must be .* at most 12, got 13 in trial 0"):
        observe(session_of(trials, 13))
    with pytest.raises(ValueError, match=r"n_steps must be .* at least 3 .*got 0 in trial 0"):
        observe(session_of(trials, 0))
    with pytest.raises(ValueError, match=r"n_steps must have \d+ trials, got 3"):
        observe(replace(session_of(trials, 4), n_steps=np.full(3, 4)))
    observations = trials.observations.copy()
    observations[4, 0, 1] = np.nan
    with pytest.raises(ValueError, match=r"observations must be finite, got .*nan.* on trial 4"):
        observe(session_of(replace(trials, observations=observations), 4))


@pytest.mark.parametrize("hazard", [0.001, 0.5, 1.0])
@pytest.mark.parametrize("concordance", [0.0, 0.5, 1.0])
def test_extreme_tasks_give_probabilities(hazard, concordance):
    if hazard == 1 and concordance != 0.5:
        return  # refused, see above
    params = replace(PARAMS, hazard=hazard, concordance=concordance)
    trials = sample_trials(params, n_sessions=2, n_blocks=2, seed=3)
    with np.errstate(all="raise"):
        session = rollout(BayesianActor(params), trials)
        belief = block_belief(trials)
    p_right = session.p_right[~np.isnan(session.p_right)]
    assert ((p_right >= 0) & (p_right <= 1)).all()
    assert ((belief >= 0) & (belief <= 1)).all()


def test_remembered_beliefs_are_no_ones_to_change():
    trials = markov_trials(PARAMS, n_sessions=3, n_trials=20, seed=4)
    for found in (
        lambda: block_belief(trials),
        lambda: SidePrior(PARAMS, "exponential").over(trials),
    ):
        first = found()
        kept = first.copy()
        first += 1
        assert np.array_equal(found(), kept)
    turned = replace(trials, side=-trials.side)  # other sides, and other sessions, are other trials
    assert block_belief(turned) == pytest.approx(1 - block_belief(trials), abs=1e-15)
    fewer = trials.take_sessions(0, 2)
    assert np.array_equal(block_belief(fewer), block_belief(trials)[: len(fewer)])
