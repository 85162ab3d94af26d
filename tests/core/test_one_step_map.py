"""Maps that users write: what is refused, in what words, and what is found with those that pass."""

import itertools
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from iblrnn_helpers.agents.rnn import CELLS, RecurrentNetwork, one_step
from iblrnn_helpers.core.fixed_points import ContinuumWarning, find_fixed_points
from iblrnn_helpers.core.one_step_map import change, iterate, jacobians
from iblrnn_helpers.core.starts import make_starts
from iblrnn_helpers.mechanism import dynamics
from iblrnn_helpers.mechanism.reductions import phase_planes, plane_map, slow_manifold
from iblrnn_helpers.mechanism.trial_map import trial_map
from iblrnn_helpers.released_code.as_released import descend
from iblrnn_helpers.representations.decoding import angle_between
from iblrnn_helpers.representations.plane import principal_components
from iblrnn_helpers.representations.state_space import (
    StateSpace,
    in_plane,
    on_readouts,
    task_aligned,
    unit,
)
from iblrnn_helpers.task.generative_model import TaskParams

STARTS = np.random.default_rng(0).uniform(-1.5, 1.5, (100, 2))
NONE = [0.0]


@pytest.fixture(autouse=True)
def seed_of_torch():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        yield


def twice(h, inputs):
    return torch.tanh(2 * h + inputs)


def writes_into_states(h, inputs):
    h += 0.1 * (torch.tanh(2 * h) - h)
    return h


def writes_into_inputs(h, inputs):
    inputs *= 2
    return torch.tanh(2 * h + inputs)


def through_numpy(h, inputs):
    return torch.from_numpy(np.tanh(2 * h.detach().numpy()))


def partly_detached(h, inputs):
    return torch.tanh(1.9 * h + 0.1 * h.detach() + inputs)


def one_unit_detached(h, inputs):
    return torch.stack([torch.tanh(2 * h[..., 0]), torch.tanh(2 * h[..., 1].detach())], dim=-1)


def counting():
    calls = itertools.count()
    return lambda h, inputs: torch.tanh(2 * h + 1e-3 * next(calls))


DROPOUT = torch.nn.Dropout(0.5)
NO_VALUE = {  # refused by whatever calls a map
    "writes into states": (writes_into_states, "leave its argument h as it is"),
    "writes into inputs": (writes_into_inputs, "leave its argument inputs as it is"),
    "numpy result": (lambda h, u: np.tanh(h.numpy()), "got a numpy array: use torch operations"),
    "dropout": (lambda h, u: DROPOUT(torch.tanh(2 * h)), r"call eval\(\) on a module with dropout"),
    "noise": (lambda h, u: h / 2 + 1e-6 * torch.randn_like(h), "the same whenever it is called"),
    "counts its calls": (counting(), "the same whenever it is called"),
    "integers": (lambda h, u: h.long(), "float64 or float32, got torch.int64"),
    "half precision": (lambda h, u: h.half(), "float64 or float32, got torch.float16"),
    "NaN": (lambda h, u: h * torch.nan, "must return numbers, got NaN"),
    "another number of columns": (
        lambda h, u: h @ torch.ones(3, 3).double(),
        r"must take states \(8, 2\) and inputs \(\.\.\., 1\) of float64 or float32, got .* shapes",
    ),
    "no function": (np.eye(2), r"must be a function F\(h, inputs\), got ndarray"),
    "no inputs": (lambda h: h, r"F\(h, inputs\), or be given none, inputs=\[\]"),
}
NO_DERIVATIVE = {  # refused where derivatives are needed
    "no_grad": (torch.no_grad()(twice), "does not let autograd through: use torch .* got 1 off"),
    "detached": (lambda h, u: torch.tanh(2 * h.detach()), "does not let autograd through"),
    # 0.1 of the slope of 2 is missing; one unit of two, in some random direction.
    "partly detached": (partly_detached, r"to 0\.001, got 0\.05 off"),
    "one unit detached": (one_unit_detached, "does not let autograd through"),
    "through numpy": (through_numpy, "let autograd through: .* got RuntimeError"),
    "float32, no_grad": (
        torch.no_grad()(lambda h, u: torch.tanh(2 * h.float() + u.float())),
        r"to 0\.03, got 1 off",
    ),
    "many states only": (lambda h, u: torch.tanh(2 * h[:, :]), r"one state \(n_state,\) as well"),
}


