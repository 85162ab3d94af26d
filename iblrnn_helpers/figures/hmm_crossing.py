"""Methods of one part on the networks of another: distilled orbits, and noise alone in Part I."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..hmm_rnn.orbit import Orbit
from ..hmm_rnn.reduction import Reductions
from .hmm_plane import draw_classes, plane_labels
from .style import (
    BLACK,
    GREY,
    LOOKS,
    ORANGE,
    SIDE_STYLES,
    check_kind,
    legend_below,
    new_figure,
    styled,
)

WAY_LABELS = {
    "readout": "whole network, read out from k PCs",
    "loop": "k PCs in the loop of 150 units",
    "tanh": "k tanh units, distilled",
    "linear": "k linear units, distilled",
}
_FIELDS = {
    "error": "error of symbol pairs",
    "changes": "changes of symbol\n(1: as the HMM)",
    "turns": "turns per pair\nof switches",
}
_REFERENCE = {"color": BLACK, "linewidth": 1.4, "linestyle": (0, (4, 2))}


@styled
def fig_reductions(
    results: Mapping[str, Sequence[Reductions]],
    trained: Mapping[int, float] | None = None,
) -> Figure:
    """What is left of a network's emissions and of its orbit as fewer dimensions are kept.

    Parameters
    ----------
    results : dict of family to sequence of Reductions
        One column for each family; lines are medians over its networks, bands their range.
    trained : dict of number of units to error, optional
        Of networks trained with so few units, on the first family.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for name, found in results.items():
        for one in found:
            check_kind(f"results[{name!r}]", one, Reductions)
    figure, axes = new_figure(len(_FIELDS), len(results), height=8.2, sharex=True, sharey="row")
    for column, (name, found) in zip(axes.T, results.items(), strict=True):
        n_kept = found[0].n_kept
        for ax, (field, label) in zip(column, _FIELDS.items(), strict=True):
            for look, (way, way_label) in zip(LOOKS, WAY_LABELS.items(), strict=False):
                values = np.array([getattr(one, field)[way] for one in found])
                if field == "turns" and way == "readout":
                    continue  # nothing runs that was not the whole network
                _draw_range(ax, n_kept, values, label=way_label, **look)
            whole = np.median([one.whole[field] for one in found])
            ax.axhline(whole, label="the network as it is", **_REFERENCE)
            if ax in axes[:, 0]:
                ax.set_ylabel(label)
        column[0].set_title(name)
        column[-1].set_xscale("log")
        column[-1].set_xticks(n_kept, [f"{n}" for n in n_kept])
        column[-1].minorticks_off()
        column[-1].set_xlabel("dimensions kept, k")
    if trained:
        axes[0, 0].plot(
            list(trained), list(trained.values()), "P", color=ORANGE, markeredgecolor=BLACK,
            markersize=9, label="k ReLU units, trained",
        )  # fmt: skip
    axes[0, 0].set_ylim(0, None)
    axes[1, 0].set_ylim(0, 4)
    axes[2, 0].set_ylim(0, 1.6)
    legend_below(figure, *axes[:, 0])
    return figure


def _draw_range(ax, x, values, **look) -> None:
    """Median over networks, and their range as a band; numbers that do not exist leave a gap."""
    shown = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((3, len(x)), np.nan)
    low[shown], middle[shown], high[shown] = np.nanquantile(values[:, shown], (0, 0.5, 1), axis=0)
    ax.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    ax.plot(x, middle, **look)


@styled
def fig_small_orbits(orbits: Mapping[str, Orbit]) -> Figure:
    """Orbits of systems that emit alike, side by side.

    Parameters
    ----------
    orbits : dict of title to Orbit

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, len(orbits), height=3.4)
    for ax, (name, orbit) in zip(axes[0], orbits.items(), strict=True):
        check_kind(f"orbits[{name!r}]", orbit, Orbit)
        draw_classes(ax, orbit, n_cells=9)
        ax.set(title=name, xlabel="PC1", xticks=[], yticks=[])
        ax.set_aspect("equal", adjustable="datalim")
        ax.set_box_aspect(0.85)
    axes[0, 0].set_ylabel("PC2")
    legend_below(figure, *axes[0], n_columns=3)
    return figure


@styled
def fig_part_one_noise(
    orbit: Orbit,
    points: np.ndarray,
    noise_sd: Sequence[float],
    rates: Mapping[str, Sequence[float]],
) -> Figure:
    """Part I's network under noise alone: its plane, and how often classes switch.

    Parameters
    ----------
    orbit : Orbit
        Of Part I's network; classes 0 and 1 are left and right.
    points : (n_points, n_units) float
        Its fixed points without noise.
    noise_sd : (n_sizes,) float
    rates : dict of network's name to (n_sizes,) float
        Share of steps at which the class switches; at most five networks.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("orbit", orbit, Orbit)
    figure, axes = new_figure(2, 1, height=7.6, height_ratios=(5, 3))
    plane, switching = axes[:, 0]
    sides = [
        {**SIDE_STYLES[side], "label": f"belief in {SIDE_STYLES[side]['label']}"}
        for side in (-1, 1)
    ]
    draw_classes(plane, orbit, n_cells=9, looks=sides)
    plane.plot(
        *(orbit.axes @ (points - orbit.mean).T), "*", color="white",
        markeredgecolor=BLACK, markersize=16, zorder=5, label="fixed points without noise",
    )  # fmt: skip
    plane_labels(plane, orbit)
    for look, (name, values) in zip(LOOKS, rates.items(), strict=False):
        switching.plot(noise_sd, values, label=name, **look)
    switching.set_xscale("log")
    switching.set_xticks(noise_sd, [f"{s:g}" for s in noise_sd])
    switching.minorticks_off()
    switching.axvline(1, color=GREY, linewidth=1)
    switching.set(
        xlabel="size of the noise", ylabel="share of steps\nwith a switch", ylim=(0, None)
    )
    legend_below(figure, plane, switching)
    return figure
