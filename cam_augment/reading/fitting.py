"""Bring pictures of any size to one size; a mask goes exactly where its picture goes."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from PIL import Image
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

Fit = Literal["letterbox", "crop", "stretch"]
_SIDES = (8, 1024)


@dataclass(frozen=True)
class Placement:
    """Which part of a picture is shown, and where.

    Attributes:
        left, upper, right, lower: the part, in pixels of the picture from its corner.
        top, start, rows, columns: where it is drawn, in whole pixels of the target.
    """

    left: float
    upper: float
    right: float
    lower: float
    top: int
    start: int
    rows: int
    columns: int


def placement(shape: tuple[int, int], target: tuple[int, int], fit: Fit) -> Placement:
    """Return how a picture of ``shape`` (rows, columns) comes to the size of ``target``.

    ``letterbox`` shows all of it, its proportions kept, with black beside it; ``crop`` fills
    the target with the largest part about its middle, proportions kept; ``stretch`` shows
    all of it and fills the target.
    """
    (rows, columns), (height, width) = shape, target
    if fit == "letterbox":
        scale = min(height / rows, width / columns)
        tall = min(height, max(1, round(rows * scale)))
        wide = min(width, max(1, round(columns * scale)))
        top, start = (height - tall) // 2, (width - wide) // 2
        return Placement(0, 0, columns, rows, top, start, tall, wide)
    if fit == "crop":
        scale = max(height / rows, width / columns)
        down, across = (rows - height / scale) / 2, (columns - width / scale) / 2
        down, across = max(0.0, down), max(0.0, across)
        return Placement(across, down, columns - across, rows - down, 0, 0, height, width)
    return Placement(0, 0, columns, rows, 0, 0, height, width)


@dataclass(frozen=True)
class Fitting:
    """How each picture becomes one image: brought to the size of ``target`` (rows, columns)."""

    target: tuple[int, int]
    fit: Fit

    def check(self, shape: tuple[int, int], name: str) -> None:
        """Pictures of all sizes are taken."""

    def images(self, values: np.ndarray) -> list[np.ndarray]:
        """Return the one image, see ``fit_picture``.

        Args:
            values: a picture, float32 or uint8 [row, column, channel].
        """
        return [fit_picture(values, self.target, self.fit)]

    def masks(self, mask: np.ndarray | None, _shape: tuple[int, int]) -> list[np.ndarray]:
        """Return the mask of the one image, see ``fit_mask``; None: nothing is marked.

        Args:
            mask: bool [row, column]; None: nothing is marked.
        """
        if mask is None:
            return [np.zeros(self.target, bool)]
        return [fit_mask(mask, self.target, self.fit)]


def fit_picture(values: np.ndarray, target: tuple[int, int], fit: Fit) -> np.ndarray:
    """Return a picture, float32 [row, column, channel] in 0..1, at the size of ``target``.

    Pixels are averaged where it shrinks and blended bilinearly where it grows; a picture
    that has the size already keeps its values.
    """
    place = placement(values.shape[:2], target, fit)
    canvas = np.zeros((*target, values.shape[2]), np.float32)
    for channel in range(values.shape[2]):
        _draw(canvas[:, :, channel], values[:, :, channel], place)
    return np.clip(canvas, 0, 1, out=canvas)


def fit_mask(mask: np.ndarray, target: tuple[int, int], fit: Fit) -> np.ndarray:
    """Return a mask, bool [row, column], at the size of ``target``.

    It goes the way of its picture and marks the pixels of which at least half is marked;
    where that would lose a mark too thin for any, those that hold the most of it.
    """
    canvas = np.zeros(target, np.float32)
    _draw(canvas, mask.astype(np.float32), placement(mask.shape, target, fit))
    most = canvas.max()
    return canvas >= min(0.5, most) if most > 1e-6 else np.zeros(target, bool)


def _draw(canvas: np.ndarray, values: np.ndarray, place: Placement) -> None:
    box = (place.left, place.upper, place.right, place.lower)
    size = (place.columns, place.rows)
    drawn = Image.fromarray(np.ascontiguousarray(values, np.float32)).resize(
        size, Image.Resampling.BILINEAR, box
    )
    rows = slice(place.top, place.top + place.rows)
    canvas[rows, place.start : place.start + place.columns] = np.asarray(drawn)


def rows_and_columns(size: str) -> tuple[int, int]:
    """Return the numbers of a size.

    >>> rows_and_columns("64x96")
    (64, 96)
    """
    rows, _, columns = size.partition("x")
    return int(rows), int(columns)


def _size(value: object) -> str:
    """Return a size as ``ROWSxCOLUMNS`` from that, a side, or a list of two."""
    words = value.split("x") if isinstance(value, str) else value
    words = list(words) if isinstance(words, (list, tuple)) else [words]
    sides = [int(str(word)) for word in words if str(word).strip().isdecimal()]
    low, high = _SIDES
    if not len(words) == len(sides) in (1, 2) or not all(low <= s <= high for s in sides):
        raise PydanticCustomError(
            "size", f"expected a side in pixels or 'ROWSxCOLUMNS', each {low} to {high:,}"
        )
    return f"{sides[0]}x{sides[-1]}"


Size = Annotated[str, BeforeValidator(_size)]
