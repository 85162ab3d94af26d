"""Networks beside each other: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.collections import PathCollection
from matplotlib.colors import same_color

from iblrnn_helpers.core import plot_seeds as seeds
from iblrnn_helpers.core.means import Measured

DOTS = {"variance (share)": [0.88, 0.9, np.nan, 0.89], "angle (degrees)": [72.0, 60.0]}
PUBLISHED, BANDS = {"angle (degrees)": 68}, {"angle (degrees)": (65, 80)}
ROWS = {"RNN": [0.5, 0.6, 0.53], "Bayesian observer": [0.7], "a mouse": 0.4}
VALUES = {
    "correct": {"50 units": [0.84, 0.9, 0.2], "10 units": [0.86]},
    "angle": {"50 units": [68.0, 73.0, np.nan], "10 units": []},
    "order": {"50 units": [1.0, 1.0], "10 units": [0.5]},
}
FIGURES = {
    "seeds": lambda: seeds.fig_seeds(DOTS, PUBLISHED, bands=BANDS),
    "forest": lambda: seeds.fig_forest(
        VALUES,
        {"correct": (0.835, 0.875), "angle": (55.0, 85.0), "order": (1.0, 1.0)},
        {"correct": 0.855, "angle": 68.0},
        means={"angle": Measured(70.7, (68.0, 73.0)), "correct": Measured(0.865)},
    ),
    "rows": lambda: seeds.fig_rows({"reward per trial": ROWS, "reward per step": ROWS}),
}
EIGHT = {str(k): [0.5] for k in range(8)}


@pytest.mark.parametrize("name", FIGURES)
def test_demands_on_every_figure(name):
    figure = FIGURES[name]()
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)
    for ax in figure.axes:
        assert ax.get_title(loc="left") if name == "seeds" else ax.get_xlabel()
        ax.set(title="rows", xlabel="quantity")  # rows are named by their ticks or titles
    demands.test_axes_are_labelled_and_a_legend_says_who_is_who(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(name):
    demands.is_drawn_where_told(FIGURES[name], seeds)


def dots_of(ax):
    """Colour and place of every dot, in the order in which they are drawn."""
    for dots in ax.findobj(PathCollection):
        colours = np.broadcast_to(dots.get_facecolors(), (len(dots.get_offsets()), 4))
        yield from zip((tuple(c[:3]) for c in colours), dots.get_offsets().tolist(), strict=True)


def roles_of(ax):
    """Values of the networks of each role, told by its colour and the shape of its mark."""
    (dots,) = ax.collections
    found = {}
    for path, (colour, (x, _)) in zip(dots.get_paths(), dots_of(ax), strict=True):
        for role, (its_colour, marker) in seeds.ROLES.items():
            its_path = seeds.style.matplotlib.markers.MarkerStyle(marker)
            its_path = its_path.get_path().transformed(its_path.get_transform())
            if same_color(colour, its_colour) and np.array_equal(path.vertices, its_path.vertices):
                found.setdefault(role, []).append(x)
    return found


def test_networks_outside_the_band_are_told_apart():
    figure = FIGURES["seeds"]()
    first, second = figure.axes
    assert first.get_title(loc="left") == "variance (share)"
    assert roles_of(first) == {"main network": [0.88], "other networks": [0.89, 0.9]}
    assert roles_of(second) == {"main network": [72], "network outside": [60]}
    lines = {line.get_label(): line for line in second.lines}
    assert lines["published"].get_xdata()[0] == 68
    assert "published" not in {line.get_label() for line in first.lines}
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"main network", "other networks", "network outside", "published"} < {*named}
    assert "main network, outside" not in named
    (outside,) = seeds.fig_seeds({"a": [3.0]}, bands={"a": (0, 1)}).axes
    assert roles_of(outside) == {"main network, outside": [3.0]}


@pytest.mark.parametrize(
    ("values", "published", "band"),
    [
        ([0.84, 0.85], 0.855, (0.8, 0.9)),
        ([0.84, 0.85], None, (0.0, 1.0)),  # far from the lower end
        ([5.0], None, (-1e6, 5.0)),  # at an end
        ([3.0, 4.0], 3.5, (0.0, 0.1)),  # far outside
        ([-2.0, -2.0], None, (-2.0, -2.0)),  # of a single value
        ([np.nan], None, (0.0, 1.0)),
    ],
)
def test_an_axis_shows_everything_and_where_the_band_ends(values, published, band):
    low, high = seeds.row_limits(np.array(values), published, band)
    shown = [v for v in (*values, published) if v is not None and np.isfinite(v)]
    assert all(low < value < high for value in shown)
    assert low < band[0] < high or low < band[1] < high


def test_dots_stand_at_their_place_in_the_band_with_the_colour_of_their_group():
    ax = FIGURES["forest"]().axes[0]
    drawn = [(x, round(y), colour) for colour, (x, y) in dots_of(ax)]
    for group, (colour, _), wanted in (
        ("50 units", seeds.GROUP_LOOKS[0], ([-0.75, 2.25, -seeds.EDGE], [-2 / 15, 0.2], [0, 0])),
        ("10 units", seeds.GROUP_LOOKS[1], ([0.25], [], [-seeds.EDGE])),
    ):
        for row, places in enumerate(wanted):  # 0.2 of 0.835 to 0.875 is far out
            found = [x for x, y, its in drawn if y == row and same_color(its, colour)]
            assert sorted(found) == pytest.approx(sorted(places)), (group, row)
    bars = [line.get_xydata().tolist() for line in ax.lines if line.get_label() == "published"]
    assert bars == [[[0, 0]], [[pytest.approx(-2 / 15), 1]]]
    first, second = ax.containers
    assert first.lines[0].get_xydata().tolist() == [[pytest.approx(0.5), 0]]
    assert second.lines[0].get_xydata().tolist() == [[pytest.approx(0.7 / 15), 1]]
    reach = second.lines[2][0].get_segments()[0]
    assert reach[:, 0] == pytest.approx([-2 / 15, 0.2])
    assert [text.get_text() for text in ax.get_yticklabels()] == list(VALUES)


def test_a_dot_for_every_network_and_a_bar_for_the_median():
    for ax in FIGURES["rows"]().axes:
        assert [place for _, place in dots_of(ax)] == [
            [value, row] for row, of in enumerate(ROWS.values()) for value in np.atleast_1d(of)
        ]
        (medians,) = ax.lines
        assert medians.get_xydata().tolist() == [[0.53, 0]]
    first = FIGURES["rows"]().axes[0]
    assert [text.get_text() for text in first.get_yticklabels()] == list(ROWS)
    assert first.get_xlabel() == "reward per trial"


def test_bad_input():
    calls = (
        (lambda: seeds.fig_seeds({"a": []}), r"results\['a'\] must hold at least one value"),
        (lambda: seeds.fig_seeds(DOTS, {"slope": 1.0}), "quantities in results, got 'slope'"),
        (lambda: seeds.fig_seeds({"a": 3.0}), r"results\['a'\] must be"),
        (lambda: seeds.fig_forest({"a": EIGHT}, {"a": (0, 1)}), "may hold 7 groups, got 8"),
        (lambda: seeds.fig_forest({"a": {"x": [1]}}, {"b": (0, 1)}), "'a' is missing"),
        (lambda: seeds.fig_rows({}), "results must hold at least one value"),
        (lambda: seeds.fig_rows({"a": {"x": 1}, "b": {"y": 1}}), "must have the rows"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
