"""What is claimed of every strategy, from the models of all arms, and what would decide.

The deciding score is the plan's. Controls are none of the family: each is judged by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import compare, decide_apart
from cam_augment.impact.predictions.gains import GAIN
from cam_augment.impact.scored import Scored, scored
from cam_augment.impact.sequential.standing import Standing
from cam_augment.plan import BASELINE
from cam_augment.records import Effect, Pointing
from cam_augment.records.claims import Claims, Judgement, Outlook
from cam_augment.statistics import (
    Bounds,
    ClassLosses,
    Contrasts,
    Decision,
    bounds,
    class_losses,
    equivalent,
    further_class_images,
    further_images,
    further_models,
    no_gain_worth_having,
)
from cam_augment.statistics.class_losses import VISIBLE
from cam_augment.statistics.deciding import above_p
from cam_augment.statistics.multiplicity import adjust
from cam_augment.statistics.needed import further_images_for_class, further_models_for_class
from cam_augment.statistics.scoring import COST
from cam_augment.statistics.significance import Gain, are_significant

SIDES: Mapping[int, Gain] = {1: "gains", 0: "within noise", -1: "loses"}


@dataclass(frozen=True, eq=False)
class GainTests:
    """Gains and classes of all strategies, tested at the level of a stage.

    What was beyond noise at an earlier stage stays so: ``decision.side``, ``losses.surely`` and
    ``leaves`` hold it, too.

    Attributes:
        labels: strategies with enough runs.
        names: classes that the test images hold.
        of_class: test images of each of these classes.
        decision, limits, losses: as in ``statistics``, [strategy] and [class, strategy].
        leaves: strategy to whether focus surely falls by more than its margin.
    """

    arms: Arms
    labels: list[str]
    names: list[str]
    of_class: list[int]
    gains: Contrasts
    decision: Decision
    limits: Bounds
    classes: Contrasts
    losses: ClassLosses
    leaves: Mapping[str, bool]

    def varies(self, label: str) -> bool:
        """Whether a strategy has enough runs, and its gain a noise to go by."""
        return label in self.labels and bool(self.gains.variance[self.labels.index(label)] > 0)

    @cached_property
    def class_limits(self) -> Bounds:
        """One-sided limits of the classes' gains in recall, [class, strategy], each by itself."""
        return bounds(self.classes, self.arms.standing.alpha)

    @cached_property
    def open(self) -> int:
        """The strategies of the family whose gain is not beyond noise."""
        idle = self.arms.plan.controls
        return sum(
            label not in idle and side == 0
            for label, side in zip(self.labels, self.decision.side, strict=True)
        )


def gain_tests(
    arms: Arms,
    focus: Mapping[str, np.ndarray] | None = None,
    deciding: Scored | None = None,
) -> GainTests | None:
    """Return what the models of all arms show at their stage; None where nothing is compared.

    Args:
        focus: arm to the focus of every run, where masks exist.
        deciding: the score that decides, where it is there already.
    """
    score = scored(arms, arms.plan.gain) if deciding is None else deciding
    gains = compare(arms, score)
    if gains is None:
        return None
    alpha = arms.standing.alpha
    counts = np.bincount(arms.judged_labels, minlength=len(arms.data.classes))
    present = np.flatnonzero(counts)
    classes = _of_classes(arms, present)
    stacked = Contrasts(*(np.stack(parts) for parts in zip(*classes, strict=True)))
    names = [arms.data.classes[index] for index in present]
    return GainTests(
        arms=arms,
        labels=gains.labels,
        names=names,
        of_class=counts[present].tolist(),
        gains=gains.contrasts,
        decision=_with_earlier_gains(decide_apart(gains, arms, GAIN), gains.labels, arms.standing),
        limits=bounds(gains.contrasts, alpha),
        classes=stacked,
        losses=_losses(stacked, gains.labels, names, arms),
        leaves=_leaving(arms, focus),
    )


