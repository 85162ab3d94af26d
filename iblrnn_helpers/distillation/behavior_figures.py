"""How the distilled model and its rivals play (Claim 4): Fig. 8c, and the readout's scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from ..behavior.course_figures import first_trials
from ..behavior.figures import CORRECT, OVER_BLOCKS, STRENGTH, draw_agents
from ..core import checks
from ..core.means import GroupMeans
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LOOKS,
    VERMILLION,
    check_agents,
    check_kind,
    draw_means,
    draw_references,
    legend_below,
    new_figure,
    styled,
)
from ..mechanism.figures import draw_fixed_points
from ..mechanism.reductions import PhasePlane
from .compression import ScaleSweep
from .figures import AXIS_NAMES

ITS_OWN = "network of the title"


@styled
def fig_8c_comparison(
    results: Mapping[str, GroupMeans], *, reference: str = "RNN", last_trial: int = 40
) -> Figure:
    """Fraction correct of each rival, a panel each, beside the network's (Fig. 8c).

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        All by ``strength`` (:func:`iblrnn_helpers.behavior.measures.correct_by_strength`)
        or all by ``trial_in_block``, with or without the split by concordance.
    reference : str
        The agent that is drawn in every panel.
    last_trial : int
        Last trial of the block that is drawn, counted from 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(results, GroupMeans)
    checks.choice("reference", reference, results)
    checks.integer("last_trial", last_trial, low=1)
    axis = next((a for a in ("strength", "trial_in_block") if a in results[reference].groups), None)
    if axis is None or any(axis not in result.groups for result in results.values()):
        raise ValueError("results must all be by strength, or all by trial_in_block")
    line = {"markersize": 5}
    if axis == "trial_in_block":
        results = {name: first_trials(result, last_trial) for name, result in results.items()}
        line |= {"markevery": 4}
    rivals = [name for name in results if name != reference]
    if not rivals:
        raise ValueError(f"results must hold an agent beside {reference!r}")
    n_columns = 2 if len(rivals) in (2, 4) else min(3, len(rivals))
    n_rows = -(-len(rivals) // n_columns)
    figure, axes = new_figure(
        n_rows, n_columns, height=1.5 + 2.6 * n_rows, sharex=True, sharey=True
    )
    panels = axes.ravel()
    for ax, name in zip(panels, rivals, strict=False):
        ax.axhline(0.5, color=GREY, linewidth=0.8, zorder=1)
        draw_agents(ax, axis, {reference: results[reference], ITS_OWN: results[name]}, **line)
        ax.set_title(name, fontsize=12)
    for ax in panels[len(rivals) :]:
        ax.set_visible(False)
    for ax in panels[len(rivals) - n_columns : len(rivals)]:
        ax.set_xlabel(STRENGTH if axis == "strength" else "trial in block", fontsize=12)
        ax.tick_params(labelbottom=True)
    axes[0, 0].xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))  # shared
    for ax in axes[:, 0]:
        ax.set_ylabel(CORRECT)
    legend_below(figure, panels[0])
    return figure


