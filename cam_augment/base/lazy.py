"""TensorFlow and Keras, imported at their first use: listing entries must stay fast.

A proxy of our own, because ``importlib.util.LazyLoader`` puts a half-loaded module where
every other importer of TensorFlow finds it.
"""

import importlib
import os
import sys
from contextlib import contextmanager


class _Lazy:
    """Stands for a module until an attribute of it is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str):
        return getattr(self._module(), attribute)

    def _module(self):
        if self._name in sys.modules:
            return sys.modules[self._name]
        with _quiet():
            return importlib.import_module(self._name)


OWN = "CAM_AUGMENT_OWN_WORKER"  # in the environment of the workers that we start
# Keras imports these at once if they are installed, for plots and wrappers of its own.
_OPTIONAL = ("matplotlib", "sklearn")


def load_lean() -> None:
    """Import TensorFlow and Keras without what Keras needs for its plots and wrappers only.

    That is a third of the time that the import takes. Keras does not depend on these packages:
    here it finds them missing, whoever imports them later finds them as ever. Only in a worker
    that we started; in another's process Keras stays whole.
    """
    if OWN not in os.environ:
        return
    absent = [name for name in _OPTIONAL if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # None: an import of it fails
    try:
        with _quiet():
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
    finally:
        for name in absent:
            del sys.modules[name]


@contextmanager
def _quiet():
    """Hold back what TensorFlow's libraries print at import where little logging is asked for.

    They print before they have read ``TF_CPP_MIN_LOG_LEVEL``, past Python's own stderr.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") < "2":
        yield
        return
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


tf = _Lazy("tensorflow")
keras = _Lazy("keras")
