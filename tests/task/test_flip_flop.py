"""The flip-flop against a plain loop that remembers the last pulse."""

import doctest

import numpy as np
import pytest

import iblrnn_helpers as ibl
from iblrnn_helpers.task import flip_flop


def remembered(pulses):
    """The same, one step after the other."""
    wanted = np.zeros_like(pulses)
    for i, k in np.ndindex(pulses.shape[0], pulses.shape[2]):
        memory = 0
        for t in range(pulses.shape[1]):
            memory = pulses[i, t, k] or memory
            wanted[i, t, k] = memory
    return wanted


@pytest.mark.parametrize("n_bits", [1, 3, 4])
@pytest.mark.parametrize("p_pulse", [0.0, 0.2, 1.0])
def test_targets_are_the_last_pulses(n_bits, p_pulse):
    drawn = ibl.task.sample_flip_flop(20, n_steps=15, p_pulse=p_pulse, n_bits=n_bits, seed=3)
    assert drawn.pulses.shape == (20, 15, n_bits)
    assert np.abs(drawn.pulses[:, 0]).all()
    np.testing.assert_array_equal(drawn.targets, remembered(drawn.pulses))


def test_pulses_are_as_frequent_as_stated():
    """117,000 draws: their mean is within four standard errors, which one seed in 16,000 misses."""
    pulses = ibl.task.sample_flip_flop(1000, n_steps=40, p_pulse=0.2, seed=1).pulses[:, 1:]
    n = pulses.size
    assert abs((pulses != 0).mean() - 0.2) < 4 * (0.2 * 0.8 / n) ** 0.5
    assert abs(pulses.mean()) < 4 * (0.2 / n) ** 0.5


def test_the_seed_decides():
    drawn = [ibl.task.sample_flip_flop(5, seed=seed) for seed in (0, 0, 1, [1, 2])]
    np.testing.assert_array_equal(drawn[0].pulses, drawn[1].pulses)
    assert all((drawn[0].pulses != one.pulses).any() for one in drawn[2:])
    assert not drawn[0].pulses.flags.writeable


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"n_sequences": 0}, "n_sequences must be at least 1, got 0"),
        ({"n_steps": 2.5}, "n_steps must be a whole number, got 2.5"),
        ({"n_bits": 0}, "n_bits must be at least 1, got 0"),
        ({"p_pulse": 1.5}, "p_pulse must be at least 0 and at most 1, got 1.5"),
        ({"seed": None}, "seed must be a whole number, got None"),
        ({"n_sequences": 10**15}, "GB of memory"),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        ibl.task.sample_flip_flop(**{"n_sequences": 2, **wrong})


@pytest.mark.parametrize(
    ("pulses", "targets", "words"),
    [
        (np.zeros((1, 2)), np.ones((1, 2)), "pulses must be .*got shape"),
        (np.full((1, 2, 1), 3), np.ones((1, 2, 1)), "pulses must be -1, 0 or 1, got 3"),
        (np.zeros((1, 2, 1)), np.zeros((1, 2, 1)), "targets must be -1 or 1, got 0"),
        (np.zeros((1, 2, 1)), np.ones((1, 2, 2)), "targets must have"),
    ],
)
def test_a_record_made_by_hand_is_checked(pulses, targets, words):
    with pytest.raises(ValueError, match=words):
        ibl.task.FlipFlop(pulses, targets)


def test_its_example_runs():
    assert doctest.testmod(flip_flop).failed == 0
