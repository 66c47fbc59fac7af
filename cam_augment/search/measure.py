"""Scores of models on the validation images: trained and asked by workers, kept in the store."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.plan import Plan, Run
from cam_augment.questions import Question
from cam_augment.questions.keys import training_key
from cam_augment.questions.validation import ValidationQuestion
from cam_augment.records import DataSet
from cam_augment.search.scores import Scores, joined
from cam_augment.search.trials import Model
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from cam_augment.store import Store
from cam_augment.study.requests import Request
from cam_augment.study.work import Work


class Measuring:
    """Trains what the store lacks of some models, and returns their scores.

    Args:
        plan: whose runs they are, but for strategy and seed. data: its splits.
        work: does what is missing.
    """

    def __init__(self, plan: Plan, data: DataSet, store: Store, work: Work):
        self._plan, self._data, self._store, self._work = plan, data, store, work
        self._score = score_of(plan.gain)

    def __call__(self, models: Sequence[Model]) -> Scores:
        self._work.complete([self.request(model) for model in models])
        return joined([self._scores(self.request(model)) for model in models])

    @property
    def clusters(self) -> np.ndarray | None:
        """Which of the images that models are scored on are chosen together, as studies have it."""
        return self._data.validation.judged_clusters

    def run(self, model: Model) -> Run:
        """Return the run of a model."""
        return self._plan.run(model.strategy, model.seed)

    def questions(self, model: Model, run: Run) -> tuple[Question, ...]:  # noqa: ARG002
        """Return all that a model is asked, its score first."""
        return (self.question(run),)

    def question(self, run: Run) -> Question:
        """Return what a model is asked to be scored by."""
        return ValidationQuestion(ValidationQuestion.key_of(run, self._data))

    def predictions(self, answer: Mapping[str, np.ndarray]) -> Predictions:
        """Return the predictions of one model by its answer."""
        return Predictions(answer["logits"][None], answer["labels"], self.clusters)

    def request(self, model: Model) -> Request:
        """Return what a model is asked, and what of that the store lacks."""
        store, run = self._store, self.run(model)
        training, questions = training_key(run, self._data), self.questions(model, run)
        lacks = tuple(one for one in questions if not store.has(one.kind, one.key))
        return Request(run, training, questions, store.has_training(training), lacks)

    def _scores(self, request: Request) -> Scores:
        """Return a model's score; NaN where it failed."""
        if not request.done:
            return Scores(np.array([np.nan]))
        question = request.questions[0]
        predictions = self.predictions(self._store.arrays(question.kind, question.key))
        assert self._score.measure is not None  # a cost is refused: see ``check_searchable``
        values, images = self._score.measure(predictions)
        draws = None if self._score.draws is None else self._score.draws(predictions)
        classes = predictions.labels if self._score.by_class else None
        return Scores(values, images, draws, predictions.clusters, classes, len(predictions.labels))
