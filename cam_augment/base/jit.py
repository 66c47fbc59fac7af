"""Loops that Numba compiles: kept on disk where there is a place for it."""

from collections.abc import Callable
from typing import Any

from numba import njit

# What min() and max() need to become vector code. Nothing may be reordered or contracted: a
# process that compiles inlines otherwise than one that loads what is kept, and both must give the
# same bytes.
FAST = {"nnan", "nsz"}


def compiled(function: Callable) -> Callable:
    """Return a function that is compiled when it is first called. NaN and the sign of 0 are lost.

    It lets other threads run, and checks no index. Numba keeps what it compiled beside the
    source, or in the user's folder of caches; where neither can be written to, each process
    compiles anew. Constants of other files must come as arguments: what is kept does not know
    that they changed.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": FAST}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # no place to keep it
        return njit(**options)(function)
