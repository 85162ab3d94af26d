"""The coupling's number against planted ones, and its intervals against simulation."""

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.coupling.beliefs import coupled_belief, observer_belief
from iblrnn_helpers.coupling.measures import (
    change_by_evidence,
    coupling,
    coupling_difference,
    persistence,
)
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.session import Session

PARAMS = TaskParams()
TRIALS = sample_trials(PARAMS, n_sessions=8, n_blocks=10, seed=0)
EVIDENCE = TRIALS.observations[:, :2, 1].sum(axis=1) - TRIALS.observations[:, :2, 0].sum(axis=1)


def planted(trials, evidence, *, k, g, keep=0.8, noise=0.0, per_block=0.0, rng=None):
    """b[n] = keep * b[n - 1] + g * side[n] + k * evidence[n] + noise, afresh in every session."""
    belief = np.zeros(len(trials))
    start = set(trials.session_start.tolist())
    change = g * trials.side + k * evidence
    if noise:
        block = np.cumsum(trials.trial_in_block == 0)
        change = change + noise * rng.standard_normal(len(trials))
        change += per_block * rng.standard_normal(block[-1] + 1)[block] * trials.side
    before = 0.0
    for n in range(len(trials)):
        before = 0.0 if n in start else before
        belief[n] = before = keep * before + change[n]
    return belief


@pytest.fixture(scope="module")
def played():
    """An agent that waits for longer when the stimulus is not where it expects it."""
    trials = sample_trials(PARAMS, n_sessions=20, n_blocks=10, seed=1)
    return rollout(BayesianActor(PARAMS, "released"), trials)


def test_evidence_is_the_sum_over_the_steps_that_took_place(played):
    expected = np.zeros(played.n_trials)
    for trial in range(played.n_trials):
        for step in range(played.n_steps[trial] - PARAMS.n_blank_steps):
            left, right = played.trials.observations[trial, step]
            expected[trial] += right - left
    np.testing.assert_allclose(played.evidence(), expected, atol=1e-12)
    inputs = played.inputs[played.row_start[:-1] + PARAMS.n_blank_steps]
    np.testing.assert_array_equal(played.evidence(first_only=True), inputs[:, 1] - inputs[:, 0])


@pytest.mark.parametrize("unit", [1.0, -250.0])
def test_planted_coupling_is_recovered_whatever_the_unit(unit):
    belief = planted(TRIALS, EVIDENCE, k=0.07, g=0.3)
    found = coupling(unit * belief, EVIDENCE, TRIALS)
    sign, sd = np.sign(unit), belief.std()
    assert found.evidence.value == pytest.approx(sign * 0.07 / sd, abs=1e-10)
    assert found.side.value == pytest.approx(sign * 0.3 / sd, abs=1e-10)
    assert np.ptp(found.evidence.interval) < 1e-8


def test_the_fit_equals_least_squares_written_out():
    rng = np.random.default_rng(3)
    belief = planted(TRIALS, EVIDENCE, k=0.05, g=0.2, noise=0.4, rng=rng)
    z = belief / belief.std()
    rows, after = [], []
    for n in range(1, len(TRIALS)):
        if TRIALS.session[n] == TRIALS.session[n - 1]:
            side, before = float(TRIALS.side[n]), z[n - 1]
            powers = [before, before**2, before**3]
            rows.append([1, EVIDENCE[n], side, *powers, *(side * p for p in powers)])
            after.append(z[n])
    expected = np.linalg.lstsq(np.array(rows), np.array(after), rcond=None)[0]
    found = coupling(belief, EVIDENCE, TRIALS)
    assert found.evidence.value == pytest.approx(expected[1], abs=1e-10)
    assert found.side.value == pytest.approx(expected[2], abs=1e-10)


def test_an_observer_that_knows_the_side_is_not_coupled_and_one_that_does_not_is(played):
    evidence = played.evidence()
    decoupled = observer_belief(played.trials)
    none = coupling(decoupled, evidence, played.trials)
    assert abs(none.evidence.value) < 1e-3 and none.side.value > 0.5
    # The belief before matters: without it, the agent's waiting would look like coupling.
    side = played.trials.side.astype(float)
    change = np.diff(decoupled, prepend=0.0)
    naive = np.stack([evidence, side, np.ones_like(side)], axis=1)
    slope = np.linalg.lstsq(naive, change / decoupled.std(), rcond=None)[0][0]
    assert slope > 5e-3
    first = played.evidence(first_only=True)
    assert abs(coupling(decoupled, first, played.trials).evidence.value) < 1e-3

    coupled = coupling(coupled_belief(played), evidence, played.trials)
    assert coupled.evidence.interval[0] > 0.05 and coupled.side.value < none.side.value / 2
    apart = coupling_difference(coupled_belief(played), decoupled, evidence, played.trials)
    assert apart.value == pytest.approx(coupled.evidence.value - none.evidence.value, abs=1e-12)
    itself = coupling_difference(decoupled, decoupled, evidence, played.trials)
    assert itself[:2] == (0.0, (0.0, 0.0))


@pytest.mark.parametrize("lagged", [False, True])
def test_intervals_cover_the_planted_coupling(lagged):
    # Errors go together within a block (per_block), as an interval over trials would not know.
    rng = np.random.default_rng(4)
    trials = sample_trials(PARAMS, n_sessions=6, n_blocks=10, seed=5)
    hits, n_runs = 0, 200
    for _ in range(n_runs):
        evidence = trials.side * 1.2 + 1.6 * rng.standard_normal(len(trials))
        belief = planted(trials, evidence, k=0.1, g=0.2, noise=0.5, per_block=0.2, rng=rng)
        lag = 2 if lagged else 0
        low, high = coupling(belief, evidence, trials, lag=lag).evidence.interval
        hits += low <= 0.1 * 0.8**lag / belief.std() <= high
    assert 0.90 <= hits / n_runs <= 0.99


