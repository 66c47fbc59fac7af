"""All figures of a report, drawn by all cores.

Each figure is independent of the others, and matplotlib keeps a core busy for most of the
time that a report takes. One helper process per further core draws from the front of the
list, this process from its back; what a helper cannot do is done here.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from cam_augment.cluster import importable_main, unsignalled
from cam_augment.processor import cores
from cam_augment.records import ImpactProfile
from cam_augment.report.figures.style import bytes_of
from cam_augment.report.language import ENGLISH, speaking, spoken
from cam_augment.report.parts import FIGURES, Figure, discover, in_order

# in a helper: the profile whose figures it draws, and their language
_drawn: ImpactProfile | None = None
_language = ENGLISH


class Helpers:
    """Helper processes that draw a profile's figures while this process does other things."""

    def __init__(self, profile: ImpactProfile, pool: ProcessPoolExecutor | None):
        self.pool = pool
        self._asked: dict[str, Future] = {}
        if pool:
            self._asked = {
                entry.make.__name__: pool.submit(_draw, entry.make.__name__)
                for entry in in_order(FIGURES)
            }

    def draw(self, parts: Sequence[Figure]) -> dict[str, dict[str, bytes]]:
        """Return figure name to ``svg`` and ``pdf``, in the order of ``parts``."""
        here = {part.name: bytes_of(part.draw) for part in reversed(parts) if self._free(part)}
        return {p.name: here.get(p.name) or self._answer(p) for p in parts}

    def _free(self, part: Figure) -> bool:
        return part.name not in self._asked or self._asked[part.name].cancel()

    def _answer(self, part: Figure) -> dict[str, bytes]:
        try:
            return self._asked[part.name].result()
        except Exception:  # a helper died; a mistake in the drawing shows itself here again
            return bytes_of(part.draw)


@contextmanager
def helpers(profile: ImpactProfile) -> Iterator[Helpers]:
    """Start a helper on every core but one; on a single core there is none."""
    count = min(cores() - 1, len(FIGURES) - 1)
    if count < 1:
        yield Helpers(profile, None)
        return
    with importable_main(), unsignalled():
        pool = ProcessPoolExecutor(count, get_context("spawn"), _take, (profile, spoken()))
        made = Helpers(profile, pool)
    try:
        yield made
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _take(profile: ImpactProfile, language: str) -> None:
    global _drawn, _language
    _drawn, _language = profile, language
    discover()


def _draw(name: str) -> dict[str, bytes]:
    entry = next(entry for entry in FIGURES if entry.make.__name__ == name)
    with speaking(_language):
        figure = entry.make(_drawn)
        return bytes_of(figure.draw) if figure else {}
