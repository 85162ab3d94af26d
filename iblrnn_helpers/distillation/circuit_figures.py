"""The two units themselves: their circuit, their weights, where they go and where they stand still.

Source: Schaeffer et al. 2020, section 3.3.3 and Fig. 8b.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
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
NULLCLINES = ((style.BLACK, "-"), (style.GREEN, "--"))
N_ARROWS = 10  # along each side
SHORTER = 2.5  # arrows are drawn so many times shorter than the step


@style.styled
def fig_circuit(
    model: DistilledModel,
    names: Sequence[str],
    *,
    intervals: Intervals | None = None,
    published: Mapping[str, np.ndarray] | None = None,
) -> Figure:
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
    title, more = "weight", {part: [] for part in PARTS}  # what stands below each weight
    if intervals is not None:
        title += ", ± half its 95% interval"
        for part in PARTS:
            low, high = getattr(intervals, part)
            more[part].append(("± {:.3f}", (high - low) / 2))
    if published is not None:
        title += ", [published]"
        for part in PARTS:
            more[part].append(("[{:+.3f}]", np.asarray(published[part])))
    written = {part: _texts(getattr(model, part), more[part]) for part in PARTS}
    n_lines = written["inputs"][0, 0].count("\n")
    figure, axes = style.new_figure(height=5.0 + 0.3 * n_lines)
    ax = axes[0, 0]
    _Circuit(ax, model, written, n_lines).draw(names)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.plot([], [], linewidth=3, label="excites (weight above 0)", **EXCITES)
    ax.plot([], [], linewidth=3, label="inhibits (weight below 0)", **INHIBITS)
    style.legend_below(figure, ax, title=title if n_lines else None)
    return figure


class _Circuit:
    """Where everything goes: units side by side, a loop above each, its inputs below."""

    def __init__(self, ax, model: DistilledModel, written: Mapping[str, np.ndarray], n_lines: int):
        self.ax, self.model, self.written, self.n_lines = ax, model, written, n_lines
        n = model.n_units
        self.places = np.array([[(2 * k - n + 1) * 1.75, 0.0] for k in range(n)])
        self.widest = max(np.abs(model.recurrent).max(), np.abs(model.inputs).max()) or 1.0

    def draw(self, names: Sequence[str]) -> None:
        for to, (place, name) in enumerate(zip(self.places, names, strict=True)):
            look = {"facecolor": "white", "edgecolor": style.BLACK, "lw": 2, "zorder": 3}
            self.ax.add_patch(Circle(place, RADIUS, **look))
            self._text(place, name.replace(" ", "\n"), fontsize=12, zorder=4)
            self._loop(to)
            self._inputs(to)
            for source in range(self.model.n_units):
                if source != to:
                    self._between(source, to)
        reach = np.abs(self.places[:, 0]).max() + 1.75
        self.ax.set(xlim=(-reach, reach), ylim=(-2.35 - 0.2 * self.n_lines, 1.95))

    def _loop(self, k: int) -> None:
        place, up, far = self.places[k], np.pi / 2, 3 * RADIUS
        corners = ((RADIUS, 0.5), (far, 0.5), (far, -0.5), (RADIUS + 0.03, -0.5))
        points = [place + length * _towards(up + turn) for length, turn in corners]
        path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        self._arrow("recurrent", k, k, path=path)
        above = place + (1.5 + 0.09 * self.n_lines) * _towards(up)
        self._text(above, self.written["recurrent"][k, k])

    def _between(self, source: int, to: int) -> None:
        a, b = self.places[source], self.places[to]
        along = (b - a) / np.linalg.norm(b - a)
        side = np.array([-along[1], along[0]])  # each direction bows to its own left
        off = 0.45  # radians off the straight line from centre to centre
        start = a + RADIUS * (np.cos(off) * along + np.sin(off) * side)
        end = b + RADIUS * (np.sin(off) * side - np.cos(off) * along)
        bow = 0.22
        bowed = {"connectionstyle": f"arc3,rad={-bow}", "shrinkA": 0, "shrinkB": 0}
        self._arrow("recurrent", to, source, posA=start, posB=end, **bowed)
        top = (start + end) / 2 + bow / 2 * np.linalg.norm(end - start) * side
        # Texts of more lines need more room above and below.
        text = self.written["recurrent"][to, source]
        self._text(top + (0.22 + 0.09 * self.n_lines) * side, text)

    def _inputs(self, to: int) -> None:
        for k, name in enumerate(INPUT_NAMES):
            turn = k - (len(INPUT_NAMES) - 1) / 2
            start = self.places[to] + [1.08 * turn, -1.55]
            end = self.places[to] - RADIUS * _towards(np.pi / 2 + 0.5 * turn)
            self._arrow("inputs", to, k, posA=start, posB=end, shrinkA=0, shrinkB=0)
            name_at = start - [0, 0.2]
            self._text(name_at, name, fontsize=13)
            below = name_at - [0, 0.27 + 0.1 * self.n_lines]
            self._text(below, self.written["inputs"][to, k])

    def _arrow(self, part: str, to: int, source: int, **where) -> None:
        weight = getattr(self.model, part)[to, source]
        width = 0.7 + 7.0 * abs(weight) / self.widest
        look = {"arrowstyle": "-|>", "mutation_scale": 11 + 1.6 * width, "linewidth": width}
        look |= INHIBITS if weight < 0 else EXCITES
        gid = f"{part} {to} {source}"
        self.ax.add_patch(FancyArrowPatch(gid=gid, zorder=2, **look, **where))

    def _text(self, place, text: str, **look) -> None:
        look = {"fontsize": 11, "ha": "center", "va": "center", "linespacing": 1.15, **look}
        self.ax.text(*place, text, **look)


def _towards(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


def _texts(weights: np.ndarray, more) -> np.ndarray:
    texts = np.empty(weights.shape, dtype=object)
    for at, weight in np.ndenumerate(weights):
        lines = [f"{weight:+.3f}", *(form.format(values[at]) for form, values in more)]
        texts[at] = "\n".join(lines).replace("-", "−")
    return texts


@style.styled
def fig_matrices(
    models: Sequence[DistilledModel], names: Sequence[str], *, published: Mapping[str, np.ndarray]
) -> Figure:
    """Weights as matrices: the published ones, the main network's, and all networks'.

    Parameters
    ----------
    models : sequence of DistilledModel
        One for each network, the main one's first, all of one shape and of the task's inputs.
    names : sequence of str
        Of the units.
    published : dict of "recurrent", "inputs" to array
    """
    rows = {"published": [(published[part], None) for part in PARTS]}
    rows["main network"] = [(getattr(models[0], part), None) for part in PARTS]
    if len(models) > 1:
        stacks = [np.stack([getattr(model, part) for model in models]) for part in PARTS]
        rows[f"{len(models)} networks, mean ± SD"] = [
            (stack.mean(axis=0), stack.std(axis=0, ddof=1)) for stack in stacks
        ]
    n = len(names)
    size = {"height": 1.3 + len(rows) * (0.45 + 0.55 * n), "width_ratios": (n, len(INPUT_NAMES))}
    figure, axes = style.new_figure(len(rows), 2, sharex="col", **size)
    limits = [max(np.abs(row[k][0]).max() for row in rows.values()) for k in range(len(PARTS))]
    for (left, right), (title, row) in zip(axes, rows.items(), strict=True):
        for ax, (values, spread), limit in zip((left, right), row, limits, strict=True):
            _draw_matrix(ax, np.asarray(values), spread, limit or 1.0)
        left.set_title(title, loc="left", fontsize=12.5)
        left.set_yticks(range(n), [f"to {name}" for name in names])
        right.set_yticks([])
    for ax, labels, what in zip(
        axes[-1], (names, INPUT_NAMES), ("recurrent weights A′", "input weights B′"), strict=True
    ):
        ax.set_xticks(range(len(labels)), [label.replace(" ", "\n") for label in labels])
        ax.set_xlabel(f"{what}, from")
    return figure


def _draw_matrix(ax, values, spread, limit) -> None:
    ax.imshow(values, cmap=style.DIVERGING, vmin=-limit, vmax=limit, aspect="auto")
    for (to, source), value in np.ndenumerate(values):
        text = f"{value:+.3f}" + ("" if spread is None else f"\n± {spread[to, source]:.3f}")
        colour = "white" if abs(value) > 0.6 * limit else style.BLACK
        ax.text(source, to, text.replace("-", "−"), ha="center", va="center", color=colour)
    ax.grid(False)
    ax.spines[:].set_visible(False)


@style.styled
def fig_8b_trajectories(
    coordinates: Mapping[str, np.ndarray], session: Session, *, first: int, n_trials: int = 10
) -> Figure:
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
    figure, axes = style.new_figure(1, len(coordinates), height=4.9, sharex=True, sharey=True)
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
    bar = figure.colorbar(colours, ax=axes, shrink=0.85, label="trial")
    bar.ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    style.legend_below(figure, axes[0, 0])
    return figure


def _draw_ends(ax, ends: np.ndarray, choices: np.ndarray, correct: np.ndarray) -> None:
    """Where each trial ended: the mark's shape is the choice, its filling the feedback to come."""
    left, right = (style.SIDE_STYLES[side]["marker"] for side in (-1, 1))
    look = {"markersize": 8.5, "markeredgecolor": style.BLACK, "zorder": 4}
    for choice, outcome, marker, face, label in (
        (-1, True, left, style.BLACK, "left, correct"),
        (-1, False, left, "white", "left, wrong"),
        (1, True, right, style.BLACK, "right, correct"),
        (1, False, right, "white", "right, wrong"),
        (0, False, "X", "white", "no choice"),
    ):
        here = (choices == choice) & (correct == outcome)
        if here.any():
            ax.plot(*ends[here].T, marker, markerfacecolor=face, label=label, **look)


@style.styled
def fig_phase_plane(
    systems: Mapping[str, Mapping[str, PhasePlane]], *, names: tuple[str, str] = AXIS_NAMES
) -> Figure:
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
    shape = (len(conditions), len(systems))
    figure, axes = style.new_figure(*shape, height=1.2 + 2.5 * shape[0], sharex=True, sharey=True)
    for column, (system, planes) in zip(axes.T, systems.items(), strict=True):
        for ax, condition in zip(column, conditions, strict=True):
            _draw_plane(ax, planes[condition], names)
            ax.set_title(f"{system}\n{condition}", fontsize=12 if len(systems) < 3 else 11)
            ax.xaxis.set_major_locator(MaxNLocator(4))
            ax.yaxis.set_major_locator(MaxNLocator(4))
    for ax in axes[-1]:
        ax.set_xlabel(names[0])
    for ax in axes[:, 0]:
        ax.set_ylabel(names[1])
    style.legend_below(figure, axes[0, 0])
    return figure


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
    ax.set(xlim=plane.x[[0, -1]], ylim=plane.y[[0, -1]])
