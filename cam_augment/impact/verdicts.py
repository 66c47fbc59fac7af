"""The verdict on each strategy: its claims, judged, with the numbers that they rest on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.sequences import Succession
from cam_augment.impact.attention.shift import Attention
from cam_augment.impact.claims import GainTests, claims_of, gain_tests, outlook_of
from cam_augment.impact.concepts import FactorUse
from cam_augment.impact.judging import next_step
from cam_augment.impact.numbers import with_numbers
from cam_augment.impact.predictions.costs import ModelDecisions
from cam_augment.impact.predictions.robustness import ByCorruption
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import Scored
from cam_augment.plan import Strategy
from cam_augment.plan.pipelines import largest_pipeline
from cam_augment.records import Curve, Effect, Faithfulness, Notice, Pointing, StrategyProfile
from cam_augment.records.attention import missed_classes
from cam_augment.records.claims import Claims, Judgement
from cam_augment.statistics import smallest_estimate
from cam_augment.statistics.deciding import above_p
from cam_augment.statistics.scoring import MACRO_F1
from cam_augment.statistics.significance import Place, place_finding

POWER = 0.8
LEARNED_FROM = ("train", "validation")


@dataclass(frozen=True, eq=False)
class Findings:
    """What one stage found, and verdicts rest on, of all strategies.

    Attributes:
        effects: corrected and decided, as they stand after the stage. present: the same by all
            models, of strategies that stopped, too, whatever earlier stages left. faithful: how
            faithful maps are, where that was asked. deciding: the score that decides, where it is
            there already. scores: all that are reported, by name. decisions: what all models
            decide, where mistakes have costs. corruptions: scores on corrupted images,
            where that was asked. succession: what models do from frame to frame of sequences.
            factors: how models use them, where that was asked.
    """

    arms: Arms
    effects: tuple[Effect, ...]
    attention: Attention
    present: tuple[Effect, ...] = ()
    pointings: tuple[Pointing, ...] = ()
    faithful: tuple[Faithfulness, ...] = ()
    curves: tuple[Curve, ...] = ()
    deciding: Scored | None = None
    scores: Mapping[str, Scored] = field(default_factory=dict)
    decisions: ModelDecisions | None = None
    corruptions: ByCorruption | None = None
    succession: Succession | None = None
    factors: FactorUse | None = None

    @cached_property
    def by_question(self) -> dict[tuple[str, str], Effect]:
        """The effects by strategy and question."""
        return {(effect.strategy, effect.question): effect for effect in self.effects}

    @cached_property
    def tests(self) -> GainTests | None:
        """Gains and classes of all strategies; None where nothing can be compared."""
        return gain_tests(self.arms, self.attention.points.get("focus"), self.deciding)

    @cached_property
    def leaks(self) -> float:
        """Share of the test images that nearly repeat one that models learned from, 0..1.

        Where the test part rotates, that of the pictures with a near copy in another fold.
        """
        overlaps = self._of_folds if self.arms.rotates else self._of_splits
        return sum(overlap["count"] / overlap["of"] for overlap in overlaps)

    @property
    def _of_folds(self) -> list[Any]:
        return [note.values for note in self._notes("folds.near_duplicates")]

    @property
    def _of_splits(self) -> list[Any]:
        return [
            overlap
            for note in self._notes("pictures.near_duplicates")
            for overlap in cast("list[Any]", note.values["overlaps"])
            if overlap["part"] == "test" and overlap["other"] in LEARNED_FROM
        ]

    def _notes(self, code: str) -> list[Notice]:
        notes = self.arms.data.notes
        return [note for note in notes if isinstance(note, Notice) and note.code == code]

    @property
    def maps_valid(self) -> bool:
        """Whether the plan's own maps, where they were checked, do better than random cells."""
        return all("random" in look.deletion.better for look in self.faithful if look.own)

    def early(self, label: str) -> bool:
        """Whether the best epoch of a strategy lies in the first half of training."""
        curve = next((curve for curve in self.curves if curve.strategy == label), None)
        return curve is not None and 2 * curve.best_epoch <= len(curve.loss)

    def missed(self, label: str) -> tuple[Pointing, ...]:
        """Return the classes whose marked regions a strategy's attention misses."""
        return missed_classes(self.pointings, label)

    def claims(self, label: str) -> Claims:
        """Return what is claimed of a strategy."""
        if self.tests is None:
            return Claims(control=label in self.arms.plan.controls)
        return claims_of(
            self.tests,
            label,
            saving=self.by_question.get((label, "gain_cost")),
            missed=self.missed(label),
            maps_valid=self.maps_valid,
            leaks=self.leaks,
            early=self.early(label),
        )


def strategy_profiles(
    findings: Mapping[str, Findings], judgements: Mapping[str, Judgement]
) -> tuple[StrategyProfile, ...]:
    """Return all that was found of every strategy, with its verdict.

    Args:
        findings, judgements: strategy to what its last stage found, and to its verdict.
    """
    together = _together(findings, judgements)
    return tuple(
        _profile(findings[label], label, judgement, len(together) if label in together else 0)
        for label, judgement in judgements.items()
    )


