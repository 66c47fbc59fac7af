"""Images that are tiles of larger pictures: which picture each is of, and what pictures are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cam_augment.records.values import freeze
from cam_augment.statistics.misses import worst


@dataclass(frozen=True, eq=False)
class Tiles:
    """Which pictures the images of a split are tiles of.

    Attributes:
        picture: int64 [image], the number of its picture, among those of all splits.
        corner: int64 [image, 2], row and column of the picture at which the tile begins.
        clear: bool [image], whether its class is known; of the others something is marked, but
            less than makes a defect, or it is not known what is. Nobody learns from them.
        classes: int64 [picture], the class of each picture, of all splits. names: [picture].
        good: the class of pictures, and of tiles, in which nothing is marked.
    """

    picture: np.ndarray
    corner: np.ndarray
    clear: np.ndarray
    classes: np.ndarray
    names: tuple[str, ...]
    good: int

    def __post_init__(self) -> None:
        freeze(self)

    def pick(self, indices: np.ndarray) -> "Tiles":
        """Return the tiles of some images, int [image]."""
        return Tiles(
            self.picture[indices], self.corner[indices], self.clear[indices],
            self.classes, self.names, self.good,
        )  # fmt: skip

    @staticmethod
    def joined(parts: Sequence["Tiles"]) -> "Tiles":
        """Return the tiles of several splits of one data set, one split after the other."""
        first = parts[0]
        picture, corner, clear = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("picture", "corner", "clear")
        )
        return Tiles(picture, corner, clear, first.classes, first.names, first.good)

    @cached_property
    def pictures(self) -> np.ndarray:
        """The numbers of the pictures that have tiles here, rising, int64 [picture here]."""
        return np.unique(self.picture)

    @property
    def labels(self) -> np.ndarray:
        """The classes of the pictures that have tiles here, int64 [picture here]."""
        return self.classes[self.pictures]

    def worst(self, logits: np.ndarray) -> np.ndarray:
        """Return what a model says of each picture that has tiles here: of its worst tile.

        Args:
            logits: float32 [image, class].

        Returns:
            float32 [picture here, class].
        """
        return worst(logits, self.picture, self.good)

    def caption(self, index: int) -> str:
        """Return where an image is from, for people: the picture, and row and column in it."""
        row, column = self.corner[index]
        return f"{self.names[self.picture[index]]} ({row}, {column})"
