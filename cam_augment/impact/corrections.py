"""Effects, corrected for asking one question of many strategies, and what they show then."""

from collections.abc import Iterable, Sequence

from cam_augment.plan import Plan
from cam_augment.records import Effect
from cam_augment.statistics import corrected


def adjust(plan: Plan, effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return effects with corrected p and finding, question after question.

    The p of a question is corrected over the strategies that it was asked of, but for
    controls, which stand outside that family. What was corrected where it was tested
    (``moderated_effects``) stays as it is.
    """
    by_question: dict[str, list[Effect]] = {}
    for effect in effects:
        by_question.setdefault(effect.question, []).append(effect)
    return tuple(effect for family in by_question.values() for effect in _adjusted(plan, family))


def _adjusted(plan: Plan, family: Sequence[Effect]) -> Iterable[Effect]:
    if any(effect.p_adjusted is not None for effect in family):
        return family
    apart = [effect.strategy in plan.controls for effect in family]
    ps = corrected((effect.p for effect in family), plan.correction, apart)
    return (
        effect.model_copy(update={"p_adjusted": p}).with_finding(plan.alpha)
        for effect, p in zip(family, ps, strict=True)
    )
