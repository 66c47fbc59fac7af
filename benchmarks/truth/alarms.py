"""False alarms: many small studies of a strategy that does nothing.

Every study has baselines and seeds of its own, so the studies are independent and the
share of p at most .05 has a binomial interval. The models are small ones: an exact test
is exact whatever the models, and what could break it (seeds that are no replicates, a
leak between arms) would break it here as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.plan import Plan
from cam_augment.records import ImpactProfile
from cam_augment.statistics.significance import are_significant

LEVEL = 0.05
INSIDE = "gain goes with attention, image by image"
APART = 1000  # between the first seeds of two studies
SMALL = {
    "name": "alarms",
    "strategies": ["identity"],
    "dataset": {"name": "mnist", "train": 200, "validation": 10, "probe": 200, "test": 1000},
    "recipe": {"epochs": 15, "batch_size": 20},
    "bootstrap": 500,
}
TINY = {"dataset": {"name": "mnist", "train": 50, "validation": 10, "probe": 20, "test": 100}}


@dataclass(frozen=True)
class Alarm:
    """How often one question raised a false alarm.

    Attributes:
        studies: that asked the question. alarms: those with p at most ``LEVEL``.
        low, high: exact binomial interval of the share, 95 %.
        ps: every p, sorted.
    """

    question: str
    studies: int
    alarms: int
    low: float
    high: float
    ps: tuple[float, ...]

    @property
    def share(self) -> float:
        return self.alarms / self.studies


def plans(studies: int, tiny: bool = False) -> list[Plan]:
    """Return independent studies of nothing."""
    fields = SMALL | (TINY if tiny else {})
    return [Plan.make(fields | {"first_seed": APART * (1 + study)}) for study in range(studies)]


def alarms(profiles: Sequence[ImpactProfile]) -> list[Alarm]:
    """Return the false alarms of every question, over the studies."""
    p_values: dict[str, list[float]] = {}
    for profile in profiles:
        for effect in profile.effects:
            if effect.p is not None:
                p_values.setdefault(effect.question, []).append(effect.p)
        for relation in profile.within:
            if relation.p is not None:
                p_values.setdefault(INSIDE, []).append(relation.p)
    return [_alarm(question, sorted(ps)) for question, ps in p_values.items()]


def _alarm(question: str, ps: list[float]) -> Alarm:
    count = int(are_significant(np.array(ps), LEVEL + 1e-12).sum())
    return Alarm(question, len(ps), count, *clopper_pearson(count, len(ps)), tuple(ps))


def clopper_pearson(count: int, total: int, alpha: float = 0.05) -> tuple[float, float]:
    """Return the exact binomial interval of a share.

    >>> [round(end, 4) for end in clopper_pearson(0, 40)]
    [0.0, 0.0881]
    """
    from scipy.special import betaincinv

    low = betaincinv(count, total - count + 1, alpha / 2) if count else 0.0
    high = betaincinv(count + 1, total - count, 1 - alpha / 2) if count < total else 1.0
    return float(low), float(high)


def verdicts(profiles: Sequence[ImpactProfile]) -> dict[str, int]:
    """Return how often the strategy that does nothing got each verdict."""
    conclusions = [strategy.conclusion for profile in profiles for strategy in profile.strategies]
    return {verdict: conclusions.count(verdict) for verdict in sorted(set(conclusions))}
