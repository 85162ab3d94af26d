"""Mean weights among kick units and populations, against loops and against random units."""

import numpy as np
import pytest
from two_sides import SIDE, two_sides

from iblrnn_helpers.hmm_rnn.kick_units.populations import (
    QUANTITIES,
    connectivity,
    group_activity,
    opposition,
    random_groups,
)
from iblrnn_helpers.hmm_rnn.network import HmmRnn, Run


def random_network(n_units=150, seed=1) -> HmmRnn:
    rng = np.random.default_rng(seed)
    return HmmRnn(np.eye(n_units), rng.normal(size=(n_units, n_units)), np.eye(2, n_units))


def test_blocks_are_means_weight_by_weight():
    network = random_network()
    found = connectivity(network, [3, 1, 4], [15, 92, 65])
    assert [len(group) for group in found.groups] == [3, 35, 3, 35]
    for i, to in enumerate(found.groups):
        for j, source in enumerate(found.groups):
            weights = [network.w_rec[u, v] for u in to for v in source if u != v]
            assert found.blocks[i, j] == pytest.approx(np.mean(weights), abs=1e-12)
    b = found.blocks
    means = [(b[0, 0] + b[2, 2]), (b[0, 2] + b[2, 0]), (b[1, 1] + b[3, 3]), (b[1, 3] + b[3, 1])]
    assert np.allclose(found.quantities[:4], np.divide(means, 2))


def test_populations_are_the_units_of_most_opposed_weights():
    network = random_network()
    first, second = [3, 1, 4], [15, 92, 65]
    _, exciting, _, inhibiting = connectivity(network, first, second).groups
    g1 = network.w_rec[first].mean(axis=0)
    g2 = network.w_rec[second].mean(axis=0)
    others = [j for j in range(150) if j not in first + second]
    opposed = sorted(others, key=lambda j: g1[j] * g2[j])[:70]
    opposed = sorted(opposed, key=lambda j: -g1[j])
    assert set(exciting) == set(opposed[:35]) and set(inhibiting) == set(opposed[35:])
    expected = np.corrcoef(g1[others], g2[others])[0, 1]
    assert connectivity(network, first, second).quantities[4] == pytest.approx(expected)


def test_planted_sides_have_all_signs_right_and_random_units_do_not():
    network = two_sides()
    found = connectivity(network, np.flatnonzero(SIDE == 1)[:3], np.flatnonzero(SIDE == 0)[:3])
    assert found.n_right_signs == 8
    assert (np.sign(found.quantities) == list(QUANTITIES.values())).all()
    null = random_groups(network, found, n_draws=199, seed=1)
    # By chance three units and three others are on different sides in 2 choose(15, 3)^2 of
    # choose(30, 3) choose(27, 3) draws, 0.035; then they are as strongly connected.  With 199
    # draws that share has a standard error of 0.013.
    assert (null.p[[0, 1, 4]] < 0.035 + 4 * 0.013).all() and (null.p >= 1 / 200).all()
    among = (np.flatnonzero(SIDE == 1), np.flatnonzero(SIDE == 0))
    within_sides = random_groups(network, found, among=among, n_draws=199, seed=1)
    assert (within_sides.drawn[:, 4] < -0.9).all()  # any units of two sides have opposed weights


def test_activity_is_the_mean_of_a_group_and_opposed_if_planted_so():
    rng = np.random.default_rng(1)
    network = random_network(n_units=20)
    found = connectivity(network, [0, 1, 2], [3, 4, 5])
    states = rng.uniform(size=(2, 50, 20))
    states[..., [3, 4, 5]] = 1 - states[..., [0, 1, 2]]
    planted = Run(states, states[..., :2])
    assert group_activity(planted, found)[1, 7, 0] == pytest.approx(states[1, 7, :3].mean())
    kick, populations = opposition(planted, found)
    # The populations are of independent numbers: r has a standard deviation of 0.1 over 100 steps.
    assert kick == pytest.approx(-1) and abs(populations) < 0.4


def test_without_structure_p_values_are_anything():
    p = []
    for seed in range(20):
        network = random_network(n_units=40, seed=seed)
        found = connectivity(network, [0, 1, 2], [3, 4, 5])
        p.append(random_groups(network, found, n_draws=39, seed=seed).p)
    # The mean of 20 uniform numbers has a standard deviation of 0.065; five quantities.
    assert np.abs(np.mean(p, axis=0) - 0.5).max() < 4 * 0.065


@pytest.mark.parametrize("groups", [([1], [2, 3]), ([1, 2], [2, 3]), ([1, 1], [2, 3])])
def test_groups_that_are_too_small_or_overlap_are_refused(groups):
    with pytest.raises(ValueError, match="none in common"):
        connectivity(random_network(), *groups)
