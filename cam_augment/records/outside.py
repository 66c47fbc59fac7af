"""What a model of any framework answered, without the model: logits and maps as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from cam_augment.base.arrays import as_array
from cam_augment.base.errors import writing
from cam_augment.records.values import freeze


@dataclass(frozen=True, eq=False)
class Answers:
    """One model's answers to images; all models of a comparison answer the same ones, in one order.

    Attributes:
        logits: float [image, class], before a softmax or sigmoid; of one unit that tells two
            classes apart, [image] or [image, 1].
        maps: float [image, row, column], not negative, on the layer's own grid; all zero where
            there is none.
        cam: the method that made the maps, in words for the report.
        layer: the layer that they were made at, likewise.

    Raises:
        InputError: logits or maps are not an array, such as lists of several lengths.
    """

    logits: np.ndarray
    maps: np.ndarray = field(repr=False)
    cam: str = ""
    layer: str = ""

    def __post_init__(self) -> None:
        for name in ("logits", "maps"):
            values = as_array(f"Answers: {name}", getattr(self, name))
            object.__setattr__(self, name, values.copy())
        freeze(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the answers as an npz file, which ``compare_answers`` and the command read.

        Folders that are not there are made.

        Raises:
            InputError: it cannot be written.
        """
        folder = Path(path).parent
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, logits=self.logits, maps=self.maps, cam=self.cam,
                                layer=self.layer)  # fmt: skip
