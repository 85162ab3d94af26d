"""What the site's pages hold besides notebooks: claims, times, parameters, costs, how to rerun."""

from __future__ import annotations

import csv
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from ..ledger.results import results as measured
from ..ledger.tables import markdown_table
from ..running.notebooks import Notebook, Parameter
from ..running.planning import Places, PlannedRun, read_record, versions
from ..sweep.gallery import COSTS
from ..sweep.train_target import TrainTarget
from .about import about_markdown
from .claims_page import claims_markdown
from .explorable import PAGE, explorable_markdown


def generated_pages(places: Places, tasks: Sequence[PlannedRun], address: str) -> dict[str, str]:
    """Markdown by file name, for ``{include}`` in the book's pages.

    Parameters
    ----------
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
        "claims.md": claims_markdown(results),
        "times.md": _times(places, tasks),
        "parameters.md": parameters_markdown({task.name: task.notebook for task in tasks}),
        "costs.md": costs_markdown(places.root / "book" / "measured"),
        "about.md": about_markdown(places.root, address),
        "pdf.md": "",  # until there is one to link to
        "clone.md": f"```bash\ngit clone {address}\ncd {address.split('/')[-1]}\nmake book\n```\n",
    }
    if PAGE in (places.root / "_toc.yml").read_text(encoding="utf-8"):
        pages["explorable.md"] = explorable_markdown(places.results)
    return pages


def parameters_markdown(notebooks: Mapping[str, Notebook]) -> str:
    """The parameters of each notebook, and of ``train``, as tables."""
    parts = []
    for name, notebook in notebooks.items():
        if notebook.parameters:
            parts += [f"**[{name}](../notebooks/{name}.ipynb)**", _table(notebook.parameters)]
    parts += ["**train**", _table(TrainTarget().parameters.values())]
    return "\n\n".join(parts) + "\n"


def _table(parameters: Iterable[Parameter]) -> str:
    rows = [(f"`{p.name}`", p.annotation, f"`{p.default!r}`", p.comment) for p in parameters]
    return markdown_table(("Parameter", "Type", "Default", ""), rows)


def costs_markdown(folder: str | Path) -> str:
    """What sweeps cost, of the ``NAME.csv`` tables that were kept in a folder, if any were."""
    rows = []
    for path in sorted(Path(folder).glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            settings = list(csv.DictReader(file))
        wall, cpu, memory = ([float(one[name]) for one in settings] for name in COSTS)
        ends = [datetime.fromisoformat(one["finished"]).timestamp() for one in settings]
        starts = [end - seconds for end, seconds in zip(ends, wall, strict=True)]
        minutes = f"{median(cpu) / 60:.1f}, {max(cpu) / 60:.1f}"
        busy = sum(cpu) / (max(ends) - min(starts))
        rows.append((path.stem, str(len(settings)), minutes, f"{max(memory):.0f}", f"{busy:.2f}"))
    if not rows:
        return "No sweep's table is kept with this book.\n"
    minutes = "CPU minutes each: median, most"
    header = ("Sweep", "Settings", minutes, "Peak memory, MB", "Cores busy")
    return markdown_table(header, rows, ("---", "--:", "--:", "--:", "--:")) + "\n"


def _times(places: Places, tasks: Sequence[PlannedRun]) -> str:
    rows, total = [], 0.0
    for task in tasks:
        record = read_record(places, task.name)
        changed = ", ".join(f"`{key} = {value!r}`" for key, value in record["parameters"].items())
        link = f"[{task.name}](../notebooks/{task.name}.ipynb)"
        rows.append((link, f"{record['seconds']:.0f}", changed))
        total += record["seconds"]
    rows.append(("all, one after the other", f"{total:.0f}", ""))
    header = ("Notebook", "Seconds", "Changed parameters")
    machine = f"{os.cpu_count()} processor cores, {platform.machine()}, {platform.system()}"
    software = markdown_table(("Software", "Version"), versions().items())
    times = markdown_table(header, rows, ("---", "--:", "---"))
    return f"{times}\n\nMachine: {machine}.\n\n{software}\n"
