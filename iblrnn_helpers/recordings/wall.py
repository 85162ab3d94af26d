"""A table that a laboratory can pin to the wall."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What is measured, and what would refute the prediction; in the order of PREDICTIONS.
WALL = {
    "dimension": (
        "Two dimensions hold what the task does",
        "Principal components of the trial averages, cross-validated over halves of the blocks",
        "A third reliable component",
    ),
    "block_before_stimulus": (
        "The block is there before the stimulus",
        "The block read from counts before the stimulus, against pseudo-sessions",
        "No better than pseudo-sessions in as large a recording",
    ),
    "evidence_moves_block": (
        "Evidence moves the block within a trial",
        "Change of the block readout from before the stimulus to the trial's end, by contrast",
        "A readout that stays until the trial has ended, in as large a recording",
    ),
    "graded_carry_over": (
        "Stronger evidence moves it further",
        "The next trial's block readout by contrast, given side, choice and what came before",
        "Only side, choice or reward carries over",
    ),
    "angle": (
        "Block and side are less than 90 degrees apart",
        "Their axes in halves of the blocks, without the bias of noise",
        "A right angle, beyond what few neurons have by chance",
    ),
    "two_attractors": (
        "Two attractors at rest",
        "A saturating unit that follows the block readout from contrasts and choices",
        "Not by this: it does not see them in the network, which has them",
    ),
    "radd_coupling": (
        "The block feeds the side",
        "Weight from block to side readout, by instruments and not by regression",
        "A weight of zero with a small error; one that is there may be the angle again",
    ),
}


class Download(str):
    """A link in HTML, which shows itself at the end of a notebook cell."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def as_download(table: pd.DataFrame, name: str) -> Download:
    """A link that holds the whole table, to be saved as CSV under a name."""
    data = base64.b64encode(table.to_csv().encode()).decode()
    look = "color: inherit"  # of the cell's text: pages may be dark
    link = f'<a style="{look}" download="{name}" href="data:text/csv;base64,{data}">{name}</a>'
    return Download(link)


def wall_table(
    found: Mapping[str, tuple[int, int] | None], never: str = "more than any here"
) -> pd.DataFrame:
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
