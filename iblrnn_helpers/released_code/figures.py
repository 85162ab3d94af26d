"""Two variants side by side: what the paper says, and what its code does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import checks
from ..core.means import GroupMeans
from ..core.plot_seeds import row_limits
from ..core.plot_style import (
    BLACK,
    GREEN,
    GREY,
    LOOKS,
    check_kind,
    check_named_in,
    draw_means,
    legend_below,
    new_figure,
    styled,
)
from ..representations.readouts import BlockProjection

_STRIPS = LOOKS[:4]  # without a line, the fifth is too like the third


@styled
def fig_variants(
    results: Mapping[str, Mapping[str, Sequence[float]]],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """A row for each quantity, in it a strip of dots for each variant, a dot for each network.

    Parameters
    ----------
    results : dict of quantity to dict of variant to (n_seeds,) float
        Every quantity of the same variants.  The name is the row's title; put the unit into it.
    published : dict of quantity to float or None, optional
        Drawn as a line.
    bands : dict of quantity to (low, high), optional
        The values that count as reproduced.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no quantity, variants differ or are too many, or ``published`` or ``bands`` has
        a quantity that ``results`` lacks.
    """
    check_kind("results", results, Mapping)
    published, bands = published or {}, bands or {}
    variants = _variants(results)
    check_named_in(results, published=published, bands=bands)
    row = 0.62 + 0.24 * len(variants)
    figure, axes = new_figure(len(results), 1, height=0.9 + row * len(results))
    for ax, (title, strips) in zip(axes[:, 0], results.items(), strict=True):
        line, band = published.get(title), bands.get(title)
        if band is not None:
            ax.axvspan(*band, color=GREEN, alpha=0.15, linewidth=0, label="counts as reproduced")
        if line is not None:
            ax.axvline(line, color=BLACK, linewidth=2, label="published", zorder=2)
        for k, (variant, look) in enumerate(zip(variants, _STRIPS, strict=False)):
            values = np.asarray(strips[variant], dtype=float)
            # Heights only keep dots apart.
            height = -k + 0.3 * (np.arange(len(values)) % 2 - 0.5)
            held = {**look, "linestyle": "none", "markersize": 8, "markeredgecolor": "white"}
            ax.plot(values, height, label=variant, zorder=3, **held)
        shown = np.concatenate([np.asarray(strips[v], dtype=float) for v in variants])
        ax.set(ylim=(0.6 - len(variants), 0.5), yticks=[], xlim=row_limits(shown, line, band))
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.set_title(title, loc="left", fontsize=12.5)
    legend_below(figure, *axes[:, 0])
    return figure


def _variants(results: Mapping[str, Mapping[str, Sequence[float]]]) -> list[str]:
    found = {tuple(strips) for strips in results.values()}
    if len(found) != 1 or not 0 < len(next(iter(found))) <= len(_STRIPS):
        raise ValueError(
            f"results must hold quantities of the same 1 to {len(_STRIPS)} variants, got "
            f"{sorted(found)}"
        )
    return list(found.pop())


@styled
def fig_actor_worked_cases(
    priors: Mapping[str, np.ndarray],
    posteriors: Mapping[str, np.ndarray],
    evidence: Sequence[float],
    *,
    threshold: float,
) -> Figure:
    """The actor's two faults, each in one case: the prior over trials, the posterior over steps.

    Parameters
    ----------
    priors : dict of variant to (n_trials + 1,) float
        Of right, after 0, 1, 2, ... trials on the right.
    posteriors : dict of variant to (n_observations,) float
        Of right, within a trial that begins undecided.
    evidence : (n_observations,) float
        d of each observation of that trial.
    threshold : float
        Above which the actor acts.

    Returns
    -------
    matplotlib.figure.Figure
    """
    checks.number("threshold", threshold, low=0.5, high=1)
    figure, axes = new_figure(1, 2, height=4.6, sharey=True)
    for ax, curves, first in ((axes[0, 0], priors, 0), (axes[0, 1], posteriors, 1)):
        check_kind("curves", curves, Mapping)
        for (name, values), look in zip(curves.items(), LOOKS, strict=False):
            ax.plot(first + np.arange(len(values)), values, label=name, **look)
        ax.axhline(threshold, color=BLACK, linewidth=1.2, linestyle=(0, (1, 2)), label="threshold")
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes[0, 0].set(
        title="prior, between trials", xlabel="trials on the right", ylabel="probability of right"
    )
    shown = ", ".join(f"{d:g}" for d in evidence)
    axes[0, 1].set(title=f"posterior, d = {shown}", xlabel="observations")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_decoherence_measures(measures: Mapping[str, GroupMeans]) -> Figure:
    """What is called decoherence, measured in more than one way, relative to the first step.

    Parameters
    ----------
    measures : dict of name to GroupMeans
        By one axis: the lag, or the order of the difference.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("measures", measures, Mapping)
    figure, axes = new_figure(height=4.4)
    ax = axes[0, 0]
    for (name, result), look in zip(measures.items(), LOOKS, strict=False):
        check_kind(f"measures[{name!r}]", result, GroupMeans)
        (x,) = result.groups.values()
        unit = result.mean[0]
        relative = GroupMeans(
            result.groups, result.mean / unit, result.low / unit, result.high / unit, result.n
        )
        draw_means(ax, x, relative, label=name, **look)
    ax.set(yscale="log", xlabel="Δ: steps, or order of the difference", ylabel="relative to Δ = 1")
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    legend_below(figure, ax, n_columns=1)
    return figure


