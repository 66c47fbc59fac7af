"""What a person asked for and cannot have, said in one line."""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cam_augment.base.stop import STOP

_LONGEST = 2000  # characters of a message
_LEAST_TYPED = 3  # letters
_MOST_NAMED = 3
_LEAST_TYPED = 3  # letters that may mean a part of a name
_MOST_NAMED = 3
_MOST_COMPARED = 200  # characters of a name: comparing takes the square of them
_EMPHASIS = re.compile(r"\x1b\[1m(.+?)\x1b\[0m", re.DOTALL)  # by Keras: the error it wraps


class InputError(ValueError):
    """A mistake in a plan, an option or a file: one line, exit code 2, nothing written.

    What was received is part of the message, and strangers may have written it: what breaks
    or fakes a line becomes "?", and of a very long message the middle is left out.

    >>> print(InputError("received 'a\\nerror: b'"))
    received 'a?error: b'
    """

    ag_pass_through = True  # AutoGraph would make many lines of it, of another type

    def __init__(self, message: str):
        super().__init__(_one_line(message))


def _one_line(message: str) -> str:
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} ... {message[5 - _LONGEST // 2 :]}"
    return "".join(character if character.isprintable() else "?" for character in message)


def nearest(received: str, allowed: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest allowed names, or an empty string.

    Names that contain what was typed come before those that are spelled like it.

    >>> nearest("peason", ["pearson", "spearman"])
    " Did you mean 'pearson'?"
    >>> nearest("flip", ["horizontal_flip", "solarize", "vertical_flip"])
    " Did you mean 'vertical_flip' or 'horizontal_flip'?"
    """
    received, names = received[:_MOST_COMPARED], list(allowed)
    close = _containing(received.lower(), names)
    close = close or difflib.get_close_matches(received, names, n=1, cutoff=0.5)
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""


def _containing(text: str, names: Iterable[str]) -> list[str]:
    """Return the shortest names that contain a text, which must have some length to mean one."""
    longer = [name for name in names if text in name.lower()]
    return sorted(longer, key=len)[:_MOST_NAMED] if len(text) >= _LEAST_TYPED else []


def unknown(kind: str, received: str, allowed: Iterable[str]) -> InputError:
    """Return the error for a name that no entry has.

    >>> print(unknown("metric", "peason", ["pearson", "spearman"]))
    no metric 'peason'. Did you mean 'pearson'? Allowed: pearson, spearman
    """
    allowed = sorted(allowed)
    return InputError(
        f"no {kind} '{received}'.{nearest(received, allowed)} Allowed: {', '.join(allowed)}"
    )


def cause(error: BaseException) -> str:
    """Return what another package's error says, as its class and its first line.

    Keras wraps errors of layers in an error of its own: what it wraps is the cause.

    >>> cause(ValueError("no such thing\\n\\nArguments received: ..."))
    'ValueError: no such thing'
    """
    text = str(error)
    emphasis = _EMPHASIS.search(text)
    lines = (emphasis.group(1) if emphasis else text).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of a full disk, a read-only folder or a lacking permission in one line where it is.

    A command that is stopped meanwhile finishes what is inside.

    Raises:
        InputError: something inside could not be written.
    """
    with unwritable(folder), STOP.writing():
        yield


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """As ``writing``, of what takes long: a stop need not wait for it, and it leaves no half."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error) or type(error).__name__).lower()
        raise InputError(
            f"'{folder}' cannot be written to: {reason}; what was finished before is kept, and "
            "the same command goes on"
        ) from None
