"""Runs completed in this process, with their predictions."""

from dataclasses import dataclass
from typing import Any

from cam_augment.questions.predictions import PREDICTED, PredictionsQuestion
from cam_augment.records import Fit
from cam_augment.training import trainer


@dataclass(frozen=True, eq=False)
class Done:
    """A run's fit and the bytes of its model where it was trained, and its answers by key."""

    fit: Fit | None
    model: bytes | None
    answers: dict[str, Any]


def complete(run, questions, model, data) -> Done:
    """Return what ``training.trainer.complete`` does, with the predictions of what it trains."""
    predictions = [] if model else [PredictionsQuestion.on(split, run, data) for split in PREDICTED]
    done = trainer.complete(run, [*questions, *predictions], model, data)
    if done.training is None:
        return Done(None, None, done.answers)
    test, probe = (done.answers[question.key]["logits"] for question in predictions)
    training = done.training
    fit = Fit(run, test, probe, training.history, training.seconds, training.environment)
    return Done(fit, training.model, done.answers)
