"""Do the scores predict the gain, over strategies? One primary score; all others together.

Where strategies come in families (an augmentation at several magnitudes), whole families are
left out, permuted and drawn: their members are no independent points.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.predictors.scores import (
    AFFINITY,
    DIVERSITY,
    EQUIVARIANCE,
    GAIN,
    GAINS,
    MUST_BEAT,
    ONE_EPOCH,
    PREDICTION_KL,
    Score,
    reliability,
)
from cam_augment.impact.scalars import known
from cam_augment.records import Correlation, GainPrediction, Partial
from cam_augment.statistics import (
    Interval,
    LeftOut,
    ceiling,
    error_difference,
    family_interval,
    family_orders,
    fisher_interval,
    holm,
    in_families,
    leave_family_out,
    max_statistic,
    partial_rank_correlation,
    rank_correlation,
)
from cam_augment.statistics.significance import change_finding, prediction_finding

LEAST_STRATEGIES = 5
MEAN = "mean"
LIMIT = 20_000  # orders behind the p of Q^2 and of partial correlations
PREDICTORS = (AFFINITY, DIVERSITY, ONE_EPOCH, EQUIVARIANCE)
GIVEN = ((PREDICTION_KL,), (AFFINITY, DIVERSITY))


@dataclass(frozen=True)
class Points:
    """The judged strategies: gain of each [strategy], and the family that it belongs to.

    ``grouped``: whether families count; if not, each strategy is a family of its own.
    """

    strategies: list[str]
    gain: np.ndarray
    families: list
    grouped: bool

    def at(self, there: np.ndarray) -> "Points":
        """Return some of the points, bool [strategy]."""
        return Points(
            [s for s, is_there in zip(self.strategies, there, strict=True) if is_there],
            self.gain[there],
            [f for f, is_there in zip(self.families, there, strict=True) if is_there],
            self.grouped,
        )

    def orders(self, limit: int) -> np.ndarray:
        return family_orders(self.families, limit)


def judged(arms: Arms, scores: Mapping[str, Score], primary: str) -> Points:
    """Return the strategies that have a gain and a primary score."""
    gains = scores[GAIN].values
    labels = [s for s in arms.strategies if s in gains and s in scores[primary].values]
    named = {strategy.label: strategy.family for strategy in arms.plan.strategies}
    families = [named[label] for label in labels]
    grouped = in_families(families)
    own = families if grouped else list(range(len(labels)))
    return Points(labels, np.array([gains[label] for label in labels]), own, grouped)


def correlations(
    arms: Arms, scores: Mapping[str, Score]
) -> tuple[tuple[Correlation, ...], GainPrediction | None]:
    """Return how every score goes with the gain in accuracy, and what is left of the primary.

    Empty with fewer than five judged strategies: a correlation of four says nothing.
    """
    primary = arms.plan.primary_question
    points = judged(arms, scores, primary)
    if len(points.strategies) < LEAST_STRATEGIES:
        return (), None
    values = {
        name: np.array([score.values.get(s, np.nan) for s in points.strategies])
        for name, score in scores.items()
        if name not in GAINS
    }
    values = {n: x for n, x in values.items() if np.isfinite(x).sum() >= LEAST_STRATEGIES}
    others = [name for name in values if name != primary]
    orders = points.orders(arms.plan.permutations) if points.grouped else None
    together = max_statistic(
        np.array([values[name] for name in others]).reshape(len(others), -1),
        points.gain,
        arms.plan.permutations,
        seed=0,
        orders=orders,
    )
    corrected = dict(zip(others, together, strict=True))
    reliable = {GAIN: reliability(arms, scores[GAIN], points.strategies)}
    rows = []
    for name, x in values.items():
        there = points.at(np.isfinite(x))
        reliable[name] = reliability(arms, scores[name], there.strategies)
        row = _correlation(arms, name, x, points, corrected.get(name))
        most = ceiling(reliable[name], reliable[GAIN])
        rows.append(row.model_copy(
            update={"reliability": known(reliable[name]), "ceiling": known(most)}
        ))  # fmt: skip
    rows = _held_against(values, primary, points, rows, arms.plan.alpha)
    return tuple(rows), GainPrediction(
        families=len(set(points.families)),
        by_family=points.grouped,
        gain_reliability=known(reliable[GAIN]),
        predictors={n: dict(scores[n].values) for n in PREDICTORS if n in scores},
        partials=_partials(arms, values, primary, points),
    )


def _correlation(
    arms: Arms, name: str, x: np.ndarray, points: Points, corrected: float | None
) -> Correlation:
    there = np.isfinite(x)
    x, points = x[there], points.at(there)
    plan = arms.plan
    orders = points.orders(plan.permutations) if points.grouped else None
    alone = rank_correlation(x, points.gain, plan.permutations, 0, plan.alpha, orders)
    interval = alone.interval
    if points.grouped:
        sides = [x, points.gain]
        interval = family_interval(sides, points.families, plan.alpha, plan.bootstrap)
    found = _left_out(x, points, plan.permutations)
    primary = corrected is None
    p = known(alone.p if primary else corrected)
    q2, q2_p = known(found.q2), known(found.p)
    return Correlation(
        score=name,
        primary=primary,
        strategies=len(x),
        rho=known(alone.rho),
        low=known(interval.low),
        high=known(interval.high),
        p=p,
        finding=change_finding(p, alone.rho, plan.alpha),
        q2=q2,
        q2_p=q2_p,
        prediction=prediction_finding(q2_p, q2, plan.alpha) if primary else None,
        error=known(found.error),
        must_beat=name in MUST_BEAT,
    )


def _left_out(x: np.ndarray, points: Points, permutations: int = 0) -> LeftOut:
    """Return how well a score predicts left-out families; p only with ``permutations``."""
    observed = np.arange(len(x))[None]
    orders = points.orders(min(permutations, LIMIT)) if permutations else observed
    return leave_family_out(x, points.gain, points.families, orders)


def _held_against(
    values: Mapping[str, np.ndarray],
    primary: str,
    points: Points,
    rows: list[Correlation],
    alpha: float,
) -> list[Correlation]:
    """Add the mean as a predictor, and how the primary errs against each that it must beat."""
    whole = _left_out(values[primary], points)
    mean = Correlation(
        score=MEAN, primary=False, strategies=len(points.gain), rho=None, low=None, high=None,
        p=None, q2=0.0, error=known(whole.error_mean), must_beat=True,
    )  # fmt: skip
    rows = [*rows, mean]
    rivals = [row.score for row in rows if row.must_beat and row.error is not None]
    found = [_against(values, primary, rival, points) for rival in rivals]
    adjusted = holm(np.array([p for _, p in found]))
    against = {
        rival: {
            "error_excess": known(difference),
            "error_excess_p": known(p),
            "error_excess_finding": change_finding(known(p), difference, alpha),
        }
        for rival, (difference, _), p in zip(rivals, found, adjusted, strict=True)
    }
    return [row.model_copy(update=against.get(row.score, {})) for row in rows]


def _against(
    values: Mapping[str, np.ndarray], primary: str, rival: str, points: Points
) -> tuple[float, float]:
    """Return by how much the primary errs more than a rival, on the points of both, with p."""
    x = np.zeros(len(points.gain)) if rival == MEAN else values[rival]
    there = np.isfinite(x)
    points = points.at(there)
    own, other = (_left_out(side[there], points).errors for side in (values[primary], x))
    return error_difference(own, other, points.families)


def _partials(
    arms: Arms, values: Mapping[str, np.ndarray], primary: str, points: Points
) -> tuple[Partial, ...]:
    """Return what is left of the primary score's correlation, given other predictors."""
    return tuple(
        _partial(arms, values, primary, given, points)
        for given in GIVEN
        if all(name in values for name in given) and primary not in given
    )


def _partial(arms: Arms, values, primary: str, given: tuple[str, ...], points: Points) -> Partial:
    sides = np.array([values[name] for name in (primary, *given)])
    there = np.isfinite(sides).all(axis=0)
    sides, points, plan = sides[:, there], points.at(there), arms.plan
    orders = points.orders(min(plan.permutations, LIMIT))
    rho, p = partial_rank_correlation(sides[0], points.gain, sides[1:], orders)
    variables = [sides[0], points.gain, *sides[1:]]
    if points.grouped:
        interval = family_interval(variables, points.families, plan.alpha, plan.bootstrap)
    elif np.isfinite(rho):
        interval = fisher_interval(rho, there.sum() - len(given), plan.alpha)
    else:
        interval = Interval(np.nan, np.nan)
    return Partial(
        score=primary,
        given=given,
        strategies=int(there.sum()),
        rho=known(rho),
        low=known(interval.low),
        high=known(interval.high),
        p=known(p),
        finding=change_finding(known(p), rho, plan.alpha),
    )
