"""Numba's compiler, with its cache where there is a place for one."""

from __future__ import annotations

from collections.abc import Callable


def compiled(**options) -> Callable:
    """As ``numba.njit(cache=True, **options)``, and without a cache where none can be written.

    Then each process compiles anew. Its machine code, and so every bit of a result, is the one
    that the cache would hold if all that the function calls is inlined or does not round.
    """
    from numba import njit

    def compile(function: Callable) -> Callable:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # Numba's, at definition: neither the package's folder nor the user's
            return njit(**options)(function)

    return compile
