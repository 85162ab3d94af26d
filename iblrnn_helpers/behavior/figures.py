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
BANDS = f"(bands: {OVER_BLOCKS})"
CORRECT = "correct / all trials"
STEPS = f"steps per trial\n{BANDS}"
STRENGTH = "stimulus strength"
OUTCOMES = {True: "correct", False: "wrong or timed out"}
SPLITS = {  # into two lines an agent
    "concordant": {True: "concordant trials", False: "discordant trials"},
    "correct": OUTCOMES,
}
MIN_TRIALS = 10  # of a chronometric curve's points


@style.panel(height=5.2)
def fig_2a_outcomes_by_strength(
    ax, outcomes: Outcomes, others: Mapping[str, GroupMeans], *, agent: str = "RNN"
):
    """Correct, wrong and timed-out trials by stimulus strength, beside the baselines (Fig. 2a).

    Parameters
    ----------
    outcomes : Outcomes
        Of the network, drawn as bars, by ``strength``.
    others : dict of agent's name to GroupMeans
        Fraction correct by ``strength`` of the agents drawn as points.
    agent : str
        Name of what is drawn as bars.
    """
    style.check_agents(others, GroupMeans)
    strengths = outcomes.correct.groups["strength"]
    place = np.arange(len(strengths))
    bottom = np.zeros(len(place))
    for name, look in style.OUTCOME_STYLES.items():
        share = getattr(outcomes, name).mean
        look = {
            **look,
            "label": f"{agent}: {look['label']}",
            "edgecolor": "white",
            "linewidth": 0.6,
        }
        ax.bar(place, share, 0.78, bottom=bottom, **look)
        bottom += np.nan_to_num(share)

    offsets = np.linspace(-0.27, 0.27, len(others) + 1)
    bars = {"color": style.BLACK, "interval": "bars"}
    style.draw_means(ax, place + offsets[0], outcomes.correct, **bars)
    styles = style.agent_styles(others)
    for offset, (name, result) in zip(offsets[1:], others.items(), strict=True):
        look = {**bars, **styles[name], "label": f"{name}: correct"}
        style.draw_means(ax, place + offset, result, **look)
    ax.set_xticks(place, [f"{mu:g}" for mu in strengths])
    ax.set(xlabel=STRENGTH, ylim=(0, 1.04))
    ax.set_ylabel(f"fraction of trials\n(error bars: {OVER_BLOCKS})")
    ax.grid(False, axis="x")


@style.panel(height=4.8)
def fig_2b_chronometric(ax, result: GroupMeans, *, agent: str = "RNN"):
    """Steps per trial by stimulus strength, outcome and concordance, of the network (Fig. 2b).

    ``result`` is that of :func:`iblrnn_helpers.behavior.measures.chronometric`, of the agent of
    this name; points that rest on few trials are not drawn.
    """
    for correct, marker, colour in ((True, "o", style.BLUE), (False, "X", style.VERMILLION)):
        for concordant, kind in ((True, "concordant"), (False, "discordant")):
            shown = result.at_least(MIN_TRIALS).at(correct=correct, concordant=concordant)
            look = {"marker": marker, "label": f"{OUTCOMES[correct]}, {kind}"}
            look |= _full_or_open(concordant, colour)
            style.draw_means(ax, shown.groups["strength"], shown, **look)
    ax.set(title=agent, xlabel=STRENGTH, ylabel=STEPS)


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
    ax.set(xlabel=STRENGTH, ylabel=f"{CORRECT}\n{BANDS}", ylim=(0, 1.02))


@style.panels
def fig_psychometric(figure, results: Mapping[str, GroupMeans]):
    """Right choices by signed stimulus strength, in left and in right blocks.

    ``results`` are those of :func:`iblrnn_helpers.behavior.measures.psychometric`; a panel each.
    """
    style.check_agents(results, GroupMeans)
    shape = {"row_height": 2.9, "rest": 1.6, "sharex": True, "sharey": True}
    shape["xlabel"] = "signed stimulus strength\n(negative: left)"
    shape["ylabel"] = f"right / all choices\n({OVER_BLOCKS})"
    axes = style.rows_of(figure, len(results), 2, **shape)
    for ax, (name, result) in zip(axes.flat, results.items(), strict=False):
        draw_psychometric(ax, result)
        ax.set_title(name)


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
        look = {**styles[name], "label": name, "interval": "bars"}
        style.draw_means(ax, one.n_steps.mean, one.correct, **look)
        ax.hlines(one.correct.mean, one.n_steps.low, one.n_steps.high, styles[name]["color"])
    ax.set(xlabel="steps per trial, blank steps included", ylabel="correct actions / trials")


def draw_psychometric(ax, result: GroupMeans) -> None:
    """Right choices by signed strength, in left and in right blocks."""
    ax.axhline(0.5, color=style.GREY, linewidth=0.8)
    ax.axvline(0, color=style.GREY, linewidth=0.8)
    for side, look in style.SIDE_STYLES.items():
        shown = result.at(block_side=side)
        look = {**look, "label": f"{look['label']} block"}
        style.draw_means(ax, shown.groups["signed_strength"], shown, **look)
    ax.set_ylim(-0.02, 1.02)


def draw_agents(ax, axis: str, results: Mapping[str, GroupMeans], **line) -> None:
    """Means along an axis; if all are split by one of ``SPLITS``, each agent has two lines.

    Filled marks and full lines are then concordant, or correct, trials.
    """
    styles = style.agent_styles(results)
    split = next((s for s in SPLITS if all(s in one.groups for one in results.values())), "")
    for name, result in results.items():
        look = {**styles[name], **line, "label": name}
        if not split:
            style.draw_means(ax, result.groups[axis], result, **look)
            continue
        for value in (True, False):
            shown = result.at(**{split: value})
            look |= _full_or_open(value, look["color"])
            style.draw_means(ax, shown.groups[axis], shown, **look)
            look["label"] = "_second"
    for value, label in SPLITS.get(split, {}).items():
        ax.plot([], [], marker="o", label=label, **_full_or_open(value, style.GREY))


def _full_or_open(full: bool, colour: str) -> dict:
    if full:
        return {"color": colour, "linestyle": "-", "markerfacecolor": colour}
    return {"color": colour, "linestyle": (0, (4, 2)), "markerfacecolor": "white"}
