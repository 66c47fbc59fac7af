"""Effects, corrected for asking one question of many strategies, and what they show then."""

from collections.abc import Iterable

from cam_augment.plan import Plan
from cam_augment.records import Effect
from cam_augment.statistics import corrected


def adjust(plan: Plan, effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return effects with corrected p and finding, question after question.

    The p of a question is corrected over the strategies that it was asked of.
    """
    by_question: dict[str, list[Effect]] = {}
    for effect in effects:
        by_question.setdefault(effect.question, []).append(effect)
    return tuple(
        effect.model_copy(update={"p_adjusted": p}).with_finding(plan.alpha)
        for family in by_question.values()
        for effect, p in zip(family, corrected((e.p for e in family), plan.correction), strict=True)
    )
