"""What all commands share: a parser, and a mistake in one line."""

import argparse
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.text import check_text

_WIDTH = 79


def _formatter(**options: Any) -> argparse.HelpFormatter:
    # Loaded where help is printed, and nowhere else.
    from rich_argparse import RawDescriptionRichHelpFormatter

    RawDescriptionRichHelpFormatter.group_name_formatter = str  # as they are written
    return RawDescriptionRichHelpFormatter(**options)


def exit_code(answer: Callable[[], int]) -> int:
    """Return the exit code that ``answer`` gives; print a mistake in one line."""
    try:
        return answer()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


class Parser(argparse.ArgumentParser):
    """A parser whose errors are InputErrors, and whose help ends with examples."""

    def __init__(
        self, description: str, examples: Sequence[str] = (), end: str = "", **options: Any
    ):
        lines = ["examples:", *(f"  {line}" for line in examples), ""] if examples else []
        super().__init__(
            allow_abbrev=False,
            description=textwrap.fill(description, _WIDTH),
            epilog="\n".join([*lines, end]),
            formatter_class=_formatter,
            **options,
        )

    def parse_known_args(  # type: ignore[override]  # its overloads say the same
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Refuse words that are unknown, naming the nearest option.

        Raises:
            InputError: a word is unknown, or not UTF-8.
        """
        for word in sys.argv[1:] if args is None else args:
            check_text(word, "command line")
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            name = unknown[0]
            raise InputError(f"no option '{name}'.{nearest(name, self._option_string_actions)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """Refuse what the options do not allow.

        Raises:
            InputError: always.
        """
        raise InputError(message)
