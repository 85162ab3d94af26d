"""Recordings of planted states: the rates that were put there come back, and so does the drift."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import kstest, poisson

import iblrnn_helpers as ibl
from iblrnn_helpers.recordings import Neurons, record
from iblrnn_helpers.recordings.simulate import _drift
from iblrnn_helpers.task.exports import trial_times
from iblrnn_helpers.task.trials import COLUMNS

DT = 0.1
PLAIN = Neurons(spread=0, gain=0, drift=0)


@pytest.fixture(scope="module")
def session():
    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=2, n_blocks=6, seed=3)
    agent = ibl.RNNAgent(ibl.reference_network(2).network)
    return ibl.rollout(agent, trials, record_states=True)


def with_states(session, column):
    return replace(session, states=np.reshape(column, (session.n_rows, -1)).astype(float))


def by_step(recording, session):
    """(n_rows, n_units): spikes in each step of the first session."""
    edges = DT * np.arange(session.session_row_start[1] + 1)
    row = np.searchsorted(edges, recording.spike_time, "right") - 1
    shape = len(edges) - 1, recording.n_units
    cell = row * recording.n_units + recording.spike_unit
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)


def test_without_gain_and_drift_spikes_are_poisson_of_the_mean_rate(session):
    own = record(session, n_units=80, dt=DT, neurons=replace(PLAIN, mean_rate=20.0), seed=1)
    counts = by_step(own, session)
    # Four standard errors of mean and variance of n independent Poisson counts of mean 2, whose
    # fourth central moment is 2 + 3 * 2**2.
    n = counts.size
    assert abs(counts.mean() - 2) < 4 * np.sqrt(2 / n)
    assert abs(counts.var() - 2) < 4 * np.sqrt((2 + 2 * 2**2) / n)
    expected = n * poisson.pmf(np.arange(6), 2)
    found = np.bincount(counts.ravel())[:6]
    assert (np.abs(found - expected) < 4 * np.sqrt(expected)).all()
    # Uniform within a step
    assert kstest(own.spike_time / DT % 1, "uniform").pvalue > 0.001


def test_a_state_of_two_levels_gives_the_two_rates(session):
    level = np.where(np.arange(session.n_rows) % 2, 1.0, -1.0)
    neurons = Neurons(mean_rate=10, spread=0, gain=1.5, max_rate=40, drift=0)
    own = record(with_states(session, 7 + 3 * level), n_units=60, neurons=neurons, seed=2)
    counts = by_step(own, session)
    high, low = counts[1::2].mean(axis=0) / DT, counts[::2].mean(axis=0) / DT
    rates = 40 * expit(logit(0.25) + 1.5 * np.array([1, -1]))
    up = high > low  # a single state drives each neuron up or down
    assert 10 < up.sum() < 50
    n_steps = len(counts) / 2
    for found, wanted in ((high, rates[np.where(up, 0, 1)]), (low, rates[np.where(up, 1, 0)])):
        # Four standard errors, of 60 neurons: one in 250 such tests would fail.
        assert (np.abs(found - wanted) < 4 * np.sqrt(wanted / DT / n_steps)).all()


def test_rates_of_neurons_differ_as_a_lognormal(session):
    neurons = Neurons(mean_rate=5, spread=0.6, gain=0, max_rate=1000, drift=0)
    own = record(session, n_units=2000, neurons=neurons, seed=3)
    of_log = np.log(own.rate)
    # The rates' own noise is 1 / spikes of a neuron, some 1 / 500, which is within the tolerance;
    # of 2000 neurons the standard error of mean and deviation is 0.6 / sqrt(2000) = 0.013.
    assert abs(of_log.mean() - (np.log(5) - 0.18)) < 0.05
    assert abs(of_log.std() - 0.6) < 0.05


def test_no_rate_exceeds_the_highest(session):
    neurons = Neurons(mean_rate=30, spread=2, gain=50, max_rate=31, drift=0)
    counts = by_step(record(session, n_units=300, neurons=neurons, seed=4), session)
    assert counts.mean(axis=0).max() / DT < 31
    assert counts.mean() / DT > 10


def test_drift_is_shared_slow_and_leaves_mean_rates():
    neurons = Neurons(drift=0.3, drift_time=20)
    n_rows = 40_000  # 4000 s: 200 times the signal's memory
    factor = _drift(n_rows, 40, DT, neurons, np.random.default_rng(5))
    of_log = np.log(factor)
    # A factor is exp(s u - s^2 / 2) of one u, a neuron's strength s and a time's signal u
    u, s, _ = np.linalg.svd(of_log - of_log.mean(axis=0), full_matrices=False)
    assert s[1] < 1e-9 * s[0]
    signal = u[:, 0] / u[:, 0].std()
    lag = round(neurons.drift_time / DT)
    correlation = np.corrcoef(signal[:-lag], signal[lag:])[0, 1]
    # Bartlett: of 100 independent pieces of the signal; four standard errors are 0.3
    assert abs(correlation - np.exp(-1)) < 0.25
    step = np.corrcoef(signal[:-1], signal[1:])[0, 1]
    assert step == pytest.approx(np.exp(-DT / 20), abs=0.003)
    # Over many draws the factor is 1 on average and its logarithm has the deviation asked for.
    draws = [_drift(2, 100, DT, neurons, np.random.default_rng(k)) for k in range(2000)]
    ends = np.array(draws)[:, 1]
    assert abs(ends.mean() - 1) < 0.01
    centred = np.log(ends) + 0.3**2 / 2
    assert centred.std() == pytest.approx(0.3, rel=0.1)


@pytest.mark.slow
def test_drift_adds_the_variance_that_it_must():
    """Var of a count = mean + mean^2 (E exp(s^2) - 1), and E exp(s^2) = 1 / sqrt(1 - 2 drift^2)."""
    neurons = replace(PLAIN, mean_rate=200.0, max_rate=999.0, drift=0.3)
    params = ibl.TaskParams(max_block_length=20)
    trials = ibl.sample_trials(params, n_sessions=1, n_blocks=1, seed=0)
    short = ibl.rollout(ibl.BayesianActor(params), trials)
    short = with_states(short, np.arange(short.n_rows))
    counts = [
        record(short, n_units=15, neurons=neurons, seed=seed).before_stimulus(0.2)[0]
        for seed in range(300)
    ]
    mean = 200 * 0.2
    expected = mean + mean**2 * (1 / np.sqrt(1 - 2 * 0.3**2) - 1)
    # Neurons share a signal, so that 300 draws count, however many neurons there are; in ten other
    # sets of draws the ratio was between 0.88 and 1.04.
    assert 0.75 < np.var(counts) / expected < 1.25
    assert abs(np.mean(counts) - mean) < 2


def test_a_neuron_follows_one_unit_of_a_network_and_none_is_taken_twice(session):
    """Each unit is at work in a step of its own, so that a neuron's spikes tell its unit."""
    row = np.arange(session.n_rows) % 50
    states = np.eye(50)[row]
    neurons = Neurons(mean_rate=0.5, spread=0, gain=2, max_rate=500, drift=0)
    own = record(replace(session, states=states), n_units=30, neurons=neurons, seed=6)
    counts = by_step(own, session)
    of_unit = np.array([counts[row[: len(counts)] == k].sum(axis=0) for k in range(50)])
    unit = of_unit.argmax(axis=0)
    assert (of_unit.max(axis=0) > 0.9 * of_unit.sum(axis=0)).all()
    assert len(set(unit)) == 30
    assert own.left_out == ()
    more = record(session, n_units=70, seed=6)
    assert more.left_out == ("50 units drive 70 neurons, so that some drive several",)


