"""Intervals of means over networks that play the same trials."""

import numpy as np
import pytest

from iblrnn_helpers.core.crossed_effects import Estimate, crossed, estimate_mean, jackknife
from iblrnn_helpers.core.means import group_means, mean_of_independent

N_BLOCKS, PER_BLOCK = 80, 10
BLOCK = np.repeat(np.arange(N_BLOCKS), PER_BLOCK)


def drawn(rng, n_networks, *, of_networks, of_blocks, of_both):
    """Outcomes (n_networks, n_trials) with planted effects of networks, blocks and both; mean 0."""
    networks = rng.normal(0, of_networks, (n_networks, 1))
    blocks = rng.normal(0, of_blocks, (1, N_BLOCKS))
    both = rng.normal(0, of_both, (n_networks, N_BLOCKS))
    own = rng.normal(0, 0.3, (n_networks, N_BLOCKS * PER_BLOCK))
    return np.repeat(networks + blocks + both, PER_BLOCK, axis=1) + own


@pytest.mark.parametrize(
    ("n_networks", "effects"),
    [
        (3, {"of_networks": 0.02, "of_blocks": 0.2, "of_both": 0.1}),
        (9, {"of_networks": 0.02, "of_blocks": 0.2, "of_both": 0.2}),
        (9, {"of_networks": 0.1, "of_blocks": 0.02, "of_both": 0.02}),
    ],
)
def test_the_interval_covers_planted_means_as_often_as_it_says(n_networks, effects):
    rng = np.random.default_rng(0)
    n_draws, inside, of_networks_alone = 600, 0, 0
    for _ in range(n_draws):
        outcomes = drawn(rng, n_networks, **effects)
        low, high = crossed([estimate_mean(one, BLOCK) for one in outcomes]).interval
        inside += low <= 0 <= high
        low, high = mean_of_independent(outcomes.mean(axis=1)).interval
        of_networks_alone += low <= 0 <= high
    # 0.95 ± 3 binomial standard errors of 600 draws; with few networks it may be wider.
    assert 0.92 < inside / n_draws < 0.985
    if effects["of_blocks"] > effects["of_networks"]:
        assert of_networks_alone / n_draws < inside / n_draws - 0.03  # what it was before


def test_the_parts_of_a_mean_give_the_interval_over_blocks():
    rng = np.random.default_rng(1)
    values, where = rng.random(len(BLOCK)), rng.random(len(BLOCK)) < 0.4
    found = estimate_mean(values, BLOCK, where).measured()
    of_groups = group_means(values[where], {}, BLOCK[where])
    assert found.value == pytest.approx(values[where].mean(), rel=1e-12)
    ends = float(of_groups.low), float(of_groups.high)
    assert found.interval == pytest.approx(ends, rel=1e-10)
    assert found.over == "trials"


def test_differences_of_the_same_trials_are_paired():
    rng = np.random.default_rng(2)
    one = rng.random(len(BLOCK))
    same = estimate_mean(one, BLOCK).minus(estimate_mean(one, BLOCK))
    assert same.value == 0 and not same.influence.any()
    shifted = estimate_mean(one + 0.1, BLOCK).minus(estimate_mean(one, BLOCK))
    assert shifted.value == pytest.approx(0.1) and np.abs(shifted.influence).max() < 1e-15


def test_the_jackknife_is_exact_for_a_mean_of_equal_groups():
    values = np.random.default_rng(3).random(len(BLOCK))
    found = jackknife(lambda used: values[used].mean(), BLOCK)
    expected = estimate_mean(values, BLOCK)
    assert found.value == pytest.approx(expected.value, rel=1e-12)
    np.testing.assert_allclose(found.influence, expected.influence, atol=1e-12)


def test_equal_networks_leave_the_trials_alone():
    values = np.random.default_rng(4).random(len(BLOCK))
    one = estimate_mean(values, BLOCK)
    found = crossed([one] * 9)
    assert found.interval == pytest.approx(one.measured().interval, rel=1e-12)
    assert found.over == "trials and networks"
    assert crossed([one]) == one.measured()  # a single network


def test_few_blocks_and_no_spread():
    single = [Estimate(value, np.array([0.1])) for value in (0.4, 0.6)]
    assert crossed(single) == mean_of_independent([0.4, 0.6])
    nothing = crossed([Estimate(0.5, np.zeros(3))] * 2)
    assert nothing.interval == (0.5, 0.5)


def test_bad_input():
    with pytest.raises(ValueError, match="at least one network"):
        crossed([])
    with pytest.raises(ValueError, match="the same blocks"):
        crossed([Estimate(0.5, np.zeros(3)), Estimate(0.5, np.zeros(4))])
    with pytest.raises(ValueError, match="at least one trial"):
        estimate_mean([1.0, 0.0], np.array([0, 0]), np.array([False, False]))
    for values, cluster, where, message in (
        ([1.0, np.nan], [0, 0], None, "values must be finite"),
        ([1.0, 0.0], [0, 0, 0], None, "cluster must have 2 trials, got 3"),
        ([1.0, 0.0], [0, np.nan], None, "cluster must be a whole number"),
        ([1.0, 0.0], [0, 0], [True], r"where must be \(2,\) bool, got bool \(1,\)"),
        ([1.0, 0.0], [0, 0], [1, 0], r"where must be \(2,\) bool, got int64"),
    ):
        with pytest.raises(ValueError, match=message):
            estimate_mean(values, cluster, where)
    with pytest.raises(ValueError, match=r"group must be a whole number .* got nan"):
        jackknife(lambda used: 0.0, np.array([0, np.nan]))
    with pytest.raises(ValueError, match="at least two labels"):
        jackknife(lambda used: 0.0, np.zeros(3, dtype=int))
