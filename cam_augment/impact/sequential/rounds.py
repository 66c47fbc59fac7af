"""A study in rounds: who gets more models, who has enough, and what its stages say together.

Two models of each strategy come first. After each round every question is tested at the level
that the spending leaves it (``statistics.sequential``), corrected over the strategies. A
strategy stops when each question that could change its verdict is answered, or when the
chance that all its models would answer it is below ``FUTILE``. Everything follows from the
models' answers, in the plan's order.
"""

from collections.abc import Collection, Mapping
from typing import Literal

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
from cam_augment.impact.sequential.settled import OUTCOMES, stop_reason
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
        readings: question to strategy to its reading at each stage.
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

    def analyse(
        self,
        arms: Arms,
        distances: Mapping[str, np.ndarray],
        focus: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Analyse the models of a stage; stop strategies, or ask for more models.

        Args:
            arms: of these models. distances, focus: see ``readings.read``.
        """
        for question, by_strategy in read(arms, self.open, distances, focus).items():
            readings = self.readings.setdefault(question, {label: [] for label in self.labels})
            for label, reading in by_strategy.items():
                self._note(readings[label], reading)
        for label in self.open:
            if arms.fits(label):
                self._images[label] = image_variance(arms.right(label), arms.right(BASELINE))
        self._stop_the_settled()
        self._ask_for_more()

    @staticmethod
    def _note(readings: list[Reading], reading: Reading) -> None:
        """Add a reading if it is of more models."""
        if not readings or reading.fraction > readings[-1].fraction:
            readings.append(reading)

    def corrected_p(self, question: str) -> dict[str, float]:
        """Return each strategy's sequential p, corrected over the strategies; NaN: none."""
        apart = [label in self.plan.controls for label in self.labels]
        p = corrected(
            (self.p(question, label) for label in self.labels), self.plan.correction, apart
        )
        return {
            label: float("nan") if value is None else value
            for label, value in zip(self.labels, p, strict=True)
        }

    def p(self, question: str, label: str) -> float:
        """Return a strategy's sequential p, not corrected, 0..1; NaN where nothing was read."""
        readings = self.readings.get(question, {}).get(label, [])
        if not readings:
            return float("nan")
        if question == WORST:  # it only predicts: that a class loses is claimed of all models
            return 1.0
        p = sequential_p(
            [reading.p for reading in readings], [reading.fraction for reading in readings]
        )
        return min(1.0, p * (2 if question in TWO_SIDED else 1))

    def last(self, question: str, label: str) -> Reading | None:
        """Return the last reading that added something new."""
        readings = self.readings.get(question, {}).get(label, [])
        return readings[-1] if readings else None

    def interval(self, label: str) -> tuple[float, float]:
        """Return the repeated interval of the gain: it holds at all stages together, 1 - alpha.

        The boundary of its stage in standard errors about the estimate (Jennison and Turnbull
        1989), with the share of the test images in the variance.
        """
        last = self.last(GAIN, label)
        if last is None:
            return float("nan"), float("nan")
        level = self._nominal(label, self.plan.alpha)
        reach = quantile(1 - level, last.df) * np.sqrt(last.variance + self._images[label])
        return last.estimate - reach, last.estimate + reach

    def smallest_gain(self, label: str) -> float | None:
        """Return the least gain that a strategy's last stage finds with power .8 (a fraction)."""
        last = self.last(GAIN, label)
        if last is None:
            return None
        level = self._nominal(label, self.plan.alpha / len(self.labels))
        return smallest_estimate(last.variance, last.df, 2 * level, POWER)

    def _nominal(self, label: str, alpha: float) -> float:
        """Return the one-sided p at which the gain's last stage is significant at ``alpha``."""
        from scipy.special import ndtr

        fractions = [reading.fraction for reading in self.readings[GAIN][label]]
        return float(ndtr(-boundaries(fractions, alpha / 2)[-1]))

    def _stop_the_settled(self) -> None:
        findings = {question: self.findings(question) for question in self.readings}
        hopeless = {q: self._hopeless(q, findings[q]) for q in self.readings}
        for label in list(self.open):
            shown = {q: codes[label] for q, codes in findings.items() if label in codes}
            quiet = [q for q in OUTCOMES if q not in findings or label in hopeless[q]]
            reason = (
                stop_reason(shown, quiet, self.models[label]) if self.last(GAIN, label) else None
            )
            if reason is not None:
                self._stop(label, reason)
            elif self.round == len(self.steps):
                self._stop(label, "all")

    def findings(self, question: str) -> dict[str, Finding]:
        """Return strategy to what a question shows, where that is beyond noise."""
        findings = {
            label: self._finding(question, label, last.estimate, p)
            for label, p in self.corrected_p(question).items()
            if (last := self.last(question, label)) and np.isfinite(p)
        }
        return {
            label: finding
            for label, finding in findings.items()
            if finding is not None and is_beyond_noise(finding)
        }

    def _finding(self, question: str, label: str, estimate: float, p: float) -> Finding | None:
        alpha = self.plan.alpha
        if question == GAIN:
            return gain_finding(p, *self.interval(label), alpha)
        if question == SHIFT:
            return shift_finding(p, alpha)
        return change_finding(p, estimate, alpha)

    def _hopeless(self, question: str, sure: Collection[str]) -> set[str]:
        """Return the open strategies of which a question would hardly be answered."""
        rest = max(1, len(self.labels) - len(sure))
        chance = {label: self._chance(question, label, rest) for label in self.open}
        return {label for label in self.open if label not in sure and chance[label] < FUTILE}

    def _chance(self, question: str, label: str, rest: int) -> float:
        """Return the chance that all models would answer a question, 0..1."""
        last = self.last(question, label)
        if last is None:
            return 0.0
        sides = 2 if question in TWO_SIDED else last.number
        fractions = [reading.fraction for reading in self.readings[question][label]]
        fractions = [1.0] if question == WORST else fractions
        if fractions[-1] < 1:
            fractions.append(1.0)
        bound = boundaries(fractions, self.plan.alpha / rest / sides)[-1]
        return chance_to_cross(last.score, last.fraction, bound)

    def _ask_for_more(self) -> None:
        """Give the open strategies the next round's models, as far as the budget goes."""
        if self.over:
            return
        step = self.steps[self.round] - self.steps[self.round - 1]
        spent = self.plan.baselines + sum(self.models.values())
        if self.plan.budget is not None:
            for label in self._nearest()[(self.plan.budget - spent) // step :]:
                self._stop(label, "budget")
        for label in self.open:
            self.models[label] = self.steps[self.round]
        self.round += 1

    def _nearest(self) -> list[str]:
        """Return the open strategies, those first whose gain more models may well show."""
        rest = max(1, len(self.labels) - len(self.findings(GAIN)))
        chance = {label: self._chance(GAIN, label, rest) for label in self.open}
        return sorted(self.open, key=lambda label: abs(chance[label] - 0.5))

    def _stop(self, label: str, reason: Literal["certain", "unlikely", "budget", "all"]) -> None:
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