@styled
def fig_projections(projections: Mapping[str, BlockProjection], *, last_trial: int = 50) -> Figure:
    """Fig. 5c for several coordinates: mean towards the block's side, in the observer's units.

    Parameters
    ----------
    projections : dict of coordinate's name to BlockProjection
        Of the same trials.
    last_trial : int
        Last trial of the block that is drawn, counted from 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("projections", projections, Mapping)
    checks.integer("last_trial", last_trial, low=1)
    figure, axes = new_figure(height=4.6)
    ax = axes[0, 0]
    for (name, one), look in zip(projections.items(), LOOKS, strict=False):
        check_kind(f"projections[{name!r}]", one, BlockProjection)
        towards = _towards(one.network_by_trial)[:last_trial] / one.scale
        trial = np.arange(1, len(towards) + 1)
        ax.plot(trial, towards, label=f"RNN, {name}", markevery=5, **look)
    observer = _towards(one.observer_by_trial)[:last_trial] / one.scale
    ax.plot(trial, observer, color=GREY, linewidth=2.4, zorder=1.5, label="Bayesian observer")
    ax.axhline(0, color=BLACK, linewidth=0.8)
    ax.set(xlabel="trial in block", ylabel="towards the block's side\n(observer's units)")
    legend_below(figure, ax)
    return figure


def _towards(means: GroupMeans) -> np.ndarray:
    return (means.at(block_side=1).mean - means.at(block_side=-1).mean) / 2


@styled
def fig_end_points(
    residuals: Mapping[str, np.ndarray], *, tolerance: float, floor: float = 1e-16
) -> Figure:
    """How fast the map still moves where searches for fixed points ended.

    Parameters
    ----------
    residuals : dict of search's name to (n,) float
        Length of h - F(h) at each end point.
    tolerance : float
        Below it, a point counts as fixed.
    floor : float
        Smaller residuals are drawn here.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("residuals", residuals, Mapping)
    checks.number("tolerance", tolerance, above=0)
    checks.number("floor", floor, above=0)
    figure, axes = new_figure(height=4.0)
    ax = axes[0, 0]
    highest = max(np.max(found) for found in residuals.values())
    edges = np.logspace(np.log10(floor), np.log10(max(10 * tolerance, highest)), 50)
    for (name, found), look, hatch in zip(
        residuals.items(), LOOKS, ("", "///", "...", "xx"), strict=False
    ):
        held = np.maximum(found, floor)
        weights = np.full(len(held), 1 / len(held))
        style = {"color": look["color"], "alpha": 0.6, "hatch": hatch, "edgecolor": "white"}
        ax.hist(held, bins=edges, weights=weights, label=name, **style)
    ax.axvline(
        tolerance,
        color=BLACK,
        linewidth=1.4,
        linestyle=(0, (5, 2)),
        label=f"counts as fixed: below {tolerance:g}",
    )
    ax.set(
        xscale="log", xlabel="speed ‖h − F(h)‖ where the search ended", ylabel="share of end points"
    )
    legend_below(figure, ax, n_columns=1)
    return figure
