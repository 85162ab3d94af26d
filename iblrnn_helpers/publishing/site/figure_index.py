"""The page of all figures: the papers' figures beside ours, and a small picture of each of ours."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..ledger.claim import PAPERS
from ..ledger.tables import markdown_table

if TYPE_CHECKING:
    from nbformat import NotebookNode

WIDTH = 280  # pixels of a small picture
COMPARED = r"Compare (Figs?\. \d[A-Za-z]?(?:(?:, | and )(?:\d[A-Za-z]?|[A-Za-z])\b)*)"
# Of the numbered parts, in the order of the contents.
PAPER_OF_PART = ("schaeffer2020", "chalk2021", "torre2025", "sussillo2013")


@dataclass(frozen=True)
class Drawn:
    """A figure of an executed notebook.

    Attributes
    ----------
    notebook, name, caption : str
        ``name`` is what references call it.
    png : bytes
    """

    notebook: str
    name: str
    caption: str
    png: bytes

    @property
    def compared(self) -> str | None:
        """The paper's figure that the caption names, such as ``Fig. 4b and c``."""
        found = re.search(COMPARED, self.caption)
        return found and found[1]


def figures_of(node: NotebookNode, notebook: str) -> list[Drawn]:
    """The figures of an executed notebook of this name, in order."""
    found = []
    for cell in node.cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        pictures = [
            output["data"]["image/png"]
            for output in cell.get("outputs", ())
            if "image/png" in output.get("data", {})
        ]
        if "name" in figure and pictures:
            png = base64.b64decode(pictures[0])
            found.append(Drawn(notebook, figure["name"], figure["caption"], png))
    return found


def write_small_pictures(figures: Iterable[Drawn], folder: Path) -> None:
    """A PNG of each figure, at most `WIDTH` pixels wide, as NAME.png."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        with Image.open(io.BytesIO(figure.png)) as image:
            small = image.convert("RGB")
            small.thumbnail((WIDTH, 4 * WIDTH))
            small.quantize(64).save(folder / f"{figure.name}.png", optimize=True)


def papers_in(toc: Path) -> dict[str, str]:
    """The paper that each notebook of a table of contents is on."""
    import yaml

    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    numbered = [part["chapters"] for part in contents.get("parts", ()) if part.get("numbered")]
    return {
        Path(page["file"]).name: paper
        for paper, chapters in zip(PAPER_OF_PART, numbered, strict=False)
        for chapter in chapters
        for page in (chapter, *chapter.get("sections", ()))
    }


def figure_index_markdown(figures: Sequence[Drawn], folder: str, papers: Mapping[str, str]) -> str:
    """The page below its introduction.

    Parameters
    ----------
    figures : sequence of Drawn
    papers : mapping of str to str
        The paper that a notebook is on; of others no figure is compared.
    folder : str
        Of the small pictures, relative to the page.
    """
    parts = []
    for paper in dict.fromkeys(papers.values()):
        rows = [
            (one.compared, f"{{numref}}`{one.name}`", first_sentence(one.caption))
            for one in figures
            if one.compared and papers.get(one.notebook) == paper
        ]
        if rows:
            header = (PAPERS[paper], "Here", "What is seen")
            parts += [f"## Figures of {PAPERS[paper]}", markdown_table(header, sorted(rows))]
    parts.append("## All figures")
    for notebook in dict.fromkeys(one.notebook for one in figures):
        cards = [_card(one, folder) for one in figures if one.notebook == notebook]
        title = f"### {{doc}}`../notebooks/{notebook}`"
        parts += [title, "\n".join(["`````{grid} 2 3 3 4\n:gutter: 2", *cards, "`````"])]
    return "\n\n".join(parts) + "\n"


def _card(figure: Drawn, folder: str) -> str:
    return (
        f"````{{grid-item-card}}\n:link: {figure.name}\n:link-type: ref\n"
        f":img-top: {folder}/{figure.name}.png\n:img-alt: {first_sentence(figure.caption)}\n\n"
        f"{first_sentence(figure.caption)}\n````"
    )


def first_sentence(caption: str) -> str:
    """The caption up to its first full stop before a capital letter, without emphasis."""
    plain = re.sub(r"[*_`]", "", caption)
    return re.split(r"(?<=[a-z0-9%)])\. (?=[A-Z])", plain, maxsplit=1)[0].rstrip(".")
