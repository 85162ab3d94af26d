"""One notebook, executed by papermill in a process of its own: that process.

``python -m iblrnn_helpers.publishing.running.child FOLDER``, or a fork that does the same, runs the
notebook on a kernel of the same Python, and tells what it does in JSON, an event a line. Whatever
happens to its parent, it ends the kernel and removes the folder.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from ...core.processes import die_with_parent
from .plot_svg import START

# What a chapter or what runs it imports, for a process whose forks then have it.
LIBRARIES = (
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "numba",
    "papermill",
    "scipy.optimize",
    "seaborn",
    "sklearn.linear_model",
    "torch._dynamo",  # at their first use torch's optimisers load it, and so does its vmap
)


def clean(node, hidden: tuple[str, ...] = ()):
    """Take out what differs between two equal runs: times, random ids, places, addresses."""
    node.metadata.pop("papermill", None)
    node.metadata["language_info"] = {
        "name": "python",
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "pygments_lexer": "ipython3",
    }
    for cell in node.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        if "outputs" in cell:
            cell.outputs = _joined(cell.outputs)
        for output in cell.get("outputs", []):
            if "text" in output:
                output.text = _clean_text(output.text, hidden)
            for kind in ("text/plain", "text/html"):
                if kind in output.get("data", {}):
                    output.data[kind] = _clean_text(output.data[kind], hidden)
    return node


def _joined(outputs: list) -> list:
    """Outputs, of which neighbours in one stream are one: how they were cut depends on the load."""
    found: list = []
    for output in outputs:
        last = found[-1] if found else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            found.append(output)
    return found


def _clean_text(text: str, hidden: tuple[str, ...]) -> str:
    text = re.sub(r"\S*ipykernel_\d+[/\\]\d+\.py", "cell", text)
    text = re.sub(r" at 0x[0-9a-f]{6,}>", " at 0x…>", text)
    for folder in sorted(hidden, key=len, reverse=True):
        text = text.replace(folder + os.sep, "")
    return text


def kill_group(pid: int | None) -> None:
    if pid is None:
        return
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_kernel(pid: int | None) -> None:
    if pid is None:
        return
    kill_group(pid)
    try:
        os.waitpid(pid, 0)  # so that its CPU time and memory count as its parents'
    except ChildProcessError:
        pass


def load() -> None:
    """Import what most chapters do, and what runs them."""
    import pandas as pd

    for module in LIBRARIES:
        importlib.import_module(module)
    pd.set_option("display.max_columns", 20)  # as in a kernel, for which it looks when imported


def become(text: str) -> None:
    """Make of this process, a fork, the child that runs the notebook of a folder."""
    try:
        _run(Path(text), forked=True)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # to take down all that was imported takes a second


def _run(folder: Path, forked: bool = False) -> None:
    """The child's whole life."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    job = json.loads((folder / "job.json").read_text())
    os.environ.update(job["environment"])
    os.chdir(folder / "work")
    start_up = f"--IPKernelApp.exec_lines={START}"
    if forked:
        from .forked_kernel import fork_kernel

        spec = fork_kernel(start_up)
    else:
        start = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        spec = KernelSpec(argv=[*start, start_up])
    # Events keep the pipe to themselves: whatever else is printed goes to the error log.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**event) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    class Kernel(AsyncKernelManager):
        kernel_spec = spec  # an installed "python3" may belong to another environment

    # Sockets in our own folder: no open ports, and no race for free ones between two kernels.
    manager = Kernel(transport="ipc", connection_file=str(folder / "k"))

    def kernel_pid() -> int | None:
        return getattr(manager.provisioner, "pid", None)

    def end_now() -> None:
        kill_group(kernel_pid())
        gone = folder.with_name(f"{folder.name}-gone")  # for the main thread, which goes on writing
        with suppress(OSError):
            folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    die_with_parent(end_now)
    output = folder / "executed.ipynb"
    try:
        error = _papermill(folder, job, manager, output, tell)
    finally:
        end_kernel(kernel_pid())
    if output.exists():
        node = clean(nbformat.read(output, as_version=4), (str(folder), *job["hidden"]))
        nbformat.write(node, output)
    tell(**({"error": error} if error else {"done": True}))


def _papermill(folder: Path, job: dict, manager, output: Path, tell) -> str | None:
    """Run it; return what went wrong, with the cell's number and first line."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    notebooks: list = []  # the one that runs, once it does
    code_cells: list = []  # every code cell that started, in order
    n_cells = sum(
        cell.cell_type == "code" and bool(cell.source.strip())
        for cell in nbformat.read(folder / "source.ipynb", as_version=4).cells
    ) + bool(job["values"])

    def on_start(notebook) -> None:
        notebooks.append(notebook)
        tell(kernel=manager.provisioner.pid)

    def on_cell(cell, cell_index) -> None:
        code_cells.append(cell)
        tell(cell=len(code_cells), cells=n_cells)

    def where(source: str) -> str:
        first = next((line for line in source.splitlines() if line.strip()), "")
        return f"code cell {len(code_cells)} of {n_cells} ({first.strip()})"

    try:
        papermill.execute_notebook(
            str(folder / "source.ipynb"),
            str(output),
            parameters=job["values"],
            kernel_name="python3",
            language="python",
            request_save_on_cell_execute=False,  # it would be of all cells, twice for each
            progress_bar=False,
            start_timeout=120,
            execution_timeout=job["cell_timeout"],
            km=manager,
            on_notebook_start=on_start,
            on_cell_execute=on_cell,
        )
        return None
    except papermill.PapermillExecutionError as error:
        return f"{where(error.source)} raised {error.ename}: {error.evalue}"
    except CellTimeoutError:
        error = f"took longer than {job['cell_timeout']} seconds"
    except DeadKernelError:
        error = "ended its kernel (was there enough memory?)"
    error = f"{where(code_cells[-1].source if code_cells else '')} {error}"
    for notebook in notebooks:  # papermill marks, and writes, only what raised
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"**Stopped**: {error}"))
        nbformat.write(notebook, output)
    return error


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
