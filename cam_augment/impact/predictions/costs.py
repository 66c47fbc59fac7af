"""What mistakes cost: each arm per 1,000 parts of production, and what a strategy saves.

A model decides for the class of least expected cost, by probabilities that are calibrated
on its own validation images and hold for the production mix; or it takes the likeliest class.
Each arm is judged by the rule that costs it less, so that a strategy saves nothing that another
threshold would have saved the baselines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import Scored
from cam_augment.plan import BASELINE, GIVEN, Plan
from cam_augment.plan.costs import Costs, production
from cam_augment.questions import OWN, Answers, Loaders
from cam_augment.records import ArmCost, DecisionRule, Effect, ExpectedCosts, Fit, Notice
from cam_augment.statistics import cheapest, offset, probabilities, temperature
from cam_augment.statistics.scoring import COST, SCORES

PARTS = 1000
LEAST_IMAGES = 10  # of a class, on which what its mistakes cost can be told


@dataclass(frozen=True)
class Decision:
    """What one model decides on the test images: int [image] each; its temperature."""

    plain: np.ndarray
    fitted: np.ndarray | None = None
    temperature: float | None = None


class ModelDecisions:
    """The decisions of all models, and what they cost.

    Args:
        arms: the runs. costs: of the plan. validation: what the runs say of their validation
            images (see ``ValidationQuestion``); decisions are fitted only where every run has
            an answer.
    """

    def __init__(self, arms: Arms, costs: Costs, validation: Loaders):
        plan, data = arms.plan, arms.data
        self.arms, self.labels = arms, data.test.judged_labels
        self.costs, self.good_class = costs.matrix(data.classes), costs.good
        self.shares = production(plan.parts, data.classes, self.labels)
        self.good = None if costs.good is None else data.classes.index(costs.good)
        fits = [fit for label in arms.labels for fit in arms.fits(label)]
        self.lacking = [fit for fit in fits if fit.run.key not in validation]
        self.fitted = not self.lacking
        self._decisions = {
            fit.run.key: self._decide(fit, validation[fit.run.key]() if self.fitted else None)
            for fit in fits
        }

    def _decide(self, fit: Fit, validation: Mapping[str, np.ndarray] | None) -> Decision:
        plain = fit.test_logits.argmax(axis=1)
        if validation is None:
            return Decision(plain)
        class_counts = validation["learned"]
        if fit.run.recipe.weighs_classes:  # the loss counted each class as often as others
            class_counts = np.where(class_counts > 0, 1, 0)
        heat = temperature(validation["logits"], validation["labels"], class_counts)
        chances = probabilities(fit.test_logits, heat, offset(class_counts, self.shares))
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
        decisions = [self._decisions[fit.run.key] for fit in self.arms.fits(label)]
        rows = [
            decision.plain if plain or not self.fitted else decision.fitted
            for decision in decisions
        ]
        return np.array(rows, int).reshape(len(rows), len(self.labels))

    def cost(self, label: str, plain: bool = False) -> np.ndarray:
        """Return what every run and image costs per 1,000 parts: float64 [run, image].

        The mean over images is the run's expected cost per 1,000 parts of production.
        """
        paid = self.costs[self.labels, self.decisions(label, plain)]
        return PARTS * self.weights * paid

    def rule(self, label: str) -> DecisionRule:
        """Return the rule that costs an arm less, on the test images."""
        if not self.fitted:
            return "argmax"
        fitted, plain = (self.cost(label, plain) for plain in (False, True))
        return "argmax" if len(plain) and plain.mean() < fitted.mean() else "fitted"

    def judged_cost(self, label: str) -> np.ndarray:
        """Return ``cost`` with the rule that costs the arm less.

        Returns:
            float64 [run].
        """
        return self.cost(label, plain=self.rule(label) == "argmax")

    def share(self, label: str, mistakes: np.ndarray, plain: bool = False) -> float | None:
        """Return how many of 1,000 parts an arm gets wrong in one way, mean over its runs.

        Args:
            mistakes: bool [true class, predicted class].
        """
        wrong = mistakes[self.labels, self.decisions(label, plain)] * self.weights
        return finite_or_none(PARTS * wrong.mean()) if len(wrong) else None

    def temperature(self, label: str) -> float | None:
        """Return the median temperature of an arm's runs."""
        fits = self.arms.fits(label)
        if not fits or not self.fitted:
            return None
        return float(np.median([self._decisions[fit.run.key].temperature for fit in fits]))


