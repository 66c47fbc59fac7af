"""What a design can show, by the tests in use, before anything is trained."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.datasets.folds import test_of
from cam_augment.plan import BASELINE, Plan, Stage
from cam_augment.records import DataSet
from cam_augment.statistics import groups, smallest_adjusted_p, smallest_estimate, smallest_p
from cam_augment.statistics.moderated import moderate
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from cam_augment.statistics.significance import is_significant
from cam_augment.store import Store
from cam_augment.study.requests import Request

POWER = 0.8
GUESS = 0.005  # of the seed SD of a score in 0..1: that of accuracy in the default study, rounded
LEAST_KNOWN = 2  # degrees of freedom by which a standard deviation is told


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
        room: what is left to gain above their mean; 1 where that is not known.
    """

    sd: float
    models: int
    room: float = 1.0


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


def gain_lines(plan: Plan, noise: SeedNoise | None) -> list[str]:
    """Return which gains each stage finds with power .8, by the test in use.

    (t(1 - alpha_s / 2k) + t(.8)) sqrt V with V = sd^2 (1/n + 1/b); what the choice of test
    images adds is not known yet.
    """
    if noise is None or not noise.sd > 0:
        return []
    gains = ", ".join(
        f"{100 * smallest_gain(plan, stage, noise.sd):.2f} points by {stage.models} + "
        f"{stage.baselines} models (alpha {stage.alpha:g})"
        for stage in plan.stages
    )
    known = f"{noise.models} baselines" if noise.models else "a guess: too few baselines are done"
    return [
        f"gains found with power .8: {gains}; at a seed noise of {100 * noise.sd:.2f} points "
        f"({known})"
    ]


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


def obstacles(plan: Plan, noise: SeedNoise | None) -> list[str]:
    """Return why the design can decide on no gain; empty where it can."""
    if noise is None or not noise.sd > 0:
        return []
    least = _least(plan, noise)
    if least < noise.room:
        return []
    return [
        f"gains below about {100 * least:.1f} points are not found, and {100 * noise.room:.1f} are "
        "left to gain: add models, or take harder data"
    ]


def _least(plan: Plan, noise: SeedNoise) -> float:
    return min(smallest_gain(plan, stage, noise.sd) for stage in plan.stages)


def decision_line(plan: Plan, noise: SeedNoise | None, work: str) -> str:
    """Return in one line what the study will decide, and what it takes.

    Args:
        work: models and time.
    """
    against = obstacles(plan, noise)
    if against:
        return f"decides nothing: {'; '.join(against)}; {work}"
    if noise is None or not noise.sd > 0:
        return f"decides by {plan.gain}; {work}"
    least = _least(plan, noise)
    return f"decides: finds gains from about {100 * least:.1f} points; {work}"
