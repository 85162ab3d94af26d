"""Claim 3 in pictures: the network's block belief beside those of two Bayesian observers.

Beliefs are signed, left -1 to right +1, after each trial; the network's is scaled to the
observer's (:func:`iblrnn_helpers.coupling.beliefs.scale_of`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ..behavior.figures import draw_agents
from ..core import plot_style as style
from ..core.means import GroupMeans
from ..task.figures import shade_blocks

BELIEF = "block belief\n(left −1, right +1)"
PER_ROW = 100  # trials in each row of Fig. 6a
EDGES = np.linspace(-1, 1, 21)  # bins of belief
SHARES = [0.05, 0.25, 0.5, 0.75, 0.95]
MIN_TRIALS = 20  # bins with fewer are not drawn
ZERO = {"color": style.BLACK, "linewidth": 0.9, "zorder": 1}


@style.panels(n_columns=3)
def fig_6a_block_inference(figure, beliefs: Mapping[str, np.ndarray], block_side: np.ndarray):
    """Block beliefs over many trials, in rows of 100, over the true block side (Fig. 6a).

    Parameters
    ----------
    beliefs : dict of agent's name to (n_trials,) float
    block_side : (n_trials,) int
        -1 left, +1 right.
    """
    shape = {"row_height": 1.6, "rest": 1.2, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, -(-len(block_side) // PER_ROW), 1, **shape)[:, 0]
    for row, ax in enumerate(axes):
        shown = slice(row * PER_ROW, (row + 1) * PER_ROW)
        _draw_beliefs(ax, {n: values[shown] for n, values in beliefs.items()}, block_side[shown])
        last = min(shown.stop, len(block_side))
        ax.set_title(f"trials {shown.start + 1} to {last}", loc="left", fontsize=11.5)
    axes[0].set_xlim(0.5, min(PER_ROW, len(block_side)) + 0.5)
    axes[-1].set_xlabel("trial of the row")
    axes[len(axes) // 2].set_ylabel(BELIEF)


@style.panels
def fig_6b_single_block(
    figure,
    beliefs: Mapping[str, np.ndarray],
    evidence: np.ndarray,
    side: np.ndarray,
    block_side: np.ndarray,
):
    """Block beliefs in one block, and below them the evidence of each trial (Fig. 6b).

    Parameters
    ----------
    beliefs : dict of agent's name to (n_trials,) float
    evidence : (n_trials,) float
        Sum of d = o^R - o^L over each trial's steps.
    side, block_side : (n_trials,) int
        Of the stimulus and of the block: -1 left, +1 right.
    """
    axes = style.grid(figure, 2, 1, height=6.0, sharex=True, height_ratios=(1.5, 1))
    top, bottom = axes[:, 0]
    _draw_beliefs(top, beliefs, block_side, marks=True)
    top.set_ylabel(BELIEF)
    trial = np.arange(1, len(block_side) + 1)
    for s, look in style.SIDE_STYLES.items():
        x, y = trial[side == s], evidence[side == s]
        bottom.vlines(x, 0, y, color=look["color"], lw=2)
        bottom.plot(x, y, **{**look, "linestyle": "none", "label": f"stimulus {look['label']}"})
    bottom.axhline(0, **ZERO)
    bottom.set(xlabel="trial of the block", ylabel="evidence\n(sum of oᴿ − oᴸ)")
    bottom.set_xlim(0.3, len(trial) + 0.7)
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw_beliefs(ax, beliefs, block_side, *, marks: bool = False) -> None:
    shade_blocks(ax, block_side)
    trial = np.arange(1, len(block_side) + 1)
    look = {"color": style.GREY, "linewidth": 1.6, "label": "true block side"}
    ax.step(trial, block_side, where="mid", **look)
    styles = style.agent_styles(beliefs)
    for name, values in beliefs.items():
        marker = styles[name]["marker"] if marks else ""
        ax.plot(trial, values, **{**styles[name], "marker": marker}, markersize=5, label=name)
    ax.axhline(0, **ZERO)
    ax.set_yticks((-1, 0, 1))


@style.panels
def fig_change_by_evidence(figure, results: Mapping[str, tuple[np.ndarray, GroupMeans]]):
    """How far a trial moves the block belief, by its first observation and its side.

    Parameters
    ----------
    results : dict of agent's name to (centre, change)
        Of :func:`iblrnn_helpers.coupling.measures.change_by_evidence`, the evidence being
        that of the first observation.
    """
    style.check_agents(results, tuple)
    axes = style.grid(figure, 1, len(results), height=4.4, sharey=True, sharex=True)[0]
    for ax, (name, (centre, change)) in zip(axes, results.items(), strict=True):
        for x, (side, look) in zip(centre, style.SIDE_STYLES.items(), strict=True):
            look = {**look, "label": f"stimulus {look['label']}"}
            style.draw_means(ax, x, change.at(side=side), **look)
        ax.axhline(0, **ZERO)
        ax.axvline(0, **ZERO)
        ax.set_title(name.replace(" ", "\n", 1), fontsize=12.5)
    axes[len(results) // 2].set_xlabel("first observation of the trial (oᴿ − oᴸ)")
    axes[0].set_ylabel("change in block belief (SD)")


@style.panel(height=4.6)
def fig_persistence(ax, results: Mapping[str, GroupMeans]):
    """How long the evidence of one trial stays in the block belief.

    ``results`` are those of :func:`iblrnn_helpers.coupling.measures.persistence`, by agent's name.
    """
    style.check_agents(results, GroupMeans)
    draw_agents(ax, "lag", results)
    ax.axhline(0, **ZERO)
    ax.set_xlabel("trials later (0: at the trial's own end)")
    ax.set_ylabel("change in block belief\n(SD per unit of first oᴿ − oᴸ)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


@style.panels
def fig_beliefs_against_each_other(figure, belief: np.ndarray, others: Mapping[str, np.ndarray]):
    """The network's block belief, its median and spread, by each of several observers'.

    Parameters
    ----------
    belief : (n_trials,) float
    others : dict of agent's name to (n_trials,) float
    """
    axes = style.grid(figure, 1, len(others), height=4.7, sharey=True)[0]
    for ax, (name, values) in zip(axes, others.items(), strict=True):
        middle = (EDGES[:-1] + EDGES[1:]) / 2
        bins = pd.cut(pd.Series(values).clip(-1, 1), EDGES, labels=middle, include_lowest=True)
        in_bin = pd.Series(belief).groupby(bins.astype(float))
        shares = in_bin.quantile(SHARES).unstack()[in_bin.count() >= MIN_TRIALS]
        for low, high, look in (
            (0.05, 0.95, {"alpha": 0.16, "label": "nine tenths of trials"}),
            (0.25, 0.75, {"alpha": 0.38, "label": "half of trials"}),
        ):
            look |= {"color": style.BLUE, "linewidth": 0}
            ax.fill_between(shares.index, shares[low], shares[high], **look)
        ax.plot(shares[0.5], color=style.BLUE, marker="o", markersize=4, label="median")
        ax.axline((0, 0), slope=1, lw=1.3, label="equal beliefs", **style.DASHED)
        r = np.corrcoef(values, belief)[0, 1]
        ax.set(xlabel=f"{name}'s\nblock belief", title=f"r = {r:.2f}", xticks=(-1, 0, 1))
        ax.set_xlim(-1, 1)
    axes[0].set_ylabel("RNN's block belief, scaled")


@style.panel(height=4.2)
def fig_end_probability(
    ax, end_probability: np.ndarray, correlation: Mapping[str, Sequence[float]], *, used: float
):
    """How the coupled observer's one parameter matters: nothing was fitted to the network.

    Parameters
    ----------
    end_probability : (n_values,) float
    correlation : dict of agent's name to (n_values,) float
        Of that agent's block belief and the coupled observer's.
    used : float
        The value that follows from the steps per trial.
    """
    styles = style.agent_styles(correlation)
    for name, values in correlation.items():
        ax.plot(end_probability, values, label=f"with the {name}'s", **styles[name])
    ax.axvline(used, label="1 / steps per trial, used here", **style.DASHED)
    ax.set_xlabel("probability that a trial ends, at every step")
    ax.set_ylabel("correlation of the coupled\nobserver's block belief")
