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
    MUST_BEAT,
    ONE_EPOCH,
    PREDICTION_KL,
    Score,
    reliability,
)
from cam_augment.impact.scalars import finite_or_none
from cam_augment.plan import BASELINE
from cam_augment.records import Correlation, GainPrediction, PartialCorrelation
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
DESTRUCTIVE = 0.02  # of accuracy: a strategy that changes it so much destroys, or saves, a study
LIMIT = 20_000  # orders behind the p of Q^2 and of partial correlations
PREDICTORS = (AFFINITY, DIVERSITY, ONE_EPOCH, EQUIVARIANCE)
GIVEN = ((PREDICTION_KL,), (AFFINITY, DIVERSITY))


@dataclass(frozen=True)
class Points:
    """The judged strategies: gain of each [strategy], and the family that it belongs to.

    ``by_family``: whether families count; if not, each strategy is a family of its own.
    ``mild``: bool [strategy], whether accuracy changes by less than DESTRUCTIVE either way.
    """

    strategies: list[str]
    gain: np.ndarray
    families: list
    by_family: bool
    mild: np.ndarray

    def at(self, mask: np.ndarray) -> "Points":
        """Return some of the points, bool [strategy].

        Args:
            mask: which of them, bool [strategy].
        """
        return Points(
            [s for s, is_there in zip(self.strategies, mask, strict=True) if is_there],
            self.gain[mask],
            [f for f, is_there in zip(self.families, mask, strict=True) if is_there],
            self.by_family,
            self.mild[mask],
        )

    def orders(self, limit: int) -> np.ndarray:
        """Return orders of strategies whose families change places, int [order, strategy]."""
        return family_orders(self.families, limit)


def points_of(arms: Arms, scores: Mapping[str, Score], primary: str) -> Points:
    """Return the strategies that have a gain and a primary score."""
    gains = scores[GAIN].values
    labels = [s for s in arms.strategies if s in gains and s in scores[primary].values]
    family_of = {strategy.label: strategy.family for strategy in arms.plan.strategies}
    families = [family_of[label] for label in labels]
    by_family = in_families(families)
    groups = families if by_family else list(range(len(labels)))
    before = arms.accuracy(BASELINE).mean()
    changes = np.array([arms.accuracy(label).mean() - before for label in labels])
    gain = np.array([gains[label] for label in labels])
    return Points(labels, gain, groups, by_family, np.abs(changes) < DESTRUCTIVE)


def correlations(
    arms: Arms, scores: Mapping[str, Score]
) -> tuple[tuple[Correlation, ...], GainPrediction | None]:
    """Return how every score goes with the gain in accuracy, and what is left of the primary.

    Empty with fewer than five judged strategies: a correlation of four says nothing.
    """
    primary = arms.plan.primary_question
    points = points_of(arms, scores, primary)
    if len(points.strategies) < LEAST_STRATEGIES:
        return (), None
    values = {
        name: np.array([score.values.get(s, np.nan) for s in points.strategies])
        for name, score in scores.items()
        if name != GAIN
    }
    values = {n: x for n, x in values.items() if np.isfinite(x).sum() >= LEAST_STRATEGIES}
    rivals = [name for name in values if name != primary]
    orders = points.orders(arms.plan.permutations) if points.by_family else None
    together = max_statistic(
        np.array([values[name] for name in rivals]).reshape(len(rivals), -1),
        points.gain,
        arms.plan.permutations,
        seed=0,
        orders=orders,
    )
    corrected_p = dict(zip(rivals, together, strict=True))
    reliable = {GAIN: reliability(arms, scores[GAIN], points.strategies)}
    rows = []
    for name, x in values.items():
        finite = points.at(np.isfinite(x))
        reliable[name] = reliability(arms, scores[name], finite.strategies)
        row = _correlation(arms, name, x, points, corrected_p.get(name))
        most = ceiling(reliable[name], reliable[GAIN])
        rows.append(row.model_copy(
            update={"reliability": finite_or_none(reliable[name]), "ceiling": finite_or_none(most)}
        ))  # fmt: skip
    rows = _against_rivals(values, primary, points, rows, arms.plan.alpha)
    return tuple(rows), GainPrediction(
        families=len(set(points.families)),
        by_family=points.by_family,
        gain_reliability=finite_or_none(reliable[GAIN]),
        predictors={n: dict(scores[n].values) for n in PREDICTORS if n in scores},
        partials=_partials(arms, values, primary, points),
    )


