"""Behaviour in pictures (Claim 1): the panels of the paper's Figs. 2 and 3.

Every function takes results of :mod:`iblrnn_helpers.behavior.measures` by
agent's name; known names (``style.AGENT_STYLES``) always look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import checks
from ..core.means import GroupMeans
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    OUTCOME_STYLES,
    VERMILLION,
    agent_styles,
    check_agents,
    check_kind,
    draw_means,
    draw_references,
    legend_below,
    new_figure,
    styled,
)
from .measures import Outcomes, RewardByObservations

OVER_BLOCKS = "95% interval over blocks"
CORRECT = "correct / all trials"
STEPS = "steps per trial"
STRENGTH = "stimulus strength"
OUTCOME_COLOURS = {True: BLUE, False: VERMILLION}

References = Mapping[str, "float | Iterable[float]"]


@styled
def fig_2a_outcomes_by_strength(
    outcomes: Outcomes, others: Mapping[str, GroupMeans], *, agent: str = "RNN"
) -> Figure:
    """Correct, wrong and timed-out trials by stimulus strength, beside the baselines (Fig. 2a).

    Parameters
    ----------
    outcomes : Outcomes
        Of the agent drawn as bars, by ``strength``.
    others : dict of agent's name to GroupMeans
        Fraction correct by ``strength`` of the agents drawn as points.
    agent : str
        Name of the agent drawn as bars.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("outcomes", outcomes, Outcomes)
    check_agents(others, GroupMeans)
    strengths = outcomes.correct.groups["strength"]
    place = np.arange(len(strengths))
    figure, axes = new_figure(height=5.2)
    ax = axes[0, 0]
    bottom = np.zeros(len(place))
    for name, held in OUTCOME_STYLES.items():
        share = getattr(outcomes, name).mean
        style = {**held, "label": f"{agent}: {held['label']}"}
        ax.bar(place, share, 0.78, bottom=bottom, edgecolor="white", linewidth=0.6, **style)
        bottom += np.nan_to_num(share)

    reach = np.abs(
        [
            outcomes.correct.mean - outcomes.correct.low,
            outcomes.correct.high - outcomes.correct.mean,
        ]
    )
    offsets = np.linspace(-0.27, 0.27, len(others) + 1)
    ax.errorbar(
        place + offsets[0], outcomes.correct.mean, np.nan_to_num(reach), fmt="none", ecolor=BLACK
    )
    styles = agent_styles(others)
    for offset, (name, result) in zip(offsets[1:], others.items(), strict=True):
        held = {**styles[name], "linestyle": "none", "markersize": 9, "zorder": 3}
        held |= {"markeredgecolor": "white", "ecolor": BLACK, "label": f"{name}: correct"}
        draw_means(ax, place + offset, result, interval="bars", **held)
    ax.set_xticks(place, [f"{mu:g}" for mu in strengths])
    ax.set(
        xlabel=STRENGTH, ylabel=f"fraction of trials\n(error bars: {OVER_BLOCKS})", ylim=(0, 1.04)
    )
    ax.grid(False, axis="x")
    legend_below(figure, ax)
    return figure


@styled
def fig_2b_chronometric(
    result: GroupMeans, *, count_timeouts: bool = True, agent: str = "RNN", min_trials: int = 10
) -> Figure:
    """Steps per trial by stimulus strength, outcome and concordance (Fig. 2b).

    Parameters
    ----------
    result : GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.chronometric`.
    count_timeouts : bool
        As given to that function: the legend says what "not correct" holds.
    agent : str
        Whose trials they are.
    min_trials : int
        Points that rest on fewer trials are not drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("result", result, GroupMeans)
    result = result.at_least(min_trials)
    figure, axes = new_figure(height=4.8)
    ax = axes[0, 0]
    for correct in (True, False):
        for concordant in (True, False):
            shown = result.at(correct=correct, concordant=concordant)
            kind = "concordant" if concordant else "discordant"
            draw_means(
                ax,
                shown.groups["strength"],
                shown,
                color=OUTCOME_COLOURS[correct],
                marker="o" if correct else "X",
                linestyle="-" if concordant else (0, (4, 2)),
                markerfacecolor=OUTCOME_COLOURS[correct] if concordant else "white",
                label=f"{_outcome_name(correct, count_timeouts)}, {kind}",
            )
    ax.set(title=agent, xlabel=STRENGTH, ylabel=f"{STEPS}\n(bands: {OVER_BLOCKS})")
    legend_below(figure, ax)
    return figure


@styled
def fig_2c_chronometric_of_agents(
    results: Mapping[str, GroupMeans], *, count_timeouts: bool = True, min_trials: int = 10
) -> Figure:
    """Steps per trial by stimulus strength, agent against agent (Fig. 2c).

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.chronometric`.
    count_timeouts : bool
        As given to that function: the title says what "not correct" holds.
    min_trials : int
        Points that rest on fewer trials are not drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    figure, axes = new_figure(1, 2, height=4.9, sharey=True)
    for ax, correct in zip(axes[0], (True, False), strict=True):
        shown = {
            name: result.at_least(min_trials).at(correct=correct)
            for name, result in results.items()
        }
        draw_agents(ax, "strength", shown)
        ax.set(title=_outcome_name(correct, count_timeouts), xlabel=STRENGTH)
    axes[0, 0].set_ylabel(f"{STEPS}\n(bands: {OVER_BLOCKS})")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_3a_correct_by_concordance(
    results: Mapping[str, GroupMeans], *, references: References | None = None
) -> Figure:
    """Fraction correct by stimulus strength, on concordant and discordant trials (Fig. 3a).

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.correct_by_strength`.
    references : dict of str to float or several, optional
        Labelled horizontal lines, e.g. values that the paper states.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    figure, axes = new_figure(height=5.2)
    ax = axes[0, 0]
    draw_references(ax, references)
    draw_agents(ax, "strength", results)
    ax.set(xlabel=STRENGTH, ylabel=f"{CORRECT}\n(bands: {OVER_BLOCKS})", ylim=(0, 1.02))
    legend_below(figure, ax)
    return figure


