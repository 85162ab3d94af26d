"""Loops between classes: planted in any plane, paths to and fro, and what has no direction."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.stats import ortho_group

from iblrnn_helpers.hmm_rnn.network import HmmRnn, Run, run
from iblrnn_helpers.hmm_rnn.orbit.loops import measure_loops
from iblrnn_helpers.hmm_rnn.orbit.orbit import find_orbit
from iblrnn_helpers.hmm_rnn.orbit.rotation import _decode, _Ways, find_loop, linear_twin
from iblrnn_helpers.hmm_rnn.statistics import find_switches
from iblrnn_helpers.representations.plane import principal_components

N_UNITS = 50


def hopping(path, *, noise=0.3, seed=1, n_sequences=20, n_steps=600, basis=None):
    """Switches between two classes along a path, in 50 units, with noise in all of them.

    ``path`` maps a phase to coordinates: 0 is one class, 1/2 the other, and a way forth goes
    through 1/4 and a way back through 3/4.  The first coordinate decides the class.  Residences
    are geometric, and a passage takes 9 steps.
    """
    rng = np.random.default_rng(seed)
    passage = np.linspace(0, 0.5, 10)[1:]
    phase = np.empty((n_sequences, n_steps))
    for row in phase:
        t, side = 0, 0.5 * rng.integers(2)
        while t < n_steps:
            stays = np.full(10 + rng.geometric(0.1), side)
            way = np.concatenate([stays, side + passage])[: n_steps - t]
            row[t : t + len(way)] = way
            t, side = t + len(way), (side + 0.5) % 1
    basis = np.eye(N_UNITS) if basis is None else basis
    planted = np.stack(path(2 * np.pi * phase), axis=-1)
    states = planted @ basis[: planted.shape[-1]]
    states = states + noise * rng.standard_normal(states.shape)
    side = states @ basis[0]
    return Run(states, np.stack([side, np.full(side.shape, -99.0), -side], axis=-1))


def ellipse(angle):
    """Round in the first and third coordinate; the second, wider than the third, is even."""
    return 4 * np.cos(angle), 3 * np.cos(2 * angle), 2 * np.sin(angle)


def straight(angle):
    return (4 * np.cos(angle),)


def corner(angle):
    """A V."""
    return 4 * np.cos(angle), 3 * np.abs(np.cos(angle))


def parabola(angle):
    return 4 * np.cos(angle), 3 * np.cos(2 * angle)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("seed", range(4))
def test_a_planted_rotation_is_found_in_any_plane(seed, direction):
    basis = ortho_group.rvs(N_UNITS, random_state=seed)
    driven = hopping(lambda angle: ellipse(direction * angle), basis=basis, seed=seed)
    loop = find_loop(driven, (0, 2))
    # Noise of 0.3 in 48 directions tilts each axis by about 0.3 √48 / (4 √(steps / 12)), some
    # thousandths of a radian; four times that, and what an area at a lag is worth, is 3 degrees.
    assert loop.angle_to(basis[[0, 2]]) < 3
    widest = find_orbit(driven).components[:2]
    assert loop.angle_to(widest) > 80  # the plane of PC1 and PC2 holds the even coordinate
    assert loop.turns.value == pytest.approx(1, abs=0.02)
    assert loop.turns.interval[0] < 1.02 and loop.turns.interval[1] > 0.98
    # The ways cross at 2 and -2 along the third axis, and the classes are 8 apart.
    assert loop.width == pytest.approx(0.5, abs=0.02)
    assert loop.decoded > 0.99
    np.testing.assert_allclose(loop.plane @ loop.plane.T, np.eye(2), atol=1e-9)
    # From the first class, at +4, to the second; the sense of the turn is anticlockwise.
    assert loop.plane[0] @ basis[0] < -0.99
    assert np.sign(loop.plane[1] @ basis[2]) == -direction
    assert np.abs(loop.centre @ basis[[0, 2]].T).max() < 0.1
    moved = driven.states[0] + 2 * loop.plane[1]
    difference = loop.positions(moved) - loop.positions(driven.states[0])
    np.testing.assert_allclose(difference, np.broadcast_to([0, 2], difference.shape), atol=1e-9)


def test_the_angle_of_planes_is_that_of_scipy():
    basis = ortho_group.rvs(N_UNITS, random_state=5)
    loop = find_loop(hopping(ellipse, basis=basis), (0, 2))
    other = np.stack([basis[0], np.cos(0.5) * basis[2] + np.sin(0.5) * basis[9]])
    expected = np.degrees(subspace_angles(loop.plane.T, other.T).max())
    assert loop.angle_to(other) == pytest.approx(expected)
    assert loop.angle_to(other) == pytest.approx(np.degrees(0.5), abs=3)


@pytest.mark.parametrize("path", [straight, corner, parabola])
@pytest.mark.parametrize("seed", range(3))
def test_to_and_fro_along_a_curve_is_no_rotation(path, seed):
    basis = ortho_group.rvs(N_UNITS, random_state=seed)
    loop = find_loop(hopping(path, basis=basis, seed=seed), (0, 2), n_null=39, seed=seed)
    # Turns of noise: each way is a part of a turn, random and about half of one; over some 200
    # pairs in two planes that share their data, three standard errors are 3 √2 · 0.5 / √200.
    assert abs(loop.turns.value) < 0.15
    # Gaps of 0.3 √(2 · 50 / 200) in each half, whose product is less than that squared.
    assert loop.width < 0.05
    assert abs(loop.decoded - 0.5) < 0.12  # three standard errors of a share of 400 are 0.075
    assert loop.p("turns") > 0.025 and loop.p("width") > 0.025 and loop.p("decoded") > 0.025


def test_noise_makes_the_loop_harder_to_find_and_not_another():
    basis = ortho_group.rvs(N_UNITS, random_state=7)
    found = [find_loop(hopping(ellipse, noise=sd, basis=basis), (0, 2)) for sd in (0.1, 0.5, 1.0)]
    angles = [loop.angle_to(basis[[0, 2]]) for loop in found]
    assert angles[0] < 2 and angles[-1] < 25 and angles == sorted(angles)
    for loop in found:
        assert 0.85 < loop.turns.value < 1.1
        assert loop.width == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_the_lag_matters_little(lag):
    driven = hopping(ellipse)
    usual, other = find_loop(driven, (0, 2)), find_loop(driven, (0, 2), lag=lag)
    assert other.angle_to(usual.plane) < 5
    assert other.turns.value == pytest.approx(usual.turns.value, abs=0.03)
    assert (other.width, other.decoded) == (usual.width, usual.decoded)  # neither has a lag


def test_run_backwards_it_is_the_same_loop_the_other_way_round():
    driven = hopping(ellipse, noise=1.0)
    backwards = Run(driven.states[:, ::-1], driven.logits[:, ::-1])
    there, back = find_loop(driven, (0, 2)), find_loop(backwards, (0, 2))
    assert back.turns.value == pytest.approx(there.turns.value)
    assert back.width == pytest.approx(there.width)
    assert back.decoded == pytest.approx(there.decoded)
    assert back.angle_to(there.plane) == pytest.approx(0, abs=1e-4)
    np.testing.assert_allclose(back.plane[1], -there.plane[1], atol=1e-6)
    assert back.n_switches == there.n_switches[::-1]


def test_the_pair_s_order_does_not_matter():
    driven = hopping(ellipse)
    one, other = find_loop(driven, (0, 2)), find_loop(driven, (2, 0))
    assert other.turns.value == pytest.approx(one.turns.value)
    assert other.width == pytest.approx(one.width)
    np.testing.assert_allclose(other.plane, -one.plane, atol=1e-6)


def test_a_loop_stands_out_of_its_null():
    loop = find_loop(hopping(ellipse), (0, 2), n_null=39, seed=3)
    for name in ("turns", "width", "decoded"):
        assert loop.p(name) == 1 / 40
    # Planes that were found in sequences some of which ran backwards still turn in others, now
    # one way and now the other.
    assert abs(loop.null["turns"].mean()) < 0.2
    with pytest.raises(ValueError, match=r"measure must be one of 'turns', .*got 'area'"):
        loop.p("area")


def test_the_direction_is_decoded_as_by_scikit_learn():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    driven, ends = hopping(ellipse, noise=1.2), ((0, 2), (2, 0))
    parts = [find_switches(driven.classes, *one, min_before=6, min_after=6) for one in ends]
    ways = _Ways(driven, (0, 2), parts, 3)
    for going in (ways.forth, ways.going(np.arange(20) % 3 > 0)):
        fit = LogisticRegression(class_weight="balanced", solver="newton-cholesky")
        kept = (ways.crossing - ways.states.mean(axis=0)) @ principal_components(ways.states)[1][
            :30
        ].T
        told = cross_val_predict(
            make_pipeline(StandardScaler(), fit), kept, going,
            groups=ways.sequence, cv=GroupKFold(5),
        )  # fmt: skip
        expected = np.mean([(told[going == way] == way).mean() for way in (True, False)])
        assert _decode(ways, going) == pytest.approx(expected, abs=1e-12)
        assert expected < 0.99  # by chance where sequences run backwards


def test_turns_are_the_same_if_nothing_is_decoded():
    driven = hopping(ellipse)
    alone = find_loop(driven, (0, 2), decode=False)
    assert alone.turns == find_loop(driven, (0, 2)).turns and np.isnan(alone.decoded)


def test_two_stable_points_give_lasting_switches_without_a_loop():
    """Units hear their mean, with symmetric weights: noise carries it over a saddle and back."""
    w_in = np.hstack([np.full((N_UNITS, 1), 0.4), 0.3 * np.eye(N_UNITS)])
    mean = np.full(N_UNITS, 1 / N_UNITS)
    network = HmmRnn(w_in, 1.5 * np.ones((N_UNITS, 1)) * mean, np.stack([-mean, mean]), "tanh")
    loop = find_loop(run(network, 40, 1000, seed=1), (0, 1))
    assert min(loop.n_switches) > 100
    # Three standard errors over 197 pairs are 0.12 turns and 0.075 of a share.
    assert abs(loop.turns.value) < 0.15 and loop.width < 0.05 and abs(loop.decoded - 0.5) < 0.1


@pytest.mark.parametrize("n_steps", [200, 201])
def test_a_linear_twin_has_the_same_lagged_covariances(n_steps):
    rng = np.random.default_rng(2)
    network = HmmRnn(rng.standard_normal((4, 2)), 0.4 * rng.standard_normal((4, 4)), np.eye(3, 4))
    driven = run(network, 3, n_steps, seed=1)
    twin = linear_twin(network, driven, seed=5)

    def lagged(states, lag):  # the end of a sequence is followed by its beginning
        x = states - driven.states.mean(axis=(0, 1))
        return np.einsum("sti,stj->ij", x, np.roll(x, -lag, axis=1))

    for lag in (0, 1, 7):
        expected = lagged(driven.states, lag)
        np.testing.assert_allclose(lagged(twin.states, lag), expected, atol=1e-8 * n_steps)
    assert np.abs(twin.states - driven.states).max() > 0.1 and twin.states.min() < 0
    np.testing.assert_allclose(twin.logits, twin.states[..., :3])


def test_what_cannot_be_measured_is_said():
    driven = hopping(ellipse, n_sequences=4, n_steps=200)
    for given, message in (
        ({"pair": (0, 3)}, "pair must be at least 0 and at most 2, got 3"),
        ({"pair": (2, 2)}, "pair must be two different classes, got 2 twice"),
        ({"lag": 6}, "lag must be at least 1 and at most 5, got 6"),
        ({"lasting": 1}, "lasting must be at least 2, got 1"),
        ({"n_null": -1}, "n_null must be at least 0, got -1"),
        ({"pair": (0, 1)}, "driven must have 10 switches or more that last 6 steps, from 0 to 1"),
        ({}, "driven must have 10 switches .* in either half of its sequences, got [0-9]$"),
    ):
        with pytest.raises(ValueError, match=message):
            find_loop(driven, **{"pair": (0, 2), **given})
    with pytest.raises(ValueError, match="pair must be two classes, got 3"):
        find_loop(driven, (0, 1, 2))


def test_numbers_of_a_network_are_those_of_its_loops():
    rng = np.random.default_rng(2)
    network = HmmRnn(np.eye(N_UNITS), np.eye(N_UNITS), rng.standard_normal((3, N_UNITS)))
    driven = hopping(ellipse)
    found = measure_loops(network, driven, [(0, 2), (0, 1)], n_null=3, seed=4)
    loop, numbers = found.loops[0, 2], found.numbers[0, 2]
    alone = find_loop(driven, (0, 2))
    assert (numbers["turns"], numbers["width"]) == (alone.turns.value, alone.width)
    assert len(loop.null["turns"]) == 3
    assert numbers["degrees from PC1 and PC2"] == loop.angle_to(find_orbit(driven).components[:2])
    # A way takes longer than 6 steps, and noise of 0.3 flickers where it crosses.
    every = (np.diff(driven.classes, axis=1) != 0).sum()
    assert numbers["share of switches that last"] == sum(loop.n_switches) / every < 1
    # Passages of 9 steps cross 2 from the middle, forth on the one side and back on the other.
    forth, back = found.views[0, 2].ways
    assert forth[0, 0] < -2 < 2 < forth[-1, 0] and back[0, 0] > 2 > -2 > back[-1, 0]
    assert forth[5:7, 1].max() < -1.5 and back[5:7, 1].min() > 1.5
    assert len(found.views[0, 2].position) == len(found.views[0, 2].classes) == 1500
    assert list(found.missing) == [(0, 1)] and "got 0" in found.missing[0, 1]
