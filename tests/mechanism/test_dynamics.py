"""Fixed points, Jacobians, basins and the slow manifold against maps whose answer is known."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from iblrnn_helpers.agents import own_networks
from iblrnn_helpers.agents.rnn import RecurrentNetwork, one_step
from iblrnn_helpers.core.fixed_points import ContinuumWarning, find_fixed_points
from iblrnn_helpers.core.one_step_map import change, iterate, jacobians
from iblrnn_helpers.core.starts import make_starts
from iblrnn_helpers.mechanism import dynamics
from iblrnn_helpers.mechanism.reductions import slow_manifold
from iblrnn_helpers.mechanism.trial_map import trial_fixed_points, trial_map
from iblrnn_helpers.representations.state_space import StateSpace, in_plane
from iblrnn_helpers.task.generative_model import TaskParams

RNG = np.random.default_rng(0)
NONE = [0.0]
CELLS = {"vanilla": 1, "gru": 1, "lstm": 2}  # state entries per unit


def linear(a, b):
    a, b = torch.as_tensor(a).double(), torch.as_tensor(b).double()
    return lambda h, inputs: h @ a.T + inputs @ b.T


def tanh_unit(gain):
    return lambda h, inputs: torch.tanh(gain * h + inputs)


def rotated(eigenvalues, seed=0):
    """A normal matrix of known eigenvalues, and its eigenvectors in columns."""
    n = len(eigenvalues)
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    return q @ np.diag(eigenvalues) @ q.T, q


def plane_of(n_units):
    e = np.eye(n_units)
    share = np.full(n_units, 1 / n_units)
    return StateSpace(np.zeros(n_units), e, share, e[0], *np.eye(2), e[1])


def test_a_linear_map_has_the_fixed_point_of_linear_algebra():
    a = 0.4 * RNG.standard_normal((4, 4)) / 2
    b, u = RNG.standard_normal((4, 2)), np.array([0.3, -1.0])
    found = find_fixed_points(linear(a, b), u, RNG.standard_normal((20, 4)))
    expected = np.linalg.solve(np.eye(4) - a, b @ u)
    assert found.points == pytest.approx(expected[None], abs=1e-7)
    assert found.n_reached.tolist() == [40] and found.residual.max() <= 1e-8
    near = dynamics.linearise(linear(a, b), u, found.points)
    assert near.jacobian[0] == pytest.approx(a, abs=1e-12)


def test_eigenvectors_are_biorthonormal_and_time_constants_are_those_of_the_eigenvalues():
    a = RNG.standard_normal((5, 5))
    near = dynamics.linearise(linear(a, np.zeros((5, 1))), NONE, np.zeros((1, 5)))
    values, right, left = near.eigenvalues[0], near.right[0], near.left[0]
    assert (np.diff(np.abs(values)) <= 1e-12).all()
    assert left @ right == pytest.approx(np.eye(5), abs=1e-9)
    assert a @ right == pytest.approx(right * values, abs=1e-9)
    assert left @ a == pytest.approx(values[:, None] * left, abs=1e-9)
    assert np.linalg.norm(right, axis=0) == pytest.approx(np.ones(5))
    # After tau steps a mode has decayed to 1/e.
    a, _ = rotated([0.9, -0.5, 0.1])
    near = dynamics.linearise(linear(a, np.zeros((3, 1))), NONE, np.zeros((1, 3)))
    assert near.stable.all()
    assert np.array([0.9, 0.5, 0.1]) ** near.time_constants[0] == pytest.approx(np.exp([-1] * 3))
    assert dynamics.time_constants(np.array([1, -1, 0, 2])) == pytest.approx(
        [np.inf, np.inf, 0, -1 / np.log(2)]
    )


def test_a_defective_map_has_no_left_eigenvectors_and_says_so():
    near = dynamics.linearise(
        linear([[0.5, 1.0], [0.0, 0.5]], np.zeros((2, 1))), NONE, np.zeros((1, 2))
    )
    assert np.isnan(near.left).all()
    assert near.eigenvalues[0] == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.parametrize(
    ("gain", "bias", "n_points"), [(0.8, 0, 1), (2, 0, 3), (2, 0.3, 3), (2, 1, 1)]
)
def test_pitchfork_of_one_unit(gain, bias, n_points):
    def miss(x):
        return np.tanh(gain * x + bias) - x

    grid = np.linspace(-1.1, 1.1, 4002)
    turns = np.flatnonzero(np.diff(np.sign(miss(grid))))
    roots = [brentq(miss, grid[k], grid[k + 1], xtol=1e-14) for k in turns]
    assert len(roots) == n_points
    found = find_fixed_points(tanh_unit(gain), [bias], np.linspace(-1, 1, 21)[:, None])
    assert np.sort(found.points[:, 0]) == pytest.approx(roots, abs=1e-7)
    near = dynamics.linearise(tanh_unit(gain), [bias], found.points)
    slopes = gain * (1 - found.points[:, 0] ** 2)
    assert near.eigenvalues[:, 0].real == pytest.approx(slopes, abs=1e-7)
    assert near.stable.tolist() == (slopes < 1).tolist()


def test_a_slow_point_is_told_from_a_fixed_point():
    # Just past the fold of tanh(2 x + b) the speed has a minimum, found on a fine grid.
    held = tanh_unit(2.0)
    x = np.linspace(-1, 0, 200_001)
    bias = 0.56
    speed = np.abs(np.tanh(2 * x + bias) - x)
    k = speed.argmin()
    found = find_fixed_points(held, [bias], np.linspace(-1, 0, 15)[:, None])
    assert len(found.points) == 1 and found.points[0, 0] > 0.9
    assert 0.01 < speed[k] < 0.1
    assert found.slow_points == pytest.approx(x[[k]][:, None], abs=1e-3)
    assert found.slow_point_speed == pytest.approx(speed[[k]], rel=1e-3)
    fast = find_fixed_points(held, [bias], np.linspace(-1, 0, 15)[:, None], slow_speed=0.01)
    assert not len(fast.slow_points)


def test_no_fixed_point_gives_an_empty_result_that_says_how_far_it_got():
    found = find_fixed_points(lambda h, u: h + 0.25, NONE, RNG.standard_normal((5, 3)))
    assert found.points.shape == (0, 3) and found.outlier.shape == (0,)
    assert found.best_residual == pytest.approx(0.25 * 3**0.5)
    assert "no fixed point: of 10 starts the best came to a speed of 0.43" in str(found)
    near = dynamics.linearise(lambda h, u: h + 0.25, NONE, found.points)
    assert near.eigenvalues.shape == (0, 3) and near.stable.shape == (0,)


def test_outliers_are_far_from_where_the_network_goes():
    visited = 0.1 * RNG.standard_normal((50, 1))
    cubic = find_fixed_points(lambda h, u: 0.5 * h + h**3, NONE, visited, visited=visited)
    assert not cubic.outlier.any()
    wide = np.concatenate([visited, [[0.8], [-0.8]]])
    cubic = find_fixed_points(lambda h, u: 0.5 * h + h**3, NONE, wide, visited=visited)
    assert np.abs(cubic.points[cubic.outlier]) == pytest.approx(0.5**0.5, abs=1e-7)
    assert cubic.points[~cubic.outlier] == pytest.approx(0, abs=1e-7)


def test_a_map_that_runs_away_from_some_starts_does_not_stop_the_search():
    starts = np.array([[0.1], [5.0], [-7.0]])
    found = find_fixed_points(lambda h, u: h**5, NONE, starts, n_settle=50)
    assert found.points[0] == pytest.approx([0], abs=1e-8)
    assert np.isfinite(found.points).all()


@pytest.mark.parametrize("cell", CELLS)
def test_jacobians_against_finite_differences(cell):
    network = RecurrentNetwork(4, cell, seed=1)
    step, n_state = one_step(network), 4 * CELLS[cell]
    states, inputs = RNG.uniform(-1, 1, (3, n_state)), np.array([0.5, -0.2, 1.0])
    by_autograd = jacobians(step, inputs, states)
    for h, j in zip(states, by_autograd, strict=True):
        nudge = 1e-6 * np.eye(n_state)
        ends = np.stack([h + nudge, h - nudge]).reshape(-1, n_state)
        ahead, behind = (change(step, inputs, ends) + ends).reshape(2, n_state, n_state)
        assert j == pytest.approx((ahead - behind).T / 2e-6, abs=1e-8)


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_runs_through_the_same_code_and_keeps_its_weights(cell):
    network = RecurrentNetwork(6, cell, seed=3)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    step, n_state = one_step(network), 6 * CELLS[cell]
    inputs = np.array([0.2, 1.2, -0.05])
    found = find_fixed_points(step, inputs, RNG.uniform(-1, 1, (10, n_state)))
    assert len(found.points) == 1 and found.residual.max() <= 1e-8
    assert np.abs(change(step, inputs, found.points)).max() <= 1e-8
    # Torch's own layer comes to the same point.
    with torch.no_grad():
        hidden = network(torch.as_tensor(inputs).expand(1, 400, 3))[1][0, -1].numpy()
    assert found.points[0, :6] == pytest.approx(hidden, abs=1e-6)
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in network.parameters())


def test_starts_are_visited_states_with_noise_and_a_grid():
    visited = RNG.standard_normal((30, 4))
    exact = make_starts(visited, n_starts=10, noise=0, seed=1)
    assert {tuple(row) for row in exact} <= {tuple(row) for row in visited}
    grid = np.zeros((3, 4))
    starts = make_starts(visited, n_starts=5000, noise=0.2, grid=grid, seed=1)
    assert (starts[5000:] == grid).all()
    nearest = make_starts(visited, n_starts=5000, noise=0, seed=1)
    assert (starts[:5000] - nearest).std() == pytest.approx(0.2, rel=0.05)
    assert make_starts(visited, seed=4).tolist() == make_starts(visited, seed=4).tolist()


def test_known_basins_of_two_units():
    # Unit 1 has attractors at +-x*, and its sign never changes; unit 2 decays.
    def step(h, inputs):
        return torch.stack([torch.tanh(2 * h[..., 0]), 0.5 * h[..., 1]], dim=-1)

    starts = RNG.uniform(-2, 2, (200, 2))
    found = find_fixed_points(step, NONE, starts)
    stable = dynamics.linearise(step, NONE, found.points).stable
    attractors = found.points[stable]
    assert len(attractors) == 2 and (~stable).sum() == 1
    result = dynamics.basins(step, NONE, starts, attractors)
    assert (np.sign(attractors[result.label, 0]) == np.sign(starts[:, 0])).all()
    for start, n in zip(starts[:20], result.arrival, strict=False):
        h, steps = start, 0
        while np.linalg.norm(h - attractors, axis=1).min() > 1e-2:
            h, steps = np.array([np.tanh(2 * h[0]), 0.5 * h[1]]), steps + 1
        assert n == steps
    too_few = dynamics.basins(step, NONE, [[1e-30, 0.0]], attractors, n_steps=3)
    assert too_few.label.tolist() == [-1] and np.isnan(too_few.arrival).all()
    assert dynamics.basins(step, NONE, starts, np.zeros((0, 2))).label.max() == -1


@pytest.mark.parametrize("kept", [1.0, 0.99])
def test_a_planted_line_attractor_is_recovered(kept):
    a, q = rotated([kept, 0.5, -0.4, 0.3, 0.1], seed=2)
    step = linear(a, np.zeros((5, 1)))
    starts = RNG.standard_normal((2000, 5))
    line = slow_manifold(step, NONE, starts, n_steps=20, towards=q[:, 0])
    assert line.direction == pytest.approx(q[:, 0], abs=1e-4)
    assert line.leading == pytest.approx(kept, abs=1e-9)
    assert line.straightness > 0.999
    assert line.length == pytest.approx(kept**20 * line.length_of_starts, rel=1e-3)
    assert line.drift == pytest.approx((kept - 1) * (line.path @ line.direction), abs=1e-6)
    said = pytest.warns(ContinuumWarning) if kept == 1 else nullcontext()
    with said:
        found = find_fixed_points(step, NONE, starts[:20], n_settle=60)
    assert found.continuum == (kept == 1)
    if kept == 1:  # every place on the line is a fixed point, and all of them are on it
        assert len(found.points) > 10
        assert found.points @ q[:, 1:] == pytest.approx(0, abs=1e-6)
    else:
        assert found.points == pytest.approx(np.zeros((1, 5)), abs=1e-5)


def test_the_slow_manifold_of_a_bistable_map_joins_its_attractors():
    def step(h, inputs):
        return torch.stack([torch.tanh(1.2 * h[..., 0]), 0.3 * h[..., 1]], dim=-1)

    curve = slow_manifold(step, NONE, RNG.uniform(-1, 1, (3000, 2)), towards=np.array([1.0, 0]))
    end = brentq(lambda x: np.tanh(1.2 * x) - x, 0.1, 1)
    assert curve.direction == pytest.approx([1, 0], abs=1e-3)
    assert np.abs(curve.path[[0, -1], 0]).max() < end * 1.05
    expected = np.tanh(1.2 * curve.path[:, 0]) - curve.path[:, 0]
    assert curve.drift == pytest.approx(expected, abs=1e-5)
    assert curve.leading == pytest.approx(
        1.2 * (1 - np.tanh(1.2 * curve.path[:, 0]) ** 2), abs=1e-9
    )


def test_one_point_is_no_manifold():
    with pytest.raises(ValueError, match="end at one point within 10 steps"):
        slow_manifold(linear(np.zeros((2, 2)), np.zeros((2, 1))), NONE, RNG.normal(size=(9, 2)))


def test_vector_fields_are_one_step_in_the_plane():
    a, b = RNG.standard_normal((6, 6)), RNG.standard_normal((6, 3))
    space, states = plane_of(6), RNG.standard_normal((40, 6))
    inputs = np.array(dynamics.CONDITIONS["strong right"])
    field = dynamics.vector_field(linear(a, b), inputs, space, states)
    for h, at, moved, speed in zip(states, field.position, field.change, field.speed, strict=True):
        d = a @ h + b @ inputs - h
        assert at == pytest.approx(h[:2]) and moved == pytest.approx(d[:2])
        assert speed == pytest.approx(np.linalg.norm(d))


def test_grid_and_thinned_states_cover_the_plane():
    space, visited = plane_of(5), RNG.standard_normal((4000, 5))
    grid = dynamics.plane_grid(space, visited, n_side=6)
    assert grid.shape == (36, 5) and np.ptp(grid[:, 2:]) == 0
    low, high = np.percentile(visited[:, :2], [0.1, 99.9], axis=0)
    assert in_plane(space, grid).min(axis=0) == pytest.approx(low)
    assert in_plane(space, grid).max(axis=0) == pytest.approx(high)
    some = dynamics.thinned(space, visited, n_side=6)
    assert {tuple(row) for row in some} <= {tuple(row) for row in visited}
    tiles = np.floor((some[:, :2] - low) / (high - low) * 6)
    assert len(np.unique(tiles, axis=0)) == len(some) and 20 < len(some) <= 36
    # One far away is in no tile.
    far = dynamics.thinned(space, np.concatenate([visited, np.full((1, 5), 1e25)]), n_side=6)
    assert {tuple(row) for row in far} <= {tuple(row) for row in visited}
    with pytest.raises(ValueError, match="visited must be at most"):
        dynamics.thinned(space, visited * 1e300)
    with pytest.raises(ValueError, match="n_side must be at least 2 and at most 10000"):
        dynamics.thinned(space, visited, n_side=2**70)


def test_the_trial_map_is_the_mean_over_observations():
    step, params = one_step(RecurrentNetwork(4, seed=2)), TaskParams()
    h = RNG.uniform(-0.5, 0.5, (1, 4))
    exact = change(trial_map(step, params), [0.7], h)[0] + h[0]
    rng = np.random.default_rng(1)
    n = 200_000
    side = np.where(rng.random(n) < 0.7, 1, 0)
    observed = np.zeros((n, 3))
    observed[:, :2] = rng.standard_normal((n, 2))
    observed[np.arange(n), side] += rng.choice(params.strengths, n)
    start = torch.as_tensor(iterate(step, [0, 0, 0], iterate(step, [0, 0, 1], h, 1), 1))
    ends = step(start.expand(n, 4), torch.as_tensor(observed)).numpy()
    error = ends.std(axis=0) / n**0.5
    assert (np.abs(ends.mean(axis=0) - exact) < 5 * error + 2e-4).all()


def test_the_known_slope_of_the_trial_map_is_that_of_autograd():
    step, params = own_networks.one_step(RecurrentNetwork(4, seed=2)), TaskParams()
    h = RNG.uniform(-0.5, 0.5, (3, 4))
    known, plain = trial_map(step, params), trial_map(lambda h, inputs: step(h, inputs), params)
    assert known.jacobian is not None and not hasattr(plain, "jacobian")
    for p in (0.0, 0.3, 1.0):
        slopes = (jacobians(whole, [p], h) for whole in (known, plain))
        np.testing.assert_allclose(*slopes, rtol=1e-12, atol=1e-15)


def test_fixed_points_of_a_trial_follow_the_side_of_the_block():
    # One unit that sums d = o^R - o^L and leaks: one attractor, on the side of the block.
    a, b = np.diag([0.9, 0.2]), np.array([[-0.05, 0.05, 0], [0, 0, 0.1]])
    found = trial_fixed_points(
        lambda h, u: torch.tanh(linear(a, b)(h, u)),
        TaskParams(),
        StateSpace(np.zeros(2), np.eye(2), np.array([0.5, 0.5]), *np.eye(2)[[0, 1, 0, 1]]),
        RNG.uniform(-1, 1, (4, 2)),
        [0.2, 0.5, 0.8],
    )
    assert found.stable.all() and found.p_right == pytest.approx([0.2, 0.5, 0.8])
    assert found.block[0] < -0.05 and found.block[2] == pytest.approx(-found.block[0])
    assert found.at(0.5).block == pytest.approx([0], abs=1e-7)
    assert found.at(0.5).decay == pytest.approx([-1 / (3 * np.log(0.9))], rel=0.05)


def test_bad_input():
    good, starts, space = tanh_unit(1.0), np.zeros((3, 2)), plane_of(2)
    nan = np.array([[0.0, np.nan]])
    calls = (
        (lambda f: f(lambda h, u: h[..., :1], NONE, starts), r"states of shape .*2\), got .*1\)"),
        (lambda f: f(lambda h, u: 3.0, NONE, starts), "must return states of shape .*got float"),
        (lambda f: f(lambda h, u: h * torch.nan, NONE, starts), "must return numbers, got NaN"),
        (lambda f: f(good, [np.nan], starts), "inputs must be finite"),
        (lambda f: f(good, 0.0, starts), "inputs must be a vector"),
        (lambda f: f(good, NONE, nan), "(states|starts) must be finite"),
        (lambda f: f(good, NONE, np.zeros(3)), r"(states|starts) must be an array \(n, n_state\)"),
    )
    for function in (
        find_fixed_points,
        jacobians,
        change,
        slow_manifold,
        lambda step, inputs, states: dynamics.vector_field(step, inputs, space, states),
        lambda step, inputs, states: dynamics.basins(step, inputs, states, np.ones((1, 2))),
    ):
        for call, message in calls:
            with pytest.raises(ValueError, match=message):
                call(function)
    more = (
        (lambda: find_fixed_points(good, NONE, np.zeros((0, 2))), "with entries"),
        (lambda: find_fixed_points(good, NONE, starts, tolerance=0), "tolerance must be greater"),
        (lambda: find_fixed_points(good, NONE, starts, visited=nan[:, :1]), "2 columns, got shape"),
        (lambda: make_starts(starts, n_starts=0), "n_starts must be at least 1"),
        (lambda: make_starts(starts, noise=-1), "noise must be at least 0"),
        (lambda: dynamics.vector_field(good, NONE, plane_of(3), starts), "3 columns, got shape"),
        (
            lambda: dynamics.basins(good, NONE, starts, np.zeros((1, 3))),
            "attractors must have 2 columns",
        ),
        (lambda: iterate(good, NONE, starts, -1), "n_steps must be at least 0"),
        (lambda: slow_manifold(good, NONE, RNG.normal(size=(9, 2)), towards=[1]), "towards must"),
        (lambda: trial_fixed_points(good, TaskParams(), space, starts, [1.2]), "p_right must"),
    )
    for call, message in more:
        with pytest.raises(ValueError, match=message):
            call()
