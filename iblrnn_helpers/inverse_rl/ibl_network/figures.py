"""What the networks of Part I try to achieve, and how well that predicts other networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...core import plot_style as style
from .beliefs import BELIEF_MIDDLES, BeliefProcess
from .goal import Feedback, Goal
from .predictions import PREDICTIONS, RetrainingPrediction

_FEWEST = 50  # actions in a bin that is shown
_SHOWN = {"n_steps": "steps per trial", "correct": "correct", "block_use": "block use"}


@style.panels
def fig_goal(
    figure,
    feedback: Sequence[Feedback],
    process: BeliefProcess,
    counts: np.ndarray,
    goal: Goal,
    waiting_penalty: float,
):
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
    left, right = style.grid(figure, 1, 2, height=4.6, width_ratios=[1, 1.8])[0]
    numbers = range(1, len(feedback) + 1)
    left.plot(numbers, [one.waiting for one in feedback], "o", color=style.BLUE, label="inferred")
    style.draw_references(left, {"the task's feedback": waiting_penalty})
    left.axhline(0, color=style.GREY, linewidth=0.8)
    left.set(xlabel="network", ylabel="what an observation pays\n(a correct choice: 1)")
    left.locator_params(axis="x", integer=True)

    table = goal.waiting(process, counts)
    n = table["n"].where(table["n"] >= _FEWEST)
    for which, color, mark in ((0, style.BLUE, "o"), (2, style.VERMILLION, "s")):
        here = table["observation"] == which
        belief, label = BELIEF_MIDDLES[table["belief"][here]], f"observation {which + 1}"
        for column, form, name in (("wait", mark, "network"), ("policy", "-", "best policy")):
            look = {"color": color, "markersize": 4.5, "label": f"{label}, {name}"}
            right.plot(belief, (table[column] / n)[here], form, **look)
    right.set(xlabel="belief, log odds of right", ylabel="P(wait)", ylim=(-0.03, 1.03))


@style.panel(height=6.0)
def fig_divergence(ax, predictions: Mapping[str, Sequence[RetrainingPrediction]]):
    """How far each prediction is from what the retrained networks did, for each named change."""
    _draw_rows(ax, predictions, "divergence")
    ax.set(xscale="log", xlabel="KL divergence of what was done from the prediction (nats)")


@style.panels
def fig_predicted_behavior(figure, predictions: Mapping[str, Sequence[RetrainingPrediction]]):
    """Errors of predicted speed, accuracy and use of the block: predicted less done."""
    axes = style.grid(figure, 1, len(_SHOWN), height=6.0, sharey=True)[0]
    for ax, (column, title) in zip(axes, _SHOWN.items(), strict=True):
        ax.axvline(0, color=style.BLACK, label="retrained networks")
        _draw_rows(ax, predictions, column)
        ax.set(title=title, xlabel="predicted − done")


def _draw_rows(ax, predictions, column: str) -> None:
    """Draw a row a change, a mark a pair of networks; each prediction has a height of its own."""
    for row, of in enumerate(predictions.values()):
        table = pd.concat([one.to_frame() for one in of])
        for k, (name, look) in enumerate(zip(PREDICTIONS, style.LOOKS, strict=True)):
            dots = {**look, "linestyle": "none", "alpha": 0.75, "markersize": 5.5, "label": name}
            found = table.loc[name, [column]]
            ax.plot(found, np.full(len(found), row + 0.16 * (k - 2)), **dots)
    n = len(predictions)
    for row in range(0, n, 2):
        ax.axhspan(row - 0.5, row + 0.5, color="#f3f3f3", linewidth=0, zorder=0)
    ax.set(yticks=range(n), yticklabels=predictions, ylim=(n - 0.5, -0.5))
    ax.grid(False, axis="y")
