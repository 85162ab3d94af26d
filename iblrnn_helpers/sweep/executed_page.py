"""An executed notebook as one plain page, with its figures beside it as files."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 70rem;
  color: #222; background: #fff; }
img { max-width: 100%; height: auto; }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; font-size: .85rem; }
.wide { overflow-x: auto; max-height: 40rem; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; }
.thumbnails { display: flex; flex-wrap: wrap; gap: .5rem; }
.thumbnails img { width: 14rem; border: 1px solid #ddd; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #181818; } pre { background: #262626; }
  th, td { border-color: #444; } img { background: #fff; } a { color: #8ab4f8; } }
"""


@dataclass(frozen=True)
class Shown:
    """A figure of an executed notebook: its file, where it stands, and what it shows."""

    file: str
    anchor: str
    title: str
    alt: str


def page(title: str, body: str) -> str:
    """A whole page that loads nothing from elsewhere."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def notebook_page(node, title: str, name: str, folder: Path) -> list[Shown]:
    """Write ``NAME.html`` and its figures into a folder; return the figures.

    Parameters
    ----------
    node : nbformat.NotebookNode
        Executed.
    title, name : str
    folder : Path
    """
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark").enable("table")
    parts, figures = ['<p><a href="index.html">All settings</a></p>'], []
    for cell in node.cells:
        if cell.cell_type == "markdown":
            parts.append(markdown.render(cell.source))
        elif cell.cell_type == "code":
            hidden = "hide-cell" in cell.metadata.get("tags", [])
            parts.append("" if hidden else f"<pre>{escape(cell.source)}</pre>")
            parts += [_output(o, cell, name, folder, figures) for o in cell.outputs]
    (folder / f"{name}.html").write_text(page(title, "\n".join(parts)), encoding="utf-8")
    return figures


def _output(output, cell, name: str, folder: Path, figures: list[Shown]) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        said = cell.metadata.get("mystnb", {})
        caption = said.get("figure", {}).get("caption", "")
        shown = Shown(
            f"{name}-{len(figures) + 1}.png",
            f"figure-{len(figures) + 1}",
            said.get("figure", {}).get("name", f"figure {len(figures) + 1}"),
            said.get("image", {}).get("alt", caption or "A figure without a description"),
        )
        (folder / shown.file).write_bytes(base64.b64decode(data["image/png"]))
        figures.append(shown)
        return (
            f'<figure id="{shown.anchor}"><img src="{shown.file}" alt="{escape(shown.alt)}">'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )
    if "text/html" in data:
        return f'<div class="wide">{data["text/html"]}</div>'
    text = output.get("text") or data.get("text/plain", "")
    return f"<pre>{escape(text)}</pre>" if text else ""
