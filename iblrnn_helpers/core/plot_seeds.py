"""The same quantities in every trained network, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from . import plot_style as style
from .means import Measured


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
    style.check_kind("results", results, Mapping)
    if not results:
        raise ValueError("results must hold at least one quantity, got none")
    published, bands = published or {}, bands or {}
    style.check_named_in(results, published=published, bands=bands)
    figure, axes = style.new_figure(len(results), 1, height=0.9 + 0.98 * len(results))
    for ax, (name, values) in zip(axes[:, 0], results.items(), strict=True):
        values = np.asarray(values, dtype=float)
        if values.ndim != 1 or not len(values):
            raise ValueError(f"results[{name!r}] must be (n_seeds,), got {values.shape}")
        _draw_row(ax, values, published.get(name), bands.get(name))
        ax.set_title(name, loc="left", fontsize=12.5)
    style.legend_below(figure, *axes[:, 0])
    return figure


def _draw_row(ax, values, published, band) -> None:
    if band is not None:
        ax.axvspan(*band, color=style.GREEN, alpha=0.15, linewidth=0, label="counts as reproduced")
    if published is not None:
        ax.axvline(published, color=style.BLACK, linewidth=2, label="published", zorder=2)
    # Heights only keep dots apart.
    height = np.where(np.arange(len(values)) % 2, -0.35, 0.35)
    height[0] = 0
    inside = np.ones(len(values), dtype=bool)
    if band is not None:
        inside = (values >= band[0]) & (values <= band[1])
    known = np.isfinite(values)
    others = np.arange(len(values)) > 0
    for shown, look in (
        (others & inside, {"marker": "o", "color": style.GREY, "label": "other networks"}),
        (others & ~inside, {"marker": "X", "color": style.VERMILLION, "label": "network outside"}),
        (~others & inside, {"marker": "D", "color": style.BLUE, "label": "main network"}),
        (
            ~others & ~inside,
            {"marker": "D", "color": style.VERMILLION, "label": "main network, outside"},
        ),
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


# Many claims of many networks in one picture.

EDGE = 4.0  # values further out are drawn here, in half-widths of the band
_LOOKS = (
    (style.BLUE, "o"),
    (style.VERMILLION, "s"),
    (style.GREEN, "D"),
    (style.PURPLE, "^"),
    (style.ORANGE, "v"),
    (style.SKY, "P"),
    (style.GREY, "X"),
)


@style.styled
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
        The values that count as reproduced.
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
    if not results:
        raise ValueError("results must hold at least one claim, got none")
    groups = list(next(iter(results.values())))
    if not 1 <= len(groups) <= len(_LOOKS):
        raise ValueError(f"results must hold 1 to {len(_LOOKS)} groups, got {len(groups)}")
    for name, by_group in results.items():
        if name not in bands:
            raise ValueError(f"bands must have every claim of results, {name!r} is missing")
        if list(by_group) != groups:
            raise ValueError(f"results[{name!r}] must have the groups {groups}, got {[*by_group]}")
    figure, axes = style.new_figure(height=1.6 + 0.3 * len(results) * max(1, len(groups) / 2.5))
    ax = axes[0, 0]
    ax.axvspan(-1, 1, color=style.GREEN, alpha=0.15, linewidth=0, label="counts as reproduced")
    heights = np.linspace(0.28, -0.28, len(groups)) if len(groups) > 1 else [0.0]
    for row, (name, by_group) in enumerate(results.items()):
        place = place_in_band(bands[name])
        if name in (published or {}):
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
        for group, height, (color, marker) in zip(groups, heights, _LOOKS, strict=False):
            x = place(by_group[group])
            x = np.clip(x[np.isfinite(x)], -EDGE, EDGE)
            y = np.full(len(x), row - height)
            dots = {"linestyle": "none", "markersize": 5, "alpha": 0.6, "markeredgewidth": 0}
            ax.plot(x, y, marker=marker, color=color, label=group, **dots)
        if name in (means or {}):
            mean, interval = means[name]
            ends = np.clip(place(interval or (mean, mean)), -EDGE, EDGE)
            middle = np.clip(place([mean]), -EDGE, EDGE)
            label = "mean, 95% interval"
            ax.plot(ends, [row, row], color=style.BLACK, linewidth=1.6)
            ax.plot(middle, [row], "d", color=style.BLACK, markersize=5, label=label)
    ax.set_yticks(range(len(results)), list(results))
    ax.set(ylim=(len(results) - 0.5, -0.5), xlim=(-EDGE - 0.2, EDGE + 0.2))
    ax.set_xlabel("place in the band that counts as reproduced")
    style.legend_below(figure, ax)
    return figure


def place_in_band(band: tuple[float, float]):
    """The function that takes values to a scale on which the band is from -1 to 1."""
    low, high = band
    half = (high - low) / 2 or np.finfo(float).eps  # a single value: all others are far outside
    return lambda values: (np.asarray(values, dtype=float) - (low + high) / 2) / half
