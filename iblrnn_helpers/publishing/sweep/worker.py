"""One setting in one process.

``python -m iblrnn_helpers.publishing.sweep.worker FOLDER NAME`` computes one.

It takes the setting's lock, computes, writes the result and ends. A process of its own means
that the peak of memory is the setting's, and that a killed one takes no other along.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from ...core.processes import child_environment, run_child
from ..running.execution import share_of_cores
from ..running.forks import Fork, ForkServer
from ..running.planning import versions
from .settings import SweepFolder
from .targets import TRAIN, CutShort, Target
from .train_target import LIBRARIES, find_target

DONE, FAILED, CUT_SHORT, BUSY = 0, 1, 3, 75
SECONDS_TO_STOP = 20
_SECONDS_TO_SAVE = 5
# By itself glibc keeps tens of megabytes that analyses have freed.
_GIVEN_BACK = {f"MALLOC_{name}_THRESHOLD_": str(4 * 2**20) for name in ("MMAP", "TRIM")}
_began = time.monotonic()
_CUT_SHORT_BY = (OSError, MemoryError, CutShort)
_stopped_by: list[int] = []  # signals that told this process to end


def start(
    folder: SweepFolder, name: str, n_alike: int = 1, server: ForkServer | None = None, **options
) -> subprocess.Popen | Fork:
    """Start a worker on one thread; it ends when its standard input closes.

    Parameters
    ----------
    folder : SweepFolder
    name : str
        The setting's.
    n_alike : int
        How many such run at the same time, which share the cores.
    server : ForkServer, optional
        From `forks_for`; without it the worker loads everything itself.
    **options
        For ``subprocess.Popen``.

    Raises
    ------
    OSError
        If it cannot be started, or has no log.
    """
    folder.log(name).parent.mkdir(parents=True, exist_ok=True)
    with open(folder.log(name), "ab") as stream:
        if server:
            with suppress(ChildProcessError):  # what cannot fork costs time and nothing else
                return server.fork(json.dumps([str(folder.path), name]), stream, stream)
        return subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder.path), name],
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=stream,
            env=_environment(n_alike),
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops us
            **options,
        )


def forks_for(n_alike: int) -> ForkServer:
    """What forks workers of trainings, of which so many run at the same time."""
    return ForkServer(__name__, _environment(n_alike), load="_load")


def _environment(n_alike: int) -> dict[str, str]:
    return child_environment(**share_of_cores(n_alike), **_GIVEN_BACK)


def become(text: str) -> None:
    """Make of this process, a fork, the worker of a setting."""
    global _began
    _began = time.monotonic()
    run_child(lambda: _child(*json.loads(text)))


def work(folder: SweepFolder, name: str) -> int:
    """Compute a setting unless its result is there; return how it went, as a process's status."""
    with folder.lock(name) as ours:
        if not ours:
            return BUSY
        target = find_target(folder.source)
        code = target.code()
        if folder.result(name, code):
            return DONE
        attempt, host = folder.status(name).get("attempt", 0) + 1, platform.node()

        def note(state: str, message: str = "") -> None:
            told = {"code": code, "attempt": attempt, "host": host, "process": os.getpid()}
            folder.write_status(name, state=state, message=message, **told)

        try:
            print(f"== attempt {attempt}, {_now()}, {host}", flush=True)
            note("running")
            about = {"name": name, "target": target.name, "code": code}
            result = about | _computed(target, folder, name) | {"attempt": attempt, "host": host}
            folder.write_result(name, result)
            note("done")
            print("done", flush=True)
            return DONE
        except (KeyboardInterrupt, SystemExit):
            return CUT_SHORT
        except Exception as error:  # whatever a target raises is the setting's failure
            if _stopped_by:  # which Numba's compiler, for one, makes another error of
                return CUT_SHORT
            traceback.print_exc()
            cut_short = isinstance(error, _CUT_SHORT_BY)
            kind = "" if type(error) in (RuntimeError, CutShort) else f"{type(error).__name__}: "
            note("cut short" if cut_short else "failed", f"{kind}{error}")
            return CUT_SHORT if cut_short else FAILED


def _computed(target: Target, folder: SweepFolder, name: str) -> dict:
    values = folder.values(name)
    answer = target.run(values, folder, name)
    return {
        "values": values,
        "numbers": dict(answer.numbers),
        "remarks": list(answer.remarks),
        "wall_seconds": round(time.monotonic() - _began, 2),
        "cpu_seconds": round(sum(os.times()[:4]), 2),  # ours, and of those that we waited for
        "peak_memory_mb": round(_peak_megabytes(), 1),
        "finished": _now(),
        "versions": versions(),
    }


def _peak_megabytes() -> float:
    """Largest resident memory of this process or of any one that it waited for."""
    unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    try:  # getrusage would add what the parent held when it started this process
        status = Path("/proc/self/status").read_text()
        own = int(status.partition("VmHWM:")[2].split()[0]) / 2**10
    except (OSError, IndexError, ValueError):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return max(own, children)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def how_it_ended(status: int) -> str:
    """Of a worker's exit status, what a person should know; empty if all went well."""
    if status < 0:
        killed = signal.Signals(-status).name
        return f"its process was killed ({killed})"
    return "" if status == DONE else f"its process ended with status {status}"


def stop_workers(processes: Sequence[subprocess.Popen | Fork]) -> None:
    """Let workers save what they have, and end them."""
    for process in processes:
        process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + SECONDS_TO_STOP
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()


def _child(path: str, name: str) -> int:
    folder, handlers = SweepFolder(Path(path)), {}
    for number in (signal.SIGINT, signal.SIGTERM):
        if callable(handler := signal.getsignal(number)):  # not one that is to be ignored
            handlers[number] = handler
            signal.signal(number, lambda number, frame: _stopped_by.append(number))
    if find_target(folder.source).source == TRAIN:
        _load()  # where libraries are imported, what a handler raises may abort the process
    for number, handler in handlers.items():
        signal.signal(number, _noted(handler))
    status = CUT_SHORT if _stopped_by else work(folder, name)
    if _stopped_by or folder.source == TRAIN:
        # At once: after an interrupt while torch was imported, Python ends as if it was not caught;
        # and to take down all that was imported takes a second.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(status)
    return status


def _load() -> None:
    """Import what trainings need."""
    for module in LIBRARIES:
        importlib.import_module(module)
    find_target(TRAIN).code()  # the sources that it reads are remembered


def _noted(handler):
    """A handler that does the same, keeps what it was called for, and does not let go.

    What it raises is lost where other code has called Python: in destructors and, while Numba
    compiles, in its callbacks.
    """

    def note(number, frame):
        _stopped_by.append(number)
        signal.signal(signal.SIGALRM, note)
        signal.alarm(_SECONDS_TO_SAVE)
        return handler(number, frame)

    return note


if __name__ == "__main__":
    run_child(lambda: _child(*sys.argv[1:]))
