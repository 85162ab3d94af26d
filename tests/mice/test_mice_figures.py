"""Mice in pictures: what all figures must be, and that they draw the numbers given."""

from types import SimpleNamespace

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from scipy import stats

from iblrnn_helpers import behavior
from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.core import plot_style as style
from iblrnn_helpers.mice import behavior as measures
from iblrnn_helpers.mice import figures
from iblrnn_helpers.mice.record import Mouse, MouseTrials
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout


def a_mouse(seed, n_trials=6_000):
    rng = np.random.default_rng(seed)
    block = np.arange(n_trials) // 50
    block_side = np.where(block % 2, 1, -1).astype(np.int8)
    side = np.where(rng.random(n_trials) < 0.8, block_side, -block_side).astype(np.int8)
    strength = rng.choice([0.0, 0.0625, 0.125, 0.25, 1.0], n_trials)
    trials = MouseTrials(
        np.zeros(n_trials, dtype=int), block, np.arange(n_trials) % 50, block_side, side, strength
    )
    right = rng.random(n_trials) < 1 / (1 + np.exp(-4 * side * strength - 0.5 * block_side))
    time = 0.2 + 0.3 * rng.random(n_trials) / (1 + strength)
    return Mouse(trials, f"mouse {seed}", np.where(right, 1, -1).astype(np.int8), time)


@pytest.fixture(scope="module")
def results():
    mice = [a_mouse(seed) for seed in range(3)]
    trials = sample_trials(TaskParams(), n_sessions=10, n_blocks=10, seed=0)
    actor = rollout(BayesianActor(TaskParams()), trials)
    return SimpleNamespace(
        curves=[behavior.psychometric(mouse) for mouse in mice],
        times=[measures.median_times(mouse) for mouse in mice],
        after={
            "mice": measures.over_animals([measures.correct_after_switch(m) for m in mice]),
            actor.agent: measures.correct_after_switch(actor),
        },
        steps={actor.agent: behavior.means(actor, "n_steps", ["strength", "correct"]).at_least(20)},
        psychometric={name: behavior.psychometric(actor) for name in ("a", actor.agent)},
    )


VALUES = {"one row": [0.1, 0.2, 0.6], "another row": [-0.3, 0.5, np.nan]}
FIGURES = {
    "psychometric": lambda r: figures.fig_mice_psychometric(
        r.curves, measures.over_animals(r.curves), r.psychometric
    ),
    "times": lambda r: figures.fig_mice_times(r.times, measures.over_animals(r.times), r.steps),
    "after a switch": lambda r: figures.fig_mice_after_switch(r.after, r.after),
    "strips": lambda r: figures.fig_strips(
        VALUES,
        {"RNN": {"one row": 0.3}, "Bayesian actor": {"one row": 0.4}},
        title="Rows",
        xlabel="value",
    ),
}


@pytest.fixture(params=FIGURES, scope="module")
def figure(request, results):
    return FIGURES[request.param](results)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(results, name):
    demands.is_drawn_where_told(lambda: FIGURES[name](results), figures)


test_axes_are_labelled = demands.test_axes_are_labelled_and_a_legend_says_who_is_who
test_no_text_leaves_the_figure = demands.test_no_text_leaves_the_figure_or_meets_another
test_text_is_legible_on_a_phone = demands.test_text_is_legible_on_a_phone


def test_strips_draw_every_mouse_their_mean_and_the_agents(results):
    ax = FIGURES["strips"](results).axes[0]
    *rows, intervals = ax.collections
    for dots, values in zip(rows, VALUES.values(), strict=True):
        seen = [value for value in values if np.isfinite(value)]  # what is not known is not drawn
        assert dots.get_offsets()[:, 0].tolist() == seen
    drawn = {line.get_label(): line for line in ax.lines}
    means = drawn["mean of mice, 95% interval"].get_xdata()
    np.testing.assert_allclose(means, [0.3, 0.1])
    for row, values, mean in zip(intervals.get_segments(), VALUES.values(), means, strict=True):
        values = np.array(values)[np.isfinite(values)]
        reach = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
        np.testing.assert_allclose(row[:, 0], [mean - reach, mean + reach])
    for agent, value in {"RNN": 0.3, "Bayesian actor": 0.4}.items():
        x, y = drawn[agent].get_data()
        assert x[0] == value and np.isnan(x[1]) and -0.5 < y[0] < 0.5
    with pytest.raises(ValueError, match="values must hold at least one value"):
        figures.fig_strips({}, title="", xlabel="value")


def test_a_thin_line_for_each_mouse_of_each_block_side(results):
    ax = FIGURES["psychometric"](results).axes[0]
    thin = [line for line in ax.lines if line.get_linewidth() < 0.7]
    assert len(thin) == 2 * len(results.curves)
    drawn = sorted(line.get_ydata().tolist() for line in thin)
    curves = (one.mean[:, side] for one in results.curves for side in (0, 1))
    assert drawn == sorted(curve[~np.isnan(curve)].tolist() for curve in curves)


def test_contrasts_stand_where_their_strengths_do(results):
    ax = FIGURES["times"](results).axes[0]
    assert ax.get_xticks().tolist() == [0, 0.5, 1, 1.5, 2.5]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "6.25", "12.5", "25", "100"]
    lines = {line.get_label(): line for line in ax.lines}
    for correct, label, face in ((True, "mice", style.BLACK), (False, "_second", "white")):
        found = measures.over_animals(results.times).at(correct=correct)
        met = [found.at(strength=contrast).mean for contrast in (0, 0.0625, 0.125, 0.25, 1)]
        np.testing.assert_array_equal(lines[label].get_data(), [[0, 0.5, 1, 1.5, 2.5], met])
        assert lines[label].get_markerfacecolor() == face


@pytest.mark.parametrize("n_trials", [6_000, 100])  # 100 have too few of a kind for a thin line
def test_a_single_mouse_can_be_drawn(results, n_trials):
    mouse = a_mouse(0, n_trials)
    times, curve = measures.median_times(mouse), behavior.psychometric(mouse)
    alone = measures.over_animals([times], min_trials=1)
    assert np.isnan(alone.high).all()  # one mouse has no interval
    drawn = figures.fig_mice_times([times], alone, results.steps)
    assert drawn.axes[0].get_ylim()[1] > np.nanmax(alone.mean)
    figures.fig_mice_psychometric([curve], curve, results.psychometric)
