"""Training in pictures: the curves, and what a network does step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator

from ..core import checks
from ..core import plot_style as style
from ..task.session import Session
from .curves import SPACINGS, SPREAD, AlongTraining, window_summary

PANELS = {
    "loss": "loss",
    "correct": "correct / all trials",
    "steps_per_trial": "steps per trial",
    "timed_out": "timed out / all trials",
}


@style.styled
def fig_training_curves(
    gradient_step: np.ndarray,
    history: Mapping[str, np.ndarray],
    *,
    x_scale: str = "log",
    n_windows: int = 60,
    references: Mapping[str, float | Iterable[float]] | None = None,
) -> Figure:
    """Loss, accuracy, speed and time-outs along training.

    Parameters
    ----------
    gradient_step : (n_points,) int
        From 0, increasing.
    history : dict of str to (n_seeds, n_points) or (n_points,) float
        Any of ``loss``, ``correct``, ``steps_per_trial`` and ``timed_out``, of
        the sessions that were trained on.
    x_scale : {"log", "linear"}
        Also how the windows are spaced; a log axis shows gradient step + 1.
    n_windows : int
        Lines are means in so many windows at most.
    references : dict of str to float or several, optional
        Labelled horizontal lines in the panel of ``correct``, e.g. the published accuracy.
    """
    checks.choice("x_scale", x_scale, SPACINGS)
    style.check_kind("history", history, Mapping)
    for name in history:
        checks.choice("history", name, PANELS)
    shown = [name for name in PANELS if name in history]
    n_columns = min(2, len(shown))
    figure, axes = style.panel_grid(len(shown), n_columns, row_height=2.5, rest=1.5, sharex=True)
    panels = axes.ravel()[: len(shown)]
    for ax, name in zip(panels, shown, strict=True):
        summary = window_summary(gradient_step, history[name], n_windows=n_windows, spacing=x_scale)
        if name == "correct":
            style.draw_references(ax, references)
        _draw_window_summary(ax, summary, log=x_scale == "log")
        ax.set_title(PANELS[name])
    for ax in panels[-n_columns:]:
        ax.set_xlabel("gradient step")
        ax.tick_params(labelbottom=True)
    style.legend_below(figure, *panels)
    return figure


def _draw_window_summary(ax, summary, *, log: bool) -> None:
    x = summary.gradient_step + 1 if log else summary.gradient_step
    low, high = (f"{100 * q:g}" for q in SPREAD)
    label = f"single gradient steps, {low}–{high}%"
    ax.fill_between(
        x, summary.low, summary.high, color=style.BLUE, alpha=0.15, linewidth=0, label=label
    )
    label = "window means"
    if len(summary.mean) > 1:
        ax.plot(x, summary.mean.T, color=style.GREY, linewidth=0.8, label="one seed (window means)")
        label = f"mean of {len(summary.mean)} seeds"
    ax.plot(x, summary.mean.mean(axis=0), color=style.BLUE, linewidth=2.4, label=label)
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(numticks=6))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(EngFormatter(sep=""))


@style.styled
def fig_along_training(
    result: AlongTraining, *, references: Mapping[str, float | Iterable[float]] | None = None
) -> Figure:
    """Accuracy, speed and use of the block at each stage of training, on the same trials.

    Parameters
    ----------
    result : AlongTraining
    references : dict of str to float or several, optional
        Labelled horizontal lines in the panel of accuracy, e.g. the published one.
    """
    style.check_kind("result", result, AlongTraining)
    figure, axes = style.new_figure(1, 3, height=3.4)
    looks = {
        "correct": (0, style.BLUE, "o", "-", "mean of seeds"),
        "n_steps": (1, style.BLUE, "o", "-", "mean of seeds"),
        "concordant": (2, style.GREEN, "s", "-", "concordant"),
        "discordant": (2, style.VERMILLION, "^", "--", "discordant"),
    }
    for name, (column, color, marker, dash, label) in looks.items():
        x, values, ax = result.gradient_step, getattr(result, name), axes[0, column]
        ax.plot(x, values.T, color=style.GREY, linewidth=0.8, label="one seed")
        line = {"color": color, "marker": marker, "linestyle": dash, "label": label}
        ax.plot(x, values.mean(axis=0), linewidth=2, markersize=4, **line)
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
        ax.set_xlabel("gradient step")
    style.draw_references(axes[0, 0], references)
    titles = ("correct /\nall trials", "steps\nper trial", "correct at\nweakest strength")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title)
    style.legend_below(figure, *axes[0], n_columns=3)
    return figure


@style.styled
def fig_first_trials(session: Session, *, first: int = 0, n_trials: int = 8) -> Figure:
    """Observations and the probability of right, step by step through consecutive trials.

    Parameters
    ----------
    session : Session
    first : int
        First trial drawn, counted through all sessions.
    n_trials : int
        How many trials.
    """
    style.check_kind("session", session, Session)
    checks.integer("first", first, low=0, high=session.n_trials - 1)
    checks.integer("n_trials", n_trials, low=1)
    last = min(first + n_trials, session.n_trials)
    bounds = session.row_start[first : last + 1]  # (n_shown + 1,)
    rows = np.arange(bounds[0], bounds[-1])
    step = np.arange(1, len(rows) + 1)
    edges = bounds - bounds[0] + 0.5
    trial = np.repeat(np.arange(first, last), np.diff(bounds))
    within = rows - np.repeat(bounds[:-1], np.diff(bounds))
    params = session.trials.params
    seen = within - params.n_blank_steps  # index of the observation; before the first, a blank
    observations = session.trials.observations[trial, np.maximum(seen, 0)]
    observations[seen < 0] = np.nan

    figure, axes = style.new_figure(2, 1, height=6.0, sharex=True)
    above, below = axes[:, 0]
    for column, side in enumerate((-1, 1)):
        held = style.SIDE_STYLES[side]
        line = {k: held[k] for k in ("color", "linestyle", "marker")}
        label = f"{held['label']} observation (gap: blank)"
        above.plot(step, observations[:, column], markersize=5, label=label, **line)
    above.set_ylabel("observation")

    # A new line for each trial, so that nothing joins the end of one to the start of the next.
    p_right = session.p_right[trial, within]
    for inside in np.split(np.arange(len(rows)), np.cumsum(np.diff(bounds))[:-1]):
        line = {"color": style.BLACK, "markersize": 4, "label": "P(right)"}
        below.plot(step[inside], p_right[inside], "o-", **line)
    for level in (params.threshold, 1 - params.threshold):
        line = {"color": style.VERMILLION, "linestyle": (0, (5, 2)), "linewidth": 1.3}
        below.axhline(level, label="action threshold", **line)
    below.set(ylim=(-0.03, 1.03), ylabel=f"P(right) of\n{session.agent}", xlabel="step")
    _mark_trials(above, below, edges, session, first)
    below.set_xlim(edges[0], edges[-1])
    style.legend_below(figure, above, below)
    return figure


def _mark_trials(above, below, edges, session: Session, first: int) -> None:
    """Trial boundaries in both panels, and above each trial its side, strength and outcome."""
    trials = session.trials
    middles = (edges[:-1] + edges[1:]) / 2
    for ax in (above, below):
        ax.grid(False, axis="x")
        for edge in edges:
            ax.axvline(edge, color=style.GREY, linewidth=0.8)
        for k, (start, stop) in enumerate(pairwise(edges)):
            held = style.SIDE_STYLES[int(trials.side[first + k])]
            ax.axvspan(start, stop, color=held["color"], alpha=0.1, linewidth=0)
    titles = []
    for trial in range(first, first + len(middles)):
        letter = "L" if trials.side[trial] < 0 else "R"
        outcome = "–" if session.timed_out[trial] else ("✓" if session.correct[trial] else "✗")
        titles.append(f"{letter}\n{trials.strength[trial]:g}\n{outcome}")
    top = above.secondary_xaxis("top")
    top.set_xticks(middles, titles, fontsize=11)
    top.tick_params(length=0)
    top.spines["top"].set_visible(False)
    top.set_xlabel("stimulus side and strength; ✓ correct, ✗ wrong, – timed out", fontsize=11)
