"""Misses against false alarms: what other thresholds would make of the models, arm by arm."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.predictions.costs import PARTS, ModelDecisions
from cam_augment.plan import Plan
from cam_augment.plan.costs import production
from cam_augment.records import DataSet, Fit
from cam_augment.records.errors import ArmErrors, ErrorCurves
from cam_augment.statistics.misses import defect_scores, least_misses

RATES = (np.arange(41) / 40) ** 3  # of good parts; most of them where false alarms are few
DIGITS = 4  # decimals of what is kept, per 1,000 parts


def error_curves(arms: Arms, decisions: ModelDecisions | None) -> ErrorCurves | None:
    """Return misses against false alarms; None where no class is known to be the good one.

    Args:
        decisions: of plans with costs; without, the likeliest class is decided for.
    """
    labels, classes = arms.judged_labels, arms.data.classes
    good = good_class(arms.plan, arms.data)
    if good is None or not 0 < (labels == good).sum() < len(labels):
        return None
    shares = production(arms.plan.parts, classes, labels)
    curves = tuple(
        ArmErrors(
            arm=label,
            misses=tuple(_misses(arms, fit, good, shares) for fit in arms.fits(label)),
            point=_point(arms, label, good, shares, decisions),
        )
        for label in arms.labels
        if arms.fits(label)
    )
    false_alarms = np.round(PARTS * shares[good] * RATES, DIGITS)
    return ErrorCurves(good=classes[good], false_alarms=tuple(false_alarms.tolist()), arms=curves)


def good_class(plan: Plan, data: DataSet) -> int | None:
    """Return the class of parts without a defect; None where nothing tells which it is.

    It is the one that the plan's costs name, or else the only one without marked images; of two
    classes without marks it is the first.
    """
    if plan.costs is not None and plan.costs.good is not None:
        return data.classes.index(plan.costs.good)
    if data.test.tiles is not None:
        return data.test.tiles.good
    if data.test.masks is not None:
        marked = set(data.test.labels[data.test.masks.areas() > 0].tolist())
        unmarked = sorted(set(range(len(data.classes))) - marked)
        if marked and len(unmarked) == 1:
            return unmarked[0]
    return 0 if len(data.classes) == 2 else None


def _misses(arms: Arms, fit: Fit, good: int, shares: np.ndarray) -> tuple[float, ...]:
    labels = arms.labels_of(fit)
    missed = least_misses(defect_scores(fit.test_logits, good), labels, good, RATES)
    weights = shares[: len(missed), None]
    return tuple(np.round(PARTS * np.nansum(weights * missed, axis=0), DIGITS).tolist())


def _point(
    arms: Arms, label: str, good: int, shares: np.ndarray, decisions: ModelDecisions | None
) -> tuple[float, float]:
    rule = None if decisions is None else decisions.rule(label)
    points = []
    for place, fit in enumerate(arms.fits(label)):
        labels = arms.labels_of(fit)
        decided = fit.test_logits.argmax(axis=1)
        if decisions is not None:
            decided = decisions.decisions(label, plain=rule == "argmax")[place]
        weights = (shares / np.maximum(np.bincount(labels, minlength=len(shares)), 1))[labels]
        alarms, misses = (labels == good) & (decided != good), (labels != good) & (decided == good)
        points.append([PARTS * (weights * wrong).sum() for wrong in (alarms, misses)])
    alarm, miss = np.mean(points, axis=0)
    return float(alarm), float(miss)
