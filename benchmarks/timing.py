"""Time several pieces of work in turns, so that a busy moment meets all of them."""

from collections.abc import Callable, Mapping
from time import perf_counter

ENOUGH = 0.05  # seconds that one timing lasts at least


def seconds(work: Callable[[], object], calls: int = 1) -> float:
    """Return the mean wall time of a call over ``calls`` calls in a row."""
    start = perf_counter()
    for _ in range(calls):
        work()
    return (perf_counter() - start) / calls


def alternate(
    works: Mapping[str, Callable[[], object]], repeats: int, enough: float = ENOUGH
) -> dict[str, list[float]]:
    """Return each work's seconds per call, ``repeats`` of them, taken in turns (A B A B).

    Each work is called twice before: the first call traces and warms, the second says how
    many calls make a timing of ``enough`` seconds.
    """
    calls = {}
    for name, work in works.items():
        work()
        calls[name] = max(1, round(enough / max(seconds(work), 1e-9)))
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            times[name].append(seconds(work, calls[name]))
    return times
