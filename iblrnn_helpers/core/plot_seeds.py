"""The same quantities, or claims, in many trained networks, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from . import plot_style as style
from .means import Measured

BAND = {"color": style.GREEN, "alpha": 0.15, "linewidth": 0, "label": "counts as reproduced"}
PUBLISHED = {"color": style.BLACK, "linewidth": 2, "label": "published", "zorder": 2}
EDGE = 4.0  # values further out are drawn here, in half-widths of the band
ROLES = {  # colour and marker
    "other networks": (style.GREY, "o"),
    "network outside": (style.VERMILLION, "X"),
    "main network": (style.BLUE, "D"),
    "main network, outside": (style.VERMILLION, "D"),
}
GROUP_LOOKS = [(look["color"], look["marker"]) for look in style.LOOKS]
GROUP_LOOKS += [(style.SKY, "P"), (style.GREY, "X")]


@style.panels
def fig_seeds(
    figure,
    results: Mapping[str, Sequence[float]],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
):
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

    Raises
    ------
    ValueError
        If there is no quantity, or ``published`` or ``bands`` has one that ``results`` lacks.
    """
    published, bands = published or {}, bands or {}
    style.check_named_in(results, published=published, bands=bands)
    axes = style.grid(figure, len(results), height=0.9 + 0.98 * len(results))
    for ax, (name, values) in zip(axes[:, 0], results.items(), strict=True):
        values = np.asarray(values, dtype=float)
        if values.ndim != 1:
            raise ValueError(f"results[{name!r}] must be (n_seeds,), got {values.shape}")
        draw_expected(ax, values, published.get(name), bands.get(name))
        low, high = bands.get(name) or (-np.inf, np.inf)
        inside, number = (values >= low) & (values <= high), np.arange(len(values))
        role = np.where(inside, 0, 1) + np.where(number == 0, 2, 0)
        # Heights only keep dots apart.
        height = np.where(number == 0, 0, 0.35 - 0.7 * (number % 2))
        table = pd.DataFrame({"value": values, "row": height, "group": np.array([*ROLES])[role]})
        _scatter(ax, table, ROLES, s=64)
        ax.set(ylim=(-1, 1), yticks=[])
        ax.spines["left"].set_visible(False)
        ax.set_title(name, loc="left", fontsize=12.5)


def _scatter(ax, table: pd.DataFrame, looks: Mapping[str, tuple[str, str]], **dots) -> None:
    """A dot for each ``value`` and ``row`` of a table; each ``group`` has its colour and marker."""
    table = table.dropna().iloc[::-1]  # the first is drawn last, on top
    if table.empty:
        return
    found = set(table["group"])
    color, marker = ({name: looks[name][k] for name in looks if name in found} for k in (0, 1))
    by = {"hue": "group", "palette": color, "hue_order": color}
    by |= {"style": "group", "markers": marker, "style_order": marker}
    sns.scatterplot(table, x="value", y="row", ax=ax, zorder=3, **by, **dots)
    ax.set(xlabel="", ylabel="")
    ax.get_legend().remove()  # what it names goes into the legend of the whole figure


def draw_expected(ax, values, published, band, *, axis: str = "x") -> None:
    """The published value and the band around it, on an axis that shows them and all values."""
    line, span = (ax.axvline, ax.axvspan) if axis == "x" else (ax.axhline, ax.axhspan)
    if band is not None:
        span(*band, **BAND)
    if published is not None:
        line(published, **PUBLISHED)
    ax.set(**{f"{axis}lim": row_limits(values, published, band)})
    ax.locator_params(axis, nbins=5)


def row_limits(values, published, band) -> tuple[float, float]:
    """All values and the published one, the nearer end of the band, and the other unless far off.

    So the band never fills the axis: how far values are from leaving it is seen.
    """
    shown = values[np.isfinite(values)].tolist() + ([] if published is None else [published])
    low, high = (min(shown), max(shown)) if shown else band or (0.0, 1.0)
    for k, end in enumerate(sorted(band or (), key=lambda end: max(low - end, end - high))):
        reach = 2 * ((high - low) or abs(high) or 1.0)
        if k == 0 or low - reach <= end <= high + reach:
            low, high = min(low, end), max(high, end)
    margin = (0.15 if band else 0.06) * ((high - low) or abs(high) or 1.0)
    return low - margin, high + margin