@styled
def fig_scale_sweep(
    sweep: ScaleSweep,
    *,
    network: tuple[float, float],
    scales: Mapping[str, float],
    references: Mapping[str, float] | None = None,
) -> Figure:
    """Accuracy and speed of the distilled model by the scale of its readout, its free parameter.

    Parameters
    ----------
    sweep : ScaleSweep
    network : (correct, steps per trial)
        Of the large network.
    scales : dict of label to scale
        Vertical lines, at most four: e.g. the network's own readout, the best
        scale, and the one that matches the network's steps.
    references : dict of str to float, optional
        Fractions correct that somebody else stated.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("sweep", sweep, ScaleSweep)
    check_kind("scales", scales, Mapping)
    if len(scales) >= len(LOOKS):
        raise ValueError(f"scales must be at most {len(LOOKS) - 1}, got {len(scales)}")
    figure, axes = new_figure(2, 1, height=6.6, sharex=True)
    for ax, curve, of_network, ylabel in zip(
        axes[:, 0],
        (sweep.correct, sweep.n_steps),
        network,
        (CORRECT, "steps per trial"),
        strict=True,
    ):
        held = {"color": BLUE, "marker": "o", "markersize": 5, "label": "distilled"}
        draw_means(ax, sweep.scales, curve, **held)
        ax.axhline(of_network, color=BLACK, linewidth=1.8, label="RNN")
        for look, (label, scale) in zip(LOOKS[1:], scales.items(), strict=False):
            line = {key: look[key] for key in ("color", "linestyle")}
            checks.number(f"scales[{label!r}]", scale, above=0)
            ax.axvline(scale, linewidth=2, label=f"{label}, {scale:.3g}", **line)
        ax.set_ylabel(ylabel)
    draw_references(axes[0, 0], references)
    ax = axes[1, 0]
    ax.set(xscale="log", xlabel="scale of the readout")
    ax.xaxis.set_major_locator(FixedLocator([0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:g}")
    legend_below(figure, *axes[:, 0])
    return figure


@styled
def fig_matched_curves(
    results: Mapping[str, GroupMeans], difference: GroupMeans, *, within: float = 0.05
) -> Figure:
    """Fraction correct of network and distilled model at the same speed, and their difference.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        By ``strength`` and ``concordant``.
    difference : GroupMeans
        Of the two, trial by trial
        (:func:`iblrnn_helpers.behavior.measures.paired_difference`), by the same.
    within : float
        Differences up to this count as none: shaded.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents({**results, "difference": difference}, GroupMeans)
    checks.number("within", within, above=0)
    for name, result in {**results, "difference": difference}.items():
        if set(result.groups) != {"strength", "concordant"}:
            raise ValueError(f"{name} must be by strength and concordant, got {[*result.groups]}")
    figure, axes = new_figure(2, 1, height=6.6, sharex=True, height_ratios=(2, 1.2))
    above, below = axes[:, 0]
    draw_agents(above, "strength", results)
    above.set(ylabel=f"{CORRECT}\n({OVER_BLOCKS})", ylim=(0, 1.02))
    below.axhspan(-within, within, color=GREEN, alpha=0.15, linewidth=0, label=f"within {within:g}")
    below.axhline(0, color=GREY, linewidth=0.9)
    for concordant, colour, dash in ((True, BLUE, "-"), (False, VERMILLION, (0, (4, 2)))):
        shown = difference.at(concordant=concordant)
        kind = "concordant" if concordant else "discordant"
        draw_means(
            below, shown.groups["strength"], shown, color=colour, marker="o", linestyle=dash,
            markerfacecolor=colour if concordant else "white", label=f"difference, {kind}",
        )  # fmt: skip
    below.set(xlabel=STRENGTH, ylabel="difference")
    legend_below(figure, above, below)
    return figure


