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
from cam_augment.statistics import corrected
from cam_augment.statistics.association import LIMIT, association_test
from cam_augment.statistics.significance import change_finding


def within_strategies(arms: Arms, distances: dict[str, np.ndarray]) -> tuple[Within, ...]:
    """Return the answers of every strategy whose shift was measured.

    Args:
        distances: strategy to its primary distances [model, model, image], its own models
            first, the baselines after them.
    """
    if len(arms.baselines) < LEAST_RUNS:
        return ()
    found = [_within(arms, label, distance) for label, distance in distances.items()]
    plan = arms.plan
    images = corrected((each.p for each in found), plan.correction)
    classes = corrected((each.p_classes for each in found), plan.correction)
    return tuple(
        each.model_copy(
            update={
                "p_adjusted": p,
                "finding": change_finding(p, each.rho, plan.alpha),
                "p_classes_adjusted": p_classes,
                "finding_classes": change_finding(p_classes, each.rho_classes, plan.alpha),
            }
        )
        for each, p, p_classes in zip(found, images, classes, strict=True)
    )


def true_class_probability(arms: Arms, label: str) -> np.ndarray:
    """Return each probe image's true-class probability by every run of an arm [run, image]."""
    from scipy.special import softmax

    labels = arms.data.probe.labels
    images = np.arange(len(labels))
    return np.array([softmax(f.probe_logits, axis=1)[images, labels] for f in arms.fits(label)])


def _within(arms: Arms, label: str, distance: np.ndarray) -> Within:
    own, before = (true_class_probability(arms, arm) for arm in (label, BASELINE))
    found = association_test(
        distance,
        np.concatenate([own, before]),
        arms.data.probe.labels,
        len(own),
        limit=min(arms.plan.permutations, LIMIT),
        blocks=arms.blocks(label),
    )
    return Within(
        strategy=label,
        images=found.images,
        probability_change=known(own.mean() - before.mean()),
        rho=known(found.rho),
        p=known(found.p),
        classes=found.groups,
        rho_classes=known(found.rho_groups),
        p_classes=known(found.p_groups),
    )
