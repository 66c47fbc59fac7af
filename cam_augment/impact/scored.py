"""Scores of every model's predictions, with what the choice of test images does to them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.impact.arms import Arms
from cam_augment.plan import GIVEN, Plan
from cam_augment.records import DataSet, Fit, Notice
from cam_augment.records.answers import OfTiles
from cam_augment.records.claims import Judgement
from cam_augment.statistics.groups import Groups
from cam_augment.statistics.other_images import OtherImages
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import ACCURACY, BALANCED, COST, REPORTED, Score, score_of

FEW = 50  # test images of a class, below which gains of a few points cannot be told
NAMED = 3  # strategies that a notice names
RARE = 0.5  # times the share that each class has where all are equally frequent
MOST_LOGITS = 2**22  # at a time: what is made of them takes several times their memory

ByArm = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Scored:
    """One number of every run, more of it the better, as ``moderated.compare`` takes it.

    Attributes:
        values: arm to its runs' numbers, float [run]; of a score that is better lower, times -1.
        images: arm to influence values of single images, float [run, image], or None.
        draws: arm to the number on resampled images, float [run, draw], where there are none.
        sign: -1 where ``values`` are the score's own times -1.
        rotates: whether each fold's runs were judged on test images of their own.
        clusters: int [image], images that were chosen together, as the tiles of a picture and the
            frames of a sequence were; None: each by itself.
        classes: int [image], where the score takes the mix of classes as given; else None.
    """

    values: ByArm
    images: ByArm | None = None
    draws: ByArm | None = None
    sign: int = 1
    rotates: bool = False
    clusters: np.ndarray | None = None
    classes: np.ndarray | None = None

    def image_part(
        self, arms: Arms, rows: Callable[[ByArm], np.ndarray], groups: Groups, contrasts: np.ndarray
    ) -> tuple[np.ndarray, ArrayLike]:
        """Return the image part of each contrast's variance, and how many units are behind it.

        Args:
            rows: joins what is known of single images, or of draws, over the models in question.
            groups: of these models. contrasts: float [contrast, arm].
        """
        known = OtherImages(
            None if self.images is None else rows(self.images),
            None if self.draws is None else rows(self.draws),
            self.clusters,
            self.classes,
            len(arms.judged_labels),
        )
        return known.part(groups, contrasts)

    def times(self, factor: float) -> "Scored":
        """Return the same in another unit."""

        def scaled(by_arm: ByArm) -> ByArm:
            return {label: factor * rows for label, rows in by_arm.items()}

        return Scored(
            scaled(self.values),
            None if self.images is None else scaled(self.images),
            None if self.draws is None else scaled(self.draws),
            self.sign,
            self.rotates,
            self.clusters,
            self.classes,
        )

    @property
    def raw(self) -> dict[str, np.ndarray]:
        """The score as it is, arm to float [run]."""
        return {label: self.sign * values for label, values in self.values.items()}


def scored(arms: Arms, name: str) -> Scored:
    """Return a score of all models, by its name in ``statistics.scoring``."""
    return all_scored(arms, [name])[name]


def reported(arms: Arms) -> list[str]:
    """Return the scores that a profile reports, the deciding one first.

    Not balanced accuracy where it is accuracy, and none that asks for images of every class where
    the test images lack one.
    """
    labels, classes = arms.judged_labels, len(arms.data.classes)
    lacking = not np.bincount(labels, minlength=classes).all()
    names = [
        name
        for name in REPORTED.values()
        if not (name == BALANCED and not arms.uneven)
        and not (lacking and score_of(name).every_class)
    ]
    return [name for name in dict.fromkeys([arms.plan.gain, *names]) if name != COST]


def all_scored(arms: Arms, names: Iterable[str]) -> dict[str, Scored]:
    """Return several scores of all models by name; what they share is made once."""
    scores = {name: score_of(name) for name in names}
    if arms.rotates:
        return {name: _rotating(arms, score, _of_run) for name, score in scores.items()}
    labels = arms.data.test.judged_labels
    return _fixed(arms, scores, labels, arms.test_clusters, lambda fit: fit.test_logits)


def scored_tiles(arms: Arms) -> dict[str, Scored]:
    """Return scores of all models on single tiles by name; none where pictures are not cut.

    Tiles whose class is not known are left out.
    """
    tiles = arms.data.test.tiles
    if tiles is None:
        return {}
    clear = np.flatnonzero(tiles.clear)
    labels = arms.data.test.labels[clear]
    scores = {name: score_of(name) for name in reported(arms)}
    if arms.rotates:
        return {name: _rotating(arms, score, _of_tiles) for name, score in scores.items()}
    together = arms.data.test.clusters
    clusters = None if together is None else together[clear]
    return _fixed(arms, scores, labels, clusters, lambda fit: _tiles(fit).logits[clear])


def _fixed(
    arms: Arms,
    scores: Mapping[str, Score],
    labels: np.ndarray,
    clusters: np.ndarray | None,
    logits: Callable[[Fit], np.ndarray],
) -> dict[str, Scored]:
    """Return scores of all models on the same images.

    Args:
        labels: int [image]. clusters: int [image], as ``Split.clusters`` has them, or None.
        logits: of a run, float32 [image, class].
    """
    parts = [
        {name: _measured(score, predictions) for name, score in scores.items()}
        for predictions in _blocks(arms, labels, clusters, logits)
    ]

    def by_arm(name: str, kind: int) -> ByArm | None:
        arrays = [array for part in parts if (array := part[name][kind]) is not None]
        if not arrays:
            return None
        return arms.by_arm(scores[name].sign * np.concatenate(arrays))

    return {
        name: Scored(
            by_arm(name, 0) or {label: np.zeros(0) for label in arms.labels},
            by_arm(name, 1),
            by_arm(name, 2),
            score.sign,
            clusters=clusters,
            classes=labels if score.by_class else None,
        )
        for name, score in scores.items()
    }


def _rotating(arms: Arms, score: Score, of: Callable[[Arms, Fit], Predictions]) -> Scored:
    """Return a score of every run on its own test images; no image is every run's."""
    assert score.measure is not None
    measure = score.measure

    def value(fit: Fit) -> float:
        return float(measure(of(arms, fit)).values[0])

    values = {
        label: score.sign * np.array([value(fit) for fit in arms.fits(label)], float)
        for label in arms.labels
    }
    return Scored(values, sign=score.sign, rotates=True)


