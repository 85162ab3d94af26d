"""Settings computed on this machine, a few at a time, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from ...core import checks
from ..running.forks import POSSIBLE
from . import worker
from .settings import SweepFolder
from .targets import TRAIN
from .worker import BUSY, how_it_ended, stop_workers

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
    # What a user's function or page imports may not bear a fork.
    forks = POSSIBLE and folder.source == TRAIN and len(names) > 1
    waiting, running, elsewhere = list(names), {}, []
    looked = time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(worker.forks_for(n_jobs)) if forks else None
        stack.callback(lambda: stop_workers(list(running.values())))
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
                        running[name] = worker.start(folder, name, n_jobs, server)
                except OSError as error:  # such as a full disk
                    on_end(name, f"it could not be started: {error}")
            for name, process in list(running.items()):
                if (status := process.poll()) is None:
                    continue
                running.pop(name).stdin.close()
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
