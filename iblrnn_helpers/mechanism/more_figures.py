"""A line attractor?  The slow manifold in the PC plane, along itself, and from trial to trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from ..core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    VERMILLION,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from ..representations.figures import draw_readouts, pc_label
from ..representations.state_space import in_plane
from .circuit import TASK_VARIABLES, population_means
from .claims import AT_REST, Mechanism
from .figures import MARK, STABLE, UNSTABLE, draw_fixed_points
from .manifold import SlowManifold
from .maps import TrialFixedPoints

OTHERS = {"color": GREY, "linewidth": 1, "alpha": 0.8}


@styled
def fig_slow_manifold(mechanism: Mechanism, visited: np.ndarray) -> Figure:
    """The curve to which states shrink without input, among visited states in the PC plane.

    Parameters
    ----------
    mechanism : Mechanism
    visited : (n_rows, n_units) float
        States drawn behind it, a few thousand.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    space, manifold = mechanism.space, mechanism.manifold
    figure, axes = new_figure(height=5.4)
    ax = axes[0, 0]
    ax.plot(
        *in_plane(space, visited).T,
        linestyle="none",
        marker=".",
        markersize=2,
        color="#cfcfcf",
        zorder=1,
        label="visited states",
    )
    draw_readouts(ax, space, 3.2)
    ax.plot(
        *in_plane(space, manifold.path).T,
        color=BLUE,
        linewidth=4,
        alpha=0.75,
        zorder=4,
        label=f"after {manifold.n_steps} steps without input",
    )
    draw_fixed_points(ax, space, mechanism.fixed_points[AT_REST], mechanism.linearised[AT_REST])
    for look in (STABLE, UNSTABLE):
        ax.plot([], [], **MARK, **look)
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1))
    ax.set_aspect("equal")
    legend_below(figure, ax)
    return figure


@styled
def fig_along_manifold(manifolds: Mapping[str, SlowManifold]) -> Figure:
    """Movement along the slow manifold, and how quickly it lets go, of every network.

    Parameters
    ----------
    manifolds : dict of network's name to SlowManifold
        The main network first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("manifolds", manifolds, Mapping)
    for name, manifold in manifolds.items():
        check_kind(f"manifolds[{name!r}]", manifold, SlowManifold)
    figure, (above, below) = _two_panels()
    for k, (name, manifold) in enumerate(reversed(manifolds.items())):
        main = k == len(manifolds) - 1
        label = name if main else ("other networks" if k == 0 else "_again")
        look = {"color": BLUE, "linewidth": 2.4} if main else OTHERS
        above.plot(manifold.place, manifold.drift, label=label, **look)
        below.plot(manifold.place, manifold.leading, **look)
    line = {"color": BLACK, "linestyle": (0, (4, 2)), "linewidth": 1.5}
    above.axhline(0, label="a line of fixed points", **line)
    below.axhline(1, **line)
    above.set(ylabel="drift in one step")
    below.set(ylabel="largest |eigenvalue|", xlabel="place along the slow manifold (to the right)")
    legend_below(figure, above, n_columns=3)
    return figure


@styled
def fig_trial_fixed_points(results: Mapping[str, TrialFixedPoints]) -> Figure:
    """Where the network settles from trial to trial, by how often the stimulus is on the right.

    Parameters
    ----------
    results : dict of network's name to TrialFixedPoints
        The main network first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("results", results, Mapping)
    for name, result in results.items():
        check_kind(f"results[{name!r}]", result, TrialFixedPoints)
    figure, (above, below) = _two_panels()
    for k, (name, found) in enumerate(reversed(results.items())):
        main = k == len(results) - 1
        for stable in (True, False):
            shown = found.stable == stable
            p, block, decay = found.p_right[shown], found.block[shown], found.decay[shown]
            kind = "settles here" if stable else "threshold between"
            colour = BLUE if main else GREY
            face = colour if stable else "white"
            look = {"linestyle": "none", "color": colour, "markerfacecolor": face}
            look |= {"marker": "o", "markersize": 7 if main else 3.5, "zorder": 3 if main else 2}
            if main:
                label = f"{name}: {kind}"
            else:
                label = "other networks" if k == 0 and stable else "_again"
            above.plot(p, block, label=label, **look)
            if stable:
                below.plot(p, decay, **look)
    for p in (0.2, 0.8):
        above.axvline(p, color=BLACK, linestyle=(0, (1, 2)), linewidth=1.3)
        below.axvline(p, color=BLACK, linestyle=(0, (1, 2)), linewidth=1.3)
    below.plot([], [], color=BLACK, linestyle=(0, (1, 2)), linewidth=1.3, label="left, right block")
    above.set(ylabel="place along\nblock readout")
    below.set_yscale("log")
    below.yaxis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10, 20, 50, 100]))
    below.yaxis.set_minor_locator(NullLocator())
    below.yaxis.set_major_formatter("{x:g}")
    below.set(ylabel="decay (trials)", xlabel="probability that the stimulus is on the right")
    legend_below(figure, above, below)
    return figure


def _two_panels():
    figure, axes = new_figure(2, 1, height=6.0, sharex=True)
    return figure, axes[:, 0]


# The circuit in pictures: Figs. 7a and 7b of the paper, weights and what units respond to.

# Blue below and red above zero: the two differ in lightness from white alike, and in hue for
# people with any common colour vision.
DIVERGING = "RdBu_r"


