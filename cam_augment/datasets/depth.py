"""Which stored value is white, where cameras write 10, 12 or 14 bits into files of 16."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.base.mapped import Writer
from cam_augment.base.stack import Stack
from cam_augment.reading.pictures import FULL_16
from cam_augment.records import Notice

Bits = Literal["auto"] | Annotated[int, Field(ge=8, le=16)]
_DARK = 1 / 8  # of the range, below which all values of all pictures are suspect
_APART = 2  # bits by which classes must differ to be of two cameras


@dataclass(frozen=True)
class Depth:
    """The white of values of 16 bits, whose files do not say it.

    Attributes:
        bits: of white: 2**bits - 1. deep: bool [picture], which pictures those are.
        by_class: bits of the deep pictures of each class, by its number.
    """

    bits: int
    deep: np.ndarray
    by_class: dict[int, int]

    def whitened(self, stack: Stack, picture: np.ndarray, path: Path) -> Stack:
        """Return images of which deep ones were read with a white of 65535, brought to this white.

        Args:
            stack: images [image, row, column, channel].
            picture: int [image], of which picture each is.
            path: of the file that is made where any of them is deep.
        """
        if self.bits == 16 or not self.deep.any():
            return stack
        factor = np.float32(FULL_16 / (2**self.bits - 1))
        with Writer(path) as writer:
            for image, deep in zip(stack, self.deep[picture], strict=True):
                writer.add(np.minimum(image * factor, 1) if deep else image)
            return Stack(writer.close())

    def notes(self, classes: Sequence[str], images: Stack) -> list[Notice]:
        """Return notes on a white below 16 bits, on pictures of several depths, on dark ones."""
        notes = []
        count, total = int(self.deep.sum()), len(self.deep)
        if count and self.bits < 16:
            white = 2**self.bits - 1
            notes.append(Notice.of("pictures.bits", count=count, bits=self.bits, white=white))
        if 0 < count < total:
            notes.append(Notice.of("pictures.mixed_depths", count=count, of=total))
        low, high = (min(self.by_class.items(), key=_bits_of, default=(0, 0)),
                     max(self.by_class.items(), key=_bits_of, default=(0, 0)))  # fmt: skip
        if high[1] - low[1] >= _APART:
            names = {"low": classes[low[0]], "high": classes[high[0]]}
            notes.append(Notice.of("pictures.class_depths", **names, few=low[1], many=high[1]))
        brightest = max((float(block.max(initial=0)) for block in images.blocks()), default=0.0)
        if brightest < _DARK:
            notes.append(Notice.of("pictures.dark", share=brightest))
        return notes


def depth_of(name: str, peaks: Sequence[int | None], labels: np.ndarray, bits: Bits) -> Depth:
    """Return the white of pictures.

    Args:
        peaks: the greatest value of each picture of 16 bits a value, None of others.
        labels: int [picture]. bits: of white; ``auto``: the fewest, from 8, that hold all values.

    Raises:
        InputError: a value is beyond the white that is asked for.
    """
    deep = np.array([peak is not None for peak in peaks], bool)
    values = np.array([peak or 0 for peak in peaks])
    fewest = bits_of(int(values.max(initial=0)))
    if bits != "auto" and fewest > bits:
        raise InputError(
            f"{name}: bits: received {bits}, whose white is {2**bits - 1:,}; a picture has a value "
            f"of {values.max():,}"
        )
    by_class = {
        int(label): bits_of(int(values[deep & (labels == label)].max()))
        for label in np.unique(labels[deep])
    }
    return Depth(fewest if bits == "auto" else bits, deep, by_class)


def bits_of(peak: int) -> int:
    """Return the fewest bits, from 8 to 16, that hold a value.

    >>> bits_of(200), bits_of(4095), bits_of(4096)
    (8, 12, 13)
    """
    return min(16, max(8, peak.bit_length()))


def _bits_of(item: tuple[int, int]) -> int:
    return item[1]
