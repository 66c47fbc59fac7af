"""What a study will do: a plan is a set of questions, read from TOML and checked at once.

``Plan`` says what to study, and ``Plan.runs()`` which models that takes. A ``Run`` is all that
decides one model's weights, and nothing else; its ``key`` names the answer.
"""

from cam_augment.plan.checks import MAX_FOLDS, MAX_RUNS
from cam_augment.plan.choices import BASELINE, GIVEN, Check, Choice, Strategy
from cam_augment.plan.plan import Plan
from cam_augment.plan.reading import packaged_plans
from cam_augment.plan.runs import Recipe, Run, digest
from cam_augment.plan.search import Search
from cam_augment.plan.stages import Stage
from cam_augment.plan.values import Frozen

__all__ = [
    "BASELINE",
    "GIVEN",
    "MAX_FOLDS",
    "MAX_RUNS",
    "Check",
    "Choice",
    "Frozen",
    "Plan",
    "Recipe",
    "Run",
    "Search",
    "Stage",
    "Strategy",
    "digest",
    "packaged_plans",
]
