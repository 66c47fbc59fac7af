"""Whether the command is to end: asked where nothing is half done.

A command that hears a signal asks for its end (``cam_augment.engine.signals``). Whoever works
in it looks here between two steps: ``STOP.check()``. A program that uses the package as a
library asks for nothing, and every check passes.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(BaseException):
    """The command is to end. Not an ``Exception``, so that nothing takes it for a failure.

    Attributes:
        code: the exit code that shells know such an end by: 130 or 143.
    """

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


class Stop:
    """A wish that comes from any thread at any time, and is heeded at safe points."""

    def __init__(self):
        self._code: int | None = None
        self._wakers: list[Callable[[], None]] = []
        self._writing = threading.RLock()

    @property
    def code(self) -> int | None:
        """The exit code that was asked for; None: the command goes on."""
        return self._code

    def ask(self, code: int) -> None:
        """Ask for the end, and wake those who wait; a second time changes nothing."""
        if self._code is None:
            self._code = code
            for wake in tuple(self._wakers):
                wake()

    def check(self) -> None:
        """Raise ``Stopped`` where the end was asked for."""
        if self._code is not None:
            raise Stopped(self._code)

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Have ``wake`` called when the end is asked for: by another thread, while this waits.

        Between entering and the wait there must be a check, for a wish that came before.
        """
        self._wakers.append(wake)
        try:
            yield
        finally:
            self._wakers.remove(wake)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Put off the end of the process until what is inside was written, as far as it can."""
        with self._writing:
            yield

    def wait_for_writers(self, seconds: float) -> bool:
        """Wait until nothing is being written, and let nothing begin; return whether it is so."""
        return self._writing.acquire(timeout=seconds)


STOP = Stop()
