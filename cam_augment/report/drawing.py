"""All figures of a report, drawn by all cores.

Each figure is independent of the others, and matplotlib keeps a core busy for most of the
time that a report takes. One helper process per further core draws from the front of the
list, this process from its back; what a helper cannot do is done here.
"""

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import suppress
from functools import lru_cache
from multiprocessing import get_context, parent_process

from cam_augment.base.processor import cores
from cam_augment.base.stop import STOP
from cam_augment.engine.workers import importable_main, unsignalled
from cam_augment.records import ImpactProfile
from cam_augment.report.figures.style import bytes_of
from cam_augment.report.language import speaking, spoken
from cam_augment.report.parts import FIGURES, Figure, discover, in_order


class Helpers:
    """Helper processes that draw a profile's figures while this process does other things.

    To be used as a context, at whose end the helpers end. Without ``start`` there are none,
    and all is drawn here.
    """

    def __init__(self):
        self.pool: ProcessPoolExecutor | None = None
        self._asked: dict[str, Future] = {}

    def __enter__(self) -> "Helpers":
        return self

    def __exit__(self, *_) -> None:
        if self.pool:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def start(self) -> None:
        """Start a helper on every core but one, if that was not done: they load what they need.

        Where the system has no room for another process, all is drawn here.
        """
        discover()
        count = min(cores() - 1, len(FIGURES) - 1)
        if self.pool or count < 1:
            return
        with importable_main(), unsignalled(), suppress(OSError):
            self.pool = ProcessPoolExecutor(count, get_context("spawn"), _prepare)
            for _ in range(count):
                self.pool.submit(int)  # a process is started when there is something to do

    def begin(self, profile: ImpactProfile) -> None:
        """Let the helpers draw a profile's figures in the language that is spoken."""
        self._asked = {}
        if not self.pool:
            return
        what = pickle.dumps((profile, spoken()))
        with suppress(BrokenExecutor, OSError):  # what was not asked of them is drawn here
            for entry in in_order(FIGURES):
                name = entry.make.__name__
                self._asked[name] = self.pool.submit(_draw, name, what)

    def draw(
        self, parts: Sequence[Figure], meanwhile: Callable[[], object] = lambda: None
    ) -> dict[str, dict[str, bytes]]:
        """Return figure name to ``svg`` and ``pdf``, in the order of ``parts``.

        ``meanwhile`` is called when nothing is left to draw here; then helpers are waited for.
        """
        here = {part.name: _drawn(part) for part in reversed(parts) if self._free(part)}
        meanwhile()
        return {p.name: here.get(p.name) or self._answer(p) for p in parts}

    def _free(self, part: Figure) -> bool:
        return part.name not in self._asked or self._asked[part.name].cancel()

    def _answer(self, part: Figure) -> dict[str, bytes]:
        try:
            return self._asked[part.name].result()
        except Exception:  # a helper died; a mistake in the drawing shows itself here again
            return _drawn(part)


def _drawn(part: Figure) -> dict[str, bytes]:
    STOP.check()
    return bytes_of(part.draw)


def _prepare() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import matplotlib.backends.backend_pdf
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401 - all that a drawing needs

    discover()


def _end_with_parent() -> None:
    """End this process when the one that started it has ended: killed, it could not tell us."""
    parent_process().join()
    os._exit(0)


def _draw(name: str, what: bytes) -> dict[str, bytes]:
    profile, language = _unpacked(what)
    entry = next(entry for entry in FIGURES if entry.make.__name__ == name)
    with speaking(language):
        figure = entry.make(profile)
        return bytes_of(figure.draw) if figure else {}


@lru_cache(maxsize=1)
def _unpacked(what: bytes) -> tuple[ImpactProfile, str]:
    return pickle.loads(what)  # of our own process, by a pipe
