"""The distilled circuit drawn (Claim 4): units, what they do to each other, and their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path

from ..core.plot_style import (
    BLACK,
    BLUE,
    DIVERGING,
    VERMILLION,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from .horizons import Intervals
from .model import DistilledModel

INPUT_NAMES = ("$o^L$", "$o^R$", "$r$")
PARTS = ("recurrent", "inputs")
EXCITES = {"color": BLUE, "linestyle": "-"}
INHIBITS = {"color": VERMILLION, "linestyle": (0, (2, 1))}
SMALL = 11
MOST_UNITS = 6


@styled
def fig_circuit(
    model: DistilledModel,
    names: Sequence[str],
    *,
    intervals: Intervals | None = None,
    published: Mapping[str, np.ndarray] | None = None,
    input_names: Sequence[str] = INPUT_NAMES,
) -> Figure:
    """The distilled units, what they do to themselves and to each other, and their inputs.

    Widths of arrows rise in proportion to weights.  Weights are written beside
    them where there are at most two units; for more see :func:`fig_matrices`.

    Parameters
    ----------
    model : DistilledModel
        Of at most six units.
    names : sequence of str
        Of the units.
    intervals : Intervals, optional
        Of the weights, e.g. :attr:`~iblrnn_helpers.distillation.radd.RADD.intervals_`.
    published : dict of "recurrent", "inputs" to array, optional
        Weights to write beside.
    input_names : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("model", model, DistilledModel)
    if model.n_units > MOST_UNITS:
        raise ValueError(f"model must have at most {MOST_UNITS} units, got {model.n_units}")
    check_names(model, names, input_names)
    written = {
        part: _texts(
            getattr(model, part),
            _half_width(model, part, intervals),
            of_shape(model, part, "published", published),
        )
        for part in PARTS
    }
    if model.n_units > 2:
        written = {part: np.full(texts.shape, "") for part, texts in written.items()}
    n_lines = max(texts.ravel()[0].count("\n") for texts in written.values())
    figure, axes = new_figure(height=5.0 + 0.3 * n_lines)
    ax = axes[0, 0]
    widest = max(np.abs(model.recurrent).max(), np.abs(model.inputs).max()) or 1.0
    _Drawing(ax, model, names, input_names, written, widest).draw()
    ax.set_aspect("equal")
    ax.axis("off")
    ax.plot([], [], linewidth=3, label="excites (weight above 0)", **EXCITES)
    ax.plot([], [], linewidth=3, label="inhibits (weight below 0)", **INHIBITS)
    legend_below(figure, ax, title=_legend_title(model, intervals, published))
    return figure


def _legend_title(model, intervals, published) -> str | None:
    if model.n_units > 2 or (intervals is None and published is None):
        return None
    spread = "" if intervals is None else ", ± half its 95% interval"
    return f"weight{spread}" + ("" if published is None else ", [published]")


