"""A store filled without training: answers made up from each run's key, always the same."""

import numpy as np

from cam_augment.engine.tasks import Failure
from cam_augment.records import DataSet, Fit, Maps, Training
from cam_augment.training.trainer import Completed

HISTORY = ("loss", "accuracy", "validation_loss", "validation_accuracy")


def training_of(run, data: DataSet) -> Training:
    draw = np.random.default_rng(int(run.training[:8], 16))
    return Training(
        run=run,
        history={name: draw.random(run.recipe.epochs) for name in HISTORY},
        seconds=1.5,
        environment={"data": data.training_contents},
        model=run.training.encode() * 40,
    )


def fit_of(run, data: DataSet) -> Fit:
    training = training_of(run, data)
    test, probe = (logits_of(run, data, split) for split in ("test", "probe"))
    return Fit(run, test, probe, training.history, training.seconds, training.environment)


def logits_of(run, data: DataSet, split: str) -> np.ndarray:
    draw = np.random.default_rng([int(run.training[:8], 16), len(split)])
    size = len(getattr(data, split)), len(data.classes)
    return draw.normal(size=size).astype(np.float32)


def answer_of(question, run, data: DataSet):
    draw = np.random.default_rng(int(question.key[:8], 16))
    if question.kind == "maps":
        values = draw.random((len(data.probe), 4, 4)).astype(np.float32)
        return Maps(run.key, question.cam.name, "features", values)
    if question.kind == "predictions":
        return {"logits": logits_of(run, data, question.about)}
    if question.kind == "validation":
        learned = np.bincount(data.train.labels, minlength=len(data.classes))
        logits = logits_of(run, data, "validation")
        return {"logits": logits, "labels": data.validation.labels, "learned": learned}
    if question.kind == "samples":
        pixels = draw.integers(0, 256, (2, 4, *data.train.images.shape[1:]), dtype=np.uint8)
        return {"read": pixels[0], "changed": pixels[1]}
    return {"last": draw.random(5), "all": draw.random(5)}


class Engine:
    """Stands for the engine: notes which runs were trained, and which only asked."""

    def __init__(self):
        self.trained: list[str] = []
        self.asked: list[str] = []

    def take_over(self, monkeypatch) -> "Engine":
        """Let studies ask this engine and no workers."""
        monkeypatch.setattr("cam_augment.study.work.answers", self.answers)
        return self

    def answers(self, _function, tasks, data, **_places):
        for index, (run, questions, model) in enumerate(tasks):
            if model is not None and model != training_of(run, data).model:
                yield index, Failure("another model")
                continue
            (self.trained if model is None else self.asked).append(run.key)
            training = training_of(run, data) if model is None else None
            yield index, Completed(training, {q.key: answer_of(q, run, data) for q in questions})
