"""What a strategy gains: in the score that decides, in others, and in recall by class."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import Scored, scored
from cam_augment.plan import BASELINE
from cam_augment.records import ClassGain, Effect


def gain_effects(arms: Arms, deciding: Scored | None = None) -> list[Effect]:
    """Return the gains of every strategy (fractions): in the score that decides, and in others.

    Args:
        deciding: the score that decides, where it is there already.
    """
    name = arms.plan.gain
    others = ["accuracy", "macro_f1", *(["balanced_accuracy"] if arms.uneven else [])]
    effects = _of(arms, "gain", scored(arms, name) if deciding is None else deciding)
    for other in others:
        if other != name:
            effects += _of(arms, f"gain_{other}", scored(arms, other))
    return effects


def _of(arms: Arms, question: str, score: Scored) -> list[Effect]:
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
