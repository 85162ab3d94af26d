"""A notebook as a chapter of the site: what a reader sees first, and what is folded away.

Notebooks stay whole for those who run them; only their copies in the book are changed.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..running.planning import PlannedRun
from .more_pages import split_chapter

if TYPE_CHECKING:
    from nbformat import NotebookNode

WORDS_PER_MINUTE = 200
OPEN = "teaches"  # the tag of cells whose code is part of the text
LEAD = "lead"  # of the cell whose figure opens the chapter
INSTALLS = 'find_spec("iblrnn_helpers")'  # stands in the cell that installs the package in Colab
KEPT = {OPEN, "hide-output", "remove-input", "remove-cell"}  # tags of cells that stay as they are
# What `networks_for` and its like say of where their networks come from.
ORIGIN = re.compile(r"^.*\d trained here before, .*\d trained just now\.?$\n?", re.MULTILINE)
# What a cell is for, by what stands in it; the first that fits counts.
ROLES = (
    (r"check_parameters\(globals\(\)", "Code: setup"),
    (r"^report\(|= report\(", "Code: the numbers for the claims"),
    (r"\bfig_\w+\(", "Code of this figure"),
    (r"^said\(", "Code: numbers in the text"),
    (r"", "Code"),
)


def make_chapter(
    node: NotebookNode, task: PlannedRun, seconds: float, address: str
) -> tuple[NotebookNode, list[str]] | None:
    """Fold the code, put one figure up, split what is long, say what reading and running take.

    Parameters
    ----------
    node : NotebookNode
        The executed notebook, changed in place.
    task : PlannedRun
        What was run.
    seconds : float
        That it took.
    address : str
        The repository's, as ``https://github.com/OWNER/NAME``.

    Returns
    -------
    tuple of NotebookNode and list of str, optional
        The second page and the places that moved there, see `split_chapter`.
    """
    import nbformat

    origins = _take_origins(node)
    for cell in node.cells:
        if cell.cell_type == "code":
            _fold(cell)
        else:  # what it takes is measured
            cell.source = re.sub(r"\n*^\*\*Time:\*\*.*$", "", cell.source, flags=re.MULTILINE)
    lead = [cell for cell in node.cells if LEAD in cell.metadata.get("tags", ())]
    rest = [cell for cell in node.cells[1:] if cell not in lead]
    node.cells = [node.cells[0], *lead, *rest]
    more = split_chapter(node, task.name)
    texts = [_prose(cell.source) for cell in node.cells if cell.cell_type == "markdown"]
    times = _times_markdown(sum(len(text.split()) for text in texts), seconds)
    box = f"{times}\n\n{_rerun_markdown(task, address, origins)}"
    node.cells.insert(1 + len(lead), nbformat.v4.new_markdown_cell(box, id="rerun-box"))
    return more


def _take_origins(node) -> list[str]:
    """Take what is said of the networks' origin out of the outputs; return it."""
    taken = []
    for cell in node.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                taken += [line.strip() for line in ORIGIN.findall(output.text)]
                output.text = ORIGIN.sub("", output.text)
        if "outputs" in cell:
            cell.outputs = [one for one in cell.outputs if one.get("text", "-").strip()]
    return taken


def _fold(cell) -> None:
    """Fold the code of a cell under a name that says what it holds, unless its tags say more."""
    tags = cell.metadata.setdefault("tags", [])
    if KEPT & set(tags):
        return
    if INSTALLS in cell.source:  # for Colab
        cell.metadata["tags"] = ["remove-cell"]
        return
    if "parameters" in tags:
        name = "Code: parameters of this page"
    else:
        name = next(name for sign, name in ROLES if re.search(sign, cell.source, re.MULTILINE))
    if not {"hide-input", "hide-cell"} & set(tags):
        tags.append("hide-input")
    cell.metadata.setdefault("mystnb", {}).setdefault("code_prompt_show", name)


def _prose(markdown: str) -> str:
    """The words of a text, without code, formulas and the targets of links."""
    for what in (r"```.*?```", r"\$\$.*?\$\$", r"<[^>]*>", r"\]\([^)]*\)"):
        markdown = re.sub(what, " ", markdown, flags=re.DOTALL)
    return markdown


def _times_markdown(n_words: int, seconds: float) -> str:
    minutes = max(1, round(n_words / WORDS_PER_MINUTE))
    if seconds < 90:
        run = f"{max(1, round(seconds))} s"
    else:
        run = f"{round(seconds / 60)} min"
    return f'<p class="times">Reading: {minutes} min · Running: {run} in this build</p>'


def _rerun_markdown(task: PlannedRun, address: str, origins: Sequence[str] = ()) -> str:
    """A papermill line with this run's values, and where its networks come from."""
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
    told = "".join(f"\n\n{line}" for line in ("In this build:", *origins)) if origins else ""
    # HTML around Markdown, and no directive: the executed notebook can be downloaded.
    return f"""<details class="rerun">
<summary>Rerun this page</summary>

This page is one notebook, run here with the values below (0 means: as the profile says). To run
it anywhere, with your own:

```bash
pip install "iblrnn_helpers[book] @ git+{address}"
{joined}
```

The cell that sets these values says what they mean; [Rerun with other
settings](../book/sweeps.md) has them for all pages.{told}

</details>"""


def papermill_options(values: Mapping[str, object]) -> list[str]:
    """``-p NAME VALUE`` for each; what is no plain value goes as YAML."""
    return [
        f"-y {shlex.quote(f'{name}: {json.dumps(value)}')}"
        if isinstance(value, list)
        else f"-p {name} {shlex.quote(str(value))}"
        for name, value in values.items()
    ]
