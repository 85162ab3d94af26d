"""Block beliefs, and how well they agree, against sums written out; intervals by simulation."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.agents.block_filter import block_posterior
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.core.means import _drawn, block_sums, resampled, times_drawn
from iblrnn_helpers.coupling.beliefs import (
    coupled_belief,
    coupled_beliefs,
    network_belief,
    observer_belief,
    scale_of,
    untold_belief,
)
from iblrnn_helpers.coupling.claims import measure_claim_3
from iblrnn_helpers.coupling.measures import (
    agreement,
    coupling,
    explained,
    fluctuation,
    fluctuation_by_scaling,
)
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.representations.state_space import fit_state_space
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network

PARAMS = TaskParams()
TRIALS = sample_trials(PARAMS, n_sessions=6, n_blocks=5, seed=0)


@pytest.fixture(scope="module")
def trained():
    network = reference_network(2).network
    session = rollout(RNNAgent(network), TRIALS, record_states=True)
    return session, fit_state_space(session, network)


@pytest.fixture(scope="module")
def beliefs():
    """An observer's belief, one that follows it in another unit, and one in between."""
    rng = np.random.default_rng(1)
    observer = observer_belief(TRIALS)
    noise = rng.standard_normal((2, len(TRIALS)))
    return observer, 3 * observer + noise[0], observer + noise.sum(axis=0)


@pytest.mark.parametrize("readout", ["plane", "full"])
def test_network_belief_is_the_coordinate_at_the_right_step(trained, readout):
    session, space = trained
    at_end = network_belief(session, space, readout=readout)
    later = network_belief(session, space, readout=readout, moment="after_feedback")
    steps = session.steps_to_frame()
    for trial in range(session.n_trials):
        rows = np.flatnonzero(steps.trial == trial)
        following = np.flatnonzero(steps.trial == trial + 1)
        for belief, row in ((at_end, rows[-1]), (later, following[1] if len(following) else None)):
            is_last = trial + 1 in session.trials.session_start
            if belief is later and is_last:
                assert np.isnan(belief[trial])
                continue
            state = session.states[row] - space.mean
            if readout == "plane":
                expected = (space.components[:2] @ state) @ space.block_in_plane
            else:
                expected = state @ space.block_readout
            assert belief[trial] == pytest.approx(expected, abs=1e-12)


def test_beliefs_of_the_observers_are_those_of_their_filters(trained):
    session, _ = trained
    np.testing.assert_array_equal(observer_belief(TRIALS), 2 * block_posterior(TRIALS) - 1)
    frame = session.steps_to_frame().assign(block=coupled_beliefs(session).block)
    np.testing.assert_allclose(
        coupled_belief(session), 2 * frame.groupby("trial").block.last() - 1, atol=1e-14
    )


def test_scale_is_that_of_least_squares_and_undoes_the_unit(beliefs):
    observer, belief, _ = beliefs
    expected = np.linalg.lstsq(observer[:, None], belief, rcond=None)[0][0]
    assert scale_of(belief, observer) == pytest.approx(expected, rel=1e-12)
    assert scale_of(7 * observer, observer) == pytest.approx(7)


def test_agreement_equals_correlations_written_out(beliefs):
    observer, belief, _ = beliefs
    found = agreement(belief, observer, TRIALS)
    assert found.trial_by_trial.value == pytest.approx(np.corrcoef(belief, observer)[0, 1])
    frame = pd.DataFrame({"a": belief, "b": observer, "side": TRIALS.block_side})
    by_cell = frame.groupby(["side", TRIALS.trial_in_block])
    repeated = by_cell[["a", "b"]].transform("mean")  # a row for each trial: weights by number
    assert found.by_trial_in_block.value == pytest.approx(repeated.corr().iloc[0, 1])
    assert found.by_trial_in_block.value > found.trial_by_trial.value + 0.03
    for measured in (found.trial_by_trial, found.by_trial_in_block):
        assert measured.interval[0] < measured.value < measured.interval[1]
    again = agreement(belief, observer, TRIALS)
    assert again == found != agreement(belief, observer, TRIALS, seed=1)
    perfect = agreement(2 * observer, observer, TRIALS)
    assert perfect.trial_by_trial.interval == pytest.approx((1, 1))
    assert perfect.by_trial_in_block.value == pytest.approx(1)