def model_decisions(arms: Arms, answers: Answers) -> ModelDecisions | None:
    """Return what all models decide; None where the plan has no costs."""
    if arms.plan.costs is None:
        return None
    return ModelDecisions(arms, arms.plan.costs, answers.get("validation", {}).get(OWN, {}))


def cost_effects(decisions: ModelDecisions | None) -> list[Effect]:
    """Return what every strategy saves per 1,000 parts: above 0, it costs less."""
    if decisions is None:
        return []
    return moderated_effects(decisions.arms, f"gain_{COST}", scored_costs(decisions))


def scored_costs(decisions: ModelDecisions) -> Scored:
    """Return what every run costs per 1,000 parts, less of it the better."""
    sign = SCORES[COST].sign
    costs = {label: sign * decisions.judged_cost(label) for label in decisions.arms.labels}
    return Scored(
        {label: runs.mean(axis=1) for label, runs in costs.items()},
        images=costs,
        sign=sign,
        clusters=decisions.arms.test_clusters,
        classes=decisions.labels,
    )


def deciding_score(
    plan: Plan, scores: Mapping[str, Scored], decisions: ModelDecisions | None
) -> Scored:
    """Return the score that decides: one of those of predictions, or what mistakes cost.

    Cost as a share of the baselines' mean, so that its unit, and its margin, are no one's currency.
    """
    if plan.gain != COST:
        return scores[plan.gain]
    assert decisions is not None  # a plan that lets cost decide has costs
    whole = float(decisions.judged_cost(BASELINE).mean()) or 1.0  # nothing is a share of no cost
    return scored_costs(decisions).times(1 / whole)


def cost_points(decisions: ModelDecisions | None) -> dict[str, dict[str, np.ndarray]]:
    """Return every run's cost per 1,000 parts, by decision rule and arm.

    ``cost`` is by the rule that each arm is judged by.

    Returns:
        Rule to arm to costs, float64 [run].
    """
    if decisions is None:
        return {}
    labels = decisions.arms.labels
    points = {"cost": {label: decisions.judged_cost(label).mean(axis=1) for label in labels}}
    if decisions.fitted:
        for name, plain in (("cost_fitted", False), ("cost_argmax", True)):
            points[name] = {label: decisions.cost(label, plain).mean(axis=1) for label in labels}
    return points


def expected_costs(decisions: ModelDecisions | None) -> ExpectedCosts | None:
    """Return what the report says of costs; None where the plan has none."""
    if decisions is None:
        return None
    classes = decisions.arms.data.classes
    blind, index = _blind(decisions)
    return ExpectedCosts(
        fitted=decisions.fitted,
        good=decisions.good_class,
        matrix=tuple(tuple(map(float, row)) for row in decisions.costs),
        shares=dict(zip(classes, map(float, decisions.shares), strict=True)),
        blind=blind,
        blind_class=classes[index],
        arms=tuple(_arm(decisions, label) for label in decisions.arms.labels),
    )


def _blind(decisions: ModelDecisions) -> tuple[float, int]:
    """Return the least cost of calling 1,000 parts the same unseen, and that class."""
    costs = PARTS * (decisions.shares @ decisions.costs)
    return float(costs.min()), int(costs.argmin())


