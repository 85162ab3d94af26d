"""Claim 3 in pictures: the network's block belief beside those of two Bayesian observers.

Beliefs are signed, left -1 to right +1, after each trial; the network's is scaled to the
observer's (:func:`iblrnn_helpers.coupling.belief_coupling.scale_of`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import checks
from ..core.means import GroupMeans
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SIDE_STYLES,
    agent_styles,
    check_agents,
    draw_means,
    legend_below,
    new_figure,
    styled,
)

BELIEF = "block belief\n(left −1, right +1)"
OVER_BLOCKS = "95% interval over blocks"
SHADES = {-1: ORANGE, 1: BLUE}
PER_ROW = 100  # trials in each row of Fig. 6a
EDGES = np.linspace(-1, 1, 21)  # bins of belief
MIN_TRIALS = 20  # bins with fewer are not drawn


@styled
def fig_6a_block_inference(beliefs: Mapping[str, np.ndarray], block_side: np.ndarray) -> Figure:
    """Block beliefs over many trials, in rows of 100, over the true block side (Fig. 6a).

    Parameters
    ----------
    beliefs : dict of agent's name to (n_trials,) float
    block_side : (n_trials,) int
        -1 left, +1 right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    block_side = _sides("block_side", block_side)
    _check_beliefs(beliefs, len(block_side))
    n_rows = -(-len(block_side) // PER_ROW)
    figure, axes = new_figure(n_rows, 1, height=1.2 + 1.6 * n_rows, sharex=True, sharey=True)
    for row, ax in enumerate(axes[:, 0]):
        first = row * PER_ROW
        shown = slice(first, first + PER_ROW)
        trial = np.arange(1, len(block_side[shown]) + 1)
        _draw_block_sides(ax, trial, block_side[shown])
        _draw_beliefs(ax, trial, {name: values[shown] for name, values in beliefs.items()})
        ax.set(xlim=(0.5, min(PER_ROW, len(block_side)) + 0.5), yticks=(-1, 0, 1))
        ax.set_title(f"trials {first + 1} to {first + len(trial)}", loc="left", fontsize=11.5)
    axes[-1, 0].set_xlabel("trial of the row")
    axes[n_rows // 2, 0].set_ylabel(BELIEF)
    legend_below(figure, axes[0, 0], n_columns=3)
    return figure


@styled
def fig_6b_single_block(
    beliefs: Mapping[str, np.ndarray],
    evidence: np.ndarray,
    side: np.ndarray,
    block_side: np.ndarray,
) -> Figure:
    """Block beliefs in one block, and below them the evidence of each trial (Fig. 6b).

    Parameters
    ----------
    beliefs : dict of agent's name to (n_trials,) float
    evidence : (n_trials,) float
        Sum of d = o^R - o^L over each trial's steps.
    side, block_side : (n_trials,) int
        Of the stimulus and of the block: -1 left, +1 right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    block_side, side = _sides("block_side", block_side), _sides("side", side)
    _check_beliefs({**beliefs, "evidence": evidence, "side": side}, len(block_side))
    trial = np.arange(1, len(block_side) + 1)
    figure, axes = new_figure(2, 1, height=6.0, sharex=True, height_ratios=(1.5, 1))
    top, bottom = axes[:, 0]
    _draw_block_sides(top, trial, block_side)
    _draw_beliefs(top, trial, beliefs, marks=True)
    top.set(ylabel=BELIEF, yticks=(-1, 0, 1))
    for s, style in SIDE_STYLES.items():
        of_side = side == s
        bottom.vlines(trial[of_side], 0, np.asarray(evidence)[of_side], color=style["color"], lw=2)
        bottom.plot(
            trial[of_side],
            np.asarray(evidence)[of_side],
            linestyle="none",
            marker=style["marker"],
            color=style["color"],
            markersize=6,
            label=f"stimulus {style['label']}",
        )
    bottom.axhline(0, color=BLACK, linewidth=0.9)
    bottom.set(xlabel="trial of the block", ylabel="evidence\n(sum of oᴿ − oᴸ)")
    bottom.set_xlim(0.3, len(trial) + 0.7)
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, top, bottom)
    return figure


@styled
def fig_change_by_evidence(results: Mapping[str, tuple[np.ndarray, GroupMeans]]) -> Figure:
    """How far a trial moves the block belief, by its first observation and its side.

    Parameters
    ----------
    results : dict of agent's name to (centre, change)
        Of :func:`iblrnn_helpers.coupling.belief_coupling.change_by_evidence`, the evidence being
        that of the first observation.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, tuple)
    figure, axes = new_figure(1, len(results), height=4.4, sharey=True, sharex=True)
    for ax, (name, (centre, change)) in zip(axes[0], results.items(), strict=True):
        for k, (side, style) in enumerate(SIDE_STYLES.items()):
            held = {**style, "label": f"stimulus {style['label']}"}
            draw_means(ax, centre[k], change.at(side=side), **held)
        ax.axhline(0, color=BLACK, linewidth=0.9, zorder=1)
        ax.axvline(0, color=BLACK, linewidth=0.9, zorder=1)
        ax.set_title(name, fontsize=12.5)
    axes[0, len(results) // 2].set_xlabel("first observation of the trial (oᴿ − oᴸ)")
    axes[0, 0].set_ylabel("change of the block belief\nover the trial, in its SDs")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_persistence(results: Mapping[str, GroupMeans]) -> Figure:
    """How long the evidence of one trial stays in the block belief.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        Of :func:`iblrnn_helpers.coupling.belief_coupling.persistence`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    styles = agent_styles(results)
    figure, axes = new_figure(height=4.6)
    ax = axes[0, 0]
    for name, result in results.items():
        draw_means(ax, result.groups["lag"], result, label=name, **styles[name])
    ax.axhline(0, color=BLACK, linewidth=0.9, zorder=1)
    ax.set(
        xlabel="trials later (0: at the trial's own end)",
        ylabel=f"belief's SDs per unit of the\nfirst oᴿ − oᴸ ({OVER_BLOCKS})",
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, ax)
    return figure


@styled
def fig_beliefs_against_each_other(
    belief: np.ndarray, others: Mapping[str, np.ndarray], *, agent: str = "RNN"
) -> Figure:
    """One agent's block belief, its median and spread, by each of several others'.

    Parameters
    ----------
    belief : (n_trials,) float
    others : dict of agent's name to (n_trials,) float
    agent : str
        Whose belief stands on the vertical axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    belief = np.asarray(belief, dtype=float)
    _check_beliefs(others, len(belief))
    figure, axes = new_figure(1, len(others), height=4.7, sharey=True)
    for ax, (name, values) in zip(axes[0], others.items(), strict=True):
        bins = np.clip(np.digitize(values, EDGES) - 1, 0, len(EDGES) - 2)
        filled = [k for k in range(len(EDGES) - 1) if np.sum(bins == k) >= MIN_TRIALS]
        shares = [np.quantile(belief[bins == k], (0.05, 0.25, 0.5, 0.75, 0.95)) for k in filled]
        low, quarter, median, three_quarters, high = np.reshape(shares, (-1, 5)).T
        x = (EDGES[:-1] + EDGES[1:])[filled] / 2
        band = {"color": BLUE, "linewidth": 0}
        ax.fill_between(x, low, high, alpha=0.16, label="nine tenths of trials", **band)
        ax.fill_between(x, quarter, three_quarters, alpha=0.38, label="half of trials", **band)
        ax.plot(x, median, color=BLUE, marker="o", markersize=4, label="median")
        ax.axline(
            (0, 0), slope=1, color=BLACK, linestyle=(0, (4, 2)), lw=1.3, label="equal beliefs"
        )
        r = np.corrcoef(values, belief)[0, 1]
        ax.set(xlabel=f"{name}'s\nblock belief", title=f"r = {r:.2f}", xticks=(-1, 0, 1))
        ax.set_xlim(-1, 1)
    axes[0, 0].set_ylabel(f"{agent}'s block belief, scaled")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_end_probability(
    end_probability: Sequence[float],
    correlation: Mapping[str, Sequence[float]],
    *,
    used: float,
) -> Figure:
    """How the coupled observer's one parameter matters: nothing was fitted to the network.

    Parameters
    ----------
    end_probability : (n_values,) float
    correlation : dict of agent's name to (n_values,) float
        Of that agent's block belief and the coupled observer's.
    used : float
        The value that follows from the steps per trial.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_beliefs(correlation, len(end_probability))
    styles = agent_styles(correlation)
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    for name, values in correlation.items():
        ax.plot(end_probability, values, label=f"with the {name}'s", **styles[name])
    checks.number("used", used, above=0, high=1)
    ax.axvline(used, color=BLACK, linestyle=(0, (4, 2)), label="1 / steps per trial, used here")
    ax.set(
        xlabel="probability that a trial ends, at every step",
        ylabel="correlation of the coupled\nobserver's block belief",
    )
    legend_below(figure, ax)
    return figure


def _draw_block_sides(ax, trial, block_side) -> None:
    starts = np.flatnonzero(np.diff(block_side, prepend=0))
    ends = np.append(starts[1:], len(trial))
    for start, end in zip(starts, ends, strict=True):
        colour = SHADES[int(block_side[start])]
        ax.axvspan(trial[start] - 0.5, trial[end - 1] + 0.5, color=colour, alpha=0.13, linewidth=0)
    ax.step(trial, block_side, where="mid", color=GREY, linewidth=1.6, label="true block side")


def _draw_beliefs(ax, trial, beliefs, *, marks: bool = False) -> None:
    styles = agent_styles(beliefs)
    for name, values in beliefs.items():
        held = {**styles[name], "label": name, "linewidth": 1.7, "markersize": 5}
        if not marks:
            held["marker"] = ""
        ax.plot(trial, values, **held)
    ax.axhline(0, color=BLACK, linewidth=0.9, zorder=1)


def _sides(name: str, values) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 1 or not len(values) or not np.isin(values, (-1, 1)).all():
        raise ValueError(f"{name} must be -1 or +1 for each trial, got {values!r}")
    return values


def _check_beliefs(beliefs: Mapping[str, np.ndarray], n: int) -> None:
    if not isinstance(beliefs, Mapping) or not beliefs:
        raise ValueError(f"beliefs must map agents' names to numbers, got {beliefs!r}")
    for name, values in beliefs.items():
        if np.shape(values) != (n,):
            raise ValueError(f"{name} must have {n} values, got {np.shape(values)}")