def test_fluctuation_equals_standard_deviations_written_out(beliefs):
    observer, belief, _ = beliefs
    found = fluctuation(belief, observer, TRIALS)
    frame = pd.DataFrame({"a": belief / scale_of(belief, observer), "b": observer})
    changes = frame.groupby(TRIALS.session).diff().dropna()
    expected = changes.std(ddof=0)
    assert found.belief.value == pytest.approx(expected.a)
    assert found.reference.value == pytest.approx(expected.b)
    assert found.difference.value == pytest.approx(expected.a - expected.b)
    assert found.difference.interval[0] > 0
    same = fluctuation(5 * observer, observer, TRIALS)
    assert same.difference.value == pytest.approx(0, abs=1e-9)
    assert same.difference.interval == pytest.approx((0, 0), abs=1e-9)


def test_scalings_agree_without_noise_and_part_with_it(beliefs):
    observer, belief, _ = beliefs
    exact = fluctuation_by_scaling(4 * observer, observer, TRIALS)
    assert list(exact.values()) == pytest.approx([1, 1, 1, 1])
    noisy = fluctuation_by_scaling(belief, observer, TRIALS)
    found = fluctuation(belief, observer, TRIALS)
    assert noisy["published"] == pytest.approx(found.belief.value / found.reference.value)
    r = np.corrcoef(belief, observer)[0, 1]
    assert noisy["own spread"] == pytest.approx(r * noisy["published"], rel=0.02)
    assert noisy["reversed"] == pytest.approx(r**2 * noisy["published"], rel=0.02)
    assert noisy["averages"] == pytest.approx(noisy["published"], rel=0.1)


def test_explained_equals_regressions_written_out(beliefs):
    observer, belief, coupled = beliefs
    found = explained(belief, observer, coupled, TRIALS)

    def fit(*columns):
        design = np.stack([np.ones(len(belief)), *columns], axis=1)
        return belief - design @ np.linalg.lstsq(design, belief, rcond=None)[0]

    def r_squared(*columns):
        return 1 - fit(*columns).var() / belief.var()

    assert found.decoupled.value == pytest.approx(r_squared(observer))
    assert found.coupled.value == pytest.approx(r_squared(coupled))
    assert found.both.value == pytest.approx(r_squared(observer, coupled))
    assert found.gain.value == pytest.approx(r_squared(observer, coupled) - r_squared(observer))
    assert found.advantage.value == pytest.approx(r_squared(coupled) - r_squared(observer))
    rest = np.stack([observer, np.ones(len(belief))], axis=1)
    left_over = coupled - rest @ np.linalg.lstsq(rest, coupled, rcond=None)[0]
    expected = np.corrcoef(fit(observer), left_over)[0, 1]
    assert found.partial.value == pytest.approx(expected) and expected > 0.3


def test_resampled_equals_the_plain_loop():
    rng = np.random.default_rng(2)
    block = np.repeat(np.arange(12), 5)
    columns = np.stack([np.ones(60), rng.exponential(size=60)], axis=1)
    sums = block_sums(columns, block)
    assert sums.shape == (12, 2) and sums[3, 1] == pytest.approx(columns[15:20, 1].sum())

    def mean(totals):
        return totals[..., 1] / totals[..., 0]

    found = resampled(sums, mean, n_resamples=4000)
    assert found.value == pytest.approx(columns[:, 1].mean())
    plain = [mean(sums[rng.integers(12, size=12)].sum(axis=0)) for _ in range(4000)]
    np.testing.assert_allclose(found.interval, np.quantile(plain, [0.025, 0.975]), atol=0.03)
    assert resampled(sums[:1], mean).interval is None


