"""Draws all figures of a report, on all cores.

Figures are independent of each other, and drawing them takes most of the time of a report. One
helper process per further core draws from the front of the list, this process from its back. What
a helper cannot do is done here.
"""

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import suppress
from functools import lru_cache
from multiprocessing import current_process, get_context, parent_process

from cam_augment.base.processor import cores
from cam_augment.base.stop import STOP
from cam_augment.engine.workers import importable_main, without_signals
from cam_augment.records import ImpactProfile
from cam_augment.report.figures.style import files_of
from cam_augment.report.language import current_language, speaking
from cam_augment.report.parts import FIGURES, Figure, discover, in_order


class Helpers:
    """Helper processes that draw the figures of a profile while this process does other things.

    Used as a context manager; the helpers end with it. Without ``start`` there are none, and all
    is drawn here.

    Attributes:
        kinds: of files, ``svg`` and, for papers, ``pdf``.
    """

    def __init__(self, kinds: Sequence[str] = ("svg",)) -> None:
        self.kinds = tuple(kinds)
        self.pool: ProcessPoolExecutor | None = None
        self._futures: dict[str, Future] = {}

    def __enter__(self) -> "Helpers":
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def start(self) -> None:
        """Start a helper for every core but one, unless they are there; they load what they need.

        Where the system has no room for another process, or a daemonic process may start none,
        all is drawn here.
        """
        discover()
        count = min(cores() - 1, len(FIGURES) - 1)
        if self.pool or count < 1 or current_process().daemon:
            return
        with importable_main(), without_signals(), suppress(OSError):
            self.pool = ProcessPoolExecutor(count, get_context("spawn"), _prepare)
            for _ in range(count):
                self.pool.submit(int)  # a process is started when there is something to do

    def begin(self, profile: ImpactProfile) -> None:
        """Let the helpers draw the figures of a profile in the current language."""
        self._futures = {}
        if not self.pool:
            return
        content = pickle.dumps((profile, current_language(), self.kinds))
        with suppress(BrokenExecutor, OSError):  # figures without a future are drawn here
            for entry in in_order(FIGURES):
                name = entry.make.__name__
                self._futures[name] = self.pool.submit(_draw, name, content)

    def draw(
        self, parts: Sequence[Figure], meanwhile: Callable[[], object] = lambda: None
    ) -> dict[str, dict[str, bytes]]:
        """Return figure name to its files by the endings of their names, in the order of ``parts``.

        ``meanwhile`` is called when nothing is left to draw here, before waiting for helpers.
        """
        local = {part.name: self._draw(part) for part in reversed(parts) if self._free(part)}
        meanwhile()
        return {p.name: local.get(p.name) or self._answer(p) for p in parts}

    def _free(self, part: Figure) -> bool:
        return part.name not in self._futures or self._futures[part.name].cancel()

    def _answer(self, part: Figure) -> dict[str, bytes]:
        try:
            return self._futures[part.name].result()
        except Exception:  # a helper died; a bug in the drawing shows up here again
            return self._draw(part)

    def _draw(self, part: Figure) -> dict[str, bytes]:
        STOP.check()
        return files_of(part.draw, self.kinds)


def _prepare() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import matplotlib.backends.backend_pdf
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401 - all that a drawing needs

    discover()


def _end_with_parent() -> None:
    """End this process when its parent has ended, which may have been killed without a word."""
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(0)


def _draw(name: str, content: bytes) -> dict[str, bytes]:
    profile, language, kinds = _unpack(content)
    entry = next(entry for entry in FIGURES if entry.make.__name__ == name)
    with speaking(language):
        figure = entry.make(profile)
        return files_of(figure.draw, kinds) if figure else {}


@lru_cache(maxsize=1)
def _unpack(content: bytes) -> tuple[ImpactProfile, str, tuple[str, ...]]:
    return pickle.loads(content)  # it comes from our own process, through a pipe
