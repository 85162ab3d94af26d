"""What the book says of sweeps that is read off: what can be varied, and what it cost."""

from __future__ import annotations

import csv
import json
import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from ..ledger import tables
from ..ledger.results import results as measured
from ..running.notebooks import Notebook, Parameter
from ..running.pipeline import read_record
from ..running.places import Places
from ..running.planning import PlannedRun, versions
from ..sweep.gallery import COSTS
from ..sweep.train_target import TrainTarget
from .explorable import PAGE, explorable_markdown


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


# The parts of the book that a build writes: claims, times, parameters, how to clone.


def generated_pages(places: Places, tasks: Sequence[PlannedRun], address: str) -> dict[str, str]:
    """Markdown by file name, for ``{include}`` in the book's pages.

    Parameters
    ----------
    places : Places
    tasks : sequence of PlannedRun
        The notebooks, executed.
    address : str
        The repository's.

    Raises
    ------
    ValueError
        If the book has the explorable page, but no run left what it shows.
    """
    results = measured(places.results)
    pages = {
        "claims.md": f"{tables.to_markdown(results)}\n**{tables.summary(results)}.**\n",
        "reasons.md": tables.reasons_markdown(results),
        "times.md": _times(places, tasks),
        "parameters.md": parameters_markdown({task.name: task.notebook for task in tasks}),
        "costs.md": costs_markdown(places.root / "book" / "measured"),
        "pdf.md": "",  # until there is one to link to
        "clone.md": f"```bash\ngit clone {address}\ncd {address.split('/')[-1]}\nmake book\n```\n",
    }
    if PAGE in (places.root / "_toc.yml").read_text(encoding="utf-8"):
        pages["explorable.md"] = explorable_markdown(places.results)
    return pages


def _times(places: Places, tasks: Sequence[PlannedRun]) -> str:
    records = [(task.name, read_record(places, task.name)) for task in tasks]
    lines = ["| Notebook | Seconds | Changed parameters |", "|---|--:|---|"]
    for name, record in records:
        changed = ", ".join(f"`{key} = {value!r}`" for key, value in record["parameters"].items())
        lines.append(
            f"| [{name}](../notebooks/{name}.ipynb) | {record['seconds']:.0f} | {changed} |"
        )
    total = sum(record["seconds"] for _, record in records)
    lines.append(f"| all, one after the other | {total:.0f} | |")
    machine = f"{os.cpu_count()} processor cores, {platform.machine()}, {platform.system()}"
    lines += ["", f"Machine: {machine}.", "", "| Software | Version |", "|---|---|"]
    lines += [f"| {name} | {version} |" for name, version in versions().items()]
    return "\n".join(lines) + "\n"


# The box on each chapter's page that says how to run it again, with other parameters.

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..running.planning import PlannedRun


def add_rerun_box(path: Path, task: PlannedRun, seconds: float, address: str) -> None:
    """Put the box below the introduction of an executed notebook.

    Parameters
    ----------
    path : Path
        The executed notebook, changed in place.
    task : PlannedRun
        What was run.
    seconds : float
        That it took.
    address : str
        The repository's, as ``https://github.com/OWNER/NAME``.
    """
    import nbformat

    node = nbformat.read(path, as_version=4)
    box = nbformat.v4.new_markdown_cell(rerun_markdown(task, seconds, address), id="rerun-box")
    node.cells.insert(1, box)
    nbformat.write(node, path)


def rerun_markdown(task: PlannedRun, seconds: float, address: str) -> str:
    """The box: how long it took, and a papermill line with this run's values."""
    raw = address.replace("github.com", "raw.githubusercontent.com")
    values = {
        parameter.name: task.values.get(parameter.name, parameter.default)
        for parameter in task.notebook.parameters
    }
    lines = [
        f"papermill {raw}/main/notebooks/{task.name}.ipynb {task.name}.ipynb",
        *papermill_options(values),
    ]
    joined = " \\\n  ".join(lines)  # no backslash in an f-string before Python 3.12
    # HTML around Markdown, and no directive: the executed notebook can be downloaded.
    return f"""<details class="rerun">
<summary>Rerun this page</summary>

This page is one notebook, which took {seconds:.0f} seconds here with the values below (0 means:
as the profile says). To run it anywhere, with your own:

```bash
pip install "iblrnn_helpers[book] @ git+{address}"
{joined}
```

The cell that sets these values says what they mean; [Rerun with other
settings](../book/sweeps.md) has them for all pages.

</details>"""


def papermill_options(values: Mapping[str, object]) -> list[str]:
    """``-p NAME VALUE`` for each; what is no plain value goes as YAML."""
    return [
        f"-y {shlex.quote(f'{name}: {json.dumps(value)}')}"
        if isinstance(value, list)
        else f"-p {name} {shlex.quote(str(value))}"
        for name, value in values.items()
    ]