def test_draws_are_those_of_the_seed_whether_remembered_or_not():
    for n, n_resamples, seed in ((7, 30, 3), (7, 30, 3), (7, 30, True), (2, 1, 0), (2100, 1000, 5)):
        if seed is True:  # equal to 1, and no whole number
            with pytest.raises(ValueError, match="seed"):
                times_drawn(n, n_resamples, seed)
            continue
        expected = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
        assert np.array_equal(times_drawn(n, n_resamples, seed), expected)
    rng, other = np.random.default_rng(4), np.random.default_rng(4)
    for _ in range(2):  # a generator goes on from where it is
        expected = other.multinomial(9, np.full(9, 1 / 9), size=20)
        assert np.array_equal(times_drawn(9, 20, rng), expected)
    with pytest.raises(ValueError, match="read-only"):
        times_drawn(7, 30, 3)[0, 0] = 1
    for seed in range(6):
        times_drawn(2000, 1000, seed)
    assert _drawn.cache_info().currsize <= 4  # of 16 MB each at most


@pytest.mark.slow
def test_correlation_intervals_cover_where_trials_of_a_block_go_together():
    rng = np.random.default_rng(3)
    trials = sample_trials(PARAMS, n_sessions=8, n_blocks=10, seed=4)
    block = np.cumsum(trials.trial_in_block == 0) - 1
    n_runs, hits, too_short = 200, 0, 0
    truth = 0.7 / np.sqrt(2 * (0.49 + 1))
    for _ in range(n_runs):
        shared = rng.standard_normal(block[-1] + 1)[block]
        one = shared + rng.standard_normal(len(trials))
        other = 0.7 * shared + rng.standard_normal(len(trials))
        found = agreement(one, other, trials).trial_by_trial
        hits += found.interval[0] <= truth <= found.interval[1]
        # An interval that takes trials for independent (Fisher's z).
        z = np.arctanh(found.value) + np.array([-1.96, 1.96]) / np.sqrt(len(trials) - 3)
        too_short += not np.tanh(z[0]) <= truth <= np.tanh(z[1])
    assert 0.89 <= hits / n_runs <= 0.99
    assert too_short / n_runs > 0.3


@pytest.mark.slow
def test_interval_of_averaged_correlation_covers_its_expectation():
    rng = np.random.default_rng(5)
    trials = sample_trials(PARAMS, n_sessions=10, n_blocks=20, seed=6)
    block = np.cumsum(trials.trial_in_block == 0) - 1
    course = trials.block_side * (1 - 2 * np.exp(-trials.trial_in_block / 6))
    slower = trials.block_side * (1 - 2 * np.exp(-trials.trial_in_block / 12))
    runs = []
    for _ in range(100):
        shared = 0.3 * rng.standard_normal((2, block[-1] + 1))[:, block]
        noise = 0.6 * rng.standard_normal((2, len(trials))) + shared
        runs.append(agreement(course + noise[0], slower + noise[1], trials).by_trial_in_block)
    noiseless = np.corrcoef(course, slower)[0, 1]  # each cell weighs its trials
    expected = np.mean([found.value for found in runs])
    assert noiseless - 0.02 < expected < noiseless
    hits = sum(found.interval[0] <= expected <= found.interval[1] for found in runs)
    assert 90 <= hits <= 100 and np.mean([np.ptp(found.interval) for found in runs]) < 0.03


