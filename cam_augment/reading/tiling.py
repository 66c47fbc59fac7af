"""Cut large pictures into tiles, so that what is tiny in a picture is large in an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.names import shown

_SIDES = (8, 1024)
_MARKED = 16  # pixels that are marked in a tile that shows a defect, where nobody says it
_KEYS = ("size", "stride", "marked")


@dataclass(frozen=True)
class Tiling:
    """How pictures are cut.

    Attributes:
        size: rows and columns of a tile.
        stride: pixels from one tile to the next, at most ``size``.
        marked: pixels that are marked, at the least, in a tile that shows what is marked.
    """

    size: int
    stride: int
    marked: int

    @classmethod
    def parse(cls, text: str) -> "Tiling":
        """Return what the setting ``tiles`` says, in the spelling that ``Tiles`` gives it.

        >>> Tiling.parse("256 stride 192 marked 16")
        Tiling(size=256, stride=192, marked=16)
        """
        size, _, stride, _, marked = text.split()
        return cls(int(size), int(stride), int(marked))

    @property
    def text(self) -> str:
        """The spelling that ``parse`` reads."""
        return f"{self.size} stride {self.stride} marked {self.marked}"

    def corners(self, shape: tuple[int, int]) -> np.ndarray:
        """Return row and column at which each tile begins, int64 [tile, 2], row by row.

        The last tile of a row or column that would stand over is moved back to the edge: every
        pixel is in a tile.

        >>> Tiling(4, 3, 1).corners((4, 9)).tolist()
        [[0, 0], [0, 3], [0, 5]]
        """
        down, across = (self._starts(length) for length in shape)
        return np.array([(row, column) for row in down for column in across], np.int64)

    def _starts(self, length: int) -> list[int]:
        last = length - self.size
        return [*range(0, last, self.stride), last]

    def check(self, shape: tuple[int, int], name: str) -> None:
        """Raise InputError where a picture, which ``name`` is the name of, is less than a tile."""
        if min(shape) < self.size:
            rows, columns = shape
            raise InputError(
                f"{shown(name)}: {rows}x{columns} pixels; tiles of {self.size}x{self.size} are "
                "larger: a smaller tiles.size, or no tiles"
            )

    def images(self, values: np.ndarray) -> list[np.ndarray]:
        """Return the tiles of a picture or a mask [row, column, ...]; they share its memory.

        Args:
            values: a picture [row, column, channel] or a mask [row, column].
        """
        size = self.size
        return [values[row : row + size, column : column + size]
                for row, column in self.corners(values.shape[:2]).tolist()]  # fmt: skip

    def masks(self, mask: np.ndarray | None, shape: tuple[int, int]) -> list[np.ndarray]:
        """Return the tiles of the mask of a picture of this shape; None: nothing is marked.

        Args:
            mask: bool [row, column]. shape: rows and columns of the picture.
        """
        return self.images(np.zeros(shape, bool) if mask is None else mask)


def _tiles(value: object) -> str:
    """Return the spelling of what a plan says: a side, a table, or that spelling itself."""
    if isinstance(value, str) and len(value.split()) == 5:
        words = value.split()
        value = {"size": words[0], words[1]: words[2], words[3]: words[4]}
    if not isinstance(value, Mapping):
        value = {"size": value}
    for key in value:
        if key not in _KEYS:
            raise _refused(f"no key '{key}'.{nearest(str(key), _KEYS)} Allowed: {', '.join(_KEYS)}")
    if "size" not in value:
        raise _refused("expected 'size', the side of a tile in pixels")
    size = _number(value["size"], "size", *_SIDES)
    stride = _number(value.get("stride", max(1, 3 * size // 4)), "stride", 1, None)
    if stride > size:
        raise _refused(
            f"a stride of {stride} above the size of {size} leaves pixels that no tile shows; "
            f"stride is 1 to {size}"
        )
    marked = _number(value.get("marked", min(_MARKED, size**2)), "marked", 1, None)
    if marked > size**2:
        raise _refused(f"a tile of {size}x{size} has {size**2:,} pixels; marked is at most those")
    return Tiling(size, stride, marked).text


def _number(value: Any, name: str, low: int, high: int | None) -> int:
    """Return a whole number from ``low`` to ``high``, if there is such a limit."""
    text = str(value).strip()
    number = int(text) if text.isdecimal() and len(text) < 10 else -1
    if number < low or (high is not None and number > high):
        limits = f"{low} or more" if high is None else f"{low} to {high:,}"
        raise _refused(f"{name}: received {value!r}; a whole number of pixels, {limits}")
    return number


def _refused(text: str) -> PydanticCustomError:
    return PydanticCustomError("tiles", "{text}", {"text": text})


Tiles = Annotated[str, BeforeValidator(_tiles)]


def pixels(masks: list[np.ndarray]) -> tuple[int, ...]:
    """Return how many pixels are marked in each of some masks.

    Args:
        masks: bool [row, column] each; None: nothing is marked.
    """
    return tuple(int(np.count_nonzero(mask)) for mask in masks)
