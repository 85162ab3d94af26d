"""Figures of chapter 23: one motif in all families, fewer dimensions, and noise alone in Part I."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from ...core import plot_style as style
from ..figures import draw_orbit, plain_ticks
from ..kick_units.figures import A_TENTH
from ..kick_units.kick_units import QUANTITIES
from ..kick_units.motif import KINDS, Motif
from ..kick_units.switches_left import N_SILENCED, TRAPPED
from ..orbit.orbit import Orbit
from .reduction import Reductions
from .reuse import RELATIONS, SharedUnits

_DIRECTIONS = "0 → 1 and 2 → 1", "1 → 0 and 1 → 2", "0 → 1 and 1 → 2"  # examples of the relations
_WAY_LABELS = {
    "readout": "whole network, read out from k PCs",
    "loop": "k PCs in the loop of 150 units",
    "tanh": "k tanh units, distilled",
    "linear": "k linear units, distilled",
}
_FIELDS = {
    "error": ("error of symbol pairs", None),
    "changes": ("changes of symbol\n(1: as the HMM)", 4),
    "turns": ("turns per pair of\nlasting switches", 1.6),
}  # label, and where the axis ends


@style.panels
def fig_orbits(figure, orbits: Mapping[str, Orbit]):
    """Driven states of some networks, by class, with their mean movement.

    Each plane is of the network's own PCs, with their shares of the variance.
    """
    axes = style.rows_of(figure, len(orbits), 3, row_height=2.4, rest=0.8)
    for ax, (name, orbit) in zip(axes.flat, orbits.items(), strict=False):
        draw_orbit(ax, orbit, of="")
        ax.set(title=name, box_aspect=0.85)
        ax.set_aspect("equal", adjustable="datalim")
        ax.locator_params(nbins=4)
    # The panel with the most classes first, so that the legend has them in order.
    style.legend_below(figure, *sorted(figure.axes, key=lambda ax: -len(style.labelled(ax))))


@style.panels(gaps=True)
def fig_family_motifs(figure, rows: Mapping[str, Sequence[Motif]]):
    """Connections of the kick units and what interventions leave, for every pair of classes.

    Parameters
    ----------
    rows : dict of label to sequence of Motif
        One row for each pair of classes, with the motifs of several networks; may be empty.
    """
    axes = style.grid(figure, 1, 3, height=0.42 * len(rows) + 2.4, sharey=True)
    connections, noise, silent = axes[0]
    most = N_SILENCED[-1]
    # A line through all values is their range.
    bar = {"color": "lightgrey", "linewidth": 9, "solid_capstyle": "butt"}
    bar["label"] = "changed elsewhere (range)"
    dots = {"color": style.BLACK, "marker": "D", "markersize": 5, "alpha": 0.8, "linestyle": "none"}
    dots["label"] = "changed at the kick units"
    for row, motifs in enumerate(rows.values()):
        scores = np.transpose([m.against_any.scores(m.against_any.found) for m in motifs])
        for shift, look, name, x in zip((-1, 1), style.LOOKS, QUANTITIES, scores, strict=False):
            look = {**look, "linestyle": "none", "label": name}
            connections.plot(x, np.full(len(x), row + 0.16 * shift), **look)
        noise_left = [(m.ratio(KINDS[2]) + m.random_noise(), m.ratio(KINDS[1])) for m in motifs]
        silent_left = [(m.silenced_random(most), m.silenced(most)) for m in motifs]
        for ax, left in ((noise, noise_left), (silent, silent_left)):
            for look, values in zip((bar, dots), zip(*left, strict=True), strict=False):
                ax.plot(np.sort(np.ravel(values)), np.full(np.size(values), row), **look)
    for ax in (noise, silent):
        ax.axvline(TRAPPED, label="a tenth of the switches", **A_TENTH)
        ax.axvline(1, color=style.GREY, linewidth=1)
    connections.axvline(0, color=style.GREY, linewidth=1)
    connections.set(title="connections", xlabel="SDs of random\nunits")
    noise.set(title="noise taken away", xlabel="switches left")
    silent.set(title=f"{most} units silenced", xlabel="switches left")
    connections.set_yticks(range(len(rows)), list(rows))
    connections.set_ylim(len(rows) - 0.5, -0.5)


@style.panel(height=4.2, gaps=True, n_columns=3)
def fig_shared_units(ax, shared: Mapping[str, Sequence[SharedUnits]]):
    """How many kick units two directions have in common, by what the directions have in common.

    ``shared`` are of at most five families, by name.
    """
    every = [{"family": name, **vars(one)} for name, found in shared.items() for one in found]
    table = pd.DataFrame(every)
    places = {"x": "relation", "y": "n_shared", "order": RELATIONS, "size": 6, "legend": False}
    families = {"hue": "family", "hue_order": list(shared), "dodge": True, "warn_thresh": 1}
    families["palette"] = [look["color"] for look in style.LOOKS[: len(shared)]]
    for look, (name, found) in zip(style.LOOKS, table.groupby("family", sort=False), strict=False):
        sns.swarmplot(found, marker=look["marker"], ax=ax, **families, **places)
        ax.plot([], [], label=name, **look | {"linestyle": "none"})
    ax.axhline(table["n_expected"].mean(), label="by chance", **A_TENTH)
    ax.set_xticks(range(3), [f"{a}\n{b}" for a, b in zip(RELATIONS, _DIRECTIONS, strict=True)])
    ax.set(xlabel="", ylabel=f"shared, of the first {N_SILENCED[2]} candidates")
    ax.set(xlim=(-0.5, 2.5), ylim=(-0.5, None))


@style.panels
def fig_reductions(
    figure,
    results: Mapping[str, Sequence[Reductions]],
    trained: Mapping[int, float] | None = None,
):
    """What is left of a network's emissions and of its orbit as fewer dimensions are kept.

    Parameters
    ----------
    results : dict of family to sequence of Reductions
        One column for each family; lines are medians over its networks, bands their range.
    trained : dict of number of units to error, optional
        Of networks trained with so few units, on the first family.
    """
    axes = style.grid(figure, len(_FIELDS), len(results), height=8.2, sharex=True, sharey="row")
    for column, (name, found) in zip(axes.T, results.items(), strict=True):
        table = pd.concat([one.to_frame() for one in found])
        # Where the whole network is only read out, nothing else turns.
        table.loc[table["way"] == "readout", "turns"] = np.nan
        over_networks = table.groupby(["way", "n_kept"]).agg(["min", "median", "max"])
        for ax, field in zip(column, _FIELDS, strict=True):
            for look, (way, label) in zip(style.LOOKS, _WAY_LABELS.items(), strict=False):
                kept = over_networks.loc[way, field]
                band = {"color": look["color"], "alpha": 0.15, "linewidth": 0}
                ax.fill_between(kept.index, kept["min"], kept["max"], **band)
                ax.plot(kept["median"], label=label, **look)
            whole = np.median([one.whole[field] for one in found])
            ax.axhline(whole, label="the network as it is", **style.DASHED)
        column[0].set_title(name)
        column[-1].set(xscale="log", xlabel="dimensions kept, k")
        plain_ticks(column[-1].xaxis, found[0].n_kept)
    if trained:
        few = {"color": style.ORANGE, "markeredgecolor": style.BLACK, "markersize": 9}
        axes[0, 0].plot(pd.Series(trained), "P", label="k ReLU units, trained", **few)
    for ax, (label, top) in zip(axes[:, 0], _FIELDS.values(), strict=True):
        ax.set(ylabel=label, ylim=(0, top))


@style.panels
def fig_part_one_noise(
    figure,
    orbit: Orbit,
    points: np.ndarray,
    noise_sd: Sequence[float],
    rates: Mapping[str, Sequence[float]],
):
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
    """
    plane, switching = style.grid(figure, 2, 1, height=7.6, height_ratios=(5, 3))[:, 0]
    sides = [{**look, "label": f"belief in {look['label']}"} for look in style.SIDE_STYLES.values()]
    draw_orbit(plane, orbit, looks=sides)
    star = {"color": "white", "markeredgecolor": style.BLACK, "markersize": 16, "zorder": 5}
    found = (points - orbit.mean) @ orbit.axes.T
    plane.plot(*found.T, "*", label="fixed points without noise", **star)
    for look, (name, values) in zip(style.LOOKS, rates.items(), strict=False):
        switching.plot(noise_sd, values, label=name, **look)
    switching.axvline(1, color=style.GREY, linewidth=1)
    switching.set(xscale="log", xlabel="size of the noise", ylim=(0, None))
    switching.set_ylabel("share of steps\nwith a switch")
    plain_ticks(switching.xaxis, noise_sd)
