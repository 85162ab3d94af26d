"""The two units themselves: their circuit, their weights, where they go and where they stand still.

Source: Schaeffer et al. 2020, section 3.3.3 and Fig. 8b.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from ..core import plot_style as style
from ..mechanism.figures import draw_fixed_points
from ..mechanism.reductions import PhasePlane
from ..task.session import Session
from .closed_form import Intervals
from .model import DistilledModel

AXIS_NAMES = ("stimulus belief", "block belief")
INPUT_NAMES = ("$o^L$", "$o^R$", "$r$")
PARTS = ("recurrent", "inputs")
EXCITES = {"color": style.BLUE, "linestyle": "-"}
INHIBITS = {"color": style.VERMILLION, "linestyle": (0, (2, 1))}
RADIUS = 0.56  # of a unit
LOOP = ((1, 0.5), (3, 0.5), (3, -0.5), (1.05, -0.5))  # corners: radii away, and turned how far
INPUTS_AT = np.array([[-1.08, -1.55], [0.0, -1.55], [1.08, -1.55]])  # seen from their unit
NULLCLINES = ((style.BLACK, "-"), (style.GREEN, "--"))
N_ARROWS = 10  # along each side
SHORTER = 2.5  # arrows are drawn so many times shorter than the step


@style.panel
def fig_circuit(
    ax,
    model: DistilledModel,
    names: Sequence[str],
    *,
    intervals: Intervals | None = None,
    published: Mapping[str, np.ndarray] | None = None,
):
    """The distilled units, what they do to themselves and to each other, and their inputs.

    Widths of arrows rise in proportion to weights.

    Parameters
    ----------
    model : DistilledModel
        Of one unit or two, and the task's inputs; for more units see :func:`fig_matrices`.
    names : sequence of str
        Of the units.
    intervals : Intervals, optional
        Of the weights, e.g. ``RADD.intervals_``.
    published : dict of "recurrent", "inputs" to array, optional
        Weights to write beside.
    """
    if model.n_units > 2:
        raise ValueError(f"model must have at most 2 units, got {model.n_units}")
    lines = {"weight": ("{:+.3f}", {part: getattr(model, part) for part in PARTS})}
    if intervals is not None:
        half = {part: np.ptp(getattr(intervals, part), axis=0) / 2 for part in PARTS}
        lines["± half its 95% interval"] = "± {:.3f}", half
    if published is not None:
        lines["[published]"] = "[{:+.3f}]", dict(published)
    n_lines = len(lines) - 1  # below each weight
    written = {part: _texts(*((form, of[part]) for form, of in lines.values())) for part in PARTS}
    style.set_height(ax.figure, 5.0 + 0.3 * n_lines)
    ax.set_title(", ".join(lines) if n_lines else "")

    places = np.array([[(2 * k - model.n_units + 1) * 1.75, 0.0] for k in range(model.n_units)])
    text = {"fontsize": 11, "ha": "center", "va": "center", "linespacing": 1.15}
    unit = {"facecolor": "white", "edgecolor": style.BLACK, "linewidth": 2, "zorder": 3}
    for place, name in zip(places, names, strict=True):
        ax.add_patch(Circle(place, RADIUS, **unit))
        ax.text(
            *place,
            name.replace(" ", "\n"),
            **text | {"color": style.BLACK, "fontsize": 12, "zorder": 4},
        )
        for at, name in zip(place + INPUTS_AT, INPUT_NAMES, strict=True):
            ax.text(at[0], at[1] - 0.2, name, **text | {"fontsize": 13})
    widest = max(np.abs(model.recurrent).max(), np.abs(model.inputs).max()) or 1.0
    for part, to, source, way, beside in _arrows(places, n_lines):
        weight = getattr(model, part)[to, source]
        width = 0.7 + 7.0 * abs(weight) / widest
        look = {"arrowstyle": "-|>", "mutation_scale": 11 + 1.6 * width, "linewidth": width}
        look |= {**(INHIBITS if weight < 0 else EXCITES), "gid": f"{part} {to} {source}"}
        ax.add_patch(FancyArrowPatch(zorder=2, shrinkA=0, shrinkB=0, **look, **way))
        ax.text(*beside, written[part][to, source], **text)
    ax.plot([], [], linewidth=3, label="excites (weight above 0)", **EXCITES)
    ax.plot([], [], linewidth=3, label="inhibits (weight below 0)", **INHIBITS)
    reach = np.abs(places[:, 0]).max() + 1.75
    ax.set(xlim=(-reach, reach), ylim=(-2.35 - 0.2 * n_lines, 1.95), aspect="equal")
    ax.axis("off")


def _arrows(places: np.ndarray, n_lines: int) -> Iterator[tuple]:
    """Of each weight: part, to, from, its arrow's way, and where its text stands.

    Units are side by side, a loop above each, its inputs below; texts of more lines need more room.
    """
    up, bow, off = np.array([0.0, 1.0]), 0.22, 0.45  # off the line between centres, in radians
    room = 0.09 * n_lines * up
    for to, place in enumerate(places):
        for source, other in enumerate(places):
            if source == to:
                points = [place + RADIUS * far * _upwards(turn) for far, turn in LOOP]
                loop = {"path": Path(points, [Path.MOVETO, *3 * [Path.CURVE4]])}
                yield "recurrent", to, source, loop, place + 1.5 * up + room
                continue
            side = np.sign(place[0] - other[0])  # each direction bows to its own left
            start = other + side * RADIUS * np.array([np.cos(off), np.sin(off)])
            end = place + side * RADIUS * np.array([-np.cos(off), np.sin(off)])
            top = (start + end) / 2 + side * bow / 2 * np.linalg.norm(end - start) * up
            way = {"posA": start, "posB": end, "connectionstyle": f"arc3,rad={-bow}"}
            yield "recurrent", to, source, way, top + side * (0.22 * up + room)
        for k, at in enumerate(INPUTS_AT):
            way = {"posA": place + at, "posB": place - RADIUS * _upwards(0.46 * at[0])}
            yield "inputs", to, k, way, place + at - (0.47 + 0.1 * n_lines) * up


def _upwards(turn: float) -> np.ndarray:
    return np.array([-np.sin(turn), np.cos(turn)])


def _texts(*written: tuple[str, np.ndarray]) -> np.ndarray:
    """What is written of each weight, a line for each form and its values."""
    forms, values = zip(*written, strict=True)
    text = np.vectorize("\n".join(forms).format)
    return np.char.replace(text(*values), "-", "−")


@style.panels
def fig_matrices(
    figure,
    models: Sequence[DistilledModel],
    names: Sequence[str],
    *,
    published: Mapping[str, np.ndarray],
):
    """Weights as matrices: the published ones, the main network's, and all networks'.

    Parameters
    ----------
    models : sequence of DistilledModel
        One for each network, the main one's first, all of one shape and of the task's inputs.
    names : sequence of str
        Of the units.
    published : dict of "recurrent", "inputs" to array
    """
    titles = ["published", "main network", f"{len(models)} networks, mean ± SD"]
    titles = titles if len(models) > 1 else titles[:2]
    n = len(names)
    size = {"height": 1.3 + len(titles) * (0.45 + 0.55 * n), "sharex": "col"}
    axes = style.grid(figure, len(titles), 2, width_ratios=(n, len(INPUT_NAMES)), **size)
    what = "recurrent weights A′, from", "input weights B′, from"
    for k, (part, sources) in enumerate(zip(PARTS, (names, INPUT_NAMES), strict=True)):
        stack = np.stack([getattr(model, part) for model in models])
        weight = "{:+.3f}"
        rows = [[(weight, np.asarray(published[part]))], [(weight, stack[0])]]
        if len(models) > 1:
            spread = "± {:.3f}", stack.std(axis=0, ddof=1)
            rows.append([(weight, stack.mean(axis=0)), spread])
        limit = max(np.abs(row[0][1]).max() for row in rows) or 1.0
        look = {"limit": limit, "cbar": False, "fmt": ""}
        look["xticklabels"] = [name.replace(" ", "\n") for name in sources]
        look["yticklabels"] = [f"to {name}" for name in names] if k == 0 else False
        for ax, title, row in zip(axes[:, k], titles, rows, strict=True):
            style.heatmap(ax, row[0][1], annot=_texts(*row), **look)
            ax.set_title(title if k == 0 else "", loc="left", fontsize=12.5)
        ax.set_xlabel(what[k])


@style.panels
def fig_8b_trajectories(
    figure,
    coordinates: Mapping[str, np.ndarray],
    session: Session,
    *,
    first: int,
    n_trials: int = 10,
):
    """States at every step of consecutive trials, system beside system (Fig. 8b).

    Parameters
    ----------
    coordinates : dict of system's name to (n_rows, 2) float
        At every step of the session: stimulus and block belief.
    session : Session
        In which both systems had the same inputs.
    first : int
        First trial drawn, counted through all sessions, e.g. some trials
        before a block change.
    n_trials : int
        How many, of the same session.
    """
    shown, start = np.arange(first, first + n_trials), session.row_start
    switches = shown[1:][np.diff(session.trials.block[shown]) != 0]
    rows = np.arange(int(start[first]), int(start[shown[-1] + 1]))
    axes = style.grid(figure, 1, len(coordinates), height=4.9, sharex=True, sharey=True)
    by_trial = {"c": session.row_trial[rows] - first + 1, "cmap": "viridis", "vmin": 1}
    star = {"color": style.ORANGE, "markersize": 16, "markeredgecolor": style.BLACK, "zorder": 5}
    for ax, (system, z) in zip(axes[0], coordinates.items(), strict=True):
        ax.plot(*z[rows].T, color=style.GREY, linewidth=0.9, zorder=2)
        dots = {"s": 24, "edgecolors": "none", "zorder": 3}
        colours = ax.scatter(*z[rows].T, vmax=n_trials, **by_trial, **dots)
        _draw_ends(ax, z[start[shown + 1] - 1], session.choice[shown], session.correct[shown])
        for trial in switches:
            ax.plot(*z[start[trial]], "*", label="first step of a new block", **star)
        ax.axhline(0, color=style.GREY, linewidth=0.8, zorder=1)
        ax.axvline(0, color=style.GREY, linewidth=0.8, zorder=1)
        ax.set(title=system, xlabel=AXIS_NAMES[0])
    axes[0, 0].set_ylabel(AXIS_NAMES[1])
    whole = MaxNLocator(5, integer=True)
    figure.colorbar(colours, ax=axes, shrink=0.85, label="trial", ticks=whole)


def _draw_ends(ax, ends: np.ndarray, choices: np.ndarray, correct: np.ndarray) -> None:
    """Where each trial ended: the mark's shape is the choice, its filling the feedback to come."""
    look = {"markersize": 8.5, "markeredgecolor": style.BLACK, "zorder": 4}
    for choice, name in ((-1, "left"), (1, "right"), (0, "no choice")):
        marker = style.SIDE_STYLES.get(choice, {"marker": "X"})["marker"]
        for outcome, face, how in ((True, style.BLACK, ", correct"), (False, "white", ", wrong")):
            here = (choices == choice) & (correct == outcome)
            if here.any():
                label = name + (how if choice else "")
                ax.plot(*ends[here].T, marker, markerfacecolor=face, label=label, **look)


