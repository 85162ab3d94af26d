"""Cell types of efficient codes in pictures (Chalk et al. 2021, Fig. 4H)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..inverse_rl.coding_responses import CellTypes
from .inverse_rl_coding import ACTIVE_PIXELS, MARKERS
from .style import BLACK, BLUE, ORANGE, PURPLE, VERMILLION, legend_below, new_figure, styled

KIND_STYLES = {
    True: {"color": BLUE, "linestyle": "-", "marker": "^", "label": "ON: fires more for more"},
    False: {
        "color": ORANGE,
        "linestyle": (0, (5, 2)),
        "marker": "v",
        "label": "OFF: fires less for more",
    },
}


@styled
def fig_4h_cell_types(codes: Mapping[str, CellTypes]) -> Figure:
    """Tuning of each neuron to the number of active pixels, and mean rates (Fig. 4H).

    Parameters
    ----------
    codes : dict of title to CellTypes
    """
    figure, axes = new_figure(2, len(codes), height=6.0, sharey="row", height_ratios=(1.5, 1))
    for (top, bottom), (title, types) in zip(axes.T, codes.items(), strict=True):
        order = np.lexsort((-types.rates, ~types.rising))
        for i in order:
            top.plot(types.firing[i], alpha=0.8, **KIND_STYLES[bool(types.rising[i])])
        top.set(title=title, xlabel=ACTIVE_PIXELS)
        top.xaxis.set_major_locator(MaxNLocator(integer=True))
        for place, i in enumerate(order, start=1):
            kind = KIND_STYLES[bool(types.rising[i])]
            hatch = "" if types.rising[i] else "///"
            bottom.bar(place, types.rates[i], facecolor=kind["color"], hatch=hatch, alpha=0.8)
        bottom.set(xlabel="neuron", xticks=range(1, len(order) + 1))
    axes[0, 0].set(ylabel="p(fires | pixels)")
    axes[1, 0].set(ylabel="mean rate")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_restarts(solutions: Mapping[str, tuple[Sequence[str], Sequence[float]]]) -> Figure:
    """What each random start led to: its cell types and its objective.

    Parameters
    ----------
    solutions : dict of title to (names, objectives)
        One name and one objective for each start.
    """
    figure, axes = new_figure(1, len(solutions), height=4.6)
    for ax, (title, (names, objectives)) in zip(axes[0], solutions.items(), strict=True):
        objectives = np.asarray(objectives, dtype=float)
        order = sorted(set(names), reverse=True)
        for row, name in enumerate(order):
            here = objectives[[other == name for other in names]]
            ax.plot(
                here, np.full(len(here), row), linestyle="none", marker="o", color=BLUE,
                alpha=0.45, markersize=9, label="a start",
            )  # fmt: skip
        ax.axvline(objectives.max(), color=VERMILLION, linestyle=(0, (4, 2)), label="best found")
        # Starts that end at one place are shown at one, however small their differences.
        margin = max(0.12 * np.ptp(objectives), 0.002)
        ax.set_xlim(objectives.min() - margin, objectives.max() + margin)
        ax.set(title=title, yticks=range(len(order)), xlabel="objective (nats)")
        ax.set_yticklabels(order, fontsize=11)
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.margins(y=0.12)
    axes[0, 0].set_ylabel("cells found")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_by_probability(
    probabilities: Sequence[float], objective: Mapping[str, Sequence[float]]
) -> Figure:
    """How much better than one cell type others are, by how often pixels are active.

    Parameters
    ----------
    probabilities : (n_probabilities,) float
    objective : dict of name to (n_probabilities,) float
        In nats; the first is what the others are compared with.
    """
    figure, axes = new_figure(height=4.4)
    ax = axes[0, 0]
    reference = np.asarray(next(iter(objective.values())), dtype=float)
    dashes = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (3, 1, 1, 1)), (0, (8, 2)))
    colours = (BLACK, ORANGE, PURPLE, BLUE, VERMILLION)
    for k, (name, values) in enumerate(objective.items()):
        look = {"color": colours[k % 5], "linestyle": dashes[k % 5], "marker": MARKERS[k]}
        ax.plot(probabilities, np.asarray(values) - reference, label=name, **look)
    ax.set(
        xlabel="probability that a pixel is active", ylabel="objective, more than\nthe first (nats)"
    )
    legend_below(figure, ax)
    return figure
