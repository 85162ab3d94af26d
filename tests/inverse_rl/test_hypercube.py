import numpy as np
import pytest

from iblrnn_helpers.inverse_rl import hypercube
from iblrnn_helpers.inverse_rl.hypercube import (
    differences,
    halves,
    integrate,
    spike_counts,
    spins,
    walsh_hadamard,
)


def test_bits_of_a_states_number_are_its_active_neurons():
    states = spins(5)
    assert states.shape == (32, 5) and set(np.unique(states)) == {-1, 1}
    np.testing.assert_array_equal((states > 0) @ (1 << np.arange(5)), np.arange(32))
    np.testing.assert_array_equal(spike_counts(5), [bin(s).count("1") for s in range(32)])


def test_halves_and_differences_follow_the_bits():
    function = np.random.default_rng(0).normal(size=(16, 3))
    found = differences(function)
    for neuron in range(4):
        for state in range(16):
            on, off = state | 1 << neuron, state & ~(1 << neuron)
            np.testing.assert_array_equal(found[neuron, state], function[on] - function[off])
    silent, active = halves(np.arange(16), 2)
    assert not (silent & 4).any() and (active & 4).all()


def test_walsh_hadamard_is_the_plain_sum():
    function = np.random.default_rng(1).normal(size=(8, 2))
    states = spins(3)
    sets = (spins(3) + 1) // 2
    # Entry (S, σ): the product of −σ_j over the members j of S.
    matrix = np.prod(np.where(sets[:, None] == 1, -states[None], 1), axis=2)
    np.testing.assert_allclose(walsh_hadamard(function), matrix @ function, atol=1e-14)
    np.testing.assert_allclose(walsh_hadamard(walsh_hadamard(function)), 8 * function, atol=1e-14)
    # A transposed array must not be changed or read in another order.
    np.testing.assert_allclose(
        walsh_hadamard(np.asfortranarray(function)), matrix @ function, atol=1e-14
    )


def test_integrate_undoes_differences():
    function = np.random.default_rng(2).normal(size=(64, 2))
    found, residual = integrate(differences(function))
    np.testing.assert_allclose(found, function - function.mean(axis=0), atol=1e-13)
    assert residual < 1e-13


def test_integrate_is_least_squares_over_edges():
    # Random differences, which are no gradient; each edge of the cube counts once.
    random = np.random.default_rng(3)
    rows, targets = [], []
    changes = np.empty((3, 8))
    for neuron in range(3):
        for state in range(8):
            if not state >> neuron & 1:
                row = np.zeros(8)
                row[state | 1 << neuron], row[state] = 1, -1
                rows.append(row)
                targets.append(random.normal())
                changes[neuron, [state, state | 1 << neuron]] = targets[-1]
    best = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=None)[0]
    found, residual = integrate(changes)
    np.testing.assert_allclose(found, best - best.mean(), atol=1e-13)
    left = np.array(rows) @ best - targets
    assert residual == pytest.approx(np.sqrt(np.mean(left**2)), rel=1e-12)


def test_functions_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match="2\\^n"):
        walsh_hadamard(np.zeros(6))
    with pytest.raises(ValueError, match="changes must be"):
        integrate(np.zeros((2, 8)))


def drawn_problem(n=4, n_inputs=3):
    rng = np.random.default_rng(1)
    transitions = rng.dirichlet(np.ones(n_inputs), size=n_inputs)
    return rng, transitions, rng.normal(size=(2**n, n_inputs)), rng.uniform(0.1, 0.9, n)


def test_sweeps_are_those_of_the_plain_loop():
    _, transitions, reward, marginal = drawn_problem()
    active, silent, temperature = np.log(marginal), np.log1p(-marginal), 0.4
    value, n_sweeps, settled = np.zeros_like(reward), 0, False
    while not settled:
        future = (value @ transitions.T) / temperature
        total = np.zeros_like(reward)
        for neuron in range(4):
            there = future[hypercube.neighbours(4)[neuron]]
            on = hypercube.spins(4)[:, neuron, None] > 0
            one, other = np.where(on, future, there), np.where(on, there, future)
            total += np.logaddexp(active[neuron] + one, silent[neuron] + other)
        swept = reward + total * (temperature / 4)
        settled = np.ptp(swept - value, axis=0).max() < 1e-9
        value, n_sweeps = swept - swept.mean(axis=0), n_sweeps + 1
    problem = reward, transitions.T.copy(), active, silent, temperature
    found, done = hypercube.sweep_often(np.zeros_like(reward), *problem, 1e-9, 1_000)
    assert done and found == pytest.approx(value, rel=1e-12, abs=1e-13)
    assert hypercube.sweep_often(np.zeros_like(reward), *problem, 1e-9, n_sweeps)[1]
    assert not hypercube.sweep_often(np.zeros_like(reward), *problem, 1e-9, n_sweeps - 1)[1]


def test_steps_are_those_of_the_plain_loop():
    rng, transitions, _, _ = drawn_problem()
    probabilities = rng.random((4, 16, 3))
    law = expected = np.full((16, 3), 1 / 48)
    n_steps, moved = 0, np.inf
    while moved >= 1e-9:
        following = hypercube.step_law(expected, probabilities) @ transitions
        moved, expected, n_steps = np.abs(following - expected).sum(), following, n_steps + 1
    given = law, probabilities, transitions, 1e-9
    found, settled = hypercube.step_often(*given, n_steps)
    assert settled and found == pytest.approx(expected, rel=1e-12)
    assert not hypercube.step_often(*given, n_steps - 1)[1]


def test_what_is_remembered_cannot_be_changed():
    for array in (hypercube.neighbours(3), *hypercube.habits(np.full(3, 0.25).tobytes())):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    keeps, means = hypercube.habits(np.array([0.25, 0.5]).tobytes())
    assert keeps[0, :, 0] == pytest.approx(np.log(3) * np.array([1, -1, 1, -1]))
    assert means[:, 0] == pytest.approx(np.log([0.375, 0.125, 0.375, 0.125]) / 2)
