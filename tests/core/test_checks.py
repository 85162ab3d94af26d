"""Checks of what people pass in: what each names, and what it lets through."""

import ast
import math
import re

import numpy as np
import pytest

from iblrnn_helpers.core import checks


@pytest.mark.parametrize("value", [10**400, math.nan, -math.inf, "1", None, True, 1j, [1]])
def test_what_is_no_finite_number(value):
    with pytest.raises(ValueError, match="rate must be a finite number, got"):
        checks.number("rate", value)


@pytest.mark.parametrize("value", [-1, 2**63, 2**64, 1.0, "1", None])
def test_what_is_no_seed(value):
    with pytest.raises(ValueError, match=r"seed must be (at least 0 and at most|a whole number)"):
        checks.seed("seed", value)
    assert checks.seed("seed", 2**63 - 1) == 2**63 - 1  # every generator takes it
    np.random.default_rng(2**63 - 1)


@pytest.mark.parametrize(
    "value", [None, -1, 1.5, "a", True, math.nan, 2**63, [], [1, -1], (1, None)]
)
def test_what_gives_no_generator(value):
    with pytest.raises(ValueError, match=r"a_seed must be (at least 0 and at most|a whole number)"):
        checks.generator(value, "a_seed")


@pytest.mark.parametrize("value", [0, np.int64(3), (1, 2), np.random.SeedSequence(4)])
def test_a_generator_is_numpys_of_that_seed(value):
    assert checks.generator(value).random() == np.random.default_rng(value).random()
    generator = np.random.default_rng(1)
    assert checks.generator(generator) is generator


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.ma.array([[1.0, 99.0]], mask=[[0, 1]]), "must have no masked values, got 1"),
        (np.array([["2020-01-01", "NaT"]], "M8[ns]"), "must be real numbers"),
        (np.array([[1, 2]], "m8[s]"), "must be real numbers"),
        ([[1.0], [1.0, 2.0]], "must be an array, got rows of different lengths"),
        ([[1.0, -1e300]], r"must be at most 1e\+30 in size, got 1e\+300"),
        ([[np.inf, 1.0]], "must be finite"),
    ],
)
def test_what_is_no_finite_array(values, says):
    with pytest.raises(ValueError, match=f"x {says}"):
        checks.finite_array("x", values)


@pytest.mark.parametrize(
    "values",
    [[0, 1, 1e300], [0, 1, 2.0**63], np.array([0, 1, 2**63 + 5], np.uint64), [0, 1, -1e20]],
)
def test_whole_numbers_are_those_that_64_bits_hold(values):
    with pytest.raises(ValueError, match=r"x must be a whole number of at .* in row 2 \(from 0\)"):
        checks.column("x", values, (3,), np.int64, low=-9, of="row")


def test_numbers_of_a_column_are_finite_on_both_sides():
    for wrong in (np.inf, -np.inf, np.nan, 1e300):
        with pytest.raises(ValueError, match="x must be a finite number"):
            checks.column("x", [0.0, wrong], (2,), np.float64)
    with pytest.raises(ValueError, match="x must have no masked values, got 1"):
        checks.column("x", np.ma.array([0.0, 5.0], mask=[0, 1]), (2,), np.float64)


def test_the_nearest_of_two_within_rounding_is_meant():
    np.testing.assert_array_equal(
        checks.nearest([1e-7, 5e-7, 4e-7, 1], (1e-7, 5e-7)), [1e-7, 5e-7, 5e-7, np.nan]
    )


def test_more_memory_than_there_is_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"^x would need 1,000,000,000 GB of memory, and this"):
        checks.memory("x", 10**18)
    checks.memory("x", 10**6)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"profile": "pages"}, "profile must be one of 'smoke', 'page', 'paper', got 'pages'"),
        ({"profile": []}, "profile must be one of"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"trials_seed": "1"}, "trials_seed must be a whole number, got '1'"),
        ({"n_blocks": -3}, "n_blocks must be at least 0, got -3"),
        ({"n_blocks": 2.0}, "n_blocks must be a whole number, got 2.0"),
        ({"price": math.nan}, "price must be a finite number, got nan"),
        ({"price": -1}, "price must be at least 0"),
        ({"price": 1, "n_folds": 1}, "n_folds must be at least 2 and at most 9, got 1"),
    ],
)
def test_a_notebooks_parameters_are_named(values, says):
    ranges = {"price": (0.0, 1.0), "n_folds": (2, 9)}
    with pytest.raises(ValueError, match=says):
        checks.check_parameters(values, **ranges)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (list[str], "KS004", "mouse_list must be of type list[str], got 1"),
        (list[str], ["KS004"], "mouse_list must be of type list[str], got [1]"),
        (list[float], [1, 0.5], "mouse_list must be of type list[float], got ['a']"),
        (list[int], [], "mouse_list must be of type list[int], got 3"),
        (str, "KS004", "mouse_list must be of type str, got 1"),
        (bool, True, "mouse_list must be of type bool, got 1"),
        (int, 1, "mouse_list must be of type int, got True"),
        (float, 1, "mouse_list must be of type float, got '1'"),
    ],
)
def test_what_a_notebook_annotates_is_of_that_type(kind, right, wrong):
    def check(value):
        checks.check_parameters({"__annotations__": {"mouse_list": kind}, "mouse_list": value})

    check(right)
    value = ast.literal_eval(wrong.partition("got ")[2])
    with pytest.raises(ValueError, match=re.escape(wrong)):
        check(value)


def test_other_names_of_a_notebook_are_left_alone():
    right = {"profile": "smoke", "seed": 1, "n_blocks": 0, "price": 0.5, "_": -1, "names": ["n_"]}
    checks.check_parameters(right, price=(0.0, 1.0))
