"""Figures of rewards from data: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.inverse_rl.from_data import figures
from iblrnn_helpers.inverse_rl.from_data.inference import PriorChoice
from iblrnn_helpers.inverse_rl.from_data.posterior import RewardPosterior

VALUES = np.array([0.2, 0.4])
REWARD = np.array([[0.0], [1.0], [2.0], [0.5]])
SURE = RewardPosterior(REWARD - 1, REWARD + 1, np.ones(20), np.ones(10))
BOTH = np.hstack([REWARD, 2 * REWARD])
SURE_OF_BOTH = RewardPosterior(BOTH - 1, BOTH + 1, np.ones(20), np.ones(10))
PRIORS = PriorChoice(np.array([0.1, 1.0]), np.array([[-2.0, -1.0], [-1.0, -0.5]]), 1.0)

FIGURES = {
    "samples": lambda: figures.fig_against_samples(
        {"known": {10: VALUES, 100: 2 * VALUES}}, "r²", references={"chance": 0.1}
    ),
    "samples, log": lambda: figures.fig_against_samples(
        {"known": {10: VALUES, 30: VALUES, 100: VALUES[:1]}}, "error", log=True
    ),
    "histograms": lambda: figures.fig_reward_histograms(
        {"few": np.array([0.0, 0.0, 1.0, 9.0]), "more": np.array([0.1, 1.0])}
    ),
    "reward": lambda: figures.fig_reward(REWARD, SURE),
    "reward, by stimulus": lambda: figures.fig_reward(BOTH, SURE_OF_BOTH, ("left", "right")),
    "prior": lambda: figures.fig_prior(PRIORS),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    # Histograms are of one thing, which their axes name.
    demands.is_fit_to_show(FIGURES[name], figures, labelled=name != "histograms")


def test_means_medians_and_standard_errors_are_those_given():
    ax = FIGURES["samples"]().axes[0]
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_allclose(lines["known, mean"].get_ydata(), [0.3, 0.6])
    np.testing.assert_allclose(lines["known, median"].get_ydata(), [0.3, 0.6])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(0.2) and band.max() == pytest.approx(0.8)


def test_a_single_value_has_no_band():
    ax = FIGURES["samples, log"]().axes[0]
    (path,) = ax.collections[0].get_paths()
    assert (path.vertices[:, 0].min(), path.vertices[:, 0].max()) == (10, 30)
    assert ax.get_lines()[0].get_xdata().tolist() == [10, 30, 100]


def test_every_reward_is_counted_the_few_beyond_in_the_last_bins():
    heights = [patch.get_height() for patch in FIGURES["histograms"]().axes[0].patches]
    assert sum(heights) == pytest.approx(1) and max(heights) == pytest.approx(0.5)
    assert heights[-1] == 0.25


def test_rewards_and_their_intervals_are_those_given():
    by_count, histogram = FIGURES["reward"]().axes
    dots, _, (intervals,) = by_count.containers[0].lines
    assert dots.get_ydata().tolist() == REWARD[:, 0].tolist()
    ends = np.array([ends[:, 1] for ends in intervals.get_segments()])
    np.testing.assert_allclose(ends, REWARD + np.array([-1, 1]))
    assert [round(place) for place in dots.get_xdata()] == [0, 1, 1, 2]
    assert by_count.get_ylim() == histogram.get_ylim() == pytest.approx((-0.6, 2.6))


def test_priors_are_compared_within_each_part():
    lines = FIGURES["prior"]().axes[0].get_lines()
    mean = next(line for line in lines if line.get_label() == "mean")
    np.testing.assert_allclose(mean.get_ydata(), [0, 0.75])
