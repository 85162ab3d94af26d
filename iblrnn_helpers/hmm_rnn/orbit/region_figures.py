"""Figures of noise-driven networks: regions of residency, and what noise does around switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from ...core.means import group_means, mean_of_independent
from ...core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    LOOKS,
    PURPLE,
    VERMILLION,
    check_kind,
    draw_means,
    legend_below,
    new_figure,
    styled,
)
from .figures import DASHED, draw_classes, draw_flow, draw_residences, plane_labels
from .motion import Gates, Motion
from .orbit import Orbit
from .regions import REGIONS, Residency

TIME_EDGES = (1, 2, 4, 9)  # of the paper; the last bin reaches to the longest
# From dark (leaves at once) to light (stays), in even steps of lightness.
TIME_COLOURS = ("#440154", "#3b528b", "#21918c", "#bddf26")
COUNT_COLOURS = ("#d9d9d9", "#E69F00", "#8c2d04")


@styled
def fig_regions(orbit: Orbit, states: np.ndarray, found: Residency) -> Figure:
    """Residency time and unstable directions of states in the plane, and their mean by region.

    Parameters
    ----------
    orbit : Orbit
    states : (n_states, n_units) float
    found : Residency
        Of these states.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("orbit", orbit, Orbit)
    check_kind("found", found, Residency)
    figure, axes = new_figure(2, 2, height=6.6, height_ratios=(2, 3))
    place = (np.asarray(states) - orbit.mean) @ orbit.axes.T
    edges = (*TIME_EDGES, max(found.time.max(), TIME_EDGES[-1] + 1))
    times = BoundaryNorm(edges, len(TIME_COLOURS)), ListedColormap(TIME_COLOURS)
    counts = BoundaryNorm((0, 1, 2, 3), 3), ListedColormap(COUNT_COLOURS)
    for ax, values, (norm, colours), label, ticks, names in (
        (axes[0, 0], found.time, times, "mean steps until the class changes", edges,
         [f"{edge:.0f}" for edge in edges]),
        (axes[0, 1], np.minimum(found.n_unstable, 2), counts, "unstable directions",
         (0.5, 1.5, 2.5), ["0", "1", "2 or more"]),
    ):  # fmt: skip
        order = np.argsort(-values if ax is axes[0, 0] else values, kind="stable")
        drawn = ax.scatter(
            *place[order].T, c=values[order], s=9, norm=norm, cmap=colours, linewidths=0
        )
        draw_flow(ax, orbit, n_cells=8)
        plane_labels(ax, orbit)
        bar = figure.colorbar(drawn, ax=ax, location="top", label=label, aspect=28)
        bar.set_ticks(ticks, labels=names)
        bar.ax.tick_params(length=0)
    _draw_sign_changes(axes[1, 0], found, *times)
    _draw_by_region(axes[1, 1], found)
    return figure


def _draw_sign_changes(ax, found: Residency, norm, colours) -> None:
    """A histogram whose bars have the colour of the mean residency time of their states."""
    bins = np.arange(np.floor(found.sign_changes.max()) + 2)
    which = np.digitize(found.sign_changes, bins) - 1
    count = np.bincount(which, minlength=len(bins))
    time = np.bincount(which, found.time, len(bins)) / np.maximum(count, 1)
    ax.bar(
        bins + 0.5, count / len(which), width=0.95, color=colours(norm(time)), edgecolor=BLACK,
        linewidth=0.4,
    )  # fmt: skip
    ax.set(
        xlabel="turns of the logit before the class changes",
        ylabel="share of states (colour: as above)",
    )


def _draw_by_region(ax, found: Residency) -> None:
    for k, (field, label, colour) in enumerate(
        (
            ("sign_changes", "turns of the logit", BLUE),
            ("n_unstable", "unstable directions", VERMILLION),
        )
    ):
        heights = [found.mean(field, name) for name in REGIONS]
        bars = ax.bar(
            np.arange(3) + 0.4 * k - 0.2, heights, width=0.36, color=colour, label=label,
            hatch="//" * k, edgecolor="white", linewidth=0,
        )  # fmt: skip
        names = [f"{height:.{1 + (height >= 0.1)}g}" for height in heights]
        ax.bar_label(bars, names, padding=2, fontsize=11.5)
    shares = [(found.region == k).mean() for k in range(3)]
    ax.set(
        xticks=range(3),
        xticklabels=[f"{name}\n({100 * s:.0f}%)" for name, s in zip(REGIONS, shares, strict=True)],
        ylabel="mean over states",
    )
    ax.set_xlabel("region (share of states)")
    ax.margins(y=0.12)
    ax.grid(axis="x", visible=False)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.05, 1), borderaxespad=0)