def _with_earlier_gains(decision: Decision, labels: Sequence[str], standing: Standing) -> Decision:
    """Return a decision in which gains and losses that an earlier stage found have their side."""
    side = decision.side.copy()
    for label in standing.beyond_noise(GAIN) & set(labels):
        side[labels.index(label)] = 1 if standing.effects[label, GAIN].finding == "gains" else -1
    return decision._replace(side=side)


def _of_classes(arms: Arms, classes: np.ndarray) -> list[Contrasts]:
    """Return the gains in recall of all strategies, class by class."""
    if arms.rotates:
        recall = {label: arms.recall(label) for label in arms.labels}
        scores = [
            Scored({label: runs[:, index] for label, runs in recall.items()}, rotates=True)
            for index in classes
        ]
    else:
        labels, right = arms.data.test.judged_labels, {k: arms.right(k) for k in arms.labels}
        scores = [_of_class(right, labels == index, arms.test_clusters) for index in classes]
    compared = [compare(arms, score) for score in scores]
    # The same arms could be compared over all classes.
    return [tests.contrasts for tests in compared if tests is not None]


def _of_class(
    right: Mapping[str, np.ndarray], members: np.ndarray, clusters: np.ndarray | None
) -> Scored:
    images = {label: runs[:, members] for label, runs in right.items()}
    together = None if clusters is None else clusters[members]
    means = {label: runs.mean(axis=1) for label, runs in images.items()}
    return Scored(means, images, clusters=together)


def _losses(
    classes: Contrasts, labels: Sequence[str], names: Sequence[str], arms: Arms
) -> ClassLosses:
    """Return the losses of the stage's family and of each control by itself, and earlier ones."""
    plan, standing = arms.plan, arms.standing
    margin, alpha, method = plan.margins.recall, standing.alpha, plan.correction
    family, others = standing.family(labels, standing.losing)
    parts = [part.copy() for part in class_losses(classes, margin, alpha, method, others, family)]
    for place, label in enumerate(labels):
        if label not in plan.controls:
            continue
        one = Contrasts(*(part[:, place : place + 1] for part in classes))
        for part, value in zip(parts, class_losses(one, margin, alpha, method), strict=True):
            part[..., place] = value[..., 0]
    losses = ClassLosses(*parts)
    for place, label in enumerate(labels):
        for name in standing.losing.get(label, ()):
            losses.surely[names.index(name), place] = True
    return losses


def _leaving(arms: Arms, focus: Mapping[str, np.ndarray] | None) -> dict[str, bool]:
    """Return which strategies' focus surely falls by more than its margin (Holm)."""
    standing = arms.standing
    earlier = dict.fromkeys(standing.leaving, True)
    compared = None if focus is None else compare(arms, Scored(focus))
    if focus is None or compared is None:
        return earlier
    margin = arms.plan.margins.focus * float(np.nanmean(focus[BASELINE]))
    family, others = standing.family(compared.labels, standing.leaving)
    p = above_p(-compared.contrasts.estimate - margin, compared.contrasts)
    corrected_p = adjust(np.where(family, p, np.nan), arms.plan.correction, others)
    sure = are_significant(corrected_p, standing.alpha)
    return dict(zip(compared.labels, map(bool, sure), strict=True)) | earlier


def claims_of(
    tests: GainTests,
    label: str,
    *,
    saving: Effect | None = None,
    missed: Sequence[Pointing] = (),
    maps_valid: bool = True,
    leaks: float = 0.0,
    early: bool = False,
) -> Claims:
    """Return what is claimed of a strategy.

    Args:
        saving: its effect on cost, decided. missed: classes whose marks its attention misses.
        maps_valid: whether the plan's own maps pass their check. leaks: share of the test
            images that nearly repeat one learned from, 0..1. early: whether its best epoch
            lies in the first half of training.
    """
    arms, idle = tests.arms, tests.arms.plan.controls
    models = min(len(arms.fits(label)), len(arms.baselines))
    if label not in tests.labels:
        return Claims(control=label in idle, models=models)
    place = tests.labels.index(label)
    limits = Bounds(tests.limits.low[place], tests.limits.high[place])
    losses = ClassLosses(*(part[..., place] for part in tests.losses))
    control_p = [tests.decision.p[tests.labels.index(k)] for k in idle if k in tests.labels]
    return replace(
        numeric_claims(_side(tests, place), limits, arms.plan.gain_margin, losses, tests.names),
        cost=None if saving is None or arms.plan.gain == COST else _sure(saving),
        leaves=tests.leaves.get(label, False),
        missed=tuple(pointing.name for pointing in missed),
        maps_valid=maps_valid,
        control=label in idle,
        leaks=leaks,
        models=models,
        control_p=float(min(control_p)) if control_p else None,
        early=early,
    )


