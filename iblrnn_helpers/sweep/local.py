"""Run settings on this machine: a process for each, a few at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from .. import checks
from . import worker
from .folder import SweepFolder

_POLL_SECONDS = 0.1
_SECONDS_BETWEEN_LOOKS = 1.0  # at what another sweep computes
_SECONDS_TO_STOP = 20


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_local(
    folder: SweepFolder,
    names: Sequence[str],
    code: str,
    on_end: Callable[[str, str], None],
    *,
    n_jobs: int | None = None,
) -> None:
    """Compute settings that have no result yet, each in a process of its own.

    A setting that another sweep is computing is left to it, and looked at again later.

    Parameters
    ----------
    folder : SweepFolder
    names : sequence of str
        In the order of their start.
    code : str
        Fingerprint of the target's code.
    on_end : callable
        ``on_end(name, cause)`` when a setting has ended; the cause is empty if all went well,
        else how its process ended.
    n_jobs : int, optional
        Processes at the same time; as many as cores where omitted.
    """
    n_jobs = checks.integer("n_jobs", cores() if n_jobs is None else n_jobs, low=1)
    waiting, running, elsewhere = list(names), {}, []
    looked = time.monotonic()
    try:
        while waiting or running or elsewhere:
            while waiting and len(running) < n_jobs:
                name = waiting.pop(0)
                if folder.result(name, code):  # another sweep has been faster
                    on_end(name, "")
                    continue
                try:
                    if folder.is_busy(name):
                        elsewhere.append(name)
                    else:
                        running[name] = worker.start(folder, name)
                except OSError as error:  # such as a full disk
                    on_end(name, f"it could not be started: {error}")
            for name, process in list(running.items()):
                if process.poll() is None:
                    continue
                del running[name]
                process.stdin.close()
                if process.returncode == worker.BUSY:
                    elsewhere.append(name)
                else:
                    on_end(name, how_it_ended(process.returncode))
            if elsewhere and time.monotonic() - looked > _SECONDS_BETWEEN_LOOKS:
                looked = time.monotonic()
                free = [name for name in elsewhere if not folder.is_busy(name)]
                waiting += free
                elsewhere = [name for name in elsewhere if name not in free]
            time.sleep(_POLL_SECONDS)
    finally:
        stop_workers(list(running.values()))


def how_it_ended(status: int) -> str:
    """Of a worker's exit status, what a person should know; empty if all went well."""
    if status < 0:
        killed = signal.Signals(-status).name
        return f"its process was killed ({killed})"
    return "" if status == worker.DONE else f"its process ended with status {status}"


def stop_workers(processes: Sequence[subprocess.Popen]) -> None:
    """Let workers save what they have, and end them."""
    for process in processes:
        process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _SECONDS_TO_STOP
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()
