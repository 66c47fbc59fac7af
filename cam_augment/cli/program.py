"""A command as a process: what holds for all of it, from before its modules are loaded."""

import sys
from importlib import import_module
from typing import NoReturn

from cam_augment.base import kernels
from cam_augment.engine import signals

SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it


def run(module: str) -> NoReturn:
    """Run the ``main`` of a module of this room as this process, and exit with its code.

    Signals stop it in order; TensorFlow, where it is used, computes with the kernels chosen here.
    """
    kernels.choose()
    signals.run(lambda: import_module(f"cam_augment.cli.{module}").main(), farewell)


def command() -> NoReturn:
    """Run ``cam-augment``."""
    run("frame")


def farewell() -> None:
    """Say that the command was stopped."""
    if sys.__stdout__ and sys.__stdout__.isatty():
        print(SHOW_CURSOR, end="", file=sys.__stdout__, flush=True)
    line = "stopped; finished runs are kept, the same command goes on"
    print(line, file=sys.stderr, flush=True)
