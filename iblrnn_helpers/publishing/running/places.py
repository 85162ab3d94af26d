"""Where things lie: the repository's folders, and those that a build makes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """The folders of one build.

    Parameters
    ----------
    root : Path
        The repository: the folder that holds ``notebooks/``.
    out : Path
        What the build makes, ``build/`` unless told otherwise.
    """

    root: Path
    out: Path

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def executed(self) -> Path:
        """Executed notebooks, in a tree that mirrors the repository."""
        return self.out / "staging" / "notebooks"

    @property
    def stamps(self) -> Path:
        """One small file per executed notebook: what it was made from, and how long it took."""
        return self.out / "stamps"

    @property
    def failed(self) -> Path:
        """Notebooks whose last run failed, with the output up to the failure."""
        return self.out / "failed"

    @property
    def results(self) -> Path:
        """One file per measured claim."""
        return self.out / "results"

    @property
    def artifacts(self) -> Path:
        """Trained networks and heavy results."""
        return self.out / "artifacts"

    @property
    def site(self) -> Path:
        """The built book."""
        return self.out / "site"

    @contextmanager
    def locked(self):
        """Hold the build folder, so that two builds never write into it at once.

        Raises
        ------
        RuntimeError
            If another process holds it. (A killed process holds nothing.)
        """
        from filelock import FileLock, Timeout

        self.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.out / ".lock", timeout=0):
                yield
        except Timeout:
            raise RuntimeError(
                f"another iblrnn run is working in {shown(self.out)}: wait until it is done, "
                "or choose another folder with --out"
            ) from None


def find_places(out: str | Path | None = None, start: str | Path | None = None) -> Places:
    """Find the repository around ``start`` (default: the current folder).

    Raises
    ------
    ValueError
        If neither that folder nor one above it has ``notebooks/``.
    """
    start = Path(start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir():
            return Places(folder, Path(out).resolve() if out else folder / "build")
    raise ValueError(
        f"no folder 'notebooks' in {start} or above it: run this inside a clone of the repository"
    )


def shown(path: Path) -> str:
    """A path as a reader would type it: relative to the current folder where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


# Processes that end as they should: children with their parent, all of them by SIGTERM.


def die_with_parent(clean_up: Callable[[], None] = lambda: None) -> None:
    """Watch standard input from a thread; when it closes, clean up and leave at once.

    The parent starts the child with ``stdin=PIPE`` and never writes. The pipe closes
    when the parent closes it, exits or is killed (kill -9 too), on every Unix, which
    polling the parent's process id would notice late and signals not at all.
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


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does, so that children end and locks open.

    Only where it would end the process at once: nobody's handler is replaced, and a process that
    is to ignore it goes on doing so.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return

    def leave(signum, frame):
        sys.exit(128 + signum)

    try:
        signal.signal(signal.SIGTERM, leave)
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def run_child(work: Callable[[], int]) -> None:
    """Do a child's work and leave with its status: of a process that its parent stops by SIGINT.

    A shell starts what it runs in the background with SIGINT ignored, and so are its children.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    die_with_parent()
    try:
        with terminated_like_interrupted():
            sys.exit(work())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
