"""Loops that Numba compiles: kept on disk where there is a place for it."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(fastmath: bool | set[str]) -> Callable[[Callable], Callable]:
    """Return a decorator that compiles a function when it is first called.

    It lets other threads run, and checks no index. Numba keeps what it compiled beside the
    source, or in the user's folder of caches; where neither can be written to, each process
    compiles anew. Constants of other files must come as arguments: what is kept does not know
    that they changed.

    Args:
        fastmath: as for ``numba.njit``.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}

    def decorate(function: Callable) -> Callable:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # no place to keep it
            return njit(**options)(function)

    return decorate
