"""Expectations against their recursions, and the link against planted parameters and scipy."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.mice import expectations
from iblrnn_helpers.mice.choice_model import (
    DECAYS,
    Prediction,
    fit_link,
    memory,
    predict_choices,
)
from iblrnn_helpers.mice.record import Mouse, MouseTrials
from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.generative_model import TaskParams
from iblrnn_helpers.training.params import TrainParams
from iblrnn_helpers.training.store import networks_for


def a_mouse(n_sessions=10, n_trials=300, seed=0):
    """A mouse without habits: its choices are drawn later."""
    rng = np.random.default_rng(seed)
    total = n_sessions * n_trials
    place = np.tile(np.arange(n_trials), n_sessions)
    block = place // 50
    block_side = np.where((block + np.repeat(np.arange(n_sessions), n_trials)) % 2, 1, -1)
    side = np.where(rng.random(total) < 0.8, block_side, -block_side)
    trials = MouseTrials(
        session=np.repeat(np.arange(n_sessions), n_trials),
        block=block,
        trial_in_block=place % 50,
        block_side=block_side.astype(np.int8),
        side=side.astype(np.int8),
        strength=rng.choice([0.0, 0.0625, 0.125, 0.25, 1.0], total),
    )
    choice = rng.choice([-1, 1], total).astype(np.int8)
    return Mouse(trials, "Ada", choice, np.full(total, 0.3))


def test_leaky_averages_follow_their_recursion():
    ada = a_mouse(3, 40)
    for found, values in (
        (expectations.average_of_sides(ada.trials, 0.8), ada.trials.side > 0),
        (expectations.average_of_choices(ada, 0.8), ada.choice > 0),
    ):
        expected = []
        for session in values.reshape(3, 40):
            average = 0.5
            for value in session:
                expected.append(logit(average))
                average = 0.8 * average + 0.2 * value
        np.testing.assert_allclose(found, expected, atol=1e-9)  # rounding of sums of 40 terms


def test_bayesian_expectations_know_more_of_the_next_side_than_chance():
    ada = a_mouse(40)
    right = ada.trials.side > 0
    for expected in (expectations.markov(ada.trials), expectations.semi_markov(ada.trials)):
        gained = np.mean(np.log(np.where(right, expit(expected), expit(-expected)))) + np.log(2)
        # Knowing the block would gain log 2 - H(0.8) = 0.19 nats.
        assert 0.05 < gained < 0.19
        np.testing.assert_array_equal(expected[::300], 0)


def test_contrasts_stand_for_the_papers_strengths():
    contrasts = [0, 0.0625, 0.125, 0.25, 0.5, 1]
    np.testing.assert_array_equal(expectations.strength_of(contrasts), TaskParams().strengths)
    assert 0 < expectations.strength_of(0.04) < 0.5


def test_an_actor_that_plays_the_mices_trials_expects_what_its_filter_does():
    # Told the true side after every trial, its blank-step belief is its prior, noise or not.
    mice = [a_mouse(2, 30, seed=1).trials, a_mouse(3, 20, seed=2).trials]
    params = expectations.MICE_TASK
    found = expectations.of_agent(BayesianActor(params), mice, seed=0, params=params)
    for trials, log_odds in zip(mice, found, strict=True):
        np.testing.assert_allclose(log_odds, expectations.markov(trials), atol=1e-9)
    with pytest.raises(ValueError, match="at least one"):
        expectations.of_agent(BayesianActor(params), [], seed=0)


def test_an_agent_sees_the_mices_sides_and_strengths():
    seen = []

    class Watcher(Agent):
        def reset(self, n_sessions):
            pass

        def step(self, inputs):
            seen.append(inputs[:, :2].copy())
            return np.full(len(inputs), 0.95)  # acts at once

    trials = a_mouse(1, 12).trials
    quiet = TaskParams(noise_sd=1e-6, n_blank_steps=1)
    expectations.of_agent(Watcher(), [trials], seed=0, params=quiet)
    seen = np.array(seen)[1::2, 0]  # the step after the blank one
    np.testing.assert_allclose(
        seen[:, 1] - seen[:, 0],
        trials.side * expectations.strength_of(trials.strength),
        atol=1e-4,  # a hundred times the noise
    )


@pytest.fixture(scope="module")
def network():
    (trained,), _ = networks_for([TrainParams(seed=1)], TaskParams())
    return trained.network


def test_without_noise_a_network_lives_as_in_a_rollout(network):
    mice = [a_mouse(2, 30, seed=1), a_mouse(3, 20, seed=2)]
    quiet = TaskParams(noise_sd=1e-9)
    found = expectations.of_network(network, mice, seed=0, n_tries=1, params=quiet)
    trials = [mouse.trials for mouse in mice]
    expected = expectations.of_agent(RNNAgent(network), trials, seed=9, params=quiet)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)  # single precision


def test_a_network_that_makes_a_mouses_choices_comes_to_expect_their_side(network):
    ada = a_mouse(4, 100)
    expected = {}
    for side in (-1, 1):
        always = Mouse(ada.trials, "Ada", np.full(len(ada.choice), side), ada.reaction_time)
        for n_tries in (1, 8):
            (found,) = expectations.of_network(network, [always], seed=0, n_tries=n_tries)
            expected[side, n_tries] = found.mean()
    assert expected[-1, 1] == expected[1, 1]  # one try: the choices do not matter
    assert expected[-1, 8] < expected[1, 1] - 1 and expected[1, 8] > expected[1, 1] + 1


def planted_choices(columns, weights, lapses, seed=1):
    p = lapses[0] + (1 - sum(lapses)) * expit(columns @ weights)
    return np.random.default_rng(seed).random(len(p)) < p


def test_link_is_the_maximum_of_the_likelihood():
    rng = np.random.default_rng(0)
    columns = np.column_stack((np.ones(5_000), rng.uniform(-1, 1, 5_000), rng.normal(size=5_000)))
    right = planted_choices(columns, np.array([0.2, 4.0, 0.8]), (0.05, 0.1))
    link = fit_link(columns, right)

    def loss(theta):
        left, other = np.clip(theta[3:], 1e-9, 0.49)
        p = left + (1 - left - other) * expit(columns @ theta[:3])
        return -np.mean(np.where(right, np.log(p), np.log(1 - p)))

    best = minimize(
        loss, [0, 1, 0, 0.1, 0.1], method="Nelder-Mead",
        options={"maxiter": 5_000, "xatol": 1e-7, "fatol": 1e-12},
    )  # fmt: skip
    # The search stops when a step gains less than 1e-5 nats.
    assert link.log_likelihood == pytest.approx(-best.fun, abs=2e-5)
    assert link.p_right(columns) == pytest.approx(
        best.x[3] + (1 - best.x[3:].sum()) * expit(columns @ best.x[:3]), abs=0.01
    )
    warm = fit_link(columns, right, fit_link(columns[:, :2], right))
    assert warm.log_likelihood == pytest.approx(link.log_likelihood, abs=2e-5)
    with pytest.raises(ValueError, match="columns must be finite"):
        fit_link(np.where(columns == columns[0, 1], np.nan, columns), right)
    with pytest.raises(ValueError, match="right must have 5000 columns"):
        fit_link(columns, right[1:])
    with pytest.raises(ValueError, match="both choices"):
        fit_link(columns, np.ones(5_000, dtype=bool))


def test_the_true_expectation_is_found_and_noise_gains_nothing():
    ada = a_mouse()
    trials, rng = ada.trials, np.random.default_rng(5)
    truth = expectations.average_of_sides(trials, 0.8)
    seen = trials.side * np.tanh(5 * trials.strength) / np.tanh(5)
    columns = np.column_stack((np.ones(len(seen)), seen, truth))
    right = planted_choices(columns, np.array([0.1, 3.0, 1.0]), (0.04, 0.04))
    choice = np.where(right, 1, -1).astype(np.int8)
    choice[::50] = 0  # trials without a choice are left out
    bea = Mouse(trials, "Bea", choice, ada.reaction_time)
    found = predict_choices(
        bea,
        {
            "alone": [],
            "truth": [truth],
            "one of three": [expectations.average_of_sides(trials, d) for d in (0.3, 0.8, 0.97)],
            "noise": [rng.normal(size=len(truth))],
            "truth and noise": [np.column_stack((truth, rng.normal(size=len(truth))))],
        },
    )
    assert found.n_trials == np.count_nonzero(choice) and found.n_sessions == 10
    assert found.chosen["one of three"] == 1
    assert found.bits["truth"] > found.bits["alone"] + 0.02
    # Begun elsewhere, the fit stops elsewhere, within its tolerance.
    assert found.bits["one of three"] == pytest.approx(found.bits["truth"], abs=3e-5)
    assert found.bits["truth and noise"] == pytest.approx(found.bits["truth"], abs=0.002)
    # A weight that means nothing costs about 1 / (2 n log 2) bits, 0.0003.
    assert abs(found.bits["noise"] - found.bits["alone"]) < 0.002
    # Held out: no better than the planted probabilities themselves, but for luck.
    p = 0.04 + 0.92 * expit(columns @ [0.1, 3.0, 1.0])
    p = np.where(right, p, 1 - p)[choice != 0]
    assert found.bits["truth"] == pytest.approx(np.log2(p).mean(), abs=0.005)


def test_predictions_need_sessions_and_whole_expectations():
    ada = a_mouse(1)
    with pytest.raises(ValueError, match="2 sessions with choices in blocks, got 1"):
        predict_choices(ada, {"alone": []})
    with pytest.raises(ValueError, match=r"candidates\['x'\] must have 600 trials"):
        predict_choices(a_mouse(2), {"x": [np.zeros(3)]})


def reaching(chosen):
    return {str(k): Prediction({}, {"average": one}, 0, 0) for k, one in enumerate(chosen)}


def test_the_median_memory_lies_in_its_interval_as_often_as_it_says():
    rng = np.random.default_rng(0)
    true = 1 / (1 - DECAYS[3])  # the median of indices that are uniform from 0 to 6
    found = [memory(reaching(rng.uniform(0, 6, 20)), "average") for _ in range(1_000)]
    covered = np.mean([a <= true <= b for _, (a, b), _ in found])
    # The 6th of 20 on either side: 1 - 2 P(at most 5 heads of 20) = 0.9586, +- 3 errors of 0.0063.
    assert covered == pytest.approx(0.9586, abs=0.019)
    value, interval, over = memory(reaching([0, 1, 2, 4, 5, 6]), "average")
    assert value == pytest.approx((1 / (1 - DECAYS[2]) + 1 / (1 - DECAYS[4])) / 2)
    assert interval == pytest.approx((1 / (1 - DECAYS[0]), 1 / (1 - DECAYS[-1])))
    assert over == "mice"
    # Of five mice all are on one side of the median in 1 of 16 draws.
    assert memory(reaching([0, 1, 2, 4, 5]), "average").interval is None
