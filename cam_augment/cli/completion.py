"""``cam-augment completion SHELL``: the script by which a shell completes the command."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from cam_augment.cli.parser import Parser

SHELLS = ("bash", "zsh", "tcsh")


def parser(program: str) -> Parser:
    """Return the parser: for which shell."""
    name = program.split()[0]
    parser = Parser(
        prog=program,
        description="Print what a shell needs to complete the command and its options.",
        examples=(
            f"{program} bash > ~/.local/share/bash-completion/completions/{name}",
            f'{program} zsh > "${{fpath[1]}}/_{name}"',
        ),
    )
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    return parser


def run(program: str, words: Sequence[str]) -> int:
    """Print the script for a shell; return the exit code.

    Raises:
        InputError: it is none of those that are known.
    """
    import shtab

    options = parser(program).parse_args(words)
    print(shtab.complete(full_parser(program.split()[0]), options.shell))
    return 0


def full_parser(program: str) -> argparse.ArgumentParser:
    """Return one parser of all commands with all of their options."""
    from cam_augment.cli.frame import COMMANDS

    top = argparse.ArgumentParser(prog=program)
    commands = top.add_subparsers()
    for name, summary in COMMANDS.items():
        module = import_module(f"cam_augment.cli.{name}")
        if hasattr(module, "menu"):
            inner = commands.add_parser(name, help=summary).add_subparsers()
            for word, about in module.COMMANDS.items():
                _add(inner, word, about, module.parser(f"{program} {name}", word))
        else:
            _add(commands, name, summary, module.parser(f"{program} {name}"))
    return top


def _add(commands: Any, name: str, summary: str, parser: Parser) -> None:
    commands.add_parser(name, help=summary, parents=[parser], add_help=False)
