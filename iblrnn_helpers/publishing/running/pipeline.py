"""Run the notebooks: in the order of their dependencies, only what changed, a few at a time."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ...core import checks, files
from ...core.checks import PROFILES
from .execution import Execution, forks_for
from .forks import POSSIBLE, ForkServer
from .planning import Places, PlannedRun, find_places, is_fresh, plan, read_record, shown, why

LOG_SECONDS = 30
FEW = 2  # notebooks for each job, which may load what they need themselves


@dataclass(frozen=True)
class Outcome:
    """What became of a notebook: ``done``, ``fresh``, ``failed`` or ``skipped``, and why."""

    name: str
    status: str
    message: str = ""
    seconds: float = 0.0


class Progress:
    """Lines about named jobs that consist of cells.

    On a terminal the last line is rewritten in place. Elsewhere a job that is still running
    is mentioned every `LOG_SECONDS`, so that a log shows life without filling up.
    """

    def __init__(self):
        self._live = sys.stdout.isatty()
        self._running: dict[str, list] = {}  # name -> [started, mentioned, cell, n_cells]

    def say(self, line: str) -> None:
        """A line that stays."""
        print(("\r\x1b[K" if self._live else "") + line, flush=True)

    def started(self, name: str) -> None:
        now = time.monotonic()
        self._running[name] = [now, now, 0, 0]
        self.say(f"{name}: started")

    def cell(self, name: str, cell: int, n_cells: int) -> None:
        if name in self._running:
            self._running[name][2:] = cell, n_cells

    def finished(self, name: str, line: str) -> None:
        self._running.pop(name, None)
        self.say(f"{name}: {line}")

    def tick(self) -> None:
        """Call this about twice a second."""
        now = time.monotonic()
        if self._live:
            line = " · ".join(self._status(name, now) for name in list(self._running))
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + line[:width], end="", flush=True)
            return
        for name, state in list(self._running.items()):
            if now - state[1] >= LOG_SECONDS:
                state[1] = now
                self.say(self._status(name, now))

    def _status(self, name: str, now: float) -> str:
        started, _, cell, n_cells = self._running[name]
        where = f"cell {cell}/{n_cells}" if n_cells else "starting"
        return f"{name}: {where}, {now - started:.0f} s"


def run(
    places: Places,
    tasks: Sequence[PlannedRun],
    *,
    jobs: int = 2,
    force: Iterable[str] = (),
) -> list[Outcome]:
    """Execute what is out of date, ``jobs`` notebooks at a time.

    Finished notebooks lie in ``places.executed``, all at once or not at all. One that fails
    is kept in ``places.failed``, and those that need it are skipped.

    Parameters
    ----------
    tasks : sequence of PlannedRun
        From `plan`.
    jobs : int
        How many notebooks to run at the same time.
    force : iterable of str
        Names to run although they are up to date.
    """
    progress, force = Progress(), set(force)
    outcomes: dict[str, Outcome] = {}
    n_waiting_for = Counter(name for task in tasks for name in task.notebook.depends)

    def urgency(task: PlannedRun) -> tuple[int, int]:
        # What others wait for goes first, and short ones last, so that all end at about one time.
        return n_waiting_for[task.name], task.notebook.cell_timeout

    waiting = {task.name: task for task in sorted(tasks, key=urgency, reverse=True)}
    running: dict[Future, str] = {}
    executions: list[Execution] = []
    stopping = threading.Event()
    n_alike = min(jobs, len(tasks))
    pool = ThreadPoolExecutor(max_workers=jobs)
    fresh = {task.name for task in tasks if task.name not in force and is_fresh(places, task)}
    if forks := POSSIBLE and len(tasks) - len(fresh) > FEW * jobs:
        progress.say("loading libraries")

    def finish(outcome: Outcome, line: str) -> None:
        outcomes[outcome.name] = outcome
        progress.finished(outcome.name, line)

    def stop() -> None:
        stopping.set()
        for execution in list(executions):  # all, whatever comes while we wait for one
            execution.tell_to_stop()
        for execution in list(executions):
            execution.stop()
        pool.shutdown(wait=True)

    with ExitStack() as stack:
        server = stack.enter_context(forks_for(n_alike)) if forks else None
        stack.callback(stop)
        while waiting or running:
            for name, task in list(waiting.items()):
                needed = [outcomes.get(other) for other in task.notebook.depends]
                bad = [o.name for o in needed if o and o.status in ("failed", "skipped")]
                if bad:
                    del waiting[name]
                    message = f"skipped, because it needs {', '.join(bad)}"
                    finish(Outcome(name, "skipped", message), message)
                elif all(needed) and name in fresh:
                    del waiting[name]
                    finish(Outcome(name, "fresh"), "up to date")
                elif all(needed) and len(running) < jobs:
                    del waiting[name]
                    _fill_font_cache()
                    progress.started(name)
                    given = (places, task, n_alike, server, executions, stopping)
                    running[pool.submit(_execute, *given, progress.cell)] = name
            done, _ = wait(running, timeout=0.4, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                del running[future]
                if outcome.status == "done":
                    finish(outcome, f"done in {outcome.seconds:.0f} s")
                else:
                    finish(outcome, f"FAILED: {outcome.message}")
            progress.tick()
    return [outcomes[task.name] for task in tasks]


def _execute(
    places: Places,
    task: PlannedRun,
    n_alike: int,
    server: ForkServer | None,
    executions: list[Execution],
    stopping: threading.Event,
    on_cell,
) -> Outcome:
    """Run one notebook and, if it went well, move what it made to its place."""
    started = time.monotonic()
    failed, stamp = places.failed / f"{task.name}.ipynb", places.stamps / f"{task.name}.json"
    with Execution(
        task.notebook.node,
        task.values,
        task.notebook.cell_timeout,
        {"IBLRNN_ARTIFACTS": str(places.artifacts)},
        n_alike,
        hidden=(str(places.out), str(places.root)),
        server=server,
    ) as execution:
        executions.append(execution)
        if stopping.is_set():  # Ctrl-C came between our start and the line above
            execution.stop()
        error = execution.wait(lambda cell, n_cells: on_cell(task.name, cell, n_cells))
        seconds = time.monotonic() - started
        if error:
            if execution.output.exists():
                files.write_atomically(failed, execution.output.read_bytes())
            return Outcome(task.name, "failed", error, seconds)
        results = sorted(execution.results.glob("*.json"))
        record = {
            "stamp": task.stamp,
            "parts": dict(task.parts),
            "seconds": round(seconds, 1),
            "parameters": dict(task.values),
            "results": [path.name for path in results],
        }
        # What an earlier run measured and this one did not is no longer what the page says.
        for name in set(read_record(places, task.name).get("results", ())) - set(record["results"]):
            (places.results / name).unlink(missing_ok=True)
        # The record comes last: without it the notebook counts as out of date.
        stamp.unlink(missing_ok=True)
        for path in results:
            files.write_atomically(places.results / path.name, path.read_bytes())
        executed = places.executed / f"{task.name}.ipynb"
        files.write_atomically(executed, execution.output.read_bytes())
    files.write_atomically(stamp, json.dumps(record, indent=1) + "\n")
    failed.unlink(missing_ok=True)
    return Outcome(task.name, "done", "", seconds)


@functools.cache
def _fill_font_cache() -> None:
    """Let matplotlib write its list of fonts now; it would say so on the first page."""
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        capture_output=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "agg"},
    )


def report(places: Places, outcomes: Sequence[Outcome]) -> int:
    """Say how it went; return the exit status."""
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if not failed:
        print(f"executed notebooks: {shown(places.executed)}")
        return 0
    for outcome in failed:
        kept = places.failed / f"{outcome.name}.ipynb"
        seen = f" (its output so far: {shown(kept)})" if kept.exists() else ""
        print(f"iblrnn: {outcome.name} failed: {outcome.message}{seen}", file=sys.stderr)
    return 1


def add_arguments(parser) -> None:
    """Arguments of ``iblrnn run``."""
    parser.epilog = """examples:
  iblrnn run                                   all notebooks, default profile
  iblrnn run 04_claim1_behavior                one, and what it depends on
  iblrnn run --profile smoke --out trial       a quick trial in another folder
  iblrnn run 02_train_rnn -p n_units 20        another parameter value"""
    add = parser.add_argument
    add("notebooks", nargs="*", metavar="NOTEBOOK", help="such as 01_task; all if none is named")
    pairs = {"nargs": 2, "action": "append", "default": [], "metavar": ("NAME", "VALUE")}
    add("-p", "--parameter", **pairs, help="set a notebook's parameter; may be given several times")
    add("--why", action="store_true", help="run nothing; say what is out of date, and why")
    add_build_arguments(parser)


def add_build_arguments(parser) -> None:
    """The arguments that ``iblrnn run`` and ``iblrnn book`` share."""
    add, text = parser.add_argument, f"budget: {', '.join(PROFILES)} (default: page)"
    add("--profile", default="page", metavar="PROFILE", help=text)
    add("--jobs", type=int, default=2, metavar="N", help="notebooks at the same time (default: 2)")
    add("--force", action="store_true", help="run what is up to date, too")
    add("--out", metavar="FOLDER", help="default: build/ in the repository")


def main(args) -> int:
    """Run ``iblrnn run``."""
    places = find_places(args.out)
    tasks = plan(places, args.notebooks, args.profile, [tuple(pair) for pair in args.parameter])
    if args.why:
        print("\n".join(f"{task.name}: {why(places, task)}" for task in tasks))
        return 0
    checks.integer("--jobs", args.jobs, low=1)
    named = {Path(name).stem for name in args.notebooks} or {task.name for task in tasks}
    with places.locked():
        outcomes = run(places, tasks, jobs=args.jobs, force=named if args.force else ())
    return report(places, outcomes)