@styled
def fig_two_unit_spread(quantities: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Every trained or distilled network a dot, kind beside kind, in several quantities.

    Parameters
    ----------
    quantities : dict of title to dict of kind of network to (n,) float
        A panel each, at most three; kinds are rows, in the order of the first panel.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("quantities", quantities, Mapping)
    if not 0 < len(quantities) <= 3:
        raise ValueError(f"quantities must be one to three, got {len(quantities)}")
    kinds = list(next(iter(quantities.values())))
    figure, axes = new_figure(1, len(quantities), height=1.5 + 0.62 * len(kinds), sharey=True)
    for ax, (title, by_kind) in zip(axes[0], quantities.items(), strict=True):
        if set(by_kind) != set(kinds):
            raise ValueError(f"quantities[{title!r}] must be of {', '.join(kinds)}")
        for row, kind in enumerate(kinds):
            values = np.asarray(by_kind[kind], dtype=float)
            if values.ndim != 1 or not len(values):
                raise ValueError(f"quantities[{title!r}][{kind!r}] must be (n,) with entries")
            # Heights only keep dots apart.
            height = row + 0.18 * (np.arange(len(values)) % 3 - 1) * (len(values) > 1)
            ax.plot(
                values, height, "o", color=BLUE, alpha=0.75, markersize=6.5,
                markeredgecolor="white", label="one network", zorder=3,
            )  # fmt: skip
            ax.plot(
                np.median(values), row, "|", color=BLACK, markersize=20, markeredgewidth=2.4,
                label="median", zorder=4,
            )  # fmt: skip
        ax.set_xlabel(title, fontsize=12)
        ax.xaxis.set_major_locator(MaxNLocator(3))
    axes[0, 0].set_yticks(range(len(kinds)), kinds)
    axes[0, 0].set_ylim(len(kinds) - 0.5, -0.5)
    legend_below(figure, axes[0, 0])
    return figure


# Phase planes of two-unit systems (Claim 4): vector field, nullclines and fixed points.

NULLCLINES = ({"colors": BLACK, "linestyles": "-"}, {"colors": GREEN, "linestyles": "--"})
N_ARROWS = 10  # along each side
SHORTER = 2.5  # arrows are drawn so many times shorter than the step


@styled
def fig_phase_plane(
    systems: Mapping[str, Mapping[str, PhasePlane]], *, names: tuple[str, str] = AXIS_NAMES
) -> Figure:
    """One step under constant inputs, where each coordinate stands still, and fixed points.

    Parameters
    ----------
    systems : dict of system's name to dict of condition's name to PhasePlane
        Of :func:`iblrnn_helpers.mechanism.reductions.phase_planes`.  One system
        fills two columns; several, of the same conditions and coordinates,
        have a column each.
    names : (str, str)
        Of the coordinates.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_systems(systems)
    conditions = list(next(iter(systems.values())))
    if len(systems) == 1:
        ((_, planes),) = systems.items()
        n_columns = min(2, len(conditions))
        shown = {name: planes[name] for name in conditions}
    else:
        n_columns = len(systems)
        shown = {f"{s}\n{c}": planes[c] for c in conditions for s, planes in systems.items()}
    n_rows = -(-len(shown) // n_columns)
    height = 1.2 + (2.6 if len(systems) == 1 else 2.5) * n_rows
    figure, axes = new_figure(n_rows, n_columns, height=height, sharex=True, sharey=True)
    panels = axes.ravel()
    for ax, (title, plane) in zip(panels, shown.items(), strict=False):
        _draw_plane(ax, plane, names)
        ax.set_title(title, fontsize=12 if n_columns < 3 else 11)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.yaxis.set_major_locator(MaxNLocator(4))
    for ax in panels[len(shown) :]:
        ax.set_visible(False)
    for ax in axes[-1]:
        ax.set_xlabel(names[0])
    for ax in axes[:, 0]:
        ax.set_ylabel(names[1])
    legend_below(figure, panels[0])
    return figure


def _draw_plane(ax, plane: PhasePlane, names: Sequence[str]) -> None:
    few = max(1, len(plane.x) // N_ARROWS)
    some = slice(few // 2, None, few)
    x, y = np.meshgrid(plane.x[some], plane.y[some])
    ax.quiver(
        x, y, *np.moveaxis(plane.change[some, some], -1, 0), color="#9a9a9a", angles="xy",
        scale_units="xy", scale=SHORTER, width=0.008, zorder=1.5,
    )  # fmt: skip
    for k, (name, look) in enumerate(zip(names, NULLCLINES, strict=True)):
        line = {"color": look["colors"], "linestyle": look["linestyles"]}
        ax.plot([], [], label=f"{name} stands still", **line)  # a contour has no legend entry
        moved = plane.change[..., k]
        if moved.min() < 0 < moved.max():  # else the coordinate stands still nowhere
            ax.contour(plane.x, plane.y, moved, levels=[0], linewidths=1.8, **look)
    draw_fixed_points(ax, plane.fixed_points.points, plane.linearised.stable)
    ax.set(xlim=plane.x[[0, -1]], ylim=plane.y[[0, -1]])


def _check_systems(systems) -> None:
    check_kind("systems", systems, Mapping)
    if not systems:
        raise ValueError("systems must hold at least one, got none")
    conditions = None
    for name, planes in systems.items():
        check_kind(f"systems[{name!r}]", planes, Mapping)
        conditions = conditions or list(planes)
        if list(planes) != conditions or not planes:
            raise ValueError(f"systems[{name!r}] must have the conditions {conditions}")
        for condition, plane in planes.items():
            check_kind(f"systems[{name!r}][{condition!r}]", plane, PhasePlane)
