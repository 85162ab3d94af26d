"""The network's state space (Claim 2): the panels of the paper's Figs. 4 and 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..core import checks
from ..core.logistic import LogisticFit
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    SIDE_STYLES,
    VERMILLION,
    agent_styles,
    check_kind,
    draw_means,
    legend_below,
    new_figure,
    styled,
)
from .paths import Boundaries
from .readouts import BlockProjection, Effect, Slope
from .state_space import StateSpace

LEFT_TO_RIGHT = LinearSegmentedColormap.from_list(
    "left to right", ["#f2c879", "#ffffff", "#86b9dd"]
)
TRIAL_COLOURS = "viridis"


@styled
def fig_4a_block_classifier(
    space: StateSpace,
    classifier: LogisticFit,
    boundaries: Boundaries,
    points: np.ndarray,
    block_side: np.ndarray,
    *,
    n_points: int = 1500,
    seed: int = 0,
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
        States in the plane.
    block_side : (n_rows,) int
        -1 or 1 of each.
    n_points : int
        So many of them, drawn at random, are shown.
    seed : int
        Of that draw.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("space", space, StateSpace)
    check_kind("classifier", classifier, LogisticFit)
    points, block_side = np.asarray(points), np.asarray(block_side)
    if points.shape != (len(block_side), 2):
        raise ValueError(f"points must be ({len(block_side)}, 2) as block_side, got {points.shape}")
    checks.integer("n_points", n_points, low=1)
    rng = np.random.default_rng(seed)
    shown = rng.choice(len(points), size=min(n_points, len(points)), replace=False)
    figure, axes = new_figure(height=5.9)
    ax = axes[0, 0]
    extent = 1.06 * np.abs(points).max(axis=0)
    extent[1] = max(extent[1], 0.62 * extent[0])  # room for the directions
    x, y = (np.linspace(-e, e, 120) for e in extent)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    p_right = 1 / (1 + np.exp(-classifier.log_odds(grid)))
    colours = ax.pcolormesh(
        x, y, p_right.reshape(len(y), len(x)), cmap=LEFT_TO_RIGHT, vmin=0, vmax=1,
        rasterized=True, shading="gouraud",
    )  # fmt: skip
    for side, look in SIDE_STYLES.items():
        of_side = shown[block_side[shown] == side]
        ax.plot(
            *points[of_side].T,
            linestyle="none",
            marker=look["marker"],
            markersize=4,
            color=look["color"],
            markeredgecolor=BLACK,
            markeredgewidth=0.3,
            label=f"state in a {look['label']} block",
        )
    draw_boundaries(ax, space, boundaries, classifier)
    draw_readouts(ax, space, 0.55 * extent[1])
    plane_axes(ax, space, extent)
    bar = figure.colorbar(colours, ax=ax, shrink=0.8)
    bar.set_label("P(right block), classifier")
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

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("space", space, StateSpace)
    check_kind("paths", paths, Mapping)
    figure, axes = new_figure(1, len(paths), height=4.3, sharex=True, sharey=True)
    extent = 1.08 * np.max([np.abs(path).max(axis=0) for path in paths.values()], axis=0)
    extent[1] = max(extent[1], 0.8 * extent[0])
    longest = max(len(path) for path in paths.values())
    for ax, (side, path) in zip(axes[0], paths.items(), strict=True):
        draw_boundaries(ax, space, boundaries)
        draw_readouts(ax, space, 0.5 * extent[1])
        ax.plot(*path.T, color=GREY, linewidth=0.6, zorder=2)
        colours = ax.scatter(
            *path.T, c=np.arange(1, len(path) + 1), cmap=TRIAL_COLOURS, vmin=1, vmax=longest, s=26,
            edgecolors="white", linewidths=0.4, zorder=3,
        )  # fmt: skip
        for k, marker, name in ((0, "s", "first trial"), (-1, "*", "last trial")):
            ax.plot(
                *path[k],
                marker=marker,
                color=VERMILLION,
                markersize=12 if k else 9,
                markeredgecolor="white",
                linestyle="none",
                label=name,
                zorder=4,
            )
        plane_axes(ax, space, extent)
        ax.set_title(f"{SIDE_STYLES[side]['label']} block, {len(path)} trials")
    axes[0, 0].set_ylabel(pc_label(space, 1))
    for ax in axes[0, 1:]:
        ax.set_ylabel("")
    figure.colorbar(colours, ax=axes, shrink=0.7).set_label("trial in block")
    legend_below(figure, *axes[0], n_columns=2)
    return figure


@styled
def fig_5ab_effect_of_observations(
    effects: Mapping[str, Effect],
    others: Mapping[str, Sequence[Slope]] | None = None,
    *,
    published: Mapping[str, float] | None = None,
    agent: str = "main network",
    n_points: int = 2000,
    seed: int = 0,
) -> Figure:
    """Change of the state along each readout, against what was observed (Fig. 5a, b).

    Parameters
    ----------
    effects : dict of readout ("stimulus", "block") to Effect
    others : dict of readout to Slopes, optional
        Of further networks: thin lines.
    published : dict of readout to slope, optional
    agent : str
        What to call the one that ``effects`` are of.
    n_points : int
        So many steps, drawn at random, are shown.
    seed : int
        Of that draw.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("effects", effects, Mapping)
    for name, effect in effects.items():
        checks.choice("effects", name, READOUT_STYLES)
        check_kind(f"effects[{name!r}]", effect, Effect)
    checks.integer("n_points", n_points, low=1)
    figure, axes = new_figure(1, len(effects), height=4.9, sharey=True)
    for ax, (name, effect) in zip(axes[0], effects.items(), strict=True):
        rng = np.random.default_rng(seed)
        n_all = len(effect.change)
        shown = rng.choice(n_all, size=min(n_points, n_all), replace=False)
        ax.plot(
            effect.pushed_by[shown], effect.change[shown], ".", color=BLUE, alpha=0.25,
            markersize=4, markeredgewidth=0, label=f"steps of the {agent}",
        )  # fmt: skip
        ends = np.array([effect.pushed_by[shown].min(), effect.pushed_by[shown].max()])
        for k, line in enumerate((others or {}).get(name, ())):
            label = "other networks" if k == 0 else "_again"
            values = line.intercept + line.slope * ends
            ax.plot(ends, values, color=GREY, linewidth=1, label=label)
        line = effect.line
        ax.plot(ends, line.intercept + line.slope * ends, color=BLACK, label=agent)
        if published and name in published:
            ax.plot(
                ends, published[name] * ends, color=VERMILLION, linestyle=(0, (5, 2)),
                label="published slope",
            )  # fmt: skip
        ax.set(xlabel="$d = o^R - o^L$", title=f"along the {READOUT_STYLES[name]['label']}")
        ax.text(
            0.04, 0.97, f"slope {line.slope:.3f}\n[{line.low:.3f}, {line.high:.3f}]\n"
            f"r = {line.r:.2f}", transform=ax.transAxes, va="top", fontsize=11.5,
        )  # fmt: skip
    axes[0, 0].set_ylabel("change of state in one step")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_5c_block_projection(
    projection: BlockProjection,
    others: Sequence[BlockProjection] = (),
    *,
    agent: str = "RNN",
    last_trial: int = 50,
) -> Figure:
    """State along the block readout by trial in block, and the observer's belief (Fig. 5c).

    Parameters
    ----------
    projection : BlockProjection
    others : sequence of BlockProjection
        Of further networks: thin lines.
    agent : str
        What to call the one that ``projection`` is of.
    last_trial : int
        Last trial of the block that is drawn, counted from 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("projection", projection, BlockProjection)
    checks.integer("last_trial", last_trial, low=1)
    figure, axes = new_figure(height=5.0)
    ax = axes[0, 0]
    styles = agent_styles([agent, "Bayesian observer"])
    for side, look in SIDE_STYLES.items():
        for k, other in enumerate(others):
            curve = other.network_by_trial.at(block_side=side)
            n_shown = min(last_trial, len(curve.mean))
            # Each in its own observer's units, so that lengths of states do not matter.
            values = curve.mean[:n_shown] * projection.scale / other.scale
            label = "other networks" if k == 0 and side < 0 else "_again"
            ax.plot(np.arange(1, n_shown + 1), values, color=GREY, linewidth=0.7, label=label)
        for name, means in (
            (agent, projection.network_by_trial),
            ("Bayesian observer", projection.observer_by_trial),
        ):
            curve = means.at(block_side=side)
            curve = type(curve)(
                {"trial": np.arange(1, len(curve.mean) + 1)[:last_trial]},
                *(getattr(curve, f)[:last_trial] for f in ("mean", "low", "high", "n")),
            )
            held = {k: styles[name][k] for k in ("color", "linestyle")}
            marker = {"marker": look["marker"], "markevery": 5}
            label = f"{name}, {look['label']} blocks"
            draw_means(ax, curve.groups["trial"], curve, label=label, **held, **marker)
    ax.axhline(0, color=BLACK, linewidth=0.8)
    low, high = projection.interval
    ax.set_title(
        f"correlation of the curves {projection.correlation:.3f} [{low:.3f}, {high:.3f}]",
        fontsize=12,
    )
    ax.set(
        xlabel="trial in block", ylabel="state along the block readout\n(observer: scaled belief)"
    )
    legend_below(figure, ax)
    return figure


# What every picture of the PC plane shows: its axes, the readouts, and where the network acts.

READOUT_STYLES = {
    "stimulus": {"color": BLACK, "label": "stimulus readout"},
    "block": {"color": GREEN, "label": "block readout"},
}


def draw_readouts(ax, space: StateSpace, length: float) -> None:
    """Both readouts as arrows from the mean state."""
    for name, look in READOUT_STYLES.items():
        end = length * getattr(space, f"{name}_in_plane")
        ax.annotate(
            "", end, (0, 0), zorder=5,
            arrowprops={"arrowstyle": "-|>", "color": look["color"], "linewidth": 2.4,
                        "shrinkA": 0, "shrinkB": 0, "mutation_scale": 18},
        )  # fmt: skip
        # An annotation has no entry in the legend.
        ax.plot([], [], color=look["color"], linewidth=2.4, label=look["label"])


def draw_boundaries(ax, space, boundaries, classifier: LogisticFit | None = None) -> None:
    """The lines at which the network is undecided and at which it acts, and the classifier's."""
    direction = space.stimulus_in_plane
    for offset, dash, label in (
        (boundaries.even, (0, (5, 2)), "network undecided"),
        (boundaries.left, (0, (1, 1.5)), "network acts"),
        (boundaries.right, (0, (1, 1.5)), "_again"),
    ):
        point = offset * direction
        ax.axline(
            point, point + np.array([-direction[1], direction[0]]), color=BLACK,
            linestyle=dash, linewidth=1.5, label=label,
        )  # fmt: skip
    if classifier is not None:
        weights = classifier.weights
        point = -classifier.intercept * weights / (weights @ weights)
        ax.axline(
            point, point + np.array([-weights[1], weights[0]]), color=GREEN,
            linestyle=(0, (5, 2)), linewidth=1.8, label="classifier undecided",
        )  # fmt: skip


def pc_label(space: StateSpace, k: int) -> str:
    return f"PC{k + 1} ({100 * space.variance[k]:.0f}% of variance)"


def plane_axes(ax, space: StateSpace, extent) -> None:
    ax.set(
        xlim=(-extent[0], extent[0]),
        ylim=(-extent[1], extent[1]),
        aspect="equal",
        xlabel=pc_label(space, 0),
        ylabel=pc_label(space, 1),
    )
    ax.grid(False)
