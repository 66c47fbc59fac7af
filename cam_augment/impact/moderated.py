"""One number per run of every arm: all strategies against the baselines, variances moderated.

Where ``scalars.scalar_effect`` knows one strategy and the baselines, here all arms of a study
tell of the noise. The exact relabelling test is made too, as a description.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, effect
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import Effect
from cam_augment.statistics import (
    Contrasts,
    Decision,
    Groups,
    against,
    bootstrap_image_part,
    collapsed,
    contrast,
    decide,
    difference_test,
    image_part,
)

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Compared:
    """Strategies against the baselines by one number per run.

    Attributes:
        labels: strategies with enough runs. contrasts: of each, in that order.
        values: arm to its runs' numbers, those that are not finite left out.
    """

    labels: list[str]
    contrasts: Contrasts
    values: Values


def compare(
    arms: Arms, values: Values, images: Values | None = None, draws: Values | None = None
) -> Compared | None:
    """Return every strategy with enough runs against the baselines; None without baselines.

    Args:
        values: arm to its runs' numbers, float [run]; NaN runs are left out.
        images: arm to the values or influence values of single images, float [run, image].
        draws: arm to its runs' numbers on resampled images, float [run, draw], where there
            are no influence values.
    """
    finite = {label: np.isfinite(values[label]) for label in arms.labels}
    labels = [label for label in arms.labels if finite[label].sum() >= LEAST_RUNS]
    if BASELINE not in labels or len(labels) < 2:
        return None
    models = _groups(arms, labels, finite)
    contrasts, runs = against(len(labels)), _joined(values, labels, finite)
    image, count = np.zeros(len(contrasts)), np.inf
    if images is not None:
        each = _joined(images, labels, finite)
        image, count = image_part(each, models, contrasts), each.shape[1]
    elif draws is not None:
        each = _joined(draws, labels, finite)
        image, count = bootstrap_image_part(each, models, contrasts), each.shape[1]
    accuracy = np.array([arms.accuracy(label).mean() for label in labels])
    pooled = ~collapsed(accuracy)
    tested = contrast(runs, models, contrasts, image, count, pooled)
    kept = {label: values[label][finite[label]] for label in labels}
    return Compared([label for label in labels if label != BASELINE], tested, kept)


def moderated_effects(
    arms: Arms,
    question: str,
    values: Values,
    images: Values | None = None,
    draws: Values | None = None,
) -> list[Effect]:
    """Return the effect of every strategy on a number per run, corrected and decided.

    Controls stand outside the family that p is corrected over. Arguments as in ``compare``. A
    strategy with too few runs has an empty effect.
    """
    compared = compare(arms, values, images, draws)
    if compared is None:
        return [Effect(strategy=label, question=question) for label in arms.strategies]
    plan = arms.plan
    decision = decide_apart(compared, plan.alpha, plan)
    places = {label: place for place, label in enumerate(compared.labels)}
    noise = compared.values[BASELINE].std(ddof=1)
    effects = []
    for label in arms.strategies:
        place = places.get(label)
        if place is None:
            effects.append(Effect(strategy=label, question=question))
            continue
        relabelled = difference_test(
            values[label], values[BASELINE], limit=plan.permutations, blocks=arms.blocks(label)
        )
        tested = effect(
            label,
            question,
            estimate=compared.contrasts.estimate[place],
            low=decision.low[place],
            high=decision.high[place],
            noise=noise,
            p=decision.p[place],
            p_adjusted=decision.p_adjusted[place],
            relabelling_p=relabelled.p,
            smallest_p=relabelled.smallest_p,
        )
        effects.append(tested.with_finding(plan.alpha))
    return effects


def decide_apart(compared: Compared, alpha: float, plan: Plan) -> Decision:
    """Return what is beyond noise: the strategies as one family, and each control by itself."""
    family = np.array([label not in plan.controls for label in compared.labels])
    together = decide(compared.contrasts, alpha, plan.correction, judged=family)
    parts = [part.copy() for part in together]
    for place in np.flatnonzero(~family):
        alone = Contrasts(*(part[place : place + 1] for part in compared.contrasts))
        for part, value in zip(parts, decide(alone, alpha, plan.correction), strict=True):
            part[place] = value[0]
    return Decision(*parts)


def _groups(arms: Arms, labels: Sequence[str], finite: Values) -> Groups:
    arm = np.repeat(np.arange(len(labels)), [int(finite[label].sum()) for label in labels])
    if arms.plan.folds is None:
        return Groups(arm)
    folds = [(label, arms.folds(label)) for label in labels]
    return Groups(arm, np.concatenate([f[finite[label]] for label, f in folds if f is not None]))


def _joined(values: Values, labels: Sequence[str], finite: Values) -> np.ndarray:
    """Return the runs of all arms, one after the other, that have a number."""
    return np.concatenate([np.asarray(values[label])[finite[label]] for label in labels])
