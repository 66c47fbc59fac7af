"""Small pictures by which near copies are found among those that were read."""

from dataclasses import dataclass

import numpy as np

from cam_augment.base.stack import Stack


@dataclass(frozen=True, eq=False)
class Thumbs:
    """What near copies are found by, of all pictures of a data set.

    Attributes:
        names: of the pictures. hashes, images: [picture], see ``reading.duplicates``.
        pictures: int [image], the picture of each image of train, validation and test, one split
            after the other.
    """

    names: tuple[str, ...]
    hashes: np.ndarray
    images: Stack
    pictures: np.ndarray
