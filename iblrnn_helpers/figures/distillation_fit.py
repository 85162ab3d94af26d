"""How well a few units follow a large network (Claim 4): by horizon, by units, along training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .. import checks
from ..distillation.horizons import HorizonErrors, ratio_by_horizon
from ..distillation.outputs import OutputDistillation
from .distillation import check_curves, x_of
from .style import (
    BLUE,
    GREY,
    LOOKS,
    check_agents,
    check_kind,
    draw_means,
    draw_references,
    legend_below,
    new_figure,
    styled,
)


@styled
def fig_error_by_horizon(errors: Mapping[str, HorizonErrors]) -> Figure:
    """Squared error of a model that runs on its own past, and relative to the first solver's.

    Parameters
    ----------
    errors : dict of solver's name to HorizonErrors
        Held out, and all of the same sequences.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(errors, HorizonErrors)
    check_curves("errors", {name: one.mse for name, one in errors.items()})
    base_name, base = next(iter(errors.items()))
    figure, axes = new_figure(1, 2, height=4.6)
    as_it_is, relative = axes[0]
    for k, (name, one) in enumerate(errors.items()):
        line = {**LOOKS[k], "markersize": 5, "label": name}
        draw_means(as_it_is, x_of(one.mse), one.mse, **line)
        if k == 0:
            relative.axhline(1, **{**line, "marker": ""})
        else:
            ratio = ratio_by_horizon(one, base)
            draw_means(relative, x_of(ratio), ratio, **line)
    as_it_is.set(title="as it is", ylabel="mean squared error, held out")
    relative.set_title(f"relative to\n{base_name}")
    for ax in axes[0]:
        ax.set_ylim(0, None)
        ax.set_xlabel("steps on its own")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    legend_below(figure, as_it_is)
    return figure


@styled
def fig_n_units_curve(
    n_units: Sequence[int],
    quantities: Mapping[str, np.ndarray],
    references: Mapping[str, Mapping[str, float]] | None = None,
) -> Figure:
    """What each further distilled unit buys, in several quantities.

    Parameters
    ----------
    n_units : (n_models,) int
    quantities : dict of title to (n_models,) or (n_seeds, n_models) float
        A panel each; the main network first, the others are thin lines.
    references : dict of title to dict of label to float, optional
        Horizontal lines in some of the panels.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("quantities", quantities, Mapping)
    references = references or {}
    for title in references:
        checks.choice("references", title, quantities)
    n_rows = -(-len(quantities) // 2)
    figure, axes = new_figure(n_rows, 2, height=1.1 + 2.5 * n_rows, sharex=True)
    panels = axes.ravel()
    for ax in panels[len(quantities) :]:
        ax.set_visible(False)
        axes[-2 if n_rows > 1 else -1, 1].tick_params(labelbottom=True)
    for ax, (title, values) in zip(panels, quantities.items(), strict=False):
        values = np.atleast_2d(np.asarray(values, dtype=float))
        if values.shape[1:] != np.shape(n_units):
            raise ValueError(
                f"quantities[{title!r}] must end in {np.shape(n_units)} as n_units, "
                f"got {values.shape}"
            )
        for k in range(len(values) - 1, -1, -1):
            look = {"color": BLUE, "marker": "o", "label": "main network", "zorder": 3}
            if k:
                look = {"color": GREY, "linewidth": 0.9}
                look["label"] = "other networks" if k == 1 else "_again"
            ax.plot(n_units, values[k], **look)
        draw_references(ax, references.get(title))
        ax.set_title(title, fontsize=12.5)
        ax.set_xticks(n_units)
    for ax in axes[-1]:
        ax.set_xlabel("distilled units")
    legend_below(figure, *panels[: len(quantities)])
    return figure


@styled
def fig_distillation_loss(result: OutputDistillation, *, n_smoothed: int = 50) -> Figure:
    """Divergence from the teacher's answers along the training of its students.

    Parameters
    ----------
    result : OutputDistillation
    n_smoothed : int
        Every point is the mean of so many gradient steps: each is on other
        steps of the task, of which some are harder than others.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("result", result, OutputDistillation)
    n_steps, n_restarts = result.divergence.shape
    checks.integer("n_smoothed", n_smoothed, low=1, high=n_steps)
    n_points = n_steps // n_smoothed
    means = result.divergence[: n_points * n_smoothed].reshape(n_points, n_smoothed, n_restarts)
    means = means.mean(axis=1)  # (n_points, n_restarts)
    step = (np.arange(n_points) + 0.5) * n_smoothed
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    others = [k for k in range(n_restarts) if k != result.best]
    for k in others:
        label = "other starts" if k == others[0] else "_again"
        ax.plot(step, means[:, k], color=GREY, linewidth=1, label=label)
    ax.plot(step, means[:, result.best], color=BLUE, linewidth=2.2, label="start that was kept")
    ax.set(
        yscale="log", xlabel="gradient step", ylabel="divergence from the\nteacher (nats per step)"
    )
    legend_below(figure, ax)
    return figure
