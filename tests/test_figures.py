"""Every figure: labelled, legible, inside its frame, and without a trace outside itself."""

import functools
import importlib
import inspect
import io
import pkgutil
import re
import sys
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import iblrnn_helpers
from iblrnn_helpers import behavior
from iblrnn_helpers.agents.block_filter import block_belief
from iblrnn_helpers.behavior import course_figures as course
from iblrnn_helpers.behavior import figures as by_strength
from iblrnn_helpers.core import checks
from iblrnn_helpers.core import plot_style as style
from iblrnn_helpers.task import drawing_figures as drawing
from iblrnn_helpers.task import figures as task
from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.trials import COLUMNS
from iblrnn_helpers.training import figures as training
from iblrnn_helpers.training.curves import AlongTraining

PARAMS = TaskParams()
NAMES = ("RNN", "Bayesian observer", "Bayesian actor (released)", "Bayesian actor (exact)")


class Accumulator(Agent):
    def __init__(self, gain):
        self.gain = gain

    def reset(self, n_sessions):
        self.evidence = np.zeros(n_sessions)

    def step(self, inputs):
        self.evidence += self.gain * (inputs[:, 1] - inputs[:, 0])
        return 1 / (1 + np.exp(-self.evidence))

    def end_trial(self, ended, side):
        self.evidence[ended] = 0


TRIALS = sample_trials(PARAMS, n_sessions=1, n_blocks=60, seed=1)


@pytest.fixture(scope="module")
def sessions():
    gains = (1.0, 0.9, 0.7, 0.6)
    return {name: rollout(Accumulator(g), TRIALS) for name, g in zip(NAMES, gains, strict=True)}


def history(n_seeds):
    rng = np.random.default_rng(1)
    return {name: rng.random((n_seeds, 500)) for name in training.PANELS}


FIGURES = {
    "1": lambda s: task.fig_1_generative_model(PARAMS),
    "raster": lambda s: task.fig_task_raster(TRIALS),
    "one trial": lambda s: task.fig_trial_observations(TRIALS, trial=3),
    "stimuli": lambda s: task.fig_stimuli_by_side(TRIALS),
    "block lengths": lambda s: task.fig_block_lengths(
        {law: TRIALS.block_lengths for law in task.LAW_NAMES}, PARAMS
    ),
    "2a": lambda s: by_strength.fig_2a_outcomes_by_strength(
        behavior.outcomes_by_strength(s["RNN"]),
        {name: behavior.means(s[name], "correct", ["strength"]) for name in NAMES[1:]},
    ),
    "2b": lambda s: by_strength.fig_2b_chronometric(behavior.chronometric(s["RNN"])),
    "2c": lambda s: by_strength.fig_2c_chronometric_of_agents(of(behavior.chronometric, s)),
    "3a": lambda s: by_strength.fig_3a_correct_by_concordance(
        of(behavior.correct_by_strength, s), references={"paper": (0.2, 0.8)}
    ),
    "3b": lambda s: course.fig_3b_correct_by_trial_in_block(
        of(behavior.correct_by_trial_in_block, s)
    ),
    "3c": lambda s: course.fig_3c_reward_by_observations(of(behavior.reward_by_observations, s)),
    "psychometric": lambda s: by_strength.fig_psychometric(of(behavior.psychometric, s, NAMES[:3])),
    "zero strength": lambda s: course.fig_correct_at_zero_strength(
        of(lambda one: behavior.means(one, "correct", ["trial_in_block", "concordant"]), s)
    ),
    "block known": lambda s: course.fig_block_known_by_trial(of(behavior.block_known_by_trial, s)),
    "by step": lambda s: course.fig_correct_by_step(
        of(behavior.correct_by_step, s), n_blank_steps=2
    ),
    "steps": lambda s: by_strength.fig_steps_by_strength(of(behavior.steps_by_strength, s)),
    "recovery": lambda s: course.fig_recovery_by_previous_block(
        of(behavior.recovery_by_previous_block, s)
    ),
    "training, 1 seed": lambda s: training.fig_training_curves(
        np.arange(500), history(1), references={"published": 0.855}
    ),
    "training, 3 seeds": lambda s: training.fig_training_curves(np.arange(500), history(3)),
    "along training": lambda s: training.fig_along_training(
        AlongTraining(np.arange(1, 5) * 25_000, *np.random.default_rng(0).random((4, 3, 4))),
        references={"published": 0.5},
    ),
    "block belief": lambda s: course.fig_block_belief(
        TRIALS, {"Bayesian observer": block_belief(TRIALS)}
    ),
    "accuracy against speed": lambda s: by_strength.fig_accuracy_against_speed(
        of(behavior.performance, s)
    ),
    "first trials": lambda s: training.fig_first_trials(s["RNN"], first=5, n_trials=8),
}


