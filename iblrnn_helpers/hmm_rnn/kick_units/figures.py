"""Figures of chapter 32: when kick units turn on, their connections, what is lost without them.

Whatever belongs to the switch into a class has the colour and the marker of that class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core import plot_style as style
from ..figures import symbol_styles
from ..network import HmmRnn, Run
from .kick_units import AT_SWITCH, QUANTITIES, Connectivity, KickUnits, group_activity
from .motif import KINDS, N_SILENCED, TRAPPED, GainCurves, Motif, Silencing

# None of the symbols' colours, which mean something else.
KIND_STYLES = {
    KINDS[0]: {"color": style.ORANGE, "marker": "s", "linestyle": (0, (5, 2))},
    KINDS[1]: {"color": style.BLACK, "marker": "o", "linestyle": "-"},
    KINDS[2]: {"color": style.GREY, "marker": "^", "linestyle": (0, (1, 1.5))},
}
RANDOM = {"color": style.PURPLE, "marker": "x", "linestyle": "none"}
A_TENTH = {"color": style.BLACK, "linewidth": 1.3, "linestyle": (0, (1, 2))}
_OTHERS = "#d0d0d0"  # units that are no candidates


def _colour(symbol: int) -> str:
    return symbol_styles(symbol + 1)[symbol]["color"]


def _switch_name(one) -> str:
    return f"{one.source} → {one.target}"


@style.styled
def fig_signature(kick: Sequence[KickUnits]) -> Figure:
    """Recurrent drive of all units around the switches, mean over switches.

    Parameters
    ----------
    kick : (KickUnits, KickUnits)
        Of both directions.
    """
    figure, axes = style.new_figure(1, 2, height=4.6, sharey=True)
    looks = [
        {"color": _colour(one.target), "linestyle": dash, "linewidth": 2.6}
        for one, dash in zip(kick, ("-", (0, (5, 2))), strict=True)
    ]
    for ax, this, other in zip(axes[0], kick, kick[::-1], strict=True):
        shared = np.concatenate([this.candidates, other.chosen])
        rest = np.delete(this.drive, shared, axis=1)
        ax.plot(this.window, rest, color=_OTHERS, linewidth=0.5, zorder=1.2)
        candidates = this.drive[:, this.candidates[len(this.chosen) :]]
        ax.plot(this.window, candidates, color=_colour(this.target), linewidth=0.7, alpha=0.45)
        for one, look in zip(kick, looks, strict=True):
            ax.plot(this.window, this.drive[:, one.chosen], **look)
        ax.axhline(0, color=style.BLACK, linewidth=1.2)
        ax.axvspan(AT_SWITCH[0] - 0.5, AT_SWITCH[-1] + 0.5, color="#efe3c0", zorder=0)
        ax.set_title(f"{_switch_name(this)} ({this.n_switches} switches)")
        ax.set(xlabel="steps from the switch", xlim=(this.window[0], this.window[-1]))
    ax = axes[0, 0]
    limit = max(np.abs(one.drive[:, one.candidates]).max() for one in kick)
    ax.set(ylabel="recurrent drive, mean over switches", ylim=(-1.1 * limit, 1.1 * limit))
    for one, look in zip(kick, looks, strict=True):
        ax.plot([], [], label=f"kick units of {_switch_name(one)}", **look)
    ax.plot([], [], color=style.BLACK, linewidth=0.7, label="other candidates (in colour)")
    ax.plot([], [], color=_OTHERS, label="all other units")
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_kick_connections(network: HmmRnn, found: Connectivity, kick: Sequence[KickUnits]) -> Figure:
    """Weights among the kick units one by one, and mean weights among kick units and populations.

    Parameters
    ----------
    kick : (KickUnits, KickUnits)
    """
    figure, axes = style.new_figure(1, 2, height=5.0, width_ratios=(1, 1.15))
    six = np.concatenate([found.groups[0], found.groups[2]])
    weights = 100 * network.w_rec[np.ix_(six, six)]
    np.fill_diagonal(weights, np.nan)
    ends = [_switch_name(one) for one in kick]
    ones, means = axes[0]
    _matrix(figure, ones, weights, "weight × 100", [str(unit) for unit in six], "{:+.0f}")
    ones.set(xlabel=f"from kick unit ({' and '.join(ends)})", ylabel="to kick unit")
    names = [f"{name}\n{end}" for end in ends for name in ("kick", "pop.")]
    _matrix(figure, means, 100 * found.blocks, "mean weight × 100", names, "{:+.1f}")
    means.set(xlabel="from group", ylabel="to group")
    return figure


def _matrix(figure, ax, values, label, names, form) -> None:
    limit = np.nanmax(np.abs(values))
    image = ax.imshow(values, cmap=style.DIVERGING, vmin=-limit, vmax=limit)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 * limit else style.BLACK
            ax.text(j, i, form.format(value), ha="center", va="center", color=colour, fontsize=11)
    for line in (ax.axvline, ax.axhline):  # between the two directions
        line(len(names) / 2 - 0.5, color=style.BLACK, linewidth=2)
    ax.set_xticks(range(len(names)), names, fontsize=11)
    ax.set_yticks(range(len(names)), names, fontsize=11)
    ax.grid(False)
    figure.colorbar(image, ax=ax, label=label, location="top", aspect=24)


@style.styled
def fig_against_random(motif: Motif) -> Figure:
    """Connections of the kick units beside those of units drawn at random.

    Each row is in standard deviations of random units, and to the right is what is claimed.
    """
    figure, axes = style.new_figure(height=4.8)
    ax = axes[0, 0]
    rows = np.arange(len(QUANTITIES))[::-1]
    for null, shift, colour, label in (
        (motif.against_any, 0.17, style.GREY, "random units"),
        (motif.against_candidates, -0.17, style.ORANGE, "random candidates of the direction"),
    ):
        scores = motif.against_any.scores(null.drawn)
        low, middle, high = np.percentile(scores, [5, 50, 95], axis=0)
        bar = {"color": colour, "linewidth": 7, "alpha": 0.55, "label": f"{label} (5 to 95%)"}
        ax.hlines(rows + shift, low, high, **bar)
        ax.plot(middle, rows + shift, "|", color=style.BLACK, markersize=9, markeredgewidth=1.5)
    found = motif.against_any.scores(motif.connectivity.quantities)
    ax.plot(found, rows, "D", color=style.BLACK, markersize=9, label="the kick units found")
    ax.axvline(0, color=style.BLACK, linewidth=1)
    names = [f"{name} {'>' if s > 0 else '<'} 0" for (name, s) in QUANTITIES.items()]
    ax.set_yticks(rows, [name.replace("of weights ", "\nof weights ") for name in names])
    ax.set(xlabel="standard deviations of random units", ylim=(-0.6, len(rows) - 0.4))
    ax.grid(False, axis="y")
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_antiphase(
    run: Run, found: Connectivity, kick: Sequence[KickUnits], *, n_steps: int = 200
) -> Figure:
    """Mean activity of kick units and populations, and the class, over the steps of one sequence.

    Parameters
    ----------
    run : Run
        Its first sequence is drawn.
    kick : (KickUnits, KickUnits)
    """
    activity = group_activity(run, found)[0, :n_steps]
    classes = run.classes[0, :n_steps]
    figure, axes = style.new_figure(3, 1, height=5.8, sharex=True, height_ratios=(6, 6, 1))
    for ax, which, title in zip(axes[:2, 0], (0, 1), ("kick units", "populations"), strict=True):
        for group, one, dash in zip((which, which + 2), kick, ("-", (0, (4, 1.5))), strict=True):
            look = {"color": _colour(one.target), "linestyle": dash}
            ax.plot(activity[:, group], label=f"of {_switch_name(one)}", **look)
        ax.set(ylabel="mean activity", title=title, ylim=(0, None))
    ax = axes[2, 0]
    for symbol in np.unique(classes):
        at = np.flatnonzero(classes == symbol)
        ax.broken_barh([(t - 0.5, 1) for t in at], (0, 1), color=_colour(symbol))
        for stretch in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
            if len(stretch) > 4:
                ax.text(stretch.mean(), 0.45, str(symbol), color="white", ha="center", va="center")
    ax.set(xlabel="step", yticks=[0.5], yticklabels=["class"], xlim=(-0.5, len(classes) - 0.5))
    ax.grid(False)
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_gain_curves(curves: Sequence[GainCurves]) -> Figure:
    """What a gain of the drive or of the noise of some units does to the switches.

    Parameters
    ----------
    curves : sequence of GainCurves
        One column each.
    """
    figure, axes = style.new_figure(3, len(curves), height=8.0, sharex=True, sharey="row")
    for column, one in zip(axes.T, curves, strict=True):
        for kind, rates in one.rates.items():
            look = {**KIND_STYLES[kind], "markersize": 5}
            _draw_ratios(column[0], one.values, rates.ratio, label=kind, **look)
            _draw_ratios(column[1], one.values, rates.lasting, **look)
            style.draw_means(column[2], one.values, rates.occupancy, **look)
        for ax, drawn in zip(column, (one.random.ratio, one.random.lasting), strict=False):
            values = [ratio.value for ratio in drawn]
            ax.plot(np.zeros(len(values)), values, label="noise, as many random units", **RANDOM)
        column[0].set_title(f"switch {_switch_name(one)}")
        column[-1].set_xlabel("gain (1: unchanged)")
    switches, lasting, time = axes[:, 0]
    switches.set(ylabel="switches\n/ unchanged", ylim=(0, None))
    lasting.set(ylabel="lasting switches\n/ unchanged", ylim=(0, None))
    time.set(ylabel="share of time\nbefore the switch", ylim=(0, 1.03))
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_silencing(curves: Sequence[Silencing]) -> Figure:
    """What is left of the switches as more and more candidates for kick units are silenced.

    Parameters
    ----------
    curves : sequence of Silencing
        One panel each.
    """
    figure, axes = style.new_figure(2, len(curves), height=6.6, sharex=True, sharey=True)
    for column, one in zip(axes.T, curves, strict=True):
        for ax, which in zip(column, (one, one.lasting), strict=True):
            numbers = np.repeat(which.n_silenced, which.random.shape[1])
            ax.plot(numbers, which.random.ravel(), label="as many random units", **RANDOM)
            mean = {**RANDOM, "marker": None, "linestyle": (0, (5, 2))}
            ax.plot(which.n_silenced, which.random.mean(axis=1), label="their mean", **mean)
            first = {"color": style.BLACK, "marker": "o", "label": "the first candidates"}
            _draw_ratios(ax, which.n_silenced, which.ratio, **first)
            ax.axhline(TRAPPED, label="a tenth", **A_TENTH)
        column[0].set_title(f"switch {_switch_name(one)}")
        column[1].set_xlabel("silenced units")
    axes[0, 0].set(ylabel="switches\n/ unchanged", ylim=(0, None))
    axes[1, 0].set_ylabel("lasting switches\n/ unchanged")
    style.legend_below(figure, axes[0, 0])
    return figure


def _draw_ratios(ax, x, ratios, **look) -> None:
    """Ratios with their intervals as a band, and the line of no change."""
    bounds = np.array([one.interval or (np.nan, np.nan) for one in ratios]).T
    ax.fill_between(x, *bounds, color=look["color"], alpha=0.18, linewidth=0)
    ax.plot(x, [one.value for one in ratios], **look)
    ax.axhline(1, color=style.GREY, linewidth=1, zorder=1.2)


@style.styled
def fig_over_networks(motifs: Mapping[str, Motif]) -> Figure:
    """Which switches are left after each intervention, in several networks.

    Parameters
    ----------
    motifs : dict of name to Motif
        Of the same pair of classes, at most five.
    """
    if len(motifs) > len(style.LOOKS):
        raise ValueError(
            f"at most {len(style.LOOKS)} networks can be told apart, got {len(motifs)}"
        )
    most = N_SILENCED[-1]
    some = (N_SILENCED[0], N_SILENCED[2], most)
    names = (
        "no drive of the kick units",
        "no noise that reaches them",
        "no noise elsewhere",
        "no noise of random units",
        *(f"first {n} candidates silent" for n in some),
        f"{most} random units silent",
    )
    figure, axes = style.new_figure(1, 2, height=0.55 * len(names) + 1.6, sharex=True, sharey=True)
    places = np.arange(len(names))[::-1]
    shifts = np.linspace(0.27, -0.27, max(len(motifs), 2))
    for ax, lasting in zip(axes[0], (False, True), strict=True):
        for (name, motif), shift, look in zip(motifs.items(), shifts, style.LOOKS, strict=False):
            forth, back = zip(
                *(motif.ratio(kind, lasting=lasting) for kind in KINDS),
                motif.random_noise(lasting=lasting),
                *(motif.silenced(n, lasting=lasting) for n in some),
                motif.silenced_random(most, lasting=lasting),
                strict=True,
            )
            look = {**look, "linestyle": "none", "clip_on": False}
            ax.plot(forth, places + shift, label=name, **look)
            # Larger, so that neither hides the other.
            ax.plot(back, places + shift, markerfacecolor="none", markersize=9, **look)
        ax.axvline(1, color=style.GREY, linewidth=1)
        ax.axvline(TRAPPED, **A_TENTH)
        ax.set(title="lasting switches" if lasting else "all switches", xlabel="ratio to unchanged")
        ax.grid(False, axis="y")
    a, b = motif.pair
    axes[0, 0].set_yticks(places, names)
    axes[0, 0].set_xlim(left=-0.05)
    title = f"filled: {a} → {b}, open: {b} → {a}; dotted: a tenth"
    style.legend_below(figure, axes[0, 0], n_columns=4, title=title)
    return figure
