"""Whether attention lies where it should: maps against masks of what matters."""

import numpy as np

from cam_augment.metrics.grid import as_masks, as_stack, interpolation
from cam_augment.registry import METRICS


def coverage(masks: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return how many pixels of its mask each cell lights, float64 [image, row, column].

    This is the transpose of bilinear upsampling: the sum of map times coverage is the sum,
    inside the mask, of the upsampled map, at the price of the small grid.
    """
    down = interpolation(rows, masks.shape[1])
    across = interpolation(columns, masks.shape[2])
    return down.T @ masks.astype(np.float64) @ across


@METRICS.add(version=1, compares="mask", better="higher", unit="")
def focus(maps, masks):
    """Focus (lift): attribution inside the mask over the mask's share of the image.

    1 is what an even map reaches; 1 over the mask's share is the most.

    Args:
        maps: float [image, row, column], not negative; upsampled bilinearly to the masks.
        masks: bool [image, Row, Column]; all False means "nothing marked".

    Returns:
        float64 [image]; NaN where the mask is empty or the map is degenerate.

    Raises:
        ValueError: the number of images differs, or a stack is not three-dimensional.

    >>> focus([[[3, 1]]], [[[True, False]]])
    array([1.5])
    """
    stack = as_stack(maps)
    masks = as_masks(masks, len(stack))
    inside = (stack * coverage(masks, *stack.shape[1:])).sum(axis=(1, 2))
    whole = (stack * coverage(np.ones_like(masks[:1]), *stack.shape[1:])).sum(axis=(1, 2))
    share = masks.mean(axis=(1, 2))
    return inside / whole / np.where(share > 0, share, np.nan)
