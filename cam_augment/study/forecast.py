"""What a study will take and what it can show, before anything is trained."""

import statistics as middle
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cam_augment.base.processor import cores
from cam_augment.datasets.folds import parts_of
from cam_augment.impact.scored import few_images_notices, uneven_notices
from cam_augment.plan import BASELINE, Plan, Stage
from cam_augment.records import DataSet
from cam_augment.report.sentences import notice
from cam_augment.statistics import groups, smallest_adjusted_p, smallest_estimate, smallest_p
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from cam_augment.statistics.significance import is_significant
from cam_augment.store import Store
from cam_augment.study.former import moves
from cam_augment.study.overview import data_lines
from cam_augment.study.requests import Request, requests
from cam_augment.study.run import studied_data

POWER = 0.8
GUESS = 0.005  # of the seed SD of a score in 0..1: that of accuracy in the default study, rounded
LEAST_KNOWN = 3  # models by which a standard deviation is told
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
    lines += [f"plan {plan.name}: {_sizes(plan)} models, {done} done{more}"]
    lines += [_arm_line(label, models, plan) for label in _labels(plan)]
    lines.append(_time_line(models, plan, data, answers, workers or cores()))
    lines += design_lines(plan)
    lines += gain_lines(plan, seed_noise(plan, data, models, answers))
    notes = [*uneven_notices(plan, data), *few_images_notices(plan, data)]
    lines += [f"WARNING: {notice(note)}" for note in notes]
    return "\n".join(lines)


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


def _time_line(
    models: Sequence[Request], plan: Plan, data: DataSet, store: Store, workers: int
) -> str:
    """Return the time that trainings will take; what is asked of models that are there is short."""
    keys = [model.training_key for model in models if model.has_training]
    seconds = [store.training(key).seconds for key in keys if store.has_training(key)]
    train = parts_of(data, plan.runs()[0]).train
    rows, columns = train.images.shape[1:3]
    pixels = rows * columns * len(train) * plan.recipe.epochs
    typical = middle.median(seconds) if seconds else pixels / PIXELS_PER_SECOND
    source = "measured on the runs done" if seconds else "a rough guess: no run measured yet"
    first = sum(_is_first(model, plan) and not model.has_training for model in models)
    most = max(first, first_and_most(plan)[1] - len(keys))
    spans = dict.fromkeys(f"{typical * count / workers / 60:.1f}" for count in (first, most))
    return (
        f"time: about {' to '.join(spans)} min on {workers} workers ({typical:.1f} s a model, "
        f"{source})"
    )


def design_lines(plan: Plan) -> list[str]:
    """Return the smallest p that the plan's design can reach, with a warning above alpha."""
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
    alpha = plan.stages[0].alpha
    if not is_significant(corrected, alpha):
        lines.append(
            f"WARNING: this design cannot be sure to reach p <= {alpha:g}: add seeds or "
            f"baselines, {'take fewer folds, ' if plan.folds else ''}or ask of fewer strategies"
        )
    return lines


class SeedNoise(NamedTuple):
    """The standard deviation of the deciding score over seeds, and of how many models it is known.

    Attributes:
        models: baselines that are done; 0: it is a guess.
    """

    sd: float
    models: int


def seed_noise(
    plan: Plan, data: DataSet, models: Sequence[Request], store: Store
) -> SeedNoise | None:
    """Return the noise of the baselines that are done, or a guess where there are few.

    None where costs decide: what theirs is, only their study tells.
    """
    measure = score_of(plan.gain).measure
    if measure is None:
        return None
    baselines = [model for model in models if model.run.strategy.label == BASELINE]
    asked = [model.predictions("test") for model in baselines]
    logits = [
        store.arrays(question.kind, question.key)["logits"]
        for question in asked
        if store.has(question.kind, question.key)
    ]
    if len(logits) < LEAST_KNOWN:
        return SeedNoise(GUESS, 0)
    scores = measure(Predictions(np.stack(logits), data.test.labels)).values
    return SeedNoise(float(scores.std(ddof=1)), len(logits))


def gain_lines(plan: Plan, noise: SeedNoise | None) -> list[str]:
    """Return which gains each stage finds with power .8, by the test in use.

    (t(1 - alpha_s / 2k) + t(.8)) sqrt V with V = sd^2 (1/n + 1/b); what the choice of test
    images adds is not known yet.
    """
    if noise is None or not noise.sd > 0:
        return []
    found = ", ".join(
        f"{100 * smallest_gain(plan, stage, noise.sd):.2f} points by {stage.models} + "
        f"{stage.baselines} models (alpha {stage.alpha:g})"
        for stage in plan.stages
    )
    known = f"{noise.models} baselines" if noise.models else "a guess: too few baselines are done"
    return [
        f"gains found with power .8: {found}; at a seed noise of {100 * noise.sd:.2f} points "
        f"({known})"
    ]


def smallest_gain(plan: Plan, stage: Stage, sd: float) -> float:
    """Return the least gain that a stage finds where no other strategy shows anything.

    Args:
        sd: of one model's score.
    """
    arms = [stage.baselines, *[plan.seeds] * len(plan.strategies)]
    df = groups(arms, plan.folds_of(arms)).df.sum()
    variance = sd**2 * (1 / stage.models + 1 / stage.baselines)
    return smallest_estimate(variance, float(df), stage.alpha / plan.family, POWER)
