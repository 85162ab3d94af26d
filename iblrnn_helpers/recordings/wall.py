"""A table that a laboratory can pin to the wall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame

# What is measured, and what would refute the prediction; in the order of PREDICTIONS.
WALL = {
    "dimension": (
        "Two dimensions hold the activity",
        "Principal components of the trial averages, cross-validated over halves of the trials",
        "A third reliable component",
    ),
    "block_before_stimulus": (
        "The block is there before the stimulus",
        "Block decoded from the counts before the stimulus, against pseudo-sessions",
        "No better than pseudo-sessions, in an area that is held to infer the block",
    ),
    "evidence_moves_block": (
        "Evidence moves the block within a trial",
        "Change of the block readout from before the stimulus to the trial's end",
        "The readout stays until the trial has ended",
    ),
    "graded_carry_over": (
        "Stronger evidence moves it further",
        "Effect of a trial's contrast on the next trial's block readout, given side and choice",
        "Only the side, the choice or the reward carries over",
    ),
    "angle": (
        "The two readouts are at an angle",
        "Cosine of block and stimulus readouts from halves of the trials, free of noise bias",
        "A right angle",
    ),
    "two_attractors": (
        "Two attractors at rest",
        "Fixed points, without input, of two units fitted to the readouts by the free-running fit",
        "One fixed point, or a line of them",
    ),
    "radd_coupling": (
        "Two coupled units do it",
        "Off-diagonal weights of these two units",
        "Weights of zero between the two",
    ),
}


def wall_table(found: Mapping[str, tuple[int, int] | None], never: str = "not found") -> DataFrame:
    """Prediction, measurement, the recording that it takes, and what would refute it.

    Parameters
    ----------
    found : mapping of prediction to (n_units, n_trials) or None
        Of :func:`.power.smallest`.
    never : str
        What stands where no size was enough.
    """
    import pandas as pd

    rows = {}
    for what, (prediction, measurement, refuted) in WALL.items():
        if what in found:
            size = found[what]
            needs = never if size is None else f"{size[0]} neurons, {size[1]} trials"
            rows[prediction] = measurement, needs, refuted
    columns = ["measured by", "it takes", "refuted by"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("prediction")
