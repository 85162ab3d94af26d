"""Mice in pictures: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers import behavior
from iblrnn_helpers.agents.bayes import BayesianActor
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
def shown():
    mice = [a_mouse(seed) for seed in range(3)]
    trials = sample_trials(TaskParams(), n_sessions=10, n_blocks=10, seed=0)
    actor = rollout(BayesianActor(TaskParams()), trials)
    curves, times = ([f(m) for m in mice] for f in (behavior.psychometric, measures.median_times))
    after = {
        "mice": measures.over_animals([measures.correct_after_switch(m) for m in mice]),
        actor.agent: measures.correct_after_switch(actor),
    }
    steps = behavior.means(actor, "n_steps", ["strength", "correct"])
    psychometric = behavior.psychometric(actor)
    strips = {"one row": [0.1, 0.2, 0.6], "another row": [-0.3, 0.5, np.nan]}
    return {
        "psychometric": figures.fig_mice_psychometric(
            curves, measures.over_animals(curves), {"a": psychometric, actor.agent: psychometric}
        ),
        "times": figures.fig_mice_times(
            times, measures.over_animals(times), {actor.agent: steps.at_least(20)}
        ),
        "after a switch": figures.fig_mice_after_switch(after, after),
        "strips": figures.fig_strips(
            strips,
            {"RNN": {"one row": 0.3}, actor.agent: {"one row": 0.4}},
            title="Rows",
            xlabel="value",
        ),
    }


@pytest.fixture(params=["psychometric", "times", "after a switch", "strips"])
def figure(request, shown):
    return shown[request.param]


test_axes_are_labelled = demands.test_axes_are_labelled_and_a_legend_says_who_is_who
test_no_text_leaves_the_figure = demands.test_no_text_leaves_the_figure_or_meets_another
test_text_is_legible_on_a_phone = demands.test_text_is_legible_on_a_phone


def test_strips_draw_every_mouse_their_mean_and_the_agents(shown):
    ax = shown["strips"].axes[0]
    drawn = {}
    for line in ax.lines:
        drawn.setdefault(line.get_label(), []).append(np.asarray(line.get_xdata()).tolist())
    assert drawn["a mouse"] == [[0.1, 0.2, 0.6], [-0.3, 0.5]]  # what is not known is not drawn
    means = drawn["mean of mice, 95% interval"]
    np.testing.assert_allclose(np.ravel(means), [0.3, 0.1])
    assert drawn["RNN"] == [[0.3]] and drawn["Bayesian actor"] == [[0.4]]
    with pytest.raises(ValueError, match="values must hold at least one value"):
        figures.fig_strips({}, title="", xlabel="value")


def test_contrasts_stand_where_their_strengths_do(shown):
    ax = shown["times"].axes[0]
    assert ax.get_xticks().tolist() == [0, 0.5, 1, 1.5, 2.5]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "6.25", "12.5", "25", "100"]


def test_times_of_a_single_mouse_can_be_drawn():
    times = measures.median_times(a_mouse(0))
    alone = measures.over_animals([times])
    assert np.isnan(alone.high).all()  # one mouse has no interval
    session = rollout(
        BayesianActor(TaskParams()), sample_trials(TaskParams(), n_sessions=2, n_blocks=5, seed=0)
    )
    steps = behavior.means(session, "n_steps", ["strength", "correct"])
    drawn = figures.fig_mice_times([times], alone, {session.agent: steps})
    assert drawn.axes[0].get_ylim()[1] > np.nanmax(alone.mean)
