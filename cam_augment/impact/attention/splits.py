"""Cross-validation: is it the split or the seed that makes models differ?"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import finite_or_none
from cam_augment.records import SplitNoise
from cam_augment.statistics import variance_components


def split_noise(arms: Arms, distance: np.ndarray) -> SplitNoise | None:
    """Return how much of models' differences is their fold's; None without folds.

    Args:
        distance: mean primary distance [model, model] of all models, arm after arm.
    """
    if arms.plan.folds is None:
        return None
    runs = [len(arms.fits(label)) for label in arms.labels]
    arm = np.repeat(np.arange(len(runs)), runs)
    fold = np.concatenate([arms.folds(label) for label in arms.labels])
    accuracy = np.concatenate([arms.accuracy(label) for label in arms.labels if arms.fits(label)])
    components = variance_components(accuracy, arm, fold, arms.plan.alpha)
    same, different, pairs = pair_distances(distance, arm, fold)
    return SplitNoise(
        folds=arms.plan.folds,
        models=len(arm),
        seed=finite_or_none(np.sqrt(components.noise)),
        split=finite_or_none(
            np.sqrt(max(0.0, components.fold) if np.isfinite(components.fold) else np.nan)
        ),
        share=finite_or_none(components.share),
        low=finite_or_none(components.interval.low),
        high=finite_or_none(components.interval.high),
        same_fold=finite_or_none(same),
        other_fold=finite_or_none(different),
        pairs=pairs,
    )


def pair_distances(
    distance: np.ndarray, arm: np.ndarray, fold: np.ndarray
) -> tuple[float, float, int]:
    """Return the mean distances of pairs of one arm: of the same fold, of different folds.

    Arms differ in how far apart their models are. So both means are over the arms that have
    pairs of both kinds, each arm with the weight of its pairs of the same fold.

    Args:
        distance: float [model, model]. arm, fold: int [model].

    Returns:
        both means, NaN where no arm has both kinds, and the number of pairs of one fold.
    """
    first, second = np.triu_indices(len(arm), k=1)
    values = distance[first, second]
    inside = (arm[first] == arm[second]) & np.isfinite(values)
    together = fold[first] == fold[second]
    means, weights = [], []
    for index in np.unique(arm):
        pairs = inside & (arm[first] == index)
        same, different = values[pairs & together], values[pairs & ~together]
        if len(same) and len(different):
            means.append((same.mean(), different.mean()))
            weights.append(len(same))
    if not means:
        return np.nan, np.nan, 0
    same, different = np.average(means, axis=0, weights=weights)
    return float(same), float(different), sum(weights)
