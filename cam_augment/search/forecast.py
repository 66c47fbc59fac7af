"""What a search will take, before anything is trained; what it would refuse is refused."""

from collections.abc import Sequence
from pathlib import Path

from cam_augment.base.compat import check_backend
from cam_augment.base.processor import cores
from cam_augment.plan import Plan
from cam_augment.records import DataSet
from cam_augment.records.forecast import Part, SearchForecast
from cam_augment.search.attention import Looking
from cam_augment.search.data import searched_data
from cam_augment.search.explore import SCREENING
from cam_augment.search.growth import check_installed
from cam_augment.search.pipelines import candidates
from cam_augment.search.run import POLICIES, confirming, searched_plan
from cam_augment.search.screening import design
from cam_augment.store import Store
from cam_augment.study.forecast import duration, first_and_most
from cam_augment.study.requests import Request
from cam_augment.study.work import Work


def forecast(plan: Plan, store: str | Path, workers: int | None) -> SearchForecast:
    """Return what a search takes, part by part, and what of its screening is done.

    Raises:
        InputError: as of ``run_search``, so far as that can be told before it begins.
    """
    check_installed()
    check_backend()
    written, plan, answers = plan, searched_plan(plan), Store(store, set_aside=False)
    data = searched_data(written, plan, answers)
    models = _screening(plan, data, answers)
    parts = _parts(plan, models)
    trained = sum(model.has_training for model in models)
    missing = sum(part.least for part in parts) - trained, sum(p.most for p in parts) - trained
    return SearchForecast(
        plan=plan,
        data=data,
        strategies=tuple(strategy.label for strategy in candidates(plan)),
        parts=parts,
        to_ask=sum(model.has_training and not model.done for model in models),
        duration=duration(missing, models, plan, data, answers, workers or cores()),
    )


def _screening(plan: Plan, data: DataSet, store: Store) -> list[Request]:
    """Return what the screening asks, baselines first, if no strategy leaves."""
    assert plan.search is not None
    asking = Looking(plan, data, store, Work(plan, data, store))
    first = plan.first_seed + SCREENING
    models = design(candidates(plan), plan.baselines, plan.search.models, first)
    return [asking.request(model) for model in models]


def _parts(plan: Plan, models: Sequence[Request]) -> tuple[Part, ...]:
    """Return how many models each part takes.

    Least where nothing pays, so that nothing is grown and the fixed policies alone contend.
    """
    settings, baselines = plan.search, plan.baselines
    assert settings is not None
    done = [model.done for model in models]
    labels = [strategy.label for strategy in candidates(plan)]
    policies = [label for label in labels if label in POLICIES]
    others = [label for label in labels if label not in POLICIES]
    smallest, largest = (confirming(plan, (first or labels)[0]) for first in (policies, others))
    least, most = first_and_most(smallest)[0], first_and_most(largest)[1]
    contenders = len(POLICIES), settings.finalists + len(POLICIES)
    proposed = largest.stages[-1].models  # of one strategy more, a pipeline
    return (
        Part("baseline", baselines, baselines, sum(done[:baselines])),
        Part("screening", settings.models, settings.models, sum(done[baselines:])),
        Part("growth", 0, settings.trials, None),
        Part("final", contenders[0] * settings.repeats, contenders[1] * settings.repeats, None),
        Part("confirmation", least, most + proposed, None),
    )
