"""What a plan asks of each run, under which keys, and what of that the store lacks."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from cam_augment.base.stop import STOP
from cam_augment.plan import Plan, Run
from cam_augment.questions import Answers, Question, questions_of
from cam_augment.questions.keys import training_key
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.records import DataSet
from cam_augment.store import TRAININGS, Store


@dataclass(frozen=True)
class Request:
    """One run of a plan, what is asked of it, and what of that the store lacks.

    Attributes:
        questions: those that a profile needs first (see ``questions_of``).
        lacks: those of ``questions`` that the store has no answer to.
    """

    run: Run
    training_key: str
    questions: tuple[Question, ...]
    has_training: bool
    lacks: tuple[Question, ...]

    @property
    def done(self) -> bool:
        """Whether it is trained and has all answers."""
        return self.has_training and not self.lacks

    @property
    def takes_part(self) -> bool:
        """Whether the profile can hold the run: what it is not needed for may be lacking."""
        return self.has_training and not any(question.needed for question in self.lacks)

    def predictions(self, split: str) -> Question:
        """Return the question about the logits of a split, ``test`` or ``probe``."""
        kind = PredictionsQuestion.kind
        return next(q for q in self.questions if (q.kind, q.about) == (kind, split))


def requests(
    plan: Plan,
    data: DataSet,
    store: Store,
    due: Collection[tuple[str, str]] = (),
    runs: Sequence[Run] | None = None,
) -> list[Request]:
    """Return runs of a plan with what the store holds of them.

    Args:
        due: kind and key of what is not in the store yet and need not be made, see ``former``.
        runs: of the plan; None: all of them.
    """
    chosen = plan.runs() if runs is None else runs
    return [_request(run, plan, data, store, due) for run in chosen]


def _request(
    run: Run, plan: Plan, data: DataSet, store: Store, due: Collection[tuple[str, str]]
) -> Request:
    STOP.check()  # what is stored is read, to see that it is sound

    def lacks(kind: str, key: str) -> bool:
        return (kind, key) not in due and not store.has(kind, key)

    training, questions = training_key(run, data), questions_of(run, plan, data)
    missing = tuple(question for question in questions if lacks(question.kind, question.key))
    return Request(run, training, questions, not lacks(TRAININGS, training), missing)


def answers_of(part: Sequence[Request], store: Store) -> Answers:
    """Return all that the store holds of what was asked, to be read when it is needed."""
    answers: dict[str, dict[str, dict]] = defaultdict(lambda: defaultdict(dict))
    for request in part:
        for question in request.questions:
            loaders = answers[question.kind][question.about]
            if question not in request.lacks:
                loaders[request.run.key] = partial(store.answer, question.kind, question.key)
    return answers
