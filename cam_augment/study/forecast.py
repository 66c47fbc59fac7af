"""What a study will take and what it can show, before anything is trained."""

import statistics as middle
from collections.abc import Sequence
from pathlib import Path

from cam_augment.base.processor import cores
from cam_augment.datasets.folds import parts_of
from cam_augment.impact.scored import few_images_notices, tile_notices, uneven_notices
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import DataSet
from cam_augment.records.forecast import ArmRuns, Duration, Forecast
from cam_augment.statistics import smallest_adjusted_p, smallest_p
from cam_augment.store import Store
from cam_augment.study.former import moves
from cam_augment.study.power import reaches, seed_noise
from cam_augment.study.requests import Request, requests
from cam_augment.study.run import studied_data

PIXELS_PER_SECOND = 2e6  # trained by one core where nothing was measured yet (small_cnn)


def forecast(
    plan: Plan, store: str | Path, workers: int | None, data: DataSet | None = None
) -> Forecast:
    """Return what is done and missing of a study, what it takes, and what it can show.

    Args:
        data: of the plan, where they were loaded already.
    """
    answers = Store(store, set_aside=False)
    data = studied_data(plan, answers) if data is None else data
    due = {move.target for move in moves(plan, data, answers)}
    models = requests(plan, data, answers, due)
    noise = seed_noise(plan, data, models, answers)
    return Forecast(
        plan=plan,
        data=data,
        models=first_and_most(plan),
        done=sum(model.done for model in models),
        to_ask=sum(model.has_training and not model.done for model in models),
        arms=tuple(_arm(label, models, plan) for label in _labels(plan)),
        duration=_duration(models, plan, data, answers, workers or cores()),
        smallest_p=smallest_p(plan.seeds, plan.baselines, plan.permutations, plan.blocks),
        corrected_p=smallest_adjusted_p(
            plan.seeds, plan.baselines, plan.family, plan.correction, plan.permutations, plan.blocks
        ),
        noise=noise,
        reaches=reaches(plan, data, noise),
        notices=tuple(
            note
            for notices in (uneven_notices, tile_notices, few_images_notices)
            for note in notices(plan, data)
        ),
    )


def _labels(plan: Plan) -> list[str]:
    return [BASELINE, *(strategy.label for strategy in plan.strategies)]


def first_and_most(plan: Plan) -> tuple[int, int]:
    """Return how many models a study takes at least, at its first stage, and at most."""
    first = plan.baselines + plan.seeds * len(plan.strategies)
    return first, min(plan.size, plan.budget or plan.size)


def _is_first(model: Request, plan: Plan) -> bool:
    """Whether a model is of the first stage."""
    is_baseline = model.run.strategy.label == BASELINE
    count = plan.baselines if is_baseline else plan.seeds
    return model.run.seed - plan.first_seed < count


def _arm(label: str, models: Sequence[Request], plan: Plan) -> ArmRuns:
    arm = [model for model in models if model.run.strategy.label == label]
    return ArmRuns(
        label,
        tuple(model.run.seed for model in arm if model.done),
        tuple(model.run.seed for model in arm if _is_first(model, plan) and not model.done),
    )


def _duration(
    models: Sequence[Request], plan: Plan, data: DataSet, store: Store, workers: int
) -> Duration:
    """Return the time that trainings take; what is asked of models that are there is short."""
    first = sum(_is_first(model, plan) and not model.has_training for model in models)
    trained = sum(model.has_training for model in models)
    most = max(first, first_and_most(plan)[1] - trained)
    return duration((first, most), models, plan, data, store, workers)


def duration(
    missing: tuple[int, int],
    models: Sequence[Request],
    plan: Plan,
    data: DataSet,
    store: Store,
    workers: int,
) -> Duration:
    """Return the time that trainings take, so many at least and at most."""
    keys = [model.training_key for model in models if model.has_training]
    seconds = [store.training(key).seconds for key in keys if store.has_training(key)]
    train = parts_of(data, plan.runs()[0]).train.learnable
    rows, columns = train.images.shape[1:3]
    pixels = rows * columns * len(train) * plan.recipe.epochs
    typical = middle.median(seconds) if seconds else pixels / PIXELS_PER_SECOND
    least, most = (typical * count / workers / 60 for count in missing)
    return Duration(least, most, workers, typical, bool(seconds))