@style.panel(gaps=True)
def fig_forest(
    ax,
    results: Mapping[str, Mapping[str, Sequence[float]]],
    bands: Mapping[str, tuple[float, float]],
    published: Mapping[str, float] | None = None,
    *,
    means: Mapping[str, Measured] | None = None,
):
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

    Raises
    ------
    ValueError
        If there is no claim, a claim has no band or other groups, or there are too many groups.
    """
    groups = list(next(iter(results.values())))
    n = len(groups)
    if n > len(GROUP_LOOKS):
        raise ValueError(f"results may hold {len(GROUP_LOOKS)} groups, got {n}")
    for name, by_group in results.items():
        if name not in bands:
            raise ValueError(f"bands must have every claim of results, {name!r} is missing")
        if list(by_group) != groups:
            raise ValueError(f"results[{name!r}] must have the groups {groups}, got {[*by_group]}")
    published, means = published or {}, means or {}
    style.set_height(ax.figure, 1.6 + 0.3 * len(results) * max(1, n / 2.5))
    ax.axvspan(-1, 1, **BAND)
    above = dict(zip(groups, 0.28 * np.linspace(-1, 1, n) * (n > 1), strict=True))
    dots = [
        (place, row + above[group], group)
        for row, (name, by_group) in enumerate(results.items())
        for group, values in by_group.items()
        for place in _in_band(values, bands[name])
    ]
    table = pd.DataFrame(dots, columns=["value", "row", "group"])
    _scatter(ax, table, dict(zip(groups, GROUP_LOOKS, strict=False)), s=26, alpha=0.6, linewidth=0)
    bar = {"color": style.BLACK, "markersize": 13, "markeredgewidth": 2, "label": "published"}
    mark = {"fmt": "d", "color": style.BLACK, "markersize": 5, "linewidth": 1.6, "capsize": 0}
    for row, name in enumerate(results):
        if name in published:
            ax.plot(_in_band([published[name]], bands[name]), row, "|", **bar)
        if name in means:
            value, interval, *_ = means[name]
            mean, low, high = _in_band([value, *(interval or (value, value))], bands[name])
            reach = np.nan_to_num([[mean - low], [high - mean]])
            ax.errorbar(mean, row, xerr=reach, label="mean, 95% interval", zorder=3, **mark)
    ax.set_yticks(range(len(results)), list(results))
    ax.set(ylim=(len(results) - 0.5, -0.5), xlim=(-EDGE - 0.2, EDGE + 0.2))
    ax.set_xlabel("place in the band (its ends: −1 and 1)")


def _in_band(values: Sequence[float], band: tuple[float, float]) -> np.ndarray:
    """Values on a scale on which the band is from -1 to 1; those far outside stand at the edge."""
    low, high = band
    half = (high - low) / 2 or np.finfo(float).eps  # a single value: all others are far outside
    return np.clip((np.asarray(values, dtype=float) - (low + high) / 2) / half, -EDGE, EDGE)


@style.panels
def fig_rows(figure, results: Mapping[str, Mapping[str, Sequence[float]]]):
    """A row for each kind of network, a dot for each network; a panel for each quantity.

    Parameters
    ----------
    results : dict of quantity to dict of row to (n,) float, or a number
        The same rows for every quantity, at most three.  The quantity names the axis; put the
        unit into it.

    Raises
    ------
    ValueError
        If there is no quantity, or they have other rows.
    """
    rows = list(next(iter(results.values())))
    axes = style.grid(figure, 1, len(results), height=1.5 + 0.36 * len(rows), sharey=True)
    dots = {"color": style.BLUE, "alpha": 0.7, "size": 7, "edgecolor": "white", "linewidth": 0.5}
    bar = {"color": style.BLACK, "markersize": 15, "markeredgewidth": 2, "linestyle": "none"}
    for ax, (quantity, by_row) in zip(axes[0], results.items(), strict=True):
        if list(by_row) != rows:
            raise ValueError(f"results[{quantity!r}] must have the rows {rows}, got {[*by_row]}")
        values = {row: np.atleast_1d(of_row) for row, of_row in by_row.items()}
        sns.stripplot(
            values, orient="h", jitter=False, label="a network or another agent", ax=ax, **dots
        )
        several = {row: np.median(of_row) for row, of_row in values.items() if len(of_row) > 1}
        ax.plot(several.values(), several.keys(), marker="|", label="median of several", **bar)
        ax.set(xlabel=quantity, ylim=(len(rows) - 0.5, -0.5))
        ax.locator_params("x", nbins=3)
        ax.grid(True)
