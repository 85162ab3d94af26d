"""Inference from recordings: derivatives, the limit of endless data, and intervals that cover."""

import dataclasses

import numpy as np
import pytest
from calibration import judged, networks

from iblrnn_helpers.inverse_rl.from_data.inference import (
    PRIORS,
    choose_prior,
    fit_reward,
    input_transitions,
    keep_log_odds,
    log_likelihood,
    most_probable,
    scaled_reward,
    step_likelihood,
)
from iblrnn_helpers.inverse_rl.from_data.posterior import infer_and_judge, reward_posterior
from iblrnn_helpers.inverse_rl.hypercube import spike_counts
from iblrnn_helpers.inverse_rl.optimal_network.changes import spike_count_reward, switching_input
from iblrnn_helpers.inverse_rl.optimal_network.inverse import fix_gauge, r_squared
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise
from iblrnn_helpers.inverse_rl.optimal_network.recording import (
    TransitionCounts,
    count_parts,
    count_transitions,
    simulate,
    total,
)

KNOWN = [True, False]


@pytest.fixture(scope="module")
def network():
    task = NetworkTask(4, switching_input(0.4, 0.1), coding_cost=0.1)
    counts = spike_counts(4)
    reward = np.stack([counts == 1, counts == 3], axis=1) + 0.3 * np.eye(16)[:, :2]
    return optimise(task, reward), reward


def counts_of(recording, known, stop=None):
    last = None if stop is None else stop + 1
    return count_transitions(
        recording.states[:last],
        recording.n_neurons,
        recording.inputs[:last],
        updated=recording.updated[:stop] if known else None,
    )


def endless_data(network, known, n_steps):
    """What would be counted on average."""
    visits = n_steps * network.stationary
    sign = 2.0 * (np.arange(len(visits)) >> np.arange(len(network.marginal))[:, None] & 1) - 1
    keeps = 1 / (1 + np.exp(-sign[:, :, None] * network.log_odds)) / len(sign)
    flips, stays = visits * (1 / len(sign) - keeps), visits * keeps
    inputs = n_steps * network.task.input_law[:, None] * network.task.input_transitions
    return TransitionCounts(flips, stays if known else stays.sum(axis=0), inputs)


@pytest.mark.parametrize("known", KNOWN)
def test_counts_are_those_of_a_plain_loop(network, known):
    recording = simulate(network[0], 400, 3)
    found = counts_of(recording, known)
    flips, stays = np.zeros((4, 16, 2)), np.zeros((4, 16, 2))
    states = recording.states
    for t, neuron in enumerate(recording.updated):
        into = stays if states[t] == states[t + 1] else flips
        into[neuron, states[t], recording.inputs[t]] += 1
    assert (found.flips == flips).all()
    assert (found.stays == (stays if known else stays.sum(axis=0))).all()
    assert found.visits.sum() == found.inputs.sum() == 400
    np.testing.assert_allclose(found.activity, (recording.spins[:-1] > 0).mean(axis=0))


@pytest.mark.parametrize("known", KNOWN)
def test_no_step_leads_from_one_trial_to_the_next(network, known):
    recording = simulate(network[0], 1000, 4)
    trials = np.arange(1001) // 143  # 143 samples each, and so 142 steps
    one = {"inputs": recording.inputs, "updated": recording.updated if known else None}
    found = count_transitions(recording.states, 4, **one, trials=trials)
    by_trial = total(
        count_transitions(
            recording.states[first : first + 143], 4, recording.inputs[first : first + 143],
            updated=recording.updated[first : first + 142] if known else None, n_inputs=2,
        )
        for first in range(0, 1001, 143)
    )  # fmt: skip
    for name in ("flips", "stays", "inputs"):
        assert (getattr(found, name) == getattr(by_trial, name)).all()
    shuffled = np.random.default_rng(0).permutation(7).repeat(143)
    order = np.concatenate([np.arange(k * 143, k * 143 + 143) for k in shuffled[::143]])
    again = count_transitions(recording.states[order], 4, recording.inputs[order], trials=shuffled)
    whole = count_transitions(recording.states, 4, recording.inputs, trials=trials)
    assert (again.flips == whole.flips).all() and again.n_left_out == 0
    with pytest.raises(ValueError, match="trials must be"):
        count_transitions(recording.states, 4, trials=trials[:-1])
    alone = count_transitions(recording.states, 4, trials=np.arange(1001))
    with pytest.raises(ValueError, match="there are no steps"):
        fit_reward(alone)


@pytest.mark.parametrize("known", KNOWN)
def test_parts_add_up_to_the_whole(network, known):
    recording = simulate(network[0], 1000, 4)
    whole = counts_of(recording, known)
    updated = recording.updated if known else None
    parts = total(count_parts(recording.states, 4, recording.inputs, updated=updated, n_parts=7))
    for name in ("flips", "stays", "inputs"):
        assert (getattr(parts, name) == getattr(whole, name)).all()


