"""A long chapter as two pages of the site: the argument, and "More on: ..." with the rest.

A notebook stays one. Its sections tagged `MORE` (the cell of the heading is) make a page of their
own below the chapter in the contents; where each was, a link stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

MORE = "more"
SUFFIX = "_more"
HEADING = re.compile(r"(#+) (.+)")
LINK = re.compile(r"(?<![\w-])(\d\d_\w+)\.ipynb#([\w-]+)")


def split_chapter(node: NotebookNode, page: str) -> tuple[NotebookNode, list[str]] | None:
    """Move the tagged sections of a notebook to a second one.

    Parameters
    ----------
    node : NotebookNode
        Changed in place.
    page : str
        Its name.

    Returns
    -------
    tuple of NotebookNode and list of str, optional
        The second one, and the places that moved, as links call them: names of figures, anchors
        of headings. None if nothing is tagged.

    Raises
    ------
    ValueError
        If a tagged cell does not begin with a heading below the title.
    """
    import nbformat
    from myst_parser.mdit_to_docutils.base import default_slugify

    if not any(MORE in cell.metadata.get("tags", ()) for cell in node.cells):
        return None
    kept, moved, links = [], [], []
    above: dict[int, str] = {}  # the headings that the cell is under, by level
    shown: dict[int, str] = {}  # those of the second page
    headings = []  # that move
    link = None  # the last cell of links to them
    depth = 0  # of the section that moves; 0: none does
    for cell in _at_headings(node.cells):
        heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        level = len(heading[1]) if heading else 0
        if heading:
            above = {at: name for at, name in above.items() if at < level} | {level: heading[2]}
            depth = depth if level > depth else 0
        if MORE in cell.metadata.get("tags", ()) and not depth:
            if level < 2:
                raise ValueError(f"{page}.ipynb: a cell tagged {MORE!r} must begin with a heading")
            depth = level
            label = f"{page}-more-{len(links) + 1}".replace("_", "-")
            links.append(f"[{heading[2]}](#{label})")
            if kept[-1] is link:
                kept[-1].source += f" · {links[-1]}"
            else:
                text = f"*More:* {links[-1]}"
                link = nbformat.v4.new_markdown_cell(text, id=f"{MORE}-{len(links)}")
                kept.append(link)
            # What it is under may have stayed behind.
            under = [at for at, name in above.items() if 1 < at < level and shown.get(at) != name]
            lines = [f"{'#' * at} {above[at]}\n" for at in under]
            cell.source = "\n".join([*lines, f"({label})=", cell.source])
            shown = dict(above)
        if heading and depth:
            headings.append(heading[2])
        (moved if depth else kept).append(cell)
    node.cells = kept
    top = [f"# More on: {above[1]}", "", f"From the notebook of [this chapter]({page}.ipynb):", ""]
    top += [f"* {link}" for link in links]
    cells = [nbformat.v4.new_markdown_cell("\n".join(top), id=MORE), *moved]
    figures = [cell.metadata.get("mystnb", {}).get("figure", {}) for cell in moved]
    places = [figure["name"] for figure in figures if "name" in figure]
    places += [default_slugify(name) for name in headings]
    return nbformat.NotebookNode({**node, "cells": cells}), places


def _at_headings(cells):
    """The cells, cut before headings in their midst; tags are of what a cell begins with."""
    import nbformat
    from markdown_it import MarkdownIt

    for cell in cells:
        if cell.cell_type != "markdown":
            yield cell
            continue
        lines = cell.source.splitlines()
        tokens = MarkdownIt().parse(cell.source)
        starts = [one.map[0] for one in tokens if one.type == "heading_open" and not one.level]
        ends = [start for start in starts if any(lines[:start])] + [len(lines)]
        first, *others = ("\n".join(lines[i:j]).strip() for i, j in pairwise([0, *ends]))
        cell.source = first
        yield cell
        for k, part in enumerate(others, start=1):
            yield nbformat.v4.new_markdown_cell(part, id=f"{cell.id[:50]}-part-{k}")


def led_to_more(text: str, moved: Mapping[str, Iterable[str]]) -> str:
    """Links to what moved, changed so that they lead to where it is now.

    Parameters
    ----------
    text : str
        A page, with links such as ``05_name.ipynb#fig-name``.
    moved : mapping of str to iterable of str
        Places, by the notebook that they were in.
    """

    def led(link: re.Match) -> str:
        notebook, place = link.groups()
        return f"{notebook}{SUFFIX}.ipynb#{place}" if place in moved.get(notebook, ()) else link[0]

    # A page has a megabyte of pictures, each in one line.
    lines = text.split("\n")
    return "\n".join(LINK.sub(led, line) if ".ipynb#" in line else line for line in lines)


def add_more_pages(toc: Path, notebooks: Iterable[str]) -> None:
    """Put the second page of each of these notebooks below the first in a table of contents."""
    import yaml

    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    for part in contents.get("parts", ()):
        for page in part["chapters"]:
            if Path(page.get("file", "")).name in notebooks:
                second = {"file": f"{page['file']}{SUFFIX}", "title": "More on this chapter"}
                page.setdefault("sections", []).append(second)
    toc.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
