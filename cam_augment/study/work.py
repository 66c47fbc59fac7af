"""The runs that a store lacks: trained and asked by workers, kept one by one as they end."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol, cast

import numpy as np

from cam_augment.base import kernels
from cam_augment.base.errors import InputError
from cam_augment.datasets.folds import test_of
from cam_augment.engine.tasks import Failure, answers
from cam_augment.plan import Plan, Run
from cam_augment.questions import OWN
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.questions.validation import ValidationQuestion
from cam_augment.records import DataSet
from cam_augment.store import Damaged, Store
from cam_augment.study.requests import Request
from cam_augment.training.trainer import Completed, complete

# Questions whose logits tell a model's accuracy; a run that is asked both has the first one first.
SCORED = ((PredictionsQuestion.kind, "test"), (ValidationQuestion.kind, OWN))


class Progress(Protocol):
    """What a study tells about its runs while it works."""

    def start(self, wanted: int, done: int) -> None:
        """Of all runs that are wanted, so many are done already."""

    def finished(self, run: Run, accuracy: float | None, seconds: float | None) -> None:
        """A run is done; its test accuracy 0..1, where it was asked, and what its training took."""

    def failed(self, run: Run, reason: str) -> None:
        """A run came to nothing; why, in one line."""


class Silent:
    """Tells nothing."""

    def start(self, wanted, done):
        pass

    def finished(self, run, accuracy, seconds):
        pass

    def failed(self, run, reason):
        pass


class Work:
    """What a study still has to do.

    Args:
        plan: the study. data: the splits. store: where answers are looked for and kept.
        progress: told of every run. idle: called when only the last run is left, so that
            cores are idle.
        places: where runs are trained, see ``engine.tasks.answers``.

    Attributes:
        failures: run key to why the run failed. It is not tried again.
    """

    def __init__(
        self,
        plan: Plan,
        data: DataSet,
        store: Store,
        progress: Progress | None = None,
        idle: Callable[[], None] = lambda: None,
        **places: Any,
    ):
        self.failures: dict[str, str] = {}
        self._plan, self._data, self._store = plan, data, store
        self._progress = progress or Silent()
        self._idle = idle
        self._places = places

    def complete(self, requests: Iterable[Request]) -> None:
        """Complete those of some runs that the store lacks anything of.

        Raises:
            InputError: a network cannot be asked what the plan asks; a model to be asked is
                forgotten; the kernels cannot compute in the plan's precision; there are no
                workers.
        """
        pending = [request for request in requests if request.run.key not in self.failures]
        missing = [request for request in pending if not request.done]
        self._progress.start(len(pending), len(pending) - len(missing))
        self._check_models(missing)
        if missing and self._places.get("scheduler") is None:
            kernels.check(self._plan.recipe.precision)  # workers of another's may have others
        tasks = ((request.run, request.lacks, self._model(request)) for request in missing)
        # Closed here, whatever comes between: the workers end before anything is said of it.
        with closing(
            answers(complete, tasks, self._data, files=self._data.files, **self._places)
        ) as results:
            for count, (index, answer) in enumerate(results, start=1):
                self._take(missing[index], answer)
                if count == len(missing) - 1:
                    self._idle()

    def _check_models(self, missing: Sequence[Request]) -> None:
        """Raise InputError where a stored model is asked, and its weights are forgotten."""
        mute = [
            request
            for request in missing
            if request.has_training and not self._store.has_model(request.training_key)
        ]
        if mute:
            raise InputError(
                f"{self._plan.name}: {len(mute)} stored runs have no weights any more, so they "
                f"cannot be asked anything new (first: {mute[0].run.label}, "
                f"{mute[0].lacks[0].kind}). To train them anew: python -m cam_augment.store gc "
                f"--without-weights --yes --store {shlex.quote(str(self._store.folder))}. For "
                "what is stored: --report-only"
            )

    def _model(self, request: Request) -> bytes | None:
        """Return a stored model; None where there is none, or it is damaged: it is trained."""
        if not request.has_training:
            return None
        try:
            return self._store.model_bytes(request.training_key)
        except Damaged:
            return None

    def _take(self, request: Request, answer: Completed | Failure) -> None:
        """Keep what a run answered, or why it failed, and tell of it."""
        if isinstance(answer, Completed):
            self._keep(request, answer)
            training = answer.training
            seconds = None if training is None else training.seconds
            self._progress.finished(request.run, self._accuracy(request, answer), seconds)
        elif answer.mistaken:
            raise InputError(f"{self._plan.name}: {answer.reason}")
        else:
            self.failures[request.run.key] = answer.reason
            self._progress.failed(request.run, answer.reason)

    def _keep(self, request: Request, completed: Completed) -> None:
        if completed.training:
            self._store.put_training(request.training_key, completed.training)
        for question in request.lacks:
            self._store.put_answer(question.kind, question.key, completed.answers[question.key])

    def _accuracy(self, request: Request, completed: Completed) -> float | None:
        """Return the accuracy, 0..1, where it was asked just now.

        On the test images in a study; in a search on the validation images.
        """
        question = next((q for q in request.questions if (q.kind, q.about) in SCORED), None)
        if question is None or question.key not in completed.answers:
            return None
        answer = cast(Mapping[str, np.ndarray], completed.answers[question.key])
        if question.kind == ValidationQuestion.kind:
            logits, labels = answer["logits"], answer["labels"]
        else:
            test = test_of(self._data, request.run)
            logits, labels = test.judged(answer["logits"]), test.judged_labels
        return float((logits.argmax(axis=1) == labels).mean())
