"""What a ``.keras`` file says of itself, read without Keras before anything else is begun."""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

from cam_augment.reading.names import reason

_CONFIG = "config.json"
_MOST_BYTES = 2**26  # of a description
_MOST_UNPACKED = 2**33  # of all in the file


class Unsound(ValueError):
    """A file that is no model, or more than one."""


def has_code(path: str) -> bool:
    """Return whether a saved model holds a Lambda layer or function, which is code.

    Raises:
        Unsound: the file is no zip with a description of a model, or would take up more
            than 8 GiB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > _MOST_UNPACKED or archive.getinfo(_CONFIG).file_size > _MOST_BYTES:
                raise Unsound(f"it unpacks to {size:,} bytes")
            config = json.loads(archive.read(_CONFIG))
    except Unsound:
        raise
    except Exception as error:  # a broken archive raises errors of many kinds
        raise Unsound(reason(error)) from None
    return any(_is_code(table) for table in _tables(config))


def _is_code(table: dict) -> bool:
    name, module = table.get("class_name"), table.get("module") or "keras"
    return name == "__lambda__" or (name == "Lambda" and str(module).startswith("keras"))


def _tables(value: Any) -> Iterator[dict]:
    """Yield all tables in what JSON holds."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
        if isinstance(each, (dict, list)):
            waiting += each.values() if isinstance(each, dict) else each
