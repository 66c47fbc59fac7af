"""What a design can find by the tests in use, from the noise of baselines that are done."""

from collections.abc import Sequence

import numpy as np

from cam_augment.datasets.folds import test_of
from cam_augment.plan import BASELINE, Plan, Stage
from cam_augment.records import DataSet
from cam_augment.records.forecast import Reach, SeedNoise
from cam_augment.statistics import groups, smallest_estimate
from cam_augment.statistics.moderated import moderate
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from cam_augment.store import Store
from cam_augment.study.requests import Request

POWER = 0.8
GUESS = 0.005  # of the seed SD of a score in 0..1: that of accuracy in the default study, rounded
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


def reaches(plan: Plan, noise: SeedNoise | None) -> tuple[Reach, ...]:
    """Return which gains each stage finds with power .8, by the test in use.

    (t(1 - alpha_s / 2k) + t(.8)) sqrt V with V = sd^2 (1/n + 1/b); what the choice of test
    images adds is not known yet.
    """
    if noise is None or not noise.sd > 0:
        return ()
    return tuple(Reach(stage, smallest_gain(plan, stage, noise.sd)) for stage in plan.stages)


def smallest_gain(plan: Plan, stage: Stage, sd: float) -> float:
    """Return the least gain that a stage finds where no other strategy shows anything.

    With a rotating test part the replicates are folds, so its test has their degrees of freedom
    (see ``statistics.rotating``); V is the same, as long as strategies gain alike in all folds.

    Args:
        sd: of one model's score.
    """
    variance = sd**2 * (1 / stage.models + 1 / stage.baselines)
    return smallest_estimate(variance, _df(plan, stage), stage.alpha / plan.family, POWER)


def _df(plan: Plan, stage: Stage) -> float:
    if plan.rotates and plan.folds is not None:
        contrasts = len(plan.strategies)
        moderation = moderate(np.ones(contrasts), np.full(contrasts, plan.folds - 1))
        return float(moderation.df[0])
    arms = [stage.baselines, *[plan.seeds] * len(plan.strategies)]
    return float(groups(arms, plan.folds_of(arms)).df.sum())
