"""A study in rounds: who gets more models, who has enough, and what the looks together say.

Two models of each strategy come first. After each round every question is tested at the level
that the spending leaves it (``statistics.sequential``), corrected over the strategies. A
strategy stops when each question that could change its verdict is answered, or when the
chance that all its models would answer it is below ``FUTILE``. Everything follows from the
models' answers, in the plan's order.
"""

from collections.abc import Collection, Mapping

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.sequential.readings import (
    GAIN,
    SHIFT,
    TWO_SIDED,
    WORST,
    Reading,
    read,
)
from cam_augment.impact.sequential.settled import OUTCOMES, settled
from cam_augment.plan import BASELINE, FIRST_ROUND, Plan, Run
from cam_augment.records import Stop
from cam_augment.statistics import (
    boundaries,
    chance_to_cross,
    corrected,
    image_variance,
    sequential_p,
    smallest_estimate,
)
from cam_augment.statistics.significance import (
    Finding,
    change_finding,
    gain_finding,
    is_beyond_noise,
    loss_finding,
    shift_finding,
)
from cam_augment.statistics.student import quantile

FUTILE = 0.2  # chance of an answer below which no more models are spent on a question
MOST_ROUNDS = 5
POWER = 0.8


def models_by_round(seeds: int) -> list[int]:
    """Return how many models a strategy has after each round, at most ``MOST_ROUNDS``.

    >>> models_by_round(4), models_by_round(20)
    ([2, 3, 4], [2, 4, 6, 11, 20])
    """
    if seeds - FIRST_ROUND < MOST_ROUNDS:
        return list(range(FIRST_ROUND, seeds + 1))
    return [round(n) for n in np.geomspace(FIRST_ROUND, seeds, MOST_ROUNDS)]


