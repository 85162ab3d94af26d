"""What one recording says of the predictions, as a picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core import plot_style as style
from .measures import Judgement

# What is measured, and a range of it that most recordings are within.
SCALES = {
    "dimension": ("components", (0, 6)),
    "block_before_stimulus": ("correlation", (-1, 1)),
    "evidence_moves_block": ("correlation", (-1, 1)),
    "graded_carry_over": ("correlation", (-1, 1)),
    "angle": ("degrees", (0, 120)),
    "two_attractors": ("kept of itself in a bin", (0, 1.5)),
    "radd_coupling": ("weight", (-0.5, 0.5)),
}
COLOURS = {True: style.BLUE, False: style.ORANGE, None: style.GREY}
VERDICTS = {True: "seen", False: "not seen", None: "cannot be judged"}


@style.panels
def fig_report(figure, judged: Mapping[str, Judgement]):
    """What was measured for each prediction, beside what would be if it were wrong.

    Parameters
    ----------
    judged : dict of name to Judgement
        As :func:`.predictions.judge` gives them.
    """
    axes = style.grid(figure, len(judged), height=0.7 + 1.15 * len(judged))[:, 0]
    for ax, (key, one) in zip(axes, judged.items(), strict=True):
        unit, limits = SCALES.get(key, ("value", ()))
        null = np.array([one.null_low, one.null_high])
        if np.isfinite(null).all():
            look = {"color": style.GREY, "alpha": 0.4, "linewidth": 10, "solid_capstyle": "butt"}
            ax.plot(null, [0, 0], **look, label="95% of what would be measured without it")
        if np.isfinite(one.value):
            ax.plot([one.value], [0], "o", color=COLOURS[one.seen], markersize=8, clip_on=False)
        drawn = [x for x in (*limits, *null, one.value) if np.isfinite(x)]
        if limits:
            ax.set_xlim(min(drawn), max(drawn))
        ax.set(yticks=[], ylim=(-1, 1), xlabel=unit)
        ax.set_title(f"{key.replace('_', ' ')}: {VERDICTS[one.seen]}", loc="left")
