"""Does a score go with the cost saved, over strategies?"""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.predictors.correlation import LEAST_STRATEGIES
from cam_augment.impact.predictors.scores import GAIN
from cam_augment.impact.scalars import finite_or_none
from cam_augment.records import Correlation, Effect
from cam_augment.records.effects import is_of_factors
from cam_augment.statistics import leave_one_out, max_statistic, rank_correlation
from cam_augment.statistics.scoring import COST, repeats_the_gain
from cam_augment.statistics.significance import change_finding

SAVED = "gain_cost"


def correlations_with_savings(arms: Arms, effects: tuple[Effect, ...]) -> tuple[Correlation, ...]:
    """Return the rank correlation of every effect with the cost that strategies save.

    Empty with fewer than five judged strategies: a correlation of four says nothing.
    """
    estimates = _by_question(effects)
    savings, primary = estimates.get(SAVED, {}), arms.plan.primary_question
    eligible = [s for s in arms.strategies if s in savings and s in estimates.get(primary, {})]
    if len(eligible) < LEAST_STRATEGIES:
        return ()
    y = np.array([savings[strategy] for strategy in eligible])
    scores = {
        question: np.array([values[strategy] for strategy in eligible])
        for question, values in estimates.items()
        if question != GAIN
        and not repeats_the_gain(question, COST)
        and not is_of_factors(question)
        and all(strategy in values for strategy in eligible)
    }
    rivals = [question for question in scores if question != primary]
    together = max_statistic(
        np.array([scores[name] for name in rivals]), y, arms.plan.permutations, seed=0
    )
    corrected_p = dict(zip(rivals, together, strict=True))
    return tuple(
        _correlation(arms, name, x, y, corrected_p.get(name)) for name, x in scores.items()
    )


def _by_question(effects: tuple[Effect, ...]) -> dict[str, dict[str, float]]:
    estimates: dict[str, dict[str, float]] = {}
    for effect in effects:
        if effect.estimate is not None:
            estimates.setdefault(effect.question, {})[effect.strategy] = effect.estimate
    return estimates


def _correlation(
    arms: Arms, name: str, x: np.ndarray, y: np.ndarray, corrected_p: float | None
) -> Correlation:
    alone = rank_correlation(x, y, arms.plan.permutations, seed=0, alpha=arms.plan.alpha)
    held_out = leave_one_out(x, y)
    p = finite_or_none(alone.p if corrected_p is None else corrected_p)
    return Correlation(
        score=name,
        primary=corrected_p is None,
        strategies=len(y),
        rho=finite_or_none(alone.rho),
        low=finite_or_none(alone.interval.low),
        high=finite_or_none(alone.interval.high),
        p=p,
        finding=change_finding(p, alone.rho, arms.plan.alpha),
        q2=finite_or_none(held_out.q2),
        error=finite_or_none(held_out.error),
    )
