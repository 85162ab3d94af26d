"""Parts of figures that show noise-driven states in the plane of their orbit, and residences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from ..hmm_rnn.orbit import Orbit
from .hmm_style import symbol_styles
from .style import BLACK

DASHES = ("-", (0, (1, 1.5)), (0, (5, 2)))  # of symbols, so that colour is not alone
CLOUD = "#cfcfcf"
N_DRAWN = 3000  # states of a run that are drawn
DASHED = {"color": BLACK, "linestyle": (0, (4, 2)), "linewidth": 1.4}
ARROWS = {"color": BLACK, "units": "inches", "width": 0.018, "headwidth": 4.5, "zorder": 4}


def draw_classes(
    ax, orbit: Orbit, *, n_cells: int = 11, looks: Sequence[dict] | None = None
) -> None:
    """Driven states in the plane, in the looks of their classes, and their mean movement.

    ``looks`` are colour, marker and label of each class; by default those of symbols.
    """
    position, classes = orbit.position.reshape(-1, 2), orbit.classes.ravel()
    if looks is None:
        looks = [
            {**look, "label": f"symbol {k} most likely"}
            for k, look in enumerate(symbol_styles(classes.max() + 1))
        ]
    some = np.arange(0, len(position), max(len(position) // N_DRAWN, 1))
    for k, look in enumerate(looks):
        if (classes == k).any():
            here = some[classes[some] == k]
            dots = {"color": look["color"], "marker": look["marker"], "linestyle": "none"}
            ax.plot(*position[here].T, markersize=2.5, alpha=0.45, markeredgewidth=0, **dots)
            ax.plot([], [], label=look["label"], **dots)
    draw_flow(ax, orbit, n_cells=n_cells)


def draw_residences(
    ax,
    orbit: Orbit,
    residences: tuple[np.ndarray, np.ndarray],
    *,
    longest: int,
    p_switch: float | None,
) -> None:
    """Share of residences that last longer, by class, up to ``longest`` steps."""
    which, length = residences
    looks = symbol_styles(orbit.classes.max() + 1)
    for k in np.unique(orbit.classes):
        longer = np.sort(length[which == k])
        if len(longer):
            ax.step(
                np.concatenate([[0], longer]), 1 - np.arange(len(longer) + 1) / len(longer),
                where="post", color=looks[k]["color"], linestyle=DASHES[k % 3],
            )  # fmt: skip
        ax.plot([], [], linestyle=DASHES[k % 3], label=f"symbol {k} most likely", **looks[k])
    if p_switch is not None:
        n = np.arange(longest + 1)
        ax.plot(n, (1 - p_switch) ** n, label="hidden state of the HMM", **DASHED)
    ax.set_yscale("log")
    ax.set(
        xlim=(0, longest), ylim=(0.01, 1.1), xlabel="steps",
        ylabel="share of residences\nthat last longer",
    )  # fmt: skip
    plain_ticks(ax.yaxis, (0.01, 0.03, 0.1, 0.3, 1))


def plane_labels(ax, orbit: Orbit) -> None:
    """Name the axes of the plane of the orbit, at equal scales."""
    for which, k in zip("xy", orbit.plane, strict=True):
        ax.set(**{f"{which}label": f"PC{k + 1} ({100 * orbit.variance[k]:.0f}% of variance)"})
    ax.set_aspect("equal")
    ax.grid(False)


def draw_flow(ax, orbit: Orbit, *, n_cells: int = 11, least: int = 10) -> None:
    """Arrows of the mean movement in a step, in cells of the plane that enough states visit."""
    start = orbit.position[:, :-1].reshape(-1, 2)
    moved = np.diff(orbit.position, axis=1).reshape(-1, 2)
    low, high = np.quantile(start, (0.002, 0.998), axis=0)
    cell = np.floor((start - low) / (high - low) * n_cells).astype(int)
    inside = ((cell >= 0) & (cell < n_cells)).all(axis=1)
    index = cell[inside] @ [n_cells, 1]
    n = np.bincount(index, minlength=n_cells**2)
    mean = np.stack([np.bincount(index, m, n_cells**2) for m in moved[inside].T], axis=1)
    place = np.stack([np.bincount(index, p, n_cells**2) for p in start[inside].T], axis=1)
    shown = n >= least
    arrow, place = mean[shown] / n[shown, None], place[shown] / n[shown, None]
    ax.quiver(*place.T, *arrow.T, angles="xy", scale_units="xy", scale=1, **ARROWS)


def draw_cloud(ax, orbit: Orbit) -> None:
    """Driven states in the plane, in grey."""
    every = orbit.position.reshape(-1, 2)
    some = every[:: max(len(every) // N_DRAWN, 1)]
    ax.plot(*some.T, ".", color=CLOUD, markersize=2, zorder=1, label="_driven")
    ax.plot([], [], "o", color=CLOUD, linestyle="none", label="driven by noise")


def plain_ticks(axis, values) -> None:
    """Ticks at these values only, as plain numbers."""
    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter("{x:g}")
