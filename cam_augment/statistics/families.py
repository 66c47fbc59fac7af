"""Does a score predict the gain of a family of strategies that it has not seen?

Strategies come in families: one augmentation at several magnitudes. Members of a family are
alike in score and in gain, whatever relates the two, so they are no independent points. Whole
families are left out, permuted and drawn.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from math import factorial, prod

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.correlation import EXACT, ROUNDING, by_blocks
from cam_augment.statistics.partial import partial_rho
from cam_augment.statistics.student import Interval, quantile

LEAST_FAMILIES = 3
LEAST_POINTS = 4
FLIPPED = 14  # families up to which all changes of sign are counted


@dataclass(frozen=True)
class LeftOut:
    """How well a line through the other families predicts the family left out.

    Attributes:
        q2: 1 less the ratio of squared errors of the line and of the other families' mean: 1
            is perfect; the mean itself has 0; below 0 is worse than the mean.
        p: share of the orders, the observed one included, whose q2 is as large.
        error: mean absolute error, in the unit of y. error_mean: that of the mean.
        errors: float [point], y less what was predicted of it.
    """

    q2: float
    p: float
    error: float
    error_mean: float
    errors: np.ndarray


def in_families(families: Sequence[Hashable]) -> bool:
    """Return whether strategies come in families: three or more, not all of one member.

    >>> in_families("aabbc"), in_families("abc"), in_families("aabb")
    (True, False, False)
    """
    return LEAST_FAMILIES <= len(set(families)) < len(families)


def family_orders(families: Sequence[Hashable], count: int, seed: int = 0) -> np.ndarray:
    """Return orders in which families of one size change places, int [order, point].

    Families are exchanged as blocks; inside, the points keep their places (from mild to
    strong, where a plan lists them so). If which family has which gains is a matter of
    chance, each order is as likely, however alike or ordered members of a family are; to
    permute single strategies would take a family's members for so many independent points.
    Where each family has one member, these are all permutations.

    All orders where they are no more than 8!, else ``count`` random ones behind the
    observed one, which is the first in any case.

    >>> family_orders("aabb", 1000).tolist()
    [[0, 1, 2, 3], [2, 3, 0, 1]]
    """
    return _family_orders(tuple(families), count, seed)


@lru_cache(maxsize=4)
def _family_orders(families: tuple, count: int, seed: int) -> np.ndarray:
    sizes = list(_by_size(families).values())
    if prod(factorial(len(blocks)) for blocks in sizes) <= factorial(EXACT):
        choices = [[blocks[list(p)] for p in permutations(range(len(blocks)))] for blocks in sizes]
        exchanged = [np.array([pick[i] for pick in product(*choices)]) for i in range(len(sizes))]
    else:
        rng = np.random.default_rng(seed)
        exchanged = []
        for blocks in sizes:
            numbers = np.arange(len(blocks), dtype=np.min_scalar_type(len(blocks)))
            places = np.tile(numbers, (1 + count, 1))
            places[1:] = rng.permuted(places[1:], axis=1)
            exchanged.append(blocks[places])
    smallest = np.min_scalar_type(len(families))
    orders = np.empty((len(exchanged[0]), len(families)), smallest)
    for blocks, places in zip(sizes, exchanged, strict=True):
        orders[:, blocks.ravel()] = places.reshape(len(places), -1)
    orders.setflags(write=False)
    return orders


def _by_size(families: tuple) -> dict[int, np.ndarray]:
    """Return the places of all families of a size, int [family, member], by that size."""
    members = [
        [place for place, other in enumerate(families) if other == family]
        for family in dict.fromkeys(families)
    ]
    sizes = sorted({len(family) for family in members})
    return {size: np.array([m for m in members if len(m) == size]) for size in sizes}


def leave_family_out(
    x: ArrayLike, y: ArrayLike, families: Sequence[Hashable], orders: np.ndarray
) -> LeftOut:
    """Return how well least squares on the other families predicts each y from its x.

    Q^2 = 1 - PRESS / sum (y - mean of the other families)^2, over all points. The mean of the
    others has 0 by definition. Where each point is its own family, this is leave-one-out.
    NaN below 4 points, with a single family, or where y is constant.

    Args:
        x, y: float [point], without NaN. families: of each point.
        orders: of y, int [order, point], the observed one first (``family_orders``).
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if len(x) < LEAST_POINTS or len(set(families)) < 2 or np.ptp(y) == 0:
        return LeftOut(*(np.nan,) * 4, np.full(len(x), np.nan))
    held_out = _held_out(families)
    line, mean = _leaving(x, held_out), _leaving(np.zeros_like(x), held_out)
    q2 = by_blocks(orders, lambda rows: _q2(y[rows], line, mean))
    errors = line @ y
    return LeftOut(
        float(q2[0]),
        float(np.mean(q2 >= q2[0] - ROUNDING)),
        float(np.abs(errors).mean()),
        float(np.abs(mean @ y).mean()),
        errors,
    )


