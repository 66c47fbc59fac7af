"""What a strategy gains: accuracy, macro-F1, balanced accuracy, and recall class by class."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import scored
from cam_augment.plan import BASELINE
from cam_augment.records import ClassGain, Effect


def gain_effects(arms: Arms) -> list[Effect]:
    """Return the gains in accuracy and other scores of every strategy (fractions)."""
    questions = {"gain": "accuracy", "gain_macro_f1": "macro_f1"}
    if arms.uneven:
        questions["gain_balanced_accuracy"] = "balanced_accuracy"
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
