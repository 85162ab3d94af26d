"""How symbols, HMMs and driven states look in all figures of Part III."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.ticker import FixedLocator, NullLocator
from scipy.stats import binned_statistic_2d

from ..core import plot_style as style
from .hmm import HiddenMarkovModel

if TYPE_CHECKING:
    from .orbit.orbit import Orbit

# The first three are the paper's, green, blue and red, light, dark and between.
SYMBOL_COLOURS = ["#2fb38a", "#00335c", "#b84a00", style.ORANGE]
SYMBOL_COLOURS += [style.PURPLE, style.SKY, style.BLACK]
_LOOKS = [
    {"color": colour, "marker": marker, "label": f"symbol {k} most likely"}
    for k, (colour, marker) in enumerate(zip(SYMBOL_COLOURS, "osD^vPX", strict=True))
]
# Of state diagrams, in which neighbours in a row are 1 apart.
_RADIUS = 0.27  # of a state
_SHOWN = 0.01  # moves less likely than this are left out
_ALIKE = 0.005  # moves there and back that differ by less are one arrow
_ROOM = np.array([0.34, 0.22])  # for a number: it is wider than high
_N_DRAWN = 3000  # states of a run that are drawn
_LEAST = 10  # states in a cell of the plane whose mean movement is drawn
# What is compared with, in all figures of Part III.


def symbol_styles(n_symbols: int) -> list[dict[str, Any]]:
    """Colour, marker and label of each symbol as a class, the same in every figure.

    Raises
    ------
    ValueError
        If there are more symbols than looks to tell them apart.
    """
    if n_symbols > len(_LOOKS):
        raise ValueError(f"figures show at most {len(_LOOKS)} symbols, got {n_symbols}")
    return [dict(look) for look in _LOOKS[:n_symbols]]


def legend_of_symbols(figure: FigureBase, n_symbols: int) -> None:
    """The colours of symbols 0 … n_symbols − 1, under a figure."""
    for k, look in enumerate(symbol_styles(n_symbols)):
        figure.axes[0].scatter([], [], color=look["color"], marker="s", label=f"symbol {k}")
    style.legend_below(figure, figure.axes[0], n_columns=n_symbols)


@style.panels
def fig_hmm_states(figure, models: Mapping[str, HiddenMarkovModel]):
    """States as pies of what they emit, moves as arrows as wide as they are likely.

    The number beside an arrow is the move's probability, the one beside a state that of staying.
    Arrows with two heads are as likely in both directions; below 1% there is none.

    Parameters
    ----------
    models : dict of title to HiddenMarkovModel
        Their states are in a row if all moves are between neighbours, else on a circle.
    """
    axes = style.rows_of(figure, len(models), 2, row_height=1.9, rest=0.5)
    for ax, (title, hmm) in zip(axes.flat, models.items(), strict=False):
        _draw_states(ax, hmm)
        ax.set_title(title)
    legend_of_symbols(figure, max(hmm.n_symbols for hmm in models.values()))


def _draw_states(ax, hmm: HiddenMarkovModel) -> None:
    places, outwards = _places(hmm)
    move = np.array(hmm.transition)
    pie = {"colors": SYMBOL_COLOURS, "wedgeprops": {"linewidth": 0}}
    pie |= {"radius": _RADIUS, "startangle": 90, "counterclock": False, "frame": True}
    states = zip(places, outwards, hmm.emission, np.diag(move), strict=True)
    for place, away, shares, stay in states:
        ax.pie(shares, center=place, **pie)
        ax.add_patch(Circle(place, _RADIUS, fill=False, edgecolor=style.BLACK))
        _write(ax, place + (_RADIUS + _ROOM) * away, stay)
    for i, j in zip(*np.triu_indices(hmm.n_states, 1), strict=True):
        both = abs(move[i, j] - move[j, i]) < _ALIKE
        for start, end in [(i, j)] if both else [(i, j), (j, i)]:
            if move[start, end] >= _SHOWN:
                _draw_move(ax, places[start], places[end], move[start, end], both=both)
    low, high = places.min(axis=0) - 0.65, places.max(axis=0) + 0.65
    ax.set(aspect="equal", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.axis("off")


def _draw_move(ax, start, end, chance: float, *, both: bool) -> None:
    """Draw an arrow and its probability; one with a single head is bent to its left."""
    middle, along = (start + end) / 2, (end - start) / np.hypot(*(end - start))
    left = np.array([-along[1], along[0]])
    gap, lift = 1.08 * _RADIUS * along, (0 if both else 0.35) * _RADIUS * left
    look = {"arrowstyle": "<|-|>" if both else "-|>", "mutation_scale": 11, "color": style.BLACK}
    look |= {"connectionstyle": f"arc3,rad={0 if both else -0.25}", "linewidth": 0.8 + 4 * chance}
    ends = start + gap + lift, end - gap + lift
    ax.add_patch(FancyArrowPatch(*ends, shrinkA=0, shrinkB=0, **look))
    outwards = left if left @ middle > -1e-9 else -left
    _write(ax, middle + (_ROOM * outwards if both else 0.44 * left), chance)


def _write(ax, place: np.ndarray, chance: float) -> None:
    text = f"{chance:.{3 if 0 < chance < 0.045 else 2}f}"
    ax.text(*place, text.removeprefix("0"), ha="center", va="center", fontsize=11)


def _places(hmm: HiddenMarkovModel) -> tuple[np.ndarray, np.ndarray]:
    """Centres of the states, and the directions in which nothing is beside them: (n_states, 2)."""
    i, j = np.nonzero(np.array(hmm.transition) >= _SHOWN)
    n = hmm.n_states
    if (np.abs(i - j) <= 1).all():
        return np.column_stack([np.arange(n), np.zeros(n)]), np.tile([0.0, -1.0], (n, 1))
    angle = (np.pi / n if n % 2 == 0 else 0) + 2 * np.pi * np.arange(n) / n
    outwards = np.column_stack([np.sin(angle), np.cos(angle)])
    return 0.7 / np.sin(np.pi / n) * outwards, outwards


def some_states(orbit: Orbit) -> tuple[np.ndarray, np.ndarray]:
    """About 3,000 of the driven states, evenly spaced: places in the plane (n, 2), classes (n,)."""
    position, classes = orbit.position.reshape(-1, 2), orbit.classes.ravel()
    every = max(len(position) // _N_DRAWN, 1)
    return position[::every], classes[::every]


def draw_orbit(ax, orbit: Orbit, *, of: str = " of variance", looks=None) -> None:
    """Driven states in the plane, by class, and their mean movement; as the functions below."""
    draw_classes(ax, *some_states(orbit), looks)
    draw_flow(ax, orbit)
    plane_labels(ax, orbit, of)


def draw_classes(ax, position: np.ndarray, classes: np.ndarray, looks=None) -> None:
    """States in a plane, in the looks of their classes; by default those of symbols."""
    looks = looks or symbol_styles(classes.max() + 1)
    for k in np.unique(classes):
        look = {**looks[k], "linestyle": "none", "markeredgewidth": 0}
        ax.plot([], [], **look)
        look |= {"label": "_states", "markersize": 2.5, "alpha": 0.45}
        ax.plot(*position[classes == k].T, **look)


def draw_flow(ax, orbit: Orbit, *, n_cells: int = 10) -> None:
    """Arrows of the mean movement in a step, in cells of the plane that enough states visit."""
    start = orbit.position[:, :-1].reshape(-1, 2).T
    moved = np.diff(orbit.position, axis=1).reshape(-1, 2).T
    cells = {"bins": n_cells, "range": np.quantile(start, (0.002, 0.998), axis=1).T}
    means = binned_statistic_2d(*start, [*start, *moved], **cells).statistic
    arrows = means[:, np.histogram2d(*start, **cells)[0] >= _LEAST]
    look = {"color": style.BLACK, "units": "inches", "width": 0.018, "headwidth": 4.5, "zorder": 4}
    ax.quiver(*arrows, angles="xy", scale_units="xy", scale=1, **look)


def plane_labels(ax, orbit: Orbit, of: str = " of variance") -> None:
    """Name the axes of the plane of the orbit, at equal scales."""
    x, y = (f"PC{k + 1} ({100 * orbit.variance[k]:.0f}%{of})" for k in orbit.plane)
    ax.set(xlabel=x, ylabel=y, aspect="equal")
    ax.grid(False)


def plain_ticks(axis, values) -> None:
    """Ticks at these values only, as plain numbers."""
    axis.set(major_locator=FixedLocator(list(values)), minor_locator=NullLocator())
    axis.set_major_formatter("{x:g}")
