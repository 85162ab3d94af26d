"""Group means: hand-computed values, and intervals that cover as often as they say."""

import warnings

import numpy as np
import pytest
from scipy import stats

from iblrnn_helpers.core.means import (
    GroupMeans,
    group_means,
    mean_of_independent,
    plus_minus,
)


def test_mean_and_interval_by_hand():
    # Blocks (1, 2), (4), (3, 5): m = 3, block residuals -3, 1, 2.
    values = np.array([1.0, 2.0, 4.0, 3.0, 5.0])
    result = group_means(values, {}, np.array([0, 0, 1, 2, 2]))
    half = 4.302652729911275 * np.sqrt(3 / 2 * (9 + 1 + 4) / 25)  # t(2) at 97.5%
    assert result.mean == pytest.approx(3)
    assert (result.low, result.high) == (pytest.approx(3 - half), pytest.approx(3 + half))
    assert result.n == 5 and result.mean.shape == ()


def test_ratio_by_hand():
    # 6 per 4 in all; residuals of the blocks: 2 - 1.5 * 3 = -2.5 and 4 - 1.5 = 2.5.
    result = group_means(np.array([2.0, 4.0]), {}, np.array([0, 1]), per=np.array([3.0, 1.0]))
    half = 12.706204736432095 * np.sqrt(2 * 2 * 2.5**2) / 4
    assert result.mean == pytest.approx(1.5)
    assert result.high - result.mean == pytest.approx(half)


def test_independent_trials_have_wilsons_interval():
    # One trial a block, 30 of 40: the variance is m(1 - m)/(n - 1), so 39 independent trials.
    values = np.arange(40) < 30
    result = group_means(values, {}, np.arange(40), proportion=True)
    t, m, n = 2.0226909200367595, 0.75, 39
    centre = (m + t**2 / (2 * n)) / (1 + t**2 / n)
    half = t * np.sqrt(m * (1 - m) / n + t**2 / (4 * n**2)) / (1 + t**2 / n)
    assert result.low == pytest.approx(centre - half)
    assert result.high == pytest.approx(centre + half)


