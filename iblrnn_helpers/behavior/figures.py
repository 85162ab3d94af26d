"""Accuracy and speed by stimulus strength, in pictures, and what all figures of agents share.

The panels of the paper's Figs. 2 and 3a, and what its released code draws beside them.  Every
function takes results of :mod:`iblrnn_helpers.behavior.measures`, most of them by agent's name;
known names (``AGENT_STYLES`` in :mod:`iblrnn_helpers.core.plot_style`) always look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..core import plot_style as style
from ..core.means import GroupMeans
from .measures import Outcomes, Performance

OVER_BLOCKS = "95% interval over blocks"
CORRECT = "correct / all trials"
STEPS = f"steps per trial\n(bands: {OVER_BLOCKS})"
STRENGTH = "stimulus strength"
OUTCOMES = {True: "correct", False: "wrong or timed out"}
DASHES = {True: "-", False: (0, (4, 2))}  # by concordance
MIN_TRIALS = 10  # of a chronometric curve's points


@style.panel(height=5.2)
def fig_2a_outcomes_by_strength(ax, outcomes: Outcomes, others: Mapping[str, GroupMeans]):
    """Correct, wrong and timed-out trials by stimulus strength, beside the baselines (Fig. 2a).

    Parameters
    ----------
    outcomes : Outcomes
        Of the network, drawn as bars, by ``strength``.
    others : dict of agent's name to GroupMeans
        Fraction correct by ``strength`` of the agents drawn as points.
    """
    style.check_agents(others, GroupMeans)
    strengths = outcomes.correct.groups["strength"]
    place = np.arange(len(strengths))
    bottom = np.zeros(len(place))
    for name, look in style.OUTCOME_STYLES.items():
        share = getattr(outcomes, name).mean
        look = {**look, "label": f"RNN: {look['label']}", "edgecolor": "white", "linewidth": 0.6}
        ax.bar(place, share, 0.78, bottom=bottom, **look)
        bottom += np.nan_to_num(share)

    offsets = np.linspace(-0.27, 0.27, len(others) + 1)
    bars = {"interval": "bars", "ecolor": style.BLACK}
    style.draw_means(ax, place + offsets[0], outcomes.correct, **bars, fmt="none")
    styles = style.agent_styles(others)
    points = {"linestyle": "none", "markersize": 9, "markeredgecolor": "white", "zorder": 3}
    for offset, (name, result) in zip(offsets[1:], others.items(), strict=True):
        look = {**styles[name], **points, "label": f"{name}: correct"}
        style.draw_means(ax, place + offset, result, **bars, **look)
    ax.set_xticks(place, [f"{mu:g}" for mu in strengths])
    ax.set(xlabel=STRENGTH, ylim=(0, 1.04))
    ax.set_ylabel(f"fraction of trials\n(error bars: {OVER_BLOCKS})")
    ax.grid(False, axis="x")


@style.panel(height=4.8)
def fig_2b_chronometric(ax, result: GroupMeans):
    """Steps per trial by stimulus strength, outcome and concordance, of the network (Fig. 2b).

    ``result`` is that of :func:`iblrnn_helpers.behavior.measures.chronometric`; points that rest
    on few trials are not drawn.
    """
    for correct, marker, colour in ((True, "o", style.BLUE), (False, "X", style.VERMILLION)):
        for concordant, kind in ((True, "concordant"), (False, "discordant")):
            shown = result.at_least(MIN_TRIALS).at(correct=correct, concordant=concordant)
            look = {"color": colour, "marker": marker, **_by_concordance(concordant, colour)}
            label = f"{OUTCOMES[correct]}, {kind}"
            style.draw_means(ax, shown.groups["strength"], shown, label=label, **look)
    ax.set(title="RNN", xlabel=STRENGTH, ylabel=STEPS)


@style.panels
def fig_2c_chronometric_of_agents(figure, results: Mapping[str, GroupMeans]):
    """Steps per trial by stimulus strength, agent against agent (Fig. 2c).

    ``results`` are those of :func:`iblrnn_helpers.behavior.measures.chronometric`; points that
    rest on few trials are not drawn.
    """
    style.check_agents(results, GroupMeans)
    axes = style.grid(figure, 1, 2, height=4.9, sharey=True)
    for ax, (correct, title) in zip(axes[0], OUTCOMES.items(), strict=True):
        shown = {n: one.at_least(MIN_TRIALS).at(correct=correct) for n, one in results.items()}
        draw_agents(ax, "strength", shown)
        ax.set(title=title, xlabel=STRENGTH)
    axes[0, 0].set_ylabel(STEPS)


@style.panel(height=5.2)
def fig_3a_correct_by_concordance(
    ax,
    results: Mapping[str, GroupMeans],
    *,
    references: Mapping[str, float | Iterable[float]] | None = None,
):
    """Fraction correct by stimulus strength, on concordant and discordant trials (Fig. 3a).

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.correct_by_strength`.
    references : dict of str to float or several, optional
        Labelled horizontal lines, e.g. values that the paper states.
    """
    style.check_agents(results, GroupMeans)
    style.draw_references(ax, references)
    draw_agents(ax, "strength", results)
    ax.set(xlabel=STRENGTH, ylabel=f"{CORRECT}\n(bands: {OVER_BLOCKS})", ylim=(0, 1.02))


@style.panels
def fig_psychometric(figure, results: Mapping[str, GroupMeans]):
    """Right choices by signed stimulus strength, in left and in right blocks.

    ``results`` are those of :func:`iblrnn_helpers.behavior.measures.psychometric`; a panel each.
    """
    style.check_agents(results, GroupMeans)
    n_columns = min(2, len(results))
    shape = {"row_height": 2.9, "rest": 1.6, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(results), n_columns, **shape)
    for ax, (name, result) in zip(axes.flat, results.items(), strict=False):
        ax.axhline(0.5, color=style.GREY, linewidth=0.8)
        ax.axvline(0, color=style.GREY, linewidth=0.8)
        for side, look in style.SIDE_STYLES.items():
            shown = result.at(block_side=side)
            look = {**look, "label": f"{look['label']} block"}
            style.draw_means(ax, shown.groups["signed_strength"], shown, **look)
        ax.set(title=name, ylim=(-0.02, 1.02))
    for ax in axes.flat[len(results) - n_columns : len(results)]:  # the lowest of each column
        ax.set_xlabel("signed stimulus strength\n(negative: left)")
        ax.tick_params(labelbottom=True)
    for ax in axes[:, 0]:
        ax.set_ylabel(f"right / all choices\n({OVER_BLOCKS})")


@style.panel(height=4.6)
def fig_steps_by_strength(ax, results: Mapping[str, GroupMeans]):
    """Steps per trial by stimulus strength, all trials together."""
    style.check_agents(results, GroupMeans)
    draw_agents(ax, "strength", results)
    ax.set(xlabel=STRENGTH, ylabel=STEPS)


@style.panel(height=4.2)
def fig_accuracy_against_speed(ax, results: Mapping[str, Performance]):
    """Fraction correct against steps per trial, an agent a point; 95% intervals over blocks."""
    style.check_agents(results, Performance)
    styles = style.agent_styles(results)
    for name, one in results.items():
        xerr, yerr = (
            np.array([[result.mean - result.low], [result.high - result.mean]])
            for result in (one.n_steps, one.correct)
        )
        look = {**styles[name], "linestyle": "none", "markersize": 9, "label": name}
        ax.errorbar(one.n_steps.mean, one.correct.mean, xerr=xerr, yerr=yerr, **look)
    ax.set(xlabel="steps per trial, blank steps included", ylabel="correct actions / trials")


def draw_agents(ax, axis: str, results: Mapping[str, GroupMeans], **line) -> None:
    """Means along an axis; if all are split by concordance, each agent has two lines.

    Filled marks and full lines are then concordant trials.
    """
    styles = style.agent_styles(results)
    if not all("concordant" in result.groups for result in results.values()):
        for name, result in results.items():
            style.draw_means(ax, result.groups[axis], result, label=name, **styles[name], **line)
        return
    for name, result in results.items():
        colour, marker = styles[name]["color"], styles[name]["marker"]
        for concordant in (True, False):
            shown = result.at(concordant=concordant)
            look = {"label": name if concordant else "_discordant", **line}
            look |= {"color": colour, "marker": marker, **_by_concordance(concordant, colour)}
            style.draw_means(ax, shown.groups[axis], shown, **look)
    for concordant, label in ((True, "concordant trials"), (False, "discordant trials")):
        look = _by_concordance(concordant, style.GREY)
        ax.plot([], [], color=style.GREY, marker="o", label=label, **look)


def _by_concordance(concordant: bool, colour: str) -> dict:
    face = colour if concordant else "white"
    return {"linestyle": DASHES[concordant], "markerfacecolor": face}
