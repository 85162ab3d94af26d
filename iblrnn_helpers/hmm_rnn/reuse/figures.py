"""Figures of chapter 33: one motif in all families, fewer dimensions, and noise alone in Part I."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core.plot_style import (
    BLACK,
    GREY,
    LOOKS,
    ORANGE,
    SIDE_STYLES,
    legend_below,
    new_figure,
    panel_grid,
    styled,
    styled_with_gaps,
)
from ..figures import draw_classes, plain_ticks, plane_labels
from ..kick_units.figures import A_TENTH, KIND_STYLES, RANDOM
from ..kick_units.kick_units import QUANTITIES
from ..kick_units.motif import KINDS, N_SILENCED, TRAPPED, Motif
from ..orbit.orbit import Orbit
from .reduction import Reductions
from .reuse import RELATIONS, SharedUnits

_TWO_WAYS = np.array([0.14, -0.14])  # of a pair, above and below the row's middle
_FARTHEST = 2.5  # where marks of rows end; what is beyond sits on the edge
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


@styled
def fig_family_orbits(orbits: Mapping[str, Orbit]) -> Figure:
    """Driven states of one network of each family, by class, with their mean movement.

    Parameters
    ----------
    orbits : dict of family to Orbit
    """
    n_columns = min(3, len(orbits))
    figure, axes = panel_grid(len(orbits), n_columns, row_height=2.5, rest=1.0)
    for ax, (name, orbit) in zip(axes.flat, orbits.items(), strict=False):
        _draw_small(ax, orbit, f"{name} ({100 * orbit.variance[:2].sum():.0f}%)")
    for ax in axes[-1]:
        ax.set_xlabel("PC1")
    for ax in axes[:, 0]:
        ax.set_ylabel("PC2")
    # The panel with the most classes first, so that the legend has them in order.
    panels = sorted(
        axes.flat[: len(orbits)], key=lambda ax: -len(ax.get_legend_handles_labels()[1])
    )
    legend_below(figure, *panels, n_columns=3)
    return figure


@styled_with_gaps
def fig_family_motifs(rows: Mapping[str, Sequence[Motif]]) -> Figure:
    """Connections of the kick units and what interventions leave, for every pair of classes.

    Parameters
    ----------
    rows : dict of label to sequence of Motif
        One row for each pair of classes, with the motifs of several networks; may be empty.
    """
    figure, axes = new_figure(1, 3, height=0.62 * len(rows) + 2.9, sharey=True)
    connections, noise, silent = axes[0]
    places = np.arange(len(rows))[::-1]
    for place, motifs in zip(places, rows.values(), strict=True):
        for motif in motifs:
            _draw_motif(axes[0], place, motif)
    for quantity, look in zip(QUANTITIES, LOOKS[:2], strict=False):
        connections.plot([], [], label=quantity, **{**look, "linestyle": "none"})
    for kind in KINDS[1:]:
        noise.plot([], [], label=f"no {kind}", **{**KIND_STYLES[kind], "linestyle": "none"})
    most = N_SILENCED[-1]
    noise.plot([], [], label="the same of as many random units", **RANDOM)
    silent.plot([], [], "D", color=BLACK, label=f"first {most} candidates silent")
    connections.axvline(0, color=GREY, linewidth=1)
    connections.set(xlabel="SDs of random\nunits", title="connections")
    for ax, title in ((noise, "noise taken away"), (silent, "units silenced")):
        ax.axvline(1, color=GREY, linewidth=1)
        ax.axvline(TRAPPED, **A_TENTH)
        ax.set(xlabel="switches left\n(dotted: a tenth)", title=title, xlim=(-0.1, _FARTHEST))
    for ax in axes[0]:
        ax.grid(False, axis="y")
        for place in places:
            ax.axhline(place + 0.5, color="#e2e2e2", linewidth=0.8, zorder=0)
    connections.set_yticks(places, list(rows))
    connections.set_ylim(-0.6, len(rows) - 0.4)
    legend_below(figure, *axes[0])
    return figure


def _draw_motif(axes, place: float, motif: Motif) -> None:
    connections, noise, silent = axes
    null = motif.against_any
    both = zip(null.scores(null.found), LOOKS[:2], _TWO_WAYS, strict=False)
    for value, look, shift in both:
        style = {**look, "linestyle": "none", "markersize": 6, "alpha": 0.8}
        connections.plot(value, place + shift, **style)
    most = N_SILENCED[-1]
    for ax, ratios, look in (
        (noise, motif.random_noise(), RANDOM),
        *((noise, motif.ratio(kind), KIND_STYLES[kind]) for kind in KINDS[1:]),
        (silent, motif.silenced_random(most), RANDOM),
        (silent, motif.silenced(most), {"color": BLACK, "marker": "D"}),
    ):
        style = {**look, "linestyle": "none", "markersize": 5, "alpha": 0.8, "clip_on": False}
        ax.plot(np.minimum(ratios, _FARTHEST), place + _TWO_WAYS, **style)


@styled_with_gaps
def fig_shared_units(shared: Mapping[str, Sequence[SharedUnits]]) -> Figure:
    """How many kick units two directions have in common, by what the directions have in common.

    Parameters
    ----------
    shared : dict of family to sequence of SharedUnits
        At most five families.
    """
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    shifts = np.linspace(-0.18, 0.18, max(len(shared), 2))
    for (name, found), look, shift in zip(shared.items(), LOOKS, shifts, strict=False):
        # Dots of equal height lie side by side.
        seen: Counter[tuple[str, int]] = Counter()
        for one in found:
            x = RELATIONS.index(one.relation) + shift + 0.035 * seen[one.relation, one.n_shared]
            seen[one.relation, one.n_shared] += 1
            ax.plot(x, one.n_shared, label=name, **{**look, "linestyle": "none"})
    expected = [one.n_expected for found in shared.values() for one in found]
    ax.axhline(np.mean(expected), label="by chance", **A_TENTH)
    examples = ("0 → 1 and 2 → 1", "1 → 0 and 1 → 2", "0 → 1 and 1 → 2")
    ax.set_xticks(range(3), [f"{a}\n{b}" for a, b in zip(RELATIONS, examples, strict=True)])
    ax.set(ylabel=f"shared, of the first {N_SILENCED[2]} candidates", ylim=(-0.5, None))
    ax.set_xlim(-0.5, 2.5)
    ax.grid(False, axis="x")
    legend_below(figure, ax, n_columns=3)
    return figure


@styled
def fig_reductions(
    results: Mapping[str, Sequence[Reductions]], trained: Mapping[int, float] | None = None
) -> Figure:
    """What is left of a network's emissions and of its orbit as fewer dimensions are kept.

    Parameters
    ----------
    results : dict of family to sequence of Reductions
        One column for each family; lines are medians over its networks, bands their range.
    trained : dict of number of units to error, optional
        Of networks trained with so few units, on the first family.
    """
    figure, axes = new_figure(len(_FIELDS), len(results), height=8.2, sharex=True, sharey="row")
    for column, (name, found) in zip(axes.T, results.items(), strict=True):
        n_kept = found[0].n_kept
        for ax, field in zip(column, _FIELDS, strict=True):
            for look, (way, way_label) in zip(LOOKS, _WAY_LABELS.items(), strict=False):
                if field == "turns" and way == "readout":
                    continue  # nothing runs that was not the whole network
                values = np.array([getattr(one, field)[way] for one in found])
                _draw_range(ax, n_kept, values, label=way_label, **look)
            whole = np.median([one.whole[field] for one in found])
            reference = {"color": BLACK, "linewidth": 1.4, "linestyle": (0, (4, 2))}
            ax.axhline(whole, label="the network as it is", **reference)
        column[0].set_title(name)
        column[-1].set(xscale="log", xlabel="dimensions kept, k")
        plain_ticks(column[-1].xaxis, n_kept)
    if trained:
        axes[0, 0].plot(
            list(trained), list(trained.values()), "P", color=ORANGE, markeredgecolor=BLACK,
            markersize=9, label="k ReLU units, trained",
        )  # fmt: skip
    for ax, (label, top) in zip(axes[:, 0], _FIELDS.values(), strict=True):
        ax.set(ylabel=label, ylim=(0, top))
    legend_below(figure, *axes[:, 0])
    return figure


def _draw_range(ax, x, values, **look) -> None:
    """Median over networks, and their range as a band; numbers that do not exist leave a gap."""
    shown = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((3, len(x)), np.nan)
    if shown.any():
        quantiles = np.nanquantile(values[:, shown], (0, 0.5, 1), axis=0)
        low[shown], middle[shown], high[shown] = quantiles
    ax.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    ax.plot(x, middle, **look)


@styled
def fig_small_orbits(orbits: Mapping[str, Orbit]) -> Figure:
    """Orbits of systems that emit alike, side by side.

    Parameters
    ----------
    orbits : dict of title to Orbit
    """
    figure, axes = new_figure(1, len(orbits), height=3.4)
    for ax, (name, orbit) in zip(axes[0], orbits.items(), strict=True):
        _draw_small(ax, orbit, name)
        ax.set_xlabel("PC1")
    axes[0, 0].set_ylabel("PC2")
    legend_below(figure, *axes[0], n_columns=3)
    return figure


def _draw_small(ax, orbit: Orbit, title: str) -> None:
    draw_classes(ax, orbit, n_cells=9)
    ax.set(title=title, xticks=[], yticks=[])
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_box_aspect(0.85)


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
    """
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
    switching.axvline(1, color=GREY, linewidth=1)
    switching.set(xscale="log", xlabel="size of the noise", ylim=(0, None))
    switching.set_ylabel("share of steps\nwith a switch")
    plain_ticks(switching.xaxis, noise_sd)
    legend_below(figure, plane, switching)
    return figure
