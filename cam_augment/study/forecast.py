"""What a study will take and what it can show, before anything is trained."""

import statistics as middle
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cam_augment.base.processor import cores
from cam_augment.datasets.folds import parts_of
from cam_augment.impact.scored import few_images_notices, tile_notices, uneven_notices
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import DataSet
from cam_augment.report.sentences import notice
from cam_augment.store import Store
from cam_augment.study.former import moves
from cam_augment.study.overview import data_lines
from cam_augment.study.power import decision_line, design_lines, gain_lines, obstacles, seed_noise
from cam_augment.study.requests import Request, requests
from cam_augment.study.run import studied_data

PIXELS_PER_SECOND = 2e6  # trained by one core where nothing was measured yet (small_cnn)


class Forecast(NamedTuple):
    """What a study takes and can show, in words, and why it can decide nothing, where it cannot."""

    text: str
    obstacles: tuple[str, ...]


def forecast(
    plan: Plan, store: str | Path, workers: int | None, data: DataSet | None = None
) -> Forecast:
    """Return how the data were understood, what is done and missing, and what to expect.

    Args:
        data: of the plan, where they were loaded already.
    """
    answers = Store(store, set_aside=False)
    data = studied_data(plan, answers) if data is None else data
    due = {move.target for move in moves(plan, data, answers)}
    models = requests(plan, data, answers, due)
    done = sum(model.done for model in models)
    mute = sum(model.has_training and not model.done for model in models)
    more = f", {mute} trained and to be asked more" if mute else ""
    time = _time(models, plan, data, answers, workers or cores())
    noise = seed_noise(plan, data, models, answers)
    lines = [*data_lines(data), ""]
    lines += [f"plan {plan.name}: {_sizes(plan)} models, {done} done{more}"]
    lines += [_arm_line(label, models, plan) for label in _labels(plan)]
    lines += [time.line, *design_lines(plan), *gain_lines(plan, noise)]
    notes = [
        note
        for notices in (uneven_notices, tile_notices, few_images_notices)
        for note in notices(plan, data)
    ]
    lines += [f"WARNING: {notice(note)}" for note in notes]
    lines.append(decision_line(plan, noise, f"{_sizes(plan)} models, {time.span}"))
    return Forecast("\n".join(lines), tuple(obstacles(plan, noise)))


def _labels(plan: Plan) -> list[str]:
    return [BASELINE, *(strategy.label for strategy in plan.strategies)]


def first_and_most(plan: Plan) -> tuple[int, int]:
    """Return how many models a study takes at least, at its first stage, and at most."""
    first = plan.baselines + plan.seeds * len(plan.strategies)
    return first, min(plan.size, plan.budget or plan.size)


def _sizes(plan: Plan) -> str:
    first, most = first_and_most(plan)
    return f"{first}" if first == most else f"{first} to {most}"


def _is_first(model: Request, plan: Plan) -> bool:
    """Whether a model is of the first stage."""
    is_baseline = model.run.strategy.label == BASELINE
    count = plan.baselines if is_baseline else plan.seeds
    return model.run.seed - plan.first_seed < count


def _arm_line(label: str, models: Sequence[Request], plan: Plan) -> str:
    arm = [model for model in models if model.run.strategy.label == label]
    done = [str(model.run.seed) for model in arm if model.done]
    missing = [str(model.run.seed) for model in arm if _is_first(model, plan) and not model.done]
    return f"  {label:<24} done: {' '.join(done) or '-':<12} missing: {' '.join(missing) or '-'}"


class Time(NamedTuple):
    """The time of the trainings that are missing: a line on it, and the time alone."""

    line: str
    span: str


def _time(models: Sequence[Request], plan: Plan, data: DataSet, store: Store, workers: int) -> Time:
    """Return the time that trainings will take; what is asked of models that are there is short."""
    keys = [model.training_key for model in models if model.has_training]
    seconds = [store.training(key).seconds for key in keys if store.has_training(key)]
    train = parts_of(data, plan.runs()[0]).train.learnable
    rows, columns = train.images.shape[1:3]
    pixels = rows * columns * len(train) * plan.recipe.epochs
    typical = middle.median(seconds) if seconds else pixels / PIXELS_PER_SECOND
    source = "measured on the runs done" if seconds else "a rough guess: no run measured yet"
    first = sum(_is_first(model, plan) and not model.has_training for model in models)
    most = max(first, first_and_most(plan)[1] - len(keys))
    spans = dict.fromkeys(f"{typical * count / workers / 60:.1f}" for count in (first, most))
    span = f"about {' to '.join(spans)} min"
    return Time(f"time: {span} on {workers} workers ({typical:.1f} s a model, {source})", span)
