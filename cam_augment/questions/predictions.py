"""What does a model predict? Its logits of the test and of the probe images."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cam_augment.datasets.folds import parts_of
from cam_augment.plan import GIVEN, Plan, Run
from cam_augment.questions import Question, Trained, question
from cam_augment.records import DataSet

PREDICTED = ("test", "probe")


@question
@dataclass(frozen=True)
class PredictionsQuestion(Question):
    """The logits of one split, which ``about`` names, of every run: more images train nothing."""

    kind = "predictions"
    version = 1
    sees = ()  # a key names the one split that it is about
    needed = True

    @classmethod
    def asked(cls, run: Run, plan: Plan, data: DataSet) -> Iterator["PredictionsQuestion"]:
        if plan.dataset.name != GIVEN:  # of models from elsewhere ``compare`` asks them itself
            for split in PREDICTED:
                yield cls.on(split, run, data)

    @classmethod
    def on(cls, split: str, run: Run, data: DataSet) -> "PredictionsQuestion":
        """Return the question about the images of a split, ``test`` or ``probe``."""
        rotates = split == "test" and run.test == "rotating"  # they are named by the training's key
        return cls(cls.key_of(run, data, "own" if rotates else data.contents(split)), about=split)

    def answer(self, trainer: Trained, run: Run, data: DataSet) -> dict[str, np.ndarray]:
        """Return ``logits``, float32 [image, class].

        Of a run with test images of its own also their ``labels``, int64 [image].
        """
        if self.about == "test" and run.test == "rotating":
            test = parts_of(data, run).test
            return {"logits": trainer.predict(test.images), "labels": test.labels}
        return {"logits": trainer.predict(getattr(data, self.about).images)}