@styled
def fig_7a_unit_correlations(mechanism: Mechanism) -> Figure:
    """Correlations of units, ordered by their clustering (Fig. 7a).

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    names = ("unit (in order)", "unit (in order)")
    return _fig_units_by_units(mechanism, mechanism.correlations, "Pearson's r", 1.0, names)


@styled
def fig_7b_recurrent_weights(mechanism: Mechanism, initial: np.ndarray | None = None) -> Figure:
    """Recurrent weights, in the order of the correlations (Fig. 7b), or what training added.

    Parameters
    ----------
    mechanism : Mechanism
    initial : (n_units, n_units) float, optional
        Weights before training: what is drawn is the difference.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    weights, label = mechanism.weights, "recurrent weight"
    if initial is not None:
        if np.shape(initial) != weights.shape:
            raise ValueError(f"initial must be {weights.shape}, got {np.shape(initial)}")
        weights, label = weights - initial, "recurrent weight, change by training"
    limit = float(np.percentile(np.abs(weights), 99))
    return _fig_units_by_units(mechanism, weights, label, limit, ("from unit", "to unit"))


@styled
def fig_weights(mechanism: Mechanism) -> Figure:
    """Recurrent weights within and between populations, and the permutation test.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    weights, populations = mechanism.weights, mechanism.clusters.populations
    same = populations[:, None] == populations
    others = ~np.eye(len(weights), dtype=bool)
    figure, axes = new_figure(1, 2, height=4.4)
    ax = axes[0, 0]
    edges = np.linspace(*np.percentile(weights, [0.2, 99.8]), 31)
    for chosen, look in (
        (same & others, {"color": BLUE, "linestyle": "-", "label": "within a population"}),
        (~same, {"color": VERMILLION, "linestyle": (0, (4, 2)), "label": "between populations"}),
    ):
        density, _ = np.histogram(weights[chosen], edges, density=True)
        ax.stairs(density, edges, linewidth=1.8, **look)
        ax.axvline(weights[chosen].mean(), color=look["color"], linestyle=look["linestyle"])
    ax.set(xlabel="recurrent weight\n(lines: means)", ylabel="density")
    ax = axes[0, 1]
    ax.hist(mechanism.test.shuffled, 30, color="#bdbdbd", label="populations shuffled")
    ax.axvline(mechanism.test.difference, color=BLACK, linewidth=2.2, label="as found")
    p = mechanism.test.p
    ax.set(xlabel="mean within − mean between", ylabel="permutations", title=f"p = {p:.1g}")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_population_means(mechanism: Mechanism) -> Figure:
    """Mean recurrent weight within and between the two populations.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    populations = mechanism.clusters.populations
    means = population_means(mechanism.weights, populations)
    figure, axes = new_figure(height=4.4)
    ax = axes[0, 0]
    limit = np.nanmax(np.abs(means))
    image = ax.imshow(means, cmap=DIVERGING, vmin=-limit, vmax=limit)
    for to in (0, 1):
        for source in (0, 1):
            value = means[to, source]
            colour = "white" if abs(value) > 0.6 * limit else BLACK
            ax.text(source, to, f"{value:+.3f}", ha="center", va="center", color=colour)
    names = [f"{name}\n({(populations == k).sum()} units)" for k, name in enumerate("AB")]
    ax.set_xticks([0, 1], names)
    ax.set_yticks([0, 1], names)
    ax.set(xlabel="from population", ylabel="to population")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="mean weight")
    return figure


@styled
def fig_unit_task_correlations(
    correlations: np.ndarray, order: Sequence[int], populations: Sequence[int]
) -> Figure:
    """What each unit goes with: correlations with the task's variables.

    Parameters
    ----------
    correlations : (n_units, n_variables) float
        Of :func:`iblrnn_helpers.mechanism.circuit.unit_task_correlations`.
    order : (n_units,) int
        In which units are drawn.
    populations : (n_units,) int

    Returns
    -------
    matplotlib.figure.Figure
    """
    correlations, order = np.asarray(correlations), np.asarray(order)
    if correlations.shape != (len(order), len(TASK_VARIABLES)):
        raise ValueError(
            f"correlations must be ({len(order)}, {len(TASK_VARIABLES)}), got {correlations.shape}"
        )
    figure, axes = new_figure(height=4.6)
    ax = axes[0, 0]
    image = ax.imshow(correlations[order].T, cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto")
    ax.set_yticks(range(len(TASK_VARIABLES)), TASK_VARIABLES)
    _draw_border(ax, np.asarray(populations)[order], horizontal=False)
    ax.set(xlabel="unit (in the order of Fig. 7a)")
    ax.grid(False)
    figure.colorbar(image, ax=ax, label="Pearson's r", location="bottom", aspect=40)
    return figure


def _fig_units_by_units(mechanism, values, label, limit, names) -> Figure:
    order = mechanism.clusters.order
    figure, axes = new_figure(height=5.8)
    ax = axes[0, 0]
    shown = values[np.ix_(order, order)]
    image = ax.imshow(shown, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="none")
    _draw_border(ax, mechanism.clusters.populations[order], horizontal=True)
    ax.set(xlabel=names[0], ylabel=names[1])
    ax.grid(False)
    beyond = "both" if np.abs(values).max() > limit else "neither"
    figure.colorbar(image, ax=ax, label=label, extend=beyond)
    return figure


def _draw_border(ax, populations: np.ndarray, *, horizontal: bool) -> None:
    """Lines where one population ends and the other begins."""
    for k in np.flatnonzero(np.diff(populations)):
        ax.axvline(k + 0.5, color=GREY, linewidth=1.5)
        if horizontal:
            ax.axhline(k + 0.5, color=GREY, linewidth=1.5)
