"""How robust the claims are: over networks, over variants, and along training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import checks
from ..core import plot_style as style
from ..core.means import Measured
from ..core.plot_seeds import fig_forest, row_limits

if TYPE_CHECKING:
    import pandas as pd

N_COLUMNS = 2
OPEN = {"facecolor": "none", "edgecolor": style.BLUE, "linewidth": 1.4}
CELLS = (
    ("all networks", lambda share: share == 1, {"marker": "s", "color": style.BLUE}),
    (
        "half or more",
        lambda share: (share >= 0.5) & (share < 1),
        {"marker": "s", "color": style.SKY},
    ),
    ("fewer", lambda share: (share > 0) & (share < 0.5), {"marker": "s", **OPEN}),
    (
        "none",
        lambda share: share == 0,
        {"marker": "x", "color": style.VERMILLION, "linewidth": 1.8},
    ),
    ("no number", np.isnan, {"marker": ".", "color": style.GREY}),
)


@style.styled_with_gaps
def fig_claims(
    results: Mapping[str, Sequence[float]],
    bands: Mapping[str, tuple[float, float]],
    published: Mapping[str, float] | None = None,
    *,
    means: Mapping[str, Measured] | None = None,
    title: str = "",
) -> Figure:
    """A row for each claim, a dot for each network, the mean and its interval over networks.

    Parameters
    ----------
    results : dict of claim to (n_networks,) float
    bands, published, means
        As for :func:`iblrnn_helpers.core.plot_seeds.fig_forest`, whose errors are raised.
    """
    style.check_kind("results", results, Mapping)
    split = {}
    for name, values in results.items():
        values = np.asarray(values, dtype=float)
        low, high = bands.get(name, (-np.inf, np.inf))
        inside = (values >= low) & (values <= high)
        split[name] = {"network inside": values[inside], "network outside": values[~inside]}
    figure = fig_forest(split, bands, published, means=means)
    figure.axes[0].set_title(title)
    return figure


@style.styled
def fig_shares(shares: pd.DataFrame, *, xlabel: str, title: str = "") -> Figure:
    """A square for each claim and variant: in how many of its networks the claim holds.

    Parameters
    ----------
    shares : pandas.DataFrame
        Of :func:`iblrnn_helpers.robustness.seeds.shares`: claims by variants.
    xlabel : str
        What the variants are.
    title : str

    Raises
    ------
    ValueError
        If there is nothing to draw, or a share is not within 0 to 1.
    """
    held = shares.to_numpy(dtype=float)
    if not ((held >= 0) & (held <= 1) | np.isnan(held)).all():
        raise ValueError(f"shares must be a table of values within 0 to 1, got {shares!r}")
    names = shares.columns.astype(str)
    # Names stand upright above the columns, about 0.09 inch a letter.
    figure, axes = style.new_figure(height=2.1 + 0.3 * len(held) + 0.09 * max(map(len, names)))
    ax = axes[0, 0]
    for label, among, look in CELLS:
        rows, columns = np.nonzero(among(held))
        ax.scatter(columns, rows, s=120, label=label, **look)
    ax.set_yticks(range(len(held)), shares.index.astype(str))
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(len(held) - 0.4, -0.6))
    ax.set(xlabel=xlabel, title=title)
    style.legend_below(figure, ax, n_columns=3)
    return figure


@style.styled_with_gaps
def fig_by_setting(
    results: Mapping[str, Mapping[object, Sequence[float]]],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    xlabel: str,
) -> Figure:
    """A panel for each quantity: a dot for each network, beside each other by setting.

    Parameters
    ----------
    results : dict of quantity to dict of setting to (n_networks,) float
        The name is the panel's title; put the unit into it.
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
    figure, panels = _panels(results, published, bands, xlabel)
    for ax, by_setting in zip(panels, results.values(), strict=True):
        for x, values in enumerate(by_setting.values()):
            n = len(values)
            # Places only keep dots apart.
            apart = 0.12 * (np.arange(n) - (n - 1) / 2) if n < 5 else np.linspace(-0.24, 0.24, n)
            dots = {"markersize": 6, "markeredgecolor": "white", "color": style.BLUE, "zorder": 3}
            ax.plot(x + apart, values, "o", label="a network", **dots)
        names = list(map(str, by_setting))
        ax.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 3 else 0)
        ax.set(xlim=(-0.6, len(names) - 0.4))
    style.legend_below(figure, *panels, n_columns=3)
    return figure


@style.styled
def fig_values_along_training(
    results: Mapping[str, np.ndarray],
    gradient_steps: Sequence[float],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """A panel for each quantity: a line for each network along its training, and their mean.

    Parameters
    ----------
    results : dict of quantity to (n_networks, n_stages) float
        NaN where a network has no number.
    gradient_steps : (n_stages,) float
    published, bands
        As for :func:`fig_by_setting`.

    Raises
    ------
    ValueError
        If there is no quantity, or stages differ in number.
    """
    figure, panels = _panels(results, published, bands, "gradient steps (thousands)")
    thousands = np.asarray(gradient_steps, dtype=float) / 1000
    for ax, values in zip(panels, results.values(), strict=True):
        for line in values:
            ax.plot(thousands, line, color=style.SKY, linewidth=1.1, label="a network")
        ax.plot(
            thousands, np.mean(values, axis=0), "o-", color=style.BLUE, markersize=4, label="mean"
        )
        ax.xaxis.set_major_locator(MaxNLocator(5))
    style.legend_below(figure, *panels)
    return figure


def _panels(results, published, bands, xlabel: str):
    """A figure with a panel for each quantity, in each the band and the published value."""
    style.check_kind("results", results, Mapping)
    for name, held in results.items():
        checks.some(f"results[{name!r}]", held, gaps=True)
    figure, axes = style.panel_grid(len(results), N_COLUMNS, row_height=2.2, rest=1.9, sharex=True)
    panels = list(axes.flat[: len(results)])
    for ax, (name, values) in zip(panels, results.items(), strict=True):
        line, band = (published or {}).get(name), (bands or {}).get(name)
        if band is not None:
            ax.axhspan(
                *band, color=style.GREEN, alpha=0.15, linewidth=0, label="counts as reproduced"
            )
        if line is not None:
            ax.axhline(line, color=style.BLACK, linewidth=1.8, label="published", zorder=2)
        values = values.values() if isinstance(values, Mapping) else values
        ax.set_ylim(row_limits(np.hstack([*values]), line, band))
        ax.set_title(name, fontsize=12.5)
        ax.yaxis.set_major_locator(MaxNLocator(5))
    for ax in panels[-N_COLUMNS:]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel(xlabel)
    return figure, panels
