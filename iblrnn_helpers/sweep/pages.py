"""What the book says of sweeps that is read off: what can be varied, and what it cost."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from statistics import median

from ..notebooks import Notebook, Parameter
from .network import TrainTarget
from .table import COSTS


def parameters_markdown(notebooks: Mapping[str, Notebook]) -> str:
    """The parameters of each notebook, and of ``train``, as tables."""
    parts = []
    for name, notebook in notebooks.items():
        if notebook.parameters:
            parts += [f"**[{name}](../notebooks/{name}.ipynb)**", _table(notebook.parameters)]
    parts += ["**train**", _table(TrainTarget().parameters.values())]
    return "\n\n".join(parts) + "\n"


def costs_markdown(folder: str | Path) -> str:
    """What sweeps cost, of the ``table.csv`` files that were kept in a folder.

    Parameters
    ----------
    folder : path-like
        Holds ``NAME.csv`` files; it may be missing.
    """
    lines = [
        "| Sweep | Settings | CPU minutes each: median, most | Peak memory, MB | Cores busy |",
        "|---|--:|--:|--:|--:|",
    ]
    paths = sorted(Path(folder).glob("*.csv"))
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        cpu, memory = ([float(row[name]) for row in rows] for name in COSTS[1:])
        lines.append(
            f"| {path.stem} | {len(rows)} | {median(cpu) / 60:.1f}, {max(cpu) / 60:.1f} | "
            f"{max(memory):.0f} | {sum(cpu) / _elapsed(rows):.2f} |"
        )
    if not paths:
        return "No sweep's table is kept with this book.\n"
    return "\n".join(lines) + "\n"


def _elapsed(rows: list[dict]) -> float:
    """Seconds from the start of a sweep's first setting to the end of its last."""
    ends = [datetime.fromisoformat(row["finished"]).timestamp() for row in rows]
    starts = [end - float(row["wall_seconds"]) for end, row in zip(ends, rows, strict=True)]
    return max(ends) - min(starts)


def _table(parameters) -> str:
    lines = ["| Parameter | Type | Default | |", "|---|---|---|---|"]
    lines += [_row(parameter) for parameter in parameters]
    return "\n".join(lines)


def _row(parameter: Parameter) -> str:
    kind = parameter.annotation.replace("|", "\\|")
    return f"| `{parameter.name}` | {kind} | `{parameter.default!r}` | {parameter.comment} |"
