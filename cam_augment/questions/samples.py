"""What does a strategy make of the training images?

Asked of one run of each strategy, since that run's worker has the strategy traced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import JsonValue

from cam_augment.datasets.folds import parts_of
from cam_augment.datasets.splits import in_turn
from cam_augment.plan import GIVEN, Plan, Run
from cam_augment.questions import OWN, Loaders, Question, question
from cam_augment.records import DataSet
from cam_augment.records.pictures import png

COUNT = 4  # images
SIDE = 96  # pixels of a picture's longer side in the profile, at most


@question
@dataclass(frozen=True)
class SamplesQuestion(Question):
    """A few training images as read and as a strategy gives them to a network."""

    kind = "samples"
    version = 1
    sees = ()  # they are among the data that the weights come from

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["SamplesQuestion"]:
        """Ask the first run of each strategy that changes images: controls do not."""
        if plan.dataset.name == GIVEN or run.seed != plan.first_seed:
            return
        if run.strategy.augmentations and not run.strategy.changes_nothing:
            # Without folds the run learns from the data's own part, and answers of before hold.
            own = [] if run.fold is None else ["own"]
            yield cls(cls.key_of(run, data, *own))

    def answer(self, trainer: Any, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return ``read`` and ``changed``, uint8 [image, row, column, channel], 0 to 255.

        The images go through the classes in turn; all strategies show the same ones.
        """
        train = parts_of(data, run).train.learnable
        chosen = in_turn(train.labels, COUNT)
        images, labels = train.images[chosen], train.labels[chosen]
        changed, _ = trainer.augmented(run.strategy, images, labels, (run.entropy, 0))
        return {"read": _pixels(images), "changed": _pixels(changed)}

    @classmethod
    def summarise(cls, arms: Any, answers: Mapping[str, Loaders]) -> JsonValue:
        """Return the images as PNG in base64: ``read``, and ``changed`` by strategy.

        None where the plan's ``gallery`` keeps pictures out of the report.
        """
        if not arms.plan.gallery:
            return None
        samples = {label: arms.answers(label, answers[OWN])[:1] for label in arms.strategies}
        originals = next((first["read"] for row in samples.values() for first in row), ())
        changed: dict[str, JsonValue] = {
            label: _pngs(first["changed"]) for label, row in samples.items() for first in row
        }
        return {"read": _pngs(originals), "changed": changed} if changed else None


def _pixels(images: np.ndarray) -> np.ndarray:
    return (np.clip(images, 0, 1) * 255).round().astype(np.uint8)


def _pngs(images: Any) -> list[JsonValue]:
    return [png(image / 255, SIDE) for image in images]
