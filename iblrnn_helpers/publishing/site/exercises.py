"""The exercises of all chapters in one table, for those who teach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ledger.tables import markdown_table
from .more_pages import SUFFIX

if TYPE_CHECKING:
    from nbformat import NotebookNode

LEVELS = ("basic", "intermediate", "advanced")


@dataclass(frozen=True)
class Exercise:
    """An exercise, as its heading says it: ``### Exercise 2: title (20 min, basic)``.

    Attributes
    ----------
    page : str
        The notebook, without its suffix.
    chapter, heading, title, level : str
    number, minutes : int
    """

    page: str
    chapter: str
    heading: str
    number: int
    title: str
    minutes: int
    level: str


def exercises_of(node: NotebookNode, page: str) -> list[Exercise]:
    """The exercises of a notebook of this name, in order.

    Raises
    ------
    ValueError
        If a heading lacks the minutes or the level.
    """
    text = "\n".join(cell.source for cell in node.cells if cell.cell_type == "markdown")
    chapter = re.search(r"^# (.+)", text, flags=re.MULTILINE)
    found = []
    for heading in re.findall(r"^### (Exercise .*\S)\s*$", text, flags=re.MULTILINE):
        said = re.fullmatch(r"Exercise (\d+): (.+) \((\d+) min, (\w+)\)", heading)
        if not (said and chapter and said[4] in LEVELS):
            raise ValueError(
                f"{page}.ipynb: an exercise's heading must read 'Exercise 1: title (20 min, "
                f"LEVEL)' with a LEVEL of {', '.join(LEVELS)}, got {heading!r}"
            )
        number, title, minutes, level = said.groups()
        one = (page, chapter[1], heading, int(number), title, int(minutes), level)
        found.append(Exercise(*one))
    return found


def exercises_markdown(exercises: Iterable[Exercise], seconds: Mapping[str, float]) -> str:
    """A table of exercises, and how long each chapter ran.

    Parameters
    ----------
    exercises : iterable of Exercise
    seconds : Mapping[str, float]
        That each notebook took.
    """
    from myst_parser.mdit_to_docutils.base import default_slugify

    rows, total, before = [], 0, None
    for one in exercises:
        took = seconds[one.page.removesuffix(SUFFIX)]
        chapter = "" if one.page == before else f"{{doc}}`../notebooks/{one.page}` ({took:.0f} s)"
        link = f"[{one.title}](../notebooks/{one.page}.ipynb#{default_slugify(one.heading)})"
        rows.append((chapter, f"{one.number}. {link}", str(one.minutes), one.level))
        total, before = total + one.minutes, one.page
    header = ("Chapter (runs in)", "Exercise", "Minutes", "Level")
    table = markdown_table(header, rows, ("---", "---", "--:", "---"))
    work = f"{total} minutes" if total < 120 else f"{total / 60:.0f} hours"
    return f"{len(rows)} exercises, {work} of work.\n\n{table}\n"
