"""Did the gain come with the change of attention? Asked inside each strategy, over images.

Over strategies there are few points; over the probe images of one strategy there are many.
Where attention moved most beyond seed noise, did the probability of the true class change
most? Asked once within classes, over images, and once over the classes' means.
"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, known
from cam_augment.plan import BASELINE
from cam_augment.records import Within
from cam_augment.statistics import benjamini_hochberg, holm, rank_correlation
from cam_augment.statistics.stratified import stratified_correlation

PERMUTATIONS = 2_000


def within_strategies(arms: Arms, shift_by_image: dict[str, np.ndarray]) -> tuple[Within, ...]:
    """Return the answers of every strategy whose shift was measured.

    Args:
        shift_by_image: strategy to the primary excess shift of each probe image, [image].
    """
    if len(arms.baselines) < LEAST_RUNS:
        return ()
    before = true_class_probability(arms, BASELINE)
    found = [
        _within(arms, label, shift, true_class_probability(arms, label) - before)
        for label, shift in shift_by_image.items()
    ]
    correct = {"holm": holm, "bh": benjamini_hochberg}[arms.plan.correction]
    images = correct(_numbers(each.p for each in found))
    classes = correct(_numbers(each.p_classes for each in found))
    return tuple(
        each.model_copy(update={"p_adjusted": known(a), "p_classes_adjusted": known(b)})
        for each, a, b in zip(found, images, classes, strict=True)
    )


def _numbers(values) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], float)


def true_class_probability(arms: Arms, label: str) -> np.ndarray:
    """Return the mean over an arm's runs of each probe image's true-class probability [image]."""
    from scipy.special import softmax

    labels = arms.data.probe.labels
    images = np.arange(len(labels))
    runs = [softmax(fit.probe_logits, axis=1)[images, labels] for fit in arms.fits(label)]
    return np.mean(runs, axis=0)


def _within(arms: Arms, label: str, shift: np.ndarray, change: np.ndarray) -> Within:
    classes, alpha = arms.data.probe.labels, arms.plan.alpha
    count = min(arms.plan.permutations, PERMUTATIONS)
    inside = stratified_correlation(shift, change, classes, count, seed=0, alpha=alpha)
    sound = np.isfinite(shift)
    means = [
        (shift[sound & (classes == c)].mean(), change[sound & (classes == c)].mean())
        for c in np.unique(classes[sound])
    ]
    between = rank_correlation(*np.array(means).reshape(-1, 2).T, count, seed=0, alpha=alpha)
    return Within(
        strategy=label,
        images=inside.n,
        probability_change=known(change.mean()),
        rho=known(inside.rho),
        low=known(inside.interval.low),
        high=known(inside.interval.high),
        p=known(inside.p),
        classes=between.n,
        rho_classes=known(between.rho),
        p_classes=known(between.p),
    )
