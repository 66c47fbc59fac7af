"""Effects, corrected for asking one question of many strategies, and what they show then."""

from collections.abc import Iterable, Sequence

import numpy as np

from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.sequential.standing import Standing
from cam_augment.plan import Plan
from cam_augment.records import Effect
from cam_augment.statistics.multiplicity import adjust as adjusted


def adjust(plan: Plan, standing: Standing, effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return effects with corrected p and finding, question after question.

    The p of a question is corrected over the strategies that it was asked of, but for
    controls, which stand outside that family, and over stages. What was corrected where it
    was tested (``moderated_effects``) stays as it is.
    """
    by_question: dict[str, list[Effect]] = {}
    for effect in effects:
        by_question.setdefault(effect.question, []).append(effect)
    return tuple(
        effect for family in by_question.values() for effect in _adjusted(plan, standing, family)
    )


def _adjusted(plan: Plan, standing: Standing, effects: Sequence[Effect]) -> Iterable[Effect]:
    if any(effect.p_adjusted is not None for effect in effects):
        return effects
    labels = [effect.strategy for effect in effects]
    judged, others = standing.family(labels, standing.beyond_noise(effects[0].question))
    p = np.array([effect.p for effect in effects], float)
    family = adjusted(np.where(judged, p, np.nan), plan.correction, others)
    alone = np.array([label in plan.controls for label in labels], bool)
    overall = standing.over_stages(np.where(alone, p, family))
    return (
        effect.model_copy(update={"p_adjusted": finite_or_none(value)}).with_finding(plan.alpha)
        for effect, value in zip(effects, overall, strict=True)
    )