@pytest.mark.parametrize("step, message", NO_VALUE.values(), ids=NO_VALUE)
def test_maps_that_nothing_can_be_said_of_are_refused_everywhere(step, message):
    states = STARTS.copy()
    for call in (
        find_fixed_points,
        jacobians,
        change,
        descend,
        slow_manifold,
        lambda *given: iterate(*given, 3),
        lambda *given: dynamics.basins(*given, np.ones((1, 2))),
    ):
        with pytest.raises(ValueError, match=message) as said:
            call(step, NONE, states)
        assert "\n" not in str(said.value)
    assert (states == STARTS).all()


@pytest.mark.parametrize("step, message", NO_DERIVATIVE.values(), ids=NO_DERIVATIVE)
def test_maps_without_their_derivative_are_refused_where_it_is_needed(step, message):
    for call in (find_fixed_points, jacobians, descend):
        with pytest.raises(ValueError, match=message) as said:
            call(step, NONE, STARTS)
        assert "\n" not in str(said.value)
    assert np.isfinite(change(step, NONE, STARTS)).all()  # values alone are good


def test_nine_fixed_points_of_two_units_and_the_stability_of_each():
    end = brentq(lambda x: np.tanh(2 * x) - x, 0.5, 1, xtol=1e-15)
    expected = np.array(list(itertools.product([-end, 0, end], repeat=2)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find_fixed_points(twice, NONE, STARTS)
    assert not found.continuum and "continuum" not in str(found)
    points = found.points[np.lexsort(found.points.round(6).T[::-1])]
    assert points == pytest.approx(expected, abs=1e-7)
    near = dynamics.linearise(twice, NONE, points)
    slopes = 2 * (1 - expected**2)
    assert near.jacobian == pytest.approx(slopes[:, None] * np.eye(2), abs=1e-6)
    assert near.stable.tolist() == (slopes < 1).all(axis=1).tolist()
    assert near.stable.sum() == 4  # the corners


def test_maps_that_are_rough_but_right_are_not_refused():
    # Kinks at the states themselves, high gain, saturation, and values beyond all bounds.
    for step in (
        lambda h, u: torch.relu(0.5 * h),
        lambda h, u: torch.tanh(1000 * h),
        lambda h, u: torch.tanh(1e6 + h),
        lambda h, u: torch.round(3 * h) / 3,
        lambda h, u: 1e9 + 0.5 * h,
        lambda h, u: torch.exp(h**4 * 1e3),
        lambda h, u: h.float().double() * 0.5,
        lambda h, u: h,
    ):
        for states in (np.zeros((3, 2)), STARTS):
            assert jacobians(step, NONE, states).shape == (len(states), 2, 2)


@pytest.mark.parametrize("inputs", [[], None, np.zeros(0)])
@pytest.mark.parametrize(
    "step", [lambda h, u: torch.tanh(2 * h), lambda h: torch.tanh(2 * h), torch.tanh]
)
def test_a_map_may_have_no_inputs(step, inputs):
    gain = 1 if step is torch.tanh else 2
    slope = gain * (1 - np.tanh(gain * STARTS) ** 2)
    assert jacobians(step, inputs, STARTS) == pytest.approx(slope[..., None] * np.eye(2), abs=1e-12)
    assert change(step, inputs, STARTS) == pytest.approx(np.tanh(gain * STARTS) - STARTS)
    if gain == 2:
        found = find_fixed_points(step, inputs, STARTS)
        assert len(found.points) == 9 and found.inputs.shape == (0,)


@pytest.mark.parametrize("cell", CELLS)
def test_networks_in_float32_are_searched_as_the_same_weights_in_float64(cell):
    network = RecurrentNetwork(6, cell, seed=3, dtype=torch.float32)
    inputs, starts = [0.2, 1.2, -0.05], np.random.default_rng(1).uniform(-1, 1, (10, 12))
    starts = starts if cell == "lstm" else starts[:, :6]
    found = find_fixed_points(one_step(network), inputs, starts)
    double = RecurrentNetwork.from_arrays(
        {name: tensor.numpy() for name, tensor in network.state_dict().items()},
        n_units=6,
        cell=cell,
    )
    expected = find_fixed_points(one_step(double), inputs, starts)
    assert found.points.dtype == np.float64 and found.tolerance == 1e-8
    assert (found.points == expected.points).all() and len(found.points) == 1
    # Agents play in the network's own precision, as before.
    h = torch.zeros(2, starts.shape[1])
    assert one_step(network)(h, torch.ones(2, 3)).dtype == torch.float32


class Module(torch.nn.Module):
    """A cell of torch's own, in float32, as a map."""

    def __init__(self, kind, dropout=0.0):
        super().__init__()
        self.cell = kind(2, 4)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, h, inputs):
        return self.dropout(self.cell(inputs, h))


class Dense(torch.nn.Module):
    """Three units in float32, of states (..., 3); torch's own cells take two axes at most."""

    def __init__(self):
        super().__init__()
        self.recurrent, self.inputs = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)

    def forward(self, h, inputs):
        return torch.tanh(self.recurrent(h) + self.inputs(inputs))


