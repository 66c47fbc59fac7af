"""How widely one map's attention is scattered.

Each metric takes maps float [image, row, column], not negative, and returns float64
[image], NaN where a map is degenerate. Maps are divided by their sum, never min-max
scaled: that would take away the even part of the attention, which is what dispersion
measures. ``better`` names the direction in which attention gathers. Entropy and Gini
ignore where the cells lie; spread does not.
"""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.grid import HALF, as_stack, centroids, diagonal, shares
from cam_augment.registry import METRICS


def _shannon(maps: ArrayLike) -> tuple[np.ndarray, int]:
    stack = shares(maps)
    p = stack.reshape(len(stack), -1)
    # 0 ln 0 = 0; NaN stays NaN.
    return -(p * np.log(np.where(p == 0, 1, p))).sum(axis=1), p.shape[1]


@METRICS.add(version=1, compares="map", better="lower", unit="0 to 1")
def entropy(maps: ArrayLike) -> np.ndarray:
    """Normalised entropy H / ln N of a map: 0 for a single cell, 1 for an even map.

    -(sum of p ln p) / ln N.

    Args:
        maps: float [image, row, column], not negative. Returned: float64 [image].

    >>> entropy([[[1, 1], [0, 0]]])
    array([0.5])
    """
    nats, cells = _shannon(maps)
    return nats / np.log(cells) if cells > 1 else np.full(len(nats), np.nan)


@METRICS.add(version=1, compares="map", better="higher", title="Gini\nindex", unit="0 to 1")
def gini(maps: ArrayLike) -> np.ndarray:
    """Gini coefficient of the cells of a map: 0 for an even one, 1 - 1/N for a single cell.

    Args:
        maps: float [image, row, column], not negative. Returned: float64 [image].

    >>> gini([[[1, 0], [0, 0]]])
    array([0.75])
    """
    stack = shares(maps)
    ascending = np.sort(stack.reshape(len(stack), -1), axis=1)
    cells = ascending.shape[1]
    return ascending @ (2 * np.arange(1, cells + 1) - cells - 1) / cells


@METRICS.add(version=1, compares="map", better="lower", unit="share of image")
def effective_area(maps: ArrayLike) -> np.ndarray:
    """Effective area exp(H) / N of a map: share of an even map as scattered as this, 1/N..1.

    exp(H) / N, with H = -(sum of p ln p).

    Args:
        maps: float [image, row, column], not negative. Returned: float64 [image].
    """
    nats, cells = _shannon(maps)
    return np.exp(nats) / cells


@METRICS.add(
    version=1, compares="map", better="lower", title="spatial\nspread", unit="share of diagonal"
)
def spread(maps: ArrayLike) -> np.ndarray:
    """Spread of a map: root mean squared distance from its centroid, in diagonals, 0..0.5.

    The root of the mean squared distance from the centroid, weighed by p, over the
    diagonal.

    Args:
        maps: float [image, row, column], not negative. Returned: float64 [image].
    """
    stack = shares(maps)
    _, rows, columns = stack.shape
    centre = centroids(stack)
    down = (np.arange(rows) - centre[:, :1]) ** 2
    across = (np.arange(columns) - centre[:, 1:]) ** 2
    variance = (stack.sum(axis=2) * down).sum(axis=1) + (stack.sum(axis=1) * across).sum(axis=1)
    return np.sqrt(variance) / diagonal(rows, columns)


@METRICS.add(
    version=1, compares="map", better="lower", title="area above\nhalf", unit="share of image"
)
def area_above_half(maps: ArrayLike) -> np.ndarray:
    """Area above half: share of the cells of a map that reach half its maximum, 1/N..1.

    Args:
        maps: float [image, row, column], not negative. Returned: float64 [image].

    >>> area_above_half([[[4, 2], [1, 0]]])
    array([0.5])
    """
    stack = as_stack(maps)
    area = (stack >= HALF).mean(axis=(1, 2))
    return np.where(np.isnan(stack[:, 0, 0]), np.nan, area)
