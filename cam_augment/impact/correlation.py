"""Does a score go with the gain, over strategies? One primary score; all others together."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import known
from cam_augment.records import Correlation, Effect
from cam_augment.statistics import leave_one_out, max_statistic, rank_correlation

LEAST_STRATEGIES = 5
GAINS = ("gain", "gain_macro_f1", "gain_balanced_accuracy", "gain_cost")


def correlations(
    arms: Arms, effects: tuple[Effect, ...], against: str = "gain"
) -> tuple[Correlation, ...]:
    """Return the rank correlation of every score with the gain in accuracy, or another one.

    Empty with fewer than five judged strategies: a correlation of four says nothing.
    """
    gains = {e.strategy: e.estimate for e in effects if e.question == against}
    scores = {
        question: _by_strategy(effects, question)
        for question in dict.fromkeys(effect.question for effect in effects)
        if question not in GAINS
    }
    primary = f"excess_shift.{arms.plan.primary}"
    judged = [s for s in arms.strategies if gains.get(s) is not None and s in scores[primary]]
    if len(judged) < LEAST_STRATEGIES:
        return ()
    y = np.array([gains[strategy] for strategy in judged])
    complete = {
        question: np.array([values[strategy] for strategy in judged])
        for question, values in scores.items()
        if all(strategy in values for strategy in judged)
    }
    others = [question for question in complete if question != primary]
    together = max_statistic(
        np.array([complete[question] for question in others]), y, arms.plan.permutations, seed=0
    )
    corrected = dict(zip(others, together, strict=True))
    return tuple(
        _correlation(arms, question, against, x, y, corrected.get(question))
        for question, x in complete.items()
    )


def _by_strategy(effects: tuple[Effect, ...], question: str) -> dict[str, float]:
    return {
        effect.strategy: effect.estimate
        for effect in effects
        if effect.question == question and effect.estimate is not None
    }


def _correlation(
    arms: Arms, question: str, against: str, x, y, corrected: float | None
) -> Correlation:
    alone = rank_correlation(x, y, arms.plan.permutations, seed=0, alpha=arms.plan.alpha)
    held_out = leave_one_out(x, y)
    return Correlation(
        score=question,
        against=against,
        primary=corrected is None,
        strategies=len(y),
        rho=known(alone.rho),
        low=known(alone.interval.low),
        high=known(alone.interval.high),
        p=known(alone.p if corrected is None else corrected),
        q2=known(held_out.q2),
        error=known(held_out.error),
    )
