"""One motif in all families: orbits side by side, connections, interventions, shared units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core.plot_style import (
    BLACK,
    GREY,
    LOOKS,
    ORANGE,
    SIDE_STYLES,
    check_kind,
    legend_below,
    new_figure,
    panel_grid,
    styled,
)
from ..kick_units.figures import A_TENTH, KIND_STYLES, RANDOM
from ..kick_units.intervention_curves import KINDS, N_SILENCED, TRAPPED
from ..kick_units.motif import Motif
from ..kick_units.populations import QUANTITIES
from ..orbit.figures import draw_classes, plane_labels
from ..orbit.orbit import Orbit
from .reduction import Reductions
from .reuse import RELATIONS, SharedUnits, separations

_N_COLUMNS = 3
# The two ways of a pair lie above and below the row's middle.
_WAYS = (0.14, -0.14)


@styled
def fig_family_orbits(orbits: Mapping[str, Orbit]) -> Figure:
    """Driven states of one network of each family, by class, with their mean movement.

    Parameters
    ----------
    orbits : dict of family to Orbit

    Returns
    -------
    matplotlib.figure.Figure
    """
    for name, orbit in orbits.items():
        check_kind(f"orbits[{name!r}]", orbit, Orbit)
    n_columns = min(_N_COLUMNS, len(orbits))
    figure, axes = panel_grid(len(orbits), n_columns, row_height=2.5, rest=1.0)
    for ax, (name, orbit) in zip(axes.flat, orbits.items(), strict=False):
        draw_classes(ax, orbit, n_cells=9)
        share = 100 * orbit.variance[:2].sum()
        ax.set(title=f"{name} ({share:.0f}%)", xticks=[], yticks=[])
        ax.set_aspect("equal", adjustable="datalim")
        ax.set_box_aspect(0.85)
    for column in range(n_columns):
        axes[-1, column].set_xlabel("PC1")
    for row in axes[:, 0]:
        row.set_ylabel("PC2")
    # The panel with the most classes first, so that the legend has them in order.
    shown = sorted(
        zip(axes.flat, orbits.values(), strict=False),
        key=lambda one: -len(np.unique(one[1].classes)),
    )
    legend_below(figure, *(ax for ax, _ in shown), n_columns=3)
    return figure


@styled
def fig_family_motifs(rows: Mapping[str, Sequence[Motif]]) -> Figure:
    """Connections of the kick units and what interventions leave, for every pair of classes.

    Parameters
    ----------
    rows : dict of label to sequence of Motif
        One row for each pair of classes, with the motifs of several networks; may be empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for name, motifs in rows.items():
        for motif in motifs:
            check_kind(f"rows[{name!r}]", motif, Motif)
    figure, axes = new_figure(1, 3, height=0.62 * len(rows) + 2.9, sharey=True)
    connections, noise, silent = axes[0]
    places = dict(zip(rows, np.arange(len(rows))[::-1], strict=True))
    for name, motifs in rows.items():
        for motif in motifs:
            _draw_motif(axes[0], places[name], motif)
    for quantity, look in zip(QUANTITIES, LOOKS[:2], strict=False):
        connections.plot([], [], label=quantity, **(look | {"linestyle": "none"}))
    for kind in KINDS[1:]:
        noise.plot([], [], label=f"no {kind}", **(KIND_STYLES[kind] | {"linestyle": "none"}))
    most = N_SILENCED[-1]
    noise.plot([], [], label="the same of as many random units", **RANDOM)
    silent.plot([], [], "D", color=BLACK, label=f"first {most} candidates silent")
    connections.axvline(0, color=GREY, linewidth=1)
    connections.set(xlabel="SDs of random\nunits", title="connections")
    for ax, title in ((noise, "noise taken away"), (silent, "units silenced")):
        ax.axvline(1, color=GREY, linewidth=1)
        ax.axvline(TRAPPED, **A_TENTH)
        ax.set(xlabel="switches left\n(dotted: a tenth)", title=title, xlim=(-0.1, 2.5))
    for ax in axes[0]:
        ax.grid(False, axis="y")
        for place in places.values():
            ax.axhline(place + 0.5, color="#e2e2e2", linewidth=0.8, zorder=0)
    connections.set_yticks(list(places.values()), list(places))
    connections.set_ylim(-0.6, len(rows) - 0.4)
    legend_below(figure, *axes[0])
    return figure


def _draw_motif(axes, place: float, motif: Motif) -> None:
    connections, noise, silent = axes
    found = separations(motif)
    for value, look, shift in zip(found, LOOKS[:2], _WAYS, strict=False):
        connections.plot(
            value, place + shift, **{**look, "linestyle": "none", "markersize": 6}, alpha=0.8
        )
    shown = {kind: motif.ratio(kind) for kind in KINDS[1:]}
    _ratios(noise, place, motif.random_noise, RANDOM)
    for kind, ratios in shown.items():
        _ratios(noise, place, ratios, KIND_STYLES[kind])
    most = N_SILENCED[-1]
    _ratios(silent, place, motif.silenced_random(most), RANDOM)
    _ratios(silent, place, motif.silenced(most), {"color": BLACK, "marker": "D"})


def _ratios(ax, place: float, ratios: Sequence[float], look) -> None:
    """Both directions of a pair; what is beyond the axis sits on its edge."""
    style = {**look, "linestyle": "none", "markersize": 5, "alpha": 0.8, "clip_on": False}
    ax.plot(np.minimum(ratios, 2.5), place + np.array(_WAYS), **style)


@styled
def fig_shared_units(shared: Mapping[str, Sequence[SharedUnits]]) -> Figure:
    """How many kick units two directions have in common, by what the directions have in common.

    Parameters
    ----------
    shared : dict of family to sequence of SharedUnits
        At most five families.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not any(shared.values()):
        raise ValueError("shared must hold directions of two pairs, got none")
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    shifts = np.linspace(-0.18, 0.18, max(len(shared), 2))
    for (name, found), look, shift in zip(shared.items(), LOOKS, shifts, strict=False):
        for one in found:
            check_kind(f"shared[{name!r}]", one, SharedUnits)
        x = np.array([RELATIONS.index(one.relation) for one in found]) + shift
        # Dots of equal height lie side by side.
        seen: dict[tuple[float, int], int] = {}
        for k, (place, one) in enumerate(zip(x, found, strict=True)):
            nth = seen[place, one.n_shared] = seen.get((place, one.n_shared), -1) + 1
            ax.plot(
                place + 0.035 * nth, one.n_shared, label=name if k == 0 else "_again",
                **{**look, "linestyle": "none"},
            )  # fmt: skip
    expected = [one.n_expected for found in shared.values() for one in found]
    ax.axhline(np.mean(expected), label="by chance", **A_TENTH)
    ax.set_xticks(
        range(len(RELATIONS)),
        [
            "same target\n0 → 1 and 2 → 1",
            "same source\n1 → 0 and 1 → 2",
            "chained\n0 → 1 and 1 → 2",
        ],
    )
    ax.set(ylabel=f"shared, of the first {N_SILENCED[2]} candidates", ylim=(-0.5, None))
    ax.set_xlim(-0.5, 2.5)
    ax.grid(False, axis="x")
    legend_below(figure, ax, n_columns=3)
    return figure


# Methods of one part on the networks of another: distilled orbits, and noise alone in Part I.

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
