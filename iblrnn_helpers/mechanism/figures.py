"""The network's dynamics in pictures: Fig. 7c of the paper, fixed points, modes and basins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import checks
from ..core.fixed_points import FixedPoints
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from ..representations.figures import draw_readouts, pc_label
from ..representations.state_space import StateSpace, in_plane
from .claims import Mechanism
from .dynamics import Basins, Linearisation, VectorField

STABLE = {"marker": "o", "markerfacecolor": BLUE, "label": "stable fixed point"}
UNSTABLE = {"marker": "o", "markerfacecolor": "white", "label": "unstable fixed point"}
MARK = {"linestyle": "none", "markeredgecolor": BLACK, "markersize": 9, "zorder": 6}


@styled
def fig_7c_vector_fields(fields: Mapping[str, VectorField], mechanism: Mechanism) -> Figure:
    """One step of the network in the PC plane, under each input (Fig. 7c).

    Parameters
    ----------
    fields : dict of condition's name to VectorField
        Names are those of the mechanism's conditions.
    mechanism : Mechanism
        Whose fixed points and readouts are drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    check_kind("fields", fields, Mapping)
    for name, field in fields.items():
        checks.choice("fields", name, mechanism.fixed_points)
        check_kind(f"fields[{name!r}]", field, VectorField)
    n_rows = -(-len(fields) // 2)
    figure, axes = new_figure(n_rows, 2, height=1.8 + 2.6 * n_rows, sharex=True, sharey=True)
    fastest = max(field.speed.max() for field in fields.values())
    panels = axes.ravel()
    for ax, (name, field) in zip(panels, fields.items(), strict=False):
        arrows = ax.quiver(
            *field.position.T,
            *field.change.T,
            field.speed,
            cmap="viridis_r",
            angles="xy",
            scale_units="xy",
            scale=2.5,
            width=0.008,
            clim=(0, fastest),
        )
        draw_readouts(ax, mechanism.space, 2.6)
        draw_fixed_points(
            ax, mechanism.space, mechanism.fixed_points[name], mechanism.linearised[name]
        )
        ax.set_title(name)
        ax.set_aspect("equal")
    for ax in panels[len(fields) :]:
        ax.set_visible(False)
    for ax in axes[-1]:
        ax.set_xlabel("PC1")
    for ax in axes[:, 0]:
        ax.set_ylabel("PC2")
    figure.colorbar(
        arrows,
        ax=axes,
        label="change in one step, all units",
        location="bottom",
        aspect=50,
        pad=0.01,
    )
    _fixed_point_entries(panels[0])
    legend_below(figure, panels[0])
    return figure


@styled
def fig_fixed_point_search(mechanism: Mechanism) -> Figure:
    """Where the starts of the search ended, under each input.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("mechanism", mechanism, Mechanism)
    figure, axes = new_figure(height=4.9)
    ax = axes[0, 0]
    names = list(mechanism.fixed_points)
    shown = set()
    for place, name in enumerate(names):
        found, near = mechanism.fixed_points[name], mechanism.linearised[name]
        left = 0.0
        ends = [
            (n, "a stable fixed point" if stable else "an unstable fixed point")
            for n, stable in zip(found.n_reached, near.stable, strict=True)
        ]
        ends.append((found.n_starts - found.n_converged, "no fixed point"))
        looks = {
            "a stable fixed point": {"facecolor": SKY},
            "an unstable fixed point": {"facecolor": ORANGE, "hatch": "///"},
            "no fixed point": {"facecolor": "#e2e2e2", "hatch": "..."},
        }
        for n, end in ends:
            share = n / found.n_starts
            label = "_again" if end in shown else end
            ax.barh(place, share, 0.7, left=left, edgecolor="white", label=label, **looks[end])
            shown.add(end)
            left += share
        worst = f"{found.residual.max():.0e}" if len(found.points) else "none"
        ax.text(1.02, place, worst, va="center")
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlabel="fraction of starts that ended at", xlim=(0, 1))
    ax.set_title("largest\nresidual", loc="right", fontsize=11.5)
    ax.grid(False, axis="y")
    legend_below(figure, ax, n_columns=3)
    return figure


@styled
def fig_eigenvalues(linearised: Linearisation, *, names: Sequence[str]) -> Figure:
    """Eigenvalues of the Jacobian at some points, on the unit circle.

    Parameters
    ----------
    linearised : Linearisation
    names : sequence of str
        Of its points, in order.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_points(linearised, names)
    n = len(names)
    figure, axes = new_figure(1, n, height=1.5 + 5.4 / max(n, 2), sharey=True)
    angle = np.linspace(0, 2 * np.pi, 200)
    for ax, name, values in zip(axes[0], names, linearised.eigenvalues, strict=True):
        ax.plot(np.cos(angle), np.sin(angle), color=GREY, linewidth=1.2, label="modulus 1")
        inside = np.abs(values) < 1
        ax.plot(
            values.real[inside],
            values.imag[inside],
            linestyle="none",
            marker="o",
            markersize=4.5,
            color=BLUE,
            label="decays",
        )
        ax.plot(
            values.real[~inside],
            values.imag[~inside],
            linestyle="none",
            marker="X",
            markersize=9,
            color=VERMILLION,
            label="grows",
        )
        ax.set(title=name, xlabel="real part", xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))
        ax.set_aspect("equal")
        ax.xaxis.set_major_locator(MaxNLocator(3))
    axes[0, 0].set_ylabel("imaginary part")
    legend_below(figure, *axes[0], n_columns=3)
    return figure


