"""Does a score go with the gain, over strategies?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations as orders
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.student import Interval, quantile

EXACT = 8
ROUNDING = 1e-9
BLOCK = 2**22  # places in a block of orders: 32 MiB of values


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation.

    Attributes:
        rho: -1..1; NaN where one side is constant or there are fewer than 3 points.
        p: two-sided permutation p. interval: Interval of rho. n: points used.
        exact: whether all permutations were counted.
    """

    rho: float
    p: float
    interval: Interval
    n: int
    exact: bool


@dataclass(frozen=True)
class LeaveOneOut:
    """How well a line through the other points predicts the point left out.

    Attributes:
        q2: 1 less the ratio of squared errors of the line and of the others' mean; 1 is
            perfect, 0 no better than the mean, negative worse.
        error: mean absolute error, in the unit of y.
    """

    q2: float
    error: float


def rank_correlation(
    x: ArrayLike,
    y: ArrayLike,
    permutations: int = 10_000,
    seed: int = 0,
    alpha: float = 0.05,
    orders: np.ndarray | None = None,
) -> RankCorrelation:
    """Return Spearman's rho of ``x`` and ``y``, float [point], with p and interval.

    p counts the permutations with a larger or equal |rho|: all n! of them for up to 8
    points, otherwise ``permutations`` random ones, as (1 + count) / (1 + permutations).
    The interval is Fisher's z with the variance (1 + rho^2 / 2) / (n - 3) of Bonett and
    Wright (2000); it is NaN below 4 points. Points with a NaN are left out.

    ``orders``, int [order, point], are permutations to use instead, the observed order first
    (``family_orders``); no point may have a NaN then.

    >>> found = rank_correlation([1, 2, 3, 4, 5], [1, 2, 3, 5, 4])
    >>> round(found.rho, 3), round(found.p, 4), found.exact
    (0.9, 0.0833, True)
    """
    x, y = _together(x, y)
    n = len(x)
    first, second = standard_ranks(x), standard_ranks(y)
    rho = float(np.clip(round(first @ second, 12), -1, 1)) if n > 2 else np.nan
    if np.isnan(rho):
        return RankCorrelation(np.nan, np.nan, Interval(np.nan, np.nan), n, False)
    shuffled = _permutations(n, permutations, seed) if orders is None else orders
    others = by_blocks(shuffled, lambda rows: np.abs(second[rows] @ first))
    p = np.mean(others >= abs(rho) - ROUNDING)
    return RankCorrelation(rho, float(p), fisher_interval(rho, n, alpha), n, n <= EXACT)


def max_statistic(
    scores: ArrayLike,
    y: ArrayLike,
    permutations: int = 10_000,
    seed: int = 0,
    orders: np.ndarray | None = None,
) -> np.ndarray:
    """Return p for each score, corrected together by the largest |rho| of any score.

    ``y`` is permuted against all scores at once, so the p of a score is the probability
    that the best of them does as well by chance (Westfall and Young 1993).

    Args:
        scores: float [score, point]; a NaN is a point at which a score is not defined, and
            its rho is that of the others. A score that is constant gets NaN.
        y: float [point]; points with a NaN are left out.
        orders: int [order, point], permutations to use instead, the observed order first
            (``family_orders``); y may have no NaN then.

    Returns:
        float64 [score], as (1 + count) / (1 + permutations), exact up to 8 points.

    >>> max_statistic([[1, 2, 3, 4], [1, 3, 2, 4]], [1, 2, 3, 4]).round(3)
    array([0.167, 0.5  ])
    """
    scores, y = np.asarray(scores, float), np.asarray(y, float)
    defined = ~np.isnan(y)
    scores, y = np.asarray(scores[:, defined]), np.asarray(y[defined])
    shuffled = _permutations(len(y), permutations, seed) if orders is None else orders
    best = np.zeros(len(shuffled))
    observed = np.full(len(scores), np.nan)
    present = ~np.isnan(scores)
    for points in np.unique(present, axis=0) if len(scores) else ():
        alike = (present == points).all(axis=1)
        rho = _absolute_rho(scores[alike], y, points, shuffled)
        observed[alike] = rho[0]
        best = np.fmax(best, np.fmax.reduce(rho, axis=1))
    larger = best[:, None] >= observed - ROUNDING
    return np.where(np.isnan(observed), np.nan, larger.mean(axis=0))