def _together(
    findings: Mapping[str, Findings], judgements: Mapping[str, Judgement]
) -> frozenset[str]:
    """Return the adopted strategies that may stand in one pipeline, those of most gain first."""

    def gain(strategy: Strategy) -> float:
        effect = findings[strategy.label].by_question.get((strategy.label, "gain"))
        return -math.inf if effect is None or effect.estimate is None else effect.estimate

    adopted = [
        strategy
        for label, judgement in judgements.items()
        for strategy in findings[label].arms.plan.strategies
        if strategy.label == label and judgement.verdict == "adopt"
    ]
    pipeline = largest_pipeline(sorted(adopted, key=gain, reverse=True))
    return frozenset(strategy.label for strategy in pipeline)


def _profile(
    findings: Findings, label: str, judgement: Judgement, together: int
) -> StrategyProfile:
    arms = findings.arms
    parts = findings.attention.parts.get(label, (np.nan,) * 3)
    floor, between, within = map(finite_or_none, parts)
    return StrategyProfile(
        strategy=label,
        runs=len(arms.fits(label)),
        accuracy=_mean(arms.accuracy(label)),
        macro_f1=_mean(findings.scores[MACRO_F1].values[label]) if findings.scores else None,
        floor=floor,
        between=between,
        within=within,
        degenerate_share=_degenerate(arms, label),
        displacement=finite_or_none(findings.attention.displacements.get(label, np.nan)),
        **_limits(findings, label),
        missed=tuple(pointing.name for pointing in findings.missed(label)),
        attention=_place(findings, label, floor),
        verdict=judgement.verdict,
        rule=judgement.rule,
        reasons=tuple(
            with_numbers(reason, label, findings.tests, findings.by_question,
                         findings.missed(label))
            for reason in judgement.reasons
        ),
        notes=judgement.notes,
        next_step=step_of(findings, label, judgement, together),
    )  # fmt: skip


def _place(findings: Findings, label: str, floor: float | None) -> Place | None:
    """Return whether attention is somewhere else; maps that fail their check do not tell."""
    shift = findings.by_question.get((label, findings.arms.plan.primary_question))
    if shift is None:
        return None
    if not findings.maps_valid:
        return "not known"
    return place_finding(shift.finding, shift.estimate, shift.low, shift.high, floor)


def step_of(findings: Findings, label: str, judgement: Judgement, together: int = 0) -> Notice:
    """Return what to do next about a strategy.

    Args:
        together: adopted strategies that may stand in one pipeline, this one among them; else 0.
    """
    tests, alpha = findings.tests, findings.arms.standing.following_alpha
    outlook = None
    if tests is not None and judgement.verdict == "undecided" and tests.varies(label):
        outlook = outlook_of(tests, label, judgement, alpha)
    return next_step(judgement, outlook, together)


def _limits(findings: Findings, label: str) -> dict[str, Any]:
    """Return bounds of the gain, the least that is found, and the class whose loss is surest."""
    tests, standing = findings.tests, findings.arms.standing
    if tests is None or label not in tests.labels:
        return {}
    place = tests.labels.index(label)
    index = _surest_loss(tests, place)
    return {
        "bound_low": finite_or_none(tests.limits.low[place]),
        "bound_high": finite_or_none(tests.limits.high[place]),
        "smallest_gain": smallest_gain(findings, label),
        "worst_class": tests.names[index],
        "worst_class_gain": finite_or_none(tests.classes.estimate[index, place]),
        "worst_class_p": finite_or_none(
            float(standing.over_stages(tests.losses.p_adjusted[place]))
        ),
    }


def _surest_loss(tests: GainTests, place: int) -> int:
    """Return the class with the least p of a loss beyond the margin, of those that lose if any do.

    Of equal p the largest loss: a class of few images that gains may have the least p of all.
    """
    gain = tests.classes.estimate[:, place]
    p = above_p(-tests.classes.estimate - tests.arms.plan.margins.recall, tests.classes)[:, place]
    return int(np.lexsort((gain, np.nan_to_num(p, nan=1.0), gain >= 0))[0])


def smallest_gain(findings: Findings, label: str) -> float | None:
    """Return the least gain that the design finds with power .8 (a fraction).

    By the test in use, at its level over the number of strategies: what is found even where no
    other strategy shows anything. None where there are too few runs, or no noise to go by.
    """
    tests = findings.tests
    if tests is None or label not in tests.labels:
        return None
    place, controls = tests.labels.index(label), tests.arms.plan.controls
    family = 1 if label in controls else sum(k not in controls for k in tests.labels)
    variance, df = (float(x[place]) for x in (tests.gains.variance, tests.gains.df))
    if not variance > 0:
        return None
    alpha = findings.arms.standing.alpha
    return finite_or_none(smallest_estimate(variance, df, alpha / family, POWER))


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _degenerate(arms: Arms, label: str) -> float | None:
    stacks = arms.stacks(label)
    if not stacks:
        return None
    return float(np.mean([(maps.max(axis=(1, 2)) <= 0).mean() for maps in stacks]))
