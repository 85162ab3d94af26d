"""Behaviour in pictures: what the paper's code draws beside the panels of the paper.

Every function takes results of :mod:`iblrnn_helpers.behavior.measures` by agent's name.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core.means import GroupMeans
from ..core.plot_style import (
    BLACK,
    GREY,
    SIDE_STYLES,
    agent_styles,
    check_agents,
    draw_means,
    legend_below,
    new_figure,
    styled,
)
from ..task.generative_model import Trials
from .figures import OVER_BLOCKS, STEPS, STRENGTH, References, fig_by_trial_in_block
from .measures import Performance, Recovery


@styled
def fig_correct_at_zero_strength(
    results: Mapping[str, GroupMeans],
    *,
    last_trial: int = 40,
    references: References | None = None,
) -> Figure:
    """Fraction correct without any stimulus on each trial after a block change.

    Only what an agent believes about the block can help it here.

    Parameters
    ----------
    results, last_trial, references
        As for :func:`fig_3b_correct_by_trial_in_block`; results of trials of strength 0.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return fig_by_trial_in_block(results, last_trial, references, "correct / trials of strength 0")


@styled
def fig_psychometric(results: Mapping[str, GroupMeans]) -> Figure:
    """Right choices by signed stimulus strength, in left and in right blocks.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.psychometric`; a panel an agent.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    n_columns = min(2, len(results))
    n_rows = -(-len(results) // n_columns)
    figure, axes = new_figure(
        n_rows, n_columns, height=1.6 + 2.9 * n_rows, sharex=True, sharey=True
    )
    lowest = axes.ravel()[len(results) - n_columns : len(results)]
    for ax in axes.ravel()[len(results) :]:
        ax.set_visible(False)
    for ax, (name, result) in zip(axes.ravel(), results.items(), strict=False):
        ax.axhline(0.5, color=GREY, linewidth=0.8)
        ax.axvline(0, color=GREY, linewidth=0.8)
        for side, held in SIDE_STYLES.items():
            shown = result.at(block_side=side)
            line = {**held, "label": f"{held['label']} block"}
            draw_means(ax, shown.groups["signed_strength"], shown, **line)
        ax.set(title=name, ylim=(-0.02, 1.02))
    for ax in lowest:
        ax.set_xlabel("signed stimulus strength\n(negative: left)")
        ax.tick_params(labelbottom=True)
    for ax in axes[:, 0]:
        ax.set_ylabel(f"right / all choices\n({OVER_BLOCKS})")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_correct_by_step(
    results: Mapping[str, GroupMeans], *, n_blank_steps: int, min_trials: int = 30
) -> Figure:
    """Accuracy of a forced choice at every step, among the trials that lasted so long.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.correct_by_step`.
    n_blank_steps : int
        Steps without observations, shaded.
    min_trials : int
        Points that rest on fewer trials are not drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    styles = agent_styles(results)
    figure, axes = new_figure(height=4.8)
    ax = axes[0, 0]
    if n_blank_steps:
        ax.axvspan(0.5, n_blank_steps + 0.5, color="#efefef", label="blank steps")
    for name, result in results.items():
        shown = result.at_least(min_trials)
        draw_means(ax, shown.groups["step"] + 1, shown, label=name, **styles[name])
    ax.set(xlabel="step within the trial", ylabel=f"correct if forced\n(bands: {OVER_BLOCKS})")
    ax.set_xlim(0.5, len(result.mean) + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, ax)
    return figure


@styled
def fig_steps_by_strength(results: Mapping[str, GroupMeans]) -> Figure:
    """Steps per trial by stimulus strength.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.steps_by_strength`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    styles = agent_styles(results)
    figure, axes = new_figure(height=4.6)
    ax = axes[0, 0]
    for name, result in results.items():
        draw_means(ax, result.groups["strength"], result, label=name, **styles[name])
    ax.set(xlabel=STRENGTH, ylabel=f"{STEPS}\n(bands: {OVER_BLOCKS})")
    legend_below(figure, ax)
    return figure


@styled
def fig_recovery_by_previous_block(results: Mapping[str, Recovery]) -> Figure:
    """Recovery of accuracy after a block change, by the length of the block before.

    Parameters
    ----------
    results : dict of agent's name to Recovery

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, Recovery)
    styles = agent_styles(results)
    figure, axes = new_figure(2, 1, height=6.0, sharex=True)
    offsets = np.linspace(-1, 1, len(results)) if len(results) > 1 else [0.0]
    for ax, quantity, label in zip(
        axes[:, 0],
        ("slope", "intercept"),
        ("slope\n(correct per trial)", "intercept\n(correct, first trial)"),
        strict=True,
    ):
        for offset, (name, both) in zip(offsets, results.items(), strict=True):
            result = getattr(both, quantity)
            x = result.groups["previous_length"] + offset
            draw_means(ax, x, result, interval="bars", label=name, **styles[name])
        ax.set_ylabel(label)
    axes[0, 0].axhline(0, color=GREY, linewidth=0.8)
    axes[1, 0].set_xlabel(f"length of the previous block (trials)\nbars: {OVER_BLOCKS}")
    legend_below(figure, axes[0, 0])
    return figure


# Figures of the Bayesian baselines: the belief about the block, and what each actor earns.


@styled
def fig_block_belief(
    trials: Trials, beliefs: Mapping[str, np.ndarray], *, first: int = 0, n_trials: int = 300
) -> Figure:
    """Belief that the block is a right block, trial by trial, against the true block side.

    Parameters
    ----------
    trials : Trials
    beliefs : dict of str to (n_trials,) float
        P(block = right) before each trial, by the name of the observer.
    first, n_trials : int
        The stretch that is drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = slice(first, min(first + n_trials, len(trials)))
    number = np.arange(shown.start, shown.stop)
    figure, axes = new_figure(height=3.6)
    ax = axes[0, 0]
    ax.fill_between(
        number,
        0,
        1,
        where=trials.block_side[shown] > 0,
        step="mid",
        color=GREY,
        alpha=0.25,
        linewidth=0,
        label="right block",
    )
    styles = agent_styles(beliefs)
    for name, belief in beliefs.items():
        line = {key: styles[name][key] for key in ("color", "linestyle")}
        ax.plot(number, belief[shown], label=name, linewidth=1.8, **line)
    discordant = number[~trials.concordant[shown]]
    ax.plot(
        discordant,
        np.full(len(discordant), 0.5),
        linestyle="none",
        marker="|",
        markersize=9,
        color=BLACK,
        label="discordant trial",
    )
    ax.set(xlabel="trial", ylabel="P(block = right)", ylim=(-0.03, 1.03))
    legend_below(figure, ax, n_columns=3)
    return figure


@styled
def fig_accuracy_against_speed(results: Mapping[str, Performance]) -> Figure:
    """Fraction correct against steps per trial, an agent a point, with 95% intervals over blocks.

    Parameters
    ----------
    results : dict of agent's name to Performance

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, Performance)
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    styles = agent_styles(results)
    for name, result in results.items():
        steps, correct = result.n_steps, result.correct
        ax.errorbar(
            steps.mean,
            correct.mean,
            xerr=np.array([[steps.mean - steps.low], [steps.high - steps.mean]]),
            yerr=np.array([[correct.mean - correct.low], [correct.high - correct.mean]]),
            color=styles[name]["color"],
            marker=styles[name]["marker"],
            linestyle="none",
            markersize=9,
            label=name,
        )
    ax.set(xlabel="steps per trial, blank steps included", ylabel="correct actions / trials")
    legend_below(figure, ax)
    return figure
