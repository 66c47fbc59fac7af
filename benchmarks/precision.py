"""Training in bfloat16 against float32: is it a no-op to accuracy and attention?

The default study's baseline, many seeds of either precision, no seed in both: bfloat16 is
treated as a strategy that should do nothing. Where the processor does not multiply bfloat16
it is emulated: the models are the same, the time says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

import numpy as np

from benchmarks.rows import FASTER, Row
from cam_augment.base import processor
from cam_augment.engine import tasks as engine
from cam_augment.impact.attention import pairs as scoring
from cam_augment.plan import Plan, Run
from cam_augment.questions.maps import MapsQuestion
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.records import DataSet, Maps
from cam_augment.registry import DATASETS
from cam_augment.statistics import energy_test
from cam_augment.training import trainer as training

PART = "precision"
SEEDS, QUICK_SEEDS = 20, 3
QUICK = {"dataset.train": 100, "dataset.validation": 50, "dataset.probe": 30,
         "dataset.test": 200, "recipe.epochs": 2}  # fmt: skip
PRECISIONS = ("bfloat16", "float32")


def measure(quick: bool) -> list[Row]:
    """Return the difference in accuracy, the excess shift's p, and the ratio of times."""
    seeds = QUICK_SEEDS if quick else SEEDS
    plan = Plan.read("quickstart", **(QUICK if quick else {}))
    data = DATASETS[plan.dataset.name](**plan.dataset.settings)
    half, single = trained(plan, data, seeds)
    note = f"{seeds} models of each precision, no seed in both"
    return [
        _accuracy(half, single, data.test.labels, note),
        _attention(plan.primary, half, single, note),
        _seconds(half, single, note),
    ]


@dataclass(frozen=True)
class Model:
    """What one training took, and what the model answers: logits [image, class], maps."""

    seconds: float
    logits: np.ndarray
    maps: np.ndarray

    @classmethod
    def of(cls, completed: training.Completed) -> "Model":
        logits, maps = completed.answers["logits"], completed.answers["maps"]
        assert completed.training
        assert isinstance(maps, Maps)
        assert isinstance(logits, Mapping)
        return cls(completed.training.seconds, logits["logits"], maps.values)


def trained(plan: Plan, data: DataSet, seeds: int) -> list[list[Model]]:
    """Return the baselines of each precision, trained on all processors."""
    questions = [MapsQuestion.of("maps", plan), PredictionsQuestion("logits", about="test")]
    tasks = [
        (_run(plan, precision, seeds * place + seed), questions, None)
        for seed in range(seeds)
        for place, precision in enumerate(PRECISIONS)
    ]
    answers = dict(engine.answers(training.complete, tasks, data))
    failed = [a.reason for a in answers.values() if isinstance(a, engine.Failure)]
    if failed:
        raise RuntimeError(failed[0])
    models = [Model.of(answers[index]) for index in range(len(tasks))]
    return [models[place :: len(PRECISIONS)] for place in range(len(PRECISIONS))]


def _run(plan: Plan, precision: str, seed: int) -> Run:
    recipe = plan.recipe.model_copy(update={"precision": precision})
    return plan.runs()[0].model_copy(update={"recipe": recipe, "seed": seed})


def _accuracy(
    half: Sequence[Model],
    single: Sequence[Model],
    labels: np.ndarray,
    note: str,
) -> Row:
    first, second = (
        [float((m.logits.argmax(axis=1) == labels).mean()) for m in models]
        for models in (half, single)
    )
    change = fmean(first) - fmean(second)
    reach = 1.96 * sqrt(variance(first) / len(first) + variance(second) / len(second))
    return Row(
        PART, "accuracy", "bfloat16 less float32", "points",
        100 * change, 100 * (change - reach), 100 * (change + reach), aim="= 0",
        ours=fmean(first), theirs=fmean(second), repeats=len(first),
        note=f"{note}; range: 95 % interval over seeds; either side's number is its accuracy",
    )  # fmt: skip


def _attention(metric: str, half: Sequence[Model], single: Sequence[Model], note: str) -> Row:
    stacks = [model.maps for model in (*half, *single)]
    distances = scoring.mean_distance(scoring.among(metric, scoring.prepare_all(metric, stacks)))
    test = energy_test(distances, len(half))
    return Row(
        PART, "p of the excess shift", "bfloat16 against float32", "p",
        test.p, test.p, test.p, aim=">= 0.05", repeats=len(half),
        note=f"{note}; E = {test.excess:.4f} in {metric} distance, relabelling test",
    )  # fmt: skip


def _seconds(half: Sequence[Model], single: Sequence[Model], note: str) -> Row:
    first, second = ([m.seconds for m in models] for models in (half, single))
    ratios = [b / a for a, b in zip(sorted(first), sorted(second), strict=True)]
    native = "multiplies" if processor.multiplies_bfloat16() else "only emulates"
    return Row(
        PART, "training in bfloat16", "float32", FASTER,
        fmean(second) / fmean(first), min(ratios), max(ratios),
        ours=fmean(first), theirs=fmean(second), repeats=len(first),
        note=f"{note}; this processor {native} bfloat16",
    )  # fmt: skip
