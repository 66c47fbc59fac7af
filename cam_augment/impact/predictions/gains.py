"""What a strategy gains: in the score that decides, in others, and in recall by class."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import scored
from cam_augment.plan import BASELINE
from cam_augment.records import ClassGain, Effect


def gain_effects(arms: Arms) -> list[Effect]:
    """Return the gains of every strategy (fractions): in the score that decides, and in others."""
    deciding = arms.plan.gain
    others = ["accuracy", "macro_f1", *(["balanced_accuracy"] if arms.uneven else [])]
    questions = {"gain": deciding} | {f"gain_{n}": n for n in others if n != deciding}
    return [effect for question, name in questions.items() for effect in _of(arms, question, name)]


def _of(arms: Arms, question: str, name: str) -> list[Effect]:
    score = scored(arms, name)
    return moderated_effects(arms, question, score.values, score.images, score.draws)


def class_gains(arms: Arms) -> tuple[ClassGain, ...]:
    """Return the change of recall of every class under every strategy."""
    baseline = _mean(arms.recall(BASELINE))
    gains = []
    for label in arms.strategies:
        recall = _mean(arms.recall(label))
        for index, name in enumerate(arms.data.classes):
            before, after = baseline[index], recall[index]
            gains.append(
                ClassGain(
                    strategy=label,
                    name=name,
                    baseline=finite_or_none(before),
                    recall=finite_or_none(after),
                    gain=finite_or_none(after - before),
                )
            )
    return tuple(gains)


def _mean(recall: np.ndarray) -> np.ndarray:
    return recall.mean(axis=0) if len(recall) else np.full(recall.shape[1], np.nan)
