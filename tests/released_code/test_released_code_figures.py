"""Figures of variants: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.colors import same_color

from iblrnn_helpers.core.means import GroupMeans
from iblrnn_helpers.released_code import figures
from iblrnn_helpers.representations.readouts import BlockProjection

LOSSES = {
    "correct": {"one": [0.84, 0.85, 0.83], "other": [0.7, 0.72]},
    "steps": {"one": [3.2, 3.3, 3.1], "other": [6.0, 7.0]},
}
X = np.arange(1, 21)
DISTANCE = GroupMeans({"lag": X}, *(2.0 * np.ones(20) + k for k in (0, -0.1, 0.1)), 0 * X + 9)
GROWING = GroupMeans({"order": X}, *(2.0**X * (1 + k) for k in (0, -0.1, 0.1)), 0 * X + 9)
RESIDUALS = {"one": np.array([0.0, 1e-13, 2e-13]), "other": np.array([0.01, 0.5, 2.0, 1.0])}


def projection(gain):
    towards = np.tile(gain * np.tanh((np.arange(60) - 4) / 5), (2, 1)) * [[-1], [1]]
    axes = {"block_side": np.array([-1, 1]), "trial_in_block": np.arange(60)}
    curve = GroupMeans(axes, towards, towards - 0.1, towards + 0.1, np.full((2, 60), 50))
    return BlockProjection(np.ones(3), np.ones(3), gain, curve, curve, 1.0, (0.9, 1.0))


FIGURES = {
    "variants": lambda: figures.fig_variants(
        LOSSES, {"correct": 0.855}, bands={"correct": (0.83, 0.87), "steps": (3, 4)}
    ),
    "actor": lambda: figures.fig_actor_worked_cases(
        {"exact": np.linspace(0.5, 0.78, 13), "as released": np.linspace(0.5, 0.97, 13)},
        {"exact": np.array([0.7, 0.75, 0.8]), "as released": np.array([0.7, 0.8, 0.9])},
        [1.0, 0.5, 1.0],
        threshold=0.9,
    ),
    "decoherence": lambda: figures.fig_decoherence_measures(
        {"distance": DISTANCE, "difference": GROWING}
    ),
    "projections": lambda: figures.fig_projections({"once": projection(1), "twice": projection(3)}),
    "end points": lambda: figures.fig_end_points(RESIDUALS, tolerance=1e-6),
}


@pytest.fixture(params=FIGURES, scope="module")
def figure(request):
    return FIGURES[request.param]()


def test_legible_labelled_and_inside_the_frame(figure):
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(set(names)) == len(names) >= 2


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(name):
    demands.is_drawn_where_told(FIGURES[name], figures)


@pytest.mark.parametrize("name", ["actor", "decoherence", "projections", "end points"])
def test_axes_are_labelled(name):
    demands.test_axes_are_labelled_and_a_legend_says_who_is_who(FIGURES[name]())


def lines_of(ax):
    return {line.get_label(): line for line in ax.lines}


def test_strips_hold_the_numbers_given_and_are_told_apart():
    for ax, (name, strips) in zip(FIGURES["variants"]().axes, LOSSES.items(), strict=True):
        drawn = {dots.get_label(): dots for dots in ax.collections}
        assert ax.get_title(loc="left") == name
        for variant, values in strips.items():
            assert drawn[variant].get_offsets()[:, 0].tolist() == values
        one, other = drawn["one"], drawn["other"]
        assert one.get_offsets()[:, 1].min() > other.get_offsets()[:, 1].max()
        assert not same_color(one.get_facecolor()[0], other.get_facecolor()[0])
        assert len(one.get_paths()[0].vertices) != len(other.get_paths()[0].vertices)  # marks
    first = FIGURES["variants"]().axes[0]
    assert lines_of(first)["published"].get_xdata() == [0.855, 0.855]


def test_curves_are_the_numbers_given():
    ax = FIGURES["decoherence"]().axes[0]
    np.testing.assert_allclose(drawn_by(ax)["difference"], 2.0 ** (X - 1))
    np.testing.assert_allclose(drawn_by(ax)["distance"], 1)
    ax = FIGURES["projections"]().axes[0]
    once, twice = (lines_of(ax)[f"RNN, {name}"].get_ydata() for name in ("once", "twice"))
    np.testing.assert_allclose(once, np.tanh((np.arange(50) - 4) / 5))
    np.testing.assert_allclose(twice, once)  # each in the observer's units
    left, right = FIGURES["actor"]().axes
    assert lines_of(left)["as released"].get_xdata()[0] == 0
    assert lines_of(right)["exact"].get_ydata().tolist() == [0.7, 0.75, 0.8]


def drawn_by(ax):
    return {line.get_label(): line.get_ydata() for line in ax.lines}


def test_end_points_are_all_counted():
    ax = FIGURES["end points"]().axes[0]
    for name, found in RESIDUALS.items():
        x, share = lines_of(ax)[name].get_data()
        for speed in (1e-14, 1e-12, 0.1, 0.9, 10.0):
            below = share[np.searchsorted(x, speed, side="right") - 1]
            assert below == pytest.approx((found < speed).mean())  # also the residual of exactly 0
    assert ax.get_xscale() == "log"


def test_titles_fit_on_a_line():
    for name, function in vars(figures).items():
        if name.startswith("fig_") and function.__module__ == figures.__name__:
            stem = function.__doc__.splitlines()[0]
            assert stem.endswith(".") and 20 < len(stem) < 100, name
