"""Draw what is marked in a picture, as the program draws it in which it was marked.

COCO's regions have exact areas: a pixel counts by its centre. labelme's have every pixel that a
border touches, and lines and points are as thick as labelme draws them (``labelme.utils.shape``).
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import MOST_PIXELS

Draw = Callable[[np.ndarray], None]  # marks pixels of a mask, bool [row, column], in place
LINE_WIDTH = 10  # pixels
POINT_RADIUS = 5  # pixels
_MOST_POINTS = 100_000
_FARTHEST = 1e6  # pixels


# ---- as COCO draws


def area(points: Sequence[float]) -> Draw:
    """Return what marks the pixels whose centres lie in a polygon, x, y, x, y, ..."""
    return partial(_draw_area, np.asarray(points, float).reshape(-1, 2))


def _draw_area(corners: np.ndarray, mask: np.ndarray) -> None:
    rows, columns = mask.shape
    (left, upper), (right, lower) = corners.min(0), corners.max(0)
    first, last = max(0, math.floor(upper)), min(rows, math.ceil(lower))
    start, end = max(0, math.floor(left)), min(columns, math.ceil(right))
    if first < last and start < end:
        inside = rasterise(corners - [start, first], last - first, end - start)
        mask[first:last, start:end] |= inside


def box(left: float, upper: float, right: float, lower: float) -> list[float]:
    """Return the polygon of a box."""
    return [left, upper, right, upper, right, lower, left, lower]


def rasterise(corners: Sequence | np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return the pixels whose centre lies in a polygon, even-odd: bool [row, column].

    Each edge toggles, in every row whose centre it passes, all pixels to its right; a pixel
    that is toggled an odd number of times lies inside. A centre on the left or upper edge is
    inside, on the right or lower edge outside, so polygons side by side share no pixel.

    Args:
        corners: float [corner, (x, y)] in pixels; the last is joined to the first.

    >>> rasterise([[1, 0], [3, 0], [3, 1], [1, 1]], 2, 4).astype(int)
    array([[0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    ends = np.asarray(corners, float)
    toggles = np.zeros((rows, columns + 1), np.int64)
    for (x0, y0), (x1, y1) in zip(ends, np.roll(ends, -1, axis=0), strict=True):
        first, last = (min(max(math.ceil(y - 0.5), 0), rows) for y in sorted((y0, y1)))
        lines = np.arange(first, last)
        if len(lines):
            crossing = x0 + (lines + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            column = np.clip(np.ceil(crossing - 0.5), 0, columns).astype(int)
            np.add.at(toggles, (lines, column), 1)
    return toggles[:, :columns].cumsum(axis=1) % 2 == 1


# ---- as labelme draws


def polygon(points: Sequence[float]) -> Draw:
    """Return what marks a polygon, x, y, x, y, ..., with its border."""
    return partial(_draw_by_pen, lambda pen: pen.polygon(list(points), fill=1))


def circle(points: Sequence[float]) -> Draw:
    """Return what marks a circle, given by its middle and a point on it."""
    x, y, on_x, on_y = points[:4]
    return disc((x, y), math.hypot(on_x - x, on_y - y))


def disc(middle: Sequence[float], radius: float) -> Draw:
    """Return what marks all within ``radius`` pixels of a point."""
    x, y = middle
    limits = (x - radius, y - radius, x + radius, y + radius)
    return partial(_draw_by_pen, lambda pen: pen.ellipse(limits, fill=1))


def line(points: Sequence[float], width: int = LINE_WIDTH) -> Draw:
    """Return what marks a line through points, ``width`` pixels thick."""
    return partial(_draw_by_pen, lambda pen: pen.line(list(points), fill=1, width=width))


def paste(corner: Sequence[float], patch: np.ndarray) -> Draw:
    """Return what marks a small mask, bool [row, column], from its upper left corner, x and y."""
    return partial(_draw_patch, round(corner[0]), round(corner[1]), patch)


def _draw_by_pen(stroke: Callable[[ImageDraw.ImageDraw], None], mask: np.ndarray) -> None:
    canvas = Image.new("L", mask.shape[::-1])
    stroke(ImageDraw.Draw(canvas))
    mask |= np.asarray(canvas) > 0


def _draw_patch(left: int, upper: int, patch: np.ndarray, mask: np.ndarray) -> None:
    rows, columns = mask.shape
    first, start = max(0, upper), max(0, left)
    last, end = min(rows, upper + patch.shape[0]), min(columns, left + patch.shape[1])
    if first < last and start < end:
        part = patch[first - upper : last - upper, start - left : end - left]
        mask[first:last, start:end] |= part


# ---- numbers in files


def size_of(rows: Any, columns: Any, where: str) -> tuple[int, int] | None:
    """Return a size that a file announces; None where it announces none.

    Raises:
        InputError: it is none, or one that no picture has that would be read.
    """
    if rows is None and columns is None:
        return None
    sides = [_whole_number(side) for side in (rows, columns)]
    if None in sides or sides[0] * sides[1] > MOST_PIXELS:  # type: ignore[operator]
        received = shown(f"{rows!r} x {columns!r}", 60)
        raise InputError(f"{where}: size {received}; at most {MOST_PIXELS:,} pixels are read")
    return sides[0], sides[1]  # type: ignore[return-value]


def _whole_number(side: Any) -> int | None:
    """Return a number of pixels; some programs write 30.0 for 30."""
    if isinstance(side, bool) or not isinstance(side, (int, float)) or not 0 < side < 2**31:
        return None
    return int(side) if side == int(side) else None


def points_of(values: Any, where: str, least: int = 3) -> list[float]:
    """Return points as x, y, x, y, ... from such a list or from a list of pairs.

    Raises:
        InputError: they are too few or too many, or no numbers of pixels.
    """
    flat: list[Any] = values if isinstance(values, list) else [None]
    if flat and all(isinstance(pair, list) and len(pair) == 2 for pair in flat):
        flat = [number for pair in flat for number in pair]
    if len(flat) % 2 or not least * 2 <= len(flat) <= _MOST_POINTS * 2:
        raise InputError(
            f"{where}: {len(flat)} numbers; expected x and y of {least} to {_MOST_POINTS:,} points"
        )
    for number in flat:
        if not is_place(number):
            raise InputError(f"{where}: received {shown(repr(number), 40)} as a place in pixels")
    return flat


def is_place(number: Any) -> bool:
    """Return whether something is a number of pixels at all near a picture."""
    known = isinstance(number, (int, float)) and not isinstance(number, bool)
    return known and abs(number) <= _FARTHEST  # false of NaN and of infinity
