"""Loops between two classes, each in the plane that was found for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ...core import plot_style as style
from ..figures import symbol_styles
from .loops import LoopView

_WAYS = (
    {"label": "mean way forth", "color": style.BLACK, "linestyle": "-"},
    {"label": "mean way back", "color": style.PURPLE, "linestyle": (0, (3, 1.2))},
)


@style.styled
def fig_loops(views: Mapping[str, LoopView]) -> Figure:
    """Driven states in the plane of a loop, by class, and the mean ways forth and back.

    Parameters
    ----------
    views : dict of title to LoopView
        A panel for each, three in a row.
    """
    figure, axes = style.panel_grid(len(views), min(3, len(views)), row_height=1.9, rest=0.9)
    panels = axes.flat[: len(views)]
    for ax, (title, view) in zip(panels, views.items(), strict=True):
        looks = symbol_styles(view.classes.max() + 1)
        for k in np.unique(view.classes):
            dots = {**looks[k], "linestyle": "none", "markeredgewidth": 0}
            ax.plot(*view.position[view.classes == k].T, markersize=2.5, alpha=0.3, **dots)
            ax.plot([], [], label=f"symbol {k} most likely", **dots)
        for way, look in zip(view.ways, _WAYS, strict=True):
            ax.plot(*way.T, linewidth=2, zorder=3, **look)
            middle = len(way) // 2
            arrow = {"arrowstyle": "-|>", "color": look["color"], "shrinkA": 0, "shrinkB": 0}
            ends = {"xy": way[middle], "xytext": way[middle - 1]}
            ax.annotate("", **ends, arrowprops={**arrow, "mutation_scale": 15}, zorder=4)
        ax.set(title=title, xticks=[], yticks=[])
        ax.set_aspect("equal", adjustable="datalim")
        ax.set_box_aspect(0.7)
        ax.grid(False)
    # The panel with the most classes first, so that the legend has them in order.
    most = sorted(panels, key=lambda ax: -len(ax.get_legend_handles_labels()[1]))
    style.legend_below(figure, *most, n_columns=3)
    return figure
