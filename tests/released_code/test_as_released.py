"""What the released code does, against plain loops, linear maps and symmetry."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted import N_UNITS, planted_network, planted_session

from iblrnn_helpers.agents.rnn import RecurrentNetwork
from iblrnn_helpers.released_code import as_released as code
from iblrnn_helpers.released_code.as_released import descend, lyapunov_basin
from iblrnn_helpers.representations.state_space import fit_state_space, task_aligned

SESSION = planted_session()
NETWORK = planted_network([1.0, 0.4, 0, 0, 0, 0, 0, 0])
SPACE = fit_state_space(SESSION, NETWORK)
SHEARED = np.array([[0.5, 2.0], [0.0, 0.6]])  # far from normal: its transpose is another map


def test_projected_twice_is_a_loop_and_depends_on_a_sign():
    states = SESSION.states[:50]
    expected = []
    for state in states:
        x = SPACE.components[:2] @ (state - SPACE.mean)
        pair = np.array([x @ SPACE.stimulus_in_plane, x @ SPACE.block_in_plane])
        expected.append([pair @ SPACE.stimulus_in_plane, pair @ SPACE.block_in_plane])
    np.testing.assert_allclose(code.projected_twice(SPACE, states), expected, atol=1e-12)
    turn = np.array([1.0, -1.0])
    turned = replace(
        SPACE,
        components=SPACE.components * np.array([1, -1, *[1] * (N_UNITS - 2)])[:, None],
        stimulus_in_plane=SPACE.stimulus_in_plane * turn,
        block_in_plane=SPACE.block_in_plane * turn,
    )
    np.testing.assert_allclose(
        task_aligned(turned, states), task_aligned(SPACE, states), atol=1e-12
    )
    np.testing.assert_allclose(
        code.projected_twice(SPACE, states, flip_second_pc=True),
        code.projected_twice(turned, states),
        atol=1e-12,
    )


def test_released_angles_depend_on_the_mean():
    components = np.eye(N_UNITS)
    space = replace(
        SPACE, mean=np.zeros(N_UNITS), components=components, block_in_plane=np.array([0.0, 1.0])
    )
    network = planted_network(2 * np.eye(N_UNITS)[0])  # the right row, of length 2
    assert code.released_angles(space, network) == pytest.approx((90, 90))
    moved = replace(space, mean=np.array([0, -0.5, *[0] * (N_UNITS - 2)]))
    plane, _ = code.released_angles(moved, network)
    assert plane == pytest.approx(np.degrees(np.arctan(2)))  # (1, 0) - (0, -0.5) against (0, 1)
    moved = replace(space, mean=np.array([1.0, 0, *[0] * (N_UNITS - 2)]) / np.sqrt(3))
    _, full = code.released_angles(moved, network)
    assert full == pytest.approx(60)  # (0, 1) + (1 / sqrt(3), 0) against (1, 0)


def test_the_edit_is_made_in_a_copy():
    network = RecurrentNetwork(6, seed=3)
    before = network.readout.weight.detach().clone()
    edited = code.with_unit_right_row(network)
    assert torch.equal(network.readout.weight, before)
    after = edited.readout.weight.detach()
    assert torch.equal(after[0], before[0])
    torch.testing.assert_close(after[1], before[1] / before[1].norm())
    with torch.no_grad():
        edited.readout.weight.copy_(torch.eye(6)[:2])  # norm sqrt(2)
    assert code.inherited_readout_scale(edited) == pytest.approx(np.sqrt(6))


def test_rounding_is_to_the_nearest_half_precision_number():
    found = code.with_rounded_states(SESSION)
    assert found.states.dtype == np.float64 and found.trials is SESSION.trials
    error = np.abs(found.states - SESSION.states)
    assert error.max() > 0
    assert (error <= 2.0**-11 * np.abs(SESSION.states) + 1e-7).all()  # 11 bits of mantissa
    again = code.with_rounded_states(found)
    np.testing.assert_array_equal(again.states, found.states)


def linear(matrix):
    transposed = torch.from_numpy(np.array(matrix)).T
    return lambda h, inputs: h @ transposed


def test_descent_is_its_plain_loop():
    starts = np.array([[1.0, 2.0], [-0.5, 0.3], [0.2, -2.0]])
    h, velocity = starts.copy(), np.zeros_like(starts)
    g_matrix = np.eye(2) - SHEARED
    for _ in range(7):
        g = h @ g_matrix.T
        gradient = g / np.linalg.norm(g, axis=1, keepdims=True) @ g_matrix / len(h)
        velocity = 0.9 * velocity + gradient
        h = h - 0.1 * velocity
    found = descend(linear(SHEARED), np.zeros(3), starts, n_steps=7)
    np.testing.assert_allclose(found.points, h, atol=1e-12)
    np.testing.assert_allclose(found.residual, np.linalg.norm(h @ g_matrix.T, axis=1), atol=1e-12)
    assert found.stable.all() and found.stable_real.all()
    np.testing.assert_array_equal(starts[0], [1.0, 2.0])  # untouched


def test_the_real_part_does_not_tell_stability_of_a_map():
    spiral = descend(linear([[0.9, -0.9], [0.9, 0.9]]), np.zeros(3), np.ones((1, 2)), n_steps=0)
    assert spiral.stable_real.tolist() == [True] and spiral.stable.tolist() == [False]


def curved(matrix, c):
    """A h, and c ||h||^2 along the first axis."""
    apply = linear(matrix)

    def step(h, inputs):
        bent = torch.zeros_like(h)
        bent[..., 0] = c * (h**2).sum(dim=-1)
        return apply(h, inputs) + bent

    return step


@pytest.mark.parametrize("as_released", [False, True])
def test_lyapunov_bound_by_the_series_of_its_matrix(as_released):
    """P = sum over k of (A^k)' A^k, or of A^k (A^k)'; then the bound is a radius gamma / c."""
    power, p = np.eye(2), np.zeros((2, 2))
    for _ in range(300):
        p += power @ power.T if as_released else power.T @ power
        power = SHEARED @ power
    size, largest = np.linalg.norm(SHEARED, 2), np.linalg.eigvalsh(p).max()
    gamma = np.roots([largest, 2 * largest * size, -1]).max()
    c = 0.5
    direction = np.array([[0.6, 0.8]])
    inside, outside = (direction * factor * gamma / c for factor in (0.99, 1.01))
    found = lyapunov_basin(
        curved(SHEARED, c),
        np.zeros(3),
        np.zeros(2),
        np.concatenate([inside, outside]),
        as_released=as_released,
    )
    assert found.tolist() == [True, False]


def test_the_bound_needs_a_stable_point_and_holds_everywhere_in_a_linear_map():
    starts = 100 * np.array([[1.0, 0], [0.3, -1]])
    assert lyapunov_basin(linear(SHEARED), np.zeros(3), np.zeros(2), starts).all()
    with pytest.raises(ValueError, match="stable fixed point"):
        lyapunov_basin(linear(2 * np.eye(2)), np.zeros(3), np.zeros(2), starts)
