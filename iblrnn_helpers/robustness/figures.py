"""How robust the claims are: over networks, over variants, and along training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import seaborn as sns

from ..core import checks
from ..core import plot_style as style
from ..core.plot_seeds import draw_expected

if TYPE_CHECKING:
    import pandas as pd

N_COLUMNS = 2


@style.panel
def fig_shares(ax, shares: pd.DataFrame, *, xlabel: str):
    """A tile for each claim and variant: the darker, the more of its networks hold the claim.

    Parameters
    ----------
    shares : pandas.DataFrame
        Of :func:`iblrnn_helpers.robustness.seeds.shares`: claims by variants.
    xlabel : str
        What the variants are.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a share is not within 0 to 1.
    """
    if not ((shares >= 0) & (shares <= 1) | shares.isna()).all(axis=None):
        raise ValueError(f"shares must be a table of values within 0 to 1, got {shares!r}")
    # Names stand upright above the columns, about 0.09 inch a letter.
    above = 0.09 * shares.columns.astype(str).str.len().max()
    style.set_height(ax.figure, 2.2 + 0.26 * len(shares) + above)
    crosses = {"annot": np.where(shares == 0, "×", ""), "fmt": "", "annot_kws": {"fontsize": 13}}
    bar = {"location": "bottom", "shrink": 0.8, "aspect": 35, "pad": 0.02}
    bar["label"] = "share of networks in which the claim holds\n(×: in none; empty: no number)"
    tiles = {"cmap": sns.light_palette(style.BLUE, as_cmap=True), "vmin": 0, "vmax": 1}
    sns.heatmap(shares, ax=ax, linewidths=1, cbar_kws=bar, **tiles, **crosses)
    ax.grid(False)
    ax.xaxis.tick_top()
    ax.tick_params("x", rotation=90)
    ax.tick_params("y", rotation=0)
    ax.set(xlabel=xlabel, ylabel="")


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
    dots = {"color": style.BLUE, "alpha": 0.7, "size": 7, "edgecolor": "white", "linewidth": 0.5}
    for ax, by_setting in _panels(figure, results, published, bands, xlabel):
        by_name = {str(setting): np.asarray(values) for setting, values in by_setting.items()}
        names = list(by_name)
        sns.stripplot(by_name, order=names, jitter=False, label="a network", ax=ax, **dots)
        ax.tick_params("x", rotation=90 if max(map(len, names)) > 3 else 0)
        ax.set_xlim(-0.6, len(names) - 0.4)


@style.panels
def fig_values_along_training(
    figure,
    results: Mapping[str, np.ndarray],
    gradient_steps: Sequence[float],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
):
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
    thousands = np.asarray(gradient_steps, dtype=float) / 1000
    xlabel = "gradient steps (thousands)"
    for ax, values in _panels(figure, results, published, bands, xlabel):
        ax.plot(thousands, values.T, color=style.SKY, linewidth=1.1, label="a network")
        mean = {"color": style.BLUE, "markersize": 4, "label": "mean"}
        ax.plot(thousands, np.mean(values, axis=0), "o-", **mean)


def _panels(figure, results, published, bands, xlabel: str) -> Iterator[tuple]:
    """For each quantity its axes, with the band and the published value, and what goes there."""
    for name, held in results.items():
        checks.some(f"results[{name!r}]", held, gaps=True)
    shape = {"row_height": 2.0, "rest": 1.9, "sharex": True}
    axes = style.rows_of(figure, len(results), N_COLUMNS, **shape).flat[: len(results)]
    for ax, (name, values) in zip(axes, results.items(), strict=True):
        of_all = values.values() if isinstance(values, Mapping) else values
        expected = (published or {}).get(name), (bands or {}).get(name)
        draw_expected(ax, np.hstack([*of_all]), *expected, axis="y")
        yield ax, values
        ax.set_ylabel(fill(name, 18), fontsize=12)
    for ax in axes[-N_COLUMNS:]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel(xlabel)
