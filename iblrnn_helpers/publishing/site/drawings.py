"""The figures as SVG, to download: pages show their PNG."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..ledger.tables import markdown_table
from .figure_index import Drawn, first_sentence

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER, ALL = "figures", "figures.zip"  # on the site
SVG = "image/svg+xml"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that equal figures make equal archives


def take_drawings(node: NotebookNode) -> dict[str, str]:
    """Take the SVGs out of a notebook, which is changed in place; by the figures' names."""
    found = {}
    for cell in node.cells:
        name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
        for output in cell.get("outputs", ()):
            drawing = output.get("data", {}).pop(SVG, None)
            if name and drawing:
                found.setdefault(name, drawing)
    return found


def write_drawings(drawings: Mapping[str, str], licence: Path, folder: Path) -> None:
    """Write NAME.svg for each drawing, and an archive of all with the licence."""
    folder.mkdir(parents=True)
    files = {f"{name}.svg": text for name, text in drawings.items()}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    files[licence.name] = licence.read_text(encoding="utf-8")
    with zipfile.ZipFile(folder / ALL, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), text, zipfile.ZIP_DEFLATED)


def drawings_markdown(figures: Sequence[Drawn], folder: Path) -> str:
    """A line about the archive in a folder, and a folded table of the figures.

    Parameters
    ----------
    figures : sequence of Drawn
    folder : Path
        That `write_drawings` wrote.
    """
    rows = []
    for figure in figures:
        path = folder / f"{figure.name}.svg"
        link = (
            _link(path.name, f"SVG, {max(1, round(path.stat().st_size / 1e3))} kB")
            if path.exists()
            else "PNG only"
        )
        rows.append((f"{{numref}}`{figure.name}`", first_sentence(figure.caption), link))
    archive = _link(ALL, f"all as one archive, {(folder / ALL).stat().st_size / 1e6:.1f} MB")
    table = markdown_table(("Figure", "What is seen", "File"), rows)
    return f"Figures as SVG: {archive}.\n\n````{{dropdown}} One by one\n{table}\n````\n"


def _link(name: str, text: str) -> str:
    return f'<a href="../{FOLDER}/{name}" download>{text}</a>'
