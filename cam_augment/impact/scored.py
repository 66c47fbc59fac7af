"""Scores of every model's predictions, with what the choice of test images does to them."""

from dataclasses import dataclass

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.plan import Plan
from cam_augment.records import DataSet, Notice
from cam_augment.statistics import resampled_scores
from cam_augment.statistics.scoring import Score, score_of

RARE = 0.5  # times the share that each class has where all are equally frequent


@dataclass(frozen=True, eq=False)
class Scored:
    """One score of all models, as ``moderated.compare`` takes it.

    Attributes:
        values: arm to its runs' scores, float [run].
        images: arm to influence values of single images, float [run, image], or None.
        draws: arm to scores on resampled images, float [run, draw], where there are none.
    """

    values: dict[str, np.ndarray]
    images: dict[str, np.ndarray] | None = None
    draws: dict[str, np.ndarray] | None = None


def scored(arms: Arms, name: str) -> Scored:
    """Return a score of all models, by its name in ``statistics.scoring``."""
    score, labels = score_of(name), arms.data.test.labels
    values = {label: arms.score(label, name) for label in arms.labels}
    if score.psi is None:
        return Scored(values, draws=_draws(arms, score))
    psi = score.psi
    images = {
        label: psi(arms.logits(label), labels) if arms.fits(label) else np.zeros((0, len(labels)))
        for label in arms.labels
    }
    return Scored(values, images)


def uneven_notices(plan: Plan, data: DataSet) -> list[Notice]:
    """Return a notice where accuracy decides and says little of a class, since that is rare.

    Rare is a class of the test images below half of an even share.
    """
    counts = np.bincount(data.test.labels, minlength=len(data.classes))
    present = counts > 0
    rarest = int(np.where(present, counts, counts.max(initial=0) + 1).argmin())
    share = float(counts[rarest] / max(1, counts.sum()))
    if plan.gain != "accuracy" or share >= RARE / max(1, present.sum()):
        return []
    return [Notice.of("score.uneven", name=data.classes[rarest], share=share)]


def _draws(arms: Arms, score: Score) -> dict[str, np.ndarray]:
    labels, sizes = arms.data.test.labels, [len(arms.fits(label)) for label in arms.labels]
    if not sum(sizes):
        return {label: np.zeros((0, 0)) for label in arms.labels}
    logits = np.concatenate([arms.logits(label) for label in arms.labels])
    draws = resampled_scores(lambda drawn: score.of(logits[:, drawn], labels[drawn]), labels)
    return dict(zip(arms.labels, np.split(draws, np.cumsum(sizes)[:-1]), strict=True))
