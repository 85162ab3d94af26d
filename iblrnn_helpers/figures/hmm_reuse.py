"""One motif in all families: orbits side by side, connections, interventions, shared units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..hmm_rnn.intervention_curves import KINDS, N_SILENCED, TRAPPED
from ..hmm_rnn.motif import Motif
from ..hmm_rnn.orbit import Orbit
from ..hmm_rnn.populations import QUANTITIES
from ..hmm_rnn.reuse import RELATIONS, SharedUnits, separations
from .hmm_interventions import A_TENTH, KIND_STYLES, RANDOM
from .hmm_plane import draw_classes
from .style import BLACK, GREY, LOOKS, check_kind, legend_below, new_figure, panel_grid, styled

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
