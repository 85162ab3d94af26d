"""Networks beside each other: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pandas as pd
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import same_color

from iblrnn_helpers.core import plot_seeds as seeds

TARGETS = {"correct": (0.835, 0.875), "angle": (55.0, 85.0), "order": (1.0, 1.0)}
TARGETED = {"correct": 0.855, "angle": 68.0}
DOTS = {"variance (share)": [0.88, 0.9, np.nan, 0.89], "angle (degrees)": [72.0, 60.0]}
PUBLISHED, BANDS = {"angle (degrees)": 68}, {"angle (degrees)": (65, 80)}
ROWS = {"RNN": [0.5, 0.6, 0.53], "Bayesian observer": [0.7], "a mouse": 0.4}
SHARES = pd.DataFrame(
    {"10 units": [1.0, 0.4, 0.0], "a longer name": [0.6, np.nan, 1.0]}, index=list(TARGETS)
)
GROUPED = pd.DataFrame(
    {"10 units": [1.0, 0.4, 0.0], "a longer name": [0.9, np.nan, 1.0]},
    index=pd.MultiIndex.from_tuples([("first", "a"), ("first", "b"), ("second", "c")]),
)
BY_SETTING = {
    "correct": {2: [0.8, 0.81, 0.82], 50: [0.84] * 9, 250: []},
    "angle": {2: [40.0], 50: [70.0, 71.0, 72.0], 250: [73.0]},
    "order": {2: [1.0], 50: [2.0], 250: [3.0]},
}
STEPS = [5_000, 20_000, 100_000]
ALONG = {"correct": np.array([[0.5, 0.87, 0.85], [0.4, 0.86, 0.84]]), "angle": np.eye(3)[:2] * 60}
FIGURES = {
    "seeds": lambda: seeds.fig_seeds(DOTS, PUBLISHED, bands=BANDS),
    "rows": lambda: seeds.fig_rows({"reward per trial": ROWS, "reward per step": ROWS}),
    "shares": lambda: seeds.fig_shares(SHARES, xlabel="kind of network"),
    "verdicts": lambda: seeds.fig_verdicts(GROUPED),
    "by setting": lambda: seeds.fig_by_setting(BY_SETTING, TARGETED, bands=TARGETS, xlabel="units"),
    "along": lambda: seeds.fig_along(ALONG, STEPS, TARGETED, bands=TARGETS, xlabel="steps"),
}
WITHOUT_LEGEND = ("shares", "verdicts")  # a bar says what its tiles are


@pytest.mark.parametrize("name", FIGURES)
def test_demands_on_every_figure(name):
    figure = FIGURES[name]()
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)
    if name in ("seeds", "rows"):  # what are rows is named by their titles or ticks
        for ax in figure.axes:
            assert ax.get_title(loc="left") if name == "seeds" else ax.get_xlabel()
            ax.set(title="rows", xlabel="quantity")
    if name not in WITHOUT_LEGEND:
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
    found = {}
    for dots in ax.collections:
        (colour,), (path,) = dots.get_facecolors(), dots.get_paths()
        for role, look in seeds.ROLES.items():
            mark = seeds.style.matplotlib.markers.MarkerStyle(look["marker"])
            its_path = mark.get_path().transformed(mark.get_transform())
            if same_color(colour, look["color"]) and np.array_equal(
                path.vertices, its_path.vertices
            ):
                assert dots.get_label() == role
                found[role] = dots.get_offsets()[:, 0].tolist()
    return found


def test_networks_outside_the_band_are_told_apart():
    figure = FIGURES["seeds"]()
    first, second = figure.axes
    assert first.get_title(loc="left") == "variance (share)"
    assert roles_of(first) == {"main network": [0.88], "other networks": [0.9, 0.89]}
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


def test_each_share_has_its_tile():
    ax = FIGURES["shares"]().axes[0]
    (tiles,) = ax.collections
    np.testing.assert_array_equal(tiles.get_array().filled(np.nan), SHARES)
    assert tiles.get_clim() == (0, 1)
    light = tiles.to_rgba([0, 0.25, 0.5, 0.75, 1])[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(light) < -0.1).all()  # also told apart in grey
    crosses = [text.get_position() for text in ax.texts if text.get_text() == "×"]
    assert crosses == [(0.5, 2.5)]  # the third claim, which holds in no network of 10 units
    assert [t.get_text() for t in ax.get_xticklabels()] == list(SHARES.columns)
    assert [t.get_text() for t in ax.get_yticklabels()] == list(SHARES.index)


def test_a_tile_says_whether_all_some_or_no_networks_hold_a_claim():
    figure = FIGURES["verdicts"]()
    ax, bar = figure.axes
    at = {text.get_position(): text.get_text() for text in ax.texts}
    # Nine of ten are not all; where there is no number there is no mark.
    marks = {(0.5, 0.5): "●", (0.5, 1.5): "◐", (0.5, 2.5): "○", (1.5, 0.5): "◐", (1.5, 2.5): "●"}
    assert at.items() >= marks.items() and (1.5, 1.5) not in at
    (tiles,) = ax.collections
    light = tiles.to_rgba([0, 1, 2])[:, :3] @ [0.299, 0.587, 0.114]
    assert np.diff(np.sort(light)).min() > 0.15  # also told apart in grey
    assert [t.get_text() for t in bar.get_xticklabels()] == ["○ in none", "◐ in some", "● in all"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c"]
    assert [text for (x, _), text in at.items() if x > 2] == ["first", "second"]
    assert [line.get_ydata()[0] for line in ax.lines] == [0, 2]


def test_dots_are_the_networks_of_a_setting():
    figure = FIGURES["by setting"]()
    for ax, by_setting in zip(figure.axes, BY_SETTING.values(), strict=False):
        dots = np.concatenate([dots.get_offsets() for dots in ax.collections])
        for x, values in enumerate(by_setting.values()):
            assert dots[dots[:, 0] == x, 1].tolist() == values
        assert len(dots) == sum(map(len, by_setting.values()))
    assert len(figure.axes) == 3
    assert [t.get_text() for t in figure.axes[2].get_xticklabels()] == ["2", "50", "250"]


def test_lines_are_the_networks_and_their_mean():
    ax = FIGURES["along"]().axes[0]
    networks = [line for line in ax.lines if line.get_label() == "a network"]
    assert [line.get_ydata().tolist() for line in networks[:2]] == ALONG["correct"].tolist()
    (mean,) = (line for line in ax.lines if line.get_label() == "mean")
    assert mean.get_ydata() == pytest.approx([0.45, 0.865, 0.845])
    assert mean.get_xdata().tolist() == STEPS and same_color(mean.get_color(), seeds.style.BLUE)


def test_bad_input():
    calls = (
        (lambda: seeds.fig_seeds({"a": []}), r"results\['a'\] must hold at least one value"),
        (lambda: seeds.fig_seeds(DOTS, {"slope": 1.0}), "quantities in results, got 'slope'"),
        (lambda: seeds.fig_seeds({"a": 3.0}), r"results\['a'\] must be"),
        (lambda: seeds.fig_shares(SHARES * 2, xlabel=""), "within 0 to 1"),
        (lambda: seeds.fig_shares(SHARES.iloc[:0], xlabel=""), "shares must hold at least one"),
        (lambda: seeds.fig_verdicts(GROUPED * 2), "within 0 to 1"),
        (lambda: seeds.fig_along(ALONG, [1], xlabel=""), "must have same first dimension"),
        (lambda: seeds.fig_rows({}), "results must hold at least one value"),
        (lambda: seeds.fig_rows({"a": {"x": 1}, "b": {"y": 1}}), "must have the rows"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def test_labels_are_measured_on_few_pictures(monkeypatch):
    """Seaborn measures each, and a picture of a figure of 80 rows is 8 MB."""
    made = []
    sizes = RendererAgg.__init__
    monkeypatch.setattr(
        RendererAgg, "__init__", lambda self, *size: made.append(size) or sizes(self, *size)
    )
    many = pd.DataFrame(
        {"10 units": np.linspace(0, 1, 80)}, index=[f"claim {k}" for k in range(80)]
    )
    figure = seeds.fig_shares(many, xlabel="kind of network")
    assert len(made) <= 2
    assert len(figure._repr_png_()) > 10_000
