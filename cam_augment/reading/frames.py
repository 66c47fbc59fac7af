"""The rows and columns that a picture is shown in, and how marks on its file come there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown

# What Exif's orientation asks of the stored rows and columns (Exif 2.32, tag 274).
_TURNS: Mapping[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda values: np.rot90(values, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda values: np.rot90(values, -1),
    7: lambda values: np.rot90(values.T, 2),
    8: np.rot90,
}
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class Frame:
    """How a picture is shown.

    Attributes:
        rows, columns: of the picture, upright.
        turn: Exif's orientation, by which the file's rows and columns were turned; 1: not at all.
    """

    rows: int
    columns: int
    turn: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture, upright."""
        return self.rows, self.columns

    @property
    def stored(self) -> tuple[int, int]:
        """Rows and columns in the picture's file."""
        return self.shape[::-1] if self.turn in _SIDEWAYS else self.shape

    def canvas(self, shape: tuple[int, int] | None, where: str) -> tuple[int, int]:
        """Return rows and columns to draw on: those that were marked, by a file that says so.

        Raises:
            InputError: they are neither the picture's as it is shown nor as it is stored.
        """
        if shape is None or shape in (self.shape, self.stored):
            return shape or self.shape
        received, expected = ("x".join(map(str, size)) for size in (shape, self.shape))
        raise InputError(f"{shown(where)}: marked in {received} pixels; the picture has {expected}")

    def upright(self, mask: np.ndarray) -> np.ndarray:
        """Return a mask, bool [row, column], as the picture is shown.

        A mask of the shown size lies on the picture as it is shown; one that has the size of the
        stored picture is turned as this was. Where both are one size the former is supposed.
        """
        return mask if mask.shape == self.shape else _TURNS[self.turn](mask)

    @property
    def is_ambiguous(self) -> bool:
        """Whether a mask's size does not tell if it lies on the turned or the stored picture."""
        return self.turn != 1 and self.shape == self.stored