def test_trials_are_those_of_the_session(session):
    times = trial_times(session, DT)
    for number in (0, 1):
        own = record(session, n_units=5, number=number, seed=7)
        part = slice(*session.trials.session_start[number : number + 2])
        for name in set(COLUMNS) - {"session"}:
            expected = getattr(session.trials, name)[part]
            np.testing.assert_array_equal(getattr(own.trials, name), expected, err_msg=name)
        for name in ("start", "stimulus_on", "end"):
            np.testing.assert_array_equal(getattr(own, name), times[name][part])
        np.testing.assert_array_equal(own.choice, session.choice[part])
        assert own.trials.task.contrasts == session.trials.params.strengths
        assert own.n_trials == session.trials.trials_per_session[number]
        assert 0 <= own.spike_time[0] and own.spike_time[-1] < own.end[-1]


def test_a_recording_may_end_before_the_session(session):
    whole, part = (record(session, n_units=5, n_trials=n, seed=7) for n in (None, 60))
    assert part.n_trials == 60 and whole.n_trials == session.trials.trials_per_session[0]
    np.testing.assert_array_equal(part.end, whole.end[:60])
    np.testing.assert_array_equal(part.trials.block, whole.trials.block[:60])
    assert part.spike_time[-1] < part.end[-1] < part.spike_time[-1] + 1
    with pytest.raises(ValueError, match="n_trials must be at least 1 and at most"):
        record(session, n_trials=whole.n_trials + 1, seed=7)


def test_seeds(session):
    one, same = (record(session, n_units=9, seed=8) for _ in range(2))
    np.testing.assert_array_equal(one.spike_time, same.spike_time)
    other = record(session, n_units=9, seed=9)
    assert len(other.spike_time) != len(one.spike_time)


def test_a_state_that_never_changes_drives_nothing(session):
    neurons = replace(PLAIN, gain=5.0)
    own = record(
        with_states(session, np.full(session.n_rows, 3)), n_units=4, neurons=neurons, seed=0
    )
    np.testing.assert_allclose(own.rate, 6, rtol=0.2)


@pytest.mark.parametrize("field", Neurons.__dataclass_fields__)
@pytest.mark.parametrize("value", [-1, np.nan, np.inf, "1", None])
def test_parameters_that_are_none_are_refused(field, value):
    with pytest.raises(ValueError, match=f"{field} must be"):
        Neurons(**{field: value})


def test_what_cannot_be_recorded_is_refused(session):
    with pytest.raises(ValueError, match="mean_rate must be below max_rate, 5, got 6"):
        Neurons(max_rate=5)
    with pytest.raises(ValueError, match="session must hold states"):
        record(replace(session, states=None), seed=0)
    with pytest.raises(ValueError, match="number must be at least 0 and at most 1, got 2"):
        record(session, number=2, seed=0)
    with pytest.raises(ValueError, match="n_units must be at least 1"):
        record(session, n_units=0, seed=0)
    with pytest.raises(ValueError, match="n_units 1,000,000,000 would need"):
        record(session, n_units=10**9, seed=0)
    with pytest.raises(ValueError, match="session must be a Session"):
        record(session.trials, seed=0)
    with pytest.raises(ValueError, match="dt must be"):
        record(session, dt=0, seed=0)
    with pytest.raises(ValueError, match="seed"):
        record(session, seed=None)