@styled
def fig_gates(found: Gates) -> Figure:
    """What follows from states around switches if the noise is drawn anew, by steps to the switch.

    Parameters
    ----------
    found : Gates

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("found", found, Gates)
    figure, axes = new_figure(3, 1, height=7.4, sharex=True)
    for ax, field, label, colour in (
        (axes[0, 0], "exit_within", f"class changes\nwithin {found.horizon} steps", BLUE),
        (axes[1, 0], "determinism", "determinism of\nmovement", PURPLE),
        (axes[2, 0], "spread", "spread of paths\n(trace)", GREY),
    ):
        values = getattr(found, field)
        lags = np.broadcast_to(np.arange(len(found.lag)), values.shape)
        switch = np.broadcast_to(np.arange(len(values))[:, None], values.shape)
        mean = group_means(
            values.ravel(), {"lag": (found.lag, lags.ravel())}, switch.ravel(),
            proportion=field == "exit_within",
        )  # fmt: skip
        draw_means(ax, found.lag, mean, color=colour, marker="o", markersize=5)
        ax.axvline(-0.5, **DASHED)
        ax.set(ylabel=label, ylim=(0, 1.03 if field != "spread" else None))
    axes[2, 0].xaxis.set_major_locator(FixedLocator(found.lag[found.lag % 3 == 0]))
    axes[2, 0].set_xlabel("steps from the switch (0: first step in the new class)")
    return figure


# Figures of one HMM emulated in two ways, and of the loss that decides which.


@styled
def fig_two_ways(motions: Mapping[str, Motion], *, p_switch: float) -> Figure:
    """Driven states and residences of some networks of one HMM, a column for each.

    Parameters
    ----------
    motions : dict of network's name to Motion
    p_switch : float
        Probability that the hidden state of the HMM changes at a step.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("motions", motions, Mapping)
    figure, axes = new_figure(2, len(motions), height=5.8)
    lengths = np.concatenate([one.residences[1] for one in motions.values()])
    for (plane, survival), (name, one) in zip(axes.T, motions.items(), strict=True):
        check_kind(f"motions[{name!r}]", one, Motion)
        draw_classes(plane, one.orbit)
        plane_labels(plane, one.orbit)
        plane.set_title(name)
        draw_residences(
            survival, one.orbit, one.residences,
            longest=int(np.quantile(lengths, 0.99)), p_switch=p_switch,
        )  # fmt: skip
    for survival in axes[1, 1:]:
        survival.set_ylabel("")
    legend_below(figure, axes[1, 0])
    return figure


@styled
def fig_loss_of_sources(
    residence: Sequence[float], losses: Mapping[str, Mapping[str, np.ndarray]], *, own: float
) -> Figure:
    """The loss of sources by how long their residences are, a panel for each loss.

    Parameters
    ----------
    residence : (n_lengths,) float
        Mean residences.
    losses : dict of loss to dict of kind of source to (n_lengths, n_batches) float
        Shown are means and 95% intervals over batches.
    own : float
        Mean residence of the HMM that is to be emulated.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("losses", losses, Mapping)
    figure, axes = new_figure(1, len(losses), height=4.4)
    for ax, (name, kinds) in zip(axes[0], losses.items(), strict=True):
        for look, (kind, found) in zip(LOOKS, kinds.items(), strict=False):
            measured = [mean_of_independent(one) for one in found]
            mean = np.array([one.value for one in measured])
            reach = [np.nan if one.interval is None else one.interval[1] for one in measured] - mean
            ax.errorbar(residence, mean, np.nan_to_num(reach), label=kind, **look)
        ax.axvline(own, label="the HMM", **DASHED)
        ax.set(title=name, xlabel="mean residence (steps)")
    axes[0, 0].set_ylabel("loss")
    legend_below(figure, axes[0, 0], n_columns=3)
    return figure
