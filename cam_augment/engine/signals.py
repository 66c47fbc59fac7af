"""A command that is stopped by Ctrl-C or SIGTERM: soon, once, and with its workers gone.

No code of ours raises in the main thread when a signal comes: an exception there could land
between any two steps of a library, which would mask it or be left half done. Python's handler
in C writes the signal's number to a socket; a thread reads it there and asks for the end
(``cam_augment.base.stop``), and the main thread heeds that at its next check. Where it comes
to none, in a long computation or before a silent server, the thread ends the process itself,
as soon as no file is being written. Nothing is lost by that: stores and reports are written
so that a process that is killed leaves all of an answer or nothing.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from cam_augment.base.stop import STOP

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 2.5  # seconds in which a program that was stopped may end by itself
GRACE = 20.0  # seconds after which it ends in any case, also in the middle of a file


def run(program: Callable[[], int], farewell: Callable[[], None]) -> NoReturn:
    """Run a program as this process, which SIGINT and SIGTERM stop, and exit with its code.

    A first signal makes ``STOP.check()`` raise, and the exit code is 130 or 143. Errors on the
    way out of a stop are part of it, and not told of. Later signals change nothing: what is
    open is closed in order, which a second Ctrl-C would cut short. Signals that were ignored
    before (``nohup``, a shell's background) stay ignored.

    Args:
        program: returns the exit code. To be called in the main thread.
        farewell: called once after a stop, in whichever thread ends the process.
    """
    last_words = _Once(farewell)
    numbers = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    _hear(numbers, last_words)
    try:
        code = program()
        if _arrivals and STOP.code is None:  # the thread has not come to it yet
            STOP.ask(128 + _arrivals[0])
        STOP.check()
    except BaseException:
        if STOP.code is None:
            raise
        last_words()
        code = STOP.code
    for number in numbers:  # all is done, and an interpreter that ends is not to be disturbed
        signal.signal(number, signal.SIG_IGN)
    sys.exit(code)


def _hear(numbers: list[signal.Signals], last_words: Callable[[], None]) -> None:
    """Begin to listen to signals."""
    ear, mouth = socket.socketpair()
    mouth.setblocking(False)
    signal.set_wakeup_fd(mouth.detach(), warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, _note)
    threading.Thread(target=_listen, args=(ear, last_words), daemon=True).start()


_arrivals: list[int] = []  # signals by number, in the order in which they came


def _note(number: int, _frame: FrameType | None) -> None:
    """Note that a signal came: a program that is at its end may end before the thread reads it."""
    _arrivals.append(number)


def _listen(ear: socket.socket, last_words: Callable[[], None]) -> None:
    """Ask for the end at the first signal, and see that it comes; read on for as long as it takes.

    A program may hear other signals for itself: their numbers come here too.
    """
    while True:
        number = ear.recv(1)[0]
        if number in SIGNALS and STOP.code is None:
            code = 128 + number
            _after(GRACE, os._exit, code)
            _after(PATIENCE, _end, code, last_words)
            STOP.ask(code)


def _after(seconds: float, act: Callable[..., None], *arguments: Any) -> None:
    timer = threading.Timer(seconds, act, arguments)
    timer.daemon = True
    timer.start()


def _end(code: int, last_words: Callable[[], None]) -> None:
    """End the process and those that it started, as soon as nothing is being written."""
    try:
        STOP.wait_for_writers(GRACE)
        for child in multiprocessing.active_children():
            with suppress(OSError, ValueError):  # it has ended meanwhile, and may be closed
                child.kill()
        last_words()
    finally:
        os._exit(code)


class _Once:
    """A function that is called by the first who wants it; others wait until it was."""

    def __init__(self, function: Callable[[], None]):
        self._function: Callable[[], None] | None = function
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            function, self._function = self._function, None
            if function:
                function()
