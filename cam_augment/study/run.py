"""A study: plan -> runs -> profile -> report, and nothing else.

``run_study`` is the whole path; ``python -m cam_augment.study`` is the same from a shell
(see ``cam_augment.cli.study``). Asking again does only what is missing.
"""

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol

from cam_augment import impact
from cam_augment.base.errors import InputError
from cam_augment.datasets import probe_regions as regions
from cam_augment.datasets.folds import check_folds
from cam_augment.engine import tasks as engine
from cam_augment.engine.workers import WAIT
from cam_augment.impact.arms import Arms
from cam_augment.impact.sequential.profile import look_at
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.plan import GIVEN, Plan, Run
from cam_augment.plan.costs import check_costs
from cam_augment.questions.foretelling import ForetellingQuestion
from cam_augment.records import DataSet, ImpactProfile, Maps, Missing, Notice
from cam_augment.records.provenance import provenance
from cam_augment.registry import DATASETS
from cam_augment.store import Damaged, Store
from cam_augment.study.requests import Wanted, looks_of, wants
from cam_augment.training import trainer as training

HEAVY = (
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "scipy.cluster.hierarchy",
    "scipy.special",
)


class Progress(Protocol):
    """What a study tells about its runs while it works."""

    def start(self, wanted: int, done: int) -> None: ...

    def finished(self, run: Run, accuracy: float | None, seconds: float | None) -> None: ...

    def failed(self, run: Run, reason: str) -> None: ...


class Silent:
    """Tells nothing."""

    def start(self, wanted, done):
        pass

    def finished(self, run, accuracy, seconds):
        pass

    def failed(self, run, reason):
        pass


def run_study(
    plan: Plan | str | Path,
    out: str | Path | None = None,
    *,
    store: str | Path = "store",
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    train: bool = True,
    resources: Mapping[str, float] = {},
    wait: float = WAIT,
    language: str = "en",
) -> ImpactProfile:
    """Do what is missing of a plan, write its report, and return its impact profile.

    Args:
        plan: a plan, the path of a TOML file, or a packaged plan's name.
        out: folder of the report (default ``results/<plan name>``).
        store: folder where fits and maps are kept and looked for.
        workers: processes on this machine (default: one per core).
        scheduler: address or file of a Dask scheduler to use instead.
        train: False makes the report of what the store holds.
        resources: what each run takes of what that scheduler's workers offer: ``{"GPU": 1}``.
        wait: seconds to wait where none of its workers can take a run.
        language: of the report, ``en`` or ``ja``; it changes no run and no number.

    Raises:
        InputError: the plan, its data or the language cannot be had, or no two baselines have
            answers; the scheduler is gone, or has had no worker for too long; the store or the
            report cannot be written to. Finished runs are kept.
    """
    from cam_augment import report
    from cam_augment.report.language import check

    check(language)
    started = time.time()
    plan = plan if isinstance(plan, Plan) else Plan.read(plan)
    data = load_data(plan)
    kept = Store(store)
    failures: dict[str, str] = {}

    def complete(wanted: Sequence[Wanted]) -> None:
        told, places = progress or Silent(), {"resources": resources, "wait": wait}
        wanted = [item for item in wanted if item.run.key not in failures]  # of a round before
        failures.update(
            complete_missing(wanted, plan, data, kept, told, workers, scheduler, idle, **places)
        )

    def idle() -> None:
        if not plan.adaptive:  # there, another round may follow
            helpers.start()
        _load_what_follows()

    with report.helpers() as helpers:
        with kept.in_use():
            if train and plan.adaptive:
                follow(plan, data, kept, complete)
            elif train:
                complete(wants(plan, data, kept))
            helpers.start()
            profile = profile_of(plan, data, kept, failures, started)
        folder = Path(out) if out else Path("results") / plan.name
        report.write(profile, folder, language, helpers)
    return profile


def load_data(plan: Plan) -> DataSet:
    """Return the plan's data, with the regions drawn on the probe set where the plan has some.

    Raises:
        InputError: it cannot be had as the plan asks for it.
    """
    if GIVEN in (plan.dataset.name, plan.architecture.name):
        raise InputError(f"{plan.name}: its models were given to compare(); they cannot be trained")
    data = DATASETS[plan.dataset.name](**plan.dataset.settings)
    check_folds(data, plan.folds)
    check_costs(plan.costs, plan.parts, data.classes, data.test.labels)
    return regions.mark(data, plan.probe_regions)


def follow(
    plan: Plan, data: DataSet, store: Store, complete: Callable[[list[Wanted]], None] | None = None
) -> Rounds:
    """Go through a study in rounds by what the store holds, and return where it ends.

    Args:
        complete: does what is missing of the runs that a round asks for; None: nothing does.
            Rounds follow from stored answers alone, so going through them again asks for the
            same runs.
    """
    rounds = Rounds(plan)
    while not rounds.over:
        wanted = asked(plan, data, store, rounds)
        if complete:
            complete(wanted)
            wanted = asked(plan, data, store, rounds)
        answered = [item for item in wanted if item.takes_part]
        fits = [store.fit(item.fit_key) for item in answered]
        maps = _loaders(plan, answered, "maps", store.maps)[0]
        look_at(rounds, Arms(plan, data, fits, maps), store)
    return rounds


def asked(plan: Plan, data: DataSet, store: Store, rounds: Rounds | None) -> list[Wanted]:
    """Return the runs that a study has asked for; without rounds, all of the plan's."""
    wanted = wants(plan, data, store)
    return [item for item in wanted if rounds is None or rounds.asks(item.run)]


