"""A command that is stopped by Ctrl-C or SIGTERM: soon, once, and with its workers gone."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 20.0  # seconds after which a command that was stopped ends in any case


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end.

    Attributes:
        code: the exit code that shells know such an end by: 130 or 143.
    """

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise ``Stopped`` at the first signal that comes inside; later ones change nothing.

    What is open is then closed on the way out, workers too, which a second Ctrl-C would cut
    short. Signals stay without effect after a stop: the process is about to end. Signals that
    were ignored before (``nohup``, a shell's background) stay ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = {number for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in heard:
        signal.signal(number, _stop)
    try:
        yield
    except Stopped:
        raise
    except BaseException:
        _restore(before, heard)
        raise
    else:
        _restore(before, heard)


def _stop(number: int, _frame) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    late = threading.Timer(GRACE, os._exit, (128 + number,))
    late.daemon = True
    late.start()
    raise Stopped(number)


def _restore(handlers: dict, numbers: set) -> None:
    for number in numbers:
        signal.signal(number, handlers[number])
