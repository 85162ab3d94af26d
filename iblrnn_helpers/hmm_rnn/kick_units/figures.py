"""Figures of chapter 22: when kick units turn on, their connections, what is lost without them.

Whatever belongs to the switch into a class has the colour and the marker of that class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from ...core import plot_style as style
from ...core.means import tidy
from ..figures import symbol_styles
from ..network import HmmRnn, Run
from .kick_units import AT_SWITCH, QUANTITIES, Connectivity, KickUnits, group_activity
from .motif import KINDS, GainCurves, Motif
from .switches_left import N_SILENCED, TRAPPED, Silencing

# None of the symbols' colours, which mean something else.
KIND_STYLES = dict(zip(KINDS, (style.LOOKS[3], *style.OTHER_AGENTS[:2]), strict=True))
RANDOM = {"color": style.PURPLE, "marker": "x", "linestyle": "none"}
A_TENTH = {"color": style.BLACK, "linewidth": 1.3, "linestyle": (0, (1, 2))}
_OTHERS = "#d0d0d0"  # units that are no candidates
_DASHES = "-", (0, (5, 2))  # of the two directions


def _colour(symbol: int) -> str:
    return symbol_styles(symbol + 1)[symbol]["color"]


def _switch_name(one) -> str:
    return f"{one.source} → {one.target}"


@style.panels
def fig_signature(figure, kick: Sequence[KickUnits]):
    """Recurrent drive of all units around the switches, mean over switches.

    Parameters
    ----------
    kick : (KickUnits, KickUnits)
        Of both directions.
    """
    axes = style.grid(figure, 1, 2, height=4.6, sharey=True)
    for ax, this, other in zip(axes[0], kick, kick[::-1], strict=True):
        for one, dash in zip(kick, _DASHES, strict=True):
            look = {"color": _colour(one.target), "linestyle": dash, "linewidth": 2.6}
            label = f"kick units of {_switch_name(one)}"
            ax.plot(this.window, this.drive[:, one.chosen], zorder=3, label=label, **look)
        candidates = this.drive[:, this.candidates[len(this.chosen) :]]
        ax.plot(this.window, candidates, color=_colour(this.target), linewidth=0.7, alpha=0.45)
        rest = np.delete(this.drive, [*this.candidates, *other.chosen], axis=1)
        ax.plot(this.window, rest, color=_OTHERS, linewidth=0.5, zorder=1.2)
        ax.plot([], [], color=style.BLACK, linewidth=0.7, label="other candidates (in colour)")
        ax.plot([], [], color=_OTHERS, label="all other units")
        ax.axhline(0, color=style.BLACK, linewidth=1.2)
        ax.axvspan(AT_SWITCH[0] - 0.5, AT_SWITCH[-1] + 0.5, color="#efe3c0", zorder=0)
        ax.set_xlabel("steps from the switch")
        ax.set(title=f"{_switch_name(this)} ({this.n_switches} switches)", xmargin=0)
    axes[0, 0].set_ylabel("recurrent drive, mean over switches")


@style.panels
def fig_kick_connections(figure, network: HmmRnn, found: Connectivity, kick: Sequence[KickUnits]):
    """Weights among the kick units one by one, and mean weights among kick units and populations.

    Parameters
    ----------
    kick : (KickUnits, KickUnits)
    """
    ones, means = style.grid(figure, 1, 2, height=5.0, width_ratios=(1, 1.15))[0]
    six = np.concatenate([found.groups[0], found.groups[2]])
    weights = np.where(np.eye(len(six)), np.nan, network.w_rec[np.ix_(six, six)])
    ends = [_switch_name(one) for one in kick]
    names = [f"{name}\n{end}" for end in ends for name in ("kick", "pop.")]
    for ax, values, labels, label, form in (
        (ones, weights, six, "weight × 100", "+.0f"),
        (means, found.blocks, names, "mean weight × 100", "+.1f"),
    ):
        limit = 100 * np.nanmax(np.abs(values))
        look = {"annot": True, "annot_kws": {"size": 11}, "square": True, "fmt": form}
        look["cbar_kws"] = {"label": label, "location": "top", "aspect": 24}
        style.heatmap(ax, pd.DataFrame(100 * values, labels, labels), limit=limit, **look)
        ax.tick_params(labelsize=11)
        for line in (ax.axvline, ax.axhline):  # between the two directions
            line(len(labels) / 2, color=style.BLACK, linewidth=2)
    ones.set(xlabel=f"from kick unit ({' and '.join(ends)})", ylabel="to kick unit")
    means.set(xlabel="from group", ylabel="to group")


@style.panel(height=4.8)
def fig_against_random(ax, motif: Motif):
    """Connections of the kick units beside those of units drawn at random.

    Each row is in standard deviations of random units, and to the right is what is claimed.
    Violins are the distributions over draws, with their quartiles.
    """
    names = [f"{name} {'<>'[sign > 0]} 0" for name, sign in QUANTITIES.items()]
    names = [name.replace("of weights", "\nof weights") for name in names]
    scores = motif.against_any.scores
    nulls = {"random units": motif.against_any}
    nulls["random candidates of the direction"] = motif.against_candidates
    tables = {k: pd.DataFrame(scores(one.drawn), columns=names) for k, one in nulls.items()}
    table = pd.concat(tables, names=["units"]).melt(ignore_index=False).reset_index()
    look = {"split": True, "inner": "quart", "cut": 0, "density_norm": "width", "linewidth": 1}
    look |= {"palette": (_OTHERS, style.ORANGE), "saturation": 1}
    sns.violinplot(table, x="value", y="variable", hue="units", ax=ax, **look)
    ax.get_legend().remove()
    found = scores(motif.connectivity.quantities)
    ax.plot(found, names, "D", color=style.BLACK, markersize=9, label="the kick units found")
    ax.axvline(0, color=style.BLACK, linewidth=1)
    ax.set(xlabel="standard deviations of random units", ylabel="")


@style.panels
def fig_antiphase(
    figure, run: Run, found: Connectivity, kick: Sequence[KickUnits], *, n_steps: int = 200
):
    """Mean activity of kick units and populations, and the class, over the steps of one sequence.

    Parameters
    ----------
    run : Run
        Its first sequence is drawn.
    kick : (KickUnits, KickUnits)
    """
    activity = group_activity(run, found)[0, :n_steps]
    classes = run.classes[0, :n_steps]
    axes = style.grid(figure, 3, 1, height=5.8, sharex=True, height_ratios=(5, 5, 2))
    *above, below = axes[:, 0]
    for ax, which, title in zip(above, (0, 1), ("kick units", "populations"), strict=True):
        for group, one, dash in zip((which, which + 2), kick, _DASHES, strict=True):
            look = {"color": _colour(one.target), "linestyle": dash}
            ax.plot(activity[:, group], label=f"of {_switch_name(one)}", **look)
        ax.set(ylabel="mean activity", title=title, ylim=(0, None))
    below.step(range(len(classes)), classes, where="mid", color=style.BLACK)
    below.set(xlabel="step", ylabel="class", yticks=np.unique(classes))
    below.margins(0, 0.2)


@style.panels
def fig_gain_curves(figure, curves: Sequence[GainCurves]):
    """What a gain of the drive or of the noise of some units does to the switches.

    Parameters
    ----------
    curves : sequence of GainCurves
        One column each.
    """
    axes = style.grid(figure, 3, len(curves), height=8.0, sharex=True, sharey="row")
    for (switches, lasting, time), one in zip(axes.T, curves, strict=True):
        for kind, rates in one.rates.items():
            look = {**KIND_STYLES[kind], "markersize": 5, "label": kind}
            _draw_ratios(switches, one.values, rates.ratio, **look)
            _draw_ratios(lasting, one.values, rates.lasting, **look)
            style.draw_means(time, one.values, rates.occupancy, **look)
        for ax, drawn in ((switches, one.random.ratio), (lasting, one.random.lasting)):
            values = [ratio.value for ratio in drawn]
            ax.plot(np.zeros(len(values)), values, label="noise, as many random units", **RANDOM)
        switches.set_title(f"switch {_switch_name(one)}")
        time.set_xlabel("gain (1: unchanged)")
    _label_ratios(*axes[:2, 0])
    axes[2, 0].set(ylabel="share of time\nbefore the switch", ylim=(0, 1.03))


@style.panels
def fig_silencing(figure, curves: Sequence[Silencing]):
    """What remains of the switches as more and more candidates for kick units are silenced.

    Parameters
    ----------
    curves : sequence of Silencing
        One column each.
    """
    axes = style.grid(figure, 2, len(curves), height=6.6, sharex=True, sharey=True)
    for column, one in zip(axes.T, curves, strict=True):
        for ax, which in zip(column, (one, one.lasting), strict=True):
            ax.plot(which.n_silenced, which.random, label="as many random units", **RANDOM)
            mean = {"color": RANDOM["color"], "linestyle": (0, (5, 2)), "label": "their mean"}
            ax.plot(which.n_silenced, np.mean(which.random, axis=1), **mean)
            first = {"color": style.BLACK, "marker": "o", "label": "the first candidates"}
            _draw_ratios(ax, which.n_silenced, which.ratio, **first)
            ax.axhline(TRAPPED, label="a tenth", **A_TENTH)
        column[0].set_title(f"switch {_switch_name(one)}")
        column[1].set_xlabel("silenced units")
    _label_ratios(*axes[:, 0])


def _draw_ratios(ax, x, ratios, **look) -> None:
    """Ratios with their intervals as a band, and the line of no change."""
    bounds = np.array([one.interval or (np.nan, np.nan) for one in ratios]).T
    ax.fill_between(x, *bounds, color=look["color"], alpha=0.18, linewidth=0)
    ax.plot(x, [one.value for one in ratios], **look)
    ax.axhline(1, color=style.GREY, linewidth=1, zorder=1.2)


def _label_ratios(switches, lasting) -> None:
    switches.set(ylabel="switches\n/ unchanged", ylim=(0, None))
    lasting.set(ylabel="lasting switches\n/ unchanged", ylim=(0, None))


@style.panels
def fig_over_networks(figure, motifs: Mapping[str, Motif]):
    """Which switches remain after each intervention, in several networks.

    Parameters
    ----------
    motifs : dict of name to Motif
        Of the same pair of classes, at most five.
    """
    looks = style.LOOKS[: len(motifs)]
    if len(motifs) > len(looks):
        raise ValueError(f"at most {len(looks)} networks can be told apart, got {len(motifs)}")
    rows = [f"no {what}" for what in (*KINDS, "noise of random units")]
    rows += [f"first {n} candidates silent" for n in N_SILENCED[::2]]
    rows.append(f"{N_SILENCED[-1]} random units silent")
    axes = style.grid(figure, 1, 2, height=0.55 * len(rows) + 1.6, sharex=True, sharey=True)
    table = tidy(motifs, "network")
    shown = {"x": "ratio", "y": "intervention", "order": rows, "hue": "network"}
    shown["dodge"] = len(motifs) > 1 and 0.54  # of one alone seaborn divides by 0
    shown |= {"palette": [look["color"] for look in looks], "linestyle": "none"}
    shown |= {"markers": [look["marker"] for look in looks], "markeredgewidth": 1, "errorbar": None}
    # Open marks are larger, so that neither hides the other.
    faces = {"markersize": 6}, {"markersize": 9, "markerfacecolor": "none", "legend": False}
    for ax, (lasting, part) in zip(axes[0], table.groupby("lasting"), strict=True):
        for face, (_, way) in zip(faces, part.groupby("switch", sort=False), strict=True):
            sns.pointplot(way, ax=ax, **shown, **face)
        ax.axvline(1, color=style.GREY, linewidth=1)
        ax.axvline(TRAPPED, **A_TENTH)
        title = "lasting switches" if lasting else "all switches"
        ax.set(title=title, xlabel="ratio to unchanged", ylabel="", xlim=(-0.08, None))
        ax.get_legend().remove()
    forth, back = table["switch"].unique()
    title = f"filled: {forth}, open: {back}; dotted: a tenth"
    style.legend_below(figure, axes[0, 0], n_columns=4, title=title)
