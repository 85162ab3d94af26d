"""The box on each chapter's page that says how to run it again, with other parameters."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .plan import Task


def add_rerun_box(path: Path, task: Task, seconds: float, address: str) -> None:
    """Put the box below the introduction of an executed notebook.

    Parameters
    ----------
    path : Path
        The executed notebook, changed in place.
    task : Task
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


def rerun_markdown(task: Task, seconds: float, address: str) -> str:
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
