"""A study: plan -> runs -> profile -> report, and nothing else.

``run_study`` is the whole path; ``python -m cam_augment.study`` is the same from a shell
(see ``cam_augment.cli.study``). Asking again does only what is missing.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from cam_augment import impact
from cam_augment.base.compat import check_backend
from cam_augment.base.errors import InputError
from cam_augment.base.keeper import kept_by
from cam_augment.datasets import probe_regions as regions
from cam_augment.datasets.copies import with_copies_noted
from cam_augment.datasets.folds import check_folds
from cam_augment.engine.workers import WAIT, Pool
from cam_augment.impact.sequential.stages import Stages
from cam_augment.plan import BASELINE, GIVEN, Plan
from cam_augment.plan.costs import check_costs
from cam_augment.records import DataSet, ImpactProfile, MissingRun, Notice
from cam_augment.records.notes import Note
from cam_augment.records.provenance import provenance
from cam_augment.records.search import SearchResult
from cam_augment.registry import DATASETS
from cam_augment.statistics.scoring import check_classes
from cam_augment.store import Store
from cam_augment.store.pictures import Pictures
from cam_augment.study.fits import fits_of
from cam_augment.study.former import bring_over
from cam_augment.study.notes import read_notes
from cam_augment.study.requests import Request, answers_of
from cam_augment.study.stages import completed
from cam_augment.study.work import Progress, Work

_LOG = logging.getLogger(__name__)
HEAVY = (
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "scipy.cluster.hierarchy",
    "scipy.special",
)


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
    notes: str | Path | None = None,
    figures: str = "svg",
    search: SearchResult | None = None,
) -> ImpactProfile:
    """Do what is missing of a plan, write its report, and return its impact profile.

    Args:
        plan: a plan, the path of a TOML file, or a packaged plan's name.
        out: folder of the report (default ``results/<plan name>``).
        store: folder where trainings and answers are kept and looked for.
        workers: processes on this machine (default: one per core).
        scheduler: address or file of a Dask scheduler to use instead.
        train: False makes the report of what the store holds.
        resources: what each run takes of what that scheduler's workers offer: ``{"GPU": 1}``.
        wait: seconds to wait where none of its workers can take a run.
        language: of the report, ``en``, ``ja`` or both, ``en,ja``; it changes no run and no number.
        figures: ``svg``, or ``pdf`` for PDFs beside it.
        notes: file of what a person wrote on maps of an earlier report's gallery.
        search: what proposed the strategies (see ``cam_augment.search``): the report tells of it.

    Raises:
        InputError: the plan, its data or the language cannot be had, or no two baselines have
            answers; the scheduler is gone, or has had no worker for too long; the store or the
            report cannot be written to. Finished runs are kept.
    """
    from cam_augment import report
    from cam_augment.report.files import check_place
    from cam_augment.report.language import several

    several(language)
    check_backend()
    started = time.time()
    plan = plan if isinstance(plan, Plan) else Plan.read(plan)
    out = Path("results") / plan.name if out is None else out
    check_place(out)
    answers = Store(store)
    with ExitStack() as use, report.helpers(figures) as helpers, Pool() as pool:
        places = {"workers": workers, "scheduler": scheduler, "resources": resources, "wait": wait,
                  "connect": pool.connect}  # fmt: skip

        def idle() -> None:
            if not plan.more_models:  # else another stage may follow
                helpers.start()
            _load_what_follows()

        use.enter_context(answers.in_use())
        _LOG.info("reading the data: %s", plan.dataset.name)
        data = studied_data(plan, answers)
        written = () if notes is None else _notes(plan, data, notes)
        work = Work(plan, data, answers, progress, idle, **places)
        bring_over(plan, data, answers)
        _LOG.info("asking the store '%s' for models and answers", store)
        requests, stages = completed(plan, data, answers, work.complete if train else None)
        pool.begin_to_close()
        helpers.start()
        profile = profile_of(plan, data, answers, requests, work.failures, started, stages)
        profile = profile.model_copy(update={"notes": written, "search": search})
        use.close()
        _LOG.info("writing the report to '%s'", out)
        report.write(profile, out, language, helpers)
    return profile


def _notes(plan: Plan, data: DataSet, path: str | Path) -> tuple[Note, ...]:
    arms = (BASELINE, *(strategy.label for strategy in plan.strategies))
    return read_notes(path, arms, len(data.probe.labels), data.fingerprint)


def load_data(plan: Plan, store: Store | None = None) -> DataSet:
    """Return the plan's data, with the regions drawn on the probe set where the plan has some.

    Args:
        store: keeps pictures that are decoded, and has them ready for the next time; None: they
            go with this process.

    Raises:
        InputError: it cannot be had as the plan asks for it.
    """
    if GIVEN in (plan.dataset.name, plan.architecture.name):
        raise InputError(f"{plan.name}: its models were given to compare(); they cannot be trained")
    with kept_by(None if store is None else Pictures(store)):
        data = DATASETS[plan.dataset.name](**plan.dataset.settings)
    check_folds(data, plan)
    check_costs(plan.costs, plan.parts, data.classes, data.test.judged_labels)
    check_classes(plan.gain, data.test.judged_labels, data.classes)
    return regions.mark(with_copies_noted(data, plan), plan.probe_regions)


def studied_data(plan: Plan, store: Store | None = None) -> DataSet:
    """Return the plan's data for a study, which needs classes to tell apart; see ``load_data``.

    Raises:
        InputError: as ``load_data`` does, or there is one class alone.
    """
    data = load_data(plan, store)
    if len(data.classes) < 2:
        raise InputError(f"{data.name}: 1 class ('{data.classes[0]}'); 2 to 1,000 are studied")
    return data


def profile_of(
    plan: Plan,
    data: DataSet,
    store: Store,
    requests: Sequence[Request],
    failures: Mapping[str, str],
    started: float,
    stages: Stages,
) -> ImpactProfile:
    """Return the profile of what the store holds of a study; what it lacks is named.

    Args:
        requests: the runs that the study asks for. failures: run key to why the run failed.
        started: ``time.time()`` of the command. stages: of the study, when they are over.
    """
    part = [request for request in requests if request.takes_part]
    fits = fits_of(part, store, data)
    missing = [
        MissingRun(run=request.run.label, strategy=request.run.strategy.label, reason=reason)
        for request in requests
        if (reason := _reason(request, failures))
    ]
    about = provenance(fits, data, started)
    return impact.profile(plan, data, fits, answers_of(part, store), missing, about, store, stages)


def _reason(request: Request, failures: Mapping[str, str]) -> Notice | None:
    """Return why a run is missing; one that failed is named even if it can take part."""
    if request.run.key in failures:
        return Notice.text(failures[request.run.key])
    if request.takes_part:
        return None
    return Notice.of("run.not_asked" if request.has_training else "run.not_trained")


def _load_what_follows() -> None:
    """Load what the profile and the report need."""
    from cam_augment.metrics import transport

    for name in HEAVY:
        import_module(name)
    transport.prepare()
