"""Kick units and populations: by hand, against loops and against random units."""

import numpy as np
import pytest
from two_sides import SIDE, two_sides

from iblrnn_helpers.hmm_rnn.kick_units.kick_units import (
    QUANTITIES,
    class_pairs,
    connectivity,
    find_kick_units,
    group_activity,
    opposition,
    random_groups,
)
from iblrnn_helpers.hmm_rnn.network import HmmRnn, Run, run
from iblrnn_helpers.hmm_rnn.statistics import find_switches

N_SEQUENCES, N_STEPS, PERIOD = 4, 600, 30


def planted_run(rng) -> Run:
    """Classes 0 and 1 in turn, 30 steps each; unit 0 or 1 says which, unit 2 or 3 announces the
    next, from one step before it until one step after it began."""
    class_of_step = np.arange(N_STEPS) // PERIOD % 2
    phase = np.arange(N_STEPS) % PERIOD
    states = np.zeros((N_SEQUENCES, N_STEPS, 10))
    states[:, np.arange(N_STEPS), class_of_step] = 1.0
    announced = np.where(phase == PERIOD - 1, 1 - class_of_step, class_of_step)
    near = (phase == PERIOD - 1) | (phase < 2)
    states[:, np.flatnonzero(near), 2 + announced[near]] = 1.0
    states[..., 4:] = rng.uniform(0, 0.1, (N_SEQUENCES, N_STEPS, 6))
    logits = np.eye(2)[class_of_step] * np.ones((N_SEQUENCES, 1, 1))
    return Run(states, logits)


def planted_network() -> HmmRnn:
    """Units 4, 5, 6 are held down in class 0 and driven by what announces class 1, more and more;
    units 7, 8, 9 the reverse.  Unit 0 is driven by all, and a candidate of no direction."""
    weights = np.zeros((10, 10))
    for k in range(3):
        weights[4 + k, [0, 3]] = -1.0, 3.0 + k
        weights[7 + k, [1, 2]] = -1.0, 5.0 - k
    weights[0] = 1.0
    return HmmRnn(np.eye(10), weights, np.eye(2, 10))


def test_planted_kick_units_are_found_the_strongest_first():
    there, back = find_kick_units(planted_network(), planted_run(np.random.default_rng(1)), (0, 1))
    assert there.candidates.tolist() == [6, 5, 4]
    assert back.candidates.tolist() == [7, 8, 9]
    assert (there.source, there.target, back.source, back.target) == (0, 1, 1, 0)
    # 600 / 30 = 20 residences: 10 switches up and 9 down in each of 4 sequences.
    assert (there.n_switches, back.n_switches) == (40, 36)


def test_drive_is_the_mean_over_switches_and_steps_one_by_one():
    network, planted = planted_network(), planted_run(np.random.default_rng(1))
    there, _ = find_kick_units(network, planted, (0, 1))
    classes, found = planted.classes, []
    for s in range(N_SEQUENCES):
        for t in range(1, N_STEPS):
            if (classes[s, t - 1], classes[s, t]) == (0, 1):
                found.append([network.w_rec @ planted.states[s, t + k - 1] for k in range(-12, 7)])
    assert np.allclose(there.drive, np.mean(found, axis=0))
    held = [
        network.w_rec @ planted.states[s, t - 1]
        for s in range(N_SEQUENCES)
        for t in range(1, N_STEPS)
        if classes[s, t] == 0
    ]
    assert np.allclose(there.in_source, np.mean(held, axis=0))
    assert there.window.tolist() == list(range(-12, 7))


def test_kick_units_of_a_network_are_on_the_side_that_they_turn_on():
    network = two_sides()
    nominal = run(network, 100, 250, seed=1)
    assert class_pairs(nominal.classes) == [(0, 1)]
    there, back = find_kick_units(network, nominal, (0, 1))
    assert (SIDE[there.candidates] == 1).all() and (SIDE[back.candidates] == 0).all()
    assert there.n_switches == len(find_switches(nominal.classes, 0, 1, min_before=12, min_after=6))


def test_a_bias_is_part_of_the_drive():
    plain, planted = planted_network(), planted_run(np.random.default_rng(1))
    bias = np.arange(10) / 100
    biased = HmmRnn(plain.w_in, plain.w_rec, plain.w_out, b_rec=bias)
    without, _ = find_kick_units(plain, planted, (0, 1))
    within, _ = find_kick_units(biased, planted, (0, 1))
    assert np.allclose(within.drive - without.drive, bias)
    assert np.allclose(within.in_source - without.in_source, bias)


def test_what_cannot_be_found_is_said():
    network, rng = planted_network(), np.random.default_rng(1)
    short = Run(*(x[:2] for x in (planted_run(rng).states, planted_run(rng).logits)))
    with pytest.raises(ValueError, match="18 switches from class 1 to 0"):
        find_kick_units(network, short, (0, 1))
    assert class_pairs(short.classes) == []
    silent = HmmRnn(np.eye(10), np.zeros((10, 10)), np.eye(2, 10))
    with pytest.raises(ValueError, match="0 candidates"):
        find_kick_units(silent, planted_run(rng), (0, 1))
    for pair in ((0, 0), (0, 2), (0, 1, 1)):
        with pytest.raises(ValueError, match="pair"):
            find_kick_units(network, planted_run(rng), pair)


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
    with pytest.raises(ValueError, match=r"among must share no unit, got \[3\] in both"):
        random_groups(network, found, among=(range(4), range(3, 9)))
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


@pytest.mark.parametrize("among", [None, (np.arange(5), np.arange(20, 60))])
def test_random_groups_have_the_connections_of_each_draw_on_its_own(among):
    network = random_network()
    found = connectivity(network, [0, 1, 2], [3, 4, 5])
    rng, expected = np.random.default_rng(7), []
    for _ in range(9):
        if among is None:
            groups = np.split(rng.choice(150, 6, replace=False), 2)
        else:
            groups = [rng.choice(units, 3, replace=False) for units in among]
        expected.append(connectivity(network, *groups).quantities)
    null = random_groups(network, found, among=among, n_draws=9, seed=7)
    np.testing.assert_array_equal(null.drawn, expected)


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