@styled
def fig_3b_correct_by_trial_in_block(
    results: Mapping[str, GroupMeans],
    *,
    last_trial: int = 40,
    references: References | None = None,
) -> Figure:
    """Fraction correct on each trial after a block change (Fig. 3b).

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.correct_by_trial_in_block`,
        with or without the split by concordance.
    last_trial : int
        Last trial of the block that is drawn, counted from 1.
    references : dict of str to float or several, optional
        Labelled horizontal lines.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return fig_by_trial_in_block(results, last_trial, references, CORRECT)


@styled
def fig_3c_reward_by_observations(
    results: Mapping[str, RewardByObservations], *, min_trials: int = 30
) -> Figure:
    """Outcome of trials by the number of observations before they ended (Fig. 3c).

    Parameters
    ----------
    results : dict of agent's name to RewardByObservations
    min_trials : int
        Points that rest on fewer trials are not drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, RewardByObservations)
    styles = agent_styles(results)
    figure, axes = new_figure(1, 2, height=4.8)
    for ax, quantity, title in zip(
        axes[0], ("correct", "reward_per_step"), (CORRECT, "reward per step"), strict=True
    ):
        for name, both in results.items():
            shown = getattr(both, quantity).at_least(min_trials)
            draw_means(ax, shown.groups["n_observations"], shown, label=name, **styles[name])
        ax.set(title=title, xlabel="observations in the trial")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0, 0].set_ylabel(f"mean of trials that ended there\n(bands: {OVER_BLOCKS})")
    legend_below(figure, axes[0, 0])
    return figure


def _outcome_name(correct: bool, count_timeouts: bool) -> str:
    if correct:
        return "correct"
    return "wrong or timed out" if count_timeouts else "wrong"


def draw_agents(ax, axis: str, results: Mapping[str, GroupMeans], **line) -> None:
    """Means along an axis; if all are split by concordance, each agent has two lines.

    Filled marks and full lines are then concordant trials.
    """
    styles = agent_styles(results)
    if not all("concordant" in result.groups for result in results.values()):
        for name, result in results.items():
            draw_means(ax, result.groups[axis], result, label=name, **styles[name], **line)
        return
    dashes = {True: "-", False: (0, (4, 2))}
    for name, result in results.items():
        held = {k: styles[name][k] for k in ("color", "marker")}
        for concordant, dash in dashes.items():
            shown = result.at(concordant=concordant)
            label = name if concordant else "_discordant"
            face = held["color"] if concordant else "white"
            more = {"linestyle": dash, "markerfacecolor": face, "label": label, **line}
            draw_means(ax, shown.groups[axis], shown, **held, **more)
    for concordant, dash in dashes.items():
        ax.plot(
            [],
            [],
            color=GREY,
            marker="o",
            linestyle=dash,
            markerfacecolor=GREY if concordant else "white",
            label="concordant trials" if concordant else "discordant trials",
        )


def fig_by_trial_in_block(results, last_trial, references, ylabel) -> Figure:
    """Lines by trial within the block, for one quantity of several agents."""
    check_agents(results, GroupMeans)
    checks.integer("last_trial", last_trial, low=1)
    figure, axes = new_figure(height=5.0)
    ax = axes[0, 0]
    draw_references(ax, references)
    early = {name: first_trials(result, last_trial) for name, result in results.items()}
    draw_agents(ax, "trial_in_block", early, markersize=5, markevery=2)
    ax.set(
        xlabel="trial within the block (1: first after the change)",
        ylabel=f"{ylabel}\n(bands: {OVER_BLOCKS})",
    )
    ax.set_xlim(0, last_trial + 1)
    legend_below(figure, ax)
    return figure


def first_trials(result: GroupMeans, last_trial: int) -> GroupMeans:
    """Cut to the first trials of the block, and counted from 1."""
    groups = {**result.groups, "trial_in_block": result.groups["trial_in_block"][:last_trial] + 1}
    arrays = (a[:last_trial] for a in (result.mean, result.low, result.high, result.n))
    return GroupMeans(groups, *arrays)
