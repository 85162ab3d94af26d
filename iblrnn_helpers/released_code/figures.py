"""Two variants side by side: what the paper says, and what its code does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import seaborn as sns

from ..core import plot_style as style
from ..core.means import GroupMeans
from ..core.plot_seeds import draw_expected
from ..representations.readouts import BlockProjection

# Without a line, the fifth look is too like the third.
STRIPS = [{key: look[key] for key in ("color", "marker")} for look in style.LOOKS[:4]]
LAST_TRIAL = 50  # of a block, drawn
SMALLEST = 1e-16  # smaller residuals are drawn here


@style.panels
def fig_variants(
    figure,
    results: Mapping[str, Mapping[str, Sequence[float]]],
    published: Mapping[str, float | None] | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
):
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
    n_variants = len(next(iter(results.values())))
    row = 0.62 + 0.24 * n_variants
    axes = style.grid(figure, len(results), 1, height=0.9 + row * len(results))
    for ax, (title, strips) in zip(axes[:, 0], results.items(), strict=True):
        values = np.concatenate([*strips.values()])
        draw_expected(ax, values, published.get(title), bands.get(title))
        for k, (variant, values) in enumerate(strips.items()):
            dots = {**STRIPS[k], "size": 8, "edgecolor": "white", "linewidth": 1, "label": variant}
            rows = {"orient": "h", "native_scale": True, "warn_thresh": 1, "legend": False}
            sns.swarmplot(x=np.asarray(values), y=np.full(len(values), -k), **rows, **dots, ax=ax)
        ax.set(ylim=(0.4 - n_variants, 0.6), yticks=[], ylabel="")
        ax.spines["left"].set_visible(False)
        ax.set_title(title, loc="left", fontsize=12.5)


@style.panels(gaps=True)
def fig_actor_worked_cases(
    figure,
    priors: Mapping[str, np.ndarray],
    posteriors: Mapping[str, np.ndarray],
    evidence: Sequence[float],
    *,
    threshold: float,
):
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
    left, right = style.grid(figure, 1, 2, height=4.6, sharey=True)[0]
    for ax, curves, first in ((left, priors, 0), (right, posteriors, 1)):
        for (name, values), look in zip(curves.items(), style.LOOKS, strict=False):
            ax.plot(first + np.arange(len(values)), values, label=name, **look)
        style.draw_references(ax, {"threshold": threshold})
        ax.locator_params(axis="x", nbins=6, integer=True)
    left.set(title="prior, between trials", xlabel="trials on the right")
    left.set_ylabel("probability of right")
    shown = ", ".join(f"{d:g}" for d in evidence)
    right.set(title=f"posterior, d = {shown}", xlabel="observations")


@style.panel(n_columns=1)
def fig_decoherence_measures(ax, measures: Mapping[str, GroupMeans]):
    """What is called decoherence, measured in more than one way, relative to the first step.

    Each measure is by one axis: the lag, or the order of the difference.
    """
    for (name, result), look in zip(measures.items(), style.LOOKS, strict=False):
        (x,) = result.groups.values()
        style.draw_means(ax, x, result.relative_to(result.mean[0]), label=name, **look)
    ax.set(yscale="log", xlabel="Δ: steps, or order of the difference", ylabel="relative to Δ = 1")
    ax.locator_params(axis="x", nbins=8, integer=True)


@style.panel(height=4.6)
def fig_projections(ax, projections: Mapping[str, BlockProjection]):
    """Fig. 5c for several coordinates: mean towards the block's side, in the observer's units.

    All projections are of the same trials.
    """
    for (name, one), look in zip(projections.items(), style.LOOKS, strict=False):
        towards = one.towards_block().loc[:LAST_TRIAL]
        ax.plot(towards["network"], label=f"RNN, {name}", markevery=5, **look)
    line = {"color": style.GREY, "linewidth": 2.4, "zorder": 1.5, "label": "Bayesian observer"}
    ax.plot(towards["observer"], **line)
    ax.axhline(0, color=style.BLACK, linewidth=0.8)
    ax.set(xlabel="trial in block", ylabel="towards the block's side\n(observer's units)")


@style.panel(height=4.0, n_columns=1)
def fig_end_points(ax, residuals: Mapping[str, np.ndarray], *, tolerance: float):
    """How fast the map still moves where searches for fixed points ended: share that is slower.

    Parameters
    ----------
    residuals : dict of search's name to (n,) float
        Length of h - F(h) at each end point.
    tolerance : float
        Below it, a point counts as fixed.
    """
    for (name, found), look in zip(residuals.items(), style.LOOKS, strict=False):
        line = {"color": look["color"], "linestyle": look["linestyle"], "label": name}
        sns.ecdfplot(x=np.maximum(found, SMALLEST), log_scale=True, **line, ax=ax)
    line = {"color": style.BLACK, "linewidth": 1.4, "linestyle": (0, (1, 2))}
    ax.axvline(tolerance, label=f"counts as fixed: below {tolerance:g}", **line)
    ax.set(xlabel="speed ‖h − F(h)‖ where the search ended", ylabel="share of end points below")
