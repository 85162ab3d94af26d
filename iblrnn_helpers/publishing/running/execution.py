"""One notebook, executed by papermill in a process of its own.

The parent side, `Execution`, starts ``python -m iblrnn_helpers.publishing.running.execution
FOLDER``, or has a fork server start the same, and reads one JSON event per line from it. The child
side runs the notebook on a kernel of the same Python. Whatever happens to the parent, the child
ends the kernel and removes the folder.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from ...core.processes import child_environment, die_with_parent
from .forks import Fork, ForkServer
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

# By itself glibc gives the system back what was a large array, and asks for it again, page by page,
# for the next one: an eighth of a training step of torch's.  Older ones allow no more than 32 MB.
_KEPT_SIZE = 2**29 if platform.libc_ver() >= ("glibc", "2.35") else 2**25
_KEPT = {f"MALLOC_{name}_THRESHOLD_": str(_KEPT_SIZE) for name in ("MMAP", "TRIM")}


class Execution:
    """A notebook that is being executed in a folder of its own, until the block ends.

    Parameters
    ----------
    node : nbformat.NotebookNode
        The notebook, without outputs.
    values : Mapping[str, object]
        Parameters to inject; none leaves the notebook as it is.
    cell_timeout : int
        Seconds that one cell may take.
    environment : Mapping[str, str]
        Added to this process's environment, and to the kernel's.
    n_alike : int
        How many such are executed at the same time, which share the cores.
    hidden : tuple of str
        Folder names that must not show in the executed notebook.
    server : ForkServer, optional
        From `forks_for`; without it the child and the kernel load everything themselves.

    Attributes
    ----------
    output : Path
        The executed notebook; after a failure, as far as it came.
    results : Path
        Folder of what it measured.
    """

    def __init__(
        self,
        node,
        values: Mapping[str, object],
        cell_timeout: int,
        environment: Mapping[str, str],
        n_alike: int = 1,
        hidden: tuple[str, ...] = (),
        server: ForkServer | None = None,
    ):
        import nbformat

        self.folder = Path(tempfile.mkdtemp(prefix="iblrnn-"))
        self.results, self.output = self.folder / "results", self.folder / "executed.ipynb"
        self._errors: IO | None = None
        self._kernel: int | None = None
        self._process: subprocess.Popen | Fork
        job = {
            "values": dict(values),
            "cell_timeout": cell_timeout,
            "hidden": list(hidden),
            "environment": {
                "IPYTHONDIR": str(self.folder / "ipython"),  # no user's own start-up files
                "IBLRNN_RESULTS": str(self.results),
                **environment,
            },
        }
        try:
            for name in ("results", "work"):
                (self.folder / name).mkdir()
            nbformat.write(node, self.folder / "source.ipynb")
            (self.folder / "job.json").write_text(json.dumps(job))
            errors = self.folder / "errors.txt"
            self._errors = open(errors, "w+", encoding="utf-8", errors="replace")
            self._process = self._start(n_alike, server)
        except BaseException:
            self._remove()
            raise

    def _start(self, n_alike: int, server: ForkServer | None) -> subprocess.Popen | Fork:
        if server:
            with suppress(ChildProcessError):  # what cannot fork costs time and nothing else
                return server.fork(str(self.folder), self._errors)
        return subprocess.Popen(
            [sys.executable, "-m", "iblrnn_helpers.publishing.running.execution", str(self.folder)],
            stdin=subprocess.PIPE,  # never written to: it closes when this process ends
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=self.folder / "work",
            env=_environment(n_alike),
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops us
            text=True,
            encoding="utf-8",
        )

    def wait(self, on_cell: Callable[[int, int], None]) -> str | None:
        """Wait until the notebook is done; return None, or what went wrong.

        ``on_cell(k, n)`` is called when the k-th of n code cells starts.
        """
        outcome: dict = {}
        for line in self._process.stdout:
            event = json.loads(line)
            if "kernel" in event:
                self._kernel = event["kernel"]
            elif "cell" in event:
                on_cell(event["cell"], event["cells"])
            else:
                outcome = event
        code = self._process.wait()
        if "error" in outcome:
            return outcome["error"]
        if "done" in outcome:
            return None
        _kill_group(self._kernel)
        self._errors.seek(0)
        tail = self._errors.read().strip()[-2000:]
        cause = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return f"the process that ran it {cause}" + (f"\n{tail}" if tail else "")

    def tell_to_stop(self) -> None:
        """Let the child end itself and its kernel."""
        with suppress(OSError):
            self._process.stdin.close()

    def stop(self) -> None:
        """End the child and its kernel; `wait` then returns."""
        self.tell_to_stop()
        try:
            self._process.wait(timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            _kill_group(self._kernel)

    def __enter__(self) -> Execution:
        return self

    def __exit__(self, *error) -> None:
        self.stop()
        self._process.stdout.close()
        self._remove()

    def _remove(self) -> None:
        if self._errors:
            self._errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def forks_for(n_alike: int) -> ForkServer:
    """What forks executions, of which so many run at the same time."""
    return ForkServer("iblrnn_helpers.publishing.running.execution", _environment(n_alike), "_load")


def _environment(n_alike: int) -> dict[str, str]:
    return child_environment(
        PYTHONHASHSEED="0",
        # A caller's own, such as agg, would leave the pages without figures.
        MPLBACKEND="module://matplotlib_inline.backend_inline",
        SOURCE_DATE_EPOCH="0",  # matplotlib puts the date into SVG files otherwise
        **share_of_cores(n_alike),
        **_KEPT,
    )


def share_of_cores(n_alike: int) -> dict[str, str]:
    """The environment by which each of so many processes learns how many it may have itself.

    ``joblib.cpu_count()`` gives it, which also knows the limits of a batch job or a container.
    """
    import joblib

    return {"LOKY_MAX_CPU_COUNT": str(max(1, joblib.cpu_count() // n_alike))}


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


def _kill_group(pid: int | None) -> None:
    if pid is None:
        return
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _end_kernel(pid: int | None) -> None:
    if pid is None:
        return
    _kill_group(pid)
    try:
        os.waitpid(pid, 0)  # so that its CPU time and memory count as its parents'
    except ChildProcessError:
        pass


def _load() -> None:
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
        _kill_group(kernel_pid())
        gone = folder.with_name(f"{folder.name}-gone")  # for the main thread, which goes on writing
        with suppress(OSError):
            folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    die_with_parent(end_now)
    output = folder / "executed.ipynb"
    try:
        error = _papermill(folder, job, manager, output, tell)
    finally:
        _end_kernel(kernel_pid())
    if output.exists():
        node = clean(nbformat.read(output, as_version=4), (str(folder), *job["hidden"]))
        nbformat.write(node, output)
    tell(**({"error": error} if error else {"done": True}))


def _papermill(folder: Path, job: dict, manager, output: Path, tell) -> str | None:
    """Run it; return what went wrong, with the cell's number and first line."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    code_cells: list = []  # every code cell that started, in order
    n_cells = sum(
        cell.cell_type == "code" and bool(cell.source.strip())
        for cell in nbformat.read(folder / "source.ipynb", as_version=4).cells
    ) + bool(job["values"])

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
            progress_bar=False,
            start_timeout=120,
            execution_timeout=job["cell_timeout"],
            km=manager,
            on_notebook_start=lambda notebook: tell(kernel=manager.provisioner.pid),
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
    if output.exists():  # papermill marks only cells that raised
        node = nbformat.read(output, as_version=4)
        node.cells.insert(0, nbformat.v4.new_markdown_cell(f"**Stopped**: {error}"))
        nbformat.write(node, output)
    return error


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
