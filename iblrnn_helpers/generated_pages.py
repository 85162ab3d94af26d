"""The parts of the book that a build writes: claims, times, parameters, how to clone."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence

from .claims import ledger
from .explorable import PAGE, explorable_markdown
from .pipeline import read_record
from .places import Places
from .plan import Task, versions
from .sweep.pages import costs_markdown, parameters_markdown


def generated_pages(places: Places, tasks: Sequence[Task], address: str) -> dict[str, str]:
    """Markdown by file name, for ``{include}`` in the book's pages.

    Parameters
    ----------
    places : Places
    tasks : sequence of Task
        The notebooks, executed.
    address : str
        The repository's.

    Raises
    ------
    ValueError
        If the book has the explorable page, but no run left what it shows.
    """
    results = ledger.results(places.results)
    pages = {
        "claims.md": f"{ledger.to_markdown(results)}\n**{ledger.summary(results)}.**\n",
        "reasons.md": ledger.reasons_markdown(results),
        "times.md": _times(places, tasks),
        "parameters.md": parameters_markdown({task.name: task.notebook for task in tasks}),
        "costs.md": costs_markdown(places.root / "book" / "measured"),
        "pdf.md": "",  # until there is one to link to
        "clone.md": f"```bash\ngit clone {address}\ncd {address.split('/')[-1]}\nmake book\n```\n",
    }
    if PAGE in (places.root / "_toc.yml").read_text(encoding="utf-8"):
        pages["explorable.md"] = explorable_markdown(places.results)
    return pages


def _times(places: Places, tasks: Sequence[Task]) -> str:
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
