"""The same quantities, or claims, in many trained networks, beside what was published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns

from . import plot_style as style

BAND = {"color": style.GREEN, "alpha": 0.15, "linewidth": 0, "label": "counts as reproduced"}
ROLES = {
    "other networks": {"color": style.GREY, "marker": "o"},
    "network outside": {"color": style.VERMILLION, "marker": "X"},
    "main network": {"color": style.BLUE, "marker": "D"},
    "main network, outside": {"color": style.VERMILLION, "marker": "D"},
}
# In which networks of a kind a claim holds: marks tell colours apart in grey.
MARKS = {"none": "○", "some": "◐", "all": "●"}
COLOURS = [style.ORANGE, "#d9e8f2", style.BLUE]
DOTS = {"color": style.BLUE, "alpha": 0.7, "size": 7, "edgecolor": "white", "linewidth": 0.5}


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
        number = np.arange(len(values))
        role = np.where((values >= low) & (values <= high), 0, 1) + 2 * (number == 0)
        # Heights only keep dots apart.
        height = np.where(number == 0, 0, 0.35 - 0.7 * (number % 2))
        for k, (label, look) in enumerate(ROLES.items()):
            here = (role == k) & np.isfinite(values)
            if here.any():
                dots = {"x": values[here], "y": height[here], "s": 64, "label": label, **look}
                sns.scatterplot(**dots, legend=False, zorder=3, ax=ax)
        ax.set(ylim=(-1, 1), yticks=[])
        ax.spines["left"].set_visible(False)
        ax.set_title(name, loc="left", fontsize=12.5)


def draw_expected(ax, values, expected, band, *, axis="x", label="published") -> None:
    """A value and the band around it, on an axis that shows them and all values."""
    line, span = (ax.axvline, ax.axvspan) if axis == "x" else (ax.axhline, ax.axhspan)
    if band is not None:
        span(*band, **BAND)
    if expected is not None:
        line(expected, color=style.BLACK, linewidth=2, label=label, zorder=2)
    ax.set(**{f"{axis}lim": row_limits(values, expected, band)})
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
    bar = {"color": style.BLACK, "markersize": 15, "markeredgewidth": 2, "linestyle": "none"}
    for ax, (quantity, by_row) in zip(axes[0], results.items(), strict=True):
        if list(by_row) != rows:
            raise ValueError(f"results[{quantity!r}] must have the rows {rows}, got {[*by_row]}")
        values = {row: np.atleast_1d(of_row) for row, of_row in by_row.items()}
        dots = {"orient": "h", "jitter": False, "label": "a network or another agent", **DOTS}
        sns.stripplot(values, ax=ax, **dots)
        several = {row: np.median(of_row) for row, of_row in values.items() if len(of_row) > 1}
        ax.plot(several.values(), several.keys(), marker="|", label="median of several", **bar)
        ax.set(xlabel=quantity, ylim=(len(rows) - 0.5, -0.5))
        ax.locator_params("x", nbins=3)
        ax.grid(True)


@style.panel
def fig_shares(ax, shares: pd.DataFrame, *, xlabel: str):
    """A tile for each claim and variant: the darker, the more of its networks hold the claim.

    Parameters
    ----------
    shares : pandas.DataFrame
        Claims by variants; NaN leaves a tile empty.
    xlabel : str
        What the variants are.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a share is not within 0 to 1.
    """
    _check_shares(shares)
    crosses = {"annot": np.where(shares == 0, "×", ""), "fmt": "", "annot_kws": {"fontsize": 13}}
    bar = {"label": "share of networks that hold it\n(×: in none; empty: no number)"}
    look = {"cmap": sns.light_palette(style.BLUE, as_cmap=True), "vmin": 0, "vmax": 1}
    _draw_tiles(ax, shares, bar, height=2.2 + 0.26 * len(shares), **look, **crosses)
    ax.set_xlabel(xlabel)


@style.panel
def fig_verdicts(ax, shares: pd.DataFrame):
    """Does each claim hold in each kind of network: in all of its networks, in some, or in none.

    Parameters
    ----------
    shares : pandas.DataFrame
        Of the networks of a kind that hold a claim: claims by kinds; NaN leaves a tile empty.  The
        index has two levels: the group of a claim, named beside it, and the claim in plain words.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a share is not within 0 to 1.
    """
    _check_shares(shares)
    in_which = np.ceil(shares) + (shares == 1)  # 0: in none, 1: in some, 2: in all
    marks = in_which.map(lambda k: "" if np.isnan(k) else [*MARKS.values()][int(k)])
    bar = {"label": "the networks of a kind that it holds in", "ticks": range(3)}
    look = {"cmap": COLOURS, "vmin": -0.5, "vmax": 2.5}
    annotated = {"annot": marks.to_numpy(), "fmt": "", "annot_kws": {"fontsize": 12}}
    height = 1.4 + 0.25 * len(shares)
    _draw_tiles(ax, in_which.droplevel(0), bar, height=height, **look, **annotated)
    words = [f"{mark} in {which}" for which, mark in MARKS.items()]
    ax.collections[0].colorbar.set_ticks(range(3), labels=words)
    groups = shares.index.get_level_values(0)
    for group in groups.unique():
        rows = np.flatnonzero(groups == group)
        ax.axhline(rows[0], color=style.BLACK, linewidth=1.5)
        middle, upright = rows.mean() + 0.5, {"rotation": 270, "ha": "left", "va": "center"}
        ax.text(shares.shape[1] + 0.2, middle, group, fontsize=12, **upright)


def _check_shares(shares: pd.DataFrame) -> None:
    if not ((shares >= 0) & (shares <= 1) | shares.isna()).all(axis=None):
        raise ValueError(f"shares must be a table of values within 0 to 1, got {shares!r}")


def _draw_tiles(ax, table: pd.DataFrame, bar: dict, *, height: float, **look) -> None:
    """A tile for each entry, names of columns above, the bar of colours below."""
    # Names stand upright above the columns, about 0.09 inch a letter.
    above = 0.09 * table.columns.astype(str).str.len().max()
    style.set_height(ax.figure, height + above)
    bar = {"location": "bottom", "shrink": 0.8, "aspect": 35, "pad": 0.02, **bar}
    style.heatmap(ax, table, linewidths=1, cbar_kws=bar, **look)
    ax.xaxis.tick_top()
    ax.tick_params("x", rotation=90)
    ax.set(xlabel="", ylabel="")


@style.panels(gaps=True, n_columns=3)
def fig_by_setting(
    figure,
    results: Mapping[str, Mapping[object, Sequence[float]]],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    xlabel: str,
):
    """A panel for each quantity: a dot for each network, beside each other by setting.

    Parameters
    ----------
    results : dict of quantity to dict of setting to (n_networks,) float
        The same settings for every quantity, whose name is its axis's; put the unit into it.
    published : dict of quantity to float or None, optional
        Drawn as a line.
    bands : dict of quantity to (low, high), optional
        The values that count as reproduced.
    xlabel : str
        What the settings are.

    Raises
    ------
    ValueError
        If there is no quantity.
    """
    for ax, by_setting in _panels(figure, results, published, bands, xlabel):
        by_name = {str(setting): np.asarray(values) for setting, values in by_setting.items()}
        names = list(by_name)
        sns.stripplot(by_name, order=names, jitter=False, label="a network", ax=ax, **DOTS)
        ax.tick_params("x", rotation=90 if max(map(len, names)) > 3 else 0)


@style.panels
def fig_along(
    figure,
    results: Mapping[str, np.ndarray],
    x: Sequence[float],
    expected: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    xlabel: str,
    label: str = "published",
):
    """A panel for each quantity: a line for each network along an axis, and their mean.

    Parameters
    ----------
    results : dict of quantity to (n_networks, n_points) float
        NaN where a network has no number.
    x : (n_points,) float
    expected, bands
        As ``published`` and ``bands`` of :func:`fig_by_setting`.
    xlabel : str
    label : str
        What the legend calls the expected values.

    Raises
    ------
    ValueError
        If there is no quantity, or points differ in number.
    """
    for ax, values in _panels(figure, results, expected, bands, xlabel, label):
        ax.plot(x, values.T, color=style.SKY, linewidth=1.1, label="a network")
        mean = {"color": style.BLUE, "markersize": 4, "label": "mean"}
        ax.plot(x, np.mean(values, axis=0), "o-", **mean)


def _panels(figure, results, expected, bands, xlabel: str, label="published") -> Iterator[tuple]:
    """For each quantity its axes, with the band and the expected value, and what goes there."""
    shape = {"row_height": 2.0, "rest": 1.9, "sharex": True, "xlabel": xlabel}
    axes = style.rows_of(figure, len(results), 2, **shape).flat[: len(results)]
    for ax, (name, values) in zip(axes, results.items(), strict=True):
        of_all = np.hstack([*(values.values() if isinstance(values, Mapping) else values)])
        value, band = (expected or {}).get(name), (bands or {}).get(name)
        draw_expected(ax, of_all, value, band, axis="y", label=label)
        yield ax, values
        ax.set_ylabel(fill(name, 18), fontsize=12)