def complete_missing(
    wanted: Sequence[Wanted],
    plan: Plan,
    data: DataSet,
    store: Store,
    progress: Progress,
    workers: int | None,
    scheduler: str | None,
    idle: Callable[[], None] = lambda: None,
    **places,
) -> dict[str, str]:
    """Complete the runs that the store lacks; return the reasons of failures by run key.

    Args:
        idle: called when only the last run is left, and cores are idle.
        workers, scheduler, places: where they are trained, see ``engine.answers``.
    """
    missing = [item for item in wanted if not item.done]
    progress.start(len(wanted), len(wanted) - len(missing))
    _check_weights(missing, plan, store)
    tasks = ((item.run, item.lacks, _model(item, store)) for item in missing)
    failures, left = {}, len(missing)
    places |= {"workers": workers, "scheduler": scheduler}
    # Closed here, whatever comes between: the workers end before anything is said of it.
    with closing(engine.answers(training.complete, tasks, data, **places)) as answers:
        for index, answer in answers:
            left -= 1
            reason = _take(answer, missing[index], plan, data, store, progress)
            if reason:
                failures[missing[index].run.key] = reason
            if left == 1:
                idle()
    return failures


def _take(answer, item: Wanted, plan: Plan, data: DataSet, store: Store, progress) -> str | None:
    """Keep a run's answers and tell of them; return why it failed, if it did."""
    if isinstance(answer, engine.Failure):
        if answer.mistaken:
            raise InputError(f"{plan.name}: {answer.reason}")
        progress.failed(item.run, answer.reason)
        return answer.reason
    _keep(answer, item, store)
    accuracy = _accuracy(answer.fit, data) if answer.fit else None
    progress.finished(item.run, accuracy, answer.fit.seconds if answer.fit else None)
    return None


def _check_weights(missing: Sequence[Wanted], plan: Plan, store: Store) -> None:
    """Raise InputError where a stored model is asked something, and its weights are forgotten."""
    mute = [item for item in missing if item.has_fit and not store.has_model(item.fit_key)]
    if mute:
        raise InputError(
            f"{plan.name}: {len(mute)} stored runs have no weights any more, so they cannot be "
            f"asked anything new (first: {mute[0].run.label}, {mute[0].lacks[0].kind}). To train "
            f"them anew: python -m cam_augment.store gc --without-weights --yes --store "
            f"{shlex.quote(str(store.folder))}. For what is stored: --report-only"
        )


def _model(item: Wanted, store: Store) -> bytes | None:
    """Return a stored model; None where there is none, or it is damaged: it is trained then."""
    try:
        return store.model_bytes(item.fit_key) if item.has_fit else None
    except Damaged:
        return None


def _load_what_follows() -> None:
    """Load what the profile and the report need."""
    from cam_augment.metrics import transport

    for name in HEAVY:
        import_module(name)
    transport.prepare()


def _keep(completed: training.Completed, item: Wanted, store: Store) -> None:
    if completed.fit:
        store.put_fit(item.fit_key, completed.fit)
    for question in item.lacks:
        answer = completed.answers[question.key]
        if isinstance(answer, Maps):
            store.put_maps(question.key, answer)
        else:
            store.put_arrays(question.kind, question.key, answer)


def _accuracy(fit, data: DataSet) -> float:
    return float((fit.test_logits.argmax(axis=1) == data.test.labels).mean())


def profile_of(
    plan: Plan, data: DataSet, store: Store, failures: dict[str, str], started: float
) -> ImpactProfile:
    """Return the profile of what the store holds of a plan; what it lacks is named."""
    rounds = follow(plan, data, store) if plan.adaptive else None
    wanted = asked(plan, data, store, rounds)
    missing = [
        Missing(run=item.run.label, strategy=item.run.strategy.label, reason=reason)
        for item in wanted
        if (reason := _missing(item, failures))
    ]
    answered = [item for item in wanted if item.takes_part]
    fits = [store.fit(item.fit_key) for item in answered]
    maps = _loaders(plan, answered, "maps", store.maps)
    tests = _loaders(plan, answered, "faithfulness", partial(store.arrays, "faithfulness"))
    held = _loaders(plan, answered, "validation", partial(store.arrays, "validation"))[0]
    told = [said for item in answered if (said := _foretold(item, store))]
    about = provenance(fits, data, started)
    return impact.profile(
        plan, data, fits, maps[0], missing, about, store, maps[1:], tests, told, held, rounds
    )


def _missing(item: Wanted, failures: dict[str, str]) -> Notice | None:
    """Return why a run is missing; one that failed is named even if it can take part."""
    if item.run.key in failures:
        return Notice.text(failures[item.run.key])
    if item.takes_part:
        return None
    return Notice.of("run.not_asked" if item.has_fit else "run.not_trained")


def _loaders(
    plan: Plan, answered: Sequence[Wanted], kind: str, load: Callable
) -> list[dict[str, Callable]]:
    """Return, for each look, run key to a function that loads its answer of a kind."""
    loaders = [{} for _ in looks_of(plan)]
    for item in answered:
        for look, key in zip(loaders, item.keys(kind), strict=False):
            if key is not None:
                look[item.run.key] = partial(load, key)
    return loaders


def _foretold(item: Wanted, store: Store) -> dict[str, dict]:
    """Return what a baseline says of each strategy that it was asked about and has answered."""
    asked = (each for each in item.questions if isinstance(each, ForetellingQuestion))
    return {
        each.strategy.label: store.arrays(each.kind, each.key)
        for each in asked
        if each not in item.lacks
    }
