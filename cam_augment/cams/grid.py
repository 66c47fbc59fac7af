"""From pixels to the cells of a layer, so that every method's maps share one grid."""

import numpy as np


def shares(starts: np.ndarray, ends: np.ndarray, pixels: int) -> np.ndarray:
    """Return the share of each pixel of a line that lies in each interval, [interval, pixel].

    Args:
        starts, ends: float [interval], in pixels from the beginning of the line.
        pixels: length of the line.

    >>> shares(np.array([0.5]), np.array([2.0]), 3)
    array([[0.5, 1. , 0. ]])
    """
    left = np.arange(pixels)
    return np.clip(np.minimum(ends[:, None], left + 1) - np.maximum(starts[:, None], left), 0, 1)


def overlap(cells: int, pixels: int) -> np.ndarray:
    """Return the share of each pixel of a line that lies in each cell, float64 [cell, pixel].

    The cells divide the line evenly. A pixel on the border of two cells belongs to both by
    its length in each, so the shares of every pixel add up to 1, divisible or not.

    >>> overlap(2, 3)
    array([[1. , 0.5, 0. ],
           [0. , 0.5, 1. ]])
    """
    edges = np.linspace(0, pixels, cells + 1)
    return shares(edges[:-1], edges[1:], pixels)


def to_cells(pixels: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Return the sum of the pixels in each cell: what an image has in all is kept.

    Args:
        pixels: float [image, Row, Column]. grid: rows and columns of the cells.

    Returns:
        float32 [image, row, column].
    """
    down, across = (overlap(*pair) for pair in zip(grid, pixels.shape[1:], strict=True))
    return (down @ pixels @ across.T).astype(np.float32)
