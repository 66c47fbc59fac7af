"""Similarity and distance weighted by pixel: what is attended to counts more.

Most cells of a map are background, and two maps agree on it whatever they look at. Here
cell i of N has the weight w_i = 1/(2N) + (p_i + q_i)/4, with p and q the maps divided by
their sums: half of the weight is even, half of it goes where the two maps look. All of it
would leave two maps of equal cells, and so many a map and itself, without a variance.
"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.bundle import bundle
from cam_augment.metrics.similarity import cells, minmax, products
from cam_augment.registry import METRICS


def above_even(maps: ArrayLike) -> np.ndarray:
    """Return the shares less 1/N, float64 [image, cell]; NaN where a map is constant.

    With x and y of two maps, w = 1/N + (x + y)/4, and x and y sum to 0.
    """
    values = cells(maps)
    return values / values.sum(axis=1, keepdims=True) - 1 / values.shape[1]


def powers(maps: ArrayLike) -> np.ndarray:
    """Prepare ``weighted_pearson``: shares above even, their squares, and what these sum to.

    Args:
        maps: float [image, row, column], not negative. Returned: [image] with the fields ``x`` and
            ``xx``, [cell], ``sum_xx`` and ``sum_xxx``.
    """
    x = above_even(maps)
    return bundle(x=x, xx=x**2, sum_xx=(x**2).sum(axis=1), sum_xxx=(x**3).sum(axis=1))


def stretched_and_above_even(maps: ArrayLike) -> np.ndarray:
    """Prepare ``weighted_mad``: values stretched to 0..1, and shares above even.

    Args:
        maps: float [image, row, column], not negative. Returned: [image] with the fields
            ``stretched`` and ``x``, [cell].
    """
    return bundle(stretched=minmax(maps), x=above_even(maps))


@METRICS.add(
    version=1,
    compares="maps",
    better="higher",
    optimum=1.0,
    title="weighted\nPearson",
    unit="1 − r",
    prepare=powers,
)
def weighted_pearson(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's correlation of the cells of two maps, weighted by their attention, -1..1.

    The sum of w (p - mean p)(q - mean q) over the root of the product of the two variances,
    all means and variances weighted by w = 1/(2N) + (p + q)/4. Unlike ``pearson``, it sees what
    is added to a map evenly: that moves the weights.

    Args:
        a, b: as ``powers`` prepares them, [image]. Returned: float64 [image].
    """
    n = a["x"].shape[1]
    xy, xxy, xyy = (products(a[f], b[g]) for f, g in [("x", "x"), ("xx", "x"), ("x", "xx")])
    # Weighted moments, in powers of x and y: sum of w f = (sum of f)/N + (sum of (x + y) f)/4.
    mean_x, mean_y = (a["sum_xx"] + xy) / 4, (b["sum_xx"] + xy) / 4
    variance_x = a["sum_xx"] / n + (a["sum_xxx"] + xxy) / 4 - mean_x**2
    variance_y = b["sum_xx"] / n + (b["sum_xxx"] + xyy) / 4 - mean_y**2
    covariance = xy / n + (xxy + xyy) / 4 - mean_x * mean_y
    return np.clip(covariance / np.sqrt(variance_x * variance_y), -1, 1)


@METRICS.add(
    version=1,
    compares="maps",
    better="lower",
    optimum=0.0,
    title="weighted\ndifference",
    unit="0 to 1",
    prepare=stretched_and_above_even,
)
def weighted_mad(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean absolute difference of two min-max scaled maps, weighted by their attention, 0..1.

    The sum over cells of w |a' - b'|, with the weights w = 1/(2N) + (p + q)/4.

    Args:
        a, b: as ``stretched_and_above_even`` prepares them, [image]. Returned: float64 [image].
    """
    difference = np.abs(a["stretched"] - b["stretched"])
    return difference.mean(axis=1) + products(difference, a["x"] + b["x"]) / 4
