"""Maps of the screening's models: asked for with their scores, and what strategies do to them."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from cam_augment.metrics.compare import prepare
from cam_augment.plan import Run
from cam_augment.questions import OWN, Question
from cam_augment.questions.maps import MapsQuestion
from cam_augment.search.measure import Measuring
from cam_augment.search.trials import Model
from cam_augment.statistics.map_additions import Products, products

METRIC = "pearson"  # whose standardised maps are compared
BLOCK = 128  # images at a time
LOOKED_AT = ("baseline", "screening")


class Looking(Measuring):
    """Scores on the validation images, and maps of the models of the screening."""

    def questions(self, model: Model, run: Run) -> tuple[Question, ...]:
        score = super().questions(model, run)
        return (*score, self._look(run)) if model.phase in LOOKED_AT else score

    def products(self, models: Sequence[Model]) -> Products | None:
        """Return the inner products of stored maps; None where no image has all of them."""
        keys = [self._look(self.run(model)).key for model in models]
        return products(_blocks([self._store.maps(key).values for key in keys]))

    def _look(self, run: Run) -> Question:
        """Return the question about maps under the plan's own look."""
        questions = MapsQuestion.asked(run, self._plan, self._data)
        return next(question for question in questions if question.about == OWN)


def _blocks(stacks: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the standardised maps of some images at a time, float [model, image, cell]."""
    standardised = partial(prepare, METRIC)
    for start in range(0, len(stacks[0]), BLOCK):
        yield np.array([standardised(stack[start : start + BLOCK]) for stack in stacks])
