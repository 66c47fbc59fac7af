"""TensorFlow and Keras, imported at their first use: listing entries must stay fast.

A proxy of our own, because ``importlib.util.LazyLoader`` puts a half-loaded module where
every other importer of TensorFlow finds it.
"""

import importlib


class _Lazy:
    """Stands for a module until an attribute of it is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str):
        return getattr(importlib.import_module(self._name), attribute)


tf = _Lazy("tensorflow")
keras = _Lazy("keras")
