"""What a design can find by the tests in use, from the noise of baselines that are done."""

from collections.abc import Sequence

import numpy as np

from cam_augment.datasets.folds import test_of, whole_pool
from cam_augment.plan import BASELINE, Plan, Stage
from cam_augment.records import DataSet
from cam_augment.records.forecast import Reach, SeedNoise
from cam_augment.statistics import groups, smallest_estimate
from cam_augment.statistics.moderated import moderate
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import ACCURACY, BALANCED, MACRO_F1, score_of
from cam_augment.store import Store
from cam_augment.study.requests import Request

POWER = 0.8
GUESS = 0.005  # of the seed SD of a score in 0..1: that of accuracy in the default study, rounded
# Scores that count right answers: every image weighs its share.
COUNTED = {ACCURACY, BALANCED, MACRO_F1}
LEAST_KNOWN = 2  # degrees of freedom by which a standard deviation is told


def seed_noise(
    plan: Plan, data: DataSet, models: Sequence[Request], store: Store
) -> SeedNoise | None:
    """Return the noise of the baselines that are done, or a guess where there are few.

    With folds it is that of models of one fold: what folds differ in, arms share. None where costs
    decide: what theirs is, only their study tells.
    """
    if score_of(plan.gain).measure is None:
        return None
    baselines = [model for model in models if model.run.strategy.label == BASELINE
            and store.has(*_place(model))]  # fmt: skip
    scores = np.array([_score(plan, data, model, store) for model in baselines])
    folds = np.array([0 if model.run.fold is None else model.run.fold[0] for model in baselines])
    of_fold = folds[:, None] == folds
    df = len(baselines) - len(set(folds.tolist()))
    if df < LEAST_KNOWN:
        return SeedNoise(GUESS, 0)
    residuals = scores - of_fold @ scores / of_fold.sum(axis=1)
    return SeedNoise(
        float(np.sqrt((residuals**2).sum() / df)), len(baselines), float(1 - scores.mean())
    )


def _place(model: Request) -> tuple[str, str]:
    question = model.predictions("test")
    return question.kind, question.key


def _score(plan: Plan, data: DataSet, model: Request, store: Store) -> float:
    """Return the score of a model on its own test images."""
    measure = score_of(plan.gain).measure
    assert measure is not None  # ``seed_noise`` has seen to it
    logits = store.arrays(*_place(model))["logits"]
    test = test_of(data, model.run)
    return float(measure(Predictions(test.judged(logits)[None], test.judged_labels)).values[0])


def reaches(plan: Plan, data: DataSet, noise: SeedNoise | None) -> tuple[Reach, ...]:
    """Return which gains each stage finds with power .8, by the test in use."""
    if noise is None or not noise.sd > 0:
        return ()
    images = _test_images(plan, data) if plan.gain in COUNTED else None
    return tuple(
        Reach(stage, smallest_gain(plan, stage, noise.sd, images)) for stage in plan.stages
    )


def _test_images(plan: Plan, data: DataSet) -> int:
    """Return how many images are judged, by models of all folds where the test part rotates."""
    split = whole_pool(data) if plan.rotates else data.test
    return len(split.judged_labels)


def smallest_gain(plan: Plan, stage: Stage, sd: float, images: int | None = None) -> float:
    """Return the least gain that a stage finds where no other strategy shows anything.

    It is the g with g = (t(1 - alpha_s / 2k) + t(.8)) sqrt V, V = sd^2 (1/n + 1/b) + g / images:
    a share g of right answers more is other answers to a share g of the images at least, whose
    choice adds g / images to the variance. What goes to and fro beside it adds more, and images
    of one group more again: this is the least.

    With a rotating test part the replicates are folds, so its test has their degrees of freedom
    (see ``statistics.rotating``); V is the same, as long as strategies gain alike in all folds.

    Args:
        sd: of one model's score. images: that are judged; None: their choice is left out.

    Returns:
        A fraction, 1 at most.
    """
    reach = smallest_estimate(1.0, _df(plan, stage), stage.alpha / plan.family, POWER)
    seeds = reach * sd * np.sqrt(1 / stage.models + 1 / stage.baselines)
    choice = 0.0 if images is None else reach**2 / images
    return min(1.0, float(choice + np.hypot(choice, 2 * seeds)) / 2)


def _df(plan: Plan, stage: Stage) -> float:
    if plan.rotates and plan.folds is not None:
        contrasts = len(plan.strategies)
        moderation = moderate(np.ones(contrasts), np.full(contrasts, plan.folds - 1))
        return float(moderation.df[0])
    arms = [stage.baselines, *[plan.seeds] * len(plan.strategies)]
    return float(groups(arms, plan.folds_of(arms)).df.sum())