@style.panels
def fig_phase_plane(
    figure,
    systems: Mapping[str, Mapping[str, PhasePlane]],
    *,
    names: tuple[str, str] = AXIS_NAMES,
):
    """One step under constant inputs, where each coordinate stands still, and fixed points.

    Parameters
    ----------
    systems : dict of system's name to dict of condition's name to PhasePlane
        Of :func:`iblrnn_helpers.mechanism.reductions.phase_planes`, of the same conditions and
        coordinates; a column each.
    names : (str, str)
        Of the coordinates.
    """
    conditions = list(next(iter(systems.values())))
    shape = {"height": 1.2 + 2.5 * len(conditions), "sharex": True, "sharey": True}
    axes = style.grid(figure, len(conditions), len(systems), **shape)
    for column, (system, planes) in zip(axes.T, systems.items(), strict=True):
        for ax, condition in zip(column, conditions, strict=True):
            _draw_plane(ax, planes[condition], names)
            ax.set_title(f"{system}\n{condition}", fontsize=12 if len(systems) < 3 else 11)
            ax.locator_params(nbins=4)
            ax.label_outer()


def _draw_plane(ax, plane: PhasePlane, names: Sequence[str]) -> None:
    few = max(1, len(plane.x) // N_ARROWS)
    some = slice(few // 2, None, few)
    x, y = np.meshgrid(plane.x[some], plane.y[some])
    look = {"color": "#9a9a9a", "angles": "xy", "scale_units": "xy", "scale": SHORTER}
    ax.quiver(x, y, *np.moveaxis(plane.change[some, some], -1, 0), width=0.008, zorder=1.5, **look)
    for k, (name, (colour, dash)) in enumerate(zip(names, NULLCLINES, strict=True)):
        ax.plot([], [], color=colour, linestyle=dash, label=f"{name} stands still")
        moved = plane.change[..., k]
        if moved.min() < 0 < moved.max():  # else the coordinate stands still nowhere
            look = {"colors": colour, "linestyles": dash, "linewidths": 1.8}
            ax.contour(plane.x, plane.y, moved, levels=[0], **look)
    draw_fixed_points(ax, plane.fixed_points.points, plane.linearised.stable)
    ax.set(xlim=plane.x[[0, -1]], ylim=plane.y[[0, -1]], xlabel=names[0], ylabel=names[1])
