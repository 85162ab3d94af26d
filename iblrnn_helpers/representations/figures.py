"""The plane of the first two principal components in pictures: Fig. 4 of the paper, and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..core.logistic import LogisticFit
from ..core.plot_style import (
    BLACK,
    GREEN,
    GREY,
    SIDE_STYLES,
    VERMILLION,
    legend_below,
    new_figure,
    styled,
)
from .paths import Boundaries, SameStimulus
from .state_space import StateSpace

LEFT_TO_RIGHT = LinearSegmentedColormap.from_list(
    "left to right", ["#f2c879", "#ffffff", "#86b9dd"]
)
N_POINTS = 1500  # states in Fig. 4a
READOUT_STYLES = {
    "stimulus": {"color": BLACK, "label": "stimulus readout"},
    "block": {"color": GREEN, "label": "block readout"},
}


@styled
def fig_4a_block_classifier(
    space: StateSpace,
    classifier: LogisticFit,
    boundaries: Boundaries,
    points: np.ndarray,
    block_side: np.ndarray,
) -> Figure:
    """Probability of a right block over the PC plane, with both readouts (Fig. 4a).

    Parameters
    ----------
    space : StateSpace
    classifier : LogisticFit
        Of block side, on coordinates in the plane.
    boundaries : Boundaries
        Where the network acts.
    points : (n_rows, 2) float
        States in the plane; some of them, drawn at random, are shown.
    block_side : (n_rows,) int
        -1 or 1 of each.
    """
    if points.shape != (len(block_side), 2):
        raise ValueError(f"points must be ({len(block_side)}, 2) as block_side, got {points.shape}")
    size = min(N_POINTS, len(points))
    shown = np.random.default_rng(0).choice(len(points), size=size, replace=False)
    extent = _extent(points, 1.06, 0.62)
    x, y = (np.linspace(-e, e, 120) for e in extent)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    p_right = (1 / (1 + np.exp(-classifier.log_odds(grid)))).reshape(len(y), len(x))

    figure, axes = new_figure(height=5.9)
    ax = axes[0, 0]
    look = {"cmap": LEFT_TO_RIGHT, "vmin": 0, "vmax": 1, "rasterized": True, "shading": "gouraud"}
    colours = ax.pcolormesh(x, y, p_right, **look)
    edge = {"markersize": 4, "markeredgecolor": BLACK, "markeredgewidth": 0.3}
    for side, look in SIDE_STYLES.items():
        of_side = points[shown[block_side[shown] == side]]
        label = f"state in a {look['label']} block"
        ax.plot(*of_side.T, look["marker"], color=look["color"], label=label, **edge)
    draw_boundaries(ax, space, boundaries)
    weights = classifier.weights
    undecided = -classifier.intercept * weights / (weights @ weights)
    look = {"color": GREEN, "linewidth": 1.8, "label": "classifier undecided"}
    _across(ax, undecided, weights, linestyle=(0, (5, 2)), **look)
    draw_readouts(ax, space, 0.55 * extent[1])
    plane_axes(ax, space, extent)
    figure.colorbar(colours, ax=ax, shrink=0.8).set_label("P(right block), classifier")
    legend_below(figure, ax)
    return figure


@styled
def fig_4bc_block_paths(
    space: StateSpace, boundaries: Boundaries, paths: Mapping[int, np.ndarray]
) -> Figure:
    """The state at the end of every trial of a left and of a right block (Fig. 4b, c).

    Parameters
    ----------
    space : StateSpace
    boundaries : Boundaries
    paths : dict of block side (-1, 1) to (n_trials, 2) float
        Of :func:`iblrnn_helpers.representations.paths.block_path`.
    """
    figure, axes = new_figure(1, len(paths), height=4.3, sharex=True, sharey=True)
    extent = _extent(np.concatenate(list(paths.values())), 1.08, 0.8)
    by_trial = {"cmap": "viridis", "vmin": 1, "vmax": max(map(len, paths.values()))}
    dots = {"s": 26, "edgecolors": "white", "linewidths": 0.4, "zorder": 3}
    for ax, (side, path) in zip(axes[0], paths.items(), strict=True):
        draw_boundaries(ax, space, boundaries)
        draw_readouts(ax, space, 0.5 * extent[1])
        ax.plot(*path.T, color=GREY, linewidth=0.6, zorder=2)
        colours = ax.scatter(*path.T, c=np.arange(1, len(path) + 1), **by_trial, **dots)
        look = {"color": VERMILLION, "markeredgecolor": "white", "zorder": 4}
        ax.plot(*path[0], "s", markersize=9, label="first trial", **look)
        ax.plot(*path[-1], "*", markersize=12, label="last trial", **look)
        plane_axes(ax, space, extent)
        ax.set_title(f"{SIDE_STYLES[side]['label']} block, {len(path)} trials")
    for ax in axes[0, 1:]:
        ax.set_ylabel("")
    figure.colorbar(colours, ax=axes, shrink=0.7).set_label("trial in block")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_trial_paths(
    space: StateSpace, boundaries: Boundaries, paths: Sequence[np.ndarray], side: Sequence[int]
) -> Figure:
    """The state at every step of some consecutive trials, coloured by the stimulus's side.

    Parameters
    ----------
    space : StateSpace
    boundaries : Boundaries
    paths : sequence of (n_steps, 2) float
        Of :func:`iblrnn_helpers.representations.paths.trial_paths`.
    side : sequence of int
        -1 or 1 of each trial.
    """
    figure, axes = new_figure(height=5.6)
    ax = axes[0, 0]
    draw_boundaries(ax, space, boundaries)
    extent = _extent(np.concatenate(paths), 1.1, 0.6)
    named = set()
    for path, of_side in zip(paths, side, strict=True):
        look = SIDE_STYLES[int(of_side)]
        colour, marker = look["color"], look["marker"]
        label = "_again" if of_side in named else f"trial with a {look['label']} stimulus"
        named.add(of_side)
        line = {"linestyle": look["linestyle"], "linewidth": 1.3, "label": label}
        ax.plot(*path.T, color=colour, marker=".", markersize=5, **line)
        ax.plot(*path[-1], marker=marker, color=colour, markersize=9, markeredgecolor=BLACK)
        ax.plot(*path[0], marker="o", color="white", markeredgecolor=colour, markersize=7)
    ax.plot([], [], "o", color="white", markeredgecolor=BLACK, label="first blank step")
    draw_readouts(ax, space, 0.4 * extent[1])
    plane_axes(ax, space, extent)
    legend_below(figure, ax)
    return figure


@styled
def fig_same_stimulus(space: StateSpace, boundaries: Boundaries, result: SameStimulus) -> Figure:
    """Mean paths through the plane for the same observations in left and in right blocks."""
    figure, axes = new_figure(2, len(result.signed_strength), height=6.4, sharey="row")
    extent = _extent(result.paths.reshape(-1, 2), 1.15, 0.9)
    for k, strength in enumerate(result.signed_strength):
        above, below = axes[:, k]
        draw_boundaries(above, space, boundaries)
        both = zip(result.paths[k], result.p_right[k], SIDE_STYLES.values(), strict=True)
        for path, p_right, look in both:
            look = {**look, "label": f"started in a {look['label']} block"}
            above.plot(*path.T, markersize=6, **look)
            above.plot(*path[0], "o", color="white", markeredgecolor=look["color"], zorder=4)
            below.plot(p_right, **look)
        plane_axes(above, space, extent)
        above.set(xlabel="PC1", ylabel="PC2" if k == 0 else "")
        where = "" if strength == 0 else " left" if strength < 0 else " right"
        above.set_title(f"strength {abs(strength):g}{where}")
        below.set(ylim=(-0.03, 1.03), xlabel="observations")
    axes[1, 0].set_ylabel("P(right)")
    legend_below(figure, axes[0, 0])
    return figure


def draw_readouts(ax, space: StateSpace, length: float) -> None:
    """Both readouts as arrows from the mean state."""
    arrow = {"arrowstyle": "-|>", "linewidth": 2.4, "shrinkA": 0, "shrinkB": 0}
    for name, look in READOUT_STYLES.items():
        end = length * getattr(space, f"{name}_in_plane")
        style = {**arrow, "mutation_scale": 18, "color": look["color"]}
        ax.annotate("", end, (0, 0), zorder=5, arrowprops=style)
        ax.plot([], [], linewidth=2.4, **look)  # an annotation has no entry in the legend


def draw_boundaries(ax, space: StateSpace, boundaries: Boundaries) -> None:
    """The lines at which the network is undecided and at which it acts."""
    direction = space.stimulus_in_plane
    for offset, dashes, label in (
        (boundaries.even, (5, 2), "network undecided"),
        (boundaries.left, (1, 1.5), "network acts"),
        (boundaries.right, (1, 1.5), "_again"),
    ):
        look = {"color": BLACK, "linewidth": 1.5, "linestyle": (0, dashes), "label": label}
        _across(ax, offset * direction, direction, **look)


def _across(ax, point, direction, **look) -> None:
    ax.axline(point, point + np.array([-direction[1], direction[0]]), **look)


def _extent(points: np.ndarray, margin: float, least_height: float) -> np.ndarray:
    """Half the width and height of a picture of (n, 2) points that leaves room for the arrows."""
    x, y = margin * np.abs(points).max(axis=0)
    return np.array([x, max(y, least_height * x)])


def pc_label(space: StateSpace, k: int) -> str:
    """Name of a PC, from 0, with its share of the variance."""
    return f"PC{k + 1} ({100 * space.variance[k]:.0f}% of variance)"


def plane_axes(ax, space: StateSpace, extent) -> None:
    """Equal axes as far as ``extent`` to all sides, named after the first two PCs."""
    x, y = extent
    ax.set(xlim=(-x, x), ylim=(-y, y), aspect="equal")
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1))
    ax.grid(False)
