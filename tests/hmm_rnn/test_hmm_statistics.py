"""What sources of symbols do on average, and where classes switch, against counting by hand."""

from itertools import product

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.statistics import (
    aligned,
    at_rest,
    check_symbols,
    exact_joint,
    exact_statistics,
    find_switches,
    joint_of_probabilities,
    matched_distance,
    stationary,
    statistics_of_probabilities,
    total_variation,
)


def counted(symbols, n_symbols):
    """Statistics of sequences, which are probabilities of 0 and 1."""
    return statistics_of_probabilities(np.eye(n_symbols)[symbols])


LOPSIDED = HiddenMarkovModel(
    "lopsided",
    [0.2, 0.3, 0.5],
    [[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.5, 0.0, 0.5]],
    [[0.6, 0.4], [0.1, 0.9], [0.3, 0.7]],
)
# Worked out by hand from the matrices: first row of the symbols' transitions, change rate.
BY_HAND = {
    "chain-2": ((0.9405, 0.0100, 0.0495), 0.0688),
    "chain-3": ((0.7512, 0.0100, 0.2388), 0.2562),
    "chain-4": ((0.7092, 0.0100, 0.2808), 0.2978),
    "chain-5": ((0.6957, 0.0100, 0.2943), 0.3112),
    "full": ((0.9136, 0.0432, 0.0432), 0.0864),
    "cyclic": ((0.7835, 0.2120, 0.0045), 0.2143),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_families_by_hand(family):
    found = exact_statistics(FAMILIES[family])
    row, change_rate = BY_HAND[family]
    assert np.allclose(found.transition[0], row, atol=6e-5)  # four printed digits
    assert abs(found.change_rate - change_rate) < 6e-5
    assert np.allclose(stationary(FAMILIES[family]), 1 / FAMILIES[family].n_states)


def test_joint_is_the_sum_over_all_paths():
    start, move, emit = at_rest(LOPSIDED).initial, LOPSIDED.transition, LOPSIDED.emission
    assert np.allclose(np.array(start) @ move, start)
    expected = np.zeros((2, 2))
    for i, j, k in product(range(3), repeat=3):
        for a, b in product(range(2), repeat=2):
            expected[a, b] += start[i] * move[i][j] * move[j][k] * emit[i][a] * emit[k][b]
    assert np.allclose(exact_joint(LOPSIDED, 2), expected, atol=1e-14)
    found = exact_statistics(LOPSIDED)
    assert np.allclose(found.bigrams.sum(axis=1), found.frequencies)
    assert np.allclose(found.transition.sum(axis=1), 1)


def test_counted_statistics_converge_to_the_exact_ones():
    exact = exact_statistics(LOPSIDED)
    found = counted(at_rest(LOPSIDED).sample(4000, 50, 0), 2)
    # 200,000 symbols, correlated over about ten: standard error below 0.5 / sqrt(20,000) = 0.0035.
    assert np.abs(found.frequencies - exact.frequencies).max() < 0.015
    assert np.abs(found.bigrams - exact.bigrams).max() < 0.015
    assert abs(found.change_rate - exact.change_rate) < 0.015


def test_counting_by_hand():
    found = counted(np.array([[0, 0, 1], [1, 0, 0]], dtype=np.int8), 3)
    assert np.allclose(found.frequencies, [4 / 6, 2 / 6, 0])
    assert np.allclose(found.bigrams, [[0.5, 0.25, 0], [0.25, 0, 0], [0, 0, 0]])
    assert found.change_rate == 0.5
    assert np.isnan(found.transition[2]).all() and np.allclose(found.transition[1], [1, 0, 0])


def test_probabilities_give_what_endless_drawing_would():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([0.5, 0.5, 0.5], size=(3, 4))
    drawn = np.array([
        [[rng.choice(3, p=p) for p in sequence] for sequence in probabilities]
        for _ in range(1500)
    ])  # fmt: skip
    found = statistics_of_probabilities(probabilities)
    by_count = counted(drawn.reshape(-1, 4), 3)
    # 13,500 pairs: five standard errors of 0.5 / sqrt(13,500).
    assert np.abs(found.bigrams - by_count.bigrams).max() < 0.022
    assert np.abs(found.frequencies - by_count.frequencies).max() < 0.022
    certain = np.eye(3)[[[0, 0, 2, 1, 1]]]
    assert np.allclose(joint_of_probabilities(certain, 2) * 3, [[0, 1, 1], [0, 0, 0], [0, 1, 0]])


def test_total_variation():
    assert total_variation([0.5, 0.5, 0], [0.5, 0, 0.5]) == 0.5
    assert total_variation(np.eye(2) / 2, np.eye(2)[::-1] / 2) == 1
    with pytest.raises(ValueError, match="one shape"):
        total_variation([1], [0.5, 0.5])


def test_matching_is_the_best_of_all_pairings():
    from itertools import permutations

    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 3, (2, 5, 7))
    # The pairing with the fewest differing steps; where several tie, roots may differ.
    sums = {}
    for order in permutations(range(5)):
        differing = (a != b[list(order)]).sum(axis=1)
        sums.setdefault(differing.sum(), []).append(np.sqrt(2 * differing).mean())
    assert any(np.isclose(matched_distance(a, b), root) for root in sums[min(sums)])
    assert matched_distance(a, a[::-1]) == 0
    assert np.isclose(matched_distance(np.zeros((2, 8), int), np.ones((2, 8), int)), 4)


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        (np.zeros((3, 1), int), "2 steps"),
        (np.zeros(3, int), "shape"),
        (np.zeros((0, 4), int), "at least 1 sequence"),
        (np.zeros((3, 4)), "whole numbers"),
        (np.full((3, 4), 3), "0 to 2, got 3"),
        (np.full((3, 4), -1), "got -1"),
    ],
)
def test_bad_symbols(symbols, words):
    with pytest.raises(ValueError, match=words):
        check_symbols("symbols", symbols, 3, least_steps=2)


def test_bad_input_elsewhere():
    with pytest.raises(ValueError, match="one shape"):
        matched_distance(np.zeros((2, 3), int), np.zeros((3, 3), int))
    with pytest.raises(ValueError, match="symbols_b must be 0"):
        matched_distance(np.zeros((2, 3), int), np.full((2, 3), -1))
    with pytest.raises(ValueError, match="lag"):
        exact_joint(LOPSIDED, 0)
    with pytest.raises(ValueError, match=r"add up to 1.*got 2"):
        statistics_of_probabilities(np.ones((2, 3, 2)))
    with pytest.raises(ValueError, match="at least 2 steps"):
        statistics_of_probabilities(np.ones((2, 1, 1)))
    trap = HiddenMarkovModel("trap", [1, 0], [[0.5, 0.5], [0, 1]], np.eye(2))
    with pytest.raises(ValueError, match="reach"):
        stationary(trap)


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
