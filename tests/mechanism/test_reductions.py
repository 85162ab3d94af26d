"""Maps of a plane: restriction to what a projection keeps, and linear maps solved by hand."""

import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from iblrnn_helpers.agents.rnn import RecurrentNetwork, one_step
from iblrnn_helpers.distillation.model import DistilledModel
from iblrnn_helpers.mechanism.reductions import (
    NoCurveWarning,
    phase_planes,
    plane_map,
    slow_manifold,
)
from iblrnn_helpers.representations.state_space import Projection

RNG = np.random.default_rng(0)
INPUTS = np.array([0.4, -0.3, 1.0])
CORNERS = np.array([[-1.0, -2.0], [1.0, 2.0]])


def projection(n_coordinates, n_units):
    names = tuple(f"z{k}" for k in range(n_coordinates))
    return Projection(
        RNG.normal(size=(n_coordinates, n_units)), RNG.normal(size=n_units) / 5, names
    )


def stepped(step, states):
    inputs = torch.as_tensor(np.tile(INPUTS, (len(states), 1)))
    return step(torch.as_tensor(states), inputs).numpy()


def test_a_projection_that_keeps_everything_only_changes_the_coordinates():
    step, kept = one_step(RecurrentNetwork(4, seed=1)), projection(4, 4)
    states = RNG.uniform(-0.8, 0.8, size=(7, 4))
    for unit in (1.0, 3.0):
        seen = stepped(plane_map(step, kept, unit=unit), kept(states) / unit)
        # Rounding, times the condition number of P.
        np.testing.assert_allclose(seen, kept(stepped(step, states)) / unit, atol=1e-12)


def test_a_linear_map_is_restricted_as_by_hand():
    recurrent, weights = RNG.normal(size=(6, 6)), RNG.normal(size=(6, 3))
    kept = projection(2, 6)

    def step(h, inputs):
        return h @ torch.as_tensor(recurrent).T + inputs @ torch.as_tensor(weights).T

    z = RNG.normal(size=(5, 2))
    h = kept.mean + z @ np.linalg.pinv(kept.matrix).T
    by_hand = kept(h @ recurrent.T + weights @ INPUTS)
    np.testing.assert_allclose(stepped(plane_map(step, kept), z), by_hand, atol=1e-12)


def test_planes_of_a_linear_map():
    recurrent = np.array([[0.5, 0.2], [-0.1, 1.4]])
    model = DistilledModel(recurrent, RNG.normal(size=(2, 3)), [0.1, 0.05], "identity")
    plane = phase_planes(
        model.one_step(), CORNERS, conditions={"on": INPUTS}, n_side=9, n_starts=5
    )["on"]
    drive = model.inputs @ INPUTS + model.offset
    for row, column in ((0, 0), (2, 7), (8, 3)):
        z = np.array([plane.x[column], plane.y[row]])
        expected = recurrent @ z + drive - z
        np.testing.assert_allclose(plane.change[row, column], expected, atol=1e-14)
    # Percentiles of two points lie 0.1% of their distance inside; a tenth of the rest is added.
    assert plane.x[0] == pytest.approx(-1.0 * 0.998 * 1.2)
    assert plane.y[-1] == pytest.approx(2.0 * 0.998 * 1.2)
    (found,) = plane.fixed_points.points
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(2) - recurrent, drive), atol=1e-7)
    assert plane.linearised.stable.tolist() == [False]


def test_two_units_that_do_not_meet_have_nine_fixed_points():
    model = DistilledModel(1.5 * np.eye(2), np.zeros((2, 3)), np.zeros(2))
    plane = phase_planes(model.one_step(), CORNERS / 2, conditions={"none": INPUTS})["none"]
    away = brentq(lambda z: np.tanh(1.5 * z) - z, 0.1, 1)
    wanted = {(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)}
    points = plane.fixed_points.points
    assert {tuple(np.round(p / away).astype(int)) for p in points} == wanted
    # The search's tolerance of 1e-8, over how fast the map leaves a point.
    np.testing.assert_allclose(points, np.round(points / away) * away, atol=1e-7)
    np.testing.assert_array_equal(plane.linearised.stable, (np.abs(points) > 0.1).all(axis=1))


def test_bad_input():
    model = DistilledModel(np.eye(2) / 2, np.zeros((2, 3)), np.zeros(2))
    calls = (
        (lambda: slow_manifold(model.one_step(), np.zeros(3), CORNERS[:2]), "starts must be many"),
        (lambda: plane_map(model.one_step(), projection(2, 3), unit=0), "unit must be greater"),
        (lambda: phase_planes(model.one_step(), np.ones((4, 3))), "visited must have 2 columns"),
        (lambda: phase_planes(model.one_step(), CORNERS, n_side=1), "n_side must be at least 2"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def shrunken(name):
    """A map under which states come to a known set, and states to start from."""
    rng = np.random.default_rng(0)
    cube, angle = rng.uniform(-1, 1, (2000, 3)), rng.uniform(-1.5, 1.5, 2000)
    to_circle = lambda h: h / h.norm(dim=-1, keepdim=True)  # noqa: E731
    arc = np.stack([np.sin(angle), np.cos(angle)], axis=1) * rng.uniform(0.5, 2, (2000, 1))
    return {
        "line": (lambda h: h * torch.tensor([1, 0.5, 0.2]).double(), cube),
        "half a circle": (to_circle, arc),
        "two points": (lambda h: torch.tanh(h * torch.tensor([3, 0.5, 0.5]).double()), cube),
        "corners of a cube": (lambda h: torch.tanh(2 * h), cube),
        "ring": (to_circle, cube[:, :2]),
        "sheet": (lambda h: h * torch.tensor([1, 0.9999, 0.2]).double(), cube),
    }[name]


@pytest.mark.parametrize("name", ["line", "half a circle", "two points"])
def test_curves_are_not_warned_of(name):
    step, starts = shrunken(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = slow_manifold(step, [], starts)
    assert found.around < 0.01
    # Half a circle: the length of an arc of 3 radians, less the outer percents, over its chord.
    assert found.detour == pytest.approx(1.35 if name == "half a circle" else 1, abs=0.05)


@pytest.mark.parametrize("name", ["corners of a cube", "ring", "sheet"])
def test_what_is_no_curve_is_warned_of(name):
    step, starts = shrunken(name)
    with pytest.warns(NoCurveWarning, match="on no curve along one direction"):
        found = slow_manifold(step, [], starts)
    assert found.around > 0.1 or found.detour > 2


def test_what_is_left_around_the_path_of_a_sheet_is_its_width():
    """A square has as much variance across as along: around the path half of it is left."""
    step, starts = shrunken("sheet")
    with pytest.warns(NoCurveWarning):
        # 2,000 states: variances along and across are known to 3% or so.
        assert slow_manifold(step, [], starts).around == pytest.approx(0.5, abs=0.03)
