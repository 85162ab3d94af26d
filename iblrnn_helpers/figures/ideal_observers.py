"""Ideal observers in pictures: where a rule of stopping goes on, and beliefs around switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from .. import checks
from ..analysis.frontier import StoppingRegions
from ..analysis.groups import GroupMeans
from .style import (
    BLACK,
    GREEN,
    GREY,
    LOOKS,
    check_agents,
    check_kind,
    draw_means,
    legend_below,
    new_figure,
    styled,
)

FILTER_STYLES = {
    "Markov": {"color": GREEN, "linestyle": (0, (5, 2))},
    "semi-Markov": {"color": BLACK, "linestyle": "-"},
}


@styled
def fig_stopping_regions(
    regions: Sequence[Sequence[StoppingRegions]], *, posterior: float | None = None
) -> Figure:
    """What a rule does at every state of a trial: answer left, go on, or answer right.

    Parameters
    ----------
    regions : (n_rows, n_columns) of StoppingRegions
        A panel each.
    posterior : float, optional
        Dashed lines where the posterior of either side has this value: what a rule with this
        threshold would do.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no panel, or rows differ in length.
    """
    if not regions or not regions[0] or len({len(row) for row in regions}) > 1:
        raise ValueError("regions must be rows of equal length, at least one")
    n_rows, n_columns = len(regions), len(regions[0])
    figure, axes = new_figure(
        n_rows, n_columns, height=1.3 + 2.4 * n_rows, sharex=True, sharey=True
    )
    colors = ListedColormap(["#f6d9a8", "white", "#a9cfe8"])
    for row, panels in zip(axes, regions, strict=True):
        for ax, region in zip(row, panels, strict=True):
            check_kind("regions", region, StoppingRegions)
            sums = region.sums
            ax.pcolormesh(
                sums, sums, region.action.T, cmap=colors, vmin=-1, vmax=1, shading="nearest"
            )
            if posterior is not None:
                ax.contour(
                    sums,
                    sums,
                    region.p_right.T,
                    levels=[1 - posterior, posterior],
                    colors=BLACK,
                    linestyles="dashed",
                    linewidths=1.2,
                )
            ax.set_aspect("equal")
            ax.grid(False)
            n = region.n_observations
            ax.set_title(f"{n} seen, prior {region.prior:g}", fontsize=12)
    for ax in axes[-1]:
        ax.set_xlabel("sum of $o^L$")
    for ax in axes[:, 0]:
        ax.set_ylabel("sum of $o^R$")
    ax = axes[0, 0]
    for color, label in zip(
        colors.colors, ("answers left", "goes on", "answers right"), strict=True
    ):
        ax.fill_between([], [], [], facecolor=color, edgecolor=GREY, label=label)
    if posterior is not None:
        ax.plot(
            [], [], color=BLACK, linestyle="--", linewidth=1.2, label=f"posterior {posterior:g}"
        )
    legend_below(figure, ax, n_columns=4)
    return figure


@styled
def fig_answered_by_confidence(
    results: Mapping[str, GroupMeans], *, n_observations: Sequence[int] = (1, 2, 3, 5, 8)
) -> Figure:
    """How readily rules answer, by confidence and by the number of observations.

    Parameters
    ----------
    results : dict of rule to GroupMeans
        Of :func:`iblrnn_helpers.analysis.frontier.answered_by_confidence`; a panel each.
    n_observations : sequence of int
        Those drawn, at most 5.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    figure, axes = new_figure(1, len(results), height=4.4, sharey=True)
    for ax, (name, result) in zip(axes[0], results.items(), strict=True):
        for n, look in zip(n_observations, LOOKS, strict=False):
            line = result.at(n_observations=n).at_least(50)
            x = line.groups["confidence"]
            if np.isfinite(line.mean).any():
                draw_means(ax, x, line, label=f"after {n}", markersize=4, **look)
        ax.set_title(name)
        ax.set_xlabel("posterior of the likelier side")
    axes[0, 0].set_ylabel("share of trials answered")
    legend_below(figure, *axes[0], n_columns=5)
    return figure


@styled
def fig_beliefs_around_switches(results: Mapping[str, Mapping[str, GroupMeans]]) -> Figure:
    """Mean belief in the new block's side, before and after a switch.

    Parameters
    ----------
    results : dict of title to dict of {"Markov", "semi-Markov"} to GroupMeans
        Of :func:`iblrnn_helpers.analysis.block_filters.belief_around_switches`; a panel each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("results", results, Mapping)
    figure, axes = new_figure(1, len(results), height=4.2, sharey=True)
    for ax, (title, by_filter) in zip(axes[0], results.items(), strict=True):
        check_agents(by_filter, GroupMeans)
        for name in by_filter:
            checks.choice(f"filter of {title!r}", name, FILTER_STYLES)
        for name, result in by_filter.items():
            x = result.groups["from_switch"]
            draw_means(ax, x, result, label=name, **FILTER_STYLES[name])
        ax.axvline(-0.5, color=GREY, linewidth=1)
        ax.set(title=title, xlabel="trials from the switch", ylim=(0, 1))
    axes[0, 0].set_ylabel("belief in the new side")
    legend_below(figure, *axes[0])
    return figure
