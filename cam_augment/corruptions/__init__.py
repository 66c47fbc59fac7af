"""Corruptions of test images, one function each: what cameras, lines and files do to pictures.

An entry takes images and a strength and draws for every image by itself, from the entry's name
and the image's number alone: all models are asked about the same pictures, and the strengths of one
corruption share their draws, so that a stronger one is more of the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

import numpy as np

from cam_augment.registry import CORRUPTIONS, CorruptionEntry

Draws = Sequence[np.random.Generator]  # one for each image


def corrupt(
    corruption: CorruptionEntry, images: np.ndarray, strength: float, numbers: Iterable[int]
) -> np.ndarray:
    """Return corrupted images, float32 in 0..1 of the same shape.

    Args:
        images: float32 [image, row, column, channel] in 0..1. strength: in the corruption's own
            unit. numbers: int [image], of each image among all that there are; its draws follow
            from it.
    """
    draws = [_draws(corruption.name, number) for number in numbers]
    changed = corruption(np.asarray(images, np.float32), strength, draws)
    return np.clip(changed, 0, 1).astype(np.float32, copy=False)


def _draws(name: str, number: int) -> np.random.Generator:
    return np.random.default_rng([crc32(name.encode()), int(number)])


def variants() -> Iterator[tuple[CorruptionEntry, float]]:
    """Yield every corruption with each of its strengths, the weakest first."""
    for corruption in CORRUPTIONS.values():
        for strength in corruption.strengths:
            yield corruption, strength


def shorter_side(images: np.ndarray) -> int:
    """Return the pixels of the shorter side of images [image, row, column, channel]."""
    return min(images.shape[1:3])
