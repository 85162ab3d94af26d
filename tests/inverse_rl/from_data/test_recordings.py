"""Measures over recordings against enumeration, planted steps and coverage by counting."""

from itertools import product
from math import comb

import numpy as np
import pytest

from iblrnn_helpers.inverse_rl.from_data.recordings import (
    least_step,
    median_of_recordings,
    samples_needed,
)


@pytest.mark.parametrize("n", [6, 9, 20])
def test_a_median_s_interval_is_the_shortest_that_covers_enough(n):
    """Each value is below the median with probability one half: count the coin tosses."""
    value, (low, high), over = median_of_recordings(np.arange(n)[::-1])
    assert (value, over) == (np.median(np.arange(n)), "recordings")
    assert low + high == n - 1  # as many are left out below as above

    def coverage(k):
        return 1 - 2 * sum(comb(n, j) for j in range(k + 1)) / 2**n

    assert coverage(int(low)) >= 0.95 > coverage(int(low) + 1)


def test_too_few_recordings_have_a_median_without_an_interval():
    assert median_of_recordings([3.0, 1.0, 2.0, 9.0, 4.0]) == (3.0, None, None)
    with pytest.raises(ValueError, match="at least one"):
        median_of_recordings([])


def test_the_least_step_is_taken_within_recordings():
    """Planted: recordings differ by far more than lengths do, and one step is the smallest."""
    offset = np.array([0.0, 100.0, -50.0])
    wobble = np.array([0.1, -0.1, 0.0])
    values = {10: offset, 100: offset + 5, 1_000: (offset + 6 + wobble)[:2]}
    step = least_step(values)
    changes = [1.1, 0.9]  # of the two recordings that have both lengths
    assert step.value == pytest.approx(np.mean(changes), abs=1e-12)
    # Student's 97.5% quantile with one degree of freedom times the standard error.
    reach = 12.706204736 * np.std(changes, ddof=1) / np.sqrt(2)
    assert step.interval == pytest.approx((1 - reach, 1 + reach), abs=1e-6)
    assert step.over == "recordings"
    with pytest.raises(ValueError, match="two lengths"):
        least_step({10: offset})


def test_samples_are_enough_from_where_all_longer_ones_are():
    """All orders of lengths below (0) and above (2) a reference of 1, without spread."""
    lengths = (10, 20, 30)
    for below in product((True, False), repeat=3):
        errors = {n: np.full(4, 0.0 if b else 2.0) for n, b in zip(lengths, below, strict=True)}
        enough = [n for k, n in enumerate(lengths) if all(below[k:])]
        assert samples_needed(errors, 1.0) == (min(enough) if enough else np.inf)


def test_a_mean_below_the_reference_is_not_enough_if_its_interval_is_not():
    assert samples_needed({10: [0.0, 1.8], 20: [0.5, 0.5]}, 1.0) == 20
