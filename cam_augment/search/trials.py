"""Models that a search asks for, and their scores."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.plan import Strategy
from cam_augment.records.search import Phase, Trial
from cam_augment.statistics.map_additions import Products
from cam_augment.statistics.predictions import Measured


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


# Models to their scores, the more the better, NaN for one that failed; with influence values
# [model, image or cluster of images that are chosen together], or None where there are none.
Measure = Callable[[Sequence[Model]], Measured]
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
        self._images: list[np.ndarray | None] = []
        self._measure = measure

    def ask(self, models: Sequence[Model]) -> np.ndarray:
        """Return the scores of models, float [model], NaN for one that failed."""
        scores = self._measure(models)
        self.models += models
        self.scores += scores.values.tolist()
        self._images += [None] * len(models) if scores.images is None else [*scores.images]
        return scores.values

    def of(self, *phases: Phase) -> "Scores":
        """Return the models of some phases that have a score, phase after phase.

        Where the score of some model has influence values, one without them counts as failed.
        """
        has_images = any(row is not None for row in self._images)
        places = [
            place
            for phase in phases
            for place, model in enumerate(self.models)
            if model.phase == phase and self._has_score(place, has_images)
        ]
        images = np.array([self._images[place] for place in places]) if has_images else None
        models = [self.models[place] for place in places]
        return Scores(models, np.array([self.scores[place] for place in places]), images)

    def _has_score(self, place: int, has_images: bool) -> bool:
        row = self._images[place]
        is_known = not has_images or (row is not None and np.isfinite(row).all())
        return bool(np.isfinite(self.scores[place]) and is_known)

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


class Scores(NamedTuple):
    """Models with their scores: values float [model], and influence values or None.

    Attributes:
        images: float [model, image], or [model, cluster] where images are chosen together.
    """

    models: list[Model]
    values: np.ndarray
    images: np.ndarray | None
