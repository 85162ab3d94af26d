"""The dynamics in pictures: Fig. 7c of the paper, fixed points and modes, a line attractor?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from ..core import plot_style as style
from ..representations.figures import draw_readouts, pc_label
from ..representations.state_space import in_plane
from .claims import AT_REST, Mechanism
from .dynamics import Basins, Linearisation, VectorField
from .reductions import SlowManifold, TrialFixedPoints

FIXED_POINT = {"marker": "o", "linestyle": "none", "markeredgecolor": style.BLACK, "markersize": 9}
FILLINGS = {True: style.BLUE, False: "white"}  # by stability
ENDS = {
    "a stable fixed point": {"facecolor": style.SKY},
    "an unstable fixed point": {"facecolor": style.ORANGE, "hatch": "///"},
    "no fixed point": {"facecolor": "#e2e2e2", "hatch": "..."},
}
PLACES = ("#bdbdbd", "#f7d3b5", "#a9cfe8", "#d9c6e8", "#cfe8cf")  # by attractor
DASHES = (0, (4, 2))
DOTS = (0, (1, 2))


@style.styled
def fig_7c_vector_fields(fields: Mapping[str, VectorField], mechanism: Mechanism) -> Figure:
    """One step of the network in the PC plane, under each input (Fig. 7c).

    Parameters
    ----------
    fields : dict of condition's name to VectorField
        Names are those of the mechanism's conditions.
    mechanism : Mechanism
        Whose fixed points and readouts are drawn.
    """
    figure, axes = style.panel_grid(
        len(fields), 2, rest=1.8, row_height=2.6, sharex=True, sharey=True
    )
    fastest = max(field.speed.max() for field in fields.values())
    for ax, (name, field) in zip(axes.flat, fields.items(), strict=False):
        arrows = ax.quiver(
            *field.position.T, *field.change.T, field.speed, cmap="viridis_r", clim=(0, fastest),
            angles="xy", scale_units="xy", scale=2.5, width=0.008,
        )  # fmt: skip
        draw_readouts(ax, mechanism.space, 2.6)
        _draw_fixed_points_of(ax, mechanism, name)
        ax.set_title(name)
        ax.set_aspect("equal")
    for ax in axes[-1]:
        ax.set_xlabel("PC1")
    for ax in axes[:, 0]:
        ax.set_ylabel("PC2")
    look = {"location": "bottom", "aspect": 50, "pad": 0.01}
    figure.colorbar(arrows, ax=figure.axes, label="change in one step, all units", **look)
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_fixed_point_search(mechanism: Mechanism) -> Figure:
    """Where the starts of the search ended, under each input."""
    figure, axes = style.new_figure(height=4.9)
    ax = axes[0, 0]
    names = list(mechanism.fixed_points)
    for place, (name, found) in enumerate(mechanism.fixed_points.items()):
        stable = mechanism.linearised[name].stable
        ends = ["a stable fixed point" if s else "an unstable fixed point" for s in stable]
        n_ended = [*found.n_reached, found.n_starts - found.n_converged]
        left = 0.0
        for end, n in zip([*ends, "no fixed point"], n_ended, strict=True):
            share = n / found.n_starts
            ax.barh(place, share, 0.7, left=left, edgecolor="white", label=end, **ENDS[end])
            left += share
        worst = f"{found.residual.max():.0e}" if len(found.points) else "none"
        ax.text(1.02, place, worst, va="center")
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlabel="fraction of starts that ended at", xlim=(0, 1))
    ax.set_title("largest\nresidual", loc="right", fontsize=11.5)
    ax.grid(False, axis="y")
    style.legend_below(figure, ax, n_columns=3)
    return figure


@style.styled
def fig_eigenvalues(linearised: Linearisation, *, names: Sequence[str]) -> Figure:
    """Eigenvalues of the Jacobian at some points, named in order, on the unit circle."""
    figure, axes = style.new_figure(
        1, len(names), height=1.5 + 5.4 / max(len(names), 2), sharey=True
    )
    angle = np.linspace(0, 2 * np.pi, 200)
    for ax, name, values in zip(axes[0], names, linearised.eigenvalues, strict=True):
        ax.plot(np.cos(angle), np.sin(angle), color=style.GREY, linewidth=1.2, label="modulus 1")
        inside = np.abs(values) < 1
        for shown, marker, size, colour, label in (
            (values[inside], "o", 4.5, style.BLUE, "decays"),
            (values[~inside], "X", 9, style.VERMILLION, "grows"),
        ):
            look = {"markersize": size, "color": colour, "label": label}
            ax.plot(shown.real, shown.imag, marker, **look)
        ax.set(title=name, xlabel="real part", xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))
        ax.set_aspect("equal")
        ax.xaxis.set_major_locator(MaxNLocator(3))
    axes[0, 0].set_ylabel("imaginary part")
    style.legend_below(figure, *axes[0], n_columns=3)
    return figure


@style.styled
def fig_time_constants(
    linearised: Linearisation,
    *,
    names: Sequence[str],
    steps_per_trial: float,
    references: Mapping[str, float] | None = None,
    n_modes: int = 8,
) -> Figure:
    """Time constants of the slowest modes at some points, in trials.

    Parameters
    ----------
    linearised : Linearisation
    names : sequence of str
        Of its points, in order.
    steps_per_trial : float
    references : dict of str to float, optional
        Labelled durations in trials, e.g. the length of a block.
    n_modes : int
    """
    figure, axes = style.new_figure(height=5.0)
    ax = axes[0, 0]
    style.draw_references(ax, references)
    for name, times, colour, marker in zip(
        names,
        linearised.time_constants,
        (style.BLUE, style.ORANGE, style.SKY, style.GREY),
        "osDv",
        strict=False,
    ):
        trials = times[:n_modes] / steps_per_trial
        rank = np.arange(1, len(trials) + 1)
        grows = trials < 0
        ax.plot(rank, np.abs(trials), color=colour, linewidth=1, zorder=2)
        ax.plot(rank[~grows], trials[~grows], marker, color=colour, markersize=8, label=name)
        if grows.any():
            look = {"color": style.VERMILLION, "markersize": 11, "label": f"{name}: grows"}
            ax.plot(rank[grows], -trials[grows], "X", **look)
    ax.set(xlabel="mode, slowest first", ylabel="time constant (trials)", yscale="log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_basins(basins: Basins, mechanism: Mechanism, *, condition: str) -> Figure:
    """Which attractor the network comes to from each place of the PC plane.

    Parameters
    ----------
    basins : Basins
        Of starts on a grid in that plane, under the condition.
    mechanism : Mechanism
    condition : str
    """
    figure, ax = _pc_plane(mechanism, title=condition)
    space = mechanism.space
    position = in_plane(space, basins.starts)
    order = np.argsort(in_plane(space, basins.attractors)[:, 0])
    names = ["no attractor", *(f"attractor {k + 1} from the left" for k in range(len(order)))]
    if len(order) == 2:
        names[1:] = ["the left attractor", "the right attractor"]
    rank = np.append(np.argsort(order), -1)[basins.label]
    for k, (name, marker, colour) in enumerate(zip(names, "x<>^v", PLACES, strict=False), start=-1):
        here = rank == k
        if here.any():
            look = {"color": colour, "markersize": 7, "label": f"ends at {name}"}
            ax.plot(*position[here].T, marker, **look)
    draw_readouts(ax, space, 2.6)
    _draw_fixed_points_of(ax, mechanism, condition)
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_slow_manifold(mechanism: Mechanism, visited: np.ndarray) -> Figure:
    """The curve to which states shrink without input, among visited states in the PC plane.

    Parameters
    ----------
    mechanism : Mechanism
    visited : (n_rows, n_units) float
        States drawn behind it, a few thousand.
    """
    figure, ax = _pc_plane(mechanism)
    space, manifold = mechanism.space, mechanism.manifold
    cloud = {"markersize": 2, "color": "#cfcfcf", "zorder": 1, "label": "visited states"}
    ax.plot(*in_plane(space, visited).T, ".", **cloud)
    draw_readouts(ax, space, 3.2)
    curve = {"color": style.BLUE, "linewidth": 4, "alpha": 0.75, "zorder": 4}
    label = f"after {manifold.n_steps} steps without input"
    ax.plot(*in_plane(space, manifold.path).T, label=label, **curve)
    _draw_fixed_points_of(ax, mechanism, AT_REST)
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_along_manifold(manifolds: Mapping[str, SlowManifold]) -> Figure:
    """Movement along the slow manifold, and how quickly it lets go, of every network.

    Parameters
    ----------
    manifolds : dict of network's name to SlowManifold
        The main network first.
    """
    figure, axes = style.new_figure(2, 1, height=6.0, sharex=True)
    above, below = axes[:, 0]
    main = next(iter(manifolds))
    for name, manifold in reversed(manifolds.items()):
        look = {"color": style.GREY, "linewidth": 1, "alpha": 0.8, "label": "other networks"}
        if name == main:
            look = {"color": style.BLUE, "linewidth": 2.4, "label": name}
        above.plot(manifold.place, manifold.drift, **look)
        below.plot(manifold.place, manifold.leading, **look)
    line = {"color": style.BLACK, "linestyle": DASHES, "linewidth": 1.5}
    above.axhline(0, label="a line of fixed points", **line)
    below.axhline(1, **line)
    above.set(ylabel="drift in one step")
    below.set(ylabel="largest |eigenvalue|", xlabel="place along the slow manifold (to the right)")
    style.legend_below(figure, above, n_columns=3)
    return figure


@style.styled
def fig_trial_fixed_points(results: Mapping[str, TrialFixedPoints]) -> Figure:
    """Where the network settles from trial to trial, by how often the stimulus is on the right.

    Parameters
    ----------
    results : dict of network's name to TrialFixedPoints
        The main network first.
    """
    figure, axes = style.new_figure(2, 1, height=6.0, sharex=True)
    above, below = axes[:, 0]
    main = next(iter(results))
    for name, found in reversed(results.items()):
        look = {"color": style.GREY, "markersize": 3.5, "zorder": 2, "label": "other networks"}
        if name == main:
            look = {"color": style.BLUE, "markersize": 7, "zorder": 3}
        for stable, kind in ((True, "settles here"), (False, "threshold between")):
            shown = found.stable == stable
            if name == main:
                look["label"] = f"{name}: {kind}"
            look["markerfacecolor"] = look["color"] if stable else "white"
            above.plot(found.p_right[shown], found.block[shown], "o", **look)
            if stable:
                below.plot(found.p_right[shown], found.decay[shown], "o", **look)
    for ax in (above, below):
        for p in (0.2, 0.8):
            label = "left, right block" if ax is below else None
            ax.axvline(p, color=style.BLACK, linestyle=DOTS, linewidth=1.3, label=label)
    above.set(ylabel="place along\nblock readout")
    below.set_yscale("log")
    below.yaxis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10, 20, 50, 100]))
    below.yaxis.set_minor_locator(NullLocator())
    below.yaxis.set_major_formatter("{x:g}")
    below.set(ylabel="decay (trials)", xlabel="probability that the stimulus is on the right")
    style.legend_below(figure, above, below)
    return figure


def draw_fixed_points(ax, points: np.ndarray, stable: np.ndarray) -> None:
    """Fixed points (n, 2), filled where stable, and what either filling means for the legend."""
    for wanted, colour in FILLINGS.items():
        look = {**FIXED_POINT, "markerfacecolor": colour, "zorder": 6}
        ax.plot(*points[stable == wanted].T, label="_point", **look)
        ax.plot([], [], label=f"{'' if wanted else 'un'}stable fixed point", **look)


def _draw_fixed_points_of(ax, mechanism: Mechanism, condition: str) -> None:
    """In the PC plane; outliers are left out."""
    found = mechanism.fixed_points[condition]
    stable = mechanism.linearised[condition].stable
    points = in_plane(mechanism.space, found.points)
    draw_fixed_points(ax, points[~found.outlier], stable[~found.outlier])


def _pc_plane(mechanism: Mechanism, title: str = ""):
    figure, axes = style.new_figure(height=5.4)
    ax, space = axes[0, 0], mechanism.space
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1), title=title, aspect="equal")
    return figure, ax
