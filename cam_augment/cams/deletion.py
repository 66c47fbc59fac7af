"""Deletion and insertion: does the network need the cells that a map points at?

The cells of an image are covered, or shown, a step at a time in an order of their own, and
the probability of a class is read after every step (Petsiuk, Das and Saenko 2018, RISE).
NumPy alone: the network comes in as a function from images to probabilities.
"""

from collections.abc import Callable

import numpy as np

STEPS = 8


def cell_of_pixels(grid: tuple[int, int], sides: tuple[int, int]) -> np.ndarray:
    """Return the number of the cell that each pixel's centre lies in, int [Row, Column].

    The cells divide the image evenly and are numbered row by row. Where the grid does not
    divide a side, cells differ by a line of pixels; each pixel still belongs to one cell.

    >>> cell_of_pixels((2, 2), (2, 3))
    array([[0, 1, 1],
           [2, 3, 3]])
    """
    rows, columns = (
        (2 * np.arange(pixels) + 1) * cells // (2 * pixels)
        for cells, pixels in zip(grid, sides, strict=True)
    )
    return rows[:, None] * grid[1] + columns


def centre_prior(grid: tuple[int, int], sides: tuple[int, int]) -> np.ndarray:
    """Return a map that knows the middle of the image and nothing else, float64 [row, column].

    Minus the squared distance of a cell's centre from the image's, in half pixels: the order
    of every isotropic Gaussian about the middle, whose width plays no part in an order.

    >>> centre_prior((3, 3), (6, 6))
    array([[-32., -16., -32.],
           [-16.,  -0., -16.],
           [-32., -16., -32.]])
    """
    down, across = (
        ((2 * np.arange(cells) + 1 - cells) * (pixels / cells)) ** 2
        for cells, pixels in zip(grid, sides, strict=True)
    )
    return -(down[:, None] + across)


def places(values: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return the place of each cell in its map's order, from 0, int [image, cell].

    The highest value comes first. Cells of one value come in the order of the noise, so
    that no position is favoured.

    Args:
        values: float [image, row, column]. noise: float [image, cell], drawn evenly.

    >>> places(np.array([[[1.0, 3.0], [1.0, 0.0]]]), np.array([[0.9, 0.1, 0.2, 0.5]]))
    array([[2, 0, 1, 3]])
    """
    order = np.lexsort((noise, -values.reshape(len(values), -1)), axis=-1)
    return np.argsort(order, axis=-1)


def counts(cells: int) -> np.ndarray:
    """Return how many cells are changed after each step, int [step + 1]: from 0 to all.

    The steps are equal as far as whole cells go, and no more than there are cells.

    >>> counts(49), counts(2)
    (array([ 0,  6, 12, 18, 24, 30, 36, 42, 49]), array([0, 1, 2]))
    """
    steps = min(STEPS, cells)
    return np.arange(steps + 1) * cells // steps


def curves(
    images: np.ndarray,
    targets: np.ndarray,
    orders: np.ndarray,
    grid: tuple[int, int],
    filling: np.ndarray,
    probability: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets' probability after each step of deletion and of insertion.

    Deletion puts the filling in the place of an order's first cells; insertion lays the first
    cells on the filling. All orders share the two ends, the image and the filling alone. Each
    step is one call with all images, so memory holds one changed copy of them at a time.

    Args:
        images: float [image, Row, Column, channel]. targets: int [image], class of each.
        orders: int [order, image, cell], the places of the cells.
        grid: rows and columns of the cells.
        filling: float [Row, Column, channel], what a covered pixel shows.
        probability: images to float [image, class].

    Returns:
        deletion and insertion, float64 [order, image, step + 1]: deletion begins with the
        intact image, insertion ends with it.
    """
    after = counts(orders.shape[-1])
    ends = probability(np.concatenate([images, filling[None]]))
    intact, covered = _of(ends[:-1], targets), ends[-1][targets]
    shape = (len(orders), len(images), len(after))
    deleted, inserted = np.empty(shape), np.empty(shape)
    deleted[..., 0] = inserted[..., -1] = intact
    deleted[..., -1] = inserted[..., 0] = covered
    pixels = cell_of_pixels(grid, images.shape[1:3])
    for number, order in enumerate(orders):
        place = order[:, pixels][..., None]
        for step in range(1, len(after) - 1):
            early = place < after[step]
            deleted[number, :, step] = _of(probability(np.where(early, filling, images)), targets)
            inserted[number, :, step] = _of(probability(np.where(early, images, filling)), targets)
    return deleted, inserted


def _of(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return probabilities[np.arange(len(targets)), targets]


def area(curve: np.ndarray) -> np.ndarray:
    """Return the mean height of curves over the share of cells, [..., step] to [...].

    The area under the curve by trapezoids, of width 1 in all. The steps count as equal.

    >>> area(np.array([1.0, 0.5, 0.0])).item()
    0.5
    """
    return np.trapezoid(curve, axis=-1) / (curve.shape[-1] - 1)
