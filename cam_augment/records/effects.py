"""What was found of each strategy: effects, classes, verdict."""

from typing import Literal

from cam_augment.plan import Frozen
from cam_augment.records.values import Number

Verdict = Literal["adopt", "care", "no effect seen", "avoid"]


class Effect(Frozen):
    """What one question found for one strategy, against seed noise.

    Attributes:
        estimate, low, high: the effect and its confidence interval (level 1 - alpha).
        noise: what the same number is between or among baselines (the seeds' share).
        p: exact relabelling test, unadjusted; in a study in rounds, of what verdicts rest on,
            the sequential p. p_adjusted: corrected over strategies.
        smallest_p: the least p that this design can reach, unadjusted.
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
        smallest_gain: the least gain that this design finds with power .8.
        missed: classes whose marked regions attention does not follow in most images.
        beyond_noise: whether anything differs from the baselines beyond seed noise.
        group: number of the cluster of strategies with a similar profile, from 1.
        sentence: the verdict in one sentence, with its numbers.
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
    smallest_gain: Number = None
    missed: tuple[str, ...] = ()
    beyond_noise: bool | None = None
    group: int | None = None
    verdict: Verdict
    sentence: str


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
