"""The same quantities, or claims, in many trained networks, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from . import plot_style as style
from .means import Measured

BAND = {"color": style.GREEN, "alpha": 0.15, "linewidth": 0, "label": "the ledger's band"}
EDGE = 4.0  # values further out are drawn here, in half-widths of the band
COLOURS = (
    style.BLUE,
    style.VERMILLION,
    style.GREEN,
    style.PURPLE,
    style.ORANGE,
    style.SKY,
    style.GREY,
)
GROUP_LOOKS = tuple(zip(COLOURS, "osD^vPX", strict=True))


@style.styled
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
        Of any of these quantities: the band of the ledger.
        Networks outside are marked.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no quantity, or ``published`` or ``bands`` has one that ``results`` lacks.
    """
    style.check_kind("results", results, Mapping)
    published, bands = published or {}, bands or {}
    style.check_named_in(results, published=published, bands=bands)
    figure, axes = style.new_figure(len(results), 1, height=0.9 + 0.98 * len(results))
    for ax, (name, values) in zip(axes[:, 0], results.items(), strict=True):
        values = np.asarray(values, dtype=float)
        if values.ndim != 1:
            raise ValueError(f"results[{name!r}] must be (n_seeds,), got {values.shape}")
        _draw_row(ax, values, published.get(name), bands.get(name))
        ax.set_title(name, loc="left", fontsize=12.5)
    style.legend_below(figure, *axes[:, 0])
    return figure


def _draw_row(ax, values, published, band) -> None:
    if band is not None:
        ax.axvspan(*band, **BAND)
    if published is not None:
        ax.axvline(published, color=style.BLACK, linewidth=2, label="published", zorder=2)
    # Heights only keep dots apart.
    height = np.where(np.arange(len(values)) % 2, -0.35, 0.35)
    height[0] = 0
    low, high = (-np.inf, np.inf) if band is None else band
    inside, others = (values >= low) & (values <= high), np.arange(len(values)) > 0
    dots = {"linestyle": "none", "markersize": 8, "markeredgecolor": "white", "zorder": 3}
    for shown, marker, color, label in (
        (others & inside, "o", style.GREY, "other networks"),
        (others & ~inside, "X", style.VERMILLION, "network outside"),
        (~others & inside, "D", style.BLUE, "main network"),
        (~others & ~inside, "D", style.VERMILLION, "main network, outside"),
    ):
        shown = shown & np.isfinite(values)
        if shown.any():
            look = {"marker": marker, "color": color, "label": label}
            ax.plot(values[shown], height[shown], **dots, **look)
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


@style.styled_with_gaps
def fig_forest(
    results: Mapping[str, Mapping[str, Sequence[float]]],
    bands: Mapping[str, tuple[float, float]],
    published: Mapping[str, float] | None = None,
    *,
    means: Mapping[str, Measured] | None = None,
) -> Figure:
    """A row for each claim, a dot for each network, a colour for each group of networks.

    All claims share one axis: a value's place within the band that counts as
    reproduced, of which -1 and 1 are the ends.

    Parameters
    ----------
    results : dict of claim to dict of group to (n_networks,) float
        The same groups for every claim, at most 7.
    bands : dict of claim to (low, high)
        The values of the band of the ledger.
    published : dict of claim to float, optional
        Drawn as a bar.
    means : dict of claim to Measured, optional
        Over networks, drawn with their intervals.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no claim, a claim has no band or other groups, or there are too many groups.
    """
    style.check_kind("results", results, Mapping)
    published, means = published or {}, means or {}
    groups = list(next(iter(results.values())))
    if not 1 <= len(groups) <= len(GROUP_LOOKS):
        raise ValueError(f"results must hold 1 to {len(GROUP_LOOKS)} groups, got {len(groups)}")
    for name, by_group in results.items():
        if name not in bands:
            raise ValueError(f"bands must have every claim of results, {name!r} is missing")
        if list(by_group) != groups:
            raise ValueError(f"results[{name!r}] must have the groups {groups}, got {[*by_group]}")
    figure, axes = style.new_figure(height=1.6 + 0.3 * len(results) * max(1, len(groups) / 2.5))
    ax = axes[0, 0]
    ax.axvspan(-1, 1, **BAND)
    heights = np.linspace(0.28, -0.28, len(groups)) if len(groups) > 1 else [0.0]
    for row, (name, by_group) in enumerate(results.items()):
        place = place_in_band(bands[name])
        if name in published:
            x = place([published[name]])
            ax.plot(
                x,
                [row],
                "|",
                color=style.BLACK,
                markersize=13,
                markeredgewidth=2,
                label="published",
            )
        for group, height, (color, marker) in zip(groups, heights, GROUP_LOOKS, strict=False):
            x = place(by_group[group])
            x = np.clip(x[np.isfinite(x)], -EDGE, EDGE)
            dots = {"linestyle": "none", "markersize": 5, "alpha": 0.6, "markeredgewidth": 0}
            y = np.full(len(x), row - height)
            ax.plot(x, y, marker=marker, color=color, label=group, **dots)
        if name in means:
            mean, interval, *_ = means[name]
            low, high, middle = np.clip(place([*(interval or (mean, mean)), mean]), -EDGE, EDGE)
            ax.plot([low, high], [row, row], color=style.BLACK, linewidth=1.6)
            look = {"color": style.BLACK, "markersize": 5, "label": "mean, 95% interval"}
            ax.plot([middle], [row], "d", **look)
    ax.set_yticks(range(len(results)), list(results))
    ax.set(ylim=(len(results) - 0.5, -0.5), xlim=(-EDGE - 0.2, EDGE + 0.2))
    ax.set_xlabel("place in the ledger's band")
    style.legend_below(figure, ax)
    return figure


def place_in_band(band: tuple[float, float]):
    """The function that takes values to a scale on which the band is from -1 to 1."""
    low, high = band
    half = (high - low) / 2 or np.finfo(float).eps  # a single value: all others are far outside
    return lambda values: (np.asarray(values, dtype=float) - (low + high) / 2) / half
