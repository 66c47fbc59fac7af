"""What a study will take and what it can show, before anything is trained."""

import statistics as middle
from collections.abc import Sequence
from pathlib import Path

from cam_augment.base.processor import cores
from cam_augment.datasets.folds import learned_and_held
from cam_augment.impact.scored import uneven_notices
from cam_augment.impact.sequential.rounds import models_by_round
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import DataSet
from cam_augment.report.sentences import notice
from cam_augment.statistics import smallest_adjusted_p, smallest_p
from cam_augment.statistics.significance import is_significant
from cam_augment.store import Store
from cam_augment.study.former import moves
from cam_augment.study.overview import data_lines
from cam_augment.study.requests import Request, requests
from cam_augment.study.run import studied_data

PIXELS_PER_SECOND = 2e6  # trained by one core where nothing was measured yet (small_cnn)


def forecast(
    plan: Plan, store: str | Path, workers: int | None, data: DataSet | None = None
) -> str:
    """Return how the data were understood, what is done and missing, and what to expect.

    Args:
        data: of the plan, where they were loaded already.
    """
    answers = Store(store, set_aside=False)
    data = studied_data(plan) if data is None else data
    due = {move.target for move in moves(plan, data, answers)}
    models = requests(plan, data, answers, due)
    done = sum(model.done for model in models)
    mute = sum(model.has_training and not model.done for model in models)
    more = f", {mute} trained and to be asked more" if mute else ""
    lines = [*data_lines(data), ""]
    lines += [f"plan {plan.name}: {len(models)} models, {done} done{more}"]
    lines += [_arm_line(label, models) for label in _labels(plan)]
    lines.append(_time_line(models, plan, data, answers, workers or cores()))
    lines += design_lines(plan)
    lines += [f"WARNING: {notice(note)}" for note in uneven_notices(plan, data)]
    return "\n".join(lines)


def _labels(plan: Plan) -> list[str]:
    return [BASELINE, *(strategy.label for strategy in plan.strategies)]


def _arm_line(label: str, models: Sequence[Request]) -> str:
    arm = [model for model in models if model.run.strategy.label == label]
    done = [str(model.run.seed) for model in arm if model.done]
    missing = [str(model.run.seed) for model in arm if not model.done]
    return f"  {label:<24} done: {' '.join(done) or '-':<12} missing: {' '.join(missing) or '-'}"


def _time_line(
    models: Sequence[Request], plan: Plan, data: DataSet, store: Store, workers: int
) -> str:
    """Return the time that trainings will take; what is asked of models that are there is short."""
    keys = [model.training_key for model in models if model.has_training]
    seconds = [store.training(key).seconds for key in keys if store.has_training(key)]
    train, _ = learned_and_held(data, plan.fold_of(plan.first_seed))
    pixels = train.images[0, ..., 0].size * len(train) * plan.recipe.epochs
    typical = middle.median(seconds) if seconds else pixels / PIXELS_PER_SECOND
    source = "measured on the runs done" if seconds else "a rough guess: no run measured yet"
    minutes = typical * (len(models) - len(keys)) / workers / 60
    return f"time: about {minutes:.1f} min on {workers} workers ({typical:.1f} s a model, {source})"


def design_lines(plan: Plan) -> list[str]:
    """Return the smallest p that the plan's design can reach, with a warning above alpha."""
    if plan.adaptive:
        return [_rounds_line(plan)]
    one = smallest_p(plan.seeds, plan.baselines, plan.permutations, plan.blocks)
    count = plan.family
    corrected = smallest_adjusted_p(
        plan.seeds, plan.baselines, count, plan.correction, plan.permutations, plan.blocks
    )
    case = "at best" if plan.correction == "bh" else "at worst"
    folds = "" if plan.folds is None else f" in {plan.folds} folds"
    lines = [
        f"smallest p: {one:.2g} for {plan.baselines} baselines and {plan.seeds} seeds{folds}; "
        f"{case} {corrected:.2g} after {plan.correction} over {count} "
        f"{'strategy' if count == 1 else 'strategies'}"
    ]
    if not is_significant(corrected, plan.alpha):
        lines.append(
            f"WARNING: this design cannot be sure to reach p <= {plan.alpha:g}: add seeds or "
            f"baselines, {'take fewer folds, ' if plan.folds else ''}or ask of fewer strategies"
        )
    return lines


def _rounds_line(plan: Plan) -> str:
    steps = models_by_round(plan.seeds)
    least = plan.baselines + steps[0] * len(plan.strategies)
    most = min(plan.size, plan.budget or plan.size)
    return (
        f"in rounds: {least} to {most} models, each strategy {', '.join(map(str, steps))}; those "
        "whose verdict is settled get no more"
    )
