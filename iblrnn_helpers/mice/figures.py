"""Mice beside the agents, in pictures.

Mice meet contrasts, agents meet strengths.  Where both share an axis, a contrast stands at the
strength that takes its place (:data:`.expectations.STRENGTH_OF`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from ..behavior.course_figures import draw_by_trial
from ..behavior.figures import draw_agents, draw_psychometric
from ..core import plot_style as style
from ..core.means import GroupMeans, mean_of_independent
from .behavior import MIN_TRIALS
from .expectations import MET, at_strengths, strength_of

MICE = "mice"


@style.panels
def fig_mice_psychometric(
    figure, mice: Sequence[GroupMeans], average: GroupMeans, agents: Mapping[str, GroupMeans]
):
    """Right choices by signed strength and block: every mouse, their mean, and agents.

    Parameters
    ----------
    mice : sequence of GroupMeans
        Of :func:`iblrnn_helpers.behavior.measures.psychometric`.
    average : GroupMeans
        Their mean, of :func:`.behavior.over_animals`.
    agents : dict of name to GroupMeans
        A panel each.
    """
    style.check_agents(agents, GroupMeans)
    shape = {"row_height": 2.9, "rest": 1.4, "sharey": True, "ylabel": "right / all choices"}
    axes = style.rows_of(figure, 1 + len(agents), 2, **shape)
    results = {f"{len(mice)} mice": at_strengths(average), **agents}
    for ax, (name, result) in zip(axes.flat, results.items(), strict=False):
        draw_psychometric(ax, result)
        ax.set(title=name, xlabel="signed strength")
    of_mice = axes[0, 0]
    for side, look in style.SIDE_STYLES.items():
        _draw_each(of_mice, mice, look["color"], block_side=side)
    contrasts = np.array([-1, -0.25, -0.0625, 0.0625, 0.25, 1])  # labels of all would meet
    of_mice.set_xticks(strength_of(contrasts), [f"{100 * abs(c):.3g}" for c in contrasts])
    of_mice.set_xlabel("contrast (%), left to right")


@style.panels
def fig_mice_times(
    figure, mice: Sequence[GroupMeans], average: GroupMeans, agents: Mapping[str, GroupMeans]
):
    """Reaction times of mice and steps of agents, by strength and outcome.

    Parameters
    ----------
    mice : sequence of GroupMeans
        Of :func:`.behavior.median_times`.
    average : GroupMeans
        Their mean.
    agents : dict of name to GroupMeans
        Steps by ``strength`` and ``correct``.  Time-outs are not correct.
    """
    style.check_agents(agents, GroupMeans)
    left, right = style.grid(figure, 1, 2, height=4.9)[0]
    _draw_each(left, mice, style.GREY, correct=True)
    draw_agents(left, "strength", {MICE: at_strengths(average)})
    draw_agents(right, "strength", agents)
    left.set_xticks(strength_of(MET), [f"{100 * c:.3g}" for c in MET])
    left.set(title=MICE, xlabel="contrast (%)", ylabel="median reaction time (s)")
    # A single mouse has no interval.
    left.set_ylim(0, 1.3 * np.nanmax(np.fmax(average.high, average.mean)))
    right.set(title="agents", xlabel="stimulus strength", ylabel="steps per trial")


@style.panels
def fig_mice_after_switch(
    figure, results: Mapping[str, GroupMeans], at_zero: Mapping[str, GroupMeans]
):
    """Fraction correct on each trial after a block change: all trials, and those of strength 0.

    Parameters
    ----------
    results, at_zero : dict of name to GroupMeans
        Of :func:`.behavior.correct_after_switch`; ``mice`` first.
    """
    axes = style.grid(figure, 1, 2, height=4.9, sharey=True)[0]
    panels = {"all trials": results, "strength or contrast 0": at_zero}
    for ax, (title, shown) in zip(axes, panels.items(), strict=True):
        draw_by_trial(ax, shown)
        ax.axhline(0.5, color=style.GREY, linewidth=0.8)
        ax.set(title=title, xlabel="trial after the change")
    axes[0].set_ylabel("correct / all choices\n(bands: 95% intervals)")


@style.panel
def fig_strips(
    ax,
    values: Mapping[str, Sequence[float]],
    agents: Mapping[str, Mapping[str, float]] | None = None,
    *,
    title: str,
    xlabel: str,
    zero: float = 0.0,
):
    """A row a quantity, a dot a mouse; their mean with its interval, and agents beside them.

    Parameters
    ----------
    values : dict of quantity to (n_mice,) float
    agents : dict of name to dict of quantity to float, optional
        Quantities that an agent lacks are left out.
    title, xlabel : str
    zero : float
        Where a line stands for "nothing".
    """
    agents, rows = agents or {}, np.arange(len(values))
    row = 0.74 if agents else 0.6
    style.set_height(ax.figure, 1.7 + row * len(values) + 0.22 * ((len(agents) + 1) // 2))
    ax.axvline(zero, color=style.GREY, linewidth=0.8)
    table = pd.DataFrame(dict(values))
    dots = {"color": style.GREY, "size": 3.2, "native_scale": True, "warn_thresh": 1, "ax": ax}
    sns.swarmplot(x=table.melt()["value"], y=np.repeat(rows - 0.2, len(table)), orient="h", **dots)
    ax.collections[-1].set_label("a mouse")
    means = [mean_of_independent(table[name].dropna()) for name in table]
    ends = np.transpose([one.interval or (one.value, one.value) for one in means])
    mark = {"color": style.BLACK, "marker": "d", "linestyle": "none", "zorder": 4}
    ax.plot([one.value for one in means], rows + 0.12, **mark, label="mean of mice, 95% interval")
    ax.hlines(rows + 0.12, *ends, style.BLACK, zorder=4)
    places = 0.22 + 0.2 * (np.arange(len(agents)) + 1) / (len(agents) + 1)
    styles = style.agent_styles([MICE, *agents])
    for place, (name, found) in zip(places, agents.items(), strict=True):
        mark = {**styles[name], "linestyle": "none", "label": name}
        ax.plot([found.get(quantity, np.nan) for quantity in values], rows + place, **mark)
    ax.set_yticks(rows, list(values))
    ax.set(ylim=(len(values) - 0.45, -0.55), xlabel=xlabel, ylabel="", title=title)
    ax.grid(False, axis="y")


def _draw_each(ax, mice: Sequence[GroupMeans], colour: str, **kept) -> None:
    """A thin line for each mouse along the strengths where it had enough trials."""
    for one in mice:
        shown = at_strengths(one.at_least(MIN_TRIALS).at(**kept)).to_frame().dropna(subset="mean")
        line = {"color": colour, "linewidth": 0.6, "alpha": 0.4, "zorder": 1.8}
        ax.plot(shown.iloc[:, 0], shown["mean"], **line)
