"""What does a model say of the images it was not trained on, before it is judged?

Decisions are fitted on them: its data's validation split, or the fold that it held out.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cam_augment.datasets.folds import learned_and_held

VERSION = 1  # raised when an answer changes its meaning; part of the key


@dataclass(frozen=True)
class ValidationQuestion:
    """The logits of a run's own validation images; the trainer is asked for ``predict``.

    Attributes:
        key: the store's key for the answer.
    """

    key: str
    kind: ClassVar[str] = "validation"
    needed: ClassVar[bool] = False

    def check(self, trainer) -> None:
        """Every network can be asked."""

    def answer(self, trainer, run, data) -> dict[str, np.ndarray]:
        """Return ``logits``, float32 [image, class], and ``labels``, int64 [image], of the
        validation images, and ``learned``, int64 [class], the training images of each class.
        """
        learned, held = learned_and_held(data, run.fold)
        return {
            "logits": trainer.predict(held.images),
            "labels": held.labels,
            "learned": np.bincount(learned.labels, minlength=len(data.classes)),
        }
