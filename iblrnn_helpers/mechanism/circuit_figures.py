"""The circuit in pictures: Figs. 7a and 7b of the paper, weights and what units respond to."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..core import plot_style as style
from .circuit import TASK_VARIABLES, Clusters, population_means
from .claims import Mechanism


@style.styled
def fig_7a_unit_correlations(mechanism: Mechanism) -> Figure:
    """Correlations of units, ordered by their clustering (Fig. 7a)."""
    names = ("unit (in order)", "unit (in order)")
    return _fig_units_by_units(mechanism, mechanism.correlations, "Pearson's r", 1.0, names)


@style.styled
def fig_7b_recurrent_weights(mechanism: Mechanism, initial: np.ndarray | None = None) -> Figure:
    """Recurrent weights, in the order of the correlations (Fig. 7b), or what training added.

    Parameters
    ----------
    mechanism : Mechanism
    initial : (n_units, n_units) float, optional
        Weights before training: what is drawn is the difference.
    """
    weights, label = mechanism.weights, "recurrent weight"
    if initial is not None:
        weights, label = weights - initial, "recurrent weight, change by training"
    limit = float(np.percentile(np.abs(weights), 99))
    return _fig_units_by_units(mechanism, weights, label, limit, ("from unit", "to unit"))


@style.styled
def fig_weights(mechanism: Mechanism) -> Figure:
    """Recurrent weights within and between populations, and the permutation test."""
    weights, same = mechanism.weights, mechanism.clusters.together
    others = ~np.eye(len(weights), dtype=bool)
    figure, ((ax, shuffled),) = style.new_figure(1, 2, height=4.4)
    edges = np.linspace(*np.percentile(weights, [0.2, 99.8]), 31)
    for chosen, label, colour, dash in (
        (weights[same & others], "within a population", style.BLUE, "-"),
        (weights[~same], "between populations", style.VERMILLION, (0, (4, 2))),
    ):
        density, _ = np.histogram(chosen, edges, density=True)
        ax.stairs(density, edges, linewidth=1.8, color=colour, linestyle=dash, label=label)
        ax.axvline(chosen.mean(), color=colour, linestyle=dash)
    ax.set(xlabel="recurrent weight\n(lines: means)", ylabel="density")
    test = mechanism.test
    shuffled.hist(test.shuffled, 30, color="#bdbdbd", label="populations shuffled")
    shuffled.axvline(test.difference, color=style.BLACK, linewidth=2.2, label="as found")
    shuffled.set(xlabel="mean within − mean between", ylabel="permutations")
    shuffled.set_title(f"p = {test.p:.1g}")
    style.legend_below(figure, ax, shuffled)
    return figure


@style.styled
def fig_population_means(mechanism: Mechanism) -> Figure:
    """Mean recurrent weight within and between the two populations."""
    populations = mechanism.clusters.populations
    means = population_means(mechanism.weights, populations)
    figure, axes = style.new_figure(height=4.4)
    ax = axes[0, 0]
    limit = np.nanmax(np.abs(means))
    image = ax.imshow(means, cmap=style.DIVERGING, vmin=-limit, vmax=limit)
    for (to, source), value in np.ndenumerate(means):
        colour = "white" if abs(value) > 0.6 * limit else style.BLACK
        ax.text(source, to, f"{value:+.3f}", ha="center", va="center", color=colour)
    names = [f"{name}\n({(populations == k).sum()} units)" for k, name in enumerate("AB")]
    ax.set_xticks([0, 1], names)
    ax.set_yticks([0, 1], names)
    ax.set(xlabel="from population", ylabel="to population")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="mean weight")
    return figure


@style.styled
def fig_unit_task_correlations(correlations: np.ndarray, clusters: Clusters) -> Figure:
    """What each unit goes with: correlations with the task's variables, in the clusters' order.

    ``correlations``, (n_units, n_variables), are of
    :func:`iblrnn_helpers.mechanism.circuit.unit_task_correlations`.
    """
    figure, axes = style.new_figure(height=4.6)
    ax = axes[0, 0]
    shown = correlations[clusters.order].T
    image = ax.imshow(shown, cmap=style.DIVERGING, vmin=-1, vmax=1, aspect="auto")
    ax.set_yticks(range(len(TASK_VARIABLES)), TASK_VARIABLES)
    for border in clusters.borders:
        ax.axvline(border, color=style.GREY, linewidth=1.5)
    ax.set(xlabel="unit (in the order of Fig. 7a)")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="Pearson's r", location="bottom", aspect=40)
    return figure


def _fig_units_by_units(mechanism, values, label, limit, names) -> Figure:
    clusters = mechanism.clusters
    figure, axes = style.new_figure(height=5.8)
    ax = axes[0, 0]
    shown = values[np.ix_(clusters.order, clusters.order)]
    image = ax.imshow(shown, cmap=style.DIVERGING, vmin=-limit, vmax=limit, interpolation="none")
    for border in clusters.borders:
        ax.axvline(border, color=style.GREY, linewidth=1.5)
        ax.axhline(border, color=style.GREY, linewidth=1.5)
    ax.set(xlabel=names[0], ylabel=names[1])
    ax.grid(False)
    beyond = "both" if np.abs(values).max() > limit else "neither"
    figure.colorbar(image, ax=ax, label=label, extend=beyond)
    return figure
