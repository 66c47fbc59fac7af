"""What does a model say of the images it was not trained on, before it is judged?

Decisions are fitted on them: its data's validation split, or the fold that it held out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cam_augment.datasets.folds import parts_of
from cam_augment.plan import GIVEN, Plan, Run
from cam_augment.questions import Question, Trained, question
from cam_augment.records import DataSet


@question
@dataclass(frozen=True)
class ValidationQuestion(Question):
    """The logits of a run's own validation images, of every run of a plan with costs."""

    kind = "validation"
    version = 1
    sees = ()  # they are among the data that the weights come from

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["ValidationQuestion"]:
        if plan.costs is not None and plan.dataset.name != GIVEN:  # those have no such images
            yield cls(cls.key_of(run, data))

    def answer(self, trainer: Trained, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return ``logits``, float32 [image, class], and ``labels``, int64 [image], of the
        validation images, and ``learned``, int64 [class], the training images of each class; of
        pictures that are cut into tiles those of pictures.
        """
        train, validation, _ = parts_of(data, run)
        return {
            "logits": validation.judged(trainer.predict(validation.images)),
            "labels": validation.judged_labels,
            "learned": np.bincount(train.judged_labels, minlength=len(data.classes)),
        }
