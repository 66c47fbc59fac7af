"""The command ``cam-augment``, also ``python -m cam_augment``: one word, and what it stands for.

A module of this room is imported only when its word is given, so that ``--help``, ``--version``
and a mistyped word are answered at once. Each has ``run(program, words)``.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from cam_augment.base.versions import version_of
from cam_augment.cli.menu import Menu
from cam_augment.cli.parser import exit_code

PROGRAM = "cam-augment"
COMMANDS = {
    "study": "train what a plan lacks, and write its report",
    "search": "find a pipeline of a plan's strategies, and confirm it on fresh seeds",
    "init": "look at a folder of pictures and write a commented plan for it",
    "compare": "the same report, of Keras models that were trained elsewhere",
    "report": "the report of what is stored; nothing is trained",
    "list": "what a plan can name: strategies, cams, metrics, datasets, architectures",
    "store": "look after the store: ls, verify, gc",
    "completion": "what a shell needs to complete these commands by the Tab key",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the first word names; return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    return exit_code(lambda: _run(words))


def _run(words: Sequence[str]) -> int:
    command, words = menu().choose(words)
    return import_module(f"cam_augment.cli.{command}").run(f"{PROGRAM} {command}", words)


def menu() -> Menu:
    """Return the menu of all commands."""
    menu = Menu(
        PROGRAM,
        COMMANDS,
        "What each data augmentation does to accuracy and to what a network looks at.",
        "Exit codes: 0 done, 1 not all of it, 2 bad input.",
    )
    menu.parser.add_argument(
        "--version", action="version", version=f"{PROGRAM} {version_of(PROGRAM)}"
    )
    return menu
