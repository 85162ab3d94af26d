"""Claim 4's dynamics: distances and trajectories of network and distilled model (Fig. 8a, b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import checks
from ..core.means import GroupMeans
from ..core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    LOOKS,
    ORANGE,
    SIDE_STYLES,
    check_agents,
    check_kind,
    draw_means,
    draw_references,
    legend_below,
    new_figure,
    styled,
)
from ..task.session import Session
from .horizons import HorizonErrors, ratio_by_horizon
from .outputs import OutputDistillation

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
        Of :func:`iblrnn_helpers.distillation.fit_quality.decoherence`, for the
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


# How well a few units follow a large network (Claim 4): by horizon, by units, along training.


@styled
def fig_error_by_horizon(errors: Mapping[str, HorizonErrors]) -> Figure:
    """Squared error of a model that runs on its own past, and relative to the first solver's.

    Parameters
    ----------
    errors : dict of solver's name to HorizonErrors
        Held out, and all of the same sequences.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_agents(errors, HorizonErrors)
    check_curves("errors", {name: one.mse for name, one in errors.items()})
    base_name, base = next(iter(errors.items()))
    figure, axes = new_figure(1, 2, height=4.6)
    as_it_is, relative = axes[0]
    for k, (name, one) in enumerate(errors.items()):
        line = {**LOOKS[k], "markersize": 5, "label": name}
        draw_means(as_it_is, x_of(one.mse), one.mse, **line)
        if k == 0:
            relative.axhline(1, **{**line, "marker": ""})
        else:
            ratio = ratio_by_horizon(one, base)
            draw_means(relative, x_of(ratio), ratio, **line)
    as_it_is.set(title="as it is", ylabel="mean squared error, held out")
    relative.set_title(f"relative to\n{base_name}")
    for ax in axes[0]:
        ax.set_ylim(0, None)
        ax.set_xlabel("steps on its own")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    legend_below(figure, as_it_is)
    return figure


@styled
def fig_n_units_curve(
    n_units: Sequence[int],
    quantities: Mapping[str, np.ndarray],
    references: Mapping[str, Mapping[str, float]] | None = None,
) -> Figure:
    """What each further distilled unit buys, in several quantities.

    Parameters
    ----------
    n_units : (n_models,) int
    quantities : dict of title to (n_models,) or (n_seeds, n_models) float
        A panel each; the main network first, the others are thin lines.
    references : dict of title to dict of label to float, optional
        Horizontal lines in some of the panels.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("quantities", quantities, Mapping)
    references = references or {}
    for title in references:
        checks.choice("references", title, quantities)
    n_rows = -(-len(quantities) // 2)
    figure, axes = new_figure(n_rows, 2, height=1.1 + 2.5 * n_rows, sharex=True)
    panels = axes.ravel()
    for ax in panels[len(quantities) :]:
        ax.set_visible(False)
        axes[-2 if n_rows > 1 else -1, 1].tick_params(labelbottom=True)
    for ax, (title, values) in zip(panels, quantities.items(), strict=False):
        values = np.atleast_2d(np.asarray(values, dtype=float))
        if values.shape[1:] != np.shape(n_units):
            raise ValueError(
                f"quantities[{title!r}] must end in {np.shape(n_units)} as n_units, "
                f"got {values.shape}"
            )
        for k in range(len(values) - 1, -1, -1):
            look = {"color": BLUE, "marker": "o", "label": "main network", "zorder": 3}
            if k:
                look = {"color": GREY, "linewidth": 0.9}
                look["label"] = "other networks" if k == 1 else "_again"
            ax.plot(n_units, values[k], **look)
        draw_references(ax, references.get(title))
        ax.set_title(title, fontsize=12.5)
        ax.set_xticks(n_units)
    for ax in axes[-1]:
        ax.set_xlabel("distilled units")
    legend_below(figure, *panels[: len(quantities)])
    return figure


@styled
def fig_distillation_loss(result: OutputDistillation, *, n_smoothed: int = 50) -> Figure:
    """Divergence from the teacher's answers along the training of its students.

    Parameters
    ----------
    result : OutputDistillation
    n_smoothed : int
        Every point is the mean of so many gradient steps: each is on other
        steps of the task, of which some are harder than others.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("result", result, OutputDistillation)
    n_steps, n_restarts = result.divergence.shape
    checks.integer("n_smoothed", n_smoothed, low=1, high=n_steps)
    n_points = n_steps // n_smoothed
    means = result.divergence[: n_points * n_smoothed].reshape(n_points, n_smoothed, n_restarts)
    means = means.mean(axis=1)  # (n_points, n_restarts)
    step = (np.arange(n_points) + 0.5) * n_smoothed
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    others = [k for k in range(n_restarts) if k != result.best]
    for k in others:
        label = "other starts" if k == others[0] else "_again"
        ax.plot(step, means[:, k], color=GREY, linewidth=1, label=label)
    ax.plot(step, means[:, result.best], color=BLUE, linewidth=2.2, label="start that was kept")
    ax.set(
        yscale="log", xlabel="gradient step", ylabel="divergence from the\nteacher (nats per step)"
    )
    legend_below(figure, ax)
    return figure
