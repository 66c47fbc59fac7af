"""The report's figures: one file per figure, found by being here."""

import importlib
import pkgutil


def discover() -> None:
    """Import every figure, so that it enters itself."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        importlib.import_module(f"{__name__}.{module.name}")