@pytest.mark.parametrize("kind", [torch.nn.RNNCell, torch.nn.GRUCell])
def test_modules_and_functions_in_float32(kind):
    module = Module(kind)
    starts = np.random.default_rng(2).uniform(-1, 1, (20, 4))
    exact = find_fixed_points(module, [0.5, -0.5], starts)
    assert exact.residual.max() <= 1e-8 and len(exact.points) == 1
    assert {p.dtype for p in module.parameters()} == {torch.float32}  # a copy was searched
    # Around the same weights, a function that nobody can see into works in float32.
    rounded = find_fixed_points(lambda h, u: module.cell(u, h), [0.5, -0.5], starts)
    assert rounded.points.dtype == np.float64
    assert rounded.tolerance == pytest.approx(2e-6)  # of four units
    # Eigenvalues here are well below 1, so that points are as exact as residuals.
    assert rounded.points == pytest.approx(exact.points, abs=2e-5)
    slopes = [jacobians(m, [0.5, -0.5], exact.points) for m in (module, lambda h, u: module(h, u))]
    assert slopes[1] == pytest.approx(slopes[0], abs=1e-5)


@pytest.mark.parametrize("cell", ["vanilla", "gru"])
def test_maps_made_of_float32_ones_are_searched_too(cell):
    network = RecurrentNetwork(3, cell, seed=1, dtype=torch.float32)
    module = Dense()
    starts = np.random.default_rng(3).uniform(-0.5, 0.5, (20, 3))
    onto = SimpleNamespace(matrix=np.eye(3)[:2], mean=np.zeros(3))
    for step in (one_step(network), module):
        whole, plane = trial_map(step, TaskParams()), plane_map(step, onto)
        assert find_fixed_points(whole, [0.8], starts).residual.max() <= 1e-8
        assert find_fixed_points(plane, np.zeros(3), starts[:, :2]).residual.max() <= 1e-8


def test_a_map_that_rounds_inside_is_searched_as_one_of_float32():
    found = find_fixed_points(lambda h, u: torch.tanh(2 * h.float()).double(), NONE, STARTS)
    assert found.tolerance == pytest.approx(1e-6 * 2**0.5)
    end = brentq(lambda x: np.tanh(2 * x) - x, 0.5, 1)
    # Slopes are 2 at 0 and 0.32 at the ends: points are about as exact as the residual.
    assert len(found.points) == 9
    assert np.sort(np.abs(found.points), axis=None) == pytest.approx([0] * 6 + [end] * 12, abs=4e-6)


