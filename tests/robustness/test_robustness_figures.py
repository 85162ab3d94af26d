"""Robustness in pictures: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pandas as pd
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.colors import same_color

from iblrnn_helpers.core.plot_style import BLUE
from iblrnn_helpers.robustness import figures

BANDS = {"correct": (0.835, 0.875), "angle": (55.0, 85.0), "order": (1.0, 1.0)}
PUBLISHED = {"correct": 0.855, "angle": 68.0}
SHARES = pd.DataFrame(
    {"10 units": [1.0, 0.4, 0.0], "a longer name": [0.6, np.nan, 1.0]}, index=list(BANDS)
)
BY_SETTING = {
    "correct": {2: [0.8, 0.81, 0.82], 50: [0.84] * 9, 250: []},
    "angle": {2: [40.0], 50: [70.0, 71.0, 72.0], 250: [73.0]},
    "order": {2: [1.0], 50: [2.0], 250: [3.0]},
}
STEPS = [5_000, 20_000, 100_000]
ALONG = {"correct": np.array([[0.5, 0.87, 0.85], [0.4, 0.86, 0.84]]), "angle": np.eye(3)[:2] * 60}
FIGURES = {
    "shares": lambda: figures.fig_shares(SHARES, xlabel="kind of network"),
    "by setting": lambda: figures.fig_by_setting(
        BY_SETTING, PUBLISHED, bands=BANDS, xlabel="units"
    ),
    "along": lambda: figures.fig_values_along_training(ALONG, STEPS, PUBLISHED, bands=BANDS),
}


WITHOUT_LEGEND = ("shares",)  # a bar says what its tiles are


@pytest.mark.parametrize("name", FIGURES)
def test_demands_on_every_figure(name):
    figure = FIGURES[name]()
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)
    if name not in WITHOUT_LEGEND:
        demands.test_axes_are_labelled_and_a_legend_says_who_is_who(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(name):
    demands.is_drawn_where_told(FIGURES[name], figures)


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
    assert mean.get_xdata().tolist() == [5, 20, 100] and same_color(mean.get_color(), BLUE)


def test_bad_input():
    calls = (
        (lambda: figures.fig_shares(SHARES * 2, xlabel=""), "within 0 to 1"),
        (lambda: figures.fig_shares(SHARES.iloc[:0], xlabel=""), "shares must hold at least one"),
        (
            lambda: figures.fig_by_setting({"a": {1: [0.5]}, "b": {1: []}}, xlabel=""),
            r"results\['b'\] must hold at least one value",
        ),
        (
            lambda: figures.fig_values_along_training(ALONG, [1]),
            "must have same first dimension",
        ),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
