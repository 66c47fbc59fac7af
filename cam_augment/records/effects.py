"""What was found of each strategy: effects, classes, verdict."""

import warnings
from importlib import import_module
from typing import Literal

from cam_augment.plan import Frozen
from cam_augment.records.notices import Notice
from cam_augment.records.values import Number
from cam_augment.statistics.significance import (
    Change,
    Gain,
    Loss,
    Shift,
    change_finding,
    gain_finding,
    is_beyond_noise,
    shift_finding,
)

Verdict = Literal["adopt", "care", "no effect seen", "avoid"]


class Effect(Frozen):
    """What one question found for one strategy, against seed noise.

    Attributes:
        estimate, low, high: the effect and its confidence interval (level 1 - alpha).
        noise: what the same number is between or among baselines (the seeds' share).
        p: exact relabelling test, unadjusted; in a study in rounds, of what verdicts rest on,
            the sequential p. p_adjusted: corrected over strategies.
        smallest_p: the least p that this design can reach, unadjusted.
        finding: what they show, see ``finding_of``; None where nothing was tested.
    """

    strategy: str
    question: str
    estimate: Number = None
    low: Number = None
    high: Number = None
    noise: Number = None
    p: Number = None
    p_adjusted: Number = None
    smallest_p: Number = None
    finding: Gain | Shift | Change | None = None

    @property
    def beyond_noise(self) -> bool:
        """Whether it is beyond seed noise."""
        return is_beyond_noise(self.finding)

    def decided(self, alpha: float) -> "Effect":
        """Return the effect with what its corrected p and its interval show at a level."""
        found = finding_of(
            self.question, self.estimate, self.low, self.high, self.p_adjusted, alpha
        )
        return self.model_copy(update={"finding": found})


def finding_of(
    question: str, estimate: Number, low: Number, high: Number, p: Number, alpha: float
) -> Gain | Shift | Change | None:
    """Return what an effect shows, by the rule of its question.

    ``gain``, ``gain_...`` (savings too): gains / loses / not settled. ``excess_shift...``:
    moves. All others: rises / falls. ``within noise`` where nothing is seen.

    Args:
        p: corrected over strategies.
    """
    if question == "gain" or question.startswith("gain_"):
        return gain_finding(p, low, high, alpha)
    if question.startswith("excess_shift."):
        return shift_finding(p, alpha)
    return change_finding(p, estimate, alpha)


class ClassGain(Frozen):
    """The change of recall in one class under one strategy (fractions)."""

    strategy: str
    name: str
    baseline: Number
    recall: Number
    gain: Number


class StrategyProfile(Frozen):
    """All that was found of one strategy.

    Attributes:
        floor, between, within: F, C and W of the excess shift 2C - F - W, on the
            primary metric's distance.
        worst_class, worst_class_gain, worst_class_p: the class that loses most, the change
            of its recall, and the max-statistic p over classes (corrected over strategies).
        worst_class_finding: whether it loses beyond noise; None where that was not tested.
        smallest_gain: the least gain that this design finds with power .8.
        missed: classes whose marked regions attention does not follow in most images.
        beyond_noise: whether anything differs from the baselines beyond seed noise.
        group: number of the cluster of strategies with a similar profile, from 1.
        reasons: what the verdict rests on, as codes with their numbers, in the order in which
            ``cam_augment.report.sentence`` tells them.
    """

    strategy: str
    runs: int
    accuracy: Number
    macro_f1: Number
    floor: Number
    between: Number
    within: Number
    degenerate_share: Number
    worst_class: str | None = None
    worst_class_gain: Number = None
    worst_class_p: Number = None
    worst_class_finding: Loss | None = None
    smallest_gain: Number = None
    missed: tuple[str, ...] = ()
    beyond_noise: bool
    group: int | None = None
    verdict: Verdict
    reasons: tuple[Notice, ...]

    @property
    def sentence(self) -> str:
        """The verdict in one English sentence: ``cam_augment.report.sentence`` has it now."""
        warnings.warn(
            "StrategyProfile.sentence goes with the next version: use "
            "cam_augment.report.sentence(strategy)",
            DeprecationWarning,
            stacklevel=2,
        )
        # The report is above this room; the import goes with the property.
        return import_module("cam_augment.report").sentence(self)


class Stop(Frozen):
    """Why a strategy of a study in rounds got no more models.

    Attributes:
        models: that it has. most: that the plan would have given it.
        round: the last in which it took part, from 1.
        reason: ``certain``: what its verdict rests on is beyond noise. ``unlikely``: what is
            not beyond noise would hardly come to be, with all models. ``budget``: others
            were nearer to an answer. ``all``: it has all models.
    """

    strategy: str
    models: int
    most: int
    round: int
    reason: Literal["certain", "unlikely", "budget", "all"]
