"""What a strategy gains: in the score that decides, in others, and in recall by class."""

from collections.abc import Mapping

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import Scored, scored_tiles
from cam_augment.plan import BASELINE
from cam_augment.records import ClassGain, Effect
from cam_augment.records.effects import OF_TILES

GAIN = "gain"


def gain_effects(arms: Arms, deciding: Scored, others: Mapping[str, Scored] = {}) -> list[Effect]:
    """Return the gains of every strategy: in the score that decides, and in others.

    Args:
        deciding: the score that decides. others: further scores by name, with which that one
            may be, too.
    """
    effects = moderated_effects(arms, GAIN, deciding)
    for name, score in others.items():
        if name != arms.plan.gain:
            effects += moderated_effects(arms, f"{GAIN}_{name}", score)
    return effects


def tile_effects(arms: Arms) -> list[Effect]:
    """Return the gains of every strategy on single tiles; none where pictures are not cut."""
    return [
        effect
        for name, score in scored_tiles(arms).items()
        for effect in moderated_effects(arms, f"{OF_TILES}{name}", score)
    ]


def class_gains(arms_of: Mapping[str, Arms]) -> tuple[ClassGain, ...]:
    """Return the change of recall of every class under every strategy.

    Args:
        arms_of: strategy to the arms that it is judged by.
    """
    gains = []
    for label, arms in arms_of.items():
        baseline, recall = _mean(arms.recall(BASELINE)), _mean(arms.recall(label))
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
