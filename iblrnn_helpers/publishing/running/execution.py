"""One notebook, executed by papermill in a process of its own: the side that starts it.

`Execution` starts ``python -m iblrnn_helpers.publishing.running.child FOLDER``, or has a fork
server start the same, and reads one JSON event per line from it.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from ...core.processes import child_environment
from . import child
from .child import kill_group
from .forks import Fork, ForkServer

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
            [sys.executable, "-m", child.__name__, str(self.folder)],
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
        kill_group(self._kernel)
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
            kill_group(self._kernel)

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
    return ForkServer(child.__name__, _environment(n_alike), "load")


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
