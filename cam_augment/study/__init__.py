"""Plan -> runs -> profile -> report, of models trained here or elsewhere."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cam_augment.study.run import load_data, run_study

__all__ = ["load_data", "run_study"]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use, so that a part of the room loads no other."""
    if name not in __all__:
        raise AttributeError(f"module 'cam_augment.study' has no attribute '{name}'")
    return getattr(import_module("cam_augment.study.run"), name)
