"""What the networks of Part I act to reach, and how well that predicts other networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core import plot_style as style
from .beliefs import N_BELIEFS, WAIT, BeliefProcess, parts
from .goal import Feedback, Goal
from .predictions import PREDICTIONS, RetrainingPrediction

# Colour and marker of each prediction, in the order of PREDICTIONS.
_COLOURS = (style.VERMILLION, style.ORANGE, style.PURPLE, style.GREEN, style.GREY)
_LOOKS = dict(zip(PREDICTIONS, zip(_COLOURS, "D^vsX", strict=True), strict=True))
_FEWEST = 50  # actions in a bin that is shown
_BEHAVIOR = {"n_steps": "steps per trial", "correct": "correct", "block_use": "block use"}
# Middles of the bins of belief, outermost ones at their inner edge and a little more.
_BELIEF = np.array([-4.5, -3.5, -2.75, -2.25, -1.75, -1.25, -0.75, -0.25])
_BELIEF = np.concatenate([_BELIEF, -_BELIEF[::-1]])


@style.styled
def fig_goal(
    feedback: Sequence[Feedback],
    process: BeliefProcess,
    counts: np.ndarray,
    goal: Goal,
    waiting_penalty: float,
) -> Figure:
    """The inferred reward of each network, and waiting of one network beside the best policy's.

    Parameters
    ----------
    feedback : sequence of Feedback
        Of each network.
    process : BeliefProcess
    counts : (n_codes, 3) float
        Of the network shown on the right.
    goal : Goal
        Inferred from it.
    waiting_penalty : float
        What the task pays for waiting, drawn as a line.
    """
    figure, axes = style.new_figure(1, 2, height=4.6, width_ratios=[1, 1.8])
    left, right = axes[0]
    waiting = [one.waiting for one in feedback]
    spread = np.linspace(-0.2, 0.2, len(waiting)) if len(waiting) > 1 else [0.0]
    left.plot(spread, waiting, "o", color=style.BLUE, alpha=0.8, label="inferred, a dot a network")
    line = {"color": style.BLACK, "linestyle": (0, (1, 2)), "label": "the task's feedback"}
    left.axhline(waiting_penalty, **line)
    left.axhline(0, color=style.GREY, linewidth=0.8)
    left.set(xlim=(-0.6, 0.6), xticks=[], ylabel="what an observation pays\n(a correct choice: 1)")

    seen = counts[process.code]
    observation, _, belief = parts(process.code)
    for which, color, mark in ((0, style.BLUE, "o"), (2, style.VERMILLION, "s")):
        here = observation == which
        n_seen, waited = seen[here].sum(axis=1), seen[here, WAIT]
        best = n_seen * goal.policy[here, WAIT]
        total, waited, best = (
            np.bincount(belief[here], n, minlength=N_BELIEFS) for n in (n_seen, waited, best)
        )
        total = np.where(total >= _FEWEST, total, np.nan)
        label = f"observation {which + 1}"
        right.plot(
            _BELIEF, waited / total, mark, color=color, markersize=4.5, label=f"{label}, network"
        )
        right.plot(_BELIEF, best / total, "-", color=color, label=f"{label}, best for the reward")
    right.set(xlabel="belief, log odds of right", ylabel="P(wait)", ylim=(-0.03, 1.03))
    style.legend_below(figure, left, right)
    return figure


@style.styled
def fig_divergence(predictions: Mapping[str, Sequence[RetrainingPrediction]]) -> Figure:
    """How far each prediction is from what the retrained networks did, for each named change."""
    figure, axes = style.new_figure(height=1.9 + 0.55 * len(predictions))
    ax = axes[0, 0]
    for row, of in enumerate(predictions.values()):
        found = {name: [one.divergence[name] for one in of] for name in PREDICTIONS}
        _draw_row(ax, found, row + np.linspace(-0.3, 0.3, 5), markersize=5.5)
    ax.set(xscale="log", xlabel="KL divergence of what was done from the prediction (nats)")
    ax.set_yticks(range(len(predictions)), list(predictions))
    ax.set_ylim(len(predictions) - 0.5, -0.5)
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_predicted_behavior(predictions: Mapping[str, Sequence[RetrainingPrediction]]) -> Figure:
    """Speed, accuracy and use of the block: predicted, and of the retrained networks."""
    figure, axes = style.new_figure(1, 3, height=1.9 + 0.55 * len(predictions), sharey=True)
    for ax, (field, title) in zip(axes[0], _BEHAVIOR.items(), strict=True):
        for row, of in enumerate(predictions.values()):
            did = [getattr(one.retrained, field) for one in of]
            places = np.full(len(did), row - 0.36)
            ax.plot(did, places, "o", color=style.BLUE, label="retrained networks")
            found = {
                name: [getattr(one.predicted[name], field) for one in of] for name in PREDICTIONS
            }
            _draw_row(ax, found, row + np.linspace(-0.22, 0.38, 5), markersize=5)
        ax.set(xlabel=title, ylim=(len(predictions) - 0.5, -0.5))
        ax.grid(True, axis="y", alpha=0.3)
    axes[0, 0].set_yticks(range(len(predictions)), list(predictions))
    style.legend_below(figure, axes[0, 0])
    return figure


def _draw_row(ax, found: Mapping[str, Sequence[float]], heights: np.ndarray, **look) -> None:
    """Draw a mark for each network: what each prediction says, at a height of its own."""
    for (name, values), height in zip(found.items(), heights, strict=True):
        color, marker = _LOOKS[name]
        places = np.full(len(values), height)
        ax.plot(values, places, marker, color=color, alpha=0.75, label=name, **look)
