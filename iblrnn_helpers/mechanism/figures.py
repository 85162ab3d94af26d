"""The dynamics in pictures: Fig. 7c of the paper, fixed points and modes, a line attractor?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from ..core import checks
from ..core import plot_style as style
from ..core.fixed_points import FixedPoints
from ..representations.figures import draw_others, draw_readouts, pc_label
from ..representations.plane import Plane
from ..representations.state_space import StateSpace, in_plane
from .claims import AT_REST, Dynamics
from .dynamics import Basins, Linearisation, VectorField, time_constants
from .reductions import SlowManifold
from .trial_map import TrialFixedPoints

# Fixed points that a figure is given; the second of a pair says which of them are stable.
Points = FixedPoints | np.ndarray | tuple[FixedPoints | np.ndarray, Linearisation | np.ndarray]
FIXED_POINT = {"marker": "o", "linestyle": "none", "markeredgecolor": style.BLACK, "markersize": 9}
FILLINGS = {True: style.BLUE, False: "white"}  # by stability
ENDS = {
    "a stable fixed point": {"color": style.SKY},
    "an unstable fixed point": {"color": style.ORANGE, "hatch": "///"},
    "no fixed point": {"color": "#e2e2e2", "hatch": "..."},
}
ENDS_UNKNOWN = "a fixed point"
PLACES = ("#bdbdbd", "#f7d3b5", "#a9cfe8", "#d9c6e8", "#cfe8cf")  # by attractor
DASHED = {**style.DASHED, "linewidth": 1.5}
N_MODES = 8  # of a Jacobian


@style.panels
def fig_7c_vector_fields(
    figure,
    fields: Mapping[str, VectorField],
    plane: Dynamics | StateSpace | Plane,
    *,
    points: Mapping[str, Points] | None = None,
):
    """One step of the network in the PC plane, under each input (Fig. 7c).

    Parameters
    ----------
    fields : dict of condition's name to VectorField
        Of a Dynamics, names are those of its conditions.
    plane : Dynamics, StateSpace or Plane
        Whose readouts, and of a Dynamics fixed points, are drawn.
    points : dict of condition's name to points, optional
        Fixed points where the plane is no Dynamics: states (n, n_units) or FixedPoints, or a pair
        of these and of Linearisation or (n,) bool, which of them are stable.  Outliers among
        FixedPoints are left out.
    """
    shape = {"rest": 1.8, "row_height": 2.6, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(fields), 2, **shape)
    fastest = max(field.speed.max() for field in fields.values())
    for ax, (name, field) in zip(axes.flat, fields.items(), strict=False):
        arrows = ax.quiver(
            *field.position.T, *field.change.T, field.speed, cmap="viridis_r", clim=(0, fastest),
            angles="xy", scale_units="xy", scale=2.5, width=0.008,
        )  # fmt: skip
        space = _draw_plane(ax, plane, name, (points or {}).get(name))
        first, second = space.names if isinstance(space, Plane) else ("PC1", "PC2")
        ax.set(title=name, xlabel=first, ylabel=second)
        ax.label_outer()
    look = {"location": "bottom", "aspect": 50, "pad": 0.01}
    shown = list(axes.flat[: len(fields)])
    figure.colorbar(arrows, ax=shown, label="change in one step, all units", **look)


@style.panel(height=4.9, n_columns=3)
def fig_fixed_point_search(
    ax,
    found: Dynamics | Mapping[str, FixedPoints],
    linearised: Mapping[str, Linearisation | np.ndarray] | None = None,
):
    """Where the starts of the search ended, under each input.

    Parameters
    ----------
    found : Dynamics, or dict of condition's name to FixedPoints
    linearised : dict of condition's name to Linearisation or (n,) bool, optional
        At these points, or which of them are stable.  A Dynamics has its own.
    """
    if isinstance(found, Dynamics):
        found, linearised = found.fixed_points, found.linearised
    stable, unstable, nowhere = ENDS
    for place, (name, searched) in enumerate(found.items()):
        kinds = [ENDS_UNKNOWN] * len(searched.points)
        if linearised is not None:
            kinds = np.where(_stability(linearised[name], searched.points), stable, unstable)
        ends = [*kinds, nowhere]
        n_ended = [*searched.n_reached, searched.n_starts - searched.n_converged]
        left = np.cumsum([0, *n_ended]) / searched.n_starts
        for end, start, width in zip(ends, left[:-1], np.diff(left), strict=True):
            look = ENDS.get(end, ENDS[stable])
            ax.barh(name, width, 0.7, left=start, edgecolor="white", **look)
        worst = f"{searched.residual.max():.0e}" if len(searched.points) else "none"
        ax.text(1.02, place, worst, va="center")
    shown = {ENDS_UNKNOWN: ENDS[stable], nowhere: ENDS[nowhere]} if linearised is None else ENDS
    for end, look in shown.items():
        ax.barh(0, 0, 0.7, edgecolor="white", label=end, **look)
    ax.invert_yaxis()
    ax.set(xlabel="fraction of starts that ended at", xlim=(0, 1))
    ax.set_title("largest\nresidual", loc="right", fontsize=11.5)
    ax.grid(False, axis="y")


@style.panels(n_columns=3)
def fig_eigenvalues(figure, linearised: Linearisation | np.ndarray, *, names: Sequence[str]):
    """Eigenvalues of the Jacobian at some points, named in order, on the unit circle.

    ``linearised`` may be the eigenvalues themselves, (n_points, n_state) complex.
    """
    eigenvalues = _eigenvalues(linearised, names)
    height = 1.5 + 5.4 / max(len(names), 2)
    axes = style.grid(figure, 1, len(names), height=height, sharey=True)[0]
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    reach = max(1.15, np.abs(eigenvalues).max() + 0.12)
    looks = {"palette": [style.BLUE, style.VERMILLION], "markers": ["o", "X"], "sizes": [36, 120]}
    for ax, name, values in zip(axes, names, eigenvalues, strict=True):
        ax.plot(circle.real, circle.imag, color=style.GREY, linewidth=1.2, label="modulus 1")
        kind = np.where(np.abs(values) < 1, "decays", "grows")
        by_kind = {f"{key}_order": ["decays", "grows"] for key in ("hue", "style", "size")}
        sns.scatterplot(
            x=values.real, y=values.imag, hue=kind, style=kind, size=kind, **by_kind, **looks, ax=ax
        )
        ax.get_legend().remove()
        ax.set(title=name, xlabel="real part", xlim=(-reach, reach), ylim=(-reach, reach))
        ax.set_aspect("equal")
        ax.xaxis.set_major_locator(MaxNLocator(3))
    axes[0].set_ylabel("imaginary part")


@style.panel(height=5.0)
def fig_time_constants(
    ax,
    linearised: Linearisation | np.ndarray,
    *,
    names: Sequence[str],
    steps_per_trial: float | None = None,
    references: Mapping[str, float] | None = None,
):
    """Time constants of the slowest modes at some points, in trials or steps.

    Parameters
    ----------
    linearised : Linearisation, or (n_points, n_state) complex
        Or the eigenvalues themselves.
    names : sequence of str
        Of its points, in order.
    steps_per_trial : float, optional
        Where omitted, times are in steps.
    references : dict of str to float, optional
        Labelled durations, e.g. the length of a block.
    """
    style.draw_references(ax, references)
    times = time_constants(_eigenvalues(linearised, names))[:, :N_MODES].T
    unit = "steps" if steps_per_trial is None else "trials"
    times = times / (1.0 if steps_per_trial is None else steps_per_trial)
    table = pd.DataFrame(times, index=np.arange(1, len(times) + 1), columns=list(names))
    look = {"palette": "colorblind", "markers": True, "markersize": 8, "linewidth": 1}
    sns.lineplot(table.abs(), **look, ax=ax)
    ax.get_legend().remove()
    grows = -table[table < 0].stack().dropna()
    ax.plot(grows.index.get_level_values(0), grows, "k*", markersize=14, label="grows")
    ax.set(xlabel="mode, slowest first", ylabel=f"time constant ({unit})")
    _plain_log(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


@style.panel(height=5.4)
def fig_basins(
    ax,
    basins: Basins,
    plane: Dynamics | StateSpace | Plane,
    *,
    condition: str = "",
    points: Points | None = None,
    names: Sequence[str] | None = None,
):
    """Which attractor the network comes to from each place of the PC plane.

    Parameters
    ----------
    basins : Basins
        Of starts on a grid in that plane, under the condition.
    plane : Dynamics, StateSpace or Plane
    condition : str
        The title; of a Dynamics, one of its conditions, whose fixed points are drawn.
    points : points, optional
        Fixed points where the plane is no Dynamics, as of :func:`fig_7c_vector_fields`.
    names : sequence of str, optional
        Of the attractors, in their order; else they are counted from the left.
    """
    space = _space_of(plane)
    order = np.argsort(in_plane(space, basins.attractors)[:, 0])
    if names is None:
        shown = [f"attractor {k + 1} from the left" for k in range(len(order))]
        shown = ["the left attractor", "the right attractor"] if len(order) == 2 else shown
    elif len(names) != len(order):
        raise ValueError(f"names must be of {len(order)} attractors, got {len(names)}")
    else:
        shown = [names[k] for k in order]
    labels = np.array([f"ends at {name}" for name in ("no attractor", *shown)])
    end = labels[np.append(np.argsort(order) + 1, 0)[basins.label]]
    x, y = in_plane(space, basins.starts).T
    places, markers = PLACES, "X<>^v"
    if len(labels) > len(PLACES):
        places = (PLACES[0], *sns.color_palette("husl", len(order), desat=0.6))
        markers = itertools.chain("X", itertools.cycle("<>^vsDoPphd*8"))
    looks = {"palette": dict(zip(labels, places, strict=False)), "s": 55, "linewidth": 0}
    looks |= {"markers": dict(zip(labels, markers, strict=False))}
    shown = [name for name in labels if name in end]
    sns.scatterplot(
        x=x, y=y, hue=end, style=end, hue_order=shown, style_order=shown, ax=ax, **looks
    )
    ax.get_legend().remove()
    _draw_plane(ax, plane, condition, points)
    ax.set_title(condition)


@style.panel(height=5.4)
def fig_slow_manifold(
    ax,
    plane: Dynamics | StateSpace | Plane,
    visited: np.ndarray,
    *,
    manifold: SlowManifold | None = None,
    points: Points | None = None,
):
    """The curve to which states shrink without input, among visited states in the PC plane.

    Parameters
    ----------
    plane : Dynamics, StateSpace or Plane
    visited : (n_rows, n_units) float
        States drawn behind it, a few thousand.
    manifold : SlowManifold
        The curve.  A Dynamics has its own.
    points : points, optional
        Fixed points where the plane is no Dynamics, as of :func:`fig_7c_vector_fields`.
    """
    space, words = _space_of(plane), " under this input"
    if isinstance(plane, Dynamics):
        manifold, words = plane.manifold, " without input"
    checks.kind("manifold", manifold, SlowManifold)
    cloud = {"markersize": 2, "color": "#cfcfcf", "label": "visited states"}
    ax.plot(*in_plane(space, visited).T, ".", **cloud)
    curve = {"color": style.BLUE, "linewidth": 4, "alpha": 0.75, "zorder": 4}
    label = f"after {manifold.n_steps} steps{words}"
    ax.plot(*in_plane(space, manifold.path).T, label=label, **curve)
    _draw_plane(ax, plane, AT_REST, points)


@style.panels(n_columns=3)
def fig_along_manifold(figure, manifolds: Mapping[str, SlowManifold]):
    """Movement along the slow manifold, and how quickly it lets go, of every network.

    Parameters
    ----------
    manifolds : dict of network's name to SlowManifold
        The main network first.
    """
    axes = style.grid(figure, 2, 1, height=6.0, sharex=True)[:, 0]
    (name, main), *others = manifolds.items()
    for ax, quantity, on_a_line in zip(axes, ("drift", "leading"), (0, 1), strict=True):
        look = {"color": style.BLUE, "linewidth": 2.4, "label": name, "zorder": 3}
        ax.plot(main.place, getattr(main, quantity), **look)
        draw_others(ax, [(one.place, getattr(one, quantity)) for _, one in others])
        ax.axhline(on_a_line, label="a line of fixed points", **DASHED)
    axes[0].set_ylabel("drift in one step")
    axes[1].set_ylabel("largest |eigenvalue|")
    axes[1].set_xlabel("place along the slow manifold (to the right)")


@style.panels
def fig_trial_fixed_points(figure, results: Mapping[str, TrialFixedPoints]):
    """Where the network settles from trial to trial, by how often the stimulus is on the right.

    Parameters
    ----------
    results : dict of network's name to TrialFixedPoints
        The main network first.
    """
    above, below = style.grid(figure, 2, 1, height=6.0, sharex=True)[:, 0]
    for k, (name, found) in enumerate(results.items()):
        color, size, zorder = (style.GREY, 3.5, 1.9) if k else (style.BLUE, 7, 2)
        for stable, kind in ((True, "settles here"), (False, "threshold between")):
            look = {"color": color, "markersize": size, "zorder": zorder}
            look["markerfacecolor"] = color if stable else "white"
            look["label"] = "other networks" if k else f"{name}: {kind}"
            shown = found.stable == stable
            above.plot(found.p_right[shown], found.block[shown], "o", **look)
            if stable:
                below.plot(found.p_right[shown], found.decay[shown], "o", **look)
    for ax in (above, below):
        for p in (0.2, 0.8):
            ax.axvline(p, color=style.BLACK, linestyle=":", label="left, right block")
    above.set(ylabel="place along\nblock readout")
    low, high = below.get_ylim()
    below.set_ylim(min(low, 1), max(high, 10))
    _plain_log(below)
    below.set(ylabel="decay (trials)", xlabel="probability that the stimulus is on the right")


def _plain_log(ax) -> None:
    """A logarithmic y axis with plain numbers, 1, 2, 5 in each decade."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())