def of(function, sessions, names=NAMES):
    return {name: function(sessions[name]) for name in names}


@pytest.fixture(params=FIGURES, scope="module")
def figure(request, sessions):
    return FIGURES[request.param](sessions)


def visible_axes(figure):
    return [ax for ax in figure.axes if ax.get_visible() and ax.axison]


def test_axes_are_labelled_and_a_legend_says_who_is_who(figure):
    for ax in visible_axes(figure):
        shares_x = ax.get_shared_x_axes().get_siblings(ax)
        shares_y = ax.get_shared_y_axes().get_siblings(ax)
        assert any(other.get_xlabel() for other in shares_x)
        assert ax.get_title() or any(other.get_ylabel() for other in shares_y)
    assert figure.legends or not visible_axes(figure)
    for legend in figure.legends:
        names = [text.get_text() for text in legend.get_texts()]
        assert names and len(set(names)) == len(names)
        assert not any(name.startswith("_") for name in names)


def is_fit_to_show(make, *modules, labelled=True):
    """What every figure has to satisfy: labelled, legible, in its frame, drawn where it is told.

    ``labelled`` is False for figures whose panels or legends are named in ways of their own.
    """
    figure = make()
    if labelled:
        test_axes_are_labelled_and_a_legend_says_who_is_who(figure)
    test_no_text_leaves_the_figure_or_meets_another(figure)
    test_text_is_legible_on_a_phone(figure)
    is_drawn_where_told(make, *modules)


def left_out(figures, *modules):
    """Names of figure functions of modules that none of the ``figures`` calls."""
    drawn = {name for make in figures.values() for name in make.__code__.co_names}
    return {name for name, _ in figures_of(*modules)} - drawn


def is_drawn_where_told(make, *modules):
    """Draw into the second of two given places: it is returned, and the first stays as it was."""
    figure = Figure(figsize=(16, 9), layout="constrained")
    own, others = figure.subfigures(1, 2)
    places = {"ax": own.subplots(1, 2), "figure": others.subfigures(2, 1)}
    places["figure"][0].subplots()
    firsts = [places["ax"][0], places["figure"][0].axes[0]]
    for ax in firsts:
        ax.plot([0, 1], [2, 3], label="theirs")
    before, settings = [state_of(ax) for ax in firsts], dict(matplotlib.rcParams)
    with pytest.MonkeyPatch.context() as patch:
        for name, function in figures_of(*modules):
            parameters = inspect.signature(function).parameters
            (where,) = [one for one in places if one in parameters]
            given = functools.partial(function, **{where: places[where][1]})
            patch.setattr(sys.modules[function.__module__], name, given)
        drawn = make()
    assert any(drawn is second for _, second in places.values())
    figure.draw_without_rendering()
    assert [state_of(ax) for ax in firsts] == before
    assert dict(matplotlib.rcParams) == settings
    axes = [drawn] if isinstance(drawn, Axes) else drawn.axes
    assert any(ax.has_data() for ax in axes) and not figure.legends
    assert len(places["figure"][0].axes) == 1


def state_of(ax):
    limits = *ax.get_xlim(), *ax.get_ylim()
    words = ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()
    return limits, words, [type(one) for one in ax.get_children()], ax.get_legend_handles_labels()


def figures_of(*modules):
    """The figure functions that modules define, by name."""
    for module in modules:
        for name, function in vars(module).items():
            if name.startswith("fig_") and function.__module__ == module.__name__:
                yield name, function


