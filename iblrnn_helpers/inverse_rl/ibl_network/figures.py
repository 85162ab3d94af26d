"""What the networks of Part I act to reach, and how well that predicts other networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from .beliefs import N_BELIEFS, WAIT, BeliefProcess, parts
from .goal import Feedback, Goal
from .predictions import (
    AT_SHARES,
    PREDICTIONS,
    REOPTIMISED,
    SAME_FIT,
    SAME_NETWORK,
    SAME_POLICY,
    RetrainingPrediction,
)

_LOOKS = {
    REOPTIMISED: (VERMILLION, "D"),
    AT_SHARES: (ORANGE, "^"),
    SAME_FIT: (PURPLE, "v"),
    SAME_POLICY: (GREEN, "s"),
    SAME_NETWORK: (GREY, "X"),
}
_FEWEST = 50  # actions in a bin that is shown
_BEHAVIOR = {"n_steps": "steps per trial", "correct": "correct", "block_use": "block use"}
# Middles of the bins of belief, outermost ones at their inner edge and a little more.
_BELIEF = np.array([-4.5, -3.5, -2.75, -2.25, -1.75, -1.25, -0.75, -0.25])
_BELIEF = np.concatenate([_BELIEF, -_BELIEF[::-1]])


@styled
def fig_goal(
    feedback: Sequence[Feedback],
    process: BeliefProcess,
    counts: np.ndarray,
    goal: Goal,
    waiting_penalty: float,
    *,
    observations: Sequence[int] = (0, 2),
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
    observations : sequence of int
        Which ones to show, from 0.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 2, height=4.6, width_ratios=[1, 1.8])
    left, right = axes[0]
    waiting = [one.waiting for one in feedback]
    spread = np.linspace(-0.2, 0.2, len(waiting)) if len(waiting) > 1 else [0.0]
    left.plot(spread, waiting, "o", color=BLUE, alpha=0.8, label="inferred, a dot a network")
    left.axhline(waiting_penalty, color=BLACK, linestyle=(0, (1, 2)), label="the task's feedback")
    left.axhline(0, color=GREY, linewidth=0.8)
    left.set(xlim=(-0.6, 0.6), xticks=[], ylabel="what an observation pays\n(a correct choice: 1)")

    seen = counts[process.code]
    observation, _, belief = parts(process.code)
    marks = ("o", "s", "^", "D", "v")
    for k, (which, color) in enumerate(zip(observations, (BLUE, VERMILLION, GREEN), strict=False)):
        here = observation == which
        total = np.bincount(belief[here], seen[here].sum(axis=1), minlength=N_BELIEFS)
        total = np.where(total >= _FEWEST, total, np.nan)
        did = np.bincount(belief[here], seen[here, WAIT], minlength=N_BELIEFS) / total
        best = seen[here].sum(axis=1) * goal.policy[here, WAIT]
        best = np.bincount(belief[here], best, minlength=N_BELIEFS) / total
        label = f"observation {which + 1}"
        right.plot(_BELIEF, did, marks[k], color=color, markersize=4.5, label=f"{label}, network")
        right.plot(_BELIEF, best, "-", color=color, label=f"{label}, best for the reward")
    right.set(xlabel="belief, log odds of right", ylabel="P(wait)", ylim=(-0.03, 1.03))
    legend_below(figure, left, right)
    return figure


@styled
def fig_divergence(predictions: Mapping[str, Sequence[RetrainingPrediction]]) -> Figure:
    """How far each prediction is from what the retrained networks did, for each change.

    Parameters
    ----------
    predictions : dict of str to sequence of RetrainingPrediction
        By name of the change.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check(predictions)
    figure, axes = new_figure(height=1.9 + 0.55 * len(predictions))
    ax = axes[0, 0]
    for row, of in enumerate(predictions.values()):
        for name, offset in zip(PREDICTIONS, np.linspace(-0.3, 0.3, 5), strict=True):
            color, marker = _LOOKS[name]
            x = [one.divergence[name] for one in of]
            y = np.full(len(x), row + offset)
            ax.plot(x, y, marker, color=color, alpha=0.75, label=name, markersize=5.5)
    ax.set(xscale="log", xlabel="KL divergence of what was done from the prediction (nats)")
    ax.set_yticks(range(len(predictions)), list(predictions))
    ax.set_ylim(len(predictions) - 0.5, -0.5)
    legend_below(figure, ax)
    return figure


@styled
def fig_predicted_behavior(predictions: Mapping[str, Sequence[RetrainingPrediction]]) -> Figure:
    """Speed, accuracy and use of the block: predicted, and of the retrained networks.

    Parameters
    ----------
    predictions : dict of str to sequence of RetrainingPrediction
        By name of the change.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check(predictions)
    figure, axes = new_figure(1, 3, height=1.9 + 0.55 * len(predictions), sharey=True)
    for ax, (field, title) in zip(axes[0], _BEHAVIOR.items(), strict=True):
        for row, of in enumerate(predictions.values()):
            did = [getattr(one.retrained, field) for one in of]
            ax.plot(did, np.full(len(did), row - 0.36), "o", color=BLUE, label="retrained networks")
            for name, offset in zip(PREDICTIONS, np.linspace(-0.22, 0.38, 5), strict=True):
                color, marker = _LOOKS[name]
                x = [getattr(one.predicted[name], field) for one in of]
                y = np.full(len(x), row + offset)
                ax.plot(x, y, marker, color=color, alpha=0.75, label=name, markersize=5)
        ax.set(xlabel=title, ylim=(len(predictions) - 0.5, -0.5))
        ax.grid(True, axis="y", alpha=0.3)
    axes[0, 0].set_yticks(range(len(predictions)), list(predictions))
    legend_below(figure, axes[0, 0])
    return figure


def _check(predictions) -> None:
    check_kind("predictions", predictions, Mapping)
    if not predictions:
        raise ValueError("predictions must hold at least one change, got none")
    for name, of in predictions.items():
        if not of:
            raise ValueError(f"predictions[{name!r}] must hold at least one network, got none")