@styled
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

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_points(linearised, names)
    checks.number("steps_per_trial", steps_per_trial, above=0)
    checks.integer("n_modes", n_modes, low=1)
    figure, axes = new_figure(height=5.0)
    ax = axes[0, 0]
    dashes = ((0, (1, 2)), (0, (6, 3)), (0, (4, 2, 1, 2)))
    for (label, value), dash in zip((references or {}).items(), dashes, strict=False):
        ax.axhline(value, color=BLACK, linestyle=dash, linewidth=1.3, label=label)
    n_modes = min(n_modes, linearised.eigenvalues.shape[1])
    rank = np.arange(1, n_modes + 1)
    for name, times, colour, marker in zip(
        names, linearised.time_constants, (BLUE, ORANGE, SKY, GREY), "osDv", strict=False
    ):
        trials = times[:n_modes] / steps_per_trial
        grows = trials < 0
        ax.plot(rank, np.abs(trials), color=colour, linewidth=1, zorder=2)
        mark = {"linestyle": "none", "marker": marker, "color": colour, "markersize": 8}
        ax.plot(rank[~grows], trials[~grows], label=name, **mark)
        if grows.any():
            ax.plot(
                rank[grows],
                -trials[grows],
                **{**mark, "marker": "X", "markersize": 11, "color": VERMILLION},
                label=f"{name}: grows",
            )
    ax.set_yscale("log")
    ax.set(xlabel="mode, slowest first", ylabel="time constant (trials)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, ax)
    return figure


@styled
def fig_basins(basins: Basins, mechanism: Mechanism, *, condition: str) -> Figure:
    """Which attractor the network comes to from each place of the PC plane.

    Parameters
    ----------
    basins : Basins
        Of starts on a grid in that plane.
    mechanism : Mechanism
    condition : str
        Under which the basins were found.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("basins", basins, Basins)
    check_kind("mechanism", mechanism, Mechanism)
    checks.choice("condition", condition, mechanism.fixed_points)
    figure, axes = new_figure(height=5.4)
    ax = axes[0, 0]
    position = in_plane(mechanism.space, basins.starts)
    colours = ListedColormap(["#bdbdbd", "#f7d3b5", "#a9cfe8", "#d9c6e8", "#cfe8cf"])
    markers = "x<>^v"
    order = np.argsort(in_plane(mechanism.space, basins.attractors)[:, 0])
    names = ["no attractor", *(f"attractor {k + 1} from the left" for k in range(len(order)))]
    if len(order) == 2:
        names[1:] = ["the left attractor", "the right attractor"]
    rank = np.append(np.argsort(order), -1)[basins.label]
    for k in range(-1, min(len(order), 4)):
        here = rank == k
        if here.any():
            ax.plot(
                *position[here].T,
                linestyle="none",
                marker=markers[k + 1],
                color=colours(k + 1),
                markersize=7,
                label=f"ends at {names[k + 1]}",
            )
    draw_readouts(ax, mechanism.space, 2.6)
    found, near = mechanism.fixed_points[condition], mechanism.linearised[condition]
    draw_fixed_points(ax, mechanism.space, found, near)
    _fixed_point_entries(ax)
    space = mechanism.space
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1), title=condition, aspect="equal")
    legend_below(figure, ax)
    return figure


def draw_fixed_points(ax, space: StateSpace, found: FixedPoints, near: Linearisation) -> None:
    """Fixed points in the PC plane, filled if stable; outliers are left out."""
    for wanted, look in ((True, STABLE), (False, UNSTABLE)):
        points = found.points[(near.stable == wanted) & ~found.outlier]
        if len(points):
            ax.plot(*in_plane(space, points).T, **MARK, **{**look, "label": "_point"})


def _fixed_point_entries(ax) -> None:
    for look in (STABLE, UNSTABLE):
        ax.plot([], [], **MARK, **look)


def _check_points(linearised: Linearisation, names: Sequence[str]) -> None:
    check_kind("linearised", linearised, Linearisation)
    if not len(names) or len(names) != len(linearised.eigenvalues):
        raise ValueError(
            f"names must be one for each of {len(linearised.eigenvalues)} points, at least one, "
            f"got {len(names)}"
        )
