"""Drawn studies, judged stage by stage by the statistics and rules of the package.

A study has a control and strategies; those whose next step is more models get the models of
the next stage. Whatever has no strategy in it goes over many studies at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.truth.worlds import Drawn
from cam_augment.impact.claims import SIDES, numeric_claims
from cam_augment.impact.judging import judge, next_step
from cam_augment.records.claims import Claims, Judgement, Outlook
from cam_augment.statistics import (
    Bounds,
    ClassLosses,
    Contrasts,
    Decision,
    against,
    bounds,
    class_losses,
    contrast,
    decide,
    further_class_images,
    further_images,
    further_models,
    groups,
    stage_alpha,
)
from cam_augment.statistics.class_losses import VISIBLE
from cam_augment.statistics.needed import further_models_for_class
from cam_augment.statistics.stages import stage_family

ALPHA, GAIN, CLASS = 0.05, 0.005, 0.02


@dataclass(frozen=True)
class Design:
    """How many models and images: models of a strategy and baselines at each stage."""

    stages: tuple[tuple[int, int], ...]
    images: int

    @property
    def name(self) -> str:
        return ", then ".join(f"{n}+{b}" for n, b in self.stages)

    @property
    def most(self) -> tuple[int, int]:
        return self.stages[-1]


@dataclass
class Studies:
    """Where some studies of one design stand: [study, strategy], the control left out.

    Attributes:
        gain: 1, 0 or -1, beyond noise at some stage. loses: [study, strategy, class], surely.
        models: of every strategy. going: whose next step is more models. verdict: as it
            stands. baselines: of every study [study].
    """

    gain: np.ndarray
    loses: np.ndarray
    models: np.ndarray
    going: np.ndarray
    verdict: np.ndarray
    baselines: np.ndarray


@dataclass(frozen=True)
class Stage:
    """What the statistics of one stage say of some studies, [..., strategy], control left out."""

    alpha: float
    gains: Contrasts
    decision: Decision
    limits: Bounds
    classes: Contrasts
    losses: ClassLosses


def analysed(
    drawn: Drawn,
    rows: np.ndarray,
    sizes: Sequence[int],
    alpha: float,
    going: np.ndarray,
    gained: np.ndarray,
    lost: np.ndarray,
) -> Stage:
    """Return the statistics of studies whose arms have these many models, baselines first."""
    base, arms = drawn.baselines[rows], drawn.arms[rows]
    values = [base[..., : sizes[0]]]
    values += [arms[:, arm, :, :size] for arm, size in enumerate(sizes[1:])]
    recalls, models = np.concatenate(values, axis=-1), groups(sizes)
    contrasts = against(len(sizes))[1:]  # the control is not asked
    classes = recalls.shape[1]
    gains = contrast(recalls.mean(axis=1), models, contrasts, drawn.image[1:], drawn.images)
    of_class = drawn.images / classes
    recall = contrast(recalls, models, contrasts, drawn.class_image[:, 1:], of_class)
    family, losing = stage_family(going, gained), stage_family(going, lost)
    return Stage(
        alpha,
        gains,
        decide(gains, alpha, "holm", family.others, family.judged),
        bounds(gains, alpha),
        recall,
        class_losses(recall, CLASS, alpha, "holm", losing.others, losing.judged),
    )


def gone_through(drawn: Drawn, design: Design) -> Studies:
    """Return where studies end that go through the stages of a design."""
    count, strategies = len(drawn.baselines), drawn.arms.shape[1] - 1
    shape, classes = (count, strategies), drawn.baselines.shape[1]
    studies = Studies(
        gain=np.zeros(shape, int),
        loses=np.zeros((*shape, classes), bool),
        models=np.zeros(shape, int),
        going=np.ones(shape, bool),
        verdict=np.full(shape, "undecided", object),
        baselines=np.zeros(count, int),
    )
    several = len(design.stages) > 1
    for number, (models, baselines) in enumerate(design.stages, start=1):
        alpha = stage_alpha(ALPHA, number, several)
        following = stage_alpha(ALPHA, number + 1, several) if several else ALPHA
        studies.models = np.where(studies.going, models, studies.models)
        for rows in _alike(studies):
            studies.baselines[rows] = baselines
            _judge(drawn, studies, rows, (design.stages[0][0], baselines), alpha, following)
    return studies


def _alike(studies: Studies) -> list[np.ndarray]:
    """Return the studies that go on, together where all arms have equally many models."""
    on = np.flatnonzero(studies.going.any(axis=1))
    if not len(on):
        return []
    _, kind = np.unique(studies.models[on], axis=0, return_inverse=True)
    return [on[kind.ravel() == k] for k in range(kind.max() + 1)]


def _judge(
    drawn: Drawn,
    studies: Studies,
    rows: np.ndarray,
    others: tuple[int, int],
    alpha: float,
    following: float,
) -> None:
    """Judge the strategies that go on, of studies whose arms have equally many models.

    Args:
        others: models of the control, which are those of the first stage, and baselines.
    """
    models, (control, baselines) = studies.models[rows[0]], others
    sizes = [baselines, control, *models.tolist()]
    going = studies.going[rows]
    gained, lost = studies.gain[rows] != 0, studies.loses[rows].any(axis=2)
    stage = analysed(drawn, rows, sizes, alpha, going, gained, lost)
    studies.gain[rows] += np.where(going & ~gained, stage.decision.side, 0)
    surely = np.moveaxis(stage.losses.surely, 1, 2) & (going & ~lost)[..., None]
    studies.loses[rows] |= surely
    left = (studies.gain[rows] == 0).sum(axis=1)
    for place, strategy in zip(*np.nonzero(going), strict=True):
        row = rows[place]
        one = One(stage, (place, strategy), int(models[strategy]), drawn.images)
        judgement = judge(one.claims(studies.gain[row, strategy], studies.loses[row, strategy]))
        outlook = one.outlook(judgement, following, max(1, int(left[place])))
        studies.verdict[row, strategy] = judgement.verdict
        step = next_step(judgement, outlook, together=1)
        studies.going[row, strategy] = step.code == "step.models"


@dataclass(frozen=True)
class One:
    """One strategy of one study.

    Attributes:
        at: its study and its number in the stage's arrays. models: of the strategy.
        images: test images, all classes.
    """

    stage: Stage
    at: tuple[int, int]
    models: int
    images: int

    def claims(self, side: int, loses: np.ndarray) -> Claims:
        """Return what is claimed; side and loses [class] as they stand after this stage."""
        stage, (study, strategy) = self.stage, self.at
        limits = Bounds(stage.limits.low[self.at], stage.limits.high[self.at])
        losses = stage.losses._replace(
            surely=loses,
            may=stage.losses.may[study, :, strategy],
            unseen=stage.losses.unseen[study, :, strategy],
        )
        names = list(map(str, range(self.count)))
        return numeric_claims(SIDES[int(side)], limits, GAIN, losses, names)

    def outlook(self, judgement: Judgement, alpha: float, family: int) -> Outlook:
        """Return what would decide: what the reasons do not ask for is not worked out."""
        numbers: dict[str, list[str]] = {}
        for reason in judgement.reasons:
            numbers.setdefault(reason.code, []).append(str(reason.values.get("name")))
        more, then = self._gain(alpha, family) if "gain.open" in numbers else (0.0, self.images)
        may = (self._class(name, alpha) for name in numbers.get("class.may_lose", ()))
        shown = {
            name: self._class_images(name, alpha) for name in numbers.get("class.not_visible", ())
        }
        return Outlook(self.models, more, max(may, default=0.0), self.images, then, shown)

    def _gain(self, alpha: float, family: int) -> tuple[float, int]:
        gains, at = self.stage.gains, self.at
        gain, image, df = (float(x[at]) for x in (gains.estimate, gains.image, gains.df))
        variance = float(gains.variance[at])
        more = further_models(gain, variance, image, df, self.models, GAIN, alpha, family)
        return more, further_images(gain, image, df, self.images, GAIN, alpha, family)

    def _class(self, name: str, alpha: float) -> float:
        of, place = self.stage.classes, (self.at[0], int(name), self.at[1])
        gain, variance, image, df = (
            float(x[place]) for x in (of.estimate, of.variance, of.image, of.df)
        )
        return further_models_for_class(
            gain, variance, image, df, self.models, CLASS, alpha, self.count
        )

    def _class_images(self, name: str, alpha: float) -> tuple[int, int]:
        of, place = self.stage.classes, (self.at[0], int(name), self.at[1])
        now = self.images // self.count
        variance, df = float(of.variance[place]), float(of.df[place])
        return now, further_class_images(variance, df, now, VISIBLE * CLASS, alpha, self.count)

    @property
    def count(self) -> int:
        """The number of classes."""
        return self.stage.classes.estimate.shape[1]