def drawn_texts(figure):
    """Texts that are really drawn, and their boxes in pixels."""
    drawn = []
    draw = Text.draw

    def recording(text, renderer):
        draw(text, renderer)
        if text.get_text() and text.get_visible():
            drawn.append((text.get_text(), text.get_window_extent(renderer)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", recording)
        FigureCanvasAgg(figure).draw()
    return drawn


def test_no_text_leaves_the_figure_or_meets_another(figure):
    texts = drawn_texts(figure)
    assert len(texts) > 8
    for name, box in texts:
        assert box.x0 > -1 and box.x1 < figure.bbox.width + 1, name
        assert box.y0 > -1 and box.y1 < figure.bbox.height + 1, name
    for (one, box), (another, other) in combinations(texts, 2):
        wide = min(box.x1, other.x1) - max(box.x0, other.x0)
        high = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert wide < 2 or high < 2, (one, another)
    for legend in figure.legends:
        for ax in visible_axes(figure):
            assert not legend.get_window_extent().overlaps(ax.bbox)


def test_text_is_legible_on_a_phone(figure):
    scale = 390 / figure.bbox.width
    for text in figure.findobj(Text):
        if text.get_text():
            assert text.get_fontsize() * figure.dpi / 72 * scale >= 8


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(sessions, name):
    is_drawn_where_told(lambda: FIGURES[name](sessions), by_strength, course, task, training)


def test_the_drawn_trial_is_drawn_where_told():
    is_drawn_where_told(lambda: drawing.fig_drawn_trial(), drawing)


def test_every_figure_is_tried_where_it_is_told():
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    told = ("is_drawn_where_told(", "is_fit_to_show(")
    tried = "".join(text for text in tests if any(one in text for one in told))
    assert not [one.__name__ for one in all_figures() if f"{one.__name__}(" not in tried]


def test_a_second_call_into_the_same_axes_is_in_the_legend(sessions):
    ax = Figure().subplots()
    for name in NAMES[:2]:
        results = {name: behavior.steps_by_strength(sessions[name])}
        by_strength.fig_steps_by_strength(results, ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(NAMES[:2])


def test_a_figure_is_given_empty_and_left_empty_by_an_error(sessions):
    results = of(behavior.psychometric, sessions, NAMES[:1])
    figure = Figure()
    by_strength.fig_psychometric(results, figure=figure)
    # Only constrained layout keeps room below the panels.
    assert not figure.legends and figure.axes[-1].get_legend()
    with pytest.raises(ValueError, match="must be empty, or an empty subfigure, has 1 axes"):
        by_strength.fig_psychometric(results, figure=figure)
    wrong, figure = {"RNN": behavior.steps_by_strength(sessions["RNN"])}, Figure()
    with pytest.raises(ValueError, match="block_side"):
        by_strength.fig_psychometric(wrong, figure=figure)
    assert not figure.axes
    with pytest.raises(ValueError, match="figure must be a FigureBase"):
        by_strength.fig_psychometric(results, figure=Figure().subplots())


def test_help_says_where_to_draw():
    one, several = by_strength.fig_2b_chronometric, by_strength.fig_psychometric
    for function, name in ((one, "ax"), (several, "figure")):
        *_, last = inspect.signature(function).parameters.values()
        assert (last.name, last.default) == (name, None)
        assert f"{name} : " in function.__doc__ and "outside pyplot" in function.__doc__


def test_it_shows_itself_once_as_png_and_leaves_no_trace(sessions):
    before = dict(matplotlib.rcParams)
    figure = FIGURES["3a"](sessions)
    image = figure._repr_png_()
    assert image.startswith(b"\x89PNG")
    twice_drawn = io.BytesIO()
    FIGURES["3a"](sessions).savefig(twice_drawn, format="png")
    assert image == twice_drawn.getvalue()
    assert dict(matplotlib.rcParams) == before
    assert not hasattr(figure, "number")  # pyplot numbers the figures that it would show again
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_the_look_does_not_depend_on_the_settings_of_the_session(sessions):
    def image():
        buffer = io.BytesIO()
        FIGURES["2c"](sessions).savefig(buffer, format="png")
        return buffer.getvalue()

    plain = image()
    loud = {"font.size": 30, "axes.facecolor": "black", "xtick.labelsize": 40, "lines.marker": "x"}
    with matplotlib.rc_context(loud | {"lines.marker": "None"}):
        assert image() == plain


def test_agents_differ_in_more_than_colour():
    looks = style.agent_styles([*NAMES, "another"])
    chosen = [looks[name] for name in (*NAMES, "another", "Blockless actor", "Exponential actor")]
    for key in ("color", "marker", "linestyle"):
        assert len({str(look[key]) for look in chosen}) >= len(chosen) - (key == "linestyle")
    with pytest.raises(ValueError, match="at most 3 agents"):
        style.agent_styles(["a", "b", "c", "d"])


def test_numbers_drawn_are_numbers_given(sessions):
    results = of(behavior.steps_by_strength, sessions)
    ax = by_strength.fig_steps_by_strength(results).axes[0]
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
    for name, result in results.items():
        assert drawn[name].tolist() == result.mean.tolist()
    bands = [band.get_paths()[0].get_extents() for band in ax.collections]
    assert bands[0].ymin == results["RNN"].low.min()
    assert bands[0].ymax == results["RNN"].high.max()


def test_bars_of_2a_stack_to_one(sessions):
    ax = FIGURES["2a"](sessions).axes[0]
    tops = {}
    for bar in ax.patches:
        tops[bar.get_x()] = max(tops.get(bar.get_x(), 0), bar.get_y() + bar.get_height())
    assert list(tops.values()) == pytest.approx([1] * len(PARAMS.strengths))


def test_points_of_few_trials_are_left_out(sessions):
    result = behavior.chronometric(sessions["RNN"])
    few = result.n < by_strength.MIN_TRIALS
    assert few.any() and not few.all()
    lines = by_strength.fig_2b_chronometric(result).axes[0].lines
    n_drawn = sum(np.isfinite(line.get_ydata()).sum() for line in lines)
    assert n_drawn == (~few).sum()


def test_lines_of_recovery_are_means_over_all_blocks(sessions):
    result = behavior.recovery_by_previous_block(sessions["RNN"])
    above, below = course.fig_recovery_by_previous_block({"RNN": result}).axes
    for ax, quantity in ((above, result.slope), (below, result.intercept)):
        drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
        assert drawn["RNN"].tolist() == quantity.mean.tolist()
        known = quantity.n > 0
        overall = np.average(quantity.mean[known], weights=quantity.n[known])
        assert drawn["RNN, all blocks"] == pytest.approx([overall, overall])


def test_legends_show_marks_without_bars(sessions):
    figure = FIGURES["accuracy against speed"](sessions)
    FigureCanvasAgg(figure).draw()
    handles = figure.legends[0].legend_handles
    looks = style.agent_styles(NAMES)
    assert [one.get_marker() for one in handles] == [looks[name]["marker"] for name in NAMES]
    (ax,) = figure.axes
    bars = [segment for bar in ax.collections for segment in bar.get_segments()]
    for name in NAMES:
        one = behavior.performance(sessions[name])
        ends = [one.correct.low, one.correct.high]
        assert any(np.array_equal(segment[:, 1], ends) for segment in bars)
        ends = [one.n_steps.low, one.n_steps.high]
        assert any(np.array_equal(segment[:, 0], ends) for segment in bars)


def test_first_trials_shows_what_the_agent_saw(sessions):
    session = sessions["RNN"]
    above, below = training.fig_first_trials(session, first=3, n_trials=4).axes[:2]
    rows = slice(session.row_start[3], session.row_start[7])
    left, right = (line.get_ydata() for line in above.lines[:2])
    seen = session.row_step[rows] >= 2
    assert left[seen].tolist() == session.inputs[rows][seen, 0].tolist()
    assert right[seen].tolist() == session.inputs[rows][seen, 1].tolist()
    assert np.isnan(left[~seen]).all()
    p_right = np.concatenate([line.get_ydata() for line in below.lines[:4]])
    assert p_right.tolist() == session.p_right[session.row_trial, session.row_step][rows].tolist()


def test_captions_fit_on_a_line():
    for name, function in figures_of(by_strength, course, task, training):
        stem = function.__doc__.splitlines()[0]
        assert stem.endswith(".") and 20 < len(stem) < 100, name


def test_bad_input(sessions):
    steps = behavior.steps_by_strength(sessions["RNN"])
    calls = (
        (lambda: by_strength.fig_steps_by_strength(steps), "must map agents' names to GroupMeans"),
        (lambda: by_strength.fig_steps_by_strength([3]), "must map"),
        (
            lambda: by_strength.fig_steps_by_strength({"RNN": 3}),
            r"results\['RNN'\] must be a GroupMeans",
        ),
        (lambda: task.fig_task_raster(TRIALS, session=1), "session must be at least 0 and at most"),
        (lambda: task.fig_trial_observations(TRIALS, trial=-1), "trial must be"),
        (lambda: task.fig_block_lengths({"zipf": np.ones(3, int)}, PARAMS), "got 'zipf'"),
        (lambda: training.fig_training_curves(np.arange(2), {"loss": []}), "at least one value"),
        (lambda: training.fig_training_curves(np.arange(2), {"pace": [1, 2]}), "got 'pace'"),
        (lambda: training.fig_first_trials(TRIALS), "session must be a Session, got Trials"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def all_figures():
    for found in pkgutil.walk_packages(iblrnn_helpers.__path__, "iblrnn_helpers."):
        if "figures" in found.name or ".plot_" in found.name:
            for _, function in figures_of(importlib.import_module(found.name)):
                yield function


@pytest.mark.parametrize("function", list(all_figures()), ids=lambda function: function.__name__)
def test_a_figure_of_nothing_names_what_is_empty(function):
    needed = {
        name: parameter.annotation
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty
    }
    nothing = {
        "Mapping[": ({}, {"a": []}),
        "Sequence[": ([], [{}]),
        "np.ndarray": (np.empty((3, 0)),),
    }
    for name, annotation in needed.items():
        for empty in nothing.get(re.match(r"[\w.]+\[?", annotation)[0], ()):
            given = dict.fromkeys(needed, object()) | {name: empty}
            with pytest.raises(ValueError, match=rf"^{name}.* must hold at least one value"):
                function(**given)


def test_records_without_values_hold_nothing():
    trials = TRIALS.take_sessions(0, 1)
    none = replace(
        trials, **{name: getattr(trials, name)[:0] for name in (*COLUMNS, "observations")}
    )
    with pytest.raises(ValueError, match="trials must hold at least one value"):
        task.fig_task_raster(none)
    checks.some("trials", trials)
    means = behavior.chronometric(rollout(Accumulator(1), trials))
    checks.some("result", means)
    empty = {name: values[:0] for name, values in vars(means).items() if np.ndim(values)}
    with pytest.raises(ValueError, match=r"results\['b'\] must hold"):
        checks.some("results", {"a": means, "b": SimpleNamespace(**empty)})
    checks.some("results", {"a": means, "b": []}, gaps=True)  # one will do


def test_other_tasks_can_be_drawn():
    params = replace(PARAMS, strengths=(0.0,), n_blank_steps=0, n_observations=2)
    trials = sample_trials(params, n_sessions=2, n_blocks=2, seed=1)
    task.fig_task_raster(trials, session=1, n_trials=5)
    task.fig_trial_observations(trials)
    mice = sample_trials(replace(params, blocks="ibl"), n_sessions=1, n_blocks=2, seed=1)
    ax = task.fig_task_raster(mice, n_trials=100).axes[0]
    sides = {-1: "left", 0: "unbiased", 1: "right"}
    blocks = [f"{sides[mice.block_side[trial]]} block" for trial in (0, 95)]
    drawn = [text.get_text() for text in ax.texts]
    assert drawn == [blocks[0], blocks[1][0].upper()]  # the short one by its letter
    marks = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    assert marks["left, unbiased"] + marks["right, unbiased"] == 90
    one = {"RNN": rollout(Accumulator(1.0), trials)}
    by_strength.fig_2b_chronometric(behavior.chronometric(one["RNN"]))
    training.fig_first_trials(one["RNN"], first=trials.n_trials - 1)
    assert {field.name for field in fields(behavior.Outcomes)} == set(style.OUTCOME_STYLES)


def test_figures_of_one_agent_have_the_caller_s_name(sessions):
    one = sessions["RNN"]
    others = {"Bayesian actor": behavior.means(one, "correct", ["strength"])}
    bars = by_strength.fig_2a_outcomes_by_strength(
        behavior.outcomes_by_strength(one), others, agent="my agent"
    )
    labels = [text.get_text() for text in bars.legends[0].get_texts()]
    assert "my agent: correct" in labels and not any("RNN" in label for label in labels)
    points = by_strength.fig_2b_chronometric(behavior.chronometric(one), agent="my agent")
    assert points.axes[0].get_title() == "my agent"
