"""Orbits: paths of which direction, turns and residences are known."""

from itertools import groupby

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.network import HmmRnn, Run
from iblrnn_helpers.hmm_rnn.orbit.orbit import (
    contrast_in_plane,
    drift_of_length,
    find_orbit,
    modulation,
    readout_in_plane,
)
from iblrnn_helpers.hmm_rnn.statistics import residence_times


def circling(n_sequences=6, n_turns=10, per_turn=40, direction=1, noise=0.0, width=2.0):
    """Sequences that go round an ellipse in units 1 and 3 of 5, classes by the sign of unit 1."""
    rng = np.random.default_rng(1)
    t = np.arange(n_turns * per_turn + 1)
    phase = rng.uniform(0, 2 * np.pi, n_sequences)[:, None]
    angle = direction * 2 * np.pi * t / per_turn + phase
    states = noise * rng.standard_normal((*angle.shape, 5))
    states[..., 1] += 3 + width * np.cos(angle)
    states[..., 3] += np.sin(angle)
    side = states[..., 1] - 3
    return Run(states, np.stack([side, np.full(side.shape, -9.0), -side], axis=-1))


@pytest.mark.parametrize("direction", [1, -1])
def test_a_circle_is_one_turn_for_each_pair_of_switches(direction):
    orbit = find_orbit(circling(direction=direction))
    np.testing.assert_allclose(orbit.mean, [0, 3, 0, 0, 0], atol=0.03)
    np.testing.assert_allclose(orbit.variance[:2], [0.8, 0.2], atol=1e-3)  # 2² against 1²
    seen_as = direction * np.linalg.det(orbit.components[:2][:, [1, 3]])  # the PCs may mirror
    np.testing.assert_allclose(orbit.turns, 10 * seen_as, atol=0.01)
    assert (orbit.class_cycles == 10).all()
    assert orbit.cycles_per_class_cycle.mean == pytest.approx(seen_as, abs=1e-3)
    # Area of the ellipse per turn is π·2·1, and p x dp twice the area swept in a step.
    swept = 2 * np.pi * 2 / 40
    assert orbit.angular_momentum.mean() == pytest.approx(seen_as * swept, rel=0.01)


def swinging(n_sequences=6, n_turns=10, per_turn=40):
    """To and fro in the plane of the two widest directions, and round with the third.

    Units 0, 1 and 2 are cos φ, cos 2φ and sin φ, of falling width: in 0 and 1 a parabola that is
    run through both ways, in 0 and 2 an ellipse, once for each pair of switches.
    """
    phase = np.random.default_rng(4).uniform(0, 2 * np.pi, n_sequences)[:, None]
    angle = 2 * np.pi * np.arange(n_turns * per_turn + 1) / per_turn + phase
    states = np.stack([3 * np.cos(angle), 2 * np.cos(2 * angle), np.sin(angle)], axis=-1)
    return Run(states, np.stack([states[..., 0], -states[..., 0]], axis=-1))


def test_a_path_to_and_fro_in_one_plane_may_go_round_in_another():
    driven = swinging()
    orbit = find_orbit(driven)
    # Half the squared widths; the step that is seen twice where a sequence closes moves the PCs
    # by some 1/400.
    np.testing.assert_allclose(orbit.variance, np.array([9, 4, 1]) / 14, atol=3e-3)
    # To and fro it ends where it began, so that not even a part of a turn is left over.
    np.testing.assert_allclose(orbit.turns, 0, atol=0.01)
    other = orbit.seen_in(driven, (0, 2))
    seen_as = np.linalg.det(orbit.components[[0, 2]][:, [0, 2]])  # the PCs may mirror
    np.testing.assert_allclose(other.turns, 10 * seen_as, atol=0.01)
    assert abs(other.cycles_per_class_cycle.mean) == pytest.approx(1, abs=1e-3)
    swept = 2 * np.pi * 3 * 1 / 40  # as for the ellipse above
    assert other.angular_momentum.mean() == pytest.approx(seen_as * swept, rel=0.01)
    assert other.plane == (0, 2)  # figures name their axes by it
    np.testing.assert_array_equal(orbit.seen_in(driven, (0, 1)).position, orbit.position)


