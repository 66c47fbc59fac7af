"""Is one arm better than another? All pairs of arms at once, and what that says of ranks.

Differences have moderated variances (``moderated``) and simultaneous intervals by the
studentised range with each pair's degrees of freedom (Tukey and Kramer; Games and Howell
1976). An arm's rank lies between 1 + the arms surely better and the number of arms less those
surely worse, for all arms at once at the same level (Al Mohamad, Goeman and van Zwet 2022,
Biometrics 78).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cam_augment.statistics.moderated import Contrasts

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_FAR = 8.0
_HALVINGS = 50


class Standings(NamedTuple):
    """Pairwise differences of arms, and ranks.

    Attributes:
        first, second: int [pair], the arms. difference, low, high: float [pair], first less
            second, with its simultaneous interval. side: int [pair], 1 where the first is
            better, -1 where the second is, 0 where neither is sure.
        best, worst: int [arm], the least and the greatest rank that an arm may have; rank 1
            has the largest value.
    """

    first: np.ndarray
    second: np.ndarray
    difference: np.ndarray
    low: np.ndarray
    high: np.ndarray
    side: np.ndarray
    best: np.ndarray
    worst: np.ndarray


def league(differences: Contrasts, arms: int, alpha: float = 0.05) -> Standings:
    """Return the league table of arms from the contrasts of all their pairs (``groups.pairs``)."""
    first, second = np.triu_indices(arms, 1)
    scale = np.array([studentised_range(1 - alpha, arms, df) for df in differences.df])
    reach = scale / np.sqrt(2) * differences.error
    low, high = differences.estimate - reach, differences.estimate + reach
    side = np.where(low > 0, 1, np.where(high < 0, -1, 0))
    ahead, behind = _counts(side, first, second, arms)
    return Standings(first, second, differences.estimate, low, high, side, 1 + ahead, arms - behind)


def _counts(
    side: np.ndarray, first: np.ndarray, second: np.ndarray, arms: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many arms are surely ahead of, and surely behind, each arm."""
    table = np.zeros((arms, arms), dtype=int)
    table[first, second], table[second, first] = side, -side
    return (table < 0).sum(axis=1), (table > 0).sum(axis=1)


@lru_cache(maxsize=4096)
def studentised_range(probability: float, arms: int, df: float) -> float:
    """Return the quantile of the studentised range of ``arms`` means with ``df`` degrees.

    By bisection of P(Q < q) = E[ P(range of arms normal values < q S) ], S the root of a
    chi-squared over its degrees of freedom, both integrals by Gauss-Legendre.

    >>> round(studentised_range(0.95, 10, 17.0), 2)
    5.11
    """
    from scipy.special import chdtri, ndtr

    if not np.isfinite(df) or arms < 2:
        return float("nan")
    levels = (_NODES + 1) / 2
    spread = np.sqrt(chdtri(df, 1 - levels) / df)
    z = _FAR * _NODES
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * _WEIGHTS * _FAR
    low, high = 0.0, 200.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = (ndtr(z) - ndtr(z - middle * spread[:, None])) ** (arms - 1)
        chance = arms * (inside @ density) @ _WEIGHTS / 2
        low, high = (middle, high) if chance < probability else (low, middle)
    return (low + high) / 2