def draw_fixed_points(ax, points: np.ndarray, stable: np.ndarray | None) -> None:
    """Fixed points (n, 2), filled where stable, and what either filling means for the legend.

    Grey where nothing is known of their stability.
    """
    if stable is None:
        ax.plot(*points.T, label="fixed point", markerfacecolor=style.GREY, zorder=6, **FIXED_POINT)
        return
    for wanted, colour in FILLINGS.items():
        look = {**FIXED_POINT, "markerfacecolor": colour, "zorder": 6}
        label = f"{'' if wanted else 'un'}stable fixed point"
        ax.plot(*points[stable == wanted].T, label=label, **look)


def _eigenvalues(linearised: Linearisation | np.ndarray, names: Sequence[str]) -> np.ndarray:
    values = getattr(linearised, "eigenvalues", linearised)
    if np.ndim(values) != 2 or len(values) != len(names):
        raise ValueError(
            f"linearised must be of {len(names)} points, as names are, got eigenvalues of shape "
            f"{np.shape(values)}"
        )
    return np.asarray(values)


def _stability(stable: Linearisation | np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n,) bool of n points."""
    stable = np.asarray(getattr(stable, "stable", stable))
    if stable.dtype != bool or stable.shape != (len(points),):
        raise ValueError(
            f"stability must be {len(points)} times True or False, one for each point, got "
            f"{stable.dtype} of shape {stable.shape}"
        )
    return stable


def _shown_points(points: Points) -> tuple[np.ndarray, np.ndarray | None]:
    """States (n, n_units) that are drawn, and which of them are stable, if that is known."""
    points, stable = points if isinstance(points, tuple) else (points, None)
    states = points.points if isinstance(points, FixedPoints) else np.asarray(points)
    stable = None if stable is None else _stability(stable, states)
    if isinstance(points, FixedPoints):
        near = ~points.outlier
        states, stable = states[near], None if stable is None else stable[near]
    return states, stable


def _space_of(plane: Dynamics | StateSpace | Plane) -> StateSpace | Plane:
    space = plane.space if isinstance(plane, Dynamics) else plane
    if not isinstance(space, StateSpace | Plane):
        kind = type(plane).__name__
        raise ValueError(f"plane must be a Dynamics, a StateSpace or a Plane, got a {kind}")
    return space


def _draw_plane(ax, plane, condition: str, points: Points | None) -> StateSpace | Plane:
    """The plane's readouts and fixed points; outliers are left out."""
    space = _space_of(plane)
    if isinstance(plane, Dynamics) and points is None:
        checks.choice("condition", condition, plane.fixed_points)
        points = plane.fixed_points[condition], plane.linearised[condition]
    length = 0.6 * np.abs(ax.dataLim.get_points()).max() if isinstance(space, Plane) else 2.6
    draw_readouts(ax, space, length)
    if points is not None:
        states, stable = _shown_points(points)
        draw_fixed_points(ax, in_plane(space, states), stable)
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1), aspect="equal")
    return space
