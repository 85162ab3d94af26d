"""Counts against a loop over spikes, and what no recording can be."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.mice.record import MouseTrials
from iblrnn_helpers.recordings import Recording

RNG = np.random.default_rng(0)
N_TRIALS, N_UNITS, N_SPIKES = 12, 4, 300
# Eighths of a second are exact, and many spikes lie on an edge.
TIME = np.sort(RNG.integers(0, 8 * 30, N_SPIKES)) / 8
UNIT = RNG.integers(N_UNITS, size=N_SPIKES)
START = 2.0 * np.arange(N_TRIALS)


def trials(n=N_TRIALS, **columns):
    zero = np.zeros(n, dtype=int)
    own = {"session": zero, "block": zero, "trial_in_block": np.arange(n), "block_side": zero + 1}
    side = np.where(np.arange(n) % 3, 1, -1)
    return MouseTrials(**(own | {"side": side, "strength": np.full(n, 0.25)} | columns))


def recording(**fields):
    given = {
        "name": "planted",
        "spike_time": TIME,
        "spike_unit": UNIT,
        "unit": np.array(["a", "b", "c", "d"]),
        "trials": trials(),
        "choice": np.tile([1, -1, 0], 4),
        "start": START,
        "stimulus_on": START + 0.5,
        "end": START + 1.5,
        "number": np.arange(N_TRIALS),
    }
    return Recording(**(given | fields))


def looped(start, end):
    counts = np.zeros((len(start), N_UNITS), dtype=int)
    for window, (first, last) in enumerate(zip(start, end, strict=True)):
        for time, unit in zip(TIME, UNIT, strict=True):
            counts[window, unit] += first <= time < last
    return counts


# Windows of no length, that overlap, in no order, and before and after all spikes.
WINDOWS = {
    "trials": (START, START + 1.5),
    "overlap": (np.full(N_TRIALS, 3.0), 3.0 + START),
    "backwards": (START[::-1] - 4, START[::-1] + 0.125),
    "empty": (START, START),
    "outside": (START + 100, START + 101),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_counts_are_those_of_a_loop(name):
    found = recording().counts(*WINDOWS[name])
    np.testing.assert_array_equal(found, looped(*WINDOWS[name]))
    assert found.sum() or name in ("empty", "outside")


def test_bins_and_the_time_before_a_stimulus_are_such_counts():
    own = recording()
    binned = own.bins(0.25, own.start - 1, 7)
    assert binned.shape == (N_TRIALS, 7, N_UNITS)
    for k in range(7):
        start = own.start - 1 + 0.25 * k
        np.testing.assert_array_equal(binned[:, k], looped(start, start + 0.25))
    # Edges that are no sum of halves: no spike is lost between bins or counted twice.
    inner = own.bins(0.1, own.start, 10)
    last = own.start + 0.1 * np.arange(11)[-1]
    np.testing.assert_array_equal(inner.sum(axis=1), own.counts(own.start, last))
    before = looped(own.stimulus_on - 0.375, own.stimulus_on)
    np.testing.assert_array_equal(own.before_stimulus(0.375), before)


def test_it_shows_what_a_laboratory_has():
    own = recording(left_out=("2 of 14 trials are left out",))
    said = "planted: 4 units, 12 trials, 300 spikes; "
    assert repr(own) == said + "2 of 14 trials are left out"
    assert repr(recording()) == said + "nothing is left out"
    assert own.duration == 23.5
    np.testing.assert_allclose(own.rate, looped([0], [23.5])[0] / 23.5)
    np.testing.assert_array_equal(own.correct, own.choice == own.trials.side)
    np.testing.assert_array_equal(own.signed_contrast, 0.25 * own.trials.side)


def test_parts_of_it():
    own, kept = recording(), np.arange(N_TRIALS) % 2 == 1
    part = own.of_trials(kept)
    np.testing.assert_array_equal(part.number, np.flatnonzero(kept))
    np.testing.assert_array_equal(part.before_stimulus(1), own.before_stimulus(1)[kept])
    np.testing.assert_array_equal(part.trials.trial_in_block, np.flatnonzero(kept))
    use = np.array([False, True, False, True])
    fewer = own.of_units(use)
    assert fewer.unit.tolist() == ["b", "d"]
    np.testing.assert_array_equal(fewer.before_stimulus(1), own.before_stimulus(1)[:, use])


def of_session(sessions):
    return trials(session=np.array(sessions), block=np.arange(N_TRIALS))


WRONG = {
    "spike_time must not decrease": {"spike_time": TIME[::-1]},
    "spike_time must be a finite number, got nan in spike 3": {
        "spike_time": np.where(np.arange(N_SPIKES) == 3, np.nan, TIME)
    },
    "spike_unit must be a whole number of at least 0 and at most 3": {"spike_unit": UNIT + 1},
    "spike_unit must have 300 spikes": {"spike_unit": UNIT[:-1]},
    "unit must hold each unit's name once": {"unit": np.array(["a", "b", "c", "a"])},
    "unit must hold": {"unit": np.array([])},
    "trials must be of one session, got 2": {"trials": of_session([0] * 6 + [1] * 6)},
    "choice must be -1, 0 or 1": {"choice": np.full(N_TRIALS, 2)},
    "start must rise, got 0.0 after 22.0": {"start": np.roll(START, -1)},
    "stimulus_on must not be before": {"stimulus_on": START - 0.1},
    "end must not be before the stimulus": {"end": START + 0.4},
    "end must be a finite number, got nan": {"end": np.full(N_TRIALS, np.nan)},
    "number must rise": {"number": np.zeros(N_TRIALS)},
    "name must be text": {"name": 3},
    "trials must be a MouseTrials, got dict": {"trials": {}},
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_no_recording_is_refused(sentence):
    with pytest.raises(ValueError, match=sentence):
        recording(**WRONG[sentence])


def test_windows_that_are_none_are_refused():
    own = recording()
    with pytest.raises(ValueError, match="end must not be before the window's start, got -1"):
        own.counts(START, START - 1)
    with pytest.raises(ValueError, match="start must have 12 trials"):
        own.counts(START[1:], START)
    with pytest.raises(ValueError, match="start must be a finite number, got nan"):
        own.bins(0.1, START + np.nan, 3)
    for wrong in (0, -1, np.nan, "1"):
        with pytest.raises(ValueError, match="seconds must be"):
            own.before_stimulus(wrong)
        with pytest.raises(ValueError, match="width must be"):
            own.bins(wrong, START, 3)
    with pytest.raises(ValueError, match="n must be at least 1"):
        own.bins(0.1, START, 0)


def test_arrays_are_its_own():
    time = TIME.copy()
    own = recording(spike_time=time)
    time[:] = 0
    np.testing.assert_array_equal(own.spike_time, TIME)
    with pytest.raises(ValueError, match="read-only"):
        own.spike_time[0] = 1
    assert replace(own, name="other").name == "other"
