"""What is planted in spikes is judged as what it is."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from planted_spikes import planted_recording, planted_trials

from iblrnn_helpers.distillation.model import DistilledModel
from iblrnn_helpers.distillation.radd import RADD
from iblrnn_helpers.recordings import PREDICTIONS, dynamics, judge
from iblrnn_helpers.recordings.dynamics import binned, fit_coupling, two_attractors
from iblrnn_helpers.recordings.measures import _means_in_cells, angle
from iblrnn_helpers.recordings.predictions import MEASURES, NEED_BLOCK
from iblrnn_helpers.recordings.signals import (
    CannotJudge,
    Signals,
    cells,
    read_across,
    ridge,
    without,
)

N, BASE = 60, 40.0  # units, and their rate in Hz


def planted(seed=1, n_trials=600, *, block=0.0, side=0.0, last=0.0, graded=0.0, overlap=0.0):
    """Rates that go up and down by so many Hz, along unit axes of known overlap.

    ``block`` along one axis, always; ``side`` along the other, after the stimulus; along the axis
    of the block, too, ``last`` times the last trial's side, and ``graded`` times its contrast.
    """
    trials, choice = planted_trials(n_trials, seed)
    rng = np.random.default_rng([seed, 1])
    b, other = np.linalg.qr(rng.standard_normal((N, 2)))[0].T * np.sqrt(N)
    s = overlap * b + np.sqrt(1 - overlap**2) * other
    # Spread evenly over neurons, whose parts have all one size but for the sign.
    before = block * trials.block_side.astype(float)
    before[1:] += (last * trials.side + graded * trials.signed_strength)[:-1]
    before = BASE + np.outer(before, b)
    recording = planted_recording(
        trials, choice, before, before + np.outer(side * trials.side, s), seed
    )
    return recording, b, s


def seen(recording, *keys, **settings):
    return {key: one.seen for key, one in judge(recording, only=keys, **settings).items()}


def test_every_prediction_has_a_measure():
    assert list(PREDICTIONS) == list(MEASURES)
    recording, _, _ = planted(block=3, side=3)
    judged = judge(recording, n_pseudo=19)
    assert list(judged) == list(PREDICTIONS)
    for key, one in judged.items():
        assert one.prediction == key
        assert one.seen in (True, False)
        assert one.seen == (one.p <= 0.05) or key == "dimension"
        assert one.why.endswith(tuple("abcdefghijklmnopqrstuvwxyz0123456789)"))


def test_planted_block_is_found_and_nothing_else():
    recording, _, _ = planted(block=2)
    keys = ("block_before_stimulus", "evidence_moves_block", "graded_carry_over")
    assert seen(recording, *keys) == dict(zip(keys, (True, False, False), strict=True))
    judged = judge(recording, only=[keys[0]], n_pseudo=199)[keys[0]]
    assert judged.p == 1 / 200
    assert judged.null_low < 0 < judged.null_high < judged.value


def test_a_trace_of_the_last_side_is_no_block():
    # Its side goes with the block in four trials of five, and a plain reading finds that.
    found = []
    for seed in range(8):
        recording, _, _ = planted(seed, last=4)
        signals = Signals(recording, 199, seed)
        plain = np.mean(np.sign(signals.before @ signals.readouts[:, 0]) == signals.block)
        assert plain > 0.75
        found.append(seen(recording, "block_before_stimulus")["block_before_stimulus"])
    assert sum(found) <= 2  # at 5% three or more of 8 come once in 170 times


def test_graded_carry_over_is_found_where_it_is():
    key = "graded_carry_over"
    recording, _, _ = planted(block=3, graded=6)
    assert seen(recording, key) == {key: True}
    wrongly = [seen(planted(seed, block=3, last=2)[0], key)[key] for seed in range(8)]
    assert sum(wrongly) <= 2


def test_a_trace_of_the_last_contrast_is_no_block_that_it_moves():
    key = "graded_carry_over"
    judged = [judge(planted(seed, graded=8)[0], only=key)[key] for seed in range(8)]
    assert sum(one.seen for one in judged) <= 2  # as above
    assert any("that readout is of no block" in one.why for one in judged)


def test_a_ramp_over_the_session_is_no_attractor():
    key = "two_attractors"
    found, alone = [], []
    for seed in range(20):
        trials, choice = planted_trials(600, seed)
        rng = np.random.default_rng([seed, 2])
        ramp = np.outer(np.linspace(-8, 8, 600), rng.choice([-1, 1], N))
        recording = planted_recording(trials, choice, BASE + ramp, BASE + ramp, seed)
        found.append(judge(recording, only=key, n_pseudo=99)[key].seen)
        alone.append(two_attractors(Signals(recording, 99, 0), 0.05).seen)
    assert sum(found) <= 4 < sum(alone)  # at 5% five or more of 20 come once in 380 times


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
def test_angle_is_without_the_bias_of_noise(overlap):
    values = []
    for seed in range(6):
        recording, b, s = planted(seed, block=1.5, side=1.5, overlap=overlap)
        signals = Signals(recording, 19, seed)
        # Between what is planted: of the side at the end, beside the block that is there as well.
        b, s = b / signals.scale, s / signals.scale
        true = np.degrees(np.arccos(b @ s / np.linalg.norm(b) / np.linalg.norm(s)))
        values.append(angle(signals, 0.05).value - true)
    # Angles of one recording have a standard deviation of some 5 degrees.
    assert np.mean(values) == pytest.approx(0, abs=6)


def test_axes_that_go_together_are_seen_and_evidence_with_them():
    keys = ("angle", "evidence_moves_block")
    together, _, _ = planted(block=3, side=3, overlap=0.7)
    assert seen(together, *keys) == dict.fromkeys(keys, True)
    apart = [seen(planted(seed, block=3, side=3)[0], *keys) for seed in range(8)]
    for key in keys:
        assert sum(one[key] for one in apart) <= 2


def test_dimension_counts_what_is_planted():
    two, _, _ = planted(block=4, side=4, n_trials=900)
    assert judge(two, only="dimension")["dimension"].value == 2
    one, _, _ = planted(side=4)
    assert judge(one, only="dimension")["dimension"].value == 1
    trials, choice = planted_trials(900, 5)
    rng = np.random.default_rng(5)
    axes = np.linalg.qr(rng.standard_normal((N, 4)))[0].T * np.sqrt(N)
    strong = np.where(trials.strength > 0.1, 1, -1)
    parts = [trials.block_side, trials.side, strong, strong * trials.side]
    after = BASE + 4 * np.transpose(parts) @ axes
    four = planted_recording(trials, choice, np.full_like(after, BASE), after, 5)
    judged = judge(four, only="dimension")["dimension"]
    assert judged.value == 4 and judged.seen is False
    nothing, _, _ = planted()
    judged = judge(nothing, only="dimension")["dimension"]
    assert judged.seen is False and np.isnan(judged.value)


def test_means_in_cells_are_those_of_each_label_alone():
    rng = np.random.default_rng(0)
    activity, group = rng.standard_normal((90, 7)), rng.integers(8, size=90)
    right = rng.integers(2, size=(90, 3)).astype(float)
    right[group == 7, 1] = 0  # a half lacks a cell
    half, kind = group[:, None] // 4, group[:, None] % 4
    cell = np.where(right > 0, 4 + kind, kind ^ 2)  # on the right, if the side is the block's
    half = half[:, 0]
    found = _means_in_cells(activity, group, right)
    for label in range(3):
        for k, c in np.ndindex(2, 8):
            inside = (half == k) & (cell[:, label] == c)
            of_half = activity[half == k].mean(axis=0)
            mean = activity[inside].mean(axis=0) - of_half if inside.any() else 0 * of_half
            expected = mean * np.sqrt(np.mean(cell[:, label] == c))
            assert found[label, k, c] == pytest.approx(expected, abs=1e-14)  # order of sums


def test_folds_are_read_by_all_other_trials():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((203, 30)), rng.choice([-1.0, 0.5], (203, 4))
    found = read_across(x, y)
    for fold in np.array_split(np.arange(203), 5):
        others = np.delete(np.arange(203), fold)
        expected = x[fold] @ ridge(x[others], y[others])
        assert found[fold] == pytest.approx(expected, rel=0, abs=1e-13)  # order of sums


def test_what_trials_decide_is_found_once_and_for_each_recording():
    whole, _, _ = planted(1, block=2.0, side=2.0)
    other, _, _ = planted(2, block=2.0, side=2.0)
    some = whole.of_units(np.arange(N) < 30)
    assert Signals(whole, 50, 0).labels is Signals(some, 50, 0).labels
    alone = {}
    for recording in (whole, some, other):
        judge(other, n_pseudo=19)  # so that nothing is left of the last one
        alone[recording] = judge(recording, n_pseudo=50)
    for recording in (other, whole, some, whole.of_trials(np.arange(600) < 400), whole):
        found = judge(recording, n_pseudo=50)
        for key, judged in alone.get(recording, {}).items():
            assert repr(found[key]) == repr(judged)


def test_a_longer_run_of_units_goes_on_where_a_shorter_one_ended():
    rng = np.random.default_rng(0)
    rows, ends = rng.standard_normal((300, 2)), np.arange(7, 300, 9)
    rows[rng.random(300) < 0.5] = 0
    dynamics._LATEST_RUN.clear()
    _, alone = dynamics._run_freely(rows, ends)
    for n in (0, 5, 20):  # the first of them are others, then a part, then a longer part
        shorter = rows + (n == 0)
        dynamics._run_freely(shorter[: ends[n]], ends[: n + 1])
        assert np.array_equal(dynamics._run_freely(rows, ends)[1], alone)
        dynamics._run_freely(shorter[: ends[n]], ends[: n + 1])


A = np.array([[0.6, 0.25], [0.15, 0.85]])  # of stimulus and block
B = np.array([[0.5, 0.1], [0.1, 0.05]])


def planted_dynamics(seed=0, n_units=80, n_bins=4_000):
    """States of known A', their inputs, and what Poisson spikes tell of them."""
    rng = np.random.default_rng(seed)
    inputs = np.zeros((n_bins, 2))
    inputs[2::5, 0] = rng.choice([-1, 1], n_bins // 5) * rng.choice(
        [0.0, 0.5, 1.0, 2.0], n_bins // 5
    )
    inputs[2::5, 1] = rng.choice([-1, 1], n_bins // 5)
    states = DistilledModel(A, B, [0, 0], "identity").run(inputs, np.zeros(2))
    axes = rng.standard_normal((n_units, 2))
    rates = np.maximum(6 + 2 * states @ axes.T, 0)  # spikes a bin
    measured = (rng.poisson(rates) - 6) @ np.linalg.pinv(2 * axes).T
    return inputs, states, measured


def test_couplings_are_recovered_and_the_regression_is_biased_by_its_noise():
    inputs, states, measured = planted_dynamics()
    found = fit_coupling(measured, inputs)
    # Four of its own standard errors; and these are small.
    assert (np.abs(found.free - A) < 4 * found.error).all()
    assert (found.error < 0.05).all()
    # Errors in variables: what noise N adds to the variance S of the state, given the inputs,
    # takes from A' as S (S + N)^-1.
    noise = np.cov((measured - states).T)
    given = np.column_stack([inputs[1:], np.ones(len(inputs) - 1)])
    left = without(given, states[:-1])
    signal = left.T @ left / len(left)
    assert found.regression == pytest.approx(A @ signal @ np.linalg.inv(signal + noise), abs=0.03)
    assert np.abs(found.regression - A).max() > 0.15


def test_couplings_agree_with_the_free_running_fit():
    inputs, _, measured = planted_dynamics(1)
    pieces = [slice(k, k + 400) for k in range(0, 4_000, 400)]
    free = RADD("identity", solver="free_running", never_worse=False, horizon=60, n_windows=300)
    free.fit([inputs[piece] for piece in pieces], [measured[piece] for piece in pieces])
    found = fit_coupling(measured, inputs)
    assert free.recurrent_ == pytest.approx(A, abs=0.05)
    assert (np.abs(found.free - free.recurrent_) < 4 * found.error).all()


def test_no_weight_is_told_between_readouts_of_one_line():
    for seed in range(3):
        recording, _, _ = planted(seed, block=5, side=5, overlap=1)
        judged = judge(recording, only="radd_coupling")["radd_coupling"]
        assert judged.seen is None and "nearly one line" in judged.why
    recording, _, _ = planted(block=3, side=3, overlap=0.7)
    assert judge(recording, only="radd_coupling")["radd_coupling"].seen is not None


def test_bins_hold_what_was_counted():
    recording, _, _ = planted(block=2, n_trials=200)
    weights = np.random.default_rng(0).standard_normal((N, 2))
    states, inputs = binned(recording, weights, 0.1)
    assert states.shape == (800, 2)
    counts = recording.bins(0.1, recording.start, 4)
    assert states == pytest.approx((counts @ weights / 0.1).reshape(-1, 2))
    contrast = recording.signed_contrast
    expected = np.stack([0 * contrast, 0 * contrast, contrast, contrast], axis=1)
    assert inputs[:, 0].reshape(-1, 4) == pytest.approx(expected)
    assert (inputs[:, 1].reshape(-1, 4)[:, 3] == recording.choice).all()
    assert (inputs[:, 1].reshape(-1, 4)[:, :3] == 0).all()


@pytest.mark.parametrize("keep, attractors", [(0.9, 1), (1.0, 1), (1.12, 2)])
def test_attractors_of_a_planted_unit(keep, attractors):
    trials, choice = planted_trials(700, 3)
    recording = planted_recording(*(trials, choice), *np.full((2, 700, N), BASE), 3)
    _, inputs = binned(recording, np.zeros((N, 0)), 0.1)
    state, states = 0.0, []
    for contrast, chosen in inputs:
        state = np.tanh(keep * state + 0.2 * contrast + 0.04 * chosen)
        states.append(state)
    before = np.outer(
        np.reshape(states, (-1, 4))[:, 1], np.random.default_rng(3).standard_normal(N)
    )
    recording = planted_recording(trials, choice, BASE + 8 * before, np.full((700, N), BASE), 3)
    judged = two_attractors(Signals(recording, 19, 0), 0.05)
    assert judged.seen == (attractors == 2)
    assert judged.value == pytest.approx(keep, abs=0.05)


def test_units_that_run_freely_are_those_of_the_plain_loop():
    trials, choice = planted_trials(60, 3)
    recording = planted_recording(trials, choice, *np.full((2, 60, N), BASE), 3)
    signals = Signals(recording, 19, 0)
    _, inputs = binned(recording, np.zeros((N, 0)), 0.1)
    bins = np.arange(2, 240, 4)  # in which stimuli begin
    units = dynamics._free_units(inputs.tobytes(), bins.tobytes())
    away, gains = np.array(dynamics.AWAY_FROM_1), np.array([0, *dynamics.GAINS])
    tried = product(gains, [*(1 - away), 1.0, *(1 + away)], gains)
    tried = np.array([one for one in tried if one[0] or one[2]])
    assert tried[:, 1].tolist() == units.keep.tolist()
    for (by_contrast, keep, by_choice), found in zip(tried, units.states.T, strict=True):
        state, states = 0.0, []
        for contrast, chosen in inputs:
            state = np.tanh(keep * state + by_contrast * contrast + by_choice * chosen)
            states.append(state)
        states = np.array(states)[bins - 1]
        # Where it leaves an unstable middle, rounding grows by up to one half a bin.
        np.testing.assert_allclose(found, states - states.mean(), atol=1e-9)
    # And the best of either kind has the least squared errors of a line through each unit.
    reading = signals.before @ signals.readouts[:, 0]
    reading = reading - reading.mean()
    slope = reading @ units.states / units.squares
    errors = ((reading[:, None] - slope * units.states) ** 2).sum(axis=0)
    best = units.keep[np.where(slope > 0, errors, np.inf).argmin()]
    assert two_attractors(signals, 0.05).value == best


def test_what_cannot_be_judged_says_why():
    recording, _, _ = planted(block=2, n_trials=100)
    with pytest.raises(CannotJudge):
        _ = Signals(recording.of_trials(np.arange(100) < 15), 19, 0).block
    for one in judge(recording.of_trials(np.arange(100) < 15)).values():
        assert one.seen is None and "needs 20 trials in blocks of each side, got 0" in one.why
    for early in (0, 1e-4):
        at_once = replace(recording, start=recording.stimulus_on - early)
        for one in judge(at_once).values():
            assert one.seen is None and "nothing is before it" in one.why
    recording, _, _ = planted(block=2, n_trials=400)
    every_other = judge(recording.of_trials(np.arange(400) % 2 == 0))
    for key in ("block_before_stimulus", *NEED_BLOCK):
        assert every_other[key].seen is None and "whose next one is there" in every_other[key].why
    far = np.where(np.arange(400) < 200, 0, 1e6)  # another clock, or hours without trials
    of = {field: getattr(recording, field) + far for field in ("start", "stimulus_on", "end")}
    for key, one in judge(replace(recording, **of)).items():
        assert (one.seen is None) == (key in ("two_attractors", "radd_coupling"))


@pytest.mark.filterwarnings("error")
def test_silence_shows_nothing():
    recording, _, _ = planted(n_trials=200)
    after = recording.end[-1] + np.arange(N) + 1.0
    silent = replace(recording, spike_time=after, spike_unit=np.arange(N))
    assert not any(one.seen for one in judge(silent, n_pseudo=19).values())


def test_a_silent_unit_changes_nothing():
    recording, _, _ = planted(block=2, side=2)
    more = replace(recording, unit=np.arange(N + 1))
    keys = [key for key in PREDICTIONS if key not in ("evidence_moves_block", "angle")]
    for key, one in judge(recording, only=keys[1:3]).items():
        other = judge(more, only=[key])[key]
        assert np.isfinite(other.value) and other.seen == one.seen


def test_each_prediction_is_the_same_alone_and_with_others():
    recording, _, _ = planted(block=2, side=2)
    together = judge(recording, seed=3)
    for key in PREDICTIONS:
        assert repr(judge(recording, only=key, seed=3)[key]) == repr(together[key])


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"only": ["angel"]}, "only must be one of"),
        ({"task": "ibl"}, "task must be"),
        ({"n_pseudo": 10}, "n_pseudo must be"),
        ({"alpha": 0}, "alpha must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_wrong_arguments_are_refused(settings, words):
    recording, _, _ = planted(n_trials=150)
    with pytest.raises(ValueError, match=words):
        judge(recording, **settings)
    with pytest.raises(ValueError, match="recording must be"):
        judge(recording.trials)


def test_cells_and_what_is_taken_out():
    inside = cells(np.array([1, 1, -1, -1]), np.array([0, 1, 1, 1]))
    assert inside.sum(axis=0).tolist() == [2, 1, 1]
    values = np.array([1.0, 2.0, 3.0, 5.0])
    assert without(inside, values) == pytest.approx([0, 0, -1, 1])
