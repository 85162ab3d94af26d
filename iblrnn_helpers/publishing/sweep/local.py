"""Settings computed on this machine, a few at a time, each in a process of its own.

Loading the libraries takes longer than a small setting, and is most of its memory. Where it is
safe, one process therefore loads them once, and workers are its forks:
``python -m iblrnn_helpers.publishing.sweep.local FOLDER`` starts one for each name that it reads,
and says how each ended.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ...core import checks
from . import worker
from .settings import SweepFolder
from .targets import TRAIN
from .worker import BUSY, CUT_SHORT, FAILED, SECONDS_TO_STOP, how_it_ended, stop_workers

_POLL_SECONDS = 0.1
_SECONDS_BETWEEN_LOOKS = 1.0  # at what another sweep computes


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
    import joblib

    n_jobs = joblib.cpu_count() if n_jobs is None else checks.integer("n_jobs", n_jobs, low=1)
    # What a user's function or page imports may not bear a fork, nor do macOS's own libraries.
    forks = sys.platform == "linux" and folder.source == TRAIN and len(names) > 1
    crew = (_Forks if forks else _Processes)(folder, n_jobs)
    waiting, running, elsewhere = list(names), set(), []
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
                        crew.start(name)
                        running.add(name)
                except OSError as error:  # such as a full disk
                    on_end(name, f"it could not be started: {error}")
            for name in list(running):
                if (status := crew.status(name)) is None:
                    continue
                running.remove(name)
                if status == BUSY:
                    elsewhere.append(name)
                else:
                    on_end(name, how_it_ended(status))
            if elsewhere and time.monotonic() - looked > _SECONDS_BETWEEN_LOOKS:
                looked = time.monotonic()
                free = [name for name in elsewhere if not folder.is_busy(name)]
                waiting += free
                elsewhere = [name for name in elsewhere if name not in free]
            time.sleep(_POLL_SECONDS)
    finally:
        crew.stop()


class _Processes:
    """Workers that load everything themselves."""

    def __init__(self, folder: SweepFolder, n_jobs: int):
        self._folder, self._n_jobs = folder, n_jobs
        self._running: dict[str, subprocess.Popen] = {}

    def start(self, name: str) -> None:
        self._running[name] = worker.start(self._folder, name, self._n_jobs)

    def status(self, name: str) -> int | None:
        """Of a worker that has ended; told once."""
        if (status := self._running[name].poll()) is not None:
            self._running.pop(name).stdin.close()
        return status

    def stop(self) -> None:
        stop_workers(list(self._running.values()))


class _Forks:
    """Workers that are forks of a process which has everything loaded."""

    def __init__(self, folder: SweepFolder, n_jobs: int):
        self._folder, self._n_running = folder, 0
        self._statuses: dict[str, int] = {}
        self._errors = tempfile.TemporaryFile()
        # What comes before there is a handler waits for it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(folder.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=worker.environment(n_jobs),
                start_new_session=True,  # one group with its forks
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            name, _, status = line.decode(errors="replace").strip().rpartition(" ")
            if status.lstrip("-").isdecimal():
                self._statuses[name] = int(status)

    def start(self, name: str) -> None:
        worker.opened_log(self._folder, name).close()  # if that cannot be, it is said here
        with suppress(BrokenPipeError):  # how the process ended is this one's status
            self._process.stdin.write(f"{name}\n".encode())
            self._process.stdin.flush()
        self._n_running += 1

    def status(self, name: str) -> int | None:
        """Of a worker that has ended; told once."""
        gone = self._process.poll()
        if gone is not None:  # and all its forks with it
            self._reader.join()
        if name in self._statuses:
            status = self._statuses.pop(name)
        elif gone is None:
            return None
        else:
            status = gone or 1
            with worker.opened_log(self._folder, name) as log:
                self._errors.seek(0)
                log.write(self._errors.read())
        self._n_running -= 1
        return status

    def stop(self) -> None:
        """Let workers save what they have, and end them."""
        try:
            if self._n_running:
                self._tell_all(signal.SIGINT)
            deadline = time.monotonic() + SECONDS_TO_STOP
            while self._n_running > len(self._statuses) and time.monotonic() < deadline:
                if self._process.poll() is not None:
                    break
                time.sleep(_POLL_SECONDS)
        finally:  # after a second Ctrl-C, too
            self._tell_all(signal.SIGKILL)
            self._reader.join()
            with suppress(BrokenPipeError), self._process, self._errors:
                pass

    def _tell_all(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def _fork_workers(folder: SweepFolder) -> NoReturn:
    """Fork a worker for each name that comes, until none can come; say how each ended."""
    stopping: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: stopping.append(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    worker.load(folder)
    # Of one thread, jemalloc's in pyarrow, which stops it around a fork.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    life, ours = os.pipe()  # closes with this process, and then workers end
    running: dict[int, str] = {}
    unread = b""

    def tell(name: str, status: int) -> None:
        os.write(1, f"{name} {status}\n".encode())

    while True:
        if select.select([0], [], [], _POLL_SECONDS)[0]:
            if not (more := os.read(0, 4096)):
                os._exit(0)
            *names, unread = (unread + more).split(b"\n")
            for name in map(bytes.decode, names):
                try:
                    process = os.fork()
                except OSError as error:  # such as too many processes
                    print(error, file=sys.stderr)
                    tell(name, FAILED)
                    continue
                if process == 0:
                    signal.signal(signal.SIGINT, signal.SIG_DFL)
                    os.close(ours)
                    if stopping:
                        os._exit(CUT_SHORT)
                    worker.become(folder, name, life)
                running[process] = name
        while running:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                break
            tell(running.pop(process), os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _fork_workers(SweepFolder(Path(sys.argv[1])))