def _absolute_rho(
    scores: np.ndarray, y: np.ndarray, points: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """Return |rho| of some points of every score with y in every order, float [order, score]."""
    ranks = np.array([standard_ranks(score[points]) for score in scores])
    return by_blocks(orders, lambda rows: np.abs(_shuffled_ranks(y, rows, points) @ ranks.T))


def _shuffled_ranks(y: np.ndarray, orders: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the standard ranks of some points of y in every order, float [order, point]."""
    if points.sum() < 3:
        return np.full((len(orders), points.sum()), np.nan)
    if points.all():
        return standard_ranks(y)[orders]
    from scipy.stats import rankdata

    ranks = rankdata(y[orders][:, points], axis=1) - (points.sum() + 1) / 2
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    return np.divide(ranks, length, out=np.full(ranks.shape, np.nan), where=length > 0)


def leave_one_out(x: ArrayLike, y: ArrayLike) -> LeaveOneOut:
    """Return how well least squares on all other points predicts each y from its x.

    Q^2 = 1 - PRESS / sum (y_i - mean without i)^2. The correlation of predicted and
    observed is no substitute: without any relation it is about -0.4. PRESS residuals are
    e_i / (1 - h_i) (Allen 1974). Points with a NaN are left out; NaN below 4 points or
    where y is constant.

    >>> leave_one_out([0, 1, 2, 3], [1, 3, 5, 7])
    LeaveOneOut(q2=1.0, error=0.0)
    """
    x, y = _together(x, y)
    n = len(x)
    if n < 4 or np.ptp(y) == 0:
        return LeaveOneOut(np.nan, np.nan)
    mean_errors = (y - y.mean()) * n / (n - 1)
    errors = _left_out_errors(x, y, mean_errors)
    q2 = 1 - (errors @ errors) / (mean_errors @ mean_errors)
    return LeaveOneOut(float(q2), float(np.abs(errors).mean()))


def _left_out_errors(x: np.ndarray, y: np.ndarray, mean_errors: np.ndarray) -> np.ndarray:
    centred = x - x.mean()
    power = centred @ centred
    if np.ptp(x) == 0:
        return mean_errors
    slope = centred @ y / power
    residuals = y - y.mean() - slope * centred
    rest = 1 - 1 / len(x) - centred**2 / power
    # The only point that gives x a slope: without it, the mean is all that is left.
    alone = rest < ROUNDING
    return np.where(alone, mean_errors, residuals / np.where(alone, 1, rest))


def _together(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"x and y are [point]; received shapes {x.shape} and {y.shape}")
    defined = ~(np.isnan(x) | np.isnan(y))
    return x[defined], y[defined]


def standard_ranks(values: np.ndarray) -> np.ndarray:
    """Return average ranks, centred and of length 1; NaN for a constant or a NaN."""
    ranks = (np.sign(values[:, None] - values).sum(axis=1)) / 2
    length = np.sqrt(ranks @ ranks)
    return ranks / length if length > 0 else np.full(len(values), np.nan)


@lru_cache(maxsize=2)
def _permutations(n: int, count: int, seed: int) -> np.ndarray:
    """Return int [1 + count, n] with the observed order first; all n! up to 8 points.

    They are kept: a study asks for the same ones for every score.
    """
    if n <= EXACT:
        return np.array(list(orders(range(n)))).reshape(factorial(n), n)
    rows = np.tile(np.arange(n, dtype=np.min_scalar_type(n)), (1 + count, 1))
    rows[1:] = np.random.default_rng(seed).permuted(rows[1:], axis=1)
    rows.setflags(write=False)
    return rows


def by_blocks(orders: np.ndarray, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return what ``of`` makes of every order [order, ...], so many at a time that memory holds.

    Args:
        orders: int [order, point]. of: from some orders to their values.
    """
    rows = max(1, BLOCK // max(1, orders.shape[1]))
    return np.concatenate([of(orders[at : at + rows]) for at in range(0, len(orders), rows)])


def fisher_interval(rho: float, n: int, alpha: float) -> Interval:
    """Return the interval of a rank correlation of n points (see ``rank_correlation``).

    Of a partial correlation, n is less by one for each given score.
    """
    if n < 4:
        return Interval(np.nan, np.nan)
    # A perfect order of n points is not a perfect correlation: z stays finite half a step
    # below it, at half the change that one exchange of neighbours makes.
    most = 1 - 6 / (n * (n * n - 1))
    z = np.arctanh(np.clip(rho, -most, most))
    reach = quantile(1 - alpha / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(z - reach), np.tanh(z + reach)
    return Interval(float(min(low, rho)), float(max(high, rho)))
