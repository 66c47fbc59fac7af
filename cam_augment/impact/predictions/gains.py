"""What a strategy gains: accuracy, macro-F1, balanced accuracy, and recall class by class."""

import numpy as np

from cam_augment.impact.arms import Arms, macro_f1
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.plan import BASELINE
from cam_augment.records import ClassGain, Effect
from cam_augment.statistics import balanced_influence, resampled_scores


def gain_effects(arms: Arms) -> list[Effect]:
    """Return the gains in accuracy and other measures of every strategy (fractions)."""
    points, right = arms.points(), {label: arms.right(label) for label in arms.labels}
    effects = moderated_effects(arms, "gain", points["accuracy"], images=right)
    effects += moderated_effects(arms, "gain_macro_f1", points["macro_f1"], draws=_f1_draws(arms))
    if "balanced_accuracy" in points:
        labels = arms.data.test.labels
        influence = {label: balanced_influence(runs, labels) for label, runs in right.items()}
        effects += moderated_effects(
            arms, "gain_balanced_accuracy", points["balanced_accuracy"], images=influence
        )
    return effects


def _f1_draws(arms: Arms) -> dict[str, np.ndarray]:
    """Return every run's macro-F1 on resampled test images, float [run, draw] by arm."""
    labels, classes = arms.data.test.labels, len(arms.data.classes)
    sizes = [len(arms.fits(label)) for label in arms.labels]
    if not sum(sizes):
        return {label: np.zeros((0, 0)) for label in arms.labels}
    predicted = np.stack(
        [fit.test_logits.argmax(axis=1) for label in arms.labels for fit in arms.fits(label)]
    )
    cell = (np.arange(len(predicted)) * classes)[:, None] + labels
    cell = cell * classes + predicted

    def scores(images: np.ndarray) -> np.ndarray:
        counts = np.bincount(cell[:, images].ravel(), minlength=len(predicted) * classes**2)
        return macro_f1(counts.reshape(len(predicted), classes, classes))

    draws = resampled_scores(scores, labels)
    return dict(zip(arms.labels, np.split(draws, np.cumsum(sizes)[:-1]), strict=True))


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