def _of_run(arms: Arms, fit: Fit) -> Predictions:
    return Predictions(fit.test_logits[None], arms.labels_of(fit))


def _of_tiles(_arms: Arms, fit: Fit) -> Predictions:
    tiles = _tiles(fit)
    return Predictions(tiles.logits[None, tiles.clear], tiles.labels[tiles.clear])


def _tiles(fit: Fit) -> OfTiles:
    assert fit.tiles is not None
    return fit.tiles


def _measured(score: Score, predictions: Predictions) -> tuple[np.ndarray | None, ...]:
    assert score.measure is not None  # of costs, see ``predictions.costs``
    measured = score.measure(predictions)
    return *measured, score.draws(predictions) if score.draws else None


def _blocks(
    arms: Arms,
    labels: np.ndarray,
    clusters: np.ndarray | None,
    logits: Callable[[Fit], np.ndarray],
) -> Iterable[Predictions]:
    """Yield the predictions of all runs, arm after arm, some models at a time."""
    fits = [fit for label in arms.labels for fit in arms.fits(label)]
    size = max(1, MOST_LOGITS // max(1, len(labels) * len(arms.data.classes)))
    for start in range(0, len(fits), size):
        stack = np.stack([logits(fit) for fit in fits[start : start + size]])
        yield Predictions(stack, labels, clusters)


def uneven_notices(plan: Plan, data: DataSet) -> list[Notice]:
    """Return a notice where accuracy decides and says little of a class, since that is rare.

    Rare is a class of the test images below half of an even share.
    """
    counts = np.bincount(data.test.judged_labels, minlength=len(data.classes))
    present = counts > 0
    rarest = int(np.where(present, counts, counts.max(initial=0) + 1).argmin())
    share = float(counts[rarest] / max(1, counts.sum()))
    if plan.gain != ACCURACY or share >= RARE / max(1, present.sum()):
        return []
    return [Notice.of("score.uneven", name=data.classes[rarest], share=share)]


def tile_notices(plan: Plan, data: DataSet) -> list[Notice]:
    """Return a notice where accuracy decides on pictures of tiles, of which each may be wrong."""
    tiles = data.test.tiles
    if tiles is None or plan.gain != ACCURACY:
        return []
    return [Notice.of("score.tiles", count=round(len(tiles.picture) / len(tiles.pictures)))]


def order_notices(plan: Plan, judgements: Mapping[str, Judgement]) -> list[Notice]:
    """Return a notice where an order of images decides, and strategies are judged by classes lost.

    Recall of a class is that of the likeliest class: where a strategy moves the threshold between
    classes, one loses what another gains, and the order may be as good as before.
    """
    losing = [
        label
        for label, judgement in judgements.items()
        if any(reason.code == "class.surely_loses" for reason in judgement.reasons)
        and judgement.rule in ("class loses", "gains at a price")
    ]
    if not losing or not score_of(plan.gain).of_order:
        return []
    return [Notice.of("score.order", score=plan.gain, count=len(losing), names=losing[:NAMED])]


def few_images_notices(plan: Plan, data: DataSet) -> list[Notice]:
    """Return a notice where a class has few test images, and a rotating test part would help."""
    counts = np.bincount(data.test.judged_labels, minlength=len(data.classes))
    rarest = int(counts.argmin())
    if plan.rotates or plan.dataset.name == GIVEN or counts[rarest] >= FEW:
        return []
    pooled = sum(int((split.judged_labels == rarest).sum())
                 for split in (data.train, data.validation, data.test))  # fmt: skip
    return [Notice.of("test.few_images", name=data.classes[rarest], now=int(counts[rarest]),
                      then=pooled)]  # fmt: skip