def test_groups_that_are_empty_or_of_one_block():
    labels = np.array(["a", "b", "c"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = group_means(
            np.array([True, False, True]),
            {"letter": (labels, np.array([0, 0, 2]))},
            np.array([0, 1, 1]),
            proportion=True,
        )
        nothing = group_means(np.zeros(0), {"letter": (labels, np.zeros(0, int))}, np.zeros(0, int))
    assert result.n.tolist() == [2, 0, 1]
    assert result.mean[0] == 0.5 and np.isnan(result.mean[1]) and result.mean[2] == 1
    assert np.isfinite(result.low).tolist() == [True, False, False]
    assert nothing.n.tolist() == [0, 0, 0] and np.isnan(nothing.mean).all()


def test_rows_with_a_negative_code_are_left_out():
    axes = {"x": (np.array([1, 2]), np.array([0, -1, 1, 0]))}
    result = group_means(np.array([1.0, np.nan, 5.0, 3.0]), axes, np.arange(4))
    assert result.mean.tolist() == [2, 5] and result.n.tolist() == [2, 1]


def simulated(rng, *, centre, concentration, n_repeats=3000, n_blocks=25):
    """Trials of blocks that share a probability: rows, repeat of each row, block of each row."""
    length = rng.integers(5, 40, size=n_repeats * n_blocks)
    p = rng.beta(centre * concentration, (1 - centre) * concentration, size=len(length))
    block = np.repeat(np.arange(len(length)), length)
    values = rng.random(len(block)) < p[block]
    return values, block // n_blocks, block


def covered(result, truth):
    return np.mean((result.low <= truth) & (truth <= result.high))


@pytest.mark.parametrize("centre, concentration", [(0.5, 10), (0.85, 10), (0.97, 30)])
@pytest.mark.parametrize("proportion", [True, False])
def test_intervals_cover_the_truth_on_correlated_trials(centre, concentration, proportion):
    rng = np.random.default_rng(1)
    values, repeat, block = simulated(rng, centre=centre, concentration=concentration)
    axes = {"repeat": (np.arange(3000), repeat)}
    blocks = covered(group_means(values, axes, block, proportion=proportion), centre)
    trials = covered(group_means(values, axes, np.arange(len(values)), proportion=True), centre)
    # Monte-Carlo error of a coverage is 0.004; the plain interval is short of 95% near 1.
    assert (0.925 if proportion else 0.88) < blocks < 0.97
    assert trials < blocks - 0.03  # trials taken as independent: the interval is too short


def test_interval_of_a_ratio_covers_the_truth():
    rng = np.random.default_rng(2)
    n_repeats, n_blocks, length = 2000, 30, 12
    shared = np.repeat(rng.standard_normal(n_repeats * n_blocks), length)
    steps = 3.0 + rng.integers(0, 8, size=len(shared)) + (shared > 0)
    reward = 0.2 * steps + shared + rng.standard_normal(len(shared))
    block = np.repeat(np.arange(n_repeats * n_blocks), length)
    axes = {"repeat": (np.arange(n_repeats), block // n_blocks)}
    assert 0.93 < covered(group_means(reward, axes, block, per=steps), 0.2) < 0.97


def test_proportions_stay_between_0_and_1():
    rng = np.random.default_rng(3)
    values, repeat, block = simulated(rng, centre=0.97, concentration=30, n_repeats=500, n_blocks=3)
    axes = {"repeat": (np.arange(500), repeat)}
    result = group_means(values, axes, block, proportion=True)
    assert (0 <= result.low).all() and (result.high <= 1).all()
    assert (result.low <= result.mean).all() and (result.mean <= result.high).all()


def table():
    axes = {
        "strength": (np.array([0.0, 0.5]), np.array([0, 0, 1, 1])),
        "concordant": (np.array([False, True]), np.array([0, 1, 0, 1])),
    }
    return group_means(np.array([1.0, 2.0, 3.0, 4.0]), axes, np.arange(4))


def test_at_and_to_frame():
    result = table()
    assert result.at(concordant=True).mean.tolist() == [2, 4]
    assert list(result.at(concordant=True).groups) == ["strength"]
    assert result.at(strength=0.5, concordant=False).mean == 3
    frame = result.to_frame()
    assert frame["mean"].tolist() == [1, 2, 3, 4]
    assert frame["concordant"].tolist() == [False, True, False, True]
    assert len(result.at(strength=0.5, concordant=False).to_frame()) == 1


def test_at_least_keeps_the_counts():
    labels = np.array([0, 1])
    result = group_means(np.arange(5.0), {"x": (labels, np.array([0, 0, 0, 1, 1]))}, np.arange(5))
    kept = result.at_least(3)
    assert kept.mean[0] == result.mean[0] and np.isnan([kept.mean[1], kept.low[1]]).all()
    assert kept.n.tolist() == [3, 2]


def test_one_mean_is_a_measured_number():
    one = table().at(strength=0.5, concordant=False)
    value, (low, high), over = one.measured()
    assert value == 3 and np.isnan([low, high]).all()  # a single cluster
    assert over == "trials"
    with pytest.raises(ValueError, match="must be one, got those of groups by strength"):
        table().at(concordant=True).measured()


def test_mean_of_independent_values():
    values = [0.3, 0.5, 0.9]
    found = mean_of_independent(values)
    expected = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert found.value == pytest.approx(np.mean(values), rel=1e-14)
    assert found.interval == pytest.approx(expected, rel=1e-12)
    assert mean_of_independent([0.3]) == (0.3, None, None)
    assert mean_of_independent([0.5, 0.5]) == (0.5, (0.5, 0.5), "networks")
    with pytest.raises(ValueError, match="at least one, got none"):
        mean_of_independent([])


def test_bad_input():
    with pytest.raises(ValueError, match=r"axis must be one of .*'concordant', got 'block'"):
        table().at(block=1)
    with pytest.raises(ValueError, match=r"strength must be one of 0.0, 0.5, got 0.7"):
        table().at(strength=0.7)
    with pytest.raises(ValueError, match="NaN"):
        group_means(np.array([np.nan]), {}, np.array([0]))
    with pytest.raises(ValueError, match=r"\[0, 1\], got 0.0 to 2.0"):
        group_means(np.array([0.0, 2.0]), {}, np.array([0, 1]), proportion=True)
    two, axis = np.array([0.0, 1.0]), {"x": (np.arange(2), np.array([0, 1]))}
    for given, message in (
        (({}, np.array([0])), "cluster must have 2 rows, got 1"),
        (({}, np.array([0, np.nan])), "cluster must be a whole number .* got nan"),
        (({}, np.array([0, -1])), "cluster must be .* at least 0, got -1"),
        (({"x": (np.arange(1), np.array([0, 1]))}, two), "codes of x must be .* at most 0, got 1"),
        (({"x": (np.arange(2), np.array([0]))}, two), "codes of x must have 2 rows, got 1"),
    ):
        with pytest.raises(ValueError, match=message):
            group_means(two, *given)
    with pytest.raises(ValueError, match="per must have 2 rows, got 3"):
        group_means(two, axis, two, per=np.ones(3))
    with pytest.raises(ValueError, match="low must have the shape"):
        GroupMeans({"x": np.arange(2)}, np.zeros(2), np.zeros(3), np.zeros(2), np.zeros(2))


def test_numbers_of_tables():
    assert plus_minus(0.845, 0.841, 0.849) == "0.845 ± 0.004"
    assert plus_minus(-0.0052, -0.0101, -0.0001, n_digits=2) == "-0.01 ± 0.01"
    assert plus_minus(0.5, np.nan, np.nan) == "0.500"  # a single block or network
