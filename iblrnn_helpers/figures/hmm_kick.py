"""Kick units: when they turn on, and how they are connected.

Whatever belongs to the switch into a class has the colour and the marker of that class.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..hmm_rnn.kick_units import AT_SWITCH, KickUnits
from ..hmm_rnn.motif import Motif
from ..hmm_rnn.network import HmmRnn, Run
from ..hmm_rnn.populations import QUANTITIES, Connectivity, group_activity
from .circuit import DIVERGING
from .hmm_style import symbol_styles
from .style import BLACK, GREY, ORANGE, check_kind, legend_below, new_figure, styled


def _colour(symbol: int) -> str:
    return symbol_styles(symbol + 1)[symbol]["color"]


def switch_name(one) -> str:
    """A direction in words, e.g. 0 → 2."""
    return f"{one.source} → {one.target}"


@styled
def fig_signature(kick: Sequence[KickUnits]) -> Figure:
    """Recurrent drive of all units around the switches, mean over switches.

    Parameters
    ----------
    kick : (KickUnits, KickUnits)
        Of both directions.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for one in kick:
        check_kind("kick", one, KickUnits)
    figure, axes = new_figure(1, 2, height=4.6, sharey=True)
    dashes = ("-", (0, (5, 2)))
    for ax, this, other in zip(axes[0], kick, kick[::-1], strict=True):
        shared = np.concatenate([this.candidates, other.chosen])
        rest = np.delete(this.drive, shared, axis=1)
        ax.plot(this.window, rest, color="#d0d0d0", linewidth=0.5, zorder=1.2)
        candidates = this.drive[:, this.candidates[len(this.chosen) :]]
        ax.plot(this.window, candidates, color=_colour(this.target), linewidth=0.7, alpha=0.45)
        for one, dash in zip(kick, dashes, strict=True):
            drive = this.drive[:, one.chosen]
            ax.plot(this.window, drive, color=_colour(one.target), linestyle=dash, linewidth=2.6)
        ax.axhline(0, color=BLACK, linewidth=1.2)
        ax.axvspan(AT_SWITCH[0] - 0.5, AT_SWITCH[-1] + 0.5, color="#efe3c0", zorder=0)
        ax.set(
            title=f"{switch_name(this)} ({this.n_switches} switches)",
            xlabel="steps from the switch",
            xlim=(this.window[0], this.window[-1]),
        )
    axes[0, 0].set_ylabel("recurrent drive, mean over switches")
    limit = max(np.abs(one.drive[:, one.candidates]).max() for one in kick)
    axes[0, 0].set_ylim(-1.1 * limit, 1.1 * limit)
    ax = axes[0, 0]
    for one, dash in zip(kick, dashes, strict=True):
        look = {"color": _colour(one.target), "linestyle": dash, "linewidth": 2.6}
        ax.plot([], [], label=f"kick units of {switch_name(one)}", **look)
    ax.plot([], [], color=BLACK, linewidth=0.7, label="other candidates (in colour)")
    ax.plot([], [], color="#d0d0d0", label="all other units")
    legend_below(figure, ax)
    return figure


