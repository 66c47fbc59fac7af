"""Checks across the fields of a plan; each failure is an error of one line."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cam_augment.base.errors import InputError
from cam_augment.plan.choices import GIVEN, Choice
from cam_augment.plan.runs import Recipe
from cam_augment.registry import ARCHITECTURES

if TYPE_CHECKING:
    from cam_augment.plan.plan import Plan

MAX_RUNS = 100_000
MAX_FOLDS = 20
LEAST_MODELS = 3
LEAST_TO_ROTATE = 3
MOST_MODELS = 1000


def check_folds(plan: "Plan") -> None:
    """Raise InputError unless every arm can have each fold equally often."""
    if plan.test == "rotating":
        _check_rotation(plan)
    if plan.folds is None:
        return
    if plan.dataset.name == GIVEN:
        raise InputError("folds: compare() takes models as they were trained; leave it out")
    if plan.baselines % plan.folds or plan.seeds % plan.folds:
        nearest = (_nearest_multiple(n, plan.folds) for n in (plan.baselines, plan.seeds))
        raise InputError(
            f"folds: received {plan.folds} with baselines = {plan.baselines} and seeds = "
            f"{plan.seeds}; both must be multiples of {plan.folds}, so that every arm has "
            "each fold equally often. Nearest: baselines = {}, seeds = {}".format(*nearest)
        )
    uneven = [more for more in plan.more_models if more % plan.folds]
    if uneven:
        raise InputError(
            f"more_models: received {uneven[0]} with folds = {plan.folds}; each stage adds a "
            f"multiple of {plan.folds} models, so that every arm has each fold equally often. "
            f"Nearest: {plan.folds * -(-uneven[0] // plan.folds)}; or none"
        )


def check_stages(plan: "Plan") -> None:
    """Raise InputError where a study in stages could not start, or would be too large."""
    if not plan.more_models:
        if plan.budget is not None:
            raise InputError(
                f"budget: received {plan.budget}; it bounds further stages, and this plan has none "
                "(more_models)"
            )
        return
    if plan.dataset.name == GIVEN:
        raise InputError("more_models: compare() takes models as they are; leave it out")
    most = max(plan.stages[-1].models, plan.stages[-1].baselines)
    if most > MOST_MODELS:
        raise InputError(
            f"more_models: received {list(plan.more_models)}; the last stage would have {most:,} "
            f"models of one arm, at most {MOST_MODELS:,}"
        )
    least = plan.baselines + plan.seeds * len(plan.strategies)
    if plan.budget is not None and plan.budget < least:
        raise InputError(
            f"budget: received {plan.budget}; the first stage takes {least} models: "
            f"{plan.baselines} baselines and {plan.seeds} of each of {len(plan.strategies)} "
            "strategies"
        )


def check_unique(names: Sequence[str], kind: str) -> None:
    """Raise InputError where a name occurs twice."""
    name, times = next(iter(Counter(names).most_common(1)), ("", 0))
    if times > 1:
        raise InputError(f"received '{name}' twice; each {kind} is named once")


def _check_rotation(plan: "Plan") -> None:
    """Raise InputError unless each fold can be the test part of models that have not seen it."""
    if plan.folds is None or plan.folds < LEAST_TO_ROTATE:
        raise InputError(
            f"test: received rotating with folds = {plan.folds or 'none'}; a fold is judged, one "
            f"chosen by and the rest learned from, so folds is {LEAST_TO_ROTATE} or more, as 5"
        )
    for field in ("costs", "predictors", "robustness"):
        if getattr(plan, field):
            raise InputError(
                f"test: received rotating beside {field}, which asks all models about the same "
                "images; leave out one of the two"
            )


def _nearest_multiple(value: int, folds: int) -> int:
    """Return the nearest multiple of ``folds`` that is an allowed number of models.

    Of two that are equally near, the larger.
    """
    least, most = -(-LEAST_MODELS // folds), MOST_MODELS // folds
    return folds * min(max((2 * value + folds) // (2 * folds), least), most)


def check_base(architecture: Choice, recipe: Recipe) -> None:
    """Raise InputError where a network names no base that could stay frozen."""
    if architecture.name == GIVEN:
        return
    if ARCHITECTURES[architecture.name].place("base", architecture.settings) is None:
        names = [entry.name for entry in ARCHITECTURES.values() if entry.has_base]
        raise InputError(
            f"recipe.frozen_epochs: received {recipe.frozen_epochs}; network "
            f"'{architecture.name}' names no base that could stay frozen. Those that do: "
            f"{', '.join(names)}"
        )
