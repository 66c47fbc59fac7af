"""The grid that maps live on: stacks checked, scaled, and carried to an image's size."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

HALF = 0.5  # of a map's maximum: the level that the metrics of area share


def as_stack(maps: ArrayLike) -> np.ndarray:
    """Return ``maps`` as float64 [image, row, column], each divided by its maximum.

    Dividing first keeps every later square and sum far from underflow; no metric sees the
    scale of a map. A degenerate map (all zero, or not finite) becomes NaN all over, and so
    does whatever is computed from it.

    Raises:
        ValueError: the array is not [image, row, column], or a value is negative.
    """
    maps = np.asarray(maps, dtype=np.float64)
    if maps.ndim != 3 or 0 in maps.shape[1:]:
        raise ValueError(f"maps are [image, row, column]; received shape {maps.shape}")
    if (maps < 0).any():
        raise ValueError(f"maps are not negative; received a minimum of {np.nanmin(maps):g}")
    peaks = maps.max(axis=(1, 2), keepdims=True)
    sound = np.isfinite(peaks) & (peaks > 0)
    return maps / np.where(sound, peaks, np.nan)


def shares(maps: ArrayLike) -> np.ndarray:
    """Return ``maps`` as float64 [image, row, column], each divided by its sum.

    >>> shares([[[1, 3]]])
    array([[[0.25, 0.75]]])
    """
    maps = as_stack(maps)
    return maps / maps.sum(axis=(1, 2), keepdims=True)


def as_masks(masks: ArrayLike, images: int) -> np.ndarray:
    """Return ``masks`` as bool [image, Row, Column], one for each of so many images.

    Raises:
        ValueError: the number of images differs, or the array is not three-dimensional.
    """
    masks = np.asarray(masks, dtype=bool)
    if masks.ndim != 3 or len(masks) != images:
        raise ValueError(
            f"masks are [image, row, column], one for each of {images} maps; "
            f"received shape {masks.shape}"
        )
    return masks


def diagonal(rows: int, columns: int) -> float:
    """Return the frame's diagonal in cells: corner to corner of a grid of unit cells.

    The frame ends at the outer edges of its cells, half a cell beyond the outer centres,
    so that a length divided by the diagonal means the same on every grid of one image.

    >>> diagonal(3, 4)
    5.0
    """
    return float(np.hypot(rows, columns))


def centroids(stack: np.ndarray) -> np.ndarray:
    """Return the centres of mass, in cells, [image, (row, column)], of ``shares``.

    Args:
        stack: float [image, row, column], each with a sum of 1.
    """
    _, rows, columns = stack.shape
    return np.stack(
        [stack.sum(axis=2) @ np.arange(rows), stack.sum(axis=1) @ np.arange(columns)], axis=1
    )


@lru_cache(maxsize=64)
def interpolation(cells: int, pixels: int) -> np.ndarray:
    """Return the weights [pixel, cell] of bilinear interpolation along one axis.

    Centres are at half pixels; beyond the outer centres the edge's value stays.

    >>> interpolation(2, 4)
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [0.  , 1.  ]])
    """
    place = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    weights = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(cells)))
    weights.setflags(write=False)
    return weights


def upsample(maps: ArrayLike, rows: int, columns: int) -> np.ndarray:
    """Return ``maps`` [image, row, column] interpolated bilinearly to ``rows`` x ``columns``.

    >>> upsample([[[0.0, 1.0]]], 1, 4)
    array([[[0.  , 0.25, 0.75, 1.  ]]])
    """
    maps = np.asarray(maps, dtype=np.float64)
    down = interpolation(maps.shape[1], rows)
    across = interpolation(maps.shape[2], columns)
    return down @ maps @ across.T