class _Drawing:
    """Where everything of a circuit goes: two units side by side, more of them on a circle."""

    def __init__(self, ax, model, names, input_names, written, widest):
        self.ax, self.model, self.names, self.input_names = ax, model, names, input_names
        self.written, self.widest = written, widest
        n = model.n_units
        self.radius, self.thickest = (0.56, 7.0) if n <= 2 else (0.45, 4.0)
        if n <= 2:
            self.places = np.array([[(2 * k - n + 1) * 1.75, 0.0] for k in range(n)])
            self.loops = np.full(n, np.pi / 2)
            self.sources = np.full(n, -np.pi / 2)
        else:
            angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
            self.places = 2.2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            self.loops, self.sources = angle + 0.8, angle - 0.4

    def draw(self) -> None:
        n = self.model.n_units
        for to in range(n):
            self._unit(to)
            self._loop(to)
            self._inputs(to)
            for source in range(n):
                if source != to:
                    self._between(source, to)
        reach = np.abs(self.places).max(axis=0) + np.array([1.75, 1.7])
        low = -reach[1] if n > 2 else -2.35 - 0.2 * self._n_lines
        self.ax.set(xlim=(-reach[0], reach[0]), ylim=(low, reach[1] if n > 2 else 1.95))

    @property
    def _n_lines(self) -> int:
        return self.written["inputs"].ravel()[0].count("\n")

    def _unit(self, k: int) -> None:
        self.ax.add_patch(
            Circle(self.places[k], self.radius, facecolor="white", edgecolor=BLACK, lw=2, zorder=3)
        )
        self._text(self.places[k], self.names[k].replace(" ", "\n"), fontsize=12, zorder=4)

    def _loop(self, k: int) -> None:
        centre, angle = self.places[k], self.loops[k]
        far = 3 * self.radius
        points = [
            centre + length * _towards(angle + turn)
            for length, turn in (
                (self.radius, 0.5),
                (far, 0.5),
                (far, -0.5),
                (self.radius + 0.03, -0.5),
            )
        ]
        path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        self._arrow(self.model.recurrent[k, k], f"recurrent {k} {k}", path=path)
        above = centre + (1.5 + 0.09 * self._n_lines) * _towards(angle)
        self._text(above, self.written["recurrent"][k, k])

    def _between(self, source: int, to: int) -> None:
        a, b = self.places[source], self.places[to]
        along = (b - a) / np.linalg.norm(b - a)
        side = np.array([-along[1], along[0]])  # each direction bows to its own left
        off = 0.45  # radians off the straight line from centre to centre
        start = a + self.radius * (np.cos(off) * along + np.sin(off) * side)
        end = b + self.radius * (np.sin(off) * side - np.cos(off) * along)
        bow = 0.22
        self._arrow(
            self.model.recurrent[to, source], f"recurrent {to} {source}", posA=start, posB=end,
            connectionstyle=f"arc3,rad={-bow}", shrinkA=0, shrinkB=0,
        )  # fmt: skip
        top = (start + end) / 2 + bow / 2 * np.linalg.norm(end - start) * side
        # Texts of more lines need more room above and below.
        self._text(
            top + (0.22 + 0.09 * self._n_lines) * side, self.written["recurrent"][to, source]
        )

    def _inputs(self, to: int) -> None:
        n = self.model.n_inputs
        for k, name in enumerate(self.input_names):
            turn = k - (n - 1) / 2
            if self.model.n_units <= 2:
                start = self.places[to] + [1.08 * turn, -1.55]
                inward = np.pi / 2 + 0.5 * turn
            else:
                inward = self.sources[to] + np.pi - 0.42 * turn
                start = self.places[to] - (self.radius + 0.75) * _towards(inward)
            end = self.places[to] - self.radius * _towards(inward)
            self._arrow(
                self.model.inputs[to, k], f"inputs {to} {k}", posA=start, posB=end,
                shrinkA=0, shrinkB=0,
            )  # fmt: skip
            back = (start - end) / np.linalg.norm(start - end)
            if self.model.n_units <= 2:
                back = np.array([0, -1])  # names stand in a row
            name_at = start + 0.2 * back
            self._text(name_at, name, fontsize=13)
            below = name_at - [0, 0.27 + 0.1 * self._n_lines]
            self._text(below, self.written["inputs"][to, k])

    def _arrow(self, weight: float, gid: str, **where) -> None:
        width = 0.7 + self.thickest * abs(weight) / self.widest
        look = INHIBITS if weight < 0 else EXCITES
        arrow = FancyArrowPatch(
            arrowstyle="-|>", mutation_scale=11 + 1.6 * width, linewidth=width, zorder=2,
            gid=gid, **look, **where,
        )  # fmt: skip
        self.ax.add_patch(arrow)

    def _text(self, place, text: str, **look) -> None:
        look = {"fontsize": SMALL, "ha": "center", "va": "center", "linespacing": 1.15, **look}
        if text:
            self.ax.text(*place, text, **look)


