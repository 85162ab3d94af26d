"""The plane of the first two principal components in pictures: Fig. 4 of the paper, and more."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from scipy.special import expit

from ..core import plot_style as style
from ..core.logistic import LogisticFit
from .paths import Boundaries, SameStimulus
from .plane import Plane
from .state_space import StateSpace

LEFT_TO_RIGHT = LinearSegmentedColormap.from_list(
    "left to right", ["#f2c879", "#ffffff", "#86b9dd"]
)
N_POINTS = 1500  # states in Fig. 4a
READOUT_STYLES = {
    "stimulus": {"color": style.BLACK, "label": "stimulus readout"},
    "block": {"color": style.GREEN, "label": "block readout"},
}


@style.panel(height=5.9)
def fig_4a_block_classifier(
    ax,
    space: StateSpace,
    classifier: LogisticFit,
    boundaries: Boundaries,
    points: np.ndarray,
    block_side: np.ndarray,
):
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
    shown = np.random.default_rng(0).permutation(len(points))[:N_POINTS]
    extent = _extent(points, 1.06, 0.62)
    x, y = (np.linspace(-e, e, 120) for e in extent)
    p_right = expit(classifier.log_odds(np.stack(np.meshgrid(x, y), axis=-1)))
    look = {"cmap": LEFT_TO_RIGHT, "vmin": 0, "vmax": 1, "rasterized": True, "shading": "gouraud"}
    colours = ax.pcolormesh(x, y, p_right, **look)
    edge = {"markersize": 4, "markeredgecolor": style.BLACK, "markeredgewidth": 0.3}
    for side, look in style.SIDE_STYLES.items():
        look = {**look, **edge, "linestyle": "", "label": f"state in a {look['label']} block"}
        ax.plot(*points[shown[block_side[shown] == side]].T, **look)
    _draw_plane(ax, space, boundaries, extent)
    weights = classifier.weights
    undecided = -classifier.intercept * weights / (weights @ weights)
    look = {"color": style.GREEN, "linestyle": (0, (5, 2)), "label": "classifier undecided"}
    _across(ax, undecided, weights, **look)
    draw_readouts(ax, space, 0.55 * extent[1])
    ax.figure.colorbar(colours, ax=ax, shrink=0.8, label="P(right block), classifier")


@style.panels
def fig_4bc_block_paths(
    figure, space: StateSpace, boundaries: Boundaries, paths: Mapping[int, np.ndarray]
):
    """The state at the end of every trial of a left and of a right block (Fig. 4b, c).

    Parameters
    ----------
    space : StateSpace
    boundaries : Boundaries
    paths : dict of block side (-1, 1) to (n_trials, 2) float
        Of :func:`iblrnn_helpers.representations.paths.block_path`.
    """
    axes = style.grid(figure, 1, len(paths), height=4.3, sharex=True, sharey=True)[0]
    extent = _extent(np.concatenate(list(paths.values())), 1.08, 0.8)
    dots = {"cmap": "viridis", "vmin": 1, "vmax": max(map(len, paths.values()))}
    dots |= {"s": 26, "edgecolors": "white", "linewidths": 0.4}
    for ax, (side, path) in zip(axes, paths.items(), strict=True):
        _draw_plane(ax, space, boundaries, extent)
        draw_readouts(ax, space, 0.5 * extent[1])
        ax.plot(*path.T, color=style.GREY, linewidth=0.6, zorder=2)
        colours = ax.scatter(*path.T, c=np.arange(1, len(path) + 1), zorder=3, **dots)
        look = {"color": style.VERMILLION, "markeredgecolor": "white", "zorder": 4}
        ax.plot(*path[0], "s", markersize=9, label="first trial", **look)
        ax.plot(*path[-1], "*", markersize=12, label="last trial", **look)
        ax.set_title(f"{style.SIDE_STYLES[side]['label']} block, {len(path)} trials")
        ax.label_outer()
    figure.colorbar(colours, ax=list(axes), shrink=0.7, label="trial in block")


@style.panels
def fig_trial_paths(
    figure,
    space: StateSpace,
    boundaries: Boundaries,
    paths: Sequence[np.ndarray],
    side: Sequence[int],
):
    """The state at every step of some consecutive trials, a panel each.

    Parameters
    ----------
    space : StateSpace
    boundaries : Boundaries
    paths : sequence of (n_steps, 2) float
        Of :func:`iblrnn_helpers.representations.paths.trial_paths`.
    side : (n_trials,) int
        -1 or 1 of each trial's stimulus.
    """
    shape = {"row_height": 1.55, "rest": 1.7, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(paths), 3, **shape)
    extent = _extent(np.concatenate(paths), 1.1, 0.6)
    for k, (ax, path) in enumerate(zip(axes.flat, paths, strict=False)):
        _draw_plane(ax, space, boundaries, extent)
        draw_readouts(ax, space, 0.7 * extent[1])
        look = style.SIDE_STYLES[int(side[k])]
        line = {"marker": ".", "label": f"trial with a {look['label']} stimulus"}
        ax.plot(*path.T, **{**look, **line})
        edge = {"markeredgecolor": style.BLACK, "zorder": 6}
        ax.plot(*path[0], "ow", markersize=5, label="first blank step", **edge)
        ax.plot(*path[-1], look["marker"], color=look["color"], markersize=7, **edge)
        ax.set(xlabel="PC1", ylabel="PC2")
        ax.set_title(f"trial {k + 1}", fontsize=11.5)
        ax.label_outer()


@style.panels
def fig_same_stimulus(figure, space: StateSpace, boundaries: Boundaries, result: SameStimulus):
    """Mean paths through the plane for the same observations in left and in right blocks."""
    axes = style.grid(figure, 2, len(result.signed_strength), height=6.4, sharey="row")
    extent = _extent(result.paths.reshape(-1, 2), 1.15, 0.9)
    for k, strength in enumerate(result.signed_strength):
        above, below = axes[:, k]
        _draw_plane(above, space, boundaries, extent)
        both = zip(result.paths[k], result.p_right[k], style.SIDE_STYLES.values(), strict=True)
        for path, p_right, look in both:
            look = {**look, "label": f"started in a {look['label']} block"}
            above.plot(*path.T, **look)
            above.plot(*path[0], "ow", markeredgecolor=look["color"], zorder=4)
            below.plot(p_right, **look)
        where = "" if strength == 0 else " left" if strength < 0 else " right"
        above.set(xlabel="PC1", ylabel="", title=f"strength {abs(strength):g}{where}")
        below.set(ylim=(-0.03, 1.03), xlabel="observations")
    axes[0, 0].set_ylabel("PC2")
    axes[1, 0].set_ylabel("P(right)")


def draw_others(ax, curves: Iterable[tuple], **line) -> None:
    """Thin lines of the networks other than the main one, each (x, y)."""
    for k, (x, y) in enumerate(curves):
        look = {"color": style.GREY, "linewidth": 0.9, **line}
        ax.plot(x, y, **look, label="_again" if k else "other networks")


def draw_readouts(ax, space: StateSpace | Plane, length: float) -> None:
    """Both readouts of the task, or those of a plane, as arrows from the mean state."""
    arrow = {"arrowstyle": "-|>", "linewidth": 2.4, "shrinkA": 0, "shrinkB": 0}
    if isinstance(space, Plane):
        colours = itertools.cycle(one["color"] for one in ({"color": style.BLACK}, *style.LOOKS))
        drawn = [
            (end, {"color": colour, "label": name})
            for (name, end), colour in zip(space.directions.items(), colours, strict=False)
        ]
    else:
        drawn = [
            (getattr(space, f"{name}_in_plane"), look) for name, look in READOUT_STYLES.items()
        ]
    for direction, look in drawn:
        drawn_as = {**arrow, "mutation_scale": 18, "color": look["color"]}
        ax.annotate("", length * direction, (0, 0), zorder=5, arrowprops=drawn_as)
        ax.plot([], [], linewidth=2.4, **look)  # an annotation has no entry in the legend


def _draw_plane(ax, space: StateSpace, boundaries: Boundaries, extent) -> None:
    """The plane to ``extent`` on all sides, and where the network is undecided and where it acts.

    Axes are equal, and named after the first two PCs.
    """
    direction = space.stimulus_in_plane
    for offset, dashes, label in (
        (boundaries.even, (5, 2), "network undecided"),
        (boundaries.left, (1, 1.5), "network acts"),
        (boundaries.right, (1, 1.5), "_again"),
    ):
        look = {"color": style.BLACK, "linewidth": 1.5, "linestyle": (0, dashes), "label": label}
        _across(ax, offset * direction, direction, **look)
    x, y = extent
    ax.set(xlim=(-x, x), ylim=(-y, y), aspect="equal")
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1))
    ax.grid(False)


def _across(ax, point, direction, **look) -> None:
    ax.axline(point, point + np.array([-direction[1], direction[0]]), **look)


def _extent(points: np.ndarray, margin: float, least_height: float) -> np.ndarray:
    """Half the width and height of a picture of (n, 2) points that leaves room for the arrows."""
    x, y = margin * np.abs(points).max(axis=0)
    return np.array([x, max(y, least_height * x)])


def pc_label(space: StateSpace | Plane, k: int) -> str:
    """Name of a PC, from 0, with its share of the variance where that is known."""
    name = space.names[k] if isinstance(space, Plane) else f"PC{k + 1}"
    if space.variance is None:
        return name
    return f"{name} ({100 * space.variance[k]:.0f}% of variance)"
