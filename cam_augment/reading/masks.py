"""Read a mask: a picture in which what is marked is not black, or not the first colour."""

from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import opened

_LOSSY = ("JPEG",)  # its blacks and whites are only nearly so


def read_mask(source: Path | bytes, name: str, shape: tuple[int, int]) -> np.ndarray:
    """Return what is marked in a picture of ``shape`` (rows, columns): bool [row, column].

    A pixel is marked where any of its colours is not zero (in a palette: its number), its
    transparency apart; in a JPEG file where any is above half.

    Raises:
        Damaged: the mask cannot be read whole, or is too large.
        InputError: it has another size than its picture.
    """
    image, kind, _ = opened(source, name)
    if image.size != shape[::-1]:
        marked, drawn = ("x".join(map(str, size)) for size in (image.size[::-1], shape))
        raise InputError(f"{shown(name)}: a mask of {marked} pixels for a picture of {drawn}")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        image = image.convert("RGBA").convert("RGB")
    values = np.asarray(image)
    marked = values > (127 if kind in _LOSSY else 0)
    return marked.any(2) if marked.ndim == 3 else marked
