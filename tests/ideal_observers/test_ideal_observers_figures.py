"""Figures of the ceilings: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.agents.block_filter import block_belief
from iblrnn_helpers.agents.semi_markov import semi_markov_belief
from iblrnn_helpers.ideal_observers import figures
from iblrnn_helpers.ideal_observers.belief_scores import belief_around_switches
from iblrnn_helpers.ideal_observers.speed_accuracy import (
    answered_by_confidence,
    correct_at_rate,
    frontier,
    stopping_regions,
)
from iblrnn_helpers.ideal_observers.stopping_rules import (
    at_threshold,
    optimal_stopping,
    whole_trials,
)
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials

PARAMS = TaskParams(n_observations=4)
TRIALS = sample_trials(PARAMS, n_sessions=10, n_blocks=5, seed=3)
WHOLE = whole_trials(TRIALS)
CURVE = frontier({t: at_threshold(WHOLE, t) for t in (0.5, 0.6, 0.7, 0.8, 0.9)})
RULE = optimal_stopping(PARAMS)
PRIOR = 0.5 + 0.3 * np.sign(np.arange(len(TRIALS)) % 3 - 1)
REGIONS = [
    [stopping_regions(RULE, n_observations=n, prior=p) for n in (1, 2, 3)] for p in (0.5, 0.8)
]
SWITCHES = {
    name: belief_around_switches(belief, TRIALS)
    for name, belief in (
        ("Markov", block_belief(TRIALS)),
        ("semi-Markov", semi_markov_belief(TRIALS)),
    )
}
SHARES = answered_by_confidence(WHOLE, RULE.stops(TRIALS.observations, PRIOR))
POINTS = {
    "RNN": (np.array([3.2, 3.3]), np.array([0.84, 0.85])),
    "a mouse": (3.6, 0.7),
    "Blockless actor": (4.0, 0.72),
    "Best: most reward per step": (3.1, 0.85),
}
FIGURES = {
    "frontier": lambda: figures.fig_frontier(
        POINTS,
        {
            "thresholds, semi-Markov": (CURVE.n_steps, CURVE.correct),
            "somebody": (CURVE.n_steps, CURVE.correct - 0.05),
        },
        paths={"RNN, as it learned": (np.array([5, 4, 3.3]), np.array([0.7, 0.8, 0.84]))},
        rates=[0.05, 0.1, 0.2],
    ),
    "points only": lambda: figures.fig_frontier(POINTS, xlim=(3, 5), ylim=(0.6, 0.9)),
    "regions": lambda: figures.fig_stopping_regions(REGIONS, posterior=0.75),
    "answered": lambda: figures.fig_answered_by_confidence(
        {"one": SHARES, "another": SHARES}, n_observations=(1, 2, 3)
    ),
    "switches": lambda: figures.fig_beliefs_around_switches(
        {"one law": SWITCHES, "another": SWITCHES}
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures)


def lines_of(ax):
    return {line.get_label(): line for line in ax.lines}


def test_numbers_drawn_are_numbers_given():
    ax = FIGURES["frontier"]().axes[0]
    lines = lines_of(ax)
    np.testing.assert_array_equal(lines["RNN"].get_xydata().T, POINTS["RNN"])
    np.testing.assert_array_equal(lines["a mouse"].get_xydata(), [POINTS["a mouse"]])
    np.testing.assert_array_equal(lines["somebody"].get_ydata(), CURVE.correct - 0.05)
    np.testing.assert_array_equal(lines["RNN, as it learned"].get_xdata(), [5, 4, 3.3])
    rate = lines["equal reward per step"]
    np.testing.assert_allclose(
        rate.get_ydata(), correct_at_rate(TaskParams(), 0.2, rate.get_xdata())
    )
    limits = FIGURES["points only"]().axes[0]
    assert limits.get_xlim() == (3, 5) and limits.get_ylim() == (0.6, 0.9)

    regions = FIGURES["regions"]().axes
    drawn = regions[4].collections[0].get_array().reshape(REGIONS[1][1].action.shape)
    np.testing.assert_array_equal(drawn, REGIONS[1][1].action.T)

    line = lines_of(FIGURES["switches"]().axes[1])["semi-Markov"]
    np.testing.assert_array_equal(line.get_ydata(), SWITCHES["semi-Markov"].mean)

    line = lines_of(FIGURES["answered"]().axes[0])["after 2"]
    shown = SHARES.at(n_observations=2)
    there = shown.n >= 50
    assert there.any() and not there.all()
    np.testing.assert_array_equal(line.get_ydata()[there], shown.mean[there])
    assert np.isnan(line.get_ydata()[~there]).all()


def test_every_style_is_told_apart():
    for styles, keys in (
        (figures.POINT_STYLES, ("color", "marker")),
        (figures.CURVE_STYLES, ("color", "linestyle")),
    ):
        looks = [tuple(map(str, (style[key] for key in keys))) for style in styles.values()]
        # Both names of the exact actor look the same, by design.
        assert len(set(looks)) >= len(looks) - 1


def test_regions_mirror_and_follow_the_rule():
    # Even odds: left and right change places with the sums.
    for region in REGIONS[0]:
        apart = ~np.eye(len(region.sums), dtype=bool)  # equal sums leave no likelier side
        np.testing.assert_array_equal(region.action[apart], -region.action.T[apart])
        np.testing.assert_allclose(region.p_right, 1 - region.p_right.T, atol=1e-12)
    region = REGIONS[1][1]
    k, j = 30, 60  # any state: two observations that sum to it
    observations = np.zeros((1, 4, 2))
    observations[0, :2] = [[2 * region.sums[k], -1], [-region.sums[k], region.sums[j] + 1]]
    stops = RULE.stops(observations, np.array([0.8]))[0, 1]
    assert stops == (region.action[k, j] != 0)
    assert {*np.unique(region.action)} == {-1, 0, 1}


def test_bad_input_is_named():
    calls = (
        (lambda: figures.fig_frontier({}), "points must hold at least one value"),
        (
            lambda: figures.fig_frontier({str(k): (1, 1) for k in range(9)}),
            "points may have 3 names",
        ),
        (lambda: figures.fig_stopping_regions([[3], []]), r"regions\[1\] must hold at least one"),
        (
            lambda: figures.fig_beliefs_around_switches({"a": {"mine": SHARES}}),
            "filter of 'a' must be one of",
        ),
        (lambda: stopping_regions(RULE, n_observations=5, prior=0.5), "n_observations must be"),
        (lambda: stopping_regions(RULE, n_observations=1, prior=0.9), "prior must be between"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
