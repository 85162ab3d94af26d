"""Robustness in pictures: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pandas as pd
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.colors import same_color

from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.core.plot_seeds import EDGE
from iblrnn_helpers.core.plot_style import BLUE
from iblrnn_helpers.robustness import figures

VALUES = {"correct": [0.84, 0.9, 0.2], "angle": [68.0, 73.0, 71.0], "order": [1.0, 1.0, 1.0]}
BANDS = {"correct": (0.835, 0.875), "angle": (55.0, 85.0), "order": (1.0, 1.0)}
PUBLISHED = {"correct": 0.855, "angle": 68.0}
SHARES = pd.DataFrame(
    {"10 units": [1.0, 0.4, 0.0], "a longer name": [0.6, np.nan, 1.0]}, index=list(VALUES)
)
BY_SETTING = {
    "correct": {2: [0.8, 0.81, 0.82], 50: [0.84] * 9, 250: []},
    "angle": {2: [40.0], 50: [70.0, 71.0, 72.0], 250: [73.0]},
    "order": {2: [1.0], 50: [2.0], 250: [3.0]},
}
STEPS = [5_000, 20_000, 100_000]
ALONG = {"correct": np.array([[0.5, 0.87, 0.85], [0.4, 0.86, 0.84]]), "angle": np.eye(3)[:2] * 60}
FIGURES = {
    "claims": lambda: figures.fig_claims(
        VALUES, BANDS, PUBLISHED, means={"angle": Measured(70.7, (68.0, 73.0))}, title="Claims"
    ),
    "shares": lambda: figures.fig_shares(SHARES, xlabel="kind of network", title="Claims"),
    "by setting": lambda: figures.fig_by_setting(
        BY_SETTING, PUBLISHED, bands=BANDS, xlabel="units"
    ),
    "along": lambda: figures.fig_values_along_training(ALONG, STEPS, PUBLISHED, bands=BANDS),
}


@pytest.fixture(params=FIGURES)
def figure(request):
    return FIGURES[request.param]()


test_axes_are_labelled = demands.test_axes_are_labelled_and_a_legend_says_who_is_who
test_no_text_leaves_the_figure = demands.test_no_text_leaves_the_figure_or_meets_another
test_text_is_legible_on_a_phone = demands.test_text_is_legible_on_a_phone


def test_dots_stand_at_their_place_in_the_band():
    ax = FIGURES["claims"]().axes[0]
    drawn = {}
    for line in ax.lines:
        drawn.setdefault(line.get_label(), []).append(line.get_xdata())
    inside, outside = drawn["network inside"], drawn["network outside"]
    assert inside[0] == pytest.approx([-0.75])  # 0.84 of 0.835 to 0.875
    assert outside[0] == pytest.approx([2.25, -EDGE])  # 0.2 is far out
    assert inside[1] == pytest.approx([-2 / 15, 0.2, 1 / 15])
    assert inside[2].tolist() == [0, 0, 0]  # a band of a single value
    assert drawn["published"][0] == [0] and drawn["mean, 95% interval"] == [
        [pytest.approx(0.7 / 15)]
    ]
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == list(VALUES)


def test_each_share_has_its_sign():
    ax = FIGURES["shares"]().axes[0]
    places = {c.get_label(): c.get_offsets().tolist() for c in ax.collections}
    assert places == {  # column, row
        "all networks": [[0, 0], [1, 2]],
        "half or more": [[1, 0]],
        "fewer": [[0, 1]],
        "none": [[0, 2]],
        "no number": [[1, 1]],
    }


def test_dots_are_the_networks_of_a_setting():
    figure = FIGURES["by setting"]()
    for ax, by_setting in zip(figure.axes, BY_SETTING.values(), strict=False):
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert [line.get_ydata().tolist() for line in dots] == list(by_setting.values())
        for x, line in enumerate(dots):
            assert (np.abs(line.get_xdata() - x) < 0.3).all()
    assert len(figure.axes) == 3
    assert [t.get_text() for t in figure.axes[2].get_xticklabels()] == ["2", "50", "250"]


def test_lines_are_the_networks_and_their_mean():
    ax = FIGURES["along"]().axes[0]
    networks = [line for line in ax.lines if line.get_label() in ("a network", "_again")]
    assert [line.get_ydata().tolist() for line in networks[:2]] == ALONG["correct"].tolist()
    (mean,) = (line for line in ax.lines if line.get_label() == "mean")
    assert mean.get_ydata() == pytest.approx([0.45, 0.865, 0.845])
    assert mean.get_xdata().tolist() == [5, 20, 100] and same_color(mean.get_color(), BLUE)


def test_bad_input():
    calls = (
        (lambda: figures.fig_claims({}, {}), "results must hold at least one value"),
        (lambda: figures.fig_claims({"a": [1.0]}, {"b": (0, 1)}), "'a' is missing"),
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
