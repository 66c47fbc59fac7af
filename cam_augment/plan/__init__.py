"""What will be done: a plan is a set of questions, read from TOML and checked at once.

``Plan`` says what to study; ``Plan.runs()`` says which models that takes; ``Run`` is all
that decides a model's weights and nothing else, and its ``key`` names the answer.
"""

from cam_augment.plan.checks import FIRST_ROUND, MAX_FOLDS, MAX_RUNS
from cam_augment.plan.choices import BASELINE, GIVEN, Check, Choice, Strategy
from cam_augment.plan.plan import Plan
from cam_augment.plan.reading import packaged
from cam_augment.plan.runs import Recipe, Run, digest
from cam_augment.plan.values import Frozen

__all__ = [
    "BASELINE",
    "FIRST_ROUND",
    "GIVEN",
    "MAX_FOLDS",
    "MAX_RUNS",
    "Check",
    "Choice",
    "Frozen",
    "Plan",
    "Recipe",
    "Run",
    "Strategy",
    "digest",
    "packaged",
]
