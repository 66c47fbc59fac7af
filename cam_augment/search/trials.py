"""Models that a search asks for, and their scores."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.plan import Strategy
from cam_augment.records.search import Phase, Trial
from cam_augment.search.scores import Scores, joined
from cam_augment.statistics.map_additions import Products


class Model(NamedTuple):
    """One model of a search; no two have the same strategy and seed.

    Attributes:
        pair: of a screening: the places of the two that it carries among the strategies; nothing
            has the place behind the last. Its strategy does not tell: "rotation+shear" is composed
            of two strategies of a plan, or is one of them.
    """

    phase: Phase
    strategy: Strategy
    seed: int
    pair: tuple[int, int] | None = None


Measure = Callable[[Sequence[Model]], Scores]
# Models that have a score to the inner products of their maps; None where there are none.
Look = Callable[[Sequence[Model]], Products | None]


def no_maps(models: Sequence["Model"]) -> None:
    """Look at nothing."""


class Trials:
    """All models that a search asked for, in order, with their scores.

    Attributes:
        models, scores: of each, in the order in which they were asked for.
        look: what compares the maps of models of the screening.
    """

    def __init__(self, measure: Measure, look: Look = no_maps):
        self.look = look
        self.models: list[Model] = []
        self.scores: list[float] = []
        self._parts: list[Scores] = []
        self._measure = measure

    def ask(self, models: Sequence[Model]) -> np.ndarray:
        """Return the scores of models, float [model], NaN for one that failed."""
        scores = self._measure(models)
        self.models += models
        self.scores += scores.values.tolist()
        self._parts.append(scores)
        return scores.values

    def of(self, *phases: Phase) -> tuple[list[Model], Scores]:
        """Return the models of some phases that have a score, phase after phase, and the scores.

        Where the score of some model has influence values, or draws, one without them counts as
        failed.
        """
        scores = joined(self._parts)
        is_known = scores.is_known
        places = [
            place
            for phase in phases
            for place, model in enumerate(self.models)
            if model.phase == phase and is_known[place]
        ]
        return [self.models[place] for place in places], scores.pick(places)

    def records(self) -> tuple[Trial, ...]:
        """Return all trials as plain values."""
        return tuple(
            Trial(
                phase=model.phase,
                strategy=model.strategy.label,
                seed=model.seed,
                score=score if np.isfinite(score) else None,
            )
            for model, score in zip(self.models, self.scores, strict=True)
        )
