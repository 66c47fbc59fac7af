"""Effects of strategies, gains by class, and the profile of a strategy with its verdict."""

import warnings
from importlib import import_module
from typing import Literal, cast

from cam_augment.plan import Frozen
from cam_augment.records.claims import Verdict
from cam_augment.records.notices import Notice
from cam_augment.records.values import Number
from cam_augment.statistics.significance import (
    Change,
    Gain,
    Place,
    Shift,
    change_finding,
    gain_finding,
    is_beyond_noise,
    shift_finding,
)

OF_TILES = "gain_tiles_"  # before the score, in questions on single tiles of pictures
COMMON_SHARE = "common_share"  # the question whether models see what baselines see
OF_ONE_FACTOR = "factors."  # before the number, in questions on the use of single factors
OldVerdict = Literal["adopt", "care", "no effect seen", "avoid"]


class Effect(Frozen):
    """The answer to one question for one strategy, against seed noise.

    In a study in stages it is of the strategy's last stage, or of the first at which it was
    beyond noise.

    Attributes:
        estimate, low, high: the effect and its confidence interval (level 1 - alpha), in the
            unit of the question; a gain is a fraction of accuracy. Of a number of every run
            it is the deciding interval, which leaves out 0 exactly where the corrected p is at
            most alpha.
        noise: the same number between or among baselines, which differ in their seeds alone.
        p: not corrected: of a number of every run, by Student's t with variances moderated over
            arms; of pairs of maps, by exact relabelling of whole models.
        p_adjusted: p corrected over strategies and, in a study in stages, over these.
        relabelling_p: of a number of every run, p by exact relabelling, as a description. None
            where p is that, as it is in profiles made before there was another test.
        smallest_p: the least p that relabelling can reach in this design, not corrected.
        finding: what it shows, see ``finding_of``; None where nothing was tested.
    """

    strategy: str
    question: str
    estimate: Number = None
    low: Number = None
    high: Number = None
    noise: Number = None
    p: Number = None
    p_adjusted: Number = None
    relabelling_p: Number = None
    smallest_p: Number = None
    finding: Gain | Shift | Change | None = None

    @property
    def beyond_noise(self) -> bool:
        """Whether the effect is beyond seed noise."""
        return is_beyond_noise(self.finding)

    def with_finding(self, alpha: float) -> "Effect":
        """Return the effect with its finding at the level ``alpha``."""
        finding = finding_of(
            self.question, self.estimate, self.low, self.high, self.p_adjusted, alpha
        )
        return self.model_copy(update={"finding": finding})


def finding_of(
    question: str, estimate: Number, low: Number, high: Number, p: Number, alpha: float
) -> Gain | Shift | Change | None:
    """Return what an effect shows, by the rule of its question.

    ``gain``, ``gain_...`` (savings too), ``robustness...``: gains, loses or not settled.
    ``excess_shift...``: moves or not settled. All others: rises or falls. ``within noise`` where
    nothing is seen, None where nothing was tested.

    Args:
        p: corrected over strategies.
    """
    if question == "gain" or question.startswith(("gain_", "robustness")):
        return gain_finding(p, low, high, alpha)
    if question.startswith("excess_shift."):
        return shift_finding(p, low, alpha)
    return change_finding(p, estimate, alpha)


def is_of_factors(question: str) -> bool:
    """Return whether an effect is told by factors, of which there are as many as somebody likes.

    Such effects stand in a figure of their own, and not among the others of a strategy.
    """
    return question == COMMON_SHARE or question.startswith(OF_ONE_FACTOR)


class ClassGain(Frozen):
    """The change of recall in one class under one strategy (fractions)."""

    strategy: str
    name: str
    baseline: Number
    recall: Number
    gain: Number


class StrategyProfile(Frozen):
    """The results of one strategy, with its verdict.

    Attributes:
        runs: number of its models. accuracy, macro_f1: means over them, 0..1.
        floor, between, within: F, C and W of the excess shift 2C - F - W, distances by the
            primary metric.
        degenerate_share: share of its maps that are 0 everywhere, 0..1.
        displacement: how far the centre of its mean maps lies from the baselines', beyond noise,
            a share of the diagonal.
        worst_class, worst_class_gain: the class whose loss is surest, and the change of its
            recall (a fraction). worst_class_p: that any class loses more than its margin,
            corrected over classes and strategies; of an old verdict, that any loses at all.
        smallest_gain: the least gain (a fraction) that this design finds with a power of 0.8.
        bound_low, bound_high: one-sided bounds of the gain (fractions), each at the level of
            the verdicts: what is below the margin by ``bound_high`` is no gain worth having.
        missed: classes whose marked regions attention misses in most images.
        attention: whether it looks somewhere else, see ``place_finding``; None where that is not
            known, and beside an old verdict.
        group: cluster of strategies with similar profiles, numbered from 1.
        verdict: of a control, quiet or not quiet; None where only ``old_verdict`` is known.
        old_verdict: by the rules before margins, of a profile that was made by them.
        rule: code of the rule that matched, see ``impact.judging``.
        reasons: what the verdict rests on, codes with their numbers. notes: what a reader must
            know beside it. next_step: what to do next, with its numbers.
    """

    strategy: str
    runs: int
    accuracy: Number
    macro_f1: Number
    floor: Number
    between: Number
    within: Number
    degenerate_share: Number
    displacement: Number = None
    worst_class: str | None = None
    worst_class_gain: Number = None
    worst_class_p: Number = None
    smallest_gain: Number = None
    bound_low: Number = None
    bound_high: Number = None
    missed: tuple[str, ...] = ()
    attention: Place | None = None
    group: int | None = None
    verdict: Verdict | None
    old_verdict: OldVerdict | None = None
    rule: str | None = None
    reasons: tuple[Notice, ...]
    notes: tuple[Notice, ...] = ()
    next_step: Notice | None = None

    @property
    def conclusion(self) -> Verdict | OldVerdict:
        """The verdict, or the old one where there is no other."""
        return cast("Verdict | OldVerdict", self.verdict or self.old_verdict)

    @property
    def sentence(self) -> str:
        """The verdict in one English sentence; use ``cam_augment.report.sentence`` instead."""
        warnings.warn(
            "StrategyProfile.sentence goes with the next version: use "
            "cam_augment.report.sentence(strategy)",
            DeprecationWarning,
            stacklevel=2,
        )
        # The report is above this room; the import goes with the property.
        return import_module("cam_augment.report").sentence(self)


StopReason = Literal["decided", "otherwise", "last", "budget", "missing"]


class Stop(Frozen):
    """Why a strategy of a study in stages got no more models.

    Attributes:
        stage: the last in which it took part, from 1. models, baselines: of that stage, by
            which it is judged.
        reason: ``decided``: it has a verdict. ``otherwise``: more models would not decide it.
            ``last``: the plan has no further stage. ``budget``: it went to strategies that need
            fewer models. ``missing``: there is no model of the next stage.
    """

    strategy: str
    stage: int
    models: int
    baselines: int
    reason: StopReason
