"""A plane of any system: scikit-learn's PCA is the oracle, and what does not fit is named."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

import iblrnn_helpers as ibl
from iblrnn_helpers.mechanism.dynamics import plane_grid, thinned, vector_field
from iblrnn_helpers.representations.plane import Plane

STATES = np.random.default_rng(0).standard_normal((200, 5)) * [1, 4, 2, 0.1, 0.5] + 3


def test_it_is_the_plane_of_scikit_learns_pca():
    pca = PCA().fit(STATES)
    plane = Plane.of(STATES)
    theirs = Plane(pca.mean_, pca.components_)
    assert plane.variance == pytest.approx(pca.explained_variance_ratio_)
    ours, expected = (ibl.representations.in_plane(one, STATES) for one in (plane, theirs))
    np.testing.assert_allclose(np.abs(ours), np.abs(expected), atol=1e-10)
    assert plane.n_units == 5 and theirs.variance is None


def test_a_readout_is_where_its_gradient_meets_the_plane():
    """The log odds w . h of states in the plane grow along the arrow, and not across it."""
    w = np.array([0.3, -1.0, 2.0, 5.0, 0.0])
    plane = Plane.of(STATES, readouts={"w": w})
    across = plane.directions["w"] @ [[0, -1], [1, 0]]
    lifted = np.array([plane.directions["w"], across]) @ plane.components[:2]
    along, none = lifted @ w
    assert along > 0 and none == pytest.approx(0, abs=1e-12)
    assert np.linalg.norm(plane.directions["w"]) == pytest.approx(1)


def test_fields_and_grids_take_it():
    """Of the map h -> h / 2 a step goes half of the way to 0."""
    plane = Plane(np.zeros(5), np.eye(5)[:2])
    grid = plane_grid(plane, STATES, n_side=4)
    assert grid.shape == (16, 5) and not grid[:, 2:].any()
    field = vector_field(lambda h: h / 2, [], plane, grid)
    np.testing.assert_allclose(field.change, -grid[:, :2] / 2)
    np.testing.assert_allclose(field.speed, np.linalg.norm(grid, axis=1) / 2)
    few = thinned(plane, STATES, n_side=3)
    assert 4 <= len(few) <= 9 and set(map(tuple, few)) <= set(map(tuple, STATES))


def test_the_figure_of_a_plane_has_the_caller_s_names():
    plane = Plane(np.zeros(2), np.eye(2), readouts={"my choice": [1, 1]}, names=("x", "y"))
    step = lambda h: torch.tanh(2 * h)  # noqa: E731
    visited = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    found = ibl.find_fixed_points(step, [], visited)
    field = vector_field(step, [], plane, plane_grid(plane, visited))
    near = ibl.linearise(step, [], found.points)
    figure = ibl.mechanism.fig_7c_vector_fields({"a": field}, plane, points={"a": (found, near)})
    ax = figure.axes[0]
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("a", "x", "y")
    lines = {line.get_label(): line.get_xydata() for line in ax.lines}
    assert set(lines) == {"my choice", "stable fixed point", "unstable fixed point"}
    assert len(lines["stable fixed point"]) == 4 and len(lines["unstable fixed point"]) == 5


def test_components_in_float32_are_a_plane():
    rng = np.random.default_rng(0)
    states = rng.standard_normal((1500, 30)) @ rng.standard_normal((30, 1000)) + 5
    found = PCA(30).fit(states.astype(np.float32))
    assert found.components_.dtype == np.float32
    plane = Plane(found.mean_, found.components_)
    # The same plane as that of float64: the projection onto one keeps the other's directions.
    exact = Plane.of(states).components[:2]
    kept = np.linalg.norm(exact @ plane.components[:2].T, ord=-2)
    assert kept == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"components": np.ones((2, 3))}, "components must be orthonormal rows"),
        ({"components": np.eye(3)[:1]}, "components must be at least two rows, got 1"),
        ({"components": np.eye(4)}, "components must have 3 columns"),
        ({"mean": np.zeros((1, 3))}, "mean must be a vector"),
        ({"variance": [1.0]}, "variance must have 3 values, got 1"),
        ({"readouts": {"up": [0, 0, 1]}}, r"readouts\['up'\] must not be orthogonal"),
        ({"readouts": {"up": [0, 1]}}, r"readouts\['up'\] must have 3 columns"),
        ({"readouts": np.eye(3)}, "readouts must be directions by name, in a dict, got ndarray"),
        ({"names": ("x",)}, "names must be two"),
    ],
)
def test_what_does_not_fit_is_named(fields, said):
    with pytest.raises(ValueError, match=said):
        Plane(**{"mean": np.zeros(3), "components": np.eye(3), **fields})