class Rounds:
    """Where a study in rounds stands.

    Attributes:
        models: strategy to how many models it is to have by now.
        open: strategies that are not settled. stops: why the others are, first ones first.
        readings: question to strategy to what each look at it read.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self.labels = [strategy.label for strategy in plan.strategies]
        self.steps = models_by_round(plan.seeds)
        self.round = 1
        self.models = dict.fromkeys(self.labels, self.steps[0])
        self.open = list(self.labels)
        self.stops: list[Stop] = []
        self.readings: dict[str, dict[str, list[Reading]]] = {}
        self._images: dict[str, float] = {}

    @property
    def over(self) -> bool:
        return not self.open

    def asks(self, run: Run) -> bool:
        """Whether a run of the whole plan is to be made by now."""
        label = run.strategy.label
        most = self.plan.baselines if label == BASELINE else self.models[label]
        return run.seed - self.plan.first_seed < most

    def take(
        self,
        arms: Arms,
        distances: Mapping[str, np.ndarray],
        focus: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Look at the models that were asked for; stop strategies, or ask for more models.

        Args:
            arms: of these models. distances, focus: see ``looks.read``.
        """
        whole = [label for label in self.open if self.models[label] == self.plan.seeds]
        for question, found in read(arms, self.open, distances, focus, whole).items():
            seen = self.readings.setdefault(question, {label: [] for label in self.labels})
            for label, reading in found.items():
                self._note(seen[label], reading)
        for label in self.open:
            if arms.fits(label):
                self._images[label] = image_variance(arms.right(label), arms.right(BASELINE))
        self._stop_the_settled()
        self._ask_for_more()

    @staticmethod
    def _note(seen: list[Reading], reading: Reading) -> None:
        """Add a reading that tells something new: of more models, or an exact test at last."""
        if not seen or reading.fraction > seen[-1].fraction:
            seen.append(reading)
        elif reading.exact is not None:  # models of the last round failed
            seen[-1] = reading

    def adjusted(self, question: str) -> dict[str, float]:
        """Return each strategy's sequential p, corrected over the strategies; NaN: none."""
        p = corrected((self.p(question, label) for label in self.labels), self.plan.correction)
        return {
            label: float("nan") if value is None else value
            for label, value in zip(self.labels, p, strict=True)
        }

    def p(self, question: str, label: str) -> float:
        """Return a strategy's sequential p, not corrected, 0..1; NaN where nothing was read."""
        seen = self.readings.get(question, {}).get(label, [])
        if not seen:
            return float("nan")
        if question == WORST:  # asked once, of all models: of fewer, no class is said to lose
            return 1.0 if seen[-1].exact is None else seen[-1].exact
        found = sequential_p([each.p for each in seen], [each.fraction for each in seen])
        return min(1.0, found * (2 if question in TWO_SIDED else 1))

    def last(self, question: str, label: str) -> Reading | None:
        """Return the reading of the last look that told something new."""
        seen = self.readings.get(question, {}).get(label, [])
        return seen[-1] if seen else None

    def interval(self, label: str) -> tuple[float, float]:
        """Return the repeated interval of the gain: it holds at every look together, 1 - alpha.

        The boundary of its look in standard errors about the estimate (Jennison and Turnbull
        1989), with the share of the test images in the variance.
        """
        found = self.last(GAIN, label)
        if found is None:
            return float("nan"), float("nan")
        level = self._nominal(label, self.plan.alpha)
        reach = quantile(1 - level, found.df) * np.sqrt(found.variance + self._images[label])
        return found.estimate - reach, found.estimate + reach

    def smallest_gain(self, label: str) -> float | None:
        """Return the least gain that a strategy's last look finds with power .8 (a fraction)."""
        found = self.last(GAIN, label)
        if found is None:
            return None
        level = self._nominal(label, self.plan.alpha / len(self.labels))
        return smallest_estimate(found.variance, found.df, 2 * level, POWER)

    def _nominal(self, label: str, alpha: float) -> float:
        """Return the one-sided p that the gain's last look has to reach at level ``alpha``."""
        from scipy.special import ndtr

        fractions = [each.fraction for each in self.readings[GAIN][label]]
        return float(ndtr(-boundaries(fractions, alpha / 2)[-1]))

    def _stop_the_settled(self) -> None:
        shown = {question: self.shown(question) for question in self.readings}
        hopeless = {q: self._hopeless(q, shown[q]) for q in self.readings}
        for label in list(self.open):
            reason = None
            if self.last(GAIN, label) is not None:
                reason = settled(
                    {q: found[label] for q, found in shown.items() if label in found},
                    [q for q in OUTCOMES if q not in shown or label in hopeless[q]],
                )
            if reason is None and self.round == len(self.steps):
                reason = "all"
            if reason:
                self._stop(label, reason)

    def shown(self, question: str) -> dict[str, Finding]:
        """Return strategy to what a question shows, where that is beyond noise."""
        found = {
            label: self._finding(question, label, p)
            for label, p in self.adjusted(question).items()
            if np.isfinite(p)
        }
        return {label: finding for label, finding in found.items() if is_beyond_noise(finding)}

    def _finding(self, question: str, label: str, p: float) -> Finding | None:
        estimate, alpha = self.last(question, label).estimate, self.plan.alpha
        if question == GAIN:
            return gain_finding(p, *self.interval(label), alpha)
        if question == SHIFT:
            return shift_finding(p, alpha)
        if question == WORST:
            return loss_finding(p, estimate, alpha)
        return change_finding(p, estimate, alpha)

    def _hopeless(self, question: str, sure: Collection[str]) -> set[str]:
        """Return the open strategies of which a question would hardly be answered."""
        rest = max(1, len(self.labels) - len(sure))
        chance = {label: self._chance(question, label, rest) for label in self.open}
        return {label for label in self.open if label not in sure and chance[label] < FUTILE}

    def _chance(self, question: str, label: str, rest: int) -> float:
        """Return the chance that all models would answer a question, 0..1."""
        found = self.last(question, label)
        if found is None:
            return 0.0
        sides = 2 if question in TWO_SIDED else found.number
        fractions = [each.fraction for each in self.readings[question][label]]
        fractions = [1.0] if question == WORST else fractions
        if fractions[-1] < 1:
            fractions.append(1.0)
        bound = boundaries(fractions, self.plan.alpha / rest / sides)[-1]
        return chance_to_cross(found.score, found.fraction, bound)

    def _ask_for_more(self) -> None:
        """Give the open strategies the next round's models, as far as the budget goes."""
        if self.over:
            return
        step = self.steps[self.round] - self.steps[self.round - 1]
        spent = self.plan.baselines + sum(self.models.values())
        left = len(self.open) if self.plan.budget is None else (self.plan.budget - spent) // step
        for label in self._nearest()[left:]:
            self._stop(label, "budget")
        for label in self.open:
            self.models[label] = self.steps[self.round]
        self.round += 1

    def _nearest(self) -> list[str]:
        """Return the open strategies, those first whose gain more models may well show."""
        if self.plan.budget is None:
            return list(self.open)
        rest = max(1, len(self.labels) - len(self.shown(GAIN)))
        chance = {label: self._chance(GAIN, label, rest) for label in self.open}
        return sorted(self.open, key=lambda label: abs(chance[label] - 0.5))

    def _stop(self, label: str, reason: str) -> None:
        self.open.remove(label)
        self.stops.append(
            Stop(
                strategy=label,
                models=self.models[label],
                most=self.plan.seeds,
                round=self.round,
                reason=reason,
            )
        )