def test_a_module_with_dropout_passes_once_it_is_in_eval_mode():
    module, starts = Module(torch.nn.GRUCell, dropout=0.3), np.zeros((5, 4))
    with pytest.raises(ValueError, match=r"call eval\(\)"):
        find_fixed_points(module, [0, 0], starts)
    assert len(find_fixed_points(module.eval(), [0, 0], starts).points) == 1


def ring(h, inputs):
    # In polar coordinates the radius goes half of its way to 1, and the angle stays.
    radius = h.norm(dim=-1, keepdim=True)
    return h * (0.5 + 0.5 / radius)


def line(h, inputs):
    return torch.stack([h[..., 0], 0.5 * h[..., 1]], dim=-1)


def curved(h, inputs):
    # Fixed wherever y = sin(3 x).
    x, y = h[..., 0], h[..., 1]
    return torch.stack([x, y - 0.5 * (y - torch.sin(3 * x))], dim=-1)


@pytest.mark.parametrize("step", [ring, line, curved, lambda h, u: h])
@pytest.mark.parametrize("n_starts", [10, 99])
def test_a_continuum_of_fixed_points_is_said_to_be_one(step, n_starts):
    with pytest.warns(ContinuumWarning, match="samples of a continuum, with more between"):
        found = find_fixed_points(step, NONE, STARTS[:n_starts])
    assert found.continuum and len(found.points) > 0.9 * n_starts  # a few starts may meet
    assert "samples of a continuum of fixed points" in str(found)
    assert np.abs(change(step, NONE, found.points)).max() <= 1e-8


def bistable(h, inputs):
    # Slow, not still: at 0 both eigenvalues are within 0.02 of 1.
    return torch.stack([torch.tanh(1.02 * h[..., 0]), 0.98 * h[..., 1]], dim=-1)


def row(h, inputs):
    # Points pi / 10 apart, with eigenvalues of 1 +- 9e-4.
    return torch.stack([h[..., 0] + 9e-5 * torch.sin(10 * h[..., 0]), h[..., 1] / 2], dim=-1)


def circle(h, inputs):
    # 16 points on the ring, with eigenvalues of 1 +- 8e-4 along it.
    angle = torch.atan2(h[..., 1], h[..., 0])
    across = torch.stack([-h[..., 1], h[..., 0]], dim=-1)
    return ring(h, inputs) + 1e-4 * torch.sin(8 * angle)[..., None] * across


