"""Whether the strongest pixels lie where they should: maps against masks, by rank.

The map is enlarged bilinearly to the mask. An even map reaches the mask's share of the
image in both metrics: that is their chance level, and it is small where blemishes are.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.grid import as_masks, as_stack, upsample
from cam_augment.registry import METRICS

BLOCK = 1 << 22  # pixels that are looked at together
DIGITS = 12  # pixels of a map of maximum 1 that differ by less are tied


def by_pixel(measure: Callable, maps: ArrayLike, masks: ArrayLike) -> np.ndarray:
    """Return ``measure(values, inside)`` of all images, a block at a time: float64 [image].

    ``values`` are the enlarged maps and ``inside`` the masks, both [image, pixel]. Rounding
    takes away differences that come from the order of additions alone: of two mirrored peaks
    one would be the stronger.
    """
    stack = as_stack(maps)
    masks = as_masks(masks, len(stack))
    _, rows, columns = masks.shape
    values = np.full(len(stack), np.nan)
    finite = np.flatnonzero(np.isfinite(stack[:, 0, 0]) & masks.any(axis=(1, 2)))
    step = max(1, BLOCK // (rows * columns))
    for start in range(0, len(finite), step):
        block = finite[start : start + step]
        enlarged = upsample(stack[block], rows, columns).round(DIGITS)
        values[block] = measure(
            enlarged.reshape(len(block), -1), masks[block].reshape(len(block), -1)
        )
    return values


@METRICS.add(
    version=1, compares="mask", better="higher", title="pointing\ngame hits", unit="share of images"
)
def pointing_game(maps: ArrayLike, masks: ArrayLike) -> np.ndarray:
    """Pointing game: whether a map's strongest pixel lies in the mask, 1 or 0.

    The strongest pixel of the map enlarged to the mask; of several, the share that lies in
    the mask. Zhang et al. (2018), without their tolerance of 15 pixels. An even map has the
    mask's share.

    Args:
        maps: float [image, row, column], not negative; upsampled bilinearly to the masks.
        masks: bool [image, Row, Column]; all False means "nothing marked".

    Returns:
        float64 [image], 0..1; NaN where the mask is empty or the map is degenerate.

    Raises:
        ValueError: the number of images differs, or a stack is not three-dimensional.

    >>> pointing_game([[[3, 1]], [[2, 2]]], [[[True, False]], [[True, False]]])
    array([1. , 0.5])
    """
    return by_pixel(_pointing, maps, masks)


def _pointing(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    peaks = values == values.max(axis=1, keepdims=True)
    return (peaks & inside).sum(axis=1) / peaks.sum(axis=1)


@METRICS.add(version=1, compares="mask", better="higher", unit="share of mask")
def relevance_rank(maps: ArrayLike, masks: ArrayLike) -> np.ndarray:
    """Relevance rank accuracy: share of a mask's K pixels among the map's K strongest, 0..1.

    Of the map enlarged to the mask; where pixels tie for the last of the K places, each has
    an equal part in those left (Arras, Osman, Samek 2022). An even map has the mask's
    share.

    Args:
        maps: float [image, row, column], not negative; upsampled bilinearly to the masks.
        masks: bool [image, Row, Column]; all False means "nothing marked".

    Returns:
        float64 [image], 0..1; NaN where the mask is empty or the map is degenerate.

    Raises:
        ValueError: the number of images differs, or a stack is not three-dimensional.

    >>> relevance_rank([[[3, 2, 1, 1]]], [[[True, False, True, False]]])
    array([0.5])
    """
    return by_pixel(_rank, maps, masks)


def _rank(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    masks_flat = inside.sum(axis=1)
    descending = np.sort(values, axis=1)
    last = np.take_along_axis(descending, values.shape[1] - masks_flat[:, None], axis=1)
    above, tied = values > last, values == last
    remaining = masks_flat - above.sum(axis=1)
    of_tied = remaining * (tied & inside).sum(axis=1) / tied.sum(axis=1)
    return ((above & inside).sum(axis=1) + of_tied) / masks_flat
