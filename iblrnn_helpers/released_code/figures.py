"""Two variants side by side: what the paper says, and what its code does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core.means import GroupMeans
from ..core.plot_seeds import row_limits
from ..core.plot_style import (
    BLACK,
    GREEN,
    GREY,
    LOOKS,
    draw_means,
    legend_below,
    new_figure,
    styled,
    styled_with_gaps,
)
from ..representations.readouts import BlockProjection

STRIPS = LOOKS[:4]  # without a line, the fifth is too like the third
LAST_TRIAL = 50  # of a block, drawn
SMALLEST = 1e-16  # smaller residuals are drawn here


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
    """
    published, bands = published or {}, bands or {}
    variants = list(next(iter(results.values())))
    row = 0.62 + 0.24 * len(variants)
    figure, axes = new_figure(len(results), 1, height=0.9 + row * len(results))
    for ax, (title, strips) in zip(axes[:, 0], results.items(), strict=True):
        line, band = published.get(title), bands.get(title)
        if band is not None:
            ax.axvspan(*band, color=GREEN, alpha=0.15, linewidth=0, label="counts as reproduced")
        if line is not None:
            ax.axvline(line, color=BLACK, linewidth=2, label="published", zorder=2)
        values_of = [np.asarray(strips[variant], dtype=float) for variant in variants]
        for k, (variant, values) in enumerate(zip(variants, values_of, strict=True)):
            # Heights only keep dots apart.
            height = -k + 0.3 * (np.arange(len(values)) % 2 - 0.5)
            dots = {**STRIPS[k], "linestyle": "none", "markersize": 8, "markeredgecolor": "white"}
            ax.plot(values, height, label=variant, zorder=3, **dots)
        limits = row_limits(np.concatenate(values_of), line, band)
        ax.set(ylim=(0.6 - len(variants), 0.5), yticks=[], xlim=limits)
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.set_title(title, loc="left", fontsize=12.5)
    legend_below(figure, *axes[:, 0])
    return figure


@styled_with_gaps
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
    """
    figure, ((left, right),) = new_figure(1, 2, height=4.6, sharey=True)
    for ax, curves, first in ((left, priors, 0), (right, posteriors, 1)):
        for (name, values), look in zip(curves.items(), LOOKS, strict=False):
            ax.plot(first + np.arange(len(values)), values, label=name, **look)
        ax.axhline(threshold, color=BLACK, linewidth=1.2, linestyle=(0, (1, 2)), label="threshold")
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    left.set(title="prior, between trials", xlabel="trials on the right")
    left.set_ylabel("probability of right")
    shown = ", ".join(f"{d:g}" for d in evidence)
    right.set(title=f"posterior, d = {shown}", xlabel="observations")
    legend_below(figure, left, right)
    return figure


@styled
def fig_decoherence_measures(measures: Mapping[str, GroupMeans]) -> Figure:
    """What is called decoherence, measured in more than one way, relative to the first step.

    Each measure is by one axis: the lag, or the order of the difference.
    """
    figure, axes = new_figure(height=4.4)
    ax = axes[0, 0]
    for (name, result), look in zip(measures.items(), LOOKS, strict=False):
        (x,) = result.groups.values()
        draw_means(ax, x, result.relative_to(result.mean[0]), label=name, **look)
    ax.set(yscale="log", xlabel="Δ: steps, or order of the difference", ylabel="relative to Δ = 1")
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    legend_below(figure, ax, n_columns=1)
    return figure


@styled
def fig_projections(projections: Mapping[str, BlockProjection]) -> Figure:
    """Fig. 5c for several coordinates: mean towards the block's side, in the observer's units.

    All projections are of the same trials.
    """
    figure, axes = new_figure(height=4.6)
    ax = axes[0, 0]
    for (name, one), look in zip(projections.items(), LOOKS, strict=False):
        towards = _towards(one.network_by_trial)[:LAST_TRIAL] / one.scale
        trial = np.arange(1, len(towards) + 1)
        ax.plot(trial, towards, label=f"RNN, {name}", markevery=5, **look)
    observer = _towards(one.observer_by_trial)[:LAST_TRIAL] / one.scale
    ax.plot(trial, observer, color=GREY, linewidth=2.4, zorder=1.5, label="Bayesian observer")
    ax.axhline(0, color=BLACK, linewidth=0.8)
    ax.set(xlabel="trial in block", ylabel="towards the block's side\n(observer's units)")
    legend_below(figure, ax)
    return figure


def _towards(means: GroupMeans) -> np.ndarray:
    return (means.at(block_side=1).mean - means.at(block_side=-1).mean) / 2


@styled
def fig_end_points(residuals: Mapping[str, np.ndarray], *, tolerance: float) -> Figure:
    """How fast the map still moves where searches for fixed points ended.

    Parameters
    ----------
    residuals : dict of search's name to (n,) float
        Length of h - F(h) at each end point.
    tolerance : float
        Below it, a point counts as fixed.
    """
    figure, axes = new_figure(height=4.0)
    ax = axes[0, 0]
    highest = max(np.max(found) for found in residuals.values())
    edges = np.logspace(np.log10(SMALLEST), np.log10(max(10 * tolerance, highest)), 50)
    for (name, found), look, hatch in zip(residuals.items(), LOOKS, ("", "///"), strict=False):
        held = np.maximum(found, SMALLEST)
        weights = np.full(len(held), 1 / len(held))
        style = {"color": look["color"], "alpha": 0.6, "hatch": hatch, "edgecolor": "white"}
        ax.hist(held, bins=edges, weights=weights, label=name, **style)
    line = {"color": BLACK, "linewidth": 1.4, "linestyle": (0, (5, 2))}
    ax.axvline(tolerance, label=f"counts as fixed: below {tolerance:g}", **line)
    ax.set(xscale="log", xlabel="speed ‖h − F(h)‖ where the search ended")
    ax.set_ylabel("share of end points")
    legend_below(figure, ax, n_columns=1)
    return figure
