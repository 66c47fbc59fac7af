"""What a plan asks of each run, under which keys, and what of that the store lacks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from cam_augment.base.stop import STOP
from cam_augment.plan import Plan, Run, digest
from cam_augment.questions import Answers, Question, questions_of
from cam_augment.records import DataSet
from cam_augment.store import Store


@dataclass(frozen=True)
class Wanted:
    """One run of a plan, what is asked of it, and what of that the store lacks.

    Attributes:
        questions: those that a profile needs first (see ``questions_of``).
        lacks: those of ``questions`` that the store has no answer to.
    """

    run: Run
    fit_key: str
    questions: tuple[Question, ...]
    has_fit: bool
    lacks: tuple[Question, ...]

    @property
    def done(self) -> bool:
        return self.has_fit and not self.lacks

    @property
    def takes_part(self) -> bool:
        """Whether the profile can hold the run: what it is not needed for may be lacking."""
        return self.has_fit and not any(question.needed for question in self.lacks)


def wants(plan: Plan, data: DataSet, store: Store) -> list[Wanted]:
    """Return every run of the plan with what the store holds of it."""
    return [_wanted(run, plan, data, store) for run in plan.runs()]


def _wanted(run: Run, plan: Plan, data: DataSet, store: Store) -> Wanted:
    STOP.check()  # what is stored is read, to see that it is sound
    fit, questions = fit_key(run, data), questions_of(run, plan, data)
    lacks = tuple(each for each in questions if not store.has(each.kind, each.key))
    return Wanted(run, fit, questions, store.has_fit(fit), lacks)


def fit_key(run: Run, data: DataSet) -> str:
    """Return the store's key of a run's fit: the run, and the data that it really saw."""
    return digest([run.key, data.fingerprint])


def answers_of(wanted: Sequence[Wanted], store: Store) -> Answers:
    """Return all that the store holds of what was asked, to be read when it is needed."""
    answers: dict[str, dict[str, dict]] = defaultdict(lambda: defaultdict(dict))
    for item in wanted:
        for question in item.questions:
            loaders = answers[question.kind][question.about]
            if question not in item.lacks:
                loaders[item.run.key] = partial(store.answer, question.kind, question.key)
    return answers
