"""Figures of dynamics from arrays and points of any system, with the caller's names."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

import iblrnn_helpers as ibl
from iblrnn_helpers.mechanism import dynamics, figures
from iblrnn_helpers.representations.plane import Plane


def step(h):
    """Three bistable units: 8 attractors at the corners, 19 unstable points between them."""
    return torch.tanh(2 * h)


@pytest.fixture(scope="module")
def own():
    visited = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    plane = Plane(np.zeros(3), np.eye(3), readouts={"bit": [1, 0.5, 0]})
    found = ibl.find_fixed_points(step, [], visited[:600])
    near = ibl.linearise(step, [], found.points)
    basins = dynamics.basins(step, [], visited, found.points[near.stable])
    return SimpleNamespace(visited=visited, plane=plane, found=found, near=near, basins=basins)


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.lines}


def drawn(figure):
    FigureCanvasAgg(figure).draw()
    return figure.axes[0]


@pytest.mark.parametrize("kind", ["array", "pair of arrays", "search", "search and linearisation"])
def test_points_may_be_given_as_they_are(own, kind):
    states, stable = own.found.points, own.near.stable
    points = {
        "array": states,
        "pair of arrays": (states, stable),
        "search": own.found,
        "search and linearisation": (own.found, own.near),
    }[kind]
    figure = ibl.mechanism.fig_basins(own.basins, own.plane, condition="at rest", points=points)
    shown = lines(drawn(figure))
    if "and" in kind or "pair" in kind:
        np.testing.assert_array_equal(shown["stable fixed point"], states[stable, :2])
        np.testing.assert_array_equal(shown["unstable fixed point"], states[~stable, :2])
    else:
        np.testing.assert_array_equal(shown["fixed point"], states[:, :2])
    assert figure.axes[0].get_title() == "at rest" and "bit" in shown


def test_any_number_of_attractors_has_colours_and_the_caller_s_names(own):
    names = [f"memory {k}" for k in range(8)]
    ax = drawn(ibl.mechanism.fig_basins(own.basins, own.plane, names=names))
    expected = [f"ends at {name}" for name in names]
    labels = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert set(expected) <= set(labels)
    # The oracle: the corner of the start's own signs.
    corners = np.sign(own.basins.attractors)
    own_corner = np.sign(own.visited)[own.basins.label >= 0]
    np.testing.assert_array_equal(corners[own.basins.label[own.basins.label >= 0]], own_corner)
    colours = {tuple(colour) for colour in ax.collections[0].get_facecolors()}
    assert len(colours) == len(np.unique(own.basins.label))


def test_a_slow_manifold_is_drawn_in_a_plane(own):
    narrow = lambda h: h * torch.tensor([1.0, 0.5, 0.5]).double()  # noqa: E731
    curve = ibl.mechanism.slow_manifold(narrow, [], own.visited)
    figure = ibl.mechanism.fig_slow_manifold(own.plane, own.visited, manifold=curve)
    shown = lines(drawn(figure))
    np.testing.assert_allclose(shown["after 10 steps under this input"], curve.path[:, :2])
    with pytest.raises(ValueError, match="manifold must be a SlowManifold, got NoneType"):
        ibl.mechanism.fig_slow_manifold(own.plane, own.visited)


def test_a_search_is_shown_with_and_without_stability(own):
    for linearised, labels in (
        (None, {"a fixed point", "no fixed point"}),
        ({"mine": own.near}, set(figures.ENDS)),
        ({"mine": own.near.stable}, set(figures.ENDS)),
    ):
        ax = drawn(ibl.mechanism.fig_fixed_point_search({"mine": own.found}, linearised))
        texts = {text.get_text() for text in ax.figure.legends[0].get_texts()}
        assert texts == labels and [t.get_text() for t in ax.get_yticklabels()] == ["mine"]
        width = sum(bar.get_width() for bar in ax.patches)
        assert width == pytest.approx(1)


def test_eigenvalues_and_time_constants_take_arrays(own):
    values = np.array([[0.9, 0.5, 0.1], [1.2, 0.5j, -0.5j]])
    ax = drawn(ibl.mechanism.fig_eigenvalues(values, names=["a", "b"]))
    offsets = ax.collections[0].get_offsets()
    np.testing.assert_allclose(np.sort(offsets[:, 0]), [0.1, 0.5, 0.9])
    assert ax.get_xlim()[1] > 1.2  # that what grows is seen
    ax = drawn(ibl.mechanism.fig_time_constants(values, names=["a", "b"]))
    assert ax.get_ylabel() == "time constant (steps)"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), -1 / np.log([0.9, 0.5, 0.1]))
    slowest = ibl.linearise(step, [], own.found.points[:2])
    shown = ibl.mechanism.fig_time_constants(slowest, names=["a", "b"], steps_per_trial=2.0)
    assert drawn(shown).get_ylabel() == "time constant (trials)"
    expected = np.abs(slowest.time_constants) / 2
    np.testing.assert_allclose([line.get_ydata() for line in shown.axes[0].lines[:2]], expected)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda f: ibl.mechanism.fig_basins(f.basins, f.visited), "plane must be a Dynamics"),
        (
            lambda f: ibl.mechanism.fig_basins(f.basins, f.plane, names=["a"]),
            "names must be of 8 attractors, got 1",
        ),
        (
            lambda f: ibl.mechanism.fig_basins(f.basins, f.plane, points=(f.found, [True])),
            "stability must be 27 times True or False",
        ),
        (
            lambda f: ibl.mechanism.fig_eigenvalues(np.ones((2, 3)), names=["a"]),
            r"must be of 1 points, as names are, got eigenvalues of shape \(2, 3\)",
        ),
    ],
)
def test_what_does_not_fit_is_named(own, draw, said):
    with pytest.raises(ValueError, match=said):
        draw(own)
