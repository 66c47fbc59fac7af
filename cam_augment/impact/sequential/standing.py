"""Where a study stands as a stage begins: whom it judges, at which level, what is decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cam_augment.plan import Plan
from cam_augment.plan.stages import Stage
from cam_augment.records import Effect
from cam_augment.statistics.stages import Family, stage_family


@dataclass(frozen=True)
class Standing:
    """Where a study stands as a stage begins.

    Attributes:
        stage: that begins. factor: what p is multiplied by for all stages together: the whole
            level over the stage's, a power of 2.
        strategies: labels of the family, which controls stand outside of.
        going: strategies that are judged at this stage.
        effects: (strategy, question) to the effect as earlier stages left it.
        losing: strategy to its classes that surely lose. leaving: strategies whose focus
            surely falls by more than its margin.
    """

    stage: Stage
    factor: float
    strategies: tuple[str, ...]
    going: frozenset[str]
    effects: Mapping[tuple[str, str], Effect] = field(default_factory=dict)
    losing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leaving: frozenset[str] = frozenset()

    @classmethod
    def first(cls, plan: Plan) -> "Standing":
        """Return where a study stands as it begins."""
        labels = [strategy.label for strategy in plan.strategies]
        stage = plan.stages[0]
        return cls(
            stage=stage,
            factor=plan.alpha / stage.alpha,
            strategies=tuple(label for label in labels if label not in plan.controls),
            going=frozenset(labels),
        )

    def of_all(self, plan: Plan) -> "Standing":
        """Return the same stage with all strategies, as if nothing had been decided before it."""
        return replace(Standing.first(plan), stage=self.stage, factor=self.factor)

    @property
    def alpha(self) -> float:
        """The level of the stage."""
        return self.stage.alpha

    @property
    def following_alpha(self) -> float:
        """The level of a stage after this one; without stages, of a study of its own."""
        return self.alpha / 2 if self.factor > 1 else self.alpha

    def over_stages(self, p: np.ndarray | float) -> np.ndarray:
        """Return p of this stage as p of all stages together, which the whole level judges."""
        return np.minimum(1, np.multiply(p, self.factor))

    def with_earlier(self, effect: Effect) -> Effect:
        """Return an effect of this stage as it stands after it.

        What was beyond noise at an earlier stage stays, and so does all of a strategy that
        stopped.
        """
        before = self.effects.get((effect.strategy, effect.question))
        if before is None or (effect.strategy in self.going and not before.beyond_noise):
            return effect
        return before

    def beyond_noise(self, question: str) -> frozenset[str]:
        """Return the strategies whose effect was beyond noise at an earlier stage."""
        return frozenset(
            strategy
            for (strategy, name), effect in self.effects.items()
            if name == question and effect.beyond_noise
        )

    def family(self, labels: Sequence[str], rejected: Collection[str]) -> Family:
        """Return which of some strategies a question is tested of, and how many count as p = 1.

        Args:
            rejected: beyond noise in this question at an earlier stage.
        """
        going, gone = (
            np.array([label in chosen for label in self.strategies], bool)
            for chosen in (self.going, rejected)
        )
        family = stage_family(going, gone)
        judged = {self.strategies[place] for place in np.flatnonzero(family.judged)}
        return Family(np.array([label in judged for label in labels], bool), family.others)
