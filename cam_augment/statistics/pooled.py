"""Noise pooled over the arms of a study, and what two groups of few models show against it.

With two models of a strategy no relabelling reaches a p worth having, and their own variance
is hardly known. All arms together know the noise: by it a mean is tested with Student's t, and
the excess shift with the baselines' noise of distances. Both suppose what a relabelling does
not: that the noise is about normal, and alike under the null.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Noise(NamedTuple):
    """A standard deviation, or one for each column, and its degrees of freedom."""

    sd: np.ndarray | float
    df: int


class Standardised(NamedTuple):
    """A statistic over its noise, and how rare it is under the null.

    Attributes:
        estimate: before it was divided. z: the statistic. p: one-sided, that it is so large.
            NaN where there is no noise to divide by.
    """

    estimate: float
    z: float
    p: float


def pooled_noise(groups: Sequence[np.ndarray]) -> Noise:
    """Return the standard deviation within groups, [] or [column], pooled over them.

    Args:
        groups: float [model] or [model, column] each; groups of one model tell nothing.

    >>> pooled_noise([np.array([1.0, 3.0]), np.array([5.0, 5.0, 8.0])])
    Noise(sd=np.float64(1.632993161855452), df=3)
    """
    groups = [np.asarray(group, float) for group in groups]
    df = sum(len(group) - 1 for group in groups if len(group))
    squares = sum(((g - g.mean(axis=0)) ** 2).sum(axis=0) for g in groups if len(g))
    return Noise(np.sqrt(squares / df) if df else np.nan * squares, df)


def difference_variance(n_a: int, n_b: int) -> float:
    """Return the variance of a difference of means, in units of one model's."""
    return 1 / n_a + 1 / n_b


def pooled_difference(estimate: float, n_a: int, n_b: int, noise: Noise) -> Standardised:
    """Test a difference of means by the pooled t, one-sided that it is above zero.

    >>> pooled_difference(2.0, 2, 8, Noise(1.0, 17)).p.round(4)
    np.float64(0.0108)
    """
    from scipy.special import stdtr

    if not noise.sd > 0 or noise.df < 1:
        return Standardised(float(estimate), np.nan, np.nan)
    z = estimate / (noise.sd * np.sqrt(difference_variance(n_a, n_b)))
    return Standardised(float(estimate), z, stdtr(noise.df, -z))


def energy_noise(distance: ArrayLike) -> Noise:
    """Return the noise of distances between models of one arm, and its degrees of freedom.

    With U-centred distances A (Székely and Rizzo 2014: rows, columns and all off the diagonal
    sum to 0), the variance is sum A_ij^2 / (n (n - 3)), free of bias. In many dimensions it has
    n (n - 3) / 2 degrees of freedom (as in Székely and Rizzo's t test of 2013).

    Args:
        distance: float [model, model], symmetric, zero diagonal.

    >>> energy_noise(np.ones((5, 5)) - np.eye(5)).df
    5
    """
    distance = np.asarray(distance, float)
    n = len(distance)
    if n < 4:
        return Noise(np.nan, 0)
    rows = distance.sum(axis=1) / (n - 2)
    centred = distance - rows[:, None] - rows + distance.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(centred, 0)
    return Noise(float(np.sqrt((centred**2).sum() / (n * (n - 3)))), n * (n - 3) // 2)


def energy_variance(n_a: int, n_b: int) -> float:
    """Return the null variance of E = 2C - F - W, in units of ``energy_noise`` squared.

    4 [1 / (2 n_a (n_a - 1)) + 1 / (2 n_b (n_b - 1)) + 1 / (n_a n_b)]: pairs of centred
    distances are uncorrelated, so the means of W, F and C add up. For the same reason the
    covariance of E with n_a and with more models of A is the variance with more: looks at a
    growing arm have independent increments, as a Brownian motion has.

    >>> round(energy_variance(2, 8), 4)
    1.2857
    """
    within = 1 / (2 * n_a * (n_a - 1)) + 1 / (2 * n_b * (n_b - 1))
    return 4 * (within + 1 / (n_a * n_b))


def pooled_energy(excess: float, n_a: int, n_b: int, noise: Noise) -> Standardised:
    """Test whether an excess shift is above zero, by the noise of the baselines' distances.

    Under the null E is about a sum of centred squares over the directions in which models
    differ (Székely and Rizzo 2013), skewed to the right. Its tail is taken as that of a
    centred chi-squared on n_b - 1 degrees of freedom: ``n_b`` baselines can vouch for no more
    directions, and fewer make a longer tail. The normal limit in many dimensions (Zhu and
    Shao 2021) has a tail that is too short for maps: see docs/science.md.

    Args:
        excess: E of ``energy_test``. n_a, n_b: models of the strategy, and baselines.

    >>> pooled_energy(3.0, 2, 8, Noise(1.0, 20)).p.round(4)
    np.float64(0.0181)
    """
    from scipy.special import chdtrc

    if not noise.sd > 0 or not np.isfinite(excess):
        return Standardised(float(excess), np.nan, np.nan)
    z, df = excess / (noise.sd * np.sqrt(energy_variance(n_a, n_b))), n_b - 1
    return Standardised(float(excess), z, chdtrc(df, max(0.0, df + z * np.sqrt(2 * df))))


def image_variance(a: np.ndarray, b: np.ndarray) -> float:
    """Return what the choice of test images adds to the variance of a difference of means.

    The variance over images of the difference, less what single models' noise on an image
    adds to it, over the number of images; 0 at least: as in two-way clustering (Cameron,
    Gelbach and Miller 2011), so that models' noise is counted once.

    Args:
        a, b: float [model, image], two models or more of each.
    """
    images = a.shape[1]
    if images < 2 or min(len(a), len(b)) < 2:
        return 0.0
    residuals = [g - g.mean(axis=1, keepdims=True) for g in (a, b)]
    cells = sum(g.var(axis=0, ddof=1).mean() / len(g) for g in residuals)
    whole = (a.mean(axis=0) - b.mean(axis=0)).var(ddof=1)
    return float(max(0.0, whole - cells) / images)


def excess_of(distance: ArrayLike, n_a: int) -> float:
    """Return E = 2C - F - W of distances [model, model], the first ``n_a`` models of group A.

    That of ``energy_test`` without its test; two models of each group at least.

    >>> excess_of([[0, 1, 3, 3], [1, 0, 3, 3], [3, 3, 0, 1], [3, 3, 1, 0]], 2)
    4.0
    """
    distance = np.asarray(distance, float)
    within, floor = (d.sum() / (len(d) * (len(d) - 1)) for d in _arms(distance, n_a))
    return float(2 * distance[:n_a, n_a:].mean() - floor - within)


def _arms(distance: np.ndarray, n_a: int) -> tuple[np.ndarray, np.ndarray]:
    return distance[:n_a, :n_a], distance[n_a:, n_a:]
