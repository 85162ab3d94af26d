"""Decoding of planted codes, on steps that were held out, and angles of planted directions."""

from dataclasses import replace

import numpy as np
import pytest
from planted import N_UNITS, planted_session
from scipy.stats import norm

from iblrnn_helpers.representations.decoding import (
    angle_between,
    block_encoding,
    decode_block,
    decoding_difference,
    measure_angles,
    random_planes,
    sweep_dimensions,
    sweep_noise,
    sweep_penalty,
)


def test_accuracy_is_that_of_the_planted_code():
    session = planted_session(n_sessions=10, n_blocks=20)
    # Two Gaussians one apart, of standard deviation 0.3: the normal distribution up to 0.5 / 0.3.
    for split in ("step", "block"):
        accuracy = decode_block(session, session.states[:, 1:2], split=split).accuracy
        assert accuracy.low < norm.cdf(0.5 / 0.3) < accuracy.high
        assert accuracy.high - accuracy.low < 0.03


def test_difference_is_of_the_same_steps():
    session = planted_session(n_sessions=10, n_blocks=20)
    code, noise = session.states[:, 1:2], session.states[:, 4:5]
    found = decoding_difference(session, code, noise)
    alone = [decode_block(session, coordinates).accuracy for coordinates in (code, noise)]
    assert found.value == pytest.approx(float(alone[0].mean - alone[1].mean))
    assert found.interval[0] < norm.cdf(0.5 / 0.3) - 0.5 < found.interval[1]
    assert decoding_difference(session, code, 2 * code).interval == pytest.approx((0, 0), abs=1e-3)


def test_only_the_split_by_block_is_sound():
    """What is constant within a block but says nothing of its side must not be decodable."""
    session = planted_session(n_sessions=2, n_blocks=6)

    names = np.random.default_rng(3).standard_normal((12, 10))
    labels = names[session.trials.block_index[session.row_trial]]
    assert decode_block(session, labels, split="step").accuracy.mean > 0.95
    by_block = [
        float(decode_block(session, labels, split="block", held_out=0.5, seed=s).accuracy.mean)
        for s in range(20)
        if _has_both(session, s)
    ]
    assert len(by_block) > 5 and np.mean(by_block) < 0.7


def _has_both(session, seed):
    try:
        decode_block(session, session.states, split="block", held_out=0.5, seed=seed)
    except ValueError:
        return False
    return True


def test_held_out_steps_are_not_trained_on(session):
    """With as many dimensions as training steps, all of them are known by heart."""
    rng = np.random.default_rng(4)
    few = replace(
        session,
        trials=session.trials.take_sessions(0, 1),
        choice=session.choice[: session.trials.session_start[1]],
        n_steps=session.n_steps[: session.trials.session_start[1]],
        p_right=session.p_right[: session.trials.session_start[1]],
        states=None,
    )
    n_rows = few.n_steps.sum()
    noise = rng.standard_normal((n_rows, n_rows // 3))
    found = decode_block(few, noise, split="step", inverse_penalty=1e6)
    assert found.accuracy.mean < 0.6


def test_random_planes(session, space):
    planes = random_planes(session, space, n_planes=20, n_pairs=500)
    assert planes.pc_variance == pytest.approx(space.variance[:2].sum())
    assert (planes.variance < planes.pc_variance).all()
    assert planes.accuracy.max() <= planes.pc_accuracy + 0.02
    assert planes.full_accuracy == pytest.approx(planes.pc_accuracy, abs=0.02)
    assert planes.distances.max() < planes.pc_distances < 1
    again = random_planes(session, space, n_planes=20, n_pairs=500)
    assert np.array_equal(planes.accuracy, again.accuracy)


def test_angles():
    one, other = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert angle_between(one, 5 * other) == pytest.approx(45)
    assert angle_between(one, -one) == pytest.approx(180)
    # Weighted by a covariance it is the correlation of what is read out...
    rng = np.random.default_rng(5)
    states = rng.standard_normal((1000, 2)) @ np.array([[2.0, 0.3], [0.0, 0.5]])
    states -= states.mean(axis=0)
    covariance = states.T @ states / len(states)
    angle = angle_between(one, other, covariance)
    assert np.cos(np.radians(angle)) == pytest.approx(
        np.corrcoef(states @ one, states @ other)[0, 1]
    )
    # ... and does not change when the coordinates are stretched and the readouts shrunk.
    stretch = np.array([3.0, 0.1])
    same = angle_between(one / stretch, other / stretch, covariance * np.outer(stretch, stretch))
    assert same == pytest.approx(angle)
    assert angle_between(one / stretch, other / stretch) != pytest.approx(45, abs=10)


def test_planted_directions(session, space):
    angles = measure_angles(session, space)
    assert angles.full == pytest.approx(90, abs=3) and angles.plane == pytest.approx(90, abs=5)
    # Stimuli come mostly with the block, so the mean difference leans to the stimulus axis.
    encoding = block_encoding(session)
    assert encoding[1] > 0.8 and encoding[0] > 0.3 and np.abs(encoding[2:]).max() < 0.05
    assert angles.encoding == pytest.approx(np.degrees(np.arccos(encoding[0])))


def test_a_strong_penalty_leaves_the_mean_difference(session, space):
    sweep = sweep_penalty(session, space, inverse_penalties=(1e-8, 1.0))
    assert sweep.angle[0] == pytest.approx(measure_angles(session, space).encoding, abs=3)
    full = sweep_dimensions(session, space, n_dims=(2, N_UNITS, 100))
    assert full.setting.tolist() == [2, N_UNITS]
    assert full.angle[-1] == pytest.approx(sweep.angle[1], abs=0.1)
    noise = sweep_noise(session, space, noise_sds=(0.0, 1.0))
    assert noise.angle[0] == pytest.approx(sweep.angle[1], abs=1e-6)
    assert noise.accuracy[1] < noise.accuracy[0]


def test_bad_input(session, space):
    lone = planted_session(n_sessions=1, n_blocks=1)
    calls = (
        (lambda: decode_block(session, session.states[1:]), "a row for each"),
        (lambda: decode_block(session, session.states, split="trial"), "split must be one of"),
        (lambda: decode_block(session, session.states, held_out=1), "something to train"),
        (lambda: decode_block(lone, lone.states, split="step"), "left and right blocks"),
        (lambda: angle_between(np.zeros(2), np.ones(2)), "length 0"),
        (lambda: sweep_noise(session, space, noise_sds=(-1,)), "noise_sds"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
