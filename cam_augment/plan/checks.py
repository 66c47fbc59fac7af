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
MOST_MODELS = 1000
FIRST_ROUND = 2  # models of each strategy: a single one says nothing about how they differ
LEAST_FOR_ROUNDS = 6


def check_folds(plan: "Plan") -> None:
    """Raise InputError unless every arm can have each fold equally often."""
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


def check_rounds(plan: "Plan") -> None:
    """Raise InputError where a study in rounds could not start, or could not be judged."""
    if not plan.adaptive:
        if plan.budget is not None:
            raise InputError("budget: it bounds a study in rounds; this plan is not adaptive")
        return
    if plan.dataset.name == GIVEN:
        raise InputError("adaptive: compare() takes models as they are; leave it out")
    for field in ("folds", "costs", "checks"):
        if getattr(plan, field):
            raise InputError(
                f"adaptive: received true beside {field}, whose tests take all models at "
                "once; leave out one of the two"
            )
    if plan.gain != "accuracy":
        raise InputError(
            f"adaptive: received true beside gain = {plan.gain}; rounds judge accuracy, so leave "
            "out one of the two"
        )
    if plan.baselines < LEAST_FOR_ROUNDS:
        raise InputError(
            f"baselines: received {plan.baselines}; a study in rounds knows the noise of "
            f"attention by {LEAST_FOR_ROUNDS} or more"
        )
    least = plan.baselines + FIRST_ROUND * len(plan.strategies)
    if plan.budget is not None and plan.budget < least:
        raise InputError(
            f"budget: received {plan.budget}; the first round takes {least} models: "
            f"{plan.baselines} baselines and {FIRST_ROUND} of each strategy"
        )


def check_unique(names: Sequence[str], kind: str) -> None:
    """Raise InputError where a name occurs twice."""
    name, times = next(iter(Counter(names).most_common(1)), ("", 0))
    if times > 1:
        raise InputError(f"received '{name}' twice; each {kind} is named once")


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
