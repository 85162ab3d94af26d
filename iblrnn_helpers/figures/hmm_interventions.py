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
            _draw_ratios(column[1], one.values, rates.lasting, **look)
            draw_means(column[2], one.values, rates.occupancy, **look)
        for ax, drawn in zip(column, (one.random.ratio, one.random.lasting), strict=False):
            values = [ratio.value for ratio in drawn]
            label = "noise, as many random units"
            ax.plot(np.zeros(len(values)), values, label=label, **RANDOM)
        column[0].set_title(f"switch {switch_name(one)}")
        column[-1].set_xlabel("gain (1: unchanged)")
    names = (
        "switches\n/ unchanged",
        "lasting switches\n/ unchanged",
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
    figure, axes = new_figure(2, len(curves), height=6.6, sharex=True, sharey=True)
    for column, one in zip(axes.T, curves, strict=True):
        for ax, which in zip(column, (one, one.lasting), strict=True):
            numbers = np.repeat(which.n_silenced, which.random.shape[1])
            ax.plot(numbers, which.random.ravel(), label="as many random units", **RANDOM)
            mean = {**RANDOM, "marker": None, "linestyle": (0, (5, 2))}
            ax.plot(which.n_silenced, which.random.mean(axis=1), label="their mean", **mean)
            look = {"color": BLACK, "marker": "o", "label": "the first candidates"}
            _draw_ratios(ax, which.n_silenced, which.ratio, **look)
            ax.axhline(TRAPPED, label="a tenth", **A_TENTH)
        column[0].set_title(f"switch {switch_name(one)}")
        column[1].set_xlabel("silenced units")
    axes[0, 0].set(ylabel="switches\n/ unchanged", ylim=(0, None))
    axes[1, 0].set_ylabel("lasting switches\n/ unchanged")
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
    names = (
        "no drive of the kick units",
        "no noise that reaches them",
        "no noise elsewhere",
        "no noise of random units",
        *(f"first {n} candidates silent" for n in (few, more, most)),
        f"{most} random units silent",
    )
    figure, axes = new_figure(1, 2, height=0.55 * len(names) + 1.6, sharex=True, sharey=True)
    places = np.arange(len(names))[::-1]
    shifts = np.linspace(0.27, -0.27, max(len(motifs), 2))
    for ax, lasting in zip(axes[0], (False, True), strict=True):
        for (name, motif), shift, look in zip(motifs.items(), shifts, LOOKS, strict=False):
            random_noise = motif.random_noise_lasting if lasting else motif.random_noise
            values = np.array(
                [
                    *(motif.ratio(kind, lasting=lasting) for kind in KINDS),
                    random_noise,
                    *(motif.silenced(n, lasting=lasting) for n in (few, more, most)),
                    motif.silenced_random(most, lasting=lasting),
                ]
            )
            look = {**look, "linestyle": "none", "clip_on": False}
            ax.plot(values[:, 0], places + shift, label=name, **look)
            # Larger, so that neither hides the other.
            ax.plot(values[:, 1], places + shift, markerfacecolor="none", markersize=9, **look)
        ax.axvline(1, color=GREY, linewidth=1)
        ax.axvline(TRAPPED, **A_TENTH)
        ax.set(title="lasting switches" if lasting else "all switches", xlabel="ratio to unchanged")
        ax.grid(False, axis="y")
    a, b = motif.pair
    axes[0, 0].set_yticks(places, names)
    axes[0, 0].set_xlim(left=-0.05)
    title = f"filled: {a} → {b}, open: {b} → {a}; dotted: a tenth"
    legend_below(figure, axes[0, 0], n_columns=4, title=title)
    return figure
