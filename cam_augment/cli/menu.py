"""A first word that names a command; the words after it are that command's own."""

from collections.abc import Mapping, Sequence

from cam_augment.base.errors import InputError, unknown
from cam_augment.cli.parser import Parser


class Menu:
    """The commands of a program.

    Attributes:
        program: how the program is called. commands: their names and what they do.
        parser: of the first word alone.
    """

    def __init__(self, program: str, commands: Mapping[str, str], description: str, end: str):
        self.program = program
        self.commands = commands
        lines = (f"  {name:<12}{summary}" for name, summary in commands.items())
        self.parser = Parser(
            prog=program,
            usage=f"{program} COMMAND [options]",
            description=description,
            end="\n".join(
                ["commands:", *lines, "", f"{program} COMMAND --help lists its options. {end}"]
            ),
        )
        self.parser.add_argument("command", metavar="COMMAND", nargs="?", help="one of those below")

    def choose(self, words: Sequence[str]) -> tuple[str, Sequence[str]]:
        """Return the command that the first word names, and the words after it.

        Raises:
            InputError: it names none.

        Raises:
            InputError: there is no such command.
        """
        command = self.parser.parse_args(words[:1]).command
        if command is None:
            raise InputError(f"{self.program}: name a command: {', '.join(self.commands)}")
        if command not in self.commands:
            raise unknown("command", command, self.commands)
        return command, words[1:]
