"""Numba's compiler, with its cache where there is a place for one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType


def compiled(*helpers: ModuleType, **options) -> Callable:
    """As ``numba.njit(cache=True, **options)``, and without a cache where none can be written.

    Then each process compiles anew. Its machine code, and so every bit of a result, is the one
    that the cache would hold if sums may not be reordered (no ``fastmath``).

    Parameters
    ----------
    *helpers : module
        Those whose functions are compiled into this one. Numba's cache watches the function's own
        file; code that was made with other helpers is kept under another name.
    """
    from numba import njit

    def compile(function: Callable) -> Callable:
        if helpers:
            sources = b"".join(Path(str(one.__file__)).read_bytes() for one in helpers)
            function.__qualname__ += f"_{hashlib.sha256(sources).hexdigest()[:8]}"
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # Numba's, at definition: neither the package's folder nor the user's
            return njit(**options)(function)

    return compile
