"""Decoherence of paths whose distances are known in closed form."""

from itertools import pairwise
from math import comb

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.distillation.fit_quality import decoherence, finite_difference_decoherence
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

PARAMS = TaskParams()


@pytest.fixture(scope="module")
def session():
    trials = sample_trials(PARAMS, n_sessions=20, n_blocks=6, seed=0)
    return rollout(BayesianActor(PARAMS, "released"), trials)  # any agent will do


def n_rows(session):
    return int(session.n_steps.sum())


def by_hand(session, states, measure, span):
    first = session.row_start[session.trials.session_start]
    return np.concatenate([measure(states[a:b], span) for a, b in pairwise(first)])


def distances(path, lag):
    return [np.linalg.norm(path[t + lag] - path[t]) for t in range(len(path) - lag)]


def differences(path, order):
    weights = [(-1) ** (order - k) * comb(order, k) for k in range(order + 1)]
    return [
        np.linalg.norm(sum(w * path[t + k] for k, w in enumerate(weights)))
        for t in range(len(path) - order)
    ]


@pytest.mark.parametrize(
    "ours, axis, plain",
    [(decoherence, "lag", distances), (finite_difference_decoherence, "order", differences)],
)
def test_the_plain_loop(session, ours, axis, plain):
    states = np.random.default_rng(1).standard_normal((n_rows(session), 3))
    found = ours(session, states)
    assert found.groups[axis].tolist() == list(range(1, 21))
    for span in (1, 2, 5):
        expected = by_hand(session, states, plain, span)
        one = found.at(**{axis: span})
        assert one.mean == pytest.approx(np.mean(expected), rel=1e-12) and one.n == len(expected)
        assert one.low < one.mean < one.high


def test_what_stands_still_and_what_moves_evenly(session):
    which = session.trials.session[session.row_trial]
    still = np.stack([which * 10.0, -which], axis=1)  # jumps between sessions only
    assert (decoherence(session, still).mean == 0).all()
    assert (finite_difference_decoherence(session, still).mean == 0).all()
    time = np.arange(n_rows(session))[:, None]
    velocity = np.array([3.0, 4.0])
    ramp = decoherence(session, time * velocity)
    np.testing.assert_allclose(ramp.mean, 5 * np.arange(1, 21), rtol=1e-9)
    # Whole numbers below 2^53: differences of a cubic are exact, 3! * 2 at the third order, then 0.
    cubic = finite_difference_decoherence(session, 2.0 * time**3, n_orders=5)
    assert cubic.mean[2:].tolist() == [12, 0, 0]


def test_a_random_walk_and_noise(session):
    rng = np.random.default_rng(2)
    noise = rng.standard_normal((n_rows(session), 2))
    lags = np.arange(1, 21)
    rayleigh = np.sqrt(np.pi / 2)  # mean length of a pair of standard normal numbers
    walk = decoherence(session, np.cumsum(noise, axis=0))
    # 20,000 steps of a walk are about 1,000 independent stretches of 20, each with a relative
    # spread of 0.52: four standard errors are 0.07.
    np.testing.assert_allclose(walk.mean, rayleigh * np.sqrt(lags), rtol=0.07)
    memoryless = decoherence(session, noise)
    np.testing.assert_allclose(memoryless.mean, rayleigh * np.sqrt(2), rtol=0.03)
    # Differences of order D of noise have the variance of the sum of squared binomials, C(2D, D):
    # they double with every order although nothing decoheres.
    grown = finite_difference_decoherence(session, noise)
    expected = [rayleigh * np.sqrt(comb(2 * d, d)) for d in lags]
    np.testing.assert_allclose(grown.mean, expected, rtol=0.07)


def test_what_does_not_fit_is_named(session):
    states = np.zeros((n_rows(session), 2))
    with pytest.raises(ValueError, match="states must have a row for each"):
        decoherence(session, states[1:])
    with pytest.raises(ValueError, match=r"states must be an array \(n, n_state\)"):
        decoherence(session, states[:, 0])
    with pytest.raises(ValueError, match="n_lags must be at least 1, got 0"):
        decoherence(session, states, n_lags=0)
    with pytest.raises(ValueError, match="n_orders must be at least 1"):
        finite_difference_decoherence(session, states, n_orders=0)
    with pytest.raises(ValueError, match="a session must have more than 1000000 steps"):
        decoherence(session, states, n_lags=1_000_000)
