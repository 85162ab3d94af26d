"""Every notebook alone: an empty folder, a fresh environment like Colab's, its own first cell.

Usage: python tests/alone/alone.py [--profile smoke] [01_task 09_claim4_radd ...]

The first cell installs the package from the repository's address. Here git is told to take that
address from a snapshot of the working tree (`snapshot`), so the notebooks run as they are. pip
sees no index, only the wheels that it asked for in a first trial (`prepare`).
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import papermill
from colab import ROOT, Colab, distributions, site_of, snapshot
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec

from iblrnn_helpers.core.checks import PROFILES
from iblrnn_helpers.publishing.running.child import end_kernel
from iblrnn_helpers.publishing.running.notebooks import find_notebooks, unknown
from iblrnn_helpers.publishing.site.book import repository

SECONDS_TO_FIRST_FIGURE = 60
# What networks_for and hmm_rnns_for say of where their networks come from.
ORIGIN = r"\d+ trained here before, \d+ shipped with the package.*, \d+ trained just now"


@dataclass
class Report:
    """What one notebook did."""

    name: str
    error: str = ""
    installing: float = 0.0  # seconds of the first code cell
    first_figure: float | None = None  # seconds from there on
    seconds: float = 0.0  # in all
    n_figures: int = 0
    origins: list[str] = field(default_factory=list)

    def line(self) -> str:
        if self.error:
            return f"{self.name}: FAILED: {self.error}"
        told = f"{self.name}: ok, {self.seconds:.0f} s; installed in {self.installing:.0f} s"
        if self.first_figure is None:
            return f"{told}, no figure"
        late = self.first_figure > SECONDS_TO_FIRST_FIGURE
        told += f", first of {self.n_figures} figures {self.first_figure:.0f} s later"
        return told + (f" (LATE: more than {SECONDS_TO_FIRST_FIGURE} s)" if late else "")


def run(notebook, profile: str, colab: Colab, source: Path) -> Report:
    """Run one notebook in a new, empty folder; its folder and environment are removed after."""
    report = Report(notebook.name)
    with tempfile.TemporaryDirectory(dir=colab.folder, prefix="alone-") as folder:
        place = Path(folder)
        for name in ("home", "work"):
            (place / name).mkdir()
        venv = colab.on_top(place)
        python = venv / "bin" / "python"
        path = place / "work" / f"{notebook.name}.ipynb"
        shutil.copy2(notebook.path.with_suffix(".ipynb"), path)
        variables = colab.environment(place, source)

        class Kernel(AsyncKernelManager):
            kernel_spec = KernelSpec(
                argv=[str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            )

            async def start_kernel(self, **options):
                await super().start_kernel(**{**options, "env": dict(variables)})

        kernel = Kernel(transport="ipc", connection_file=str(place / "k"))
        times = Times()
        try:
            papermill.execute_notebook(
                str(path),
                str(place / "executed.ipynb"),
                parameters={"profile": profile},
                cwd=str(path.parent),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                start_timeout=120,
                execution_timeout=notebook.cell_timeout,
                km=kernel,
                on_cell_executed=times.cell,
            )
        except Exception as error:  # whatever it is, the other notebooks go on
            report.error = what_went_wrong(error)
            return report
        finally:
            end_kernel(getattr(kernel.provisioner, "pid", None))
        report.seconds = time.monotonic() - times.started
        report.installing = times.installed - times.started
        if times.first_figure is not None:
            report.first_figure = times.first_figure - times.installed
        executed = nbformat.read(place / "executed.ipynb", as_version=4)
        report.n_figures = sum(has_figure(cell) for cell in executed.cells)
        report.origins = origins(executed)
        report.error = "; ".join(
            complaints(notebook, distributions(site_of(venv)), distributions(colab.site), executed)
        )
    return report


def what_went_wrong(error: Exception) -> str:
    """An error in one line, with the first line of the cell that raised it."""
    if isinstance(error, papermill.PapermillExecutionError):
        first = next(filter(None, error.source.splitlines()), "")
        return f"{error.ename}: {error.evalue} (in the cell that begins with {first.strip()!r})"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


class Times:
    """When the first code cell was done, and when the first figure was there."""

    def __init__(self):
        self.started = time.monotonic()
        self.installed: float | None = None
        self.first_figure: float | None = None

    def cell(self, cell, cell_index, execute_reply) -> None:
        if self.installed is None:
            self.installed = time.monotonic()
        if self.first_figure is None and has_figure(cell):
            self.first_figure = time.monotonic()


def complaints(notebook, added: set[str], preloaded: set[str], executed) -> list[str]:
    """What is wrong with a run that went through.

    Parameters
    ----------
    notebook : Notebook
    added, preloaded : set of str
        Distributions that the notebook installed, and that were there before.
    executed : nbformat.NotebookNode
    """
    found = []
    if "iblrnn-helpers" not in added:
        found.append("its first cell did not install the package")
    if twice := sorted(added & preloaded):
        found.append(f"it installed another {', '.join(twice)}")
    if notebook.depends and not origins(executed):
        found.append(
            f"it needs {', '.join(notebook.depends)} and does not say what it used instead"
        )
    return found


def has_figure(cell) -> bool:
    """Whether a cell put out a picture."""
    return any(
        kind.startswith("image/")
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    )


def origins(executed) -> list[str]:
    """The lines in which a notebook says where its networks come from."""
    return [
        line
        for cell in executed.cells
        for output in cell.get("outputs", [])
        for line in output.get("text", "").splitlines()
        if re.search(ORIGIN, line)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run each notebook alone, as Colab would.")
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="all if none is named")
    parser.add_argument("--profile", default="smoke", choices=PROFILES)
    parser.add_argument("--pip-args", default="", help="for installing what Colab has")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # folders and kernels are cleaned up
    notebooks = find_notebooks(ROOT / "notebooks")
    for name in args.notebooks:
        if name not in notebooks:
            parser.error(unknown("notebook", name, notebooks))
    colab = Colab(ROOT / "build" / "alone", repository(ROOT))
    print("the package adds", ", ".join(colab.prepare(shlex.split(args.pip_args))), flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(dir=colab.folder, prefix="source-") as folder:
        source = snapshot(Path(folder))
        for name in args.notebooks or notebooks:
            report = run(notebooks[name], args.profile, colab, source)
            print(report.line(), *report.origins, sep="\n    ", flush=True)
            failed += bool(report.error)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
