"""Processes that end as they should: children with their parent, all of them by SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .fingerprint import PACKAGE

_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR")
THREADS = {f"{name}_NUM_THREADS": "1" for name in _LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}


class _Terminated(SystemExit):
    """SIGTERM came."""


@contextmanager
def unwound_by_sigterm(for_good: bool = False) -> Iterator[None]:
    """Let SIGTERM unwind the block as Ctrl-C does, so that files are saved and locks open.

    Only in the main thread, and where it would end the process at once: no other handler is
    replaced, and a process that is to ignore it goes on doing so.

    Parameters
    ----------
    for_good : bool, optional
        End the process then by the signal itself, whatever would catch SystemExit, as a notebook's
        kernel does.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return

    def unwind(signum, frame):
        raise _Terminated(128 + signum)

    try:
        signal.signal(signal.SIGTERM, unwind)
        yield
    except _Terminated:
        if not for_good:
            raise
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def child_environment(**more: str) -> dict[str, str]:
    """Ours, for a child with the same package: on one thread, without bars, its text in UTF-8."""
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    ours = {"TQDM_DISABLE": "1", "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **THREADS, **ours, **more}


def die_with_parent(clean_up: Callable[[], None] = lambda: None) -> None:
    """Watch standard input from a thread; when it closes, clean up and leave at once.

    The parent starts the child with ``stdin=PIPE`` and never writes.  The pipe closes when the
    parent closes it, exits or is killed (kill -9 too), on every Unix, which polling the parent's
    process id would notice late and signals not at all.
    """

    def watch() -> None:
        # os.read, not sys.stdin: at a normal exit the interpreter must not wait for a
        # buffered reader that this thread holds.
        while os.read(descriptor, 4096):
            pass
        try:
            clean_up()
        finally:
            os._exit(1)

    descriptor = os.dup(sys.stdin.fileno())
    threading.Thread(target=watch, daemon=True, name="die_with_parent").start()


def run_child(work: Callable[[], int]) -> None:
    """Do a child's work and leave with its status: of a process that its parent stops by SIGINT.

    A shell starts what it runs in the background with SIGINT ignored, and so are its children.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    die_with_parent()
    try:
        with unwound_by_sigterm():
            sys.exit(work())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
