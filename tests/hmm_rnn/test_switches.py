"""Switches of class: where they are, and what is around them."""

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.statistics import aligned, find_switches

CLASSES = np.array([[0, 0, 0, 1, 1, 0, 2, 2], [1, 1, 0, 0, 0, 0, 0, 2]])


def walk(classes):
    """(sequence, step, source, target, before, after) of every switch, step by step."""
    found = []
    for sequence, row in enumerate(classes):
        for step in range(1, len(row)):
            if row[step] != row[step - 1]:
                before, after = 1, 1
                while step - 1 - before >= 0 and row[step - 1 - before] == row[step - 1]:
                    before += 1
                while step + after < len(row) and row[step + after] == row[step]:
                    after += 1
                found.append((sequence, step, row[step - 1], row[step], before, after))
    return np.array(found)


def as_rows(s):
    return np.column_stack([s.sequence, s.step, s.source, s.target, s.before, s.after])


def test_switches_are_those_found_by_walking_along_each_sequence():
    classes = np.random.default_rng(1).integers(0, 3, size=(7, 50)) // 2  # long residences in 0
    assert np.array_equal(as_rows(find_switches(CLASSES)), walk(CLASSES))
    assert np.array_equal(as_rows(find_switches(classes)), walk(classes))


def test_only_switches_between_the_classes_and_residences_that_were_asked_for():
    assert as_rows(find_switches(CLASSES, 1, 0)).tolist() == [
        [0, 5, 1, 0, 2, 1],
        [1, 2, 1, 0, 2, 5],
    ]
    assert find_switches(CLASSES, 1, 0, min_after=2).step.tolist() == [2]
    assert find_switches(CLASSES, min_before=3).sequence.tolist() == [0, 1]
    assert len(find_switches(CLASSES, 2)) == 0
    assert len(find_switches(np.zeros((2, 4), dtype=int))) == 0


def test_windows_are_around_the_switch_and_empty_beyond_the_ends():
    values = np.arange(16.0).reshape(2, 8)
    windows = aligned(values, find_switches(CLASSES, target=2), -2, 1)
    assert np.array_equal(windows, [[4, 5, 6, 7], [13, 14, 15, np.nan]], equal_nan=True)
    deep = aligned(np.stack([values, -values], axis=-1), find_switches(CLASSES, target=2), -2, 1)
    assert np.array_equal(deep[..., 1], -windows, equal_nan=True)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: find_switches(np.zeros((2, 3))), "whole numbers"),
        (lambda: find_switches(CLASSES[0]), r"\(8,\)"),
        (lambda: find_switches(CLASSES, min_before=0), "min_before"),
        (lambda: aligned(CLASSES, find_switches(CLASSES), 3, 2), "first"),
    ],
)
def test_bad_arguments_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