def numeric_claims(
    side: Gain | None, limits: Bounds, margin: float, losses: ClassLosses, names: Sequence[str]
) -> Claims:
    """Return what is claimed of one strategy by the numbers of its gain and its classes.

    Args:
        side: what its gain shows, at this stage or before. limits: of the gain. losses: of its
            classes [class], earlier ones included. names: of these classes.
    """

    def where(flags: np.ndarray) -> tuple[str, ...]:
        return tuple(name for name, flag in zip(names, flags, strict=True) if flag)

    return Claims(
        gain=side,
        equivalent=bool(equivalent(limits, margin)),
        no_gain=bool(no_gain_worth_having(limits, margin)),
        surely=where(losses.surely),
        may=where(losses.may & ~losses.surely),
        unseen=where(losses.unseen & ~losses.surely),
    )


def _side(tests: GainTests, place: int) -> Gain | None:
    """Return what a gain shows; None where all models of all arms agree, so nothing varies."""
    if not tests.varies(tests.labels[place]):
        return None
    return SIDES[int(tests.decision.side[place])]


def _sure(effect: Effect) -> Gain | None:
    """Return a decided effect's side; "not settled" claims nothing."""
    finding = effect.finding
    return finding if finding in ("gains", "loses", "within noise") else None


def outlook_of(tests: GainTests, label: str, judgement: Judgement, alpha: float) -> Outlook:
    """Return what would decide about an undecided strategy.

    Args:
        alpha: the level of the stage that would follow.
    """
    arms, place = tests.arms, tests.labels.index(label)
    models, images = len(arms.fits(label)), len(arms.judged_labels)
    gain, variance, df, image = (float(part[place]) for part in tests.gains)
    margin, family = arms.plan.gain_margin, max(1, tests.open)
    more = further_models(gain, variance, image, df, models, margin, alpha, family)
    further = further_images(gain, image, df, images, margin, alpha, family)
    may, class_images = [0.0], {}
    for reason in judgement.reasons:
        name = str(reason.values.get("name"))
        if reason.code == "class.may_lose":
            may.append(_models_for(tests, name, place, models, alpha))
            if np.isinf(may[-1]):
                class_images[name] = _images_to_decide(tests, name, place, alpha)
        elif reason.code == "class.not_visible":
            class_images[name] = _images_for(tests, name, place, alpha)
    return Outlook(models, more, max(may), images, further, class_images)


def _models_for(tests: GainTests, name: str, place: int, models: int, alpha: float) -> float:
    gain, variance, df, image = (
        float(part[tests.names.index(name), place]) for part in tests.classes
    )
    margin = tests.arms.plan.margins.recall
    return further_models_for_class(
        gain, variance, image, df, models, margin, alpha, len(tests.names)
    )


def _images_to_decide(tests: GainTests, name: str, place: int, alpha: float) -> tuple[int, int]:
    """Return the test images of a class, and those with which models would decide about it."""
    index = tests.names.index(name)
    gain, _, df, image = (float(part[index, place]) for part in tests.classes)
    now, margin = tests.of_class[index], tests.arms.plan.margins.recall
    classes = len(tests.names)
    return now, further_images_for_class(gain, image, df, now, margin, alpha, classes)


def _images_for(tests: GainTests, name: str, place: int, alpha: float) -> tuple[int, int]:
    index = tests.names.index(name)
    variance, df = (
        float(part[index, place]) for part in (tests.classes.variance, tests.classes.df)
    )
    now, target = tests.of_class[index], VISIBLE * tests.arms.plan.margins.recall
    return now, further_class_images(variance, df, now, target, alpha, len(tests.names))
