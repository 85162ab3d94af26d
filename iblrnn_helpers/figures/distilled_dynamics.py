"""Phase planes of two-unit systems (Claim 4): vector field, nullclines and fixed points."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..analysis.plane_map import PhasePlane
from .distillation import AXIS_NAMES
from .dynamics import MARK, STABLE, UNSTABLE
from .style import BLACK, GREEN, check_kind, legend_below, new_figure, styled

NULLCLINES = ({"colors": BLACK, "linestyles": "-"}, {"colors": GREEN, "linestyles": "--"})
N_ARROWS = 10  # along each side
SHORTER = 2.5  # arrows are drawn so many times shorter than the step


@styled
def fig_phase_plane(
    systems: Mapping[str, Mapping[str, PhasePlane]], *, names: tuple[str, str] = AXIS_NAMES
) -> Figure:
    """One step under constant inputs, where each coordinate stands still, and fixed points.

    Parameters
    ----------
    systems : dict of system's name to dict of condition's name to PhasePlane
        Of :func:`iblrnn_helpers.analysis.plane_map.phase_planes`.  One system
        fills two columns; several, of the same conditions and coordinates,
        have a column each.
    names : (str, str)
        Of the coordinates.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_systems(systems)
    conditions = list(next(iter(systems.values())))
    if len(systems) == 1:
        ((_, planes),) = systems.items()
        n_columns = min(2, len(conditions))
        shown = {name: planes[name] for name in conditions}
    else:
        n_columns = len(systems)
        shown = {f"{s}\n{c}": planes[c] for c in conditions for s, planes in systems.items()}
    n_rows = -(-len(shown) // n_columns)
    height = 1.2 + (2.6 if len(systems) == 1 else 2.5) * n_rows
    figure, axes = new_figure(n_rows, n_columns, height=height, sharex=True, sharey=True)
    panels = axes.ravel()
    for ax, (title, plane) in zip(panels, shown.items(), strict=False):
        _draw_plane(ax, plane)
        ax.set_title(title, fontsize=12 if n_columns < 3 else 11)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.yaxis.set_major_locator(MaxNLocator(4))
    for ax in panels[len(shown) :]:
        ax.set_visible(False)
    for ax in axes[-1]:
        ax.set_xlabel(names[0])
    for ax in axes[:, 0]:
        ax.set_ylabel(names[1])
    for name, look in zip(names, NULLCLINES, strict=True):
        line = {"color": look["colors"], "linestyle": look["linestyles"]}
        panels[0].plot([], [], label=f"{name} stands still", **line)
    for look in (STABLE, UNSTABLE):
        panels[0].plot([], [], **MARK, **look)
    legend_below(figure, panels[0])
    return figure


def _draw_plane(ax, plane: PhasePlane) -> None:
    few = max(1, len(plane.x) // N_ARROWS)
    some = slice(few // 2, None, few)
    x, y = np.meshgrid(plane.x[some], plane.y[some])
    ax.quiver(
        x, y, *np.moveaxis(plane.change[some, some], -1, 0), color="#9a9a9a", angles="xy",
        scale_units="xy", scale=SHORTER, width=0.008, zorder=1.5,
    )  # fmt: skip
    for k, look in enumerate(NULLCLINES):
        moved = plane.change[..., k]
        if moved.min() < 0 < moved.max():  # else the coordinate stands still nowhere
            ax.contour(plane.x, plane.y, moved, levels=[0], linewidths=1.8, **look)
    for wanted, look in ((True, STABLE), (False, UNSTABLE)):
        points = plane.fixed_points.points[plane.linearised.stable == wanted]
        if len(points):
            ax.plot(*points.T, **MARK, **{**look, "label": "_point"})
    ax.set(xlim=plane.x[[0, -1]], ylim=plane.y[[0, -1]])


def _check_systems(systems) -> None:
    check_kind("systems", systems, Mapping)
    if not systems:
        raise ValueError("systems must hold at least one, got none")
    conditions = None
    for name, planes in systems.items():
        check_kind(f"systems[{name!r}]", planes, Mapping)
        conditions = conditions or list(planes)
        if list(planes) != conditions or not planes:
            raise ValueError(f"systems[{name!r}] must have the conditions {conditions}")
        for condition, plane in planes.items():
            check_kind(f"systems[{name!r}][{condition!r}]", plane, PhasePlane)