def test_claim_3_measures_what_the_ledger_describes(trained):
    session, space = trained
    measured = measure_claim_3(session, space)
    entries = {claim.id for claim in load_claims() if claim.notebook == "06_claim3_coupling"}
    assert set(measured) == entries
    value = {name.removeprefix("claim3."): found.value for name, found in measured.items()}
    network, observer = network_belief(session, space), observer_belief(TRIALS)
    evidence = session.evidence()
    assert value["correlation_trial_by_trial"] == pytest.approx(
        np.corrcoef(network, observer)[0, 1]
    )
    assert value["evidence_moves_rnn_more"] == pytest.approx(
        value["evidence_moves_rnn"] - value["evidence_moves_observer"]
    )
    full = network_belief(session, space, readout="full")
    assert value["evidence_moves_rnn_full"] == coupling(full, evidence, TRIALS).evidence.value
    jump = pd.Series(network).groupby(TRIALS.session).diff().fillna(0)
    assert value["jumps_follow_evidence"] == pytest.approx(np.corrcoef(jump, evidence)[0, 1])
    r_coupled = np.corrcoef(network, coupled_belief(session))[0, 1]
    r_observer = np.corrcoef(network, observer)[0, 1]
    assert value["coupled_explains_more"] == pytest.approx(r_coupled**2 - r_observer**2)
    untold, coupled = untold_belief(session), coupled_belief(session)
    r_untold = np.corrcoef(network, untold)[0, 1]
    assert value["due_to_coupling"] == pytest.approx(r_coupled**2 - r_untold**2)
    spread = [fluctuation(b, observer, TRIALS).difference.value for b in (coupled, untold)]
    assert value["untold_fluctuates_more"] == pytest.approx(spread[1])
    # One takes the standard deviation of steps over all trials that follow one, as the other does.
    assert value["coupling_adds_fluctuation"] == pytest.approx(spread[0] - spread[1])
    knows = [np.mean(b * TRIALS.block_side > 0) for b in (observer, untold)]
    assert value["feedback_less_useful"] == pytest.approx(knows[0] - knows[1])
    follows = TRIALS.session == np.roll(TRIALS.session, 1)
    follows[0] = False
    scaled = network / scale_of(network, observer)
    steps = [np.diff(b, prepend=0)[follows] * TRIALS.side[follows] for b in (scaled, observer)]
    assert value["single_trials_move_more"] == pytest.approx(steps[0].mean() - steps[1].mean())
    # The finding itself, on few trials of another network than the book's.
    assert value["evidence_moves_rnn"] > 0.05 > abs(value["evidence_moves_observer"])
    assert value["coupled_explains_more"] > 0.05 > abs(value["due_to_coupling"])


def test_bad_input(trained, beliefs):
    session, space = trained
    observer, belief, _ = beliefs
    other = rollout(RNNAgent(RecurrentNetwork(4)), TRIALS, record_states=True)
    bare = replace(PARAMS, n_blank_steps=0)
    shown = {"n_steps": session.n_steps - 2, "p_right": session.p_right[:, 2:]}
    shown["states"] = session.states[session.row_step >= 2]
    without = replace(session, trials=replace(TRIALS, params=bare), **shown)
    calls = (
        (lambda: network_belief(session, space, readout="3-D"), "readout must be one of 'plane'"),
        (lambda: network_belief(session, space, moment="now"), "moment must be one of"),
        (lambda: network_belief(replace(session, states=None), space), "must hold states"),
        (lambda: network_belief(other, space), "states of 50 units, got 4"),
        (lambda: network_belief(without, space, moment="after_feedback"), "needs a task with"),
        (lambda: scale_of(-belief, observer), "scale must be above 0"),
        (lambda: scale_of(belief, observer * 0), "reference must vary over trials, got only 0"),
        (lambda: agreement(belief[1:], observer, TRIALS), "belief must have shape"),
        (lambda: agreement(belief, observer * np.nan, TRIALS), "reference must be finite"),
        (lambda: agreement(belief * 0, observer, TRIALS), "belief must vary"),
        (lambda: fluctuation(belief, observer[1:], TRIALS), "reference must have shape"),
        (lambda: explained(belief, observer, observer[1:], TRIALS), "coupled must have shape"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