@pytest.mark.parametrize("step, low, high", [(bistable, 3, 3), (row, 9, np.inf), (circle, 16, 16)])
def test_isolated_points_are_no_continuum_however_slow(step, low, high):
    starts = np.random.default_rng(3).uniform(-1.5, 1.5, (300, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ContinuumWarning)
        found = find_fixed_points(step, NONE, starts)
    assert not found.continuum and low <= len(found.points) <= high
    if step is not bistable:  # they would pass for a continuum by their eigenvalues alone
        moduli = np.abs(dynamics.linearise(step, NONE, found.points).eigenvalues)
        assert (np.abs(moduli - 1).min(axis=1) < 1e-3).all()


def test_a_fixed_point_without_a_derivative_is_a_fixed_point():
    starts = np.concatenate([np.array(list(itertools.product([0.0, 1.0], repeat=2))), STARTS])
    found = find_fixed_points(lambda h, u: torch.sqrt(h.abs()), NONE, starts)
    assert sorted(found.points.round(6).tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert not found.continuum


def test_arrays_that_are_no_states_are_refused_in_a_sentence():
    e = np.eye(2)
    space = StateSpace(np.zeros(2), e, np.array([0.6, 0.4]), e[0], e[0], e[1], e[1])
    nan, empty, wide = np.array([[0.0, np.nan]] * 3), np.zeros((0, 2)), np.zeros((3, 5))
    calls = (
        (lambda: principal_components(nan), "states must be finite"),
        (lambda: principal_components(empty), "states must be an array .* got shape"),
        (lambda: principal_components(np.ones((1, 2))), "vary in at least two directions"),
        (lambda: principal_components([["a", "b"]]), "states must be real numbers, got list"),
        (lambda: principal_components(1j * STARTS), "states must be real numbers, got ndarray"),
        (lambda: StateSpace(np.zeros(2), nan[:2], *[e[0]] * 5), "components must be finite"),
        (lambda: on_readouts(space)(wide), r"states must have 2 columns, got shape \(3, 5\)"),
        (lambda: on_readouts(space)(nan), "states must be finite"),
        (lambda: task_aligned(space, nan), "states must be finite"),
        (lambda: in_plane(space, np.array([["a", "b"]])), "states must be real numbers"),
        (lambda: dynamics.time_constants(["a"]), "eigenvalues must be numbers"),
        (lambda: unit([np.nan, 1]), "vector must be finite"),
        (lambda: unit(nan), r"vector must be a vector with entries, got shape \(3, 2\)"),
        (lambda: angle_between(e[0], [1, np.inf]), "other must be finite"),
        (lambda: angle_between(e[0], np.ones(3)), r"other must have 2 columns, got shape \(3,\)"),
        (lambda: in_plane(space, wide), r"states must have 2 columns, got shape \(3, 5\)"),
        (lambda: dynamics.linearise(twice, NONE, np.zeros(2)), r"\(n, n_state\), got shape"),
        (lambda: dynamics.linearise(twice, NONE, nan), "states must be finite"),
        (lambda: dynamics.basins(twice, NONE, STARTS, nan), "attractors must be finite"),
        (lambda: dynamics.basins(twice, NONE, empty, STARTS), "starts must be an array"),
        (lambda: slow_manifold(twice, NONE, nan), "starts must be finite"),
        (lambda: slow_manifold(twice, NONE, STARTS[:1]), "end at one point"),
        (lambda: slow_manifold(lambda h, u: h * 1e200, NONE, STARTS), "run away to infinity"),
        (lambda: slow_manifold(twice, NONE, STARTS, towards=[np.nan, 1]), "towards must be finite"),
        (
            lambda: slow_manifold(twice, NONE, np.r_[np.zeros((999, 2)), [[1, 1]]]),
            "most states end at one point",
        ),
        (lambda: find_fixed_points(twice, NONE, nan), "starts must be finite"),
        (lambda: make_starts(nan), "visited must be finite"),
        (lambda: make_starts(STARTS, grid=wide), r"grid must have 2 columns, got shape \(3, 5\)"),
        (lambda: phase_planes(twice, nan), "visited must be finite"),
        (lambda: phase_planes(twice, wide), r"visited must have 2 columns, got shape \(3, 5\)"),
        (lambda: phase_planes(twice, STARTS[:1]), "visited must spread along both"),
    )
    for of_plane in (dynamics.plane_grid, dynamics.thinned):
        calls += (
            (lambda f=of_plane: f(space, nan), "visited must be finite"),
            (lambda f=of_plane: f(space, empty), "visited must be an array"),
            (lambda f=of_plane: f(space, wide), "visited must have 2 columns"),
            (lambda f=of_plane: f(space, STARTS[:1]), "spread along both coordinates"),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call, message in calls:
            with pytest.raises(ValueError, match=message) as said:
                call()
            assert "\n" not in str(said.value)
        for none in (in_plane(space, empty), task_aligned(space, empty), on_readouts(space)(empty)):
            assert none.shape == (0, 2)
        assert dynamics.linearise(twice, NONE, empty).eigenvalues.shape == (0, 2)
