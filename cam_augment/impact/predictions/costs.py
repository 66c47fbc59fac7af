"""What mistakes cost: each arm per 1,000 parts of production, and what a strategy saves.

A model decides for the class of least expected cost, by probabilities that are calibrated
on its own validation images and hold for the production mix. Beside that stands what its
plain decisions, for the likeliest class, cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import known, scalar_effect
from cam_augment.plan import BASELINE, GIVEN
from cam_augment.plan.costs import production
from cam_augment.questions import OWN, Answers, Loaders
from cam_augment.records import ArmCost, Effect, ExpectedCosts, Fit, Notice
from cam_augment.statistics import (
    cheapest,
    difference_interval,
    offset,
    probabilities,
    temperature,
)

PARTS = 1000
LEAST_IMAGES = 10  # of a class, on which what its mistakes cost can be told


@dataclass(frozen=True)
class Decision:
    """What one model decides on the test images: int [image] each; its temperature."""

    plain: np.ndarray
    fitted: np.ndarray | None = None
    temperature: float | None = None


class Decided:
    """The decisions of all models, and what they cost.

    Args:
        arms: the runs. held: what they say of their validation images (see
            ``ValidationQuestion``); decisions are fitted only where every run has an answer.
    """

    def __init__(self, arms: Arms, held: Loaders):
        plan, data = arms.plan, arms.data
        self.arms, self.labels = arms, data.test.labels
        self.costs = plan.costs.matrix(data.classes)
        self.shares = production(plan.parts, data.classes, self.labels)
        self.good = data.classes.index(plan.costs.good) if plan.costs.good is not None else None
        fits = [fit for label in arms.labels for fit in arms.fits(label)]
        self.lacking = [fit for fit in fits if fit.run.key not in held]
        self.fitted = not self.lacking
        self._decisions = {
            fit.run.key: self._decide(fit, held[fit.run.key]() if self.fitted else None)
            for fit in fits
        }

    def _decide(self, fit: Fit, held: Mapping[str, np.ndarray] | None) -> Decision:
        plain = fit.test_logits.argmax(axis=1)
        if held is None:
            return Decision(plain)
        learned = held["learned"]
        if fit.run.recipe.weighs_classes:  # the loss counted each class as often as others
            learned = np.where(learned > 0, 1, 0)
        heat = temperature(held["logits"], held["labels"], learned)
        chances = probabilities(fit.test_logits, heat, offset(learned, self.shares))
        fitted = cheapest(chances, self.costs)
        return Decision(plain, fitted, heat)

    @cached_property
    def weights(self) -> np.ndarray:
        """Return what each test image stands for, float64 [image]: its class' share of
        production over its share of the test images; the mean is 1."""
        counts = np.bincount(self.labels, minlength=len(self.shares))
        with np.errstate(invalid="ignore"):
            return (self.shares * len(self.labels) / counts)[self.labels]

    def decisions(self, label: str, plain: bool = False) -> np.ndarray:
        """Return what every run of an arm decides, int [run, image]."""
        found = [self._decisions[fit.run.key] for fit in self.arms.fits(label)]
        rows = [each.plain if plain or not self.fitted else each.fitted for each in found]
        return np.array(rows, int).reshape(len(rows), len(self.labels))

    def cost(self, label: str, plain: bool = False) -> np.ndarray:
        """Return what every run and image costs per 1,000 parts: float64 [run, image].

        The mean over images is the run's expected cost per 1,000 parts of production.
        """
        paid = self.costs[self.labels, self.decisions(label, plain)]
        return PARTS * self.weights * paid

    def share(self, label: str, mistakes: np.ndarray, plain: bool = False) -> float | None:
        """Return how many of 1,000 parts an arm gets wrong in one way, mean over its runs.

        Args:
            mistakes: bool [true class, predicted class].
        """
        made = mistakes[self.labels, self.decisions(label, plain)] * self.weights
        return known(PARTS * made.mean()) if len(made) else None

    def temperature(self, label: str) -> float | None:
        """Return the median temperature of an arm's runs."""
        fits = self.arms.fits(label)
        if not fits or not self.fitted:
            return None
        return float(np.median([self._decisions[fit.run.key].temperature for fit in fits]))


def decided(arms: Arms, answers: Answers) -> Decided | None:
    """Return what all models decide; None where the plan has no costs."""
    if arms.plan.costs is None:
        return None
    return Decided(arms, answers.get("validation", {}).get(OWN, {}))


def cost_effects(found: Decided | None) -> list[Effect]:
    """Return what every strategy saves per 1,000 parts: above 0, it costs less."""
    return [] if found is None else [_saving(found, label) for label in found.arms.strategies]


def _saving(found: Decided, label: str) -> Effect:
    arms, plan = found.arms, found.arms.plan
    own, baselines = (-found.cost(arm) for arm in (label, BASELINE))
    means, blocks = [each.mean(axis=1) for each in (own, baselines)], arms.blocks(label)
    tested = scalar_effect(plan, label, "gain_cost", *means, blocks)
    if tested.estimate is None:
        return tested
    own, baselines = (within_classes(each, found.labels) for each in (own, baselines))
    low, high = difference_interval(own, baselines, plan.alpha, plan.bootstrap, 0, blocks)
    return tested.model_copy(update={"low": low, "high": high})