@styled
def fig_kick_connections(network: HmmRnn, found: Connectivity, kick: Sequence[KickUnits]) -> Figure:
    """Weights among the kick units one by one, and mean weights among kick units and populations.

    Parameters
    ----------
    network : HmmRnn
    found : Connectivity
    kick : (KickUnits, KickUnits)

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("found", found, Connectivity)
    figure, axes = new_figure(1, 2, height=5.0, width_ratios=(1, 1.15))
    six = np.concatenate([found.groups[0], found.groups[2]])
    weights = 100 * network.w_rec[np.ix_(six, six)]
    np.fill_diagonal(weights, np.nan)
    n_first = len(found.groups[0])
    ax = axes[0, 0]
    _matrix(figure, ax, weights, "weight × 100", [str(unit) for unit in six], "{:+.0f}")
    for line in (ax.axvline, ax.axhline):
        line(n_first - 0.5, color=BLACK, linewidth=2)
    ends = " and ".join(switch_name(one) for one in kick)
    ax.set(xlabel=f"from kick unit ({ends})", ylabel="to kick unit")
    ax = axes[0, 1]
    names = ["kick", "pop.", "kick", "pop."]
    names = [
        f"{name}\n{switch_name(one)}" for one, name in zip(np.repeat(kick, 2), names, strict=True)
    ]
    _matrix(figure, ax, 100 * found.blocks, "mean weight × 100", names, "{:+.1f}")
    for line in (ax.axvline, ax.axhline):
        line(1.5, color=BLACK, linewidth=2)
    ax.set(xlabel="from group", ylabel="to group")
    return figure


def _matrix(figure, ax, values, label, names, form) -> None:
    limit = np.nanmax(np.abs(values))
    image = ax.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 * limit else BLACK
            ax.text(j, i, form.format(value), ha="center", va="center", color=colour, fontsize=11)
    ax.set_xticks(range(len(names)), names, fontsize=11)
    ax.set_yticks(range(len(names)), names, fontsize=11)
    ax.grid(False)
    figure.colorbar(image, ax=ax, label=label, location="top", aspect=24)


@styled
def fig_against_random(motif: Motif) -> Figure:
    """Connections of the kick units beside those of units drawn at random.

    Each row is in standard deviations of random units, and to the right is what is claimed.

    Parameters
    ----------
    motif : Motif

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("motif", motif, Motif)
    figure, axes = new_figure(height=4.8)
    ax = axes[0, 0]
    sign = np.array(list(QUANTITIES.values()))
    centre = motif.against_any.drawn.mean(axis=0)
    spread = motif.against_any.drawn.std(axis=0)
    rows = np.arange(len(QUANTITIES))[::-1]
    for null, shift, look in (
        (motif.against_any, 0.17, {"color": GREY, "label": "random units (5 to 95%)"}),
        (
            motif.against_candidates,
            -0.17,
            {"color": ORANGE, "label": "random candidates of the direction (5 to 95%)"},
        ),
    ):
        scores = sign * (null.drawn - centre) / spread
        low, middle, high = np.percentile(scores, [5, 50, 95], axis=0)
        ax.hlines(rows + shift, low, high, linewidth=7, alpha=0.55, **look)
        ax.plot(middle, rows + shift, "|", color=BLACK, markersize=9, markeredgewidth=1.5)
    found = sign * (motif.connectivity.quantities - centre) / spread
    ax.plot(found, rows, "D", color=BLACK, markersize=9, label="the kick units found")
    ax.axvline(0, color=BLACK, linewidth=1)
    names = [f"{name} {'>' if s > 0 else '<'} 0" for (name, s) in QUANTITIES.items()]
    ax.set_yticks(rows, [name.replace("of weights ", "\nof weights ") for name in names])
    ax.set(xlabel="standard deviations of random units", ylim=(-0.6, len(rows) - 0.4))
    ax.grid(False, axis="y")
    legend_below(figure, ax)
    return figure


@styled
def fig_antiphase(
    run: Run, found: Connectivity, kick: Sequence[KickUnits], *, n_steps: int = 200
) -> Figure:
    """Mean activity of kick units and populations, and the class, over the steps of one sequence.

    Parameters
    ----------
    run : Run
        Its first sequence is drawn.
    found : Connectivity
    kick : (KickUnits, KickUnits)
    n_steps : int

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("run", run, Run)
    activity = group_activity(run, found)[0, :n_steps]
    classes = run.classes[0, :n_steps]
    figure, axes = new_figure(3, 1, height=5.8, sharex=True, height_ratios=(6, 6, 1))
    for ax, which, title in zip(axes[:2, 0], (0, 1), ("kick units", "populations"), strict=True):
        for group, one, dash in zip((which, which + 2), kick, ("-", (0, (4, 1.5))), strict=True):
            ax.plot(
                activity[:, group], color=_colour(one.target), linestyle=dash,
                label=f"of {switch_name(one)}",
            )  # fmt: skip
        ax.set(ylabel="mean activity", title=title, ylim=(0, None))
    ax = axes[2, 0]
    for symbol in np.unique(classes):
        at = np.flatnonzero(classes == symbol)
        ax.broken_barh([(t - 0.5, 1) for t in at], (0, 1), color=_colour(symbol))
        runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
        for stretch in runs:
            if len(stretch) > 4:
                ax.text(stretch.mean(), 0.45, str(symbol), color="white", ha="center", va="center")
    ax.set(xlabel="step", yticks=[0.5], yticklabels=["class"], xlim=(-0.5, len(classes) - 0.5))
    ax.grid(False)
    legend_below(figure, axes[0, 0])
    return figure
