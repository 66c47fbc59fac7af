"""The verdict on each strategy, by ``rules``, and the reasons for it."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import Attention
from cam_augment.impact.moderated import Compared
from cam_augment.impact.predictions.gains import gain_contrasts
from cam_augment.impact.rules import verdict
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.records import Effect, Pointing, StrategyProfile
from cam_augment.records.evidence import Evidence, WorstClass
from cam_augment.records.reasons import reasons
from cam_augment.statistics import smallest_estimate

POWER = 0.8


def strategy_profile(
    arms: Arms,
    label: str,
    effects: Sequence[Effect],
    worst: Mapping[str, WorstClass],
    attention: Attention,
    pointings: Sequence[Pointing] = (),
    smallest_gain: float | None = None,
) -> StrategyProfile:
    """Return all that was found of one strategy, with its verdict."""
    evidence = Evidence.of(
        label, effects, arms.plan.primary_question, worst.get(label), smallest_gain, pointings
    )
    findings = evidence.findings
    floor, between, within = map(finite_or_none, attention.parts.get(label, (np.nan,) * 3))
    return StrategyProfile(
        strategy=label,
        runs=len(arms.fits(label)),
        accuracy=_mean(arms.accuracy(label)),
        macro_f1=_mean(arms.macro_f1(label)),
        floor=floor,
        between=between,
        within=within,
        degenerate_share=_degenerate(arms, label),
        worst_class=evidence.worst.name if evidence.worst else None,
        worst_class_gain=evidence.worst.gain if evidence.worst else None,
        worst_class_p=evidence.worst.p if evidence.worst else None,
        worst_class_finding=findings.worst,
        smallest_gain=smallest_gain,
        missed=tuple(pointing.name for pointing in evidence.missed),
        beyond_noise=findings.beyond_noise,
        verdict=verdict(findings),
        reasons=reasons(evidence),
    )


def smallest_gains(arms: Arms, rounds: Rounds | None) -> dict[str, float | None]:
    """Return the least gain that is found with power .8, of every strategy (fractions)."""
    if rounds is not None:
        return {label: rounds.smallest_gain(label) for label in arms.strategies}
    compared = gain_contrasts(arms)
    return {label: smallest_gain(arms, compared, label) for label in arms.strategies}


def smallest_gain(arms: Arms, compared: Compared | None, label: str) -> float | None:
    """Return the least gain in accuracy that the design finds with power .8 (a fraction).

    By the test in use, at alpha over the number of strategies: what is found even where no
    other strategy shows anything. None where there are too few runs, or no noise to go by.
    """
    if compared is None or label not in compared.labels:
        return None
    place, level = compared.labels.index(label), arms.plan.alpha / len(arms.strategies)
    variance, df = (float(x[place]) for x in (compared.contrasts.variance, compared.contrasts.df))
    return finite_or_none(smallest_estimate(variance, df, level, POWER)) if variance > 0 else None


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _degenerate(arms: Arms, label: str) -> float | None:
    stacks = arms.stacks(label)
    if not stacks:
        return None
    return float(np.mean([(maps.max(axis=(1, 2)) <= 0).mean() for maps in stacks]))
