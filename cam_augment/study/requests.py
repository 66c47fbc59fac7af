"""What a plan asks of each run, under which keys, and what of that the store lacks."""

from dataclasses import dataclass

from cam_augment.base.stop import STOP
from cam_augment.plan import BASELINE, Plan, Run, digest
from cam_augment.questions.faithfulness import VERSION as FAITHFULNESS
from cam_augment.questions.faithfulness import FaithfulnessQuestion
from cam_augment.questions.foretelling import ForetellingQuestion
from cam_augment.questions.maps import MapsQuestion
from cam_augment.questions.validation import VERSION as VALIDATION
from cam_augment.questions.validation import ValidationQuestion
from cam_augment.records import DataSet
from cam_augment.store import Store


@dataclass(frozen=True)
class Wanted:
    """One run of a plan, what is asked of it, and what of that the store lacks.

    Attributes:
        questions: maps under the plan's own look, then under that of each of its checks,
            then all else.
        lacks: those of ``questions`` that the store has no answer to.
    """

    run: Run
    fit_key: str
    questions: tuple
    has_fit: bool
    lacks: tuple

    @property
    def done(self) -> bool:
        return self.has_fit and not self.lacks

    @property
    def takes_part(self) -> bool:
        """Whether the profile can hold the run: what it is not needed for may be lacking."""
        return self.has_fit and not any(question.needed for question in self.lacks)

    def keys(self, kind: str) -> list[str | None]:
        """Return the keys of a kind's answers in the order of the questions; None: lacking."""
        asked = [question for question in self.questions if question.kind == kind]
        return [None if question in self.lacks else question.key for question in asked]


def wants(plan: Plan, data: DataSet, store: Store) -> list[Wanted]:
    """Return every run of the plan with what the store holds of it."""
    return [_wanted(run, plan, data, store) for run in plan.runs()]


def _wanted(run: Run, plan: Plan, data: DataSet, store: Store) -> Wanted:
    STOP.check()  # what is stored is read, to see that it is sound
    fit, questions = fit_key(run, data), questions_of(run, plan, data)
    lacks = tuple(each for each in questions if not store.has(each.kind, each.key))
    return Wanted(run, fit, questions, store.has_fit(fit), lacks)


def questions_of(run: Run, plan: Plan, data: DataSet) -> tuple:
    """Return what a plan asks of a run: maps under each look; of baselines, more.

    Of baselines, how faithful their maps are (training that erases regions teaches a network
    to do without them, so scores of deletion would tell strategies' trainings apart, and not
    how good their maps are), and what they foretell of each strategy, if the plan asks it.
    With costs every run is asked of its validation images too: decisions are fitted on them.
    """
    looks = looks_of(plan)
    asked = [MapsQuestion.of(maps_key(run, look, data), look) for look in looks]
    if run.strategy.label == BASELINE:
        keys = [faithfulness_key(run, look, data) for look in looks]
        asked += map(FaithfulnessQuestion.of, keys, looks)
        told = plan.strategies if plan.foretell else ()
        asked += [ForetellingQuestion.of(run, s, plan, data.fingerprint) for s in told]
    if plan.costs is not None:
        asked.append(ValidationQuestion(validation_key(run, data)))
    return tuple(asked)


def looks_of(plan: Plan) -> list[Plan]:
    """Return the plan under its own look, and under that of each of its checks."""
    return [plan, *(plan.under(check) for check in plan.checks)]


def fit_key(run: Run, data: DataSet) -> str:
    """Return the store's key of a run's fit: the run, and the data that it really saw."""
    return digest([run.key, data.fingerprint])


def maps_key(run: Run, plan: Plan, data: DataSet) -> str:
    """Return the store's key of a run's maps: run, method, target, layer, data."""
    return digest([run.key, plan.look, data.fingerprint])


def faithfulness_key(run: Run, plan: Plan, data: DataSet) -> str:
    """Return the store's key of how faithful a run's maps are."""
    return digest(["faithfulness", FAITHFULNESS, run.key, plan.look, data.fingerprint])


def validation_key(run: Run, data: DataSet) -> str:
    """Return the store's key of what a run says of its validation images."""
    return digest(["validation", VALIDATION, run.key, data.fingerprint])
