"""Claim 4's dynamics: distances and trajectories of network and distilled model (Fig. 8a, b)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .. import checks
from ..analysis.groups import GroupMeans
from ..session import Session
from .style import (
    BLACK,
    GREY,
    LOOKS,
    ORANGE,
    SIDE_STYLES,
    check_agents,
    check_kind,
    draw_means,
    legend_below,
    new_figure,
    styled,
)

AXIS_NAMES = ("stimulus belief", "block belief")


def check_curves(field: str, curves: Mapping[str, GroupMeans]) -> None:
    """Raise a ValueError unless these are curves along one axis, few enough to tell apart."""
    check_agents(curves, GroupMeans)
    if len(curves) > len(LOOKS):
        raise ValueError(f"{field} must be at most {len(LOOKS)}, got {len(curves)}")
    for name, curve in curves.items():
        if len(curve.groups) != 1 or not curve.mean.size:
            raise ValueError(
                f"{field}[{name!r}] must have one axis with entries, got {[*curve.groups]}"
            )


def x_of(curve: GroupMeans) -> np.ndarray:
    """(n,) labels of a curve's one axis."""
    (x,) = curve.groups.values()
    return x


@styled
def fig_8a_decoherence(distances: Mapping[str, GroupMeans]) -> Figure:
    """Distance between states some steps apart, as it is and relative to the last (Fig. 8a).

    Parameters
    ----------
    distances : dict of system's name to GroupMeans
        Of :func:`iblrnn_helpers.analysis.decoherence.decoherence`, for the
        network, its projection and the distilled model.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_curves("distances", distances)
    figure, axes = new_figure(1, 2, height=4.5)
    for ax, title, relative in zip(
        axes[0], ("as it is", "relative to the last"), (False, True), strict=True
    ):
        for k, (name, curve) in enumerate(distances.items()):
            shown = _relative_to_last(curve) if relative else curve
            # Every system has its own marks: lines that coincide stay visible.
            line = {**LOOKS[k], "markevery": (k, len(distances)), "label": name}
            draw_means(ax, x_of(shown), shown, **line)
        ax.set(title=title, xlabel="steps between the states", ylim=(0, None))
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes[0, 0].set_ylabel("mean distance of states")
    legend_below(figure, axes[0, 0], n_columns=min(3, len(distances)))
    return figure


def _relative_to_last(curve: GroupMeans) -> GroupMeans:
    arrays = (a / curve.mean[-1] for a in (curve.mean, curve.low, curve.high))
    return GroupMeans(curve.groups, *arrays, curve.n)


@styled
def fig_8b_trajectories(
    coordinates: Mapping[str, np.ndarray],
    session: Session,
    *,
    first: int,
    n_trials: int = 10,
    names: tuple[str, str] = AXIS_NAMES,
) -> Figure:
    """States at every step of consecutive trials, system beside system (Fig. 8b).

    Parameters
    ----------
    coordinates : dict of system's name to (n_rows, 2) float
        At every step of the session.
    session : Session
        In which both systems had the same inputs.
    first : int
        First trial drawn, counted through all sessions, e.g. some trials
        before a block change.
    n_trials : int
        How many, of the same session.
    names : (str, str)
        Of the coordinates.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("session", session, Session)
    check_kind("coordinates", coordinates, Mapping)
    trials = session.trials
    n_trials = checks.integer("n_trials", n_trials, low=2)
    checks.integer("first", first, low=0, high=session.n_trials - n_trials)
    shown = np.arange(first, first + n_trials)
    if len(np.unique(trials.session[shown])) > 1:
        raise ValueError(f"trials {first} to {shown[-1]} must be of one session, got two")
    start = session.row_start
    figure, axes = new_figure(1, len(coordinates), height=4.9, sharex=True, sharey=True)
    switches = shown[1:][np.diff(trials.block[shown]) != 0]
    for ax, (system, z) in zip(axes[0], coordinates.items(), strict=True):
        if np.shape(z) != (start[-1], 2):
            raise ValueError(
                f"coordinates[{system!r}] must be ({start[-1]}, 2), a row for every step, "
                f"got {np.shape(z)}"
            )
        rows = np.arange(start[first], start[shown[-1] + 1])
        ax.plot(*z[rows].T, color=GREY, linewidth=0.9, zorder=2)
        colours = ax.scatter(
            *z[rows].T, c=session.row_trial[rows] - first + 1, cmap="viridis", vmin=1,
            vmax=n_trials, s=24, edgecolors="none", zorder=3,
        )  # fmt: skip
        _draw_ends(ax, z[start[shown + 1] - 1], session, shown)
        for k, trial in enumerate(switches):
            label = "first step of a new block" if k == 0 else "_again"
            ax.plot(
                *z[start[trial]], "*", color=ORANGE, markersize=16, markeredgecolor=BLACK,
                label=label, zorder=5,
            )  # fmt: skip
        ax.axhline(0, color=GREY, linewidth=0.8, zorder=1)
        ax.axvline(0, color=GREY, linewidth=0.8, zorder=1)
        ax.set(title=system, xlabel=names[0])
    axes[0, 0].set_ylabel(names[1])
    bar = figure.colorbar(colours, ax=axes, shrink=0.85)
    bar.set_label("trial")
    bar.ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    legend_below(figure, axes[0, 0])
    return figure


def _draw_ends(ax, ends: np.ndarray, session: Session, shown: np.ndarray) -> None:
    """Where each trial ended: the mark's shape is the choice, its filling the feedback to come."""
    looks = {-1: SIDE_STYLES[-1]["marker"], 1: SIDE_STYLES[1]["marker"], 0: "X"}
    choices = {-1: "left", 1: "right", 0: "no choice"}
    correct = session.correct[shown]
    for choice, marker in looks.items():
        for outcome, face in ((True, BLACK), (False, "white")):
            here = (session.choice[shown] == choice) & (correct == outcome)
            if not here.any():
                continue
            label = choices[choice] + ("" if choice == 0 else (", wrong", ", correct")[outcome])
            ax.plot(
                *ends[here].T, linestyle="none", marker=marker, markersize=8.5,
                markerfacecolor=face, markeredgecolor=BLACK, label=label, zorder=4,
            )  # fmt: skip
