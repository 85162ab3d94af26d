"""Training in pictures: the curves, and what a network does step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import seaborn as sns
from matplotlib.ticker import EngFormatter

from ..core import checks
from ..core import plot_style as style
from ..task.session import Session
from .curves import SPREAD, AlongTraining, window_summary

PANELS = {
    "loss": "loss",
    "correct": "correct / all trials",
    "steps_per_trial": "steps per trial",
    "timed_out": "timed out / all trials",
}


@style.panels
def fig_training_curves(
    figure,
    gradient_step: np.ndarray,
    history: Mapping[str, np.ndarray],
    *,
    references: Mapping[str, float | Iterable[float]] | None = None,
):
    """Loss, accuracy, speed and time-outs along training, in windows of gradient steps.

    Parameters
    ----------
    gradient_step : (n_points,) int
        From 0, increasing; the axis shows gradient step + 1.
    history : dict of str to (n_seeds, n_points) or (n_points,) float
        Any of ``loss``, ``correct``, ``steps_per_trial`` and ``timed_out``, of
        the sessions that were trained on.
    references : dict of str to float or several, optional
        Labelled horizontal lines in the panel of ``correct``, e.g. the published accuracy.
    """
    for name in history:
        checks.choice("history", name, PANELS)
    shown = [name for name in PANELS if name in history]
    axes = style.rows_of(figure, len(shown), 2, row_height=2.5, rest=1.5)
    spread = "single gradient steps, {:g}–{:g}%".format(*np.multiply(100, SPREAD))
    for ax, name in zip(axes.flat, shown, strict=False):
        found = window_summary(gradient_step, history[name])
        x = found.gradient_step + 1
        band = {"color": style.BLUE, "alpha": 0.15, "linewidth": 0, "label": spread}
        ax.fill_between(x, found.low, found.high, **band)
        style.draw_references(ax, references if name == "correct" else None)
        _draw_seeds(ax, x, found.mean)
        ax.set(title=PANELS[name], xscale="log", xlabel="gradient step")
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))


def _draw_seeds(ax, x, values, **look) -> None:
    """A thin line for each seed, values' first axis, and a thick one for their mean."""
    label = "one seed"
    if len(values) > 1:
        ax.plot(x, values.T, color=style.GREY, linewidth=0.8, label=label)
        label = f"mean of {len(values)} seeds"
    look = {"color": style.BLUE, "linewidth": 2.4, "label": label, **look}
    ax.plot(x, values.mean(axis=0), **look)


@style.panels(n_columns=3)
def fig_along_training(
    figure,
    result: AlongTraining,
    *,
    references: Mapping[str, float | Iterable[float]] | None = None,
):
    """Accuracy, speed and use of the block at each stage of training, on the same trials.

    Parameters
    ----------
    result : AlongTraining
    references : dict of str to float or several, optional
        Labelled horizontal lines in the panel of accuracy, e.g. the published one.
    """
    axes = style.grid(figure, 1, 3, height=3.4)[0]
    full = {"color": style.GREEN, "marker": "s", "label": "concordant"}
    dashed = {"color": style.VERMILLION, "marker": "^", "linestyle": "--", "label": "discordant"}
    panels = {
        "correct /\nall trials": {"correct": {}},
        "steps\nper trial": {"n_steps": {}},
        "correct at\nweakest strength": {"concordant": full, "discordant": dashed},
    }
    for ax, (title, quantities) in zip(axes, panels.items(), strict=True):
        for name, look in quantities.items():
            look = {"marker": "o", "markersize": 4, **look}
            _draw_seeds(ax, result.gradient_step, getattr(result, name), **look)
        ax.set(title=title, xlabel="gradient step")
        ax.locator_params(axis="x", nbins=3)
        ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    style.draw_references(axes[0], references)


@style.panels
def fig_first_trials(figure, session: Session, *, first: int = 0, n_trials: int = 8):
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
    starts = session.row_start[first : first + n_trials + 1]
    rows = slice(starts[0], starts[-1])
    step = np.arange(1, starts[-1] - starts[0] + 1)

    above, below = style.grid(figure, 2, 1, height=6.0, sharex=True)[:, 0]
    for column, look in enumerate(style.SIDE_STYLES.values()):
        seen = np.where(session.row_seen[rows], session.inputs[rows, column], np.nan)
        look = {**look, "label": f"{look['label']} observation (gap: blank)"}
        above.plot(step, seen, markersize=5, **look)
    # A new line for each trial, so that nothing joins the end of one to the start of the next.
    by_trial = {"units": session.row_trial[rows], "estimator": None, "legend": False}
    line = {"color": style.BLACK, "marker": "o", "markeredgewidth": 0, "label": "P(right)"}
    sns.lineplot(x=step, y=session.row_p_right[rows], **by_trial, **line, ax=below)
    threshold = session.trials.params.threshold
    style.draw_references(below, {"action threshold": (threshold, 1 - threshold)})
    above.set_ylabel("observation")
    below.set(ylim=(-0.03, 1.03), ylabel=f"P(right) of\n{session.agent}", xlabel="step")
    _mark_trials(above, below, starts - starts[0] + 0.5, session, first)


def _mark_trials(above, below, edges, session: Session, first: int) -> None:
    """Trial boundaries in both panels, and above each trial its side, strength and outcome."""
    trials = session.trials
    for trial, (start, stop) in enumerate(pairwise(edges), first):
        look = style.SIDE_STYLES[int(trials.side[trial])]
        for ax in (above, below):
            ax.axvspan(start, stop, fc=(look["color"], 0.1), ec=style.GREY, linewidth=0.8)
        outcome = "–" if session.timed_out[trial] else ("✓" if session.correct[trial] else "✗")
        note = f"{look['label'][0].upper()}\n{trials.strength[trial]:g}\n{outcome}"
        place = {"xycoords": ("data", "axes fraction"), "ha": "center", "fontsize": 11}
        above.annotate(note, ((start + stop) / 2, 1.03), **place)
    for ax in (above, below):
        ax.grid(False, axis="x")
    below.set_xlim(edges[0], edges[-1])
    legend = "stimulus side and strength; ✓ correct, ✗ wrong, – timed out"
    above.set_title(legend, fontsize=11, pad=52)