@pytest.mark.parametrize("known", KNOWN)
def test_gradient_is_that_of_finite_differences(network, known):
    counts = counts_of(simulate(network[0], 500, 5), known)
    random = np.random.default_rng(1)
    potential, marginal = random.normal(size=(16, 2)), np.array([0.3, 0.4, 0.5, 0.6])
    _, gradient = log_likelihood(counts, potential, marginal)
    step = 1e-5
    for state, given in np.ndindex(potential.shape):
        moved = np.zeros(potential.shape)
        moved[state, given] = step
        above = log_likelihood(counts, potential + moved, marginal)[0]
        below = log_likelihood(counts, potential - moved, marginal)[0]
        # Rounding: sums of about 1000 nats over 2e-5; curvature: below 500 * step².
        assert gradient[state, given] == pytest.approx((above - below) / (2 * step), abs=1e-6)


def test_stays_where_all_are_sure_to_leave(network):
    """e^-800 is 0 for a computer; its logarithm, and the derivative of that, are not lost."""
    counts = counts_of(simulate(network[0], 500, 5), known=False)
    nats, slope = step_likelihood(counts, np.full((4, 16, 2), -800.0))
    # Four neurons are equally unlikely to have stayed.
    assert nats == pytest.approx(-800 * counts.stays.sum() - np.log(4) * counts.flips.sum())
    np.testing.assert_allclose(slope, np.broadcast_to(counts.stays / 4, slope.shape))


def test_scaled_reward_is_the_exact_one(network):
    """Two ways to the same: this one's derivative is known, the other integrates log-odds."""
    truth, reward = network
    task = truth.task
    potential = truth.value @ task.input_transitions.T / task.temperature
    found, _ = scaled_reward(potential, truth.marginal, np.linalg.inv(task.input_transitions))
    np.testing.assert_allclose(
        found * task.temperature, fix_gauge(reward, "mean"), atol=1e-7
    )  # the optimum is solved to 1e-11, the value to a hundred times that


@pytest.mark.parametrize("known", KNOWN)
def test_no_reward_near_the_most_probable_is_more_probable(network, known):
    counts = counts_of(simulate(network[0], 500, 5), known)
    best, settled = most_probable(counts, 0.5, "reward")
    inverse = np.linalg.inv(input_transitions(counts))
    rates = np.full(4, counts.activity.mean())

    def posterior(potential):
        scaled, _ = scaled_reward(potential, rates, inverse)
        return log_likelihood(counts, potential, rates)[0] - 0.25 * np.sum(scaled**2)

    assert settled
    random, highest = np.random.default_rng(1), posterior(best)
    for size in (1e-3, 1e-2, 0.1, 1):
        moves = size * random.normal(size=(20, 16, 2))
        # The search ends when a step gains less than 1e-12 of 500 nats.
        assert max(posterior(best + move) for move in moves) < highest + 1e-8


def test_potentials_of_an_optimal_network_give_its_policy(network):
    truth = network[0]
    potential = truth.value @ truth.task.input_transitions.T / truth.task.temperature
    keeps = keep_log_odds(potential, truth.marginal)
    sign = 2 * (np.arange(16) >> np.arange(4)[:, None] & 1) - 1
    # The optimum is solved to 1e-11.
    np.testing.assert_allclose(keeps, sign[:, :, None] * truth.log_odds, atol=1e-8)


@pytest.mark.parametrize("prior_on", PRIORS)
@pytest.mark.parametrize("known", KNOWN)
def test_endless_data_give_the_exact_reward_as_the_prior_vanishes(network, known, prior_on):
    truth, reward = network
    counts = endless_data(truth, known, 1e6)
    errors = []
    for prior in (100.0, 1.0, 0.01):
        fit = fit_reward(counts, coding_cost=0.1, prior=prior, prior_on=prior_on)
        assert fit.converged
        errors.append(np.abs(fit.reward - fix_gauge(reward, "median")).max())
    assert errors[0] > 10 * errors[1] > 10 * errors[2]
    # 1e6 steps against a prior of 0.01, and 1e-3 added to the counts of the input.
    assert errors[2] < 1e-4


