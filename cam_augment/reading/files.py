"""Read a whole file that a stranger made: a real one, and no larger than it may be."""

import json
import os
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.reading.names import reason, shown


def check_file(path: str | Path, name: str | None = None) -> None:
    """Raise InputError unless there is a file: a pipe or a device would be waited for.

    Args:
        name: what messages call it (default: its path).
    """
    if os.path.isfile(path):  # that of Path raises where a name is too long
        return
    problem = "it is not a file" if os.path.exists(path) else "No such file or directory"
    raise InputError(f"{name or shown(path)}: cannot be read: {problem}")


def read_bytes(path: str | Path, most: int, name: str | None = None) -> bytes:
    """Return what a file holds.

    Args:
        most: bytes; no more than one beyond it is read. name: what messages call it.

    Raises:
        InputError: it cannot be read, is no file, or is larger.
    """
    name = name or shown(path)
    check_file(path, name)
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {reason(error)}") from None
    if len(content) > most:
        raise InputError(f"{name}: larger than {most // 2**20:,} MiB; no more is read")
    return content


def read_json(path: str | Path, most: int, name: str | None = None) -> Any:
    """Return what a JSON file of ``most`` bytes says.

    Raises:
        InputError: as in ``read_bytes``, or it is no JSON, or nested without end.
    """
    content = read_bytes(path, most, name)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name or shown(path)}: this is not valid JSON: {reason(error)}"
        ) from None
