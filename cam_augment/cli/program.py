"""A command as a process: what holds for all of it, from before its modules are loaded."""

import os
import select
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn, TextIO

from cam_augment.base import kernels
from cam_augment.engine import signals

CLOSED = 141  # the exit code by which shells know that a reader went: 128 + SIGPIPE
SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it


def run(module: str) -> NoReturn:
    """Run the ``main`` of a module of this room as this process, and exit with its code.

    Signals stop it in order; TensorFlow, where it is used, computes with the kernels chosen here.
    """
    kernels.choose()

    def main() -> int:
        return import_module(f"cam_augment.cli.{module}").main()

    signals.run(lambda: while_read(main), farewell)


def while_read(main: Callable[[], int]) -> int:
    """Run ``main`` as long as its output is read; return its exit code.

    Where the reader goes (``cam-augment list metrics | head -1``), the program ends without a
    word, as tools do, with the exit code 141.
    """
    try:
        try:
            code = main()
        except SystemExit as end:  # of --help and --version
            code = int(end.code or 0)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        return code
    except BrokenPipeError:
        closed = [_is_closed(stream) for stream in (sys.stdout, sys.stderr) if stream]
        if not any(closed):
            raise  # it was another pipe
        return CLOSED


def _is_closed(stream: TextIO) -> bool:
    """Return whether nobody reads a stream any more; what is left in it then goes nowhere."""
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    if not poll.poll(0):  # neither an error nor a hang-up
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return True


def command() -> NoReturn:
    """Run ``cam-augment``."""
    run("frame")


def farewell() -> None:
    """Say that the command was stopped."""
    if sys.__stdout__ and sys.__stdout__.isatty():
        print(SHOW_CURSOR, end="", file=sys.__stdout__, flush=True)
    line = "stopped; finished runs are kept, the same command goes on"
    print(line, file=sys.stderr, flush=True)
