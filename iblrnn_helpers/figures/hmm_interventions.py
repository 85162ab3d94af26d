"""What is lost without kick units, or without the noise that reaches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..hmm_rnn.intervention_curves import KINDS, N_SILENCED, TRAPPED, GainCurves, Silencing
from ..hmm_rnn.motif import Motif
from .hmm_kick import switch_name
from .style import (
    BLACK,
    GREY,
    LOOKS,
    ORANGE,
    PURPLE,
    check_kind,
    draw_means,
    legend_below,
    new_figure,
    styled,
)

# None of the symbols' colours, which mean something else.
KIND_STYLES = {
    KINDS[0]: {"color": ORANGE, "marker": "s", "linestyle": (0, (5, 2))},
    KINDS[1]: {"color": BLACK, "marker": "o", "linestyle": "-"},
    KINDS[2]: {"color": GREY, "marker": "^", "linestyle": (0, (1, 1.5))},
}
RANDOM = {"color": PURPLE, "marker": "x", "linestyle": "none"}
A_TENTH = {"color": BLACK, "linewidth": 1.3, "linestyle": (0, (1, 2))}


@styled
def fig_gain_curves(curves: Sequence[GainCurves]) -> Figure:
    """What a gain of the drive or of the noise of some units does to the switches.

    Parameters
    ----------
    curves : sequence of GainCurves
        One column each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for one in curves:
        check_kind("curves", one, GainCurves)
    figure, axes = new_figure(3, len(curves), height=8.0, sharex=True, sharey="row")
    for column, one in zip(axes.T, curves, strict=True):
        for kind, rates in one.rates.items():
            look = {**KIND_STYLES[kind], "markersize": 5}
            _draw_ratios(column[0], one.values, rates.ratio, label=kind, **look)
            draw_means(column[1], one.values, rates.back, **look)
            draw_means(column[2], one.values, rates.occupancy, **look)
        random = [ratio.value for ratio in one.random_noise]
        column[0].plot(np.zeros(len(random)), random, label="noise, as many random units", **RANDOM)
        column[0].set_title(f"switch {switch_name(one)}")
        column[-1].set_xlabel("gain (1: unchanged)")
    names = (
        "P(switch) / unchanged",
        "P(switch back)\nper step",
        "share of time\nbefore the switch",
    )
    for ax, name in zip(axes[:, 0], names, strict=True):
        ax.set_ylabel(name)
        ax.set_ylim(bottom=0)
    axes[2, 0].set_ylim(0, 1.03)
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_silencing(curves: Sequence[Silencing]) -> Figure:
    """What is left of the switches as more and more candidates for kick units are silenced.

    Parameters
    ----------
    curves : sequence of Silencing
        One panel each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for one in curves:
        check_kind("curves", one, Silencing)
    figure, axes = new_figure(1, len(curves), height=4.6, sharey=True)
    for ax, one in zip(axes[0], curves, strict=True):
        numbers = np.repeat(one.n_silenced, one.random.shape[1])
        ax.plot(numbers, one.random.ravel(), label="as many random units (each draw)", **RANDOM)
        mean = {**RANDOM, "marker": None, "linestyle": (0, (5, 2))}
        ax.plot(one.n_silenced, one.random.mean(axis=1), label="their mean", **mean)
        look = {"color": BLACK, "marker": "o", "label": "the first candidates"}
        _draw_ratios(ax, one.n_silenced, one.ratio, **look)
        ax.axhline(TRAPPED, label="a tenth", **A_TENTH)
        ax.set(title=f"switch {switch_name(one)}", xlabel="silenced units", xticks=one.n_silenced)
    axes[0, 0].set(ylabel="P(switch) / unchanged", ylim=(0, None))
    legend_below(figure, axes[0, 0])
    return figure


def _draw_ratios(ax, x, ratios, **look) -> None:
    """Ratios with their intervals as a band, and the line of no change."""
    bounds = np.array([one.interval or (np.nan, np.nan) for one in ratios]).T
    ax.fill_between(x, *bounds, color=look["color"], alpha=0.18, linewidth=0)
    ax.plot(x, [one.value for one in ratios], **look)
    ax.axhline(1, color=GREY, linewidth=1, zorder=1.2)


@styled
def fig_over_networks(motifs: Mapping[str, Motif]) -> Figure:
    """Which switches are left after each intervention, in several networks.

    Parameters
    ----------
    motifs : dict of name to Motif
        Of the same pair of classes, at most five.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for motif in motifs.values():
        check_kind("motifs", motif, Motif)
    if len(motifs) > len(LOOKS):
        raise ValueError(f"at most {len(LOOKS)} networks can be told apart, got {len(motifs)}")
    few, more, most = N_SILENCED[0], N_SILENCED[2], N_SILENCED[-1]
    rows = {
        "no drive of the kick units": lambda motif: motif.ratio(KINDS[0]),
        "no noise that reaches them": lambda motif: motif.ratio(KINDS[1]),
        "no noise elsewhere": lambda motif: motif.ratio(KINDS[2]),
        "no noise, as many random units": lambda motif: motif.random_noise,
        **{
            f"first {n} candidates silent": lambda motif, n=n: motif.silenced(n)
            for n in (few, more, most)
        },
        f"{most} random units silent": lambda motif: motif.silenced_random(most),
    }
    figure, axes = new_figure(height=0.55 * len(rows) + 1.6)
    ax = axes[0, 0]
    places = np.arange(len(rows))[::-1]
    shifts = np.linspace(0.27, -0.27, max(len(motifs), 2))
    for (name, motif), shift, look in zip(motifs.items(), shifts, LOOKS, strict=False):
        values = np.array([row(motif) for row in rows.values()])
        look = {**look, "linestyle": "none", "clip_on": False}
        ax.plot(values[:, 0], places + shift, label=name, **look)
        ax.plot(values[:, 1], places + shift, markerfacecolor="white", **look)
    ax.axvline(1, color=GREY, linewidth=1)
    ax.axvline(TRAPPED, **A_TENTH)
    ax.set_yticks(places, list(rows))
    a, b = motif.pair
    ax.set_xlabel(f"P(switch) / unchanged\n(filled: {a} → {b}, open: {b} → {a}; dotted: a tenth)")
    ax.set_xlim(left=-0.05)
    ax.grid(False, axis="y")
    legend_below(figure, ax, n_columns=4)
    return figure