def _held_out(families: Sequence[Hashable]) -> list[np.ndarray]:
    """Return for each family which points are its own, bool [point]."""
    return [np.array([f == family for f in families]) for family in dict.fromkeys(families)]


def _leaving(x: np.ndarray, held_out: list[np.ndarray]) -> np.ndarray:
    """Return the matrix [point, point] that makes y into its errors, family by family."""
    matrix = np.eye(len(x))
    least = ROUNDING * ((x - x.mean()) @ (x - x.mean()))
    for members in held_out:
        others = x[~members]
        centred = others - others.mean()
        power = centred @ centred
        weights = np.full((members.sum(), len(others)), 1 / len(others))
        if power > least:  # else the others have no slope, and their mean is all there is
            weights += np.outer(x[members] - others.mean(), centred) / power
        matrix[np.ix_(members, ~members)] = -weights
    return matrix


def _q2(y: np.ndarray, line: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return 1 - _power(y @ line.T) / _power(y @ mean.T)


def _power(rows: np.ndarray) -> np.ndarray:
    return (rows**2).sum(axis=1)


def error_difference(
    first: ArrayLike, second: ArrayLike, families: Sequence[Hashable]
) -> tuple[float, float]:
    """Return by how much ``first`` errs more than ``second``, and its two-sided p.

    The difference of the mean absolute errors. If neither predicts better, each family's
    sum of differences is as likely to have the other sign: p is the share of all changes of
    sign (2^14 random ones, the observed one added, above 14 families) with as large a
    difference. Families predicted from one another are nearly, not wholly, independent.

    >>> error_difference([1, 1, 1], [2, 2, 2], "abc")
    (-1.0, 0.25)
    """
    differences = np.abs(first) - np.abs(second)
    sums = np.array([differences[members].sum() for members in _held_out(families)]) / len(
        differences
    )
    if not np.isfinite(sums).all():
        return np.nan, np.nan
    if len(sums) <= FLIPPED:
        signs = np.array(list(product((1, -1), repeat=len(sums))))
    else:
        signs = np.random.default_rng(0).choice((1, -1), size=(2**FLIPPED + 1, len(sums)))
        signs[0] = 1
    sizes = np.abs(signs @ sums)
    return float(sums.sum()), float(np.mean(sizes >= sizes[0] * (1 - ROUNDING)))


def family_interval(
    variables: ArrayLike, families: Sequence[Hashable], alpha: float, draws: int, seed: int = 0
) -> Interval:
    """Return the interval of a rank correlation, whole families drawn with replacement.

    The first variable with the second, given the others, if any (``partial_rho``). Fisher's z
    +- t times its standard deviation over the draws, with the families less two and less the
    given ones as degrees of freedom: percentiles of so few families would be too narrow.

    Args:
        variables: float [variable, point], without NaN. families: of each point.
    """
    variables = np.asarray(variables, float)
    held_out = np.array(_held_out(families))
    count, n = len(held_out), variables.shape[1]
    freedom = count - len(variables)
    observed = partial_rho(variables, np.ones((1, n)))[0]
    if freedom < 1 or np.isnan(observed):
        return Interval(np.nan, np.nan)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), draws)
    rho = partial_rho(variables, (drawn @ held_out).astype(float))
    most = 1 - 6 / (n * (n * n - 1))  # as for Fisher's interval: a perfect order is not all
    z = np.arctanh(np.clip(rho[np.isfinite(rho)], -most, most))
    if len(z) < 2:
        return Interval(np.nan, np.nan)
    middle, reach = np.arctanh(np.clip(observed, -most, most)), z.std(ddof=1)
    reach *= quantile(1 - alpha / 2, freedom)
    low, high = np.tanh(middle - reach), np.tanh(middle + reach)
    return Interval(float(min(low, observed)), float(max(high, observed)))
