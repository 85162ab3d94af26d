"""The same quantities in every trained network, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    VERMILLION,
    check_kind,
    check_named_in,
    legend_below,
    new_figure,
    styled,
)


@styled
def fig_seeds(
    results: Mapping[str, Sequence[float]],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """A row for each quantity, a dot for each network, and the published value.

    Parameters
    ----------
    results : dict of str to (n_seeds,) float
        A value for each network, the main one first; NaN where a network has
        none.  The name is the row's title; put the unit into it.
    published : dict of str to float or None, optional
        Of any of these quantities: drawn as a line.
    bands : dict of str to (low, high), optional
        Of any of these quantities: the values that count as reproduced.
        Networks outside are marked.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no quantity, or ``published`` or ``bands`` has one that ``results`` lacks.
    """
    check_kind("results", results, Mapping)
    if not results:
        raise ValueError("results must hold at least one quantity, got none")
    published, bands = published or {}, bands or {}
    check_named_in(results, published=published, bands=bands)
    figure, axes = new_figure(len(results), 1, height=0.9 + 0.98 * len(results))
    for ax, (name, values) in zip(axes[:, 0], results.items(), strict=True):
        values = np.asarray(values, dtype=float)
        if values.ndim != 1 or not len(values):
            raise ValueError(f"results[{name!r}] must be (n_seeds,), got {values.shape}")
        _draw_row(ax, values, published.get(name), bands.get(name))
        ax.set_title(name, loc="left", fontsize=12.5)
    legend_below(figure, *axes[:, 0])
    return figure


def _draw_row(ax, values, published, band) -> None:
    if band is not None:
        ax.axvspan(*band, color=GREEN, alpha=0.15, linewidth=0, label="counts as reproduced")
    if published is not None:
        ax.axvline(published, color=BLACK, linewidth=2, label="published", zorder=2)
    # Heights only keep dots apart.
    height = np.where(np.arange(len(values)) % 2, -0.35, 0.35)
    height[0] = 0
    inside = np.ones(len(values), dtype=bool)
    if band is not None:
        inside = (values >= band[0]) & (values <= band[1])
    known = np.isfinite(values)
    others = np.arange(len(values)) > 0
    for shown, look in (
        (others & inside, {"marker": "o", "color": GREY, "label": "other networks"}),
        (others & ~inside, {"marker": "X", "color": VERMILLION, "label": "network outside"}),
        (~others & inside, {"marker": "D", "color": BLUE, "label": "main network"}),
        (~others & ~inside, {"marker": "D", "color": VERMILLION, "label": "main network, outside"}),
    ):
        if (shown & known).any():
            ax.plot(
                values[shown & known],
                height[shown & known],
                linestyle="none",
                markersize=8,
                markeredgecolor="white",
                zorder=3,
                **look,
            )
    ax.set(ylim=(-1, 1), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.set_xlim(row_limits(values, published, band))
    ax.xaxis.set_major_locator(MaxNLocator(5))


def row_limits(values, published, band) -> tuple[float, float]:
    """All values and the published one, and the band's ends unless they are far off."""
    shown = values[np.isfinite(values)].tolist() + ([] if published is None else [published])
    low, high = (min(shown), max(shown)) if shown else band or (0.0, 1.0)
    span = (high - low) or abs(high) or 1.0
    for end in band or ():
        if low - 2 * span <= end <= high + 2 * span:
            low, high = min(low, end), max(high, end)
    margin = 0.06 * ((high - low) or span)
    return low - margin, high + margin
