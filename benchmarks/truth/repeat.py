"""Repeatability, verdict accuracy and power: one plan with many seeds, and parts of them.

The study with all seeds stands for the truth. Studies of the usual size are made of other
parts of the same models: each is what a user would have seen with those seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cam_augment.plan import Plan
from cam_augment.records import ImpactProfile

SEEDS, BASELINES, USUAL = 20, 24, 8
SIZES = (4, 6, 8)
NOTHING = "identity"
CHANGES = {"metrics": ["pearson"], "bootstrap": 1000, "permutations": 20_000}
QUICK = {
    "strategies": ["identity", "horizontal_flip"],
    "dataset": {"name": "mnist", "train": 100, "validation": 10, "probe": 30, "test": 200},
    "recipe": {"epochs": 3, "batch_size": 25},
}


@dataclass(frozen=True)
class Parts:
    """The plan of the truth, and the plans of its parts by seeds per strategy."""

    truth: Plan
    by_seeds: dict[int, list[Plan]]

    @property
    def all(self) -> list[Plan]:
        return [self.truth, *(plan for plans in self.by_seeds.values() for plan in plans)]


def plans(quick: bool = False) -> Parts:
    """Return the default plan with many seeds, and its disjoint parts of each size.

    Parts of one size share no model of a strategy; their baselines overlap.
    """
    seeds, baselines, usual, sizes = (6, 7, 4, (3,)) if quick else (SEEDS, BASELINES, USUAL, SIZES)
    changes = CHANGES | (QUICK if quick else {})

    def plan(count: int, base: int, first: int) -> Plan:
        return Plan.read(
            "quickstart",
            **changes,
            seeds=count,
            baselines=base,
            first_seed=first,
            more_models=[],
        )

    parts = {
        size: [plan(size, usual, first) for first in range(0, seeds - size + 1, size)]
        for size in sizes
    }
    return Parts(plan(seeds, baselines, 0), parts)


@dataclass(frozen=True)
class Verdicts:
    """Verdicts of studies of one size, against the study with all seeds.

    Attributes:
        counts: truth's verdict to given verdict to how often.
        agree: share of all verdicts that are the truth's.
        alike: share of pairs of these studies that agree on a strategy.
        kendall: of the strategies' order, median over pairs of studies: by the primary
            excess shift, and by the gain.
        adopted, gained: verdicts "adopt", and how many of them on a strategy whose gain the
            study with all seeds found too. avoided, lost: likewise "avoid" and a loss.
    """

    seeds: int
    studies: int
    counts: dict[str, dict[str, int]]
    agree: float
    alike: float
    kendall: dict[str, float]
    adopted: int
    gained: int
    avoided: int
    lost: int


def compared(seeds: int, truth: ImpactProfile, parts: Sequence[ImpactProfile]) -> Verdicts:
    """Hold the verdicts of some studies against the truth, and against each other."""
    true = _true_verdicts(truth)
    given = [_verdicts(part) for part in parts]
    counts: dict[str, dict[str, int]] = {}
    for study in given:
        for strategy, verdict in study.items():
            row = counts.setdefault(true[strategy], {})
            row[verdict] = row.get(verdict, 0) + 1
    agree = np.mean([study[s] == true[s] for study in given for s in true])
    pairs = list(combinations(range(len(parts)), 2))
    alike = np.mean([float(given[i][s] == given[j][s]) for i, j in pairs for s in true] or [np.nan])
    questions = (f"excess_shift.{truth.plan.primary}", "gain")
    order = {
        question: float(np.median([_kendall(parts[i], parts[j], question) for i, j in pairs]))
        for question in questions
        if pairs
    }
    return Verdicts(
        seeds=seeds,
        studies=len(parts),
        counts=counts,
        agree=float(agree),
        alike=float(alike),
        kendall=order,
        **_kept(truth, given),
    )


def _kept(truth: ImpactProfile, given: Sequence[dict[str, str]]) -> dict[str, int]:
    """Count what was adopted and avoided, and how often rightly."""
    gains = {s: truth.effect(s, "gain") for s in _verdicts(truth) if _found(truth, s, "gain")}
    up = {s for s, gain in gains.items() if (gain.estimate or 0) > 0}
    said = [(verdict, s) for study in given for s, verdict in study.items()]
    adopted = [s for verdict, s in said if verdict == "adopt"]
    avoided = [s for verdict, s in said if verdict == "avoid"]
    return {
        "adopted": len(adopted),
        "gained": sum(s in up for s in adopted),
        "avoided": len(avoided),
        "lost": sum(s in gains.keys() - up for s in avoided),
    }


def _found(truth: ImpactProfile, strategy: str, question: str) -> bool:
    """Whether an effect is true: found with all seeds, and not of what does nothing."""
    return strategy != NOTHING and truth.effect(strategy, question).beyond_noise


def _verdicts(profile: ImpactProfile) -> dict[str, str]:
    return {each.strategy: each.conclusion for each in profile.strategies}


def _true_verdicts(truth: ImpactProfile) -> dict[str, str]:
    """Return the verdicts of the study with all seeds; of what does nothing, what is known."""
    known = {NOTHING: "quiet"} if NOTHING in _verdicts(truth) else {}
    return _verdicts(truth) | known


def _kendall(first: ImpactProfile, second: ImpactProfile, question: str) -> float:
    from scipy.stats import kendalltau

    strategies = [each.strategy for each in first.strategies]
    sides = [[p.effect(s, question).estimate for s in strategies] for p in (first, second)]
    return float(kendalltau(*sides).statistic)


@dataclass(frozen=True)
class Found:
    """How often studies of one size found an effect that the study with all seeds measured.

    Attributes:
        effect: its size with all seeds. share: of the studies that found it beyond noise.
            true: whether the study with all seeds found it.
    """

    seeds: int
    strategy: str
    question: str
    effect: float
    share: float
    true: bool


def power(seeds: int, truth: ImpactProfile, parts: Sequence[ImpactProfile]) -> list[Found]:
    """Return, for every strategy, how often its shift and its gain were found."""
    return [
        Found(
            seeds=seeds,
            strategy=each.strategy,
            question=question,
            effect=estimate,
            share=float(np.mean([p.effect(each.strategy, question).beyond_noise for p in parts])),
            true=_found(truth, each.strategy, question),
        )
        for question in (f"excess_shift.{truth.plan.primary}", "gain")
        for each in truth.strategies
        if (estimate := truth.effect(each.strategy, question).estimate) is not None
    ]
