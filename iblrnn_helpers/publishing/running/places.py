"""Where things lie: the repository's folders, and those that a build makes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


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
