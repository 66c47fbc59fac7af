"""What a strategy gains: accuracy, macro-F1, balanced accuracy, and recall class by class."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, finite_or_none, scalar_effect
from cam_augment.plan import BASELINE
from cam_augment.records import ClassGain, Effect
from cam_augment.records.evidence import WorstClass, is_rare
from cam_augment.statistics import corrected, difference_interval, worst_class_test
from cam_augment.statistics.significance import loss_finding


def gain_effects(arms: Arms) -> list[Effect]:
    """Return the gains in accuracy and other measures of every strategy (fractions)."""
    further = [
        scalar_effect(
            arms.plan, label, f"gain_{name}", runs[label], runs[BASELINE], arms.blocks(label)
        )
        for name, runs in arms.points().items()
        if name != "accuracy"
        for label in arms.strategies
    ]
    return [*(_gain(arms, label) for label in arms.strategies), *further]


def _gain(arms: Arms, label: str) -> Effect:
    """The gain in accuracy, its interval over models and test images."""
    arm, baselines = arms.accuracy(label), arms.accuracy(BASELINE)
    blocks = arms.blocks(label)
    effect = scalar_effect(arms.plan, label, "gain", arm, baselines, blocks)
    if effect.estimate is None:
        return effect
    low, high = difference_interval(
        arms.right(label), arms.right(BASELINE), arms.plan.alpha, arms.plan.bootstrap, 0, blocks
    )
    return effect.model_copy(update={"low": low, "high": high})


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


def worst_classes(arms: Arms) -> dict[str, WorstClass]:
    """Return, for every strategy with enough runs, the class that loses most."""
    baseline = arms.recall(BASELINE)
    present = np.isfinite(baseline).all(axis=0)
    names = [name for name, there in zip(arms.data.classes, present, strict=True) if there]
    shares = np.bincount(arms.data.test.labels, minlength=len(present))[present]
    shares = shares / shares.sum()
    tests = {
        label: worst_class_test(
            arms.recall(label)[:, present],
            baseline[:, present],
            limit=arms.plan.permutations,
            blocks=arms.blocks(label),
        )
        for label in arms.strategies
        if len(arms.fits(label)) >= LEAST_RUNS
    }
    corrected_p = corrected((test.p for test in tests.values()), arms.plan.correction)
    return {
        label: WorstClass(
            names[test.index],
            test.gain,
            p,
            loss_finding(p, test.gain, arms.plan.alpha),
            float(shares[test.index]),
            is_rare(shares[test.index], len(shares)),
        )
        for (label, test), p in zip(tests.items(), corrected_p, strict=True)
        if test.index is not None
    }