def within_classes(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return values [model, image] whose images vary only within their classes.

    The mix of classes is given, so another sample of images has it too: what differs between
    classes is no noise of images. Each model keeps its mean. Deviations from the mean of a
    class with n images are enlarged by the root of n / (n - 1), which their variance lacks.
    """
    means, result = values.mean(axis=1, keepdims=True), np.empty(values.shape)
    for index in np.unique(labels):
        own = labels == index
        count = own.sum()
        deviations = values[:, own] - values[:, own].mean(axis=1, keepdims=True)
        result[:, own] = means + deviations * np.sqrt(count / max(1, count - 1))
    return result


def cost_points(found: Decided | None) -> dict[str, dict[str, np.ndarray]]:
    """Return every run's cost per 1,000 parts by its decision, by name and arm."""
    if found is None:
        return {}
    labels = found.arms.labels
    points = {"cost": {label: found.cost(label).mean(axis=1) for label in labels}}
    if found.fitted:
        points["cost_argmax"] = {label: found.cost(label, True).mean(axis=1) for label in labels}
    return points


def expected_costs(found: Decided | None) -> ExpectedCosts | None:
    """Return what the report says of costs; None where the plan has none."""
    if found is None:
        return None
    classes = found.arms.data.classes
    blind = PARTS * (found.shares @ found.costs)
    return ExpectedCosts(
        fitted=found.fitted,
        good=found.arms.plan.costs.good,
        matrix=tuple(tuple(map(float, row)) for row in found.costs),
        shares=dict(zip(classes, map(float, found.shares), strict=True)),
        blind=float(blind.min()),
        blind_class=classes[int(blind.argmin())],
        arms=tuple(_arm(found, label) for label in found.arms.labels),
    )


def _arm(found: Decided, label: str) -> ArmCost:
    size = len(found.costs)
    wrong = ~np.eye(size, dtype=bool)
    kinds = {"mistakes": wrong}
    if found.good is not None:
        good = np.arange(size) == found.good
        kinds |= {"misses": wrong & good, "false_alarms": wrong & good[:, None]}
    numbers = {}
    for name, mistakes in kinds.items():
        numbers[name] = found.share(label, mistakes)
        numbers[f"{name}_argmax"] = found.share(label, mistakes, plain=True)
    return ArmCost(
        arm=label,
        cost=_mean(found.cost(label)) if found.fitted else None,
        cost_argmax=_mean(found.cost(label, plain=True)),
        temperature=found.temperature(label),
        **numbers,
    )


def _mean(values: np.ndarray) -> float | None:
    return known(values.mean()) if len(values) else None


def cost_notices(found: Decided | None, effects: Sequence[Effect]) -> list[Notice]:
    """Return what must be known before costs are believed.

    Args:
        effects: with the savings, corrected and decided.
    """
    if found is None:
        return []
    by_decision = _expensive(found) + _otherwise(found, effects) if found.fitted else []
    return [*_unfitted(found), *by_decision, *_thin(found)]


def _costs(found: Decided, arm: str) -> tuple[float, float]:
    """Return an arm's cost per 1,000 parts by fitted and by plain decisions."""
    fitted, plain = (float(found.cost(arm, plain).mean()) for plain in (False, True))
    return fitted, plain


def _expensive(found: Decided) -> list[Notice]:
    """Return a notice that fitted decisions cost the baselines more than plain ones."""
    fitted, plain = _costs(found, BASELINE)
    return [Notice.of("costs.fitted_higher", fitted=fitted, plain=plain)] * (fitted > plain)


def _otherwise(found: Decided, effects: Sequence[Effect]) -> list[Notice]:
    """Return notices of savings, or losses, beyond noise that plain decisions turn round."""
    notices = []
    base, base_plain = _costs(found, BASELINE)
    for effect in effects:
        if effect.question != "gain_cost" or not effect.beyond_noise:
            continue
        own, own_plain = _costs(found, effect.strategy)
        if (base - own) * (base_plain - own_plain) < 0:
            notices.append(
                Notice.of(
                    "costs.fitted_decides",
                    strategy=effect.strategy,
                    fitted=own,
                    fitted_baseline=base,
                    plain=own_plain,
                    plain_baseline=base_plain,
                )
            )
    return notices


def _unfitted(found: Decided) -> list[Notice]:
    if found.fitted:
        return []
    if found.arms.plan.dataset.name == GIVEN:
        return [Notice.of("costs.unfitted_given")]
    return [Notice.of("costs.unfitted", count=len(found.lacking))]


def _thin(found: Decided) -> list[Notice]:
    counts = np.bincount(found.labels, minlength=len(found.shares))
    matters = (found.shares > 0) & (found.costs.max(axis=1) > 0) & (counts < LEAST_IMAGES)
    return [
        Notice.of(
            "costs.few_images",
            name=found.arms.data.classes[index],
            count=int(counts[index]),
            parts=float(PARTS * found.shares[index] / counts[index]),
        )
        for index in np.flatnonzero(matters)
    ]
