"""Whether a search started often enough: enumeration, and the topology of bounded maps."""

import warnings

import numpy as np
import pytest
import torch

from iblrnn_helpers.core.fixed_points import MoreStartsWarning, find_fixed_points
from iblrnn_helpers.core.one_step_map import HeldMap
from iblrnn_helpers.core.starts import expected_unseen, make_starts, sum_of_indices

THREE = lambda h: torch.tanh(2 * h)  # noqa: E731  three units with three fixed points each
END = 0.957504  # of tanh(2 x) = x
ALL = np.stack(np.meshgrid(*[[-END, 0, END]] * 3), axis=-1).reshape(-1, 3)


def index_sum(step, points):
    return sum_of_indices(HeldMap(step, []), points, np.zeros(len(points), dtype=bool))


def searched(starts, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = find_fixed_points(THREE, [], starts, **options)
    return found, [one for one in caught if one.category is MoreStartsWarning]


def test_an_incomplete_search_says_so_and_a_complete_one_does_not():
    """There are 27 points: a search of three bistable units finds them all, or warns."""
    visited = np.random.default_rng(0).uniform(-END, END, (3000, 3))
    n_found = []
    for n_starts in (20, 30, 50, 100, 400):
        for seed in range(3):
            found, said = searched(make_starts(visited, n_starts=n_starts, seed=seed))
            n_found.append(len(found.points))
            assert said or len(found.points) == 27
            assert not said or n_starts < 400
            assert (found.index_sum == 1) == (len(found.points) == 27)
            assert ("cannot be all" in str(found)) == (len(found.points) < 27)
    assert min(n_found) < 25 and max(n_found) == 27


def test_attractors_alone_are_not_all():
    """From the corners only attractors are found, often enough each: counts see nothing."""
    corners = ALL[(ALL != 0).all(axis=1)]
    found, said = searched(make_starts(corners, n_starts=200, noise=0.01))
    assert len(found.points) == 8 and found.n_once == 0 and found.n_unseen == 0
    assert found.index_sum == 8
    assert "indices add up to 8, and not to 1: more than 200 starts" in str(said[0].message)


def test_few_starts_by_hand_are_not_warned_of():
    found, said = searched(ALL[:5])
    assert len(found.points) == 5 and not said
    assert found.n_once == 5


@pytest.mark.parametrize("n_units", [1, 2, 3])
def test_attractors_alone_are_told_in_few_dimensions(n_units):
    """Two attractors: one dimension is enough for the saddle between them to be missed."""
    starts = np.repeat([[-0.9], [0.9]], 20, axis=0).repeat(n_units, axis=1)
    found, said = searched(starts)
    assert len(found.points) == 2 and found.index_sum == 2 and said
    all_of_one = np.array([[-END], [0], [END]])
    assert index_sum(THREE, all_of_one) == 1


@pytest.mark.parametrize("n_units", [1, 2, 3])
@pytest.mark.parametrize("cut", [torch.relu, lambda h: h.clamp(0, 1)])
def test_a_complete_search_of_units_with_kinks_is_not_warned_of(n_units, cut):
    """Each unit stays at 0, at a kink, or at one other point: 2^n are all there are."""
    visited = np.random.default_rng(0).uniform(0, 1, (300, n_units))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find_fixed_points(lambda h: cut(torch.tanh(2 * h)), [], visited)
    assert len(found.points) == 2**n_units and found.index_sum is None


def test_units_with_kinks_elsewhere_have_indices():
    """max(tanh 2h, -1/2): three points of a unit, none of them at the kink."""
    kinked = lambda h: torch.tanh(2 * h).clamp(min=-0.5)  # noqa: E731
    assert index_sum(kinked, np.array([[-0.5], [0.0], [END]])) == 1


@pytest.mark.parametrize("kept", [27, 26, 20])
def test_the_sum_of_indices_is_that_of_the_points(kept):
    """tanh(2x) grows at 0 only: a point with k zeros has k growing directions, index (-1)^k."""
    expected = ((-1) ** (ALL[:kept] == 0).sum(axis=1)).sum()
    assert index_sum(THREE, ALL[:kept]) == expected
    assert kept < 27 or expected == 1


@pytest.mark.parametrize(
    ("step", "points"),
    [
        (lambda h: 2 * h, np.zeros((1, 2))),  # runs away
        (lambda h: h**3, np.zeros((1, 2))),
        (lambda h: h, np.zeros((1, 2))),  # stands still everywhere
        (THREE, np.zeros((0, 2))),
    ],
)
def test_it_is_not_told_where_it_cannot_be(step, points):
    assert index_sum(step, points) is None


def test_the_expected_number_of_unseen_points_is_a_lower_bound():
    """Points drawn unevenly: the estimate is below what is missing, but for the same part of it."""
    rng = np.random.default_rng(0)
    points = np.arange(40.0)[:, None]
    share = rng.dirichlet(np.ones(40))
    missing, estimated = [], []
    for _ in range(300):
        drawn = points[rng.choice(40, size=60, p=share)]
        seen = np.unique(drawn)[:, None]
        once, unseen = expected_unseen(drawn[None], seen, 0.1)
        _, counts = np.unique(drawn, return_counts=True)
        assert once == (counts == 1).sum()
        missing.append(40 - len(seen))
        estimated.append(unseen)
    # Means over 300 draws, whose standard errors are below 0.3.
    assert 0.4 * np.mean(missing) < np.mean(estimated) < np.mean(missing)


def test_both_uses_of_a_start_are_one():
    """A start counts once, however many of its uses come to a point."""
    ends = np.zeros((2, 3, 1))
    ends[:, 1:] = 1.0
    assert expected_unseen(ends, np.array([[0.0], [1.0]]), 0.1) == (1, 0.0)