def _arm(decisions: ModelDecisions, label: str) -> ArmCost:
    size = len(decisions.costs)
    wrong = ~np.eye(size, dtype=bool)
    kinds = {"mistakes": wrong}
    if decisions.good is not None:
        good = np.arange(size) == decisions.good
        kinds |= {"misses": wrong & good, "false_alarms": wrong & good[:, None]}
    numbers = {}
    for name, mistakes in kinds.items():
        numbers[name] = decisions.share(label, mistakes)
        numbers[f"{name}_argmax"] = decisions.share(label, mistakes, plain=True)
    return ArmCost(
        arm=label,
        rule=decisions.rule(label),
        cost=_mean(decisions.cost(label)) if decisions.fitted else None,
        cost_argmax=_mean(decisions.cost(label, plain=True)),
        temperature=decisions.temperature(label),
        **numbers,
    )


def _mean(values: np.ndarray) -> float | None:
    return finite_or_none(values.mean()) if len(values) else None


def cost_notices(decisions: ModelDecisions | None, effects: Sequence[Effect]) -> list[Notice]:
    """Return what must be known before costs are believed.

    Args:
        effects: with the savings, corrected and decided.
    """
    if decisions is None:
        return []
    by_rule = _plain_cheaper(decisions) + _otherwise(decisions, effects) if decisions.fitted else []
    return [*_without_fit(decisions), *_blind_cheaper(decisions), *by_rule, *_thin(decisions)]


def _costs(decisions: ModelDecisions, arm: str) -> tuple[float, float]:
    """Return an arm's cost per 1,000 parts by fitted and by plain decisions."""
    fitted, plain = (float(decisions.cost(arm, plain).mean()) for plain in (False, True))
    return fitted, plain


def _blind_cheaper(decisions: ModelDecisions) -> list[Notice]:
    """Return a notice that the baselines cost more than calling every part the same."""
    cost = float(decisions.judged_cost(BASELINE).mean())
    blind, index = _blind(decisions)
    if cost <= blind:
        return []
    name = decisions.arms.data.classes[index]
    return [Notice.of("costs.blind_lower", blind=blind, name=name, baseline_cost=cost)]


def _plain_cheaper(decisions: ModelDecisions) -> list[Notice]:
    """Return a notice that fitted decisions cost the baselines more than plain ones."""
    fitted, plain = _costs(decisions, BASELINE)
    return [Notice.of("costs.plain_lower", fitted=fitted, plain=plain)] * (fitted > plain)


def _otherwise(decisions: ModelDecisions, effects: Sequence[Effect]) -> list[Notice]:
    """Return notices of savings, or losses, beyond noise that plain decisions turn round."""
    notices = []
    base, base_plain = _costs(decisions, BASELINE)
    for effect in effects:
        if effect.question != "gain_cost" or not effect.beyond_noise:
            continue
        cost, cost_plain = _costs(decisions, effect.strategy)
        if (base - cost) * (base_plain - cost_plain) < 0:
            notices.append(
                Notice.of(
                    "costs.fitted_decides",
                    strategy=effect.strategy,
                    fitted=cost,
                    fitted_baseline=base,
                    plain=cost_plain,
                    plain_baseline=base_plain,
                )
            )
    return notices


def _without_fit(decisions: ModelDecisions) -> list[Notice]:
    if decisions.fitted:
        return []
    if decisions.arms.plan.dataset.name == GIVEN:
        return [Notice.of("costs.unfitted_given")]
    return [Notice.of("costs.unfitted", count=len(decisions.lacking))]


def _thin(decisions: ModelDecisions) -> list[Notice]:
    counts = np.bincount(decisions.labels, minlength=len(decisions.shares))
    matters = (decisions.shares > 0) & (decisions.costs.max(axis=1) > 0) & (counts < LEAST_IMAGES)
    return [
        Notice.of(
            "costs.few_images",
            name=decisions.arms.data.classes[index],
            count=int(counts[index]),
            parts=float(PARTS * decisions.shares[index] / counts[index]),
        )
        for index in np.flatnonzero(matters)
    ]
