"""The circuit in pictures: Figs. 7a and 7b of the paper, weights and what units respond to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns

from ..core import plot_style as style
from .circuit import TASK_VARIABLES, Clusters, population_means
from .claims import Circuit

LABEL_EVERY = 10  # units


@style.panel(height=5.8)
def fig_7a_unit_correlations(ax, circuit: Circuit):
    """Correlations of units, ordered by their clustering (Fig. 7a)."""
    _draw_units_by_units(ax, circuit, circuit.correlations, 1.0, "Pearson's r")
    ax.set(xlabel="unit (in order)", ylabel="unit (in order)")


@style.panel(height=5.8)
def fig_7b_recurrent_weights(ax, circuit: Circuit, initial: np.ndarray | None = None):
    """Recurrent weights, in the order of the correlations (Fig. 7b), or what training added.

    Parameters
    ----------
    circuit : Circuit
    initial : (n_units, n_units) float, optional
        Weights before training: what is drawn is the difference.
    """
    weights, label = circuit.weights, "recurrent weight"
    if initial is not None:
        weights, label = weights - initial, "recurrent weight, change by training"
    limit = float(np.percentile(np.abs(weights), 99))
    _draw_units_by_units(ax, circuit, weights, limit, label)
    ax.set(xlabel="from unit", ylabel="to unit")


@style.panels
def fig_weights(figure, circuit: Circuit):
    """Recurrent weights within and between populations, and the permutation test."""
    weights, same = circuit.weights, circuit.clusters.together
    others = ~np.eye(len(weights), dtype=bool)
    ax, shuffled = style.grid(figure, 1, 2, height=4.4)[0]
    step = {"element": "step", "fill": False, "stat": "density", "linewidth": 1.8, "ax": ax}
    edges = np.linspace(*np.percentile(weights, [0.2, 99.8]), 31)
    for chosen, label, colour, dash in (
        (weights[same & others], "within a population", style.BLUE, "-"),
        (weights[~same], "between populations", style.VERMILLION, (0, (4, 2))),
    ):
        look = {"color": colour, "linestyle": dash}
        sns.histplot(chosen, bins=edges, label=label, **step, **look)
        ax.axvline(chosen.mean(), **look)
    ax.set(xlabel="recurrent weight\n(lines: means)", ylabel="density")
    test = circuit.test
    bars = {"element": "step", "linewidth": 0, "alpha": 1, "color": "#bdbdbd"}
    sns.histplot(test.shuffled, bins=30, label="populations shuffled", **bars, ax=shuffled)
    shuffled.axvline(test.difference, color=style.BLACK, linewidth=2.2, label="as found")
    shuffled.set(xlabel="mean within − mean between", ylabel="permutations")
    shuffled.set_title(f"p = {test.p:.1g}")


@style.panel(height=4.4)
def fig_population_means(ax, circuit: Circuit):
    """Mean recurrent weight within and between the two populations."""
    populations = circuit.clusters.populations
    names = [f"{name}\n({(populations == k).sum()} units)" for k, name in enumerate("AB")]
    means = pd.DataFrame(population_means(circuit.weights, populations), names, names)
    limit = np.nanmax(np.abs(means))
    look = {"annot": True, "fmt": "+.3f", "cbar_kws": {"label": "mean weight"}, "square": True}
    style.heatmap(ax, means, limit=limit, **look)
    ax.set(xlabel="from population", ylabel="to population")


@style.panel(height=4.6)
def fig_unit_task_correlations(ax, correlations: np.ndarray, clusters: Clusters):
    """What each unit goes with: correlations with the task's variables, in the clusters' order.

    ``correlations``, (n_units, n_variables), are of
    :func:`iblrnn_helpers.mechanism.circuit.unit_task_correlations`.
    """
    shown = pd.DataFrame(correlations[clusters.order].T, TASK_VARIABLES)
    bar = {"label": "Pearson's r", "location": "bottom", "aspect": 40}
    style.heatmap(ax, shown, limit=1, xticklabels=LABEL_EVERY, cbar_kws=bar)
    ax.vlines(clusters.borders + 0.5, *ax.get_ylim(), color=style.GREY, linewidth=1.5)
    ax.set(xlabel="unit (in the order of Fig. 7a)")


def _draw_units_by_units(ax, circuit: Circuit, values, limit: float, label: str) -> None:
    order, borders = circuit.clusters.order, circuit.clusters.borders + 0.5
    bar = {"label": label, "extend": "both" if np.abs(values).max() > limit else "neither"}
    ticks = {"xticklabels": LABEL_EVERY, "yticklabels": LABEL_EVERY}
    shown = values[np.ix_(order, order)]
    style.heatmap(ax, shown, limit=limit, square=True, cbar_kws=bar, **ticks)
    line = {"color": style.GREY, "linewidth": 1.5}
    ax.vlines(borders, 0, len(order), **line)
    ax.hlines(borders, 0, len(order), **line)
