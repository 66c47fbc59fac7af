"""Draw what is marked in a picture: polygons, boxes, circles and run-length masks.

Marks of other programs are drawn as these draw them, with every pixel that a border touches.
Regions that are drawn on the small probe images are ``rasterised``: a pixel counts by its centre.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import MOST_PIXELS
from cam_augment.reading.runs import from_runs

_MOST_POINTS = 100_000
_FARTHEST = 1e6  # pixels


@dataclass
class Marks:
    """All that is marked in one picture.

    Attributes:
        shape: rows and columns of the picture that was marked, where the file says so.
        polygons: lists of x, y, x, y, ... in pixels.
        circles: x, y and radius.
        runs: run-length masks, as in the file.
        where: file and picture, for messages.
    """

    where: str
    shape: tuple[int, int] | None = None
    polygons: list[list[float]] = field(default_factory=list)
    circles: list[tuple[float, float, float]] = field(default_factory=list)
    runs: list[Any] = field(default_factory=list)

    @property
    def drawn_any(self) -> bool:
        """Whether anything is drawn at all."""
        return bool(self.polygons or self.circles or self.runs)

    def drawn(self, shape: tuple[int, int]) -> np.ndarray:
        """Return the mask of a picture of ``shape``: bool [row, column].

        Raises:
            InputError: another size was marked, or a run-length mask does not fit.
        """
        if self.shape not in (None, shape):
            raise InputError(
                f"{self.where}: marked in {self.shape[0]}x{self.shape[1]} pixels; the picture has "
                f"{shape[0]}x{shape[1]}"
            )
        canvas = Image.new("L", shape[::-1])
        pen = ImageDraw.Draw(canvas)
        for polygon in self.polygons:
            pen.polygon(polygon, fill=1)
        for x, y, radius in self.circles:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1)
        mask = np.asarray(canvas) > 0
        for counts in self.runs:
            mask = mask | from_runs(counts, shape, self.where)
        return mask


def size_of(rows: Any, columns: Any, where: str) -> tuple[int, int]:
    """Return a size that a file announces.

    Raises:
        InputError: it is none, or one that no picture has that would be read.
    """
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in (rows, columns))
    if not whole or rows * columns > MOST_PIXELS:
        received = shown(f"{rows!r} x {columns!r}", 60)
        raise InputError(f"{where}: size {received}; at most {MOST_PIXELS:,} pixels are read")
    return rows, columns


def points_of(values: Any, where: str, least: int = 3) -> list[float]:
    """Return points as x, y, x, y, ... from such a list or from a list of pairs.

    Raises:
        InputError: they are too few or too many, or no numbers of pixels.
    """
    flat = values if isinstance(values, list) else [None]
    if flat and all(isinstance(pair, list) and len(pair) == 2 for pair in flat):
        flat = [number for pair in flat for number in pair]
    if len(flat) % 2 or not least * 2 <= len(flat) <= _MOST_POINTS * 2:
        raise InputError(
            f"{where}: {len(flat)} numbers; expected x and y of {least} to {_MOST_POINTS:,} points"
        )
    wrong = next((number for number in flat if not is_place(number)), None)
    if wrong is not None or None in flat:
        raise InputError(f"{where}: received {shown(repr(wrong), 40)} as a place in pixels")
    return flat


def is_place(number: Any) -> bool:
    """Return whether something is a number of pixels at all near a picture."""
    known = isinstance(number, (int, float)) and not isinstance(number, bool)
    return known and abs(number) <= _FARTHEST  # false of NaN and of infinity


def box(left: float, upper: float, right: float, lower: float) -> list[float]:
    """Return the polygon of a box."""
    return [left, upper, right, upper, right, lower, left, lower]


def circle(points: Sequence[float]) -> tuple[float, float, float]:
    """Return x, y and radius of a circle given by its middle and a point on it."""
    x, y, on_x, on_y = points
    return x, y, math.hypot(on_x - x, on_y - y)


def rasterise(corners: Sequence, rows: int, columns: int) -> np.ndarray:
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
    corners = np.asarray(corners, float)
    toggles = np.zeros((rows, columns + 1), np.int64)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        first, last = (min(max(math.ceil(y - 0.5), 0), rows) for y in sorted((y0, y1)))
        lines = np.arange(first, last)
        if len(lines):
            crossing = x0 + (lines + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            column = np.clip(np.ceil(crossing - 0.5), 0, columns).astype(int)
            np.add.at(toggles, (lines, column), 1)
    return toggles[:, :columns].cumsum(axis=1) % 2 == 1