def test_difference_interval_covers_and_is_shorter_where_the_noise_is_shared():
    rng = np.random.default_rng(6)
    trials = sample_trials(PARAMS, n_sessions=4, n_blocks=10, seed=7)
    hits, n_runs, shorter = 0, 200, 0
    for _ in range(n_runs):
        evidence = trials.side * 1.2 + 1.6 * rng.standard_normal(len(trials))
        one = planted(trials, evidence, k=0.1, g=0.2, noise=0.5, rng=rng)
        other = one + 0.05 * rng.standard_normal(len(trials))
        low, high = coupling_difference(one, other, evidence, trials).interval
        hits += low <= 0.1 / one.std() - 0.1 / other.std() <= high
        shorter += high - low < np.ptp(coupling(one, evidence, trials).evidence.interval) / 2
    assert 0.90 <= hits / n_runs <= 0.99
    assert shorter == n_runs


def test_what_is_planted_decays_with_the_lags_as_planted():
    rng = np.random.default_rng(8)
    trials = sample_trials(PARAMS, n_sessions=20, n_blocks=10, seed=9)
    evidence = rng.standard_normal(len(trials))  # independent of all else
    belief = planted(trials, evidence, k=0.5, g=0.1, keep=0.7)
    found = persistence(belief, evidence, trials, range(6))
    expected = 0.5 * 0.7 ** np.arange(6) / belief.std()
    assert ((found.low < expected) & (expected < found.high))[1:].all()
    np.testing.assert_allclose(found.mean, expected, atol=0.02)
    n_follow = [np.sum(np.diff(trials.session_start) - 1 - lag) for lag in range(6)]
    assert found.groups["lag"].tolist() == list(range(6)) and found.n.tolist() == n_follow


def test_change_by_evidence_equals_a_table_written_out():
    import pandas as pd

    belief = planted(TRIALS, EVIDENCE, k=0.1, g=0.2)
    centre, change = change_by_evidence(belief, EVIDENCE, TRIALS, n_bins=4)
    frame = pd.DataFrame({"belief": belief / belief.std(), "e": EVIDENCE, "side": TRIALS.side})
    frame["change"] = frame.groupby(TRIALS.session).belief.diff()
    frame = frame.dropna()
    for k, side in enumerate((-1, 1)):
        of_side = frame[frame.side == side]
        bins = pd.qcut(of_side.e, 4, labels=False)
        table = of_side.groupby(bins)[["e", "change"]].mean()
        np.testing.assert_allclose(centre[k], table.e, atol=1e-10)
        np.testing.assert_allclose(change.at(side=side).mean, table.change, atol=1e-10)
    assert change.n.sum() == len(frame)
    decoupled = change_by_evidence(observer_belief(TRIALS), EVIDENCE, TRIALS)[1]
    assert (decoupled.at(side=1).mean > 0).all() and (decoupled.at(side=-1).mean < 0).all()


def test_trials_without_a_belief_are_left_out():
    belief = planted(TRIALS, EVIDENCE, k=0.1, g=0.2)
    last = TRIALS.session_start[1:] - 1
    some = belief.copy()
    some[last] = np.nan
    assert persistence(some, EVIDENCE, TRIALS, [0]).n[0] == len(TRIALS) - 2 * len(last)
    found = coupling(some, EVIDENCE, TRIALS).evidence.value
    assert found == pytest.approx(0.1 / np.nanstd(some), abs=1e-10)


def test_a_single_block_has_no_interval():
    trials = sample_trials(TaskParams(min_block_length=60), n_sessions=1, n_blocks=1, seed=3)
    assert np.ptp(trials.side) > 0
    evidence = np.random.default_rng(0).standard_normal(len(trials))
    rng = np.random.default_rng(1)
    belief = planted(trials, evidence, k=0.1, g=0.2, noise=0.1, rng=rng)
    assert coupling(belief, evidence, trials).evidence.interval is None


def test_bad_input(played):
    belief = planted(TRIALS, EVIDENCE, k=0.1, g=0.2)
    few = sample_trials(TaskParams(min_block_length=6, max_block_length=6), n_sessions=1,
                        n_blocks=1, seed=0)  # fmt: skip
    some = np.arange(6.0)
    same = TRIALS.side.astype(float)
    calls = (
        (lambda: coupling(belief[1:], EVIDENCE, TRIALS), r"belief must have shape \(\d+,\), got"),
        (lambda: coupling(belief, EVIDENCE[1:], TRIALS), "evidence must have shape"),
        (lambda: coupling(belief, EVIDENCE * np.nan, TRIALS), "evidence must be finite"),
        (lambda: coupling(belief * 0, EVIDENCE, TRIALS), "belief must vary"),
        (lambda: coupling(belief, EVIDENCE * 0 + 2, TRIALS), "evidence must vary .* only 2.0"),
        (lambda: coupling(belief, EVIDENCE, TRIALS, lag=-1), "lag must be at least 0, got -1"),
        (lambda: coupling(belief, same, TRIALS), "do not tell them apart"),
        (lambda: coupling(some, some**2, few), "more than 9 trials, got 5"),
        (lambda: change_by_evidence(belief, EVIDENCE, TRIALS, n_bins=1), "n_bins must be at least"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
    assert isinstance(played, Session)
