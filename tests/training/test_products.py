"""Products in vector registers against NumPy's, for every way in which rows and columns end."""

import numpy as np
import pytest
from numba import njit

from iblrnn_helpers.training import products

# Numbers of rows around the steps of the loops, and of stripes: 4, 2 and 1 side by side, all used
ROWS = (0, 1, 2, 5, 6, 7, 13)
STRIPES = (1, 2, 3, 4, 7)


@njit
def product(out, x, matrix):
    products.product(out, x, matrix)


@njit
def outer_products(out, left, right, n):
    products.outer_products(out, left, right, n)


@njit
def dot(x, y):
    return products.dot(x, y)


@njit
def multiply_add(x, y, z):
    return products.multiply_add(x, y, z)


def integers(rng, dtype, *shape):
    """Sums of their products are exact, in any order; not where a register would begin."""
    flat = np.empty(int(np.prod(shape)) + 1, dtype)[1:]
    flat[:] = rng.integers(-9, 10, flat.shape)
    return flat.reshape(shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_they_are_those_of_numpy(dtype):
    rng = np.random.default_rng(3)
    for k in ROWS:
        for m in products.STRIPE * np.array(STRIPES):
            out, x = integers(rng, dtype, m), integers(rng, dtype, k + 2)
            matrix = integers(rng, dtype, k, m)
            product(out, x, matrix)
            assert np.array_equal(out, x[:k] @ matrix), (k, m)

            n = int(rng.integers(0, 9))
            left, right = integers(rng, dtype, n + 1, k + 3), integers(rng, dtype, n + 2, m)
            out = integers(rng, dtype, k, m)
            outer_products(out, left, right, n)
            assert np.array_equal(out, left[:n, :k].T @ right[:n]), (k, m, n)
            assert dot(right[0], right[1]) == right[0] @ right[1]


def test_they_write_nothing_beside_the_result():
    whole = np.full(3 * products.STRIPE, 7, "f4")
    one = np.ones((2, products.STRIPE), "f4")
    product(whole[products.STRIPE : 2 * products.STRIPE], one[0], one)
    assert whole.tolist() == [7] * 16 + [2] * 16 + [7] * 16


def test_what_is_not_finite_stays_in_its_column():
    matrix = np.ones((3, products.STRIPE), "f4")
    matrix[1, 4], matrix[2, 9] = np.nan, np.inf
    out = np.empty(products.STRIPE, "f4")
    product(out, np.ones(3, "f4"), matrix)
    assert np.isnan(out[4]) and np.isinf(out[9])
    assert (np.delete(out, [4, 9]) == 3).all()


def test_a_sum_has_the_order_that_is_written():
    """Even terms and odd ones; one after another over time; sixteen lanes and their halves."""
    big, stripe = np.float32(2**24), products.STRIPE  # big + 1 == big
    out, x = np.empty(stripe, "f4"), np.array([big, 1, -big, 1], "f4")
    product(out, x, np.ones((4, stripe), "f4"))
    assert (out == 2).all()  # one after another it would be 1
    sums = np.empty((1, stripe), "f4")
    outer_products(sums, x[:, None], np.ones((4, stripe), "f4"), 4)
    assert (sums == 1).all()
    y = np.zeros(2 * stripe, "f4")
    y[[0, stripe]], y[[1, 2]] = [big, -big], 1
    assert dot(y, np.ones_like(y)) == 2
    y[:] = 0
    y[[0, 8, 4]] = big, -big, 1
    assert dot(y, np.ones_like(y)) == 1  # lane 8 to lane 0 before lane 4


def test_a_product_is_added_to_a_third_number():
    assert multiply_add(np.float32(3), np.float32(5), np.float32(-1)) == 14


def test_rows_that_lie_apart_are_refused():
    matrix = np.ones((products.STRIPE, 2 * products.STRIPE), "f4")
    with pytest.raises(TypeError, match="must be contiguous"):
        product(matrix[0, ::2], matrix[1], matrix[:, ::2])
