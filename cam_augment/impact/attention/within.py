"""Did the gain come with the change of attention? Asked inside each strategy, over images.

Over strategies there are few points; over the probe images of one strategy there are many.
Where attention moved most beyond seed noise, did the probability of the true class change
most? Asked once within classes, over images, and once over the classes' means.
"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, finite_or_none
from cam_augment.plan import BASELINE
from cam_augment.records import WithinStrategy
from cam_augment.statistics import corrected, fisher_interval
from cam_augment.statistics.association import LIMIT, association_test
from cam_augment.statistics.significance import change_finding


def within_strategies(arms: Arms, distances: dict[str, np.ndarray]) -> tuple[WithinStrategy, ...]:
    """Return the answers of every strategy whose shift was measured.

    Args:
        distances: strategy to its primary distances [model, model, image], its own models
            first, the baselines after them.
    """
    if len(arms.baselines) < LEAST_RUNS:
        return ()
    answers = [_within(arms, label, distance) for label, distance in distances.items()]
    plan = arms.plan
    apart = [label in plan.controls for label in distances]
    images = corrected((answer.p for answer in answers), plan.correction, apart)
    classes = corrected((answer.p_classes for answer in answers), plan.correction, apart)
    return tuple(
        answer.model_copy(
            update={
                "p_adjusted": p,
                "finding": change_finding(p, answer.rho, plan.alpha),
                "p_classes_adjusted": p_classes,
                "finding_classes": change_finding(p_classes, answer.rho_classes, plan.alpha),
            }
        )
        for answer, p, p_classes in zip(answers, images, classes, strict=True)
    )


def true_class_probability(arms: Arms, label: str) -> np.ndarray:
    """Return each probe image's true-class probability by every run of an arm [run, image]."""
    from scipy.special import softmax

    labels = arms.data.probe.labels
    images = np.arange(len(labels))
    return np.array([softmax(f.probe_logits, axis=1)[images, labels] for f in arms.fits(label)])


def _within(arms: Arms, label: str, distance: np.ndarray) -> WithinStrategy:
    after, before = (true_class_probability(arms, arm) for arm in (label, BASELINE))
    association = association_test(
        distance,
        np.concatenate([after, before]),
        arms.data.probe.labels,
        len(after),
        limit=min(arms.plan.permutations, LIMIT),
        blocks=arms.blocks(label),
    )
    together = arms.probe_clusters
    images = association.images if together is None else len(np.unique(together))
    # Each class' mean is taken off, which costs as many degrees of freedom, less one.
    points = min(images, association.images) - association.groups + 1
    interval = fisher_interval(association.rho, points, arms.plan.alpha)
    return WithinStrategy(
        strategy=label,
        images=association.images,
        probability_change=finite_or_none(after.mean() - before.mean()),
        rho=finite_or_none(association.rho),
        low=finite_or_none(interval.low),
        high=finite_or_none(interval.high),
        p=finite_or_none(association.p),
        classes=association.groups,
        rho_classes=finite_or_none(association.rho_groups),
        p_classes=finite_or_none(association.p_groups),
    )
