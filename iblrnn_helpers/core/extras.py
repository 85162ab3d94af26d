"""Libraries that not every installation has: who needs one is told which extra brings it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around imports: of a library that is missing, the error says which extra brings it.

    Parameters
    ----------
    name : str
        Of the extra, as ``pip install "iblrnn_helpers[NAME]"`` takes it.

    Raises
    ------
    ModuleNotFoundError
        If an import fails.
    """
    try:
        yield
    except ImportError as error:
        raise ModuleNotFoundError(f"{error}; {install(name)} brings it", name=error.name) from None


def install(name: str) -> str:
    """The command that installs an extra."""
    return f'pip install "iblrnn_helpers[{name}]"'
