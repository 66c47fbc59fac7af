"""A planted shortcut: a small bright square in one corner that goes with one class."""

from typing import Literal, cast

import numpy as np

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
Carried = Literal["same", "none", "moved", "swapped"]
_OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


def mark_region(size: int, mark_size: float, corner: Corner) -> np.ndarray:
    """Return where the mark lies: bool [row, column].

    Args:
        size: side of the image in pixels.
        mark_size: side of the mark, a fraction of the image's; at least one pixel.
        corner: which corner; the mark keeps a margin of half its side.
    """
    side = max(1, round(mark_size * size))
    start = max(1, side // 2)
    vertical, horizontal = corner.split("-")
    rows = np.arange(size) if vertical == "top" else np.arange(size)[::-1]
    columns = np.arange(size) if horizontal == "left" else np.arange(size)[::-1]
    inside = [(place >= start) & (place < start + side) for place in (rows, columns)]
    return inside[0][:, None] & inside[1][None, :]


def opposite(corner: Corner) -> Corner:
    """Return the corner across the image.

    >>> opposite("top-left")
    'bottom-right'
    """
    return cast(Corner, "-".join(_OPPOSITE[word] for word in corner.split("-")))


def carriers(
    rng: np.random.Generator, of_class: np.ndarray, probability: float, carried: Carried
) -> np.ndarray:
    """Return which images carry the mark, bool [image].

    Args:
        of_class: bool [image], of the class that the mark goes with.
        probability: that such an image carries it.
        carried: ``same`` or ``moved``: those images; ``swapped``: the other images
            instead; ``none``: no image.
    """
    drawn = rng.random(len(of_class)) < probability
    if carried == "none":
        return np.zeros_like(of_class)
    return drawn & (~of_class if carried == "swapped" else of_class)