def _correlation(
    arms: Arms, name: str, x: np.ndarray, points: Points, corrected_p: float | None
) -> Correlation:
    finite = np.isfinite(x)
    x, points = x[finite], points.at(finite)
    plan = arms.plan
    orders = points.orders(plan.permutations) if points.by_family else None
    alone = rank_correlation(x, points.gain, plan.permutations, 0, plan.alpha, orders)
    interval = alone.interval
    if points.by_family:
        sides = [x, points.gain]
        interval = family_interval(sides, points.families, plan.alpha, plan.bootstrap)
    left_out = _left_out(x, points, plan.permutations)
    primary = corrected_p is None
    p = finite_or_none(alone.p if corrected_p is None else corrected_p)
    mild = rank_correlation(x[points.mild], points.gain[points.mild], permutations=1)
    q2, q2_p = finite_or_none(left_out.q2), finite_or_none(left_out.p)
    return Correlation(
        score=name,
        primary=primary,
        strategies=len(x),
        rho=finite_or_none(alone.rho),
        low=finite_or_none(interval.low),
        high=finite_or_none(interval.high),
        p=p,
        finding=change_finding(p, alone.rho, plan.alpha),
        mild=int(points.mild.sum()),
        rho_mild=finite_or_none(mild.rho),
        q2=q2,
        q2_p=q2_p,
        prediction=prediction_finding(q2_p, q2, plan.alpha) if primary else None,
        error=finite_or_none(left_out.error),
        must_beat=name in MUST_BEAT,
    )


def _left_out(x: np.ndarray, points: Points, permutations: int = 0) -> LeftOut:
    """Return how well a score predicts left-out families; p only with ``permutations``."""
    observed = np.arange(len(x))[None]
    orders = points.orders(min(permutations, LIMIT)) if permutations else observed
    return leave_family_out(x, points.gain, points.families, orders)


def _against_rivals(
    values: Mapping[str, np.ndarray],
    primary: str,
    points: Points,
    rows: list[Correlation],
    alpha: float,
) -> list[Correlation]:
    """Add the mean as a predictor, and how the primary errs against each that it must beat."""
    fit = _left_out(values[primary], points)
    mean = Correlation(
        score=MEAN, primary=False, strategies=len(points.gain), rho=None, low=None, high=None,
        p=None, q2=0.0, error=finite_or_none(fit.error_mean), must_beat=True,
    )  # fmt: skip
    rows = [*rows, mean]
    rivals = [row.score for row in rows if row.must_beat and row.error is not None]
    differences = [_against(values, primary, rival, points) for rival in rivals]
    corrected_p = holm([p for _, p in differences])
    against = {
        rival: {
            "error_excess": finite_or_none(difference),
            "error_excess_p": finite_or_none(p),
            "error_excess_finding": change_finding(finite_or_none(p), difference, alpha),
        }
        for rival, (difference, _), p in zip(rivals, differences, corrected_p, strict=True)
    }
    return [row.model_copy(update=against.get(row.score, {})) for row in rows]


def _against(
    values: Mapping[str, np.ndarray], primary: str, rival: str, points: Points
) -> tuple[float, float]:
    """Return by how much the primary errs more than a rival, on the points of both, with p."""
    x = np.zeros(len(points.gain)) if rival == MEAN else values[rival]
    finite = np.isfinite(x)
    points = points.at(finite)
    errors, rival_errors = (_left_out(side[finite], points).errors for side in (values[primary], x))
    return error_difference(errors, rival_errors, points.families)


def _partials(
    arms: Arms, values: Mapping[str, np.ndarray], primary: str, points: Points
) -> tuple[PartialCorrelation, ...]:
    """Return what is left of the primary score's correlation, given other predictors."""
    return tuple(
        _partial(arms, values, primary, predictors, points)
        for predictors in GIVEN
        if all(name in values for name in predictors) and primary not in predictors
    )


def _partial(
    arms: Arms,
    values: Mapping[str, np.ndarray],
    primary: str,
    predictors: tuple[str, ...],
    points: Points,
) -> PartialCorrelation:
    sides = np.array([values[name] for name in (primary, *predictors)])
    finite = np.isfinite(sides).all(axis=0)
    sides, points, plan = sides[:, finite], points.at(finite), arms.plan
    orders = points.orders(min(plan.permutations, LIMIT))
    rho, p = partial_rank_correlation(sides[0], points.gain, sides[1:], orders)
    variables = [sides[0], points.gain, *sides[1:]]
    if points.by_family:
        interval = family_interval(variables, points.families, plan.alpha, plan.bootstrap)
    elif np.isfinite(rho):
        interval = fisher_interval(rho, int(finite.sum()) - len(predictors), plan.alpha)
    else:
        interval = Interval(np.nan, np.nan)
    return PartialCorrelation(
        score=primary,
        given=predictors,
        strategies=int(finite.sum()),
        rho=finite_or_none(rho),
        low=finite_or_none(interval.low),
        high=finite_or_none(interval.high),
        p=finite_or_none(p),
        finding=change_finding(finite_or_none(p), rho, plan.alpha),
    )
