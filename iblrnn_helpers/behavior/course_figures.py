"""The course of trials and of blocks in pictures: Figs. 3b and 3c of the paper, and more.

Every function takes results of :mod:`iblrnn_helpers.behavior.measures` by agent's name, but for
the beliefs of :func:`fig_block_belief`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import MaxNLocator

from ..core import plot_style as style
from ..core.means import GroupMeans
from ..task.generative_model import Trials
from .figures import BANDS, CORRECT, OVER_BLOCKS, draw_agents
from .measures import Recovery, RewardByObservations

LAST_TRIAL = 40  # of a block, from 1
MIN_TRIALS = 30  # of a point, if it is to be drawn
N_TRIALS = 300  # of a course of beliefs


@style.panel(height=5.0)
def fig_3b_correct_by_trial_in_block(ax, results: Mapping[str, GroupMeans]):
    """Fraction correct on each trial after a block change (Fig. 3b).

    ``results`` are those of :func:`iblrnn_helpers.behavior.measures.correct_by_trial_in_block`.
    """
    draw_by_trial(ax, results)
    ax.set_ylabel(f"{CORRECT}\n{BANDS}")


@style.panel(height=5.0)
def fig_correct_at_zero_strength(ax, results: Mapping[str, GroupMeans]):
    """Fraction correct without any stimulus on each trial after a block change.

    Only what an agent believes about the block can help it here.  ``results`` are as for
    :func:`fig_3b_correct_by_trial_in_block`, of trials of strength 0.
    """
    draw_by_trial(ax, results)
    ax.set_ylabel(f"correct / trials of strength 0\n{BANDS}")


@style.panel(height=5.0)
def fig_block_known_by_trial(ax, results: Mapping[str, GroupMeans]):
    """How often the block's side is the likelier one before anything is seen, trial by trial.

    ``results`` are those of :func:`iblrnn_helpers.behavior.beliefs.block_known_by_trial`.
    """
    draw_by_trial(ax, results)
    ax.set_ylabel(f"block's side is the likelier / trials\n{BANDS}")
    ax.axhline(0.5, color=style.GREY, linewidth=0.8, zorder=0)


def draw_by_trial(ax, results: Mapping[str, GroupMeans]) -> None:
    """Means along the first trials after a block change, counted from 1."""
    style.check_agents(results, GroupMeans)
    early = {name: first_trials(result, LAST_TRIAL) for name, result in results.items()}
    draw_agents(ax, "trial_in_block", early, markersize=5, markevery=2)
    ax.set_xlabel("trial within the block (1: first after the change)")
    ax.set_xlim(0, LAST_TRIAL + 1)


def first_trials(result: GroupMeans, last_trial: int) -> GroupMeans:
    """Cut to the first trials of the block, and counted from 1."""
    groups = {**result.groups, "trial_in_block": result.groups["trial_in_block"][:last_trial] + 1}
    arrays = (a[:last_trial] for a in (result.mean, result.low, result.high, result.n))
    return GroupMeans(groups, *arrays)


@style.panels
def fig_3c_reward_by_observations(figure, results: Mapping[str, RewardByObservations]):
    """Outcome of trials by the number of observations before they ended (Fig. 3c)."""
    style.check_agents(results, RewardByObservations)
    axes = style.grid(figure, 1, 2, height=4.8)
    titles = {"correct": CORRECT, "reward_per_step": "reward per step"}
    for ax, (quantity, title) in zip(axes[0], titles.items(), strict=True):
        shown = {n: getattr(both, quantity).at_least(MIN_TRIALS) for n, both in results.items()}
        draw_agents(ax, "n_observations", shown)
        ax.set(title=title, xlabel="observations in the trial")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0, 0].set_ylabel(f"mean of trials that ended there\n{BANDS}")


@style.panel(height=4.8)
def fig_correct_by_step(ax, results: Mapping[str, GroupMeans], *, n_blank_steps: int):
    """Accuracy of a forced choice at every step, among the trials that lasted so long.

    ``results`` are those of :func:`iblrnn_helpers.behavior.measures.correct_by_step`; steps
    without observations are shaded, points that rest on few trials are not drawn.
    """
    style.check_agents(results, GroupMeans)
    styles = style.agent_styles(results)
    if n_blank_steps:
        ax.axvspan(0.5, n_blank_steps + 0.5, color="#efefef", label="blank steps")
    for name, result in results.items():
        shown = result.at_least(MIN_TRIALS)
        style.draw_means(ax, shown.groups["step"] + 1, shown, label=name, **styles[name])
    ax.set(xlabel="step within the trial", ylabel=f"correct if forced\n{BANDS}")
    ax.set_xlim(0.5, len(result.mean) + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


@style.panels
def fig_recovery_by_previous_block(figure, results: Mapping[str, Recovery]):
    """Recovery of accuracy after a block change, by the length of the block before.

    Bars that cross the horizontal line of their agent, its mean over all blocks, show no effect
    of that length.
    """
    style.check_agents(results, Recovery)
    styles = style.agent_styles(results)
    axes = style.grid(figure, 2, 1, height=6.0, sharex=True)
    offsets = 2 * np.arange(len(results)) - (len(results) - 1)
    labels = {
        "slope": "slope\n(correct per trial)",
        "intercept": "start\n(correct, first trial)",
    }
    for ax, (quantity, label) in zip(axes[:, 0], labels.items(), strict=True):
        for offset, (name, both) in zip(offsets, results.items(), strict=True):
            result, look = getattr(both, quantity), {**styles[name], "label": name}
            x = result.groups["previous_length"] + offset
            style.draw_means(ax, x, result, interval="bars", **look)
            overall = np.nansum(result.mean * result.n) / result.n.sum()
            look |= {"label": f"{name}, all blocks", "marker": ""}
            ax.axhline(overall, **look)
        ax.set_ylabel(label)
    axes[1, 0].set_xlabel(f"length of the previous block (trials)\nbars: {OVER_BLOCKS}")


@style.panel(height=3.6, n_columns=3)
def fig_block_belief(ax, trials: Trials, beliefs: Mapping[str, np.ndarray]):
    """Belief that the block is a right block, in the first trials, against the true block side.

    Parameters
    ----------
    trials : Trials
    beliefs : dict of str to (n_trials,) float
        P(block = right) before each trial, by the name of the observer.
    """
    number = np.arange(min(N_TRIALS, len(trials)))
    right = trials.block_side[number] > 0
    band = {"step": "mid", "color": style.GREY, "alpha": 0.25, "linewidth": 0}
    ax.fill_between(number, 0, 1, where=right, label="right block", **band)
    styles = style.agent_styles(beliefs)
    for name, belief in beliefs.items():
        look = {**styles[name], "marker": "", "linewidth": 1.8, "label": name}
        ax.plot(number, belief[number], **look)
    discordant = number[trials.discordant[number]]
    middle = np.full(len(discordant), 0.5)
    ax.plot(discordant, middle, "|", color=style.BLACK, markersize=9, label="discordant trial")
    ax.set(xlabel="trial", ylabel="P(block = right)", ylim=(-0.03, 1.03))
