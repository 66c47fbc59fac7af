"""What each data augmentation does to what a network looks at, and whether to trust its gain."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cam_augment.base.errors import InputError
    from cam_augment.plan import Plan
    from cam_augment.records import Answers, ImpactProfile, load_profile
    from cam_augment.search.run import run_search
    from cam_augment.study.compare import compare
    from cam_augment.study.outside import compare_answers
    from cam_augment.study.run import run_study

__all__ = [
    "Answers",
    "ImpactProfile",
    "InputError",
    "Plan",
    "compare",
    "compare_answers",
    "load_profile",
    "run_search",
    "run_study",
]

_HOMES = {
    "Answers": "records",
    "ImpactProfile": "records",
    "InputError": "base.errors",
    "Plan": "plan",
    "compare": "study.compare",
    "compare_answers": "study.outside",
    "load_profile": "records",
    "run_search": "search.run",
    "run_study": "study.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use, so that ``import cam_augment`` is instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cam_augment' has no attribute '{name}'")
    return getattr(import_module(f"cam_augment.{_HOMES[name]}"), name)
