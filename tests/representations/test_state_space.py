"""State space: PCs against numpy, planted codes recovered, projections against plain loops."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted import N_UNITS, planted_network, planted_session

from iblrnn_helpers.agents.rnn import RecurrentNetwork
from iblrnn_helpers.core.logistic import fit_side
from iblrnn_helpers.representations.plane import principal_components
from iblrnn_helpers.representations.state_space import (
    Projection,
    fit_plane,
    fit_state_space,
    in_plane,
    log_odds_readout,
    task_aligned,
)

STIMULUS = np.eye(N_UNITS)[0]


def test_log_odds_are_those_of_the_softmax():
    network = RecurrentNetwork(5)
    h = np.random.default_rng(0).standard_normal((4, 5))
    with torch.no_grad():
        left, right = torch.softmax(network.readout(torch.as_tensor(h)), dim=1).numpy().T
    weight, bias = log_odds_readout(network)
    assert h @ weight + bias == pytest.approx(np.log(right / left), rel=1e-12)  # float64


def test_components_are_those_of_a_known_covariance():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    sds = np.array([3.0, 2.0, 1.0, 0.5, 0.1])
    states = (rng.standard_normal((20_000, 5)) * sds) @ axes + 7
    mean, components, variance = principal_components(states)
    assert np.abs(mean - 7).max() < 0.1
    assert variance == pytest.approx(sds**2 / np.sum(sds**2), rel=0.05)
    assert np.abs(np.diag(components @ axes.T)) == pytest.approx(np.ones(5), abs=1e-2)


def test_components_are_numpys():
    states = np.random.default_rng(1).standard_normal((300, 6)) @ np.diag([6, 5, 4, 3, 2, 1])
    mean, components, variance = principal_components(states)
    _, singular, vectors = np.linalg.svd(states - states.mean(axis=0), full_matrices=False)
    assert np.allclose(mean, states.mean(axis=0))
    assert np.allclose(variance, singular**2 / np.sum(singular**2))
    assert np.allclose(np.abs(np.sum(components * vectors, axis=1)), 1)
    assert np.allclose(components @ components.T, np.eye(6))


def test_planted_codes_are_recovered(space, session):
    block = np.eye(N_UNITS)[1]
    assert space.stimulus_readout == pytest.approx(STIMULUS)
    assert space.block_readout @ block > 0.99
    assert np.abs(space.components[0] @ STIMULUS) > 0.99
    assert space.block_in_plane @ space.components[:2] @ block > 0.99
    assert abs(space.stimulus_in_plane @ space.block_in_plane) < 0.1


def test_directions_point_to_the_right(session):
    for sign in (-1, 1):
        space = fit_state_space(session, planted_network(sign * STIMULUS))
        assert space.components[0] @ space.stimulus_readout > 0
        assert space.stimulus_in_plane[0] > 0 and space.block_in_plane[1] > 0
        # Whichever way the components point, the readouts in the plane are the same directions.
        assert space.stimulus_in_plane @ space.components[:2] @ (sign * STIMULUS) > 0.99
        assert space.block_in_plane @ space.components[:2] @ np.eye(N_UNITS)[1] > 0.99


def test_the_plane_alone_is_that_of_the_space(space, session):
    plane = fit_plane(session, planted_network(3 * STIMULUS))
    for name, value in vars(plane).items():
        np.testing.assert_array_equal(value, getattr(space, name))


def test_projections_are_the_plain_loop(space, session):
    some = session.states[:50]
    for row, pair in zip(some, task_aligned(space, some), strict=True):
        x = np.array([sum(c * (row - space.mean)) for c in space.components[:2]])
        assert pair[0] == pytest.approx(sum(x * space.stimulus_in_plane))
        assert pair[1] == pytest.approx(sum(x * space.block_in_plane))
    assert np.allclose(in_plane(space, some)[0], space.components[:2] @ (some[0] - space.mean))


def test_logistic_regression_finds_the_weights_that_made_the_data():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((100_000, 3))
    weights = np.array([1.0, -2.0, 0.0])
    side = np.where(rng.random(len(x)) < 1 / (1 + np.exp(-(x @ weights + 0.5))), 1, -1)
    fit = fit_side(x, side, intercept=True)
    assert fit.weights == pytest.approx(weights, abs=0.05)
    assert fit.intercept == pytest.approx(0.5, abs=0.05)
    assert fit_side(x, side).intercept == 0
    # The gradient of the penalised loss is zero at the solution.
    small = fit_side(x, side, inverse_penalty=1e-3)
    p = 1 / (1 + np.exp(-small.log_odds(x)))
    gradient = small.weights / 1e-3 + x.T @ (p - (side > 0))
    assert np.abs(gradient).max() < 1e-3 * np.abs(x.T @ (0.5 - (side > 0))).max()


def test_nothing_is_changed(session):
    network = planted_network(STIMULUS)
    before, states = network.readout.weight.detach().clone(), session.states.copy()
    space = fit_state_space(session, network)
    task_aligned(space, session.states)
    assert (network.readout.weight == before).all() and np.array_equal(session.states, states)


def test_bad_input(session, space):
    good = planted_network(STIMULUS)
    one_side = session.trials.block_side[session.row_trial] > 0
    lone = planted_session(n_sessions=1, n_blocks=1)
    holed = session.states.copy()
    holed[3, 2] = np.nan
    calls = (
        (lambda: fit_state_space(replace(session, states=None), good), "record_states=True"),
        (
            lambda: fit_state_space(replace(session, states=session.states[1:]), good),
            "a row for each",
        ),
        (lambda: fit_state_space(replace(session, states=holed), good), "finite"),
        (lambda: fit_state_space(session, planted_network(np.ones(5))), "as many units"),
        (lambda: fit_state_space(session, planted_network(np.zeros(N_UNITS))), "right from left"),
        (
            lambda: fit_state_space(replace(session, states=0 * session.states + 0.7), good),
            "at least two directions",
        ),
        (
            lambda: fit_state_space(
                replace(session, states=session.states[:, :1] * np.ones(N_UNITS)), good
            ),
            "at least two directions",
        ),
        (lambda: fit_state_space(lone, good), "both left and right"),
        (
            lambda: fit_side(session.states[one_side], np.ones(one_side.sum())),
            "both left and right",
        ),
        (
            lambda: fit_side(np.eye(3), [1.0, -1.0, np.nan]),
            "side must be -1 or 1, got nan in row 2",
        ),
        (lambda: fit_side(np.eye(2), [1j, -1]), "side must be numbers"),
        (
            lambda: fit_side(np.eye(2), [1, -1]).log_odds(np.array([[np.nan, 1]])),
            "coordinates must be finite",
        ),
        (lambda: Projection(np.full((1, 2), np.nan), np.zeros(2), ("x",)), "matrix must be finite"),
        (lambda: Projection(np.eye(2), [0, np.inf], ("x", "y")), "mean must be finite"),
        (lambda: principal_components(np.eye(3) * 1e300), r"states must be at most 1e\+30 in size"),
        (lambda: fit_side(session.states, one_side[1:]), "side must have .* rows, got"),
        (lambda: fit_side(holed, one_side), "finite"),
        (lambda: fit_side(session.states, one_side, inverse_penalty=0), "inverse_penalty"),
        (lambda: replace(space, mean=space.mean[1:]), "must be"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
