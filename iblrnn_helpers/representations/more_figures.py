"""Further views of the state space: variance, directions, random planes, feedback, single paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..core import checks
from ..core.means import GroupMeans
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    SIDE_STYLES,
    VERMILLION,
    check_kind,
    draw_means,
    legend_below,
    new_figure,
    styled,
)
from .decoding import Planes
from .directions import Sweep
from .figures import draw_boundaries, draw_readouts, plane_axes
from .paths import Boundaries, SameStimulus
from .state_space import StateSpace

SETTINGS = {
    "penalty": "C of the classifier\n(its penalty is 1 / C)",
    "dimensions": "PCs that the\nclassifier sees",
    "noise": "noise on each unit\nit sees (SD)",
}


@styled
def fig_variance_explained(
    spaces: Sequence[StateSpace], *, published: float | None = None, n_shown: int = 8
) -> Figure:
    """Share of the states' variance in the first principal components, all networks.

    Parameters
    ----------
    spaces : sequence of StateSpace
        The main network's first.
    published : float, optional
        Share in the first two.
    n_shown : int
        Components.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not len(spaces):
        raise ValueError("spaces must hold at least one StateSpace, got none")
    for space in spaces:
        check_kind("spaces", space, StateSpace)
    checks.integer("n_shown", n_shown, low=2)
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    for k, space in reversed(list(enumerate(spaces))):
        shown = np.cumsum(space.variance)[:n_shown]
        look = {"color": BLUE, "marker": "o", "label": "main network"}
        if k:
            look = {"color": GREY, "linewidth": 0.9, "label": "other networks" if k == 1 else "_a"}
        ax.plot(np.arange(1, len(shown) + 1), shown, **look)
    if published is not None:
        ax.plot(
            2, published, "X", color=VERMILLION, markersize=11, markeredgecolor="white",
            label="published, two PCs", zorder=4,
        )  # fmt: skip
    ax.set(xlabel="principal components", ylabel="share of variance, summed", ylim=(None, 1.01))
    legend_below(figure, ax, n_columns=3)
    return figure


@styled
def fig_readout_angles(
    sweeps: Mapping[str, Sequence[Sweep]], *, published: float | None = None
) -> Figure:
    """Angle of stimulus and block readout by how the block readout is fitted, and its accuracy.

    Parameters
    ----------
    sweeps : dict of "penalty", "dimensions" or "noise" to sequence of Sweep
        One for each network, the main one's first.
    published : float, optional
        The angle in degrees.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("sweeps", sweeps, Mapping)
    figure, axes = new_figure(2, len(sweeps), height=6.2, sharex="col", sharey="row")
    for column, (name, of_networks) in zip(axes.T, sweeps.items(), strict=True):
        checks.choice("sweeps", name, SETTINGS)
        for k, sweep in reversed(list(enumerate(of_networks))):
            check_kind(f"sweeps[{name!r}]", sweep, Sweep)
            look = {"color": BLUE, "marker": "o", "markersize": 5, "label": "main network"}
            if k:
                look = {"color": GREY, "linewidth": 0.8}
                look["label"] = "other networks" if k == 1 else "_again"
            column[0].plot(sweep.setting, sweep.angle, **look)
            column[1].plot(sweep.setting, sweep.accuracy, **look)
        column[0].axhline(90, color=BLACK, linewidth=1, linestyle=(0, (1, 2)), label="orthogonal")
        if published is not None:
            column[0].axhline(published, color=VERMILLION, linestyle=(0, (5, 2)), label="published")
        if name == "noise":  # no noise is a setting too
            column[1].set_xscale("symlog", linthresh=0.01, linscale=0.4)
            column[1].set_xticks([0, 0.01, 0.1, 0.5], ["0", ".01", ".1", ".5"])
            column[1].minorticks_off()
        else:
            column[1].set_xscale("log")
        if name == "penalty":
            column[1].set_xticks([1e-6, 1e-3, 1, 1e3])
            column[1].minorticks_off()
        if name == "dimensions":
            column[1].set_xticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
            column[1].minorticks_off()
        column[1].set_xlabel(SETTINGS[name], fontsize=11.5)
    axes[0, 0].set_ylabel("angle between\nreadouts (degrees)")
    axes[1, 0].set_ylabel("block decoding,\nheld-out blocks")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_random_planes(planes: Planes) -> Figure:
    """Block decoding, variance and distances in random planes, and in the plane of the PCs.

    Parameters
    ----------
    planes : Planes

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("planes", planes, Planes)
    figure, axes = new_figure(1, 3, height=3.9, sharey=True)
    for ax, name, title in zip(
        axes[0],
        ("accuracy", "variance", "distances"),
        ("block decoding,\nheld-out blocks", "share of variance\nin the plane",
         "correlation of\ndistances"),
        strict=True,
    ):  # fmt: skip
        ax.hist(getattr(planes, name), bins=15, color=GREY, label="random planes")
        ax.axvline(getattr(planes, f"pc_{name}"), color=BLUE, linewidth=2.4, label="plane of PCs")
        if name == "accuracy":
            ax.axvline(planes.full_accuracy, color=GREEN, linestyle=(0, (5, 2)), label="all units")
        ax.set_xlabel(title, fontsize=12)
        ax.locator_params(axis="x", nbins=4)
    axes[0, 0].set_ylabel("random planes")
    legend_below(figure, *axes[0], n_columns=3)
    return figure