def test_the_place_on_a_turn_tells_the_emission_or_does_not():
    driven = circling(n_turns=30)
    orbit = find_orbit(driven)
    angle = np.arctan2(driven.states[..., 3], (driven.states[..., 1] - 3) / 2)
    p = 0.5 + 0.3 * np.cos(angle)
    rng = np.random.default_rng(3)
    chance = rng.uniform(0.4, 0.6, angle.shape)
    told, not_told = modulation(orbit, np.stack([p, chance], axis=-1), n_sectors=40)
    # At its ends a sector of the ellipse's plane is a twentieth of a turn in phase; if it begins
    # there, the mean of its cos is sin(π / 10) / (π / 10) = 0.984, less what single steps do.
    assert 0.6 * 0.97 < told <= 0.6
    # Sectors hold 90 steps or more, so a mean has the standard error 0.058 / √90; ten of it.
    assert not_told < 0.06


def test_wandering_does_not_turn():
    rng = np.random.default_rng(2)
    states = rng.standard_normal((20, 400, 4)) * [3, 2, 1, 1]
    orbit = find_orbit(Run(states, states[..., :3]))
    assert abs(orbit.t_of_steps) < 4 and abs(orbit.t_of_sequences) < 4
    assert abs(orbit.cycles_per_class_cycle.mean) < 0.1


def test_t_is_the_mean_in_standard_errors():
    orbit = find_orbit(circling(noise=0.5))
    by_hand = [
        np.mean([p[t, 0] * p[t + 1, 1] - p[t, 1] * p[t + 1, 0] for t in range(len(p) - 1)])
        for p in orbit.position
    ]
    expected = np.mean(by_hand) / (np.std(by_hand, ddof=1) / np.sqrt(6))
    assert orbit.t_of_sequences == pytest.approx(expected)
    every = orbit.angular_momentum.ravel()
    assert orbit.t_of_steps == pytest.approx(every.mean() / every.std(ddof=1) * len(every) ** 0.5)


def test_residences_are_those_seen_whole():
    classes = np.random.default_rng(0).integers(0, 3, (30, 60)) // 2
    which, length = [], []
    for row in classes:
        runs = [(k, len(list(group))) for k, group in groupby(row)][1:-1]
        which += [k for k, _ in runs]
        length += [n for _, n in runs]
    found = residence_times(classes)
    assert found[0].tolist() == which and found[1].tolist() == length
    assert [len(part) for part in residence_times(np.zeros((2, 5), int))] == [0, 0]


def test_length_of_states_that_grow():
    states = np.linspace(1, 2, 8)[None, :, None] * np.ones((3, 8, 2))
    grown = drift_of_length(Run(states, states))
    assert grown == pytest.approx((2 + 2 - 1 / 7) / (1 + 1 + 1 / 7))


def test_how_far_a_readout_lies_in_the_plane():
    orbit = find_orbit(circling())  # the plane of units 1 and 3
    rows = np.array([[0, 3, 0, 0, 0], [2, 0, 0, 0, 2], [1, 0, 0, 1, 0]], dtype=float)
    network = HmmRnn(np.eye(5), np.eye(5), rows)
    np.testing.assert_allclose(readout_in_plane(network, orbit), [1, 0, np.sqrt(0.5)], atol=0.03)
    assert contrast_in_plane(network, orbit) == pytest.approx(np.sqrt(10 / 11), abs=0.03)
    shifted = HmmRnn(
        np.eye(5), np.eye(5), rows + np.array([5, 1, 2, 0, 1])
    )  # the same probabilities
    assert contrast_in_plane(shifted, orbit) == pytest.approx(contrast_in_plane(network, orbit))
    assert not np.allclose(readout_in_plane(shifted, orbit), readout_in_plane(network, orbit))


def test_bad_input():
    with pytest.raises(ValueError, match="2 steps or more, got 1"):
        find_orbit(Run(np.ones((3, 1, 4)), np.ones((3, 1, 3))))
    with pytest.raises(ValueError, match="vary in at least two directions"):
        find_orbit(Run(np.ones((3, 5, 4)), np.ones((3, 5, 3))))
    driven = swinging()
    for components, message in (((0, 3), "components must be at least 0 and at most 2, got 3"),
                                ((1, 1), "two different ones, got 1 twice")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            find_orbit(driven).seen_in(driven, components)
