import numpy as np
import pytest

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
