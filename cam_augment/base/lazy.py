"""TensorFlow and Keras, imported at their first use: listing entries must stay fast.

A proxy of our own, because ``importlib.util.LazyLoader`` puts a half-loaded module where
every other importer of TensorFlow finds it.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

Tensor = Any  # one of TensorFlow's, which has no types that could be checked


class _Lazy:
    """Stands for a module until an attribute of it is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._module(), attribute)

    def _module(self) -> ModuleType:
        if (module := loaded(self._name)) is not None:
            return module
        with quiet():
            return importlib.import_module(self._name)


def loaded(name: str) -> ModuleType | None:
    """Return a module if it is loaded; None where it never was, or a thread still imports it."""
    module = sys.modules.get(name)
    return None if getattr(getattr(module, "__spec__", None), "_initializing", False) else module


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what TensorFlow's libraries print at import where little logging is asked for.

    They print before they have read ``TF_CPP_MIN_LOG_LEVEL``, past Python's own stderr.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") < "2":
        yield
        return
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


if TYPE_CHECKING:
    import keras
    import tensorflow as tf
else:
    tf = _Lazy("tensorflow")
    keras = _Lazy("keras")
