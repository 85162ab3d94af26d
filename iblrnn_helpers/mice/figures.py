"""Mice beside the agents, in pictures.

Mice meet contrasts, agents meet strengths.  Where both share an axis, a contrast stands at the
strength that takes its place (:data:`.expectations.STRENGTH_OF`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..core import checks
from ..core import plot_style as style
from ..core.means import GroupMeans, mean_of_independent
from .behavior import MIN_TRIALS
from .expectations import STRENGTH_OF, strength_of

MICE = "mice"
SHOWN = tuple(contrast for contrast in STRENGTH_OF if contrast != 0.5)  # no mouse here met 0.5


@style.styled
def fig_mice_psychometric(
    mice: Sequence[GroupMeans], average: GroupMeans, agents: Mapping[str, GroupMeans]
) -> Figure:
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
    figure, axes = style.panel_grid(1 + len(agents), 2, row_height=2.9, rest=1.4, sharey=True)
    of_mice, *others = axes.flat[: 1 + len(agents)]
    for ax in (of_mice, *others):
        ax.axhline(0.5, color=style.GREY, linewidth=0.8)
        ax.axvline(0, color=style.GREY, linewidth=0.8)
    for side, held in style.SIDE_STYLES.items():
        for one in mice:
            x, shown = _at_strengths(one.at_least(MIN_TRIALS).at(block_side=side))
            of_mice.plot(x, shown.mean, color=held["color"], linewidth=0.6, alpha=0.35)
        bold = {**held, "label": f"{held['label']} block"}
        style.draw_means(of_mice, *_at_strengths(average.at(block_side=side)), **bold)
        for ax, result in zip(others, agents.values(), strict=True):
            shown = result.at(block_side=side)
            style.draw_means(ax, shown.groups["signed_strength"], shown, **bold)
    contrasts = [*(-c for c in SHOWN[:0:-1]), *SHOWN]
    # The labels of 12.5% would meet their neighbours'.
    labels = ["" if abs(c) == 0.125 else f"{100 * abs(c):.3g}" for c in contrasts]
    of_mice.set_xticks(np.sign(contrasts) * strength_of(np.abs(contrasts)), labels)
    of_mice.set(title=f"{len(mice)} mice", xlabel="contrast (%), left to right")
    of_mice.set(ylim=(-0.02, 1.02))
    for ax, name in zip(others, agents, strict=True):
        ax.set(title=name, xlabel="signed strength")
    for ax in axes[:, 0]:
        ax.set_ylabel("right / all choices")
    style.legend_below(figure, of_mice)
    return figure


@style.styled
def fig_mice_times(
    mice: Sequence[GroupMeans], average: GroupMeans, agents: Mapping[str, GroupMeans]
) -> Figure:
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
    figure, axes = style.new_figure(1, 2, height=4.9)
    left, right = axes[0]
    for one in mice:
        x, shown = _at_strengths(one.at_least(MIN_TRIALS).at(correct=True))
        left.plot(x, shown.mean, color=style.GREY, linewidth=0.5, alpha=0.6)
    styles = style.agent_styles([MICE, *agents])
    for name, result in {MICE: average, **agents}.items():
        color, marker = styles[name]["color"], styles[name]["marker"]
        for correct, dash, face in ((True, "-", color), (False, (0, (4, 2)), "white")):
            shown = result.at(correct=correct)
            x, ax = shown.groups["strength"], right
            if name == MICE:
                (x, shown), ax = _at_strengths(shown), left
            line = {"color": color, "marker": marker, "linestyle": dash, "markerfacecolor": face}
            label = f"{name}, {'correct' if correct else 'not correct'}"
            style.draw_means(ax, x, shown, **line, label=label)
    left.set_xticks(strength_of(np.array(SHOWN)), [f"{100 * c:.3g}" for c in SHOWN])
    left.set(title=MICE, xlabel="contrast (%)", ylabel="median reaction time (s)")
    # A single mouse has no interval.
    left.set_ylim(0, 1.3 * np.nanmax(np.fmax(average.high, average.mean)))
    right.set(title="agents", xlabel="stimulus strength", ylabel="steps per trial")
    style.legend_below(figure, left, right)
    return figure


@style.styled
def fig_mice_after_switch(
    results: Mapping[str, GroupMeans], at_zero: Mapping[str, GroupMeans]
) -> Figure:
    """Fraction correct on each trial after a block change: all trials, and those of strength 0.

    Parameters
    ----------
    results, at_zero : dict of name to GroupMeans
        Of :func:`.behavior.correct_after_switch`; ``mice`` first.
    """
    figure, axes = style.new_figure(1, 2, height=4.9, sharey=True)
    panels = {"all trials": results, "strength or contrast 0": at_zero}
    for ax, (title, shown) in zip(axes[0], panels.items(), strict=True):
        style.check_agents(shown, GroupMeans)
        styles = style.agent_styles(shown)
        for name, result in shown.items():
            x = result.groups["trial_in_block"] + 1
            style.draw_means(ax, x, result, markersize=4, markevery=3, label=name, **styles[name])
        ax.axhline(0.5, color=style.GREY, linewidth=0.8)
        ax.set(title=title, xlabel="trial after the change")
    axes[0, 0].set_ylabel("correct / all choices\n(bands: 95% intervals)")
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_strips(
    values: Mapping[str, Sequence[float]],
    agents: Mapping[str, Mapping[str, float]] | None = None,
    *,
    title: str,
    xlabel: str,
    zero: float = 0.0,
) -> Figure:
    """A row a quantity, a dot a mouse; their mean with its interval, and agents beside them.

    Parameters
    ----------
    values : dict of quantity to (n_mice,) float
    agents : dict of name to dict of quantity to float, optional
        Quantities that an agent lacks are left out.
    title, xlabel : str
    zero : float
        Where a line stands for "nothing".

    Raises
    ------
    ValueError
        If there is no quantity.
    """
    style.check_kind("values", values, Mapping)
    checks.integer("number of quantities", len(values), low=1)
    agents = agents or {}
    figure, axes = style.new_figure(
        height=1.7 + 0.62 * len(values) + 0.22 * ((len(agents) + 1) // 2)
    )
    ax = axes[0, 0]
    ax.axvline(zero, color=style.GREY, linewidth=0.8)
    styles = style.agent_styles([MICE, *agents])
    for row, (name, found) in enumerate(values.items()):
        found = np.sort(np.asarray(found, dtype=float))
        found = found[np.isfinite(found)]
        # Heights in the golden ratio: neighbours are apart, and equal runs look the same.
        heights = row - 0.08 - 0.28 * ((np.arange(len(found)) * 0.618) % 1)
        dots = {"linestyle": "none", "marker": "o", "markersize": 3.5, "markeredgewidth": 0}
        ax.plot(found, heights, color=style.GREY, alpha=0.7, label="a mouse", **dots)
        mean, interval, _ = mean_of_independent(found)
        ax.plot(interval or (mean, mean), [row + 0.06] * 2, color=style.BLACK, linewidth=2)
        label = "mean of mice, 95% interval"
        ax.plot(
            mean, row + 0.06, "d", color=style.BLACK, markersize=6, linestyle="none", label=label
        )
        for k, (agent, quantities) in enumerate(agents.items()):
            if name in quantities:
                held = {key: styles[agent][key] for key in ("color", "marker")}
                height = row + 0.18 + 0.2 * (k + 1) / (len(agents) + 1)
                ax.plot(quantities[name], height, **held, linestyle="none", label=agent)
    ax.set_yticks(range(len(values)), list(values))
    ax.set(ylim=(len(values) - 0.45, -0.55), xlabel=xlabel, title=title)
    ax.grid(False, axis="y")
    style.legend_below(figure, ax)
    return figure


def _at_strengths(result: GroupMeans) -> tuple[np.ndarray, GroupMeans]:
    """Places of contrasts on the axis of strengths, and what is known there."""
    ((axis, contrasts),) = result.groups.items()
    used = np.isin(np.abs(contrasts), SHOWN) & ~np.isnan(result.mean)
    arrays = (result.mean, result.low, result.high, result.n)
    x = np.sign(contrasts) * strength_of(np.abs(contrasts))
    return x[used], GroupMeans({axis: contrasts[used]}, *(a[used] for a in arrays))
