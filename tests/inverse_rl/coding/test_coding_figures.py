"""Figures of efficient codes: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.inverse_rl.coding import figures
from iblrnn_helpers.inverse_rl.coding.efficient_coding import majority, optimise_code, pixel_input
from iblrnn_helpers.inverse_rl.coding.responses import (
    cell_types,
    mean_by_count,
    mean_count,
    posterior_by_count,
    recover_labels,
)
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, tuning
from iblrnn_helpers.inverse_rl.optimal_network.recording import simulate

LABELS = majority(5)
ALIKE = optimise_code(NetworkTask(5, pixel_input(5, 0.5)), LABELS, tolerance=1e-5)
SPLIT = optimise_code(
    NetworkTask(5, pixel_input(5, 0.3)), LABELS, [1, 1, 1, -1, -1], tolerance=1e-5
)
LAW = ALIKE.network.stationary
NOISY = ALIKE.log_posterior + np.random.default_rng(1).normal(scale=0.5, size=LAW.shape)
SIMILAR = recover_labels(ALIKE.log_posterior).similarity
COSTS, BITS = [0.02, 0.05, 0.1], [0.7, 0.6, 0.5]
SHARES = [(0.1, 0.0, 0.3), (0.9, 0.7, 1.0)]

FIGURES = {
    "4c": lambda: figures.fig_4c_tuning(tuning(ALIKE.network), LABELS),
    "4d": lambda: figures.fig_4d_counts(posterior_by_count(LAW, LABELS), mean_count(LAW)),
    "4e": lambda: figures.fig_4e_information(
        COSTS, {"network": BITS, "independent neurons": [0.3, 0.3, 0.3]}, [4, 3, 2], used=0.05
    ),
    "4f": lambda: figures.fig_4f_responses(simulate(ALIKE.network, 100, 1), LABELS),
    "4g": lambda: figures.fig_4g_reward(
        {"exact dynamics": ALIKE.log_posterior + np.arange(6), "1,000,000 samples": NOISY},
        ALIKE.log_posterior,
        LAW,
    ),
    "similarity": lambda: figures.fig_similarity(
        dict.fromkeys(("exact dynamics", "1,000,000 samples"), SIMILAR)
    ),
    "labels": lambda: figures.fig_labels_from_samples(
        [1_000, 10_000],
        {f"a pixel redrawn every {k} steps": SHARES for k in (5, 20)}
        | {"every 20 steps, states only": SHARES},
    ),
    "4h": lambda: figures.fig_4h_cell_types(
        {
            "pixels active: 0.5": cell_types(LAW),
            "pixels active: 0.3": cell_types(SPLIT.network.stationary),
        }
    ),
    "restarts": lambda: figures.fig_restarts(
        {
            "pixels active: 0.5": (
                ["5 ON, 2 OFF", "4 ON, 3 OFF", "4 ON, 3 OFF"],
                [-0.3152, -0.3152, -0.3282],
            ),
            "pixels active: 0.3": (["5 ON, 2 OFF", "4 ON, 3 OFF"], [-0.1548, -0.1554]),
        }
    ),
    "by probability": lambda: figures.fig_by_probability(
        [0.5, 0.3], {"7 ON, 0 OFF": [-0.315, -0.168], "4 ON, 3 OFF": [-0.303, -0.155]}
    ),
}


WITH_COLOUR_BARS = ("4g", "similarity")


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures, labelled=name not in WITH_COLOUR_BARS)


def test_similarities_are_those_given_with_no_pixels_below():
    ax = FIGURES["similarity"]().axes[0]
    np.testing.assert_array_equal(ax.collections[0].get_array(), SIMILAR)
    assert ax.get_ylim() == (0, 6)


def lines(ax):
    return {line.get_label(): line.get_ydata() for line in ax.get_lines()}


def test_each_inputs_constant_is_free():
    """A reward that differs from the log-posterior by such constants lies on its circles."""
    figure = FIGURES["4g"]()
    drawn = figure.axes[0].get_lines()
    for reward, circles in zip(drawn[:6], drawn[6:], strict=True):
        # Up to rounding of differences of numbers below 20.
        np.testing.assert_allclose(reward.get_ydata(), circles.get_ydata(), atol=1e-12)
    inferred, circles = drawn[0].get_ydata(), figure.axes[1].get_lines()[0].get_ydata()
    assert not np.allclose(inferred, circles)
    counts = np.bincount([bin(s).count("1") for s in range(32)], weights=LAW[:, 0])
    expected = np.bincount(
        [bin(s).count("1") for s in range(32)], weights=LAW[:, 0] * ALIKE.log_posterior[:, 0]
    )
    np.testing.assert_allclose(drawn[6].get_ydata(), expected / counts)
    np.testing.assert_allclose(mean_by_count(ALIKE.log_posterior, LAW)[:, 0], expected / counts)


def test_information_the_used_cost_and_differences_to_the_first():
    left, right = FIGURES["4e"]().axes
    assert lines(left)["network"].tolist() == BITS
    assert lines(right)["network"].tolist() == [4, 3, 2]
    for ax in (left, right):
        assert ax.get_lines()[-1].get_xdata() == [0.05, 0.05]
    drawn = lines(FIGURES["by probability"]().axes[0])
    np.testing.assert_allclose(drawn["7 ON, 0 OFF"], [0, 0])
    np.testing.assert_allclose(drawn["4 ON, 3 OFF"], [0.012, 0.013])


def test_shares_and_their_intervals_are_those_given():
    ax = FIGURES["labels"]().axes[0]
    share, low, high = np.transpose(SHARES)
    assert lines(ax)["every 20 steps, states only"].tolist() == share.tolist()
    for band in ax.collections:
        ends = band.get_paths()[0].vertices
        for x, *expected in zip([1_000, 10_000], low, high, strict=True):
            assert sorted(set(ends[ends[:, 0] == x, 1])) == expected


def test_cells_are_drawn_by_kind():
    figure = FIGURES["4h"]()
    labels = [line.get_label() for line in figure.axes[1].get_lines()]
    assert sum(label.startswith("ON") for label in labels) == 3
    assert sum(label.startswith("OFF") for label in labels) == 2
    heights = [bar.get_height() for bar in figure.axes[3].patches]
    np.testing.assert_allclose(sorted(heights), sorted(cell_types(SPLIT.network.stationary).rates))
