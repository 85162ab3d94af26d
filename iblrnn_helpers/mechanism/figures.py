"""The dynamics in pictures: Fig. 7c of the paper, fixed points and modes, a line attractor?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from ..core import plot_style as style
from ..representations.figures import draw_others, draw_readouts, pc_label
from ..representations.state_space import in_plane
from .claims import AT_REST, Dynamics
from .dynamics import Basins, Linearisation, VectorField
from .reductions import SlowManifold, TrialFixedPoints

FIXED_POINT = {"marker": "o", "linestyle": "none", "markeredgecolor": style.BLACK, "markersize": 9}
FILLINGS = {True: style.BLUE, False: "white"}  # by stability
ENDS = {
    "a stable fixed point": {"color": style.SKY},
    "an unstable fixed point": {"color": style.ORANGE, "hatch": "///"},
    "no fixed point": {"color": "#e2e2e2", "hatch": "..."},
}
PLACES = ("#bdbdbd", "#f7d3b5", "#a9cfe8", "#d9c6e8", "#cfe8cf")  # by attractor
DASHED = {**style.DASHED, "linewidth": 1.5}
N_MODES = 8  # of a Jacobian


@style.panels
def fig_7c_vector_fields(figure, fields: Mapping[str, VectorField], dynamics: Dynamics):
    """One step of the network in the PC plane, under each input (Fig. 7c).

    Parameters
    ----------
    fields : dict of condition's name to VectorField
        Names are those of `CONDITIONS`.
    dynamics : Dynamics
        Whose fixed points and readouts are drawn.
    """
    shape = {"rest": 1.8, "row_height": 2.6, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(fields), 2, **shape)
    fastest = max(field.speed.max() for field in fields.values())
    for ax, (name, field) in zip(axes.flat, fields.items(), strict=False):
        arrows = ax.quiver(
            *field.position.T, *field.change.T, field.speed, cmap="viridis_r", clim=(0, fastest),
            angles="xy", scale_units="xy", scale=2.5, width=0.008,
        )  # fmt: skip
        _draw_plane(ax, dynamics, name)
        ax.set(title=name, xlabel="PC1", ylabel="PC2")
        ax.label_outer()
    look = {"location": "bottom", "aspect": 50, "pad": 0.01}
    shown = list(axes.flat[: len(fields)])
    figure.colorbar(arrows, ax=shown, label="change in one step, all units", **look)


@style.panel(height=4.9, n_columns=3)
def fig_fixed_point_search(ax, dynamics: Dynamics):
    """Where the starts of the search ended, under each input."""
    stable, unstable, nowhere = ENDS
    for place, (name, found) in enumerate(dynamics.fixed_points.items()):
        ends = [*np.where(dynamics.linearised[name].stable, stable, unstable), nowhere]
        n_ended = [*found.n_reached, found.n_starts - found.n_converged]
        left = np.cumsum([0, *n_ended]) / found.n_starts
        for end, start, width in zip(ends, left[:-1], np.diff(left), strict=True):
            ax.barh(name, width, 0.7, left=start, edgecolor="white", **ENDS[end])
        worst = f"{found.residual.max():.0e}" if len(found.points) else "none"
        ax.text(1.02, place, worst, va="center")
    for end, look in ENDS.items():
        ax.barh(0, 0, 0.7, edgecolor="white", label=end, **look)
    ax.invert_yaxis()
    ax.set(xlabel="fraction of starts that ended at", xlim=(0, 1))
    ax.set_title("largest\nresidual", loc="right", fontsize=11.5)
    ax.grid(False, axis="y")


@style.panels(n_columns=3)
def fig_eigenvalues(figure, linearised: Linearisation, *, names: Sequence[str]):
    """Eigenvalues of the Jacobian at some points, named in order, on the unit circle."""
    height = 1.5 + 5.4 / max(len(names), 2)
    axes = style.grid(figure, 1, len(names), height=height, sharey=True)[0]
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    looks = {"palette": [style.BLUE, style.VERMILLION], "markers": ["o", "X"], "sizes": [36, 120]}
    for ax, name, values in zip(axes, names, linearised.eigenvalues, strict=True):
        ax.plot(circle.real, circle.imag, color=style.GREY, linewidth=1.2, label="modulus 1")
        kind = np.where(np.abs(values) < 1, "decays", "grows")
        by_kind = {f"{key}_order": ["decays", "grows"] for key in ("hue", "style", "size")}
        sns.scatterplot(
            x=values.real, y=values.imag, hue=kind, style=kind, size=kind, **by_kind, **looks, ax=ax
        )
        ax.get_legend().remove()
        ax.set(title=name, xlabel="real part", xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))
        ax.set_aspect("equal")
        ax.xaxis.set_major_locator(MaxNLocator(3))
    axes[0].set_ylabel("imaginary part")


@style.panel(height=5.0)
def fig_time_constants(
    ax,
    linearised: Linearisation,
    *,
    names: Sequence[str],
    steps_per_trial: float,
    references: Mapping[str, float] | None = None,
):
    """Time constants of the slowest modes at some points, in trials.

    Parameters
    ----------
    linearised : Linearisation
    names : sequence of str
        Of its points, in order.
    steps_per_trial : float
    references : dict of str to float, optional
        Labelled durations in trials, e.g. the length of a block.
    """
    style.draw_references(ax, references)
    times = linearised.time_constants[:, :N_MODES].T / steps_per_trial
    table = pd.DataFrame(times, index=np.arange(1, len(times) + 1), columns=list(names))
    look = {"palette": "colorblind", "markers": True, "markersize": 8, "linewidth": 1}
    sns.lineplot(table.abs(), **look, ax=ax)
    ax.get_legend().remove()
    grows = -table[table < 0].stack().dropna()
    ax.plot(grows.index.get_level_values(0), grows, "k*", markersize=14, label="grows")
    ax.set(xlabel="mode, slowest first", ylabel="time constant (trials)")
    _plain_log(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


@style.panel(height=5.4)
def fig_basins(ax, basins: Basins, dynamics: Dynamics, *, condition: str):
    """Which attractor the network comes to from each place of the PC plane.

    Parameters
    ----------
    basins : Basins
        Of starts on a grid in that plane, under the condition.
    dynamics : Dynamics
    condition : str
    """
    space = dynamics.space
    order = np.argsort(in_plane(space, basins.attractors)[:, 0])
    names = [f"attractor {k + 1} from the left" for k in range(len(order))]
    names = ["the left attractor", "the right attractor"] if len(order) == 2 else names
    names = np.array([f"ends at {name}" for name in ("no attractor", *names)])
    end = names[np.append(np.argsort(order) + 1, 0)[basins.label]]
    x, y = in_plane(space, basins.starts).T
    looks = {"palette": dict(zip(names, PLACES, strict=False)), "s": 55, "linewidth": 0}
    looks |= {"markers": dict(zip(names, "X<>^v", strict=False))}
    shown = [name for name in names if name in end]
    sns.scatterplot(
        x=x, y=y, hue=end, style=end, hue_order=shown, style_order=shown, ax=ax, **looks
    )
    ax.get_legend().remove()
    _draw_plane(ax, dynamics, condition)
    ax.set_title(condition)


@style.panel(height=5.4)
def fig_slow_manifold(ax, dynamics: Dynamics, visited: np.ndarray):
    """The curve to which states shrink without input, among visited states in the PC plane.

    Parameters
    ----------
    dynamics : Dynamics
    visited : (n_rows, n_units) float
        States drawn behind it, a few thousand.
    """
    space, manifold = dynamics.space, dynamics.manifold
    cloud = {"markersize": 2, "color": "#cfcfcf", "label": "visited states"}
    ax.plot(*in_plane(space, visited).T, ".", **cloud)
    curve = {"color": style.BLUE, "linewidth": 4, "alpha": 0.75, "zorder": 4}
    label = f"after {manifold.n_steps} steps without input"
    ax.plot(*in_plane(space, manifold.path).T, label=label, **curve)
    _draw_plane(ax, dynamics, AT_REST)


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


def draw_fixed_points(ax, points: np.ndarray, stable: np.ndarray) -> None:
    """Fixed points (n, 2), filled where stable, and what either filling means for the legend."""
    for wanted, colour in FILLINGS.items():
        look = {**FIXED_POINT, "markerfacecolor": colour, "zorder": 6}
        label = f"{'' if wanted else 'un'}stable fixed point"
        ax.plot(*points[stable == wanted].T, label=label, **look)


def _draw_plane(ax, dynamics: Dynamics, condition: str) -> None:
    """The plane's readouts and fixed points; outliers are left out."""
    space, found = dynamics.space, dynamics.fixed_points[condition]
    near, stable = ~found.outlier, dynamics.linearised[condition].stable
    draw_readouts(ax, space, 2.6)
    draw_fixed_points(ax, in_plane(space, found.points)[near], stable[near])
    ax.set(xlabel=pc_label(space, 0), ylabel=pc_label(space, 1), aspect="equal")