@pytest.mark.parametrize(("prior_on", "prior"), [("value", 1.0), ("reward", 16.0)])
@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.slow
def test_intervals_cover(known, prior_on, prior):
    """95% intervals hold the truth 95% of the time, over states and recordings."""
    # Rewards of all sizes: the median over states is then no tied value, whose estimate is biased.
    reward = np.random.default_rng(2).normal(size=(16, 2))
    truth = optimise(NetworkTask(4, switching_input(0.4, 0.1), coding_cost=1.0), reward)
    target = fix_gauge(reward, "median")
    covered, expected, found = [], [], []
    for seed in range(15):
        counts = counts_of(simulate(truth, 4000, seed), known)
        fit = fit_reward(counts, coding_cost=1.0, prior=prior, prior_on=prior_on)
        posterior = reward_posterior(fit, counts, seed, n_draws=20)
        covered.append((posterior.low <= target) & (target <= posterior.high))
        expected.append(posterior.expected_r_squared[0])
        found.append(r_squared(target, fit.reward, "median"))
    # 32 rewards of 15 recordings, of which perhaps 8 are independent: standard error 0.015.  The
    # intervals allow for rewards that are not as the prior says, and so are rather too wide.
    assert np.mean(covered) > 0.92
    width = np.mean(posterior.high - posterior.low)
    assert width < 4 * np.std(target)
    assert np.mean(expected) == pytest.approx(np.mean(found), abs=0.1)


def test_the_interval_doubts_a_prior_that_is_too_strong():
    """Under a prior ten times stronger than the best, draws alone expect too much."""
    network, reward = networks()["any, 6 neurons"]
    for seed in range(3):
        parts = count_parts(simulate(network, 2_000, seed).states, 6, n_parts=20)
        fit, posterior, _ = infer_and_judge(
            parts, coding_cost=0.6, prior=100.0, seed=seed, n_draws=20
        )
        true, (_, low, _) = r_squared(reward, fit.reward, "median"), posterior.expected_r_squared
        # On average 0.16, where the draws' 2.5% quantile is 0.27 and the doubtful ones' 0.12; so
        # in each of ten recordings.
        assert low <= true < np.quantile(posterior.r_squared, 0.025)


@pytest.mark.slow
def test_the_expected_fit_is_calibrated_at_all_lengths():
    """The manual page has the whole table, of ``calibration.py``; here are small networks.

    Those of eight neurons are judged in ``test_infer_reward_command.py``.
    """
    two = spike_count_reward(5, (2,))
    known = networks() | {"2 of 5": (optimise(NetworkTask(5), two), two)}
    tried = {"any, 4 neurons": range(6), "any, 6 neurons": range(1), "2 of 5": range(4)}
    held = {}
    for name, seeds in tried.items():
        network, reward = known[name]
        errors = []
        for n_steps in (10**4, 10**5, 10**6):
            rows = [judged(network, reward, n_steps, 50 + k, n_draws=20) for k in seeds]
            true, low, high, mean, within, _ = np.array(rows).T
            held[name, n_steps] = (low <= true) & (true <= high)
            errors.append(np.mean(mean - true))
            # Of states the same, but errors of one recording are alike.
            assert within.mean() > 0.85, (name, n_steps)
        # Too low for rewards of few kinds, as the manual says, but never much too high.
        assert -0.45 < np.mean(errors) and max(errors) < 0.1, (name, errors)
    # 33 at 95%: fewer than 28 would be by chance in 1 of 100.
    assert np.concatenate([*held.values()]).sum() >= 28, held


def test_held_out_steps_choose_a_middling_prior(network):
    recording = simulate(network[0], 3000, 8)
    parts = count_parts(recording.states, 4, recording.inputs)
    choice = choose_prior(parts, [1e-4, 0.1, 100.0])
    assert choice.best == 0.1 and choice.log_likelihood.shape == (5, 3)
    # No network that one could have recorded predicts better, but for chance.
    guess = -np.log(4) - np.log(2)
    assert guess < choice.log_likelihood.mean(axis=0)[1] < 0


def test_what_a_recording_cannot_tell():
    states = np.array([0, 1, 0, 1, 3, 1, 0])
    with pytest.raises(ValueError, match="neuron 2 never fires in 6 steps"):
        fit_reward(count_transitions(states, 3))
    with pytest.raises(ValueError, match="neuron 0 always fires"):
        fit_reward(count_transitions(np.array([1, 3, 1]), 2))
    with pytest.raises(ValueError, match="several neurons change at once"):
        fit_reward(count_transitions(np.array([0, 3, 0, 1]), 2))
    with pytest.raises(ValueError, match="n_neurons must be at least 1 and at most 12, got 14"):
        count_transitions(states, 14)
    with pytest.raises(ValueError, match="another neuron changed than the updated one"):
        count_transitions(np.array([0, 1, 1]), 2, updated=np.array([1, 1]))
    with pytest.raises(ValueError, match="whole numbers from 0 to 3, got 4"):
        count_transitions(np.array([0, 4]), 2)
    with pytest.raises(ValueError, match="prior must be greater than 0"):
        fit_reward(count_transitions(np.array([0, 1, 3, 2]), 2), prior=0)
    counts = count_transitions(states, 3)
    with pytest.raises(ValueError, match="stays must be"):
        dataclasses.replace(counts, stays=np.zeros(3))
