"""A ``.keras`` file: what it says of itself, read before Keras is; then the model, in safe mode."""

import json
import zipfile
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras
from cam_augment.reading.names import reason, shown

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
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        if isinstance(node, (dict, list)):
            waiting += node.values() if isinstance(node, dict) else node


def check_model_file(path: str, subject: str) -> None:
    """Raise InputError where a file is no model or holds code; ``subject``: what asks.

    Keras itself is not needed for that.
    """
    try:
        code = has_code(path)
    except Unsound as error:
        raise InputError(f"{subject}: {shown(path)} cannot be read: {error}") from None
    if code:
        raise code_error(path, subject)


def load_model(path: str, subject: str) -> Any:
    """Return a saved ``keras.Model``, uncompiled; no code in the file is executed.

    Raises:
        InputError: it cannot be read, or it holds code.
    """
    check_model_file(path, subject)
    # Keras finds the layers that networks of this package are saved with once they are registered.
    import_module("cam_augment.architectures.layers.normalization")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds for what it cannot read
        if "ambda" in str(error):
            raise code_error(path, subject) from None
        first = (str(error).splitlines() or [""])[0]
        raise InputError(f"{subject}: {shown(path)} cannot be read: {first}") from None


def code_error(source: str, subject: str) -> InputError:
    """Return the error for a model that has a Lambda layer."""
    return InputError(
        f"{subject}: {shown(source)} has a Lambda layer, which is code in a file and is not "
        "executed; write a layer class and register it (keras.saving.register_keras_serializable)"
    )
