"""One number per run of every arm: all strategies against the baselines, variances moderated.

Where ``scalars.scalar_effect`` knows one strategy and the baselines, here all arms of a study
tell of the noise. The exact relabelling test is made too, as a description.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, effect
from cam_augment.impact.scored import ByArm, Scored
from cam_augment.plan import BASELINE
from cam_augment.records import Effect
from cam_augment.statistics import (
    Contrasts,
    Decision,
    Groups,
    against,
    collapsed,
    contrast,
    decide,
    difference_test,
    rotating_contrast,
)


@dataclass(frozen=True, eq=False)
class Compared:
    """Strategies against the baselines by one number per run.

    Attributes:
        labels: strategies with enough runs. contrasts: of each, in that order.
        values: arm to its runs' numbers, those that are not finite left out.
    """

    labels: list[str]
    contrasts: Contrasts
    values: ByArm


def compare(arms: Arms, score: Scored) -> Compared | None:
    """Return every strategy with enough runs against the baselines; None without baselines.

    Args:
        score: one number of every run; runs where it is NaN are left out.
    """
    values = score.values
    finite = {label: np.isfinite(values[label]) for label in arms.labels}
    labels = [label for label in arms.labels if finite[label].sum() >= LEAST_RUNS]
    if BASELINE not in labels or len(labels) < 2:
        return None
    models = _groups(arms, labels, finite)
    contrasts, runs = against(len(labels)), _joined(values, labels, finite)
    rows = partial(_joined, labels=labels, finite=finite)
    image, count = score.image_part(arms, rows, models, contrasts)
    accuracy = np.array([arms.accuracy(label).mean() for label in labels])
    pooled = ~collapsed(accuracy)
    if score.rotates:
        result = rotating_contrast(runs, models, contrasts, pooled)
    else:
        result = contrast(runs, models, contrasts, image, count, pooled)
    finite_values = {label: values[label][finite[label]] for label in labels}
    return Compared([label for label in labels if label != BASELINE], result, finite_values)


def moderated_effects(arms: Arms, question: str, score: Scored, questions: int = 1) -> list[Effect]:
    """Return the effect of every strategy on a number per run, corrected and decided.

    Controls stand outside the family that p is corrected over. A strategy with too few runs has
    an empty effect.

    Args:
        score: as in ``compare``. questions: how many of one kind share the level evenly
            (Bonferroni), this one among them.
    """
    compared = compare(arms, score)
    if compared is None:
        return [Effect(strategy=label, question=question) for label in arms.strategies]
    plan, standing = arms.plan, arms.standing
    decision = decide_apart(compared, arms, question, questions)
    p_adjusted = standing.over_stages(questions * decision.p_adjusted)
    places = {label: place for place, label in enumerate(compared.labels)}
    noise = compared.values[BASELINE].std(ddof=1)
    effects = []
    for label in arms.strategies:
        place = places.get(label)
        if place is None:
            effects.append(Effect(strategy=label, question=question))
            continue
        relabelled = difference_test(
            score.values[label],
            score.values[BASELINE],
            limit=plan.permutations,
            blocks=arms.blocks(label),
        )
        record = effect(
            label,
            question,
            estimate=compared.contrasts.estimate[place],
            low=decision.low[place],
            high=decision.high[place],
            noise=noise,
            p=decision.p[place],
            p_adjusted=p_adjusted[place],
            relabelling_p=relabelled.p,
            smallest_p=relabelled.smallest_p,
        )
        effects.append(record.with_finding(plan.alpha))
    return effects


def decide_apart(compared: Compared, arms: Arms, question: str, questions: int = 1) -> Decision:
    """Return what is beyond noise: the strategies as one family, and each control by itself.

    The family is that of the arms' stage, and its level the stage's, or its share of that where
    several ``questions`` have it together.
    """
    method, standing = arms.plan.correction, arms.standing
    alpha = standing.alpha / questions
    judged, others = standing.family(compared.labels, standing.beyond_noise(question))
    together = decide(compared.contrasts, alpha, method, others, judged)
    parts = [part.copy() for part in together]
    for place, label in enumerate(compared.labels):
        if label not in arms.plan.controls:
            continue
        alone = Contrasts(*(part[place : place + 1] for part in compared.contrasts))
        for part, value in zip(parts, decide(alone, alpha, method), strict=True):
            part[place] = value[0]
    return Decision(*parts)


def _groups(arms: Arms, labels: Sequence[str], finite: ByArm) -> Groups:
    arm = np.repeat(np.arange(len(labels)), [int(finite[label].sum()) for label in labels])
    if arms.plan.folds is None:
        return Groups(arm)
    folds = [(label, arms.folds(label)) for label in labels]
    return Groups(arm, np.concatenate([f[finite[label]] for label, f in folds if f is not None]))


def _joined(values: ByArm, labels: Sequence[str], finite: ByArm) -> np.ndarray:
    """Return the runs of all arms, one after the other, that have a number."""
    return np.concatenate([np.asarray(values[label])[finite[label]] for label in labels])
