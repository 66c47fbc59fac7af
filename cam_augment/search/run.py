"""A search: plan -> screening -> growth -> finals -> confirmation, an ordinary study.

``run_search`` is the whole path; ``cam-augment search`` is the same from a shell. Asking again
goes on where it stopped: trials are runs with keys, and nothing is trained twice.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cam_augment.base.compat import check_backend
from cam_augment.base.errors import InputError
from cam_augment.engine.workers import WAIT, Pool
from cam_augment.plan import GIVEN, Plan, Search, Strategy, digest
from cam_augment.records import DataSet, ImpactProfile
from cam_augment.records.search import SearchResult
from cam_augment.search.additions import Rules
from cam_augment.search.attention import Looking
from cam_augment.search.data import searched_data, with_validation
from cam_augment.search.explore import CONFIRMATION, Task, explore
from cam_augment.search.growth import Journal, check_installed
from cam_augment.search.pipelines import candidates
from cam_augment.search.screening import check_models
from cam_augment.statistics.scoring import COST
from cam_augment.store import Store
from cam_augment.study.run import run_study
from cam_augment.study.work import Progress, Work

_LOG = logging.getLogger(__name__)
POLICIES = ("trivial_augment", "rand_augment")  # fixed: they contend with what is grown
MOST_SEED = 10**9


def run_search(
    plan: Plan | str | Path,
    out: str | Path | None = None,
    *,
    store: str | Path = "store",
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    resources: Mapping[str, float] = {},
    wait: float = WAIT,
    language: str = "en",
    figures: str = "svg",
) -> ImpactProfile:
    """Search for a pipeline of a plan's strategies, confirm it, and write the report.

    Args:
        plan: a plan, the path of a TOML file, or a packaged plan's name; its table ``search``
            says how large the search is. All others are those of ``run_study``.

    Returns:
        the profile of the confirmation, an ordinary study on fresh seeds; ``profile.search`` is
        what was tried and proposed.

    Raises:
        InputError: Optuna is not installed; the plan cannot be searched, or has too few images;
            every strategy surely loses; as of ``run_study``. Finished runs are kept.
    """
    check_installed()
    check_backend()
    plan = plan if isinstance(plan, Plan) else Plan.read(plan)
    searched = searched_plan(plan)
    places: dict[str, Any] = {
        "workers": workers,
        "scheduler": scheduler,
        "resources": resources,
        "wait": wait,
    }
    answers = Store(store)
    with answers.in_use(), Pool() as pool:
        data = searched_data(plan, searched, answers)
        work = Work(searched, data, answers, progress, connect=pool.connect, **places)
        result = _explored(searched, data, answers, work)
    return run_study(
        confirmation(searched, result), out, store=store, progress=progress, language=language,
        figures=figures, search=result, **places,
    )  # fmt: skip


def searched_plan(plan: Plan) -> Plan:
    """Return a plan with all that a search needs: its table, and validation images enough.

    Raises:
        InputError: the plan cannot be searched.
    """
    settings = plan.search or Search()
    check_searchable(plan, settings)
    return with_validation(plan, settings).model_copy(update={"search": settings})


def check_searchable(plan: Plan, settings: Search) -> None:
    """Raise InputError where a search cannot be made of a plan."""
    if plan.dataset.name == GIVEN:
        raise InputError("search: its models would have to be trained; these were given")
    if plan.folds is not None:
        raise InputError(
            f"folds: received {plan.folds}; a search scores all models on the same validation "
            "images, so leave it out"
        )
    if plan.gain == COST:
        raise InputError(
            "gain: received 'cost'; a search goes by a score of validation images, such as "
            "balanced_accuracy"
        )
    if plan.first_seed > MOST_SEED - 2 * CONFIRMATION:
        raise InputError(
            f"first_seed: received {plan.first_seed}; a search needs seeds behind the study's: at "
            f"most {MOST_SEED - 2 * CONFIRMATION}"
        )
    strategies = candidates(plan)
    if not strategies:
        labels = ", ".join(strategy.label for strategy in plan.strategies)
        raise InputError(
            f"strategies: received {labels}; a search needs one at least that can have an effect"
        )
    check_models(strategies, settings.models)


def _explored(plan: Plan, data: DataSet, store: Store, work: Work) -> SearchResult:
    assert plan.search is not None
    task = Task(
        strategies=candidates(plan),
        settings=plan.search,
        baselines=plan.baselines,
        first_seed=plan.first_seed,
        rules=Rules(plan.alpha, plan.correction),
        score=plan.gain,
        images=len(data.validation.judged_labels),
        policies=tuple(map(Strategy.parse, POLICIES)),
    )
    key, models = _key(plan, data), Looking(plan, data, store, work)
    with store.journal(key) as path:
        return explore(task, models, Journal(path, key), models.products)


def _key(plan: Plan, data: DataSet) -> str:
    """Return the key of all that decides a search: its journal bears it."""
    fields: dict[str, Any] = plan.model_dump(mode="json")
    deciding = ("strategies", "search", "baselines", "first_seed", "alpha", "correction", "gain")
    return digest([{name: fields[name] for name in deciding},
                   plan.run(plan.strategies[0], plan.first_seed).training,
                   data.training_contents])  # fmt: skip


def confirmation(plan: Plan, result: SearchResult) -> Plan:
    """Return the study that holds what was proposed against baselines, on fresh seeds.

    The proposal, the best single strategy and the fixed policies, beside the plan's controls.
    """
    proposal = [] if result.proposal is None else [result.proposal]
    return confirming(plan, *proposal, result.best_single)


def confirming(plan: Plan, *labels: str) -> Plan:
    """Return the study of some strategies and the fixed policies, on fresh seeds."""
    controls = [s.label for s in plan.strategies if s.changes_nothing]
    fields = plan.model_dump() | {
        "strategies": list(dict.fromkeys([*controls, *labels, *POLICIES])),
        "first_seed": plan.first_seed + CONFIRMATION,
        "search": None,
        "budget": None,
    }
    return Plan.make(fields)