def _towards(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


def _texts(weights, half_widths, published) -> np.ndarray:
    texts = np.empty(weights.shape, dtype=object)
    for at in np.ndindex(weights.shape):
        lines = [f"{weights[at]:+.3f}"]
        if half_widths is not None:
            lines.append(f"± {half_widths[at]:.3f}")
        if published is not None:
            lines.append(f"[{published[at]:+.3f}]")
        texts[at] = "\n".join(lines).replace("-", "−")
    return texts


def _half_width(model: DistilledModel, part: str, intervals) -> np.ndarray | None:
    if intervals is None:
        return None
    check_kind("intervals", intervals, Intervals)
    low, high = getattr(intervals, part)
    if np.shape(low) != getattr(model, part).shape:
        raise ValueError(
            f"intervals.{part} must be {getattr(model, part).shape}, got {np.shape(low)}"
        )
    return (high - low) / 2


def of_shape(model: DistilledModel, part: str, field: str, given) -> np.ndarray | None:
    """What a caller gave for a part, if it has the shape of the model's weights."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != set(PARTS):
        raise ValueError(f"{field} must hold {' and '.join(PARTS)}, got {given!r:.60}")
    array, shape = np.asarray(given[part], dtype=float), getattr(model, part).shape
    if array.shape != shape:
        raise ValueError(f"{field}[{part!r}] must be {shape}, got {array.shape}")
    return array


def check_names(model: DistilledModel, names: Sequence[str], input_names: Sequence[str]) -> None:
    for field, given, n in (
        ("names", names, model.n_units),
        ("input_names", input_names, model.n_inputs),
    ):
        if len(given) != n:
            raise ValueError(f"{field} must be {n}, got {given!r}")


# The distilled units' weights as matrices (Claim 4): published, the main network's, and all.


@styled
def fig_matrices(
    models: Sequence[DistilledModel],
    names: Sequence[str],
    *,
    published: Mapping[str, np.ndarray] | None = None,
    input_names: Sequence[str] = INPUT_NAMES,
) -> Figure:
    """Weights as matrices: the published ones, the main network's, and all networks'.

    Parameters
    ----------
    models : sequence of DistilledModel
        One for each network, the main one's first, all of one shape.
    names : sequence of str
        Of the units.
    published : dict of "recurrent", "inputs" to array, optional
    input_names : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not len(models):
        raise ValueError("models must hold at least one DistilledModel, got none")
    for model in models:
        check_kind("models", model, DistilledModel)
        if model.inputs.shape != models[0].inputs.shape:
            raise ValueError(
                f"models must be of one shape, got {models[0].inputs.shape} and "
                f"{model.inputs.shape}"
            )
    main = models[0]
    check_names(main, names, input_names)
    rows = {}
    if published is not None:
        rows["published"] = {p: (of_shape(main, p, "published", published), None) for p in PARTS}
    rows["main network"] = {part: (getattr(main, part), None) for part in PARTS}
    if len(models) > 1:
        stacked = {part: np.stack([getattr(m, part) for m in models]) for part in PARTS}
        rows[f"{len(models)} networks, mean ± SD"] = {
            part: (all_of.mean(axis=0), all_of.std(axis=0, ddof=1))
            for part, all_of in stacked.items()
        }
    n = main.n_units
    figure, axes = new_figure(
        len(rows), 2, height=1.3 + len(rows) * (0.45 + 0.55 * n), sharex="col",
        width_ratios=(n, main.n_inputs),
    )  # fmt: skip
    limits = [max(np.abs(row[part][0]).max() for row in rows.values()) for part in PARTS]
    for row_axes, (title, row) in zip(axes, rows.items(), strict=True):
        for ax, part, limit in zip(row_axes, PARTS, limits, strict=True):
            _draw_matrix(ax, *row[part], limit or 1.0)
        row_axes[0].set_title(title, loc="left", fontsize=12.5)
        row_axes[0].set_yticks(range(n), [f"to {name}" for name in names])
        row_axes[1].set_yticks([])
    for ax, labels, what in zip(
        axes[-1], (names, input_names), ("recurrent weights A′", "input weights B′"), strict=True
    ):
        ax.set_xticks(range(len(labels)), [label.replace(" ", "\n") for label in labels])
        ax.set_xlabel(f"{what}, from")
    return figure


def _draw_matrix(ax, values, spread, limit) -> None:
    ax.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect="auto")
    for (to, source), value in np.ndenumerate(values):
        text = f"{value:+.3f}" + ("" if spread is None else f"\n± {spread[to, source]:.3f}")
        colour = "white" if abs(value) > 0.6 * limit else BLACK
        ax.text(source, to, text.replace("-", "−"), ha="center", va="center", color=colour)
    ax.grid(False)
    ax.spines[:].set_visible(False)
