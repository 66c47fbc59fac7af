"""Whether attention lies where it should: maps against masks of what matters."""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.grid import as_masks, as_stack, interpolation
from cam_augment.registry import METRICS


def coverage(masks: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return how many pixels of its mask each cell lights, float64 [image, row, column].

    This is the transpose of bilinear upsampling: the sum of map times coverage is the sum,
    inside the mask, of the upsampled map, at the price of the small grid.

    Args:
        masks: bool [image, row, column], of pixels.
    """
    down = interpolation(rows, masks.shape[1])
    across = interpolation(columns, masks.shape[2])
    return down.T @ masks.astype(np.float64) @ across


@METRICS.add(
    version=1, compares="mask", better="higher", title="focus\n(lift)", unit="times", digits=2
)
def focus(maps: ArrayLike, masks: ArrayLike) -> np.ndarray:
    """Focus (lift): attribution inside the mask over the mask's share of the image.

    The map is enlarged bilinearly to the mask. 1 is what an even map reaches; 1 over the
    mask's share is the most.

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
    share = masks.mean(axis=(1, 2))
    return _inside(stack, masks) / np.where(share > 0, share, np.nan)


def _inside(stack: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the share of each map's mass that lies in its mask, 0..1."""
    inside = (stack * coverage(masks, *stack.shape[1:])).sum(axis=(1, 2))
    mass = (stack * coverage(np.ones_like(masks[:1]), *stack.shape[1:])).sum(axis=(1, 2))
    return inside / mass


@METRICS.add(
    version=1,
    compares="product",
    better="lower",
    title="attention\noff product",
    unit="% of attention",
    scale=100.0,
    digits=1,
)
def off_product(maps: ArrayLike, products: ArrayLike) -> np.ndarray:
    """Attention off the product: share of a map's mass outside the product's region, 0..1.

    Of the map enlarged to the region. An even map has 1 less the region's share of the
    image.

    Args:
        maps: float [image, row, column], not negative; upsampled bilinearly to the regions.
        products: bool [image, Row, Column]; all False means "not outlined".

    Returns:
        float64 [image]; NaN where the region is empty or the map is degenerate.

    Raises:
        ValueError: the number of images differs, or a stack is not three-dimensional.

    >>> off_product([[[3, 1]]], [[[True, False]]])
    array([0.25])
    """
    stack = as_stack(maps)
    products = as_masks(products, len(stack))
    outlined = products.any(axis=(1, 2))
    return np.where(outlined, np.clip(1 - _inside(stack, products), 0, 1), np.nan)