@styled
def fig_effect_of_feedback(changes: Mapping[str, GroupMeans]) -> Figure:
    """Change of the state along each readout at a trial's first step, by the feedback it brings.

    Parameters
    ----------
    changes : dict of readout ("stimulus", "block") to GroupMeans
        Of :func:`iblrnn_helpers.representations.readouts.change_by_feedback`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("changes", changes, Mapping)
    figure, axes = new_figure(1, len(changes), height=4.4)
    for ax, (name, means) in zip(axes[0], changes.items(), strict=True):
        check_kind(f"changes[{name!r}]", means, GroupMeans)
        for feedback, outcome, colour, offset in (
            (1, "correct", BLUE, -0.08), (-1, "wrong", VERMILLION, 0.08),
        ):  # fmt: skip
            shown = means.at(feedback=feedback)
            draw_means(
                ax, np.array([0, 1]) + offset, shown, interval="bars", color=colour,
                linestyle="none", marker="o" if feedback > 0 else "X", markersize=8,
                label=f"feedback {'+' if feedback > 0 else '−'}1 ({outcome})",
            )  # fmt: skip
        ax.axhline(0, color=BLACK, linewidth=0.8)
        ax.set_xticks([0, 1], ["left", "right"])
        ax.set(xlim=(-0.5, 1.5), xlabel="choice just made", title=f"along the {name} readout")
        ax.grid(False, axis="x")
    axes[0, 0].set_ylabel("change of state\n(95% intervals over blocks)")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_trial_paths(
    space: StateSpace,
    boundaries: Boundaries,
    paths: Sequence[np.ndarray],
    side: Sequence[int],
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

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("space", space, StateSpace)
    if len(paths) != len(side) or not len(paths):
        raise ValueError(f"side must be of the {len(paths)} paths, got {len(side)}")
    figure, axes = new_figure(height=5.6)
    ax = axes[0, 0]
    draw_boundaries(ax, space, boundaries)
    extent = 1.1 * np.max([np.abs(path).max(axis=0) for path in paths], axis=0)
    extent[1] = max(extent[1], 0.6 * extent[0])
    named = set()
    for path, of_side in zip(paths, side, strict=True):
        look = SIDE_STYLES[int(of_side)]
        label = "_again" if of_side in named else f"trial with a {look['label']} stimulus"
        named.add(of_side)
        ax.plot(
            *path.T, color=look["color"], linestyle=look["linestyle"], linewidth=1.3,
            marker=".", markersize=5, label=label,
        )  # fmt: skip
        ax.plot(*path[-1], marker=look["marker"], color=look["color"], markersize=9,
                markeredgecolor=BLACK)  # fmt: skip
        ax.plot(*path[0], marker="o", color="white", markeredgecolor=look["color"], markersize=7)
    ax.plot([], [], "o", color="white", markeredgecolor=BLACK, label="first blank step")
    draw_readouts(ax, space, 0.4 * extent[1])
    plane_axes(ax, space, extent)
    legend_below(figure, ax)
    return figure


@styled
def fig_same_stimulus(space: StateSpace, boundaries: Boundaries, result: SameStimulus) -> Figure:
    """Mean paths through the plane for the same observations in left and in right blocks.

    Parameters
    ----------
    space : StateSpace
    boundaries : Boundaries
    result : SameStimulus

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("space", space, StateSpace)
    check_kind("result", result, SameStimulus)
    n_columns = len(result.signed_strength)
    figure, axes = new_figure(2, n_columns, height=6.4, sharey="row")
    extent = 1.15 * np.abs(result.paths).max(axis=(0, 1, 2))
    extent[1] = max(extent[1], 0.9 * extent[0])
    steps = np.arange(result.p_right.shape[-1])
    for k, strength in enumerate(result.signed_strength):
        above, below = axes[:, k]
        draw_boundaries(above, space, boundaries)
        for path, p_right, look in zip(
            result.paths[k], result.p_right[k], SIDE_STYLES.values(), strict=True
        ):
            label = f"started in a {look['label']} block"
            line = {key: look[key] for key in ("color", "linestyle", "marker")}
            above.plot(*path.T, markersize=6, label=label, **line)
            above.plot(*path[0], "o", color="white", markeredgecolor=look["color"], zorder=4)
            below.plot(steps, p_right, label=label, **line)
        plane_axes(above, space, extent)
        above.set(xlabel="PC1", ylabel="PC2" if k == 0 else "")
        where = "" if strength == 0 else " left" if strength < 0 else " right"
        above.set_title(f"strength {abs(strength):g}{where}")
        below.set(ylim=(-0.03, 1.03), xlabel="observations")
    axes[1, 0].set_ylabel("P(right)")
    legend_below(figure, axes[0, 0])
    return figure
