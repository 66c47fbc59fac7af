"""What questions about maps share: the looks of a plan, a method at a layer with a target."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cam_augment.plan import Choice, Plan
from cam_augment.questions import OWN, Question, Trained
from cam_augment.records import Split
from cam_augment.registry import CAMS


@dataclass(frozen=True)
class LookQuestion(Question):
    """A question about the maps under one look; ``about`` is the check's label, or ``OWN``.

    Attributes:
        cam: the method. target: class whose logit is explained, ``true`` or ``predicted``.
        layer: name of the layer, or None for the network's own.
    """

    cam: Choice
    target: str = "true"
    layer: str | None = None

    @classmethod
    def of(cls, key: str, look: Plan, about: str = OWN, **fields: Any) -> Self:
        """Return the question about the look of a plan; ``fields``: those of a subclass."""
        return cls(key, look.cam, look.cam_target, look.cam_layer, about=about, **fields)

    def check(self, trainer: Trained) -> None:
        """Raise InputError where there is no such layer, or not the head that is needed."""
        trainer.view(self.layer).check(CAMS[self.cam.name])


def looks(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Yield a plan under its own look, ``OWN``, and under that of each check, by its label."""
    yield OWN, plan
    for check in plan.checks:
        yield check.label, plan.under(check)


def targets_of(target: str, trainer: Trained, split: Split) -> np.ndarray:
    """Return the class whose logit is explained, int [image]: the true or the predicted one."""
    return split.labels if target == "true" else trainer.predict(split.images).argmax(axis=1)
