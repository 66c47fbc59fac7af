"""Where a map is strongest, and whether that is where something is marked, cell by cell."""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.metrics.grid import as_masks, as_stack


def strongest(maps: ArrayLike) -> np.ndarray:
    """Return each map's strongest cell: float64 [image, row, column], 1 there and 0 elsewhere.

    Several strongest cells share the 1. NaN all over where the map is degenerate.

    Args:
        maps: float [image, row, column], not negative.

    >>> strongest([[[3, 1]], [[2, 2]]])
    array([[[1. , 0. ]],
    <BLANKLINE>
           [[0.5, 0.5]]])
    """
    stack = as_stack(maps)
    peaks = np.where(np.isnan(stack), np.nan, stack == 1)
    return peaks / peaks.sum(axis=(1, 2), keepdims=True)


def touching_cells(masks: ArrayLike, rows: int, columns: int) -> np.ndarray:
    """Return which cells of a grid a mask touches: bool [image, row, column].

    A pixel belongs to the cell that its centre lies in. A mask thinner than a cell, such as
    a scratch, marks every cell that it runs through.

    Args:
        masks: bool [image, row, column], of pixels.

    >>> touching_cells([[[False, False, False, True]]], 1, 2)
    array([[[False,  True]]])
    """
    masks = np.asarray(masks, bool)
    masks = as_masks(masks, len(masks))
    down, across = (_members(cells, side) for cells, side in
                    zip((rows, columns), masks.shape[1:], strict=True))  # fmt: skip
    return down @ masks.astype(np.float32) @ across.T > 0


def _members(cells: int, pixels: int) -> np.ndarray:
    """Return which pixels lie in each cell along one axis, float32 [cell, pixel], 0 or 1."""
    of_pixel = ((np.arange(pixels) + 0.5) * cells / pixels).astype(int)
    return (of_pixel == np.arange(cells)[:, None]).astype(np.float32)


def hits(
    maps: ArrayLike, masks: ArrayLike, clusters: ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return how often a map's strongest cell touches its own mask, and other images' masks.

    The second is the chance level of the first: a network that always looks at one place
    reaches it too, wherever the masks tend to lie. Zhang et al. (2018), pointing game, with
    a cell for its tolerance; the chance level as in a permutation of images.

    Args:
        maps: float [image, row, column], not negative. masks: bool [image, Row, Column], of
            images that belong together, such as those of one class. clusters: int [image],
            images that show one thing, such as exposures of a part, whose masks say nothing of
            chance; None: each shows another.

    Returns:
        Own and chance, float64 [image], 0..1; NaN where the mask is empty or the map is
        degenerate, and where no other image, or none of another cluster, has a mask.

    >>> own, chance = hits([[[3, 1]], [[1, 3]]], [[[True, False]], [[False, True]]])
    >>> own, chance
    (array([1., 1.]), array([0., 0.]))
    """
    peaks = strongest(maps)
    cells = touching_cells(masks, *peaks.shape[1:]).reshape(len(peaks), -1)
    inside = cells.any(axis=1)
    touch = peaks.reshape(len(peaks), -1) @ cells[inside].T.astype(np.float64)
    unit = np.arange(len(peaks)) if clusters is None else np.asarray(clusters)
    together = unit[:, None] == unit[inside]
    rest = together.shape[1] - together.sum(axis=1)
    counts = inside & (rest > 0)
    own = np.full(len(peaks), np.nan)
    own[inside] = touch[inside, np.arange(inside.sum())]
    others = touch.sum(axis=1) - np.where(together, touch, 0).sum(axis=1)
    chance = np.divide(others, rest, out=np.full(len(peaks), np.nan), where=counts)
    return np.where(counts, own, np.nan), chance
