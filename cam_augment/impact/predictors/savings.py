"""Does a score go with the cost saved, over strategies?"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.predictors.correlation import LEAST_STRATEGIES
from cam_augment.impact.predictors.scores import GAINS
from cam_augment.impact.scalars import known
from cam_augment.records import Correlation, Effect
from cam_augment.statistics import leave_one_out, max_statistic, rank_correlation
from cam_augment.statistics.significance import change_finding

SAVED = "gain_cost"


def correlations_with_savings(arms: Arms, effects: tuple[Effect, ...]) -> tuple[Correlation, ...]:
    """Return the rank correlation of every effect with the cost that strategies save.

    Empty with fewer than five judged strategies: a correlation of four says nothing.
    """
    found = _by_question(effects)
    saved, primary = found.get(SAVED, {}), arms.plan.primary_question
    judged = [s for s in arms.strategies if s in saved and s in found.get(primary, {})]
    if len(judged) < LEAST_STRATEGIES:
        return ()
    y = np.array([saved[strategy] for strategy in judged])
    scores = {
        question: np.array([values[strategy] for strategy in judged])
        for question, values in found.items()
        if question not in GAINS and all(strategy in values for strategy in judged)
    }
    others = [question for question in scores if question != primary]
    together = max_statistic(
        np.array([scores[name] for name in others]), y, arms.plan.permutations, seed=0
    )
    corrected = dict(zip(others, together, strict=True))
    return tuple(_correlation(arms, name, x, y, corrected.get(name)) for name, x in scores.items())


def _by_question(effects: tuple[Effect, ...]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for effect in effects:
        if effect.estimate is not None:
            found.setdefault(effect.question, {})[effect.strategy] = effect.estimate
    return found


def _correlation(arms: Arms, name: str, x, y, corrected: float | None) -> Correlation:
    alone = rank_correlation(x, y, arms.plan.permutations, seed=0, alpha=arms.plan.alpha)
    held_out = leave_one_out(x, y)
    p = known(alone.p if corrected is None else corrected)
    return Correlation(
        score=name,
        primary=corrected is None,
        strategies=len(y),
        rho=known(alone.rho),
        low=known(alone.interval.low),
        high=known(alone.interval.high),
        p=p,
        finding=change_finding(p, alone.rho, arms.plan.alpha),
        q2=known(held_out.q2),
        error=known(held_out.error),
    )
