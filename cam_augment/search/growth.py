"""Growing a pipeline: compositions and magnitudes of strategies that pay, proposed by Optuna.

Trials are asked for in batches of fixed size, told in order, and each is drawn with a seed of its
own, so a search does not depend on how many workers there are or where it was stopped.
The journal keeps what was asked and told; the models and their scores are in the store. A process
may be killed at any moment: a proposal is one line of the journal, written when it is whole, and
a line that was begun is none. What pays can change between two calls, where models that failed are
trained after all: the journal has a study of Optuna's for each list of factors, under their name.
"""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from cam_augment.base.errors import InputError, cause
from cam_augment.plan import Strategy, digest
from cam_augment.plan.pipelines import compose
from cam_augment.registry import STRATEGIES
from cam_augment.search.pipelines import NONE, Factor
from cam_augment.search.trials import Model, Trials

if TYPE_CHECKING:
    import optuna

BATCH = 8  # trials that are proposed before their scores are known
IDENTITY = "search"  # the journal's note of what it is of


class Journal(NamedTuple):
    """Where a growth is kept, and the key of all that decides it but the factors."""

    path: Path
    key: str


def check_installed() -> None:
    """Raise InputError where Optuna is not installed."""
    if find_spec("optuna") is None:
        raise InputError("search: optuna is not installed; pip install '.[search]'")


def grow(
    factors: Sequence[Factor],
    trials: Trials,
    count: int,
    sampler: Literal["tpe", "random"],
    first_seed: int,
    journal: Journal,
) -> None:
    """Ask for ``count`` pipelines, each proposed after the scores of those before its batch.

    Args:
        factors: of which a pipeline has one choice each, or none. first_seed: of the trials.

    Raises:
        InputError: the journal is of another search, or cannot be read or written.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    _cut_off(journal.path)
    study = _opened(journal, factors)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        for number in range(len(study.trials), numbers.stop):
            _propose(study, factors, _sampler(sampler, first_seed + number))
        batch = study.trials[numbers.start : numbers.stop]
        models = [Model("growth", _pipeline(factors, trial.params), first_seed + trial.number)
                  for trial in batch]  # fmt: skip
        for trial, score in zip(batch, trials.ask(models), strict=True):
            if not trial.state.is_finished():
                _tell(study, trial.number, score)


def _cut_off(path: Path) -> None:
    """Cut off a last line that a process began to write and did not end."""
    content = path.read_bytes() if path.exists() else b""
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


class _Alone:
    """No lock: the store gives a journal to one search at a time, and takes it back from the dead.

    Optuna's own is a link beside the journal, which outlives a process that is killed.
    """

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


def _opened(journal: Journal, factors: Sequence[Factor]) -> "optuna.Study":
    """Return the study of these factors, begun where the journal has none."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    lock: Any = _Alone()
    try:
        storage = JournalStorage(JournalFileBackend(str(journal.path), lock))
        summaries = optuna.get_all_study_summaries(storage)
        if not any(_is_foreign(summary, journal.key) for summary in summaries):
            study = optuna.create_study(
                storage=storage,
                study_name=_name(factors),
                direction="maximize",
                load_if_exists=True,
            )
            if IDENTITY not in study.user_attrs:
                study.set_user_attr(IDENTITY, journal.key)
            return study
    except Exception as error:  # a line of the file can be anything
        raise InputError(f"'{journal.path}': not a journal of Optuna: {cause(error)}") from None
    raise InputError(
        f"'{journal.path}': the journal of another plan's search; move it away, and the search "
        "goes on with one of its own"
    )


def _is_foreign(study: "optuna.study.StudySummary", key: str) -> bool:
    """Return whether a study is of another search; one without a key and trials was just begun."""
    identity = study.user_attrs.get(IDENTITY)
    return bool(study.n_trials) if identity is None else identity != key


def _name(factors: Sequence[Factor]) -> str:
    """Return the name of factors: all of their choices, with the versions of what they apply."""
    return digest([[factor.name, [_identity(choice) for choice in factor.choices.values()]]
                   for factor in factors])  # fmt: skip


def _identity(strategy: Strategy) -> list[list[Any]]:
    return [[s.model_dump(mode="json"), STRATEGIES[s.name].version] for s in strategy.steps]


def _sampler(name: str, seed: int) -> "optuna.samplers.BaseSampler":
    import optuna

    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=BATCH)


def _propose(
    study: "optuna.Study", factors: Sequence[Factor], sampler: "optuna.samplers.BaseSampler"
) -> None:
    """Add a trial, made in memory: the journal gets it with all of its choices, or not at all."""
    import optuna

    draft = optuna.create_study(direction=study.direction, sampler=sampler)
    draft.add_trials(study.trials)
    trial = draft.ask()
    for factor in factors:
        trial.suggest_categorical(factor.name, [NONE, *factor.choices])
    study.add_trial(draft.trials[-1])


def _pipeline(factors: Sequence[Factor], params: dict[str, str]) -> Strategy:
    names = ((factor, params[factor.name]) for factor in factors)
    return compose(factor.choices[name] for factor, name in names if name != NONE)


def _tell(study: "optuna.Study", number: int, score: float) -> None:
    import optuna

    if np.isfinite(score):
        study.tell(number, float(score))
    else:
        study.tell(number, state=optuna.trial.TrialState.FAIL)
