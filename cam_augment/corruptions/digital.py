"""What files and scalers do to pictures."""

import io

import numpy as np

from cam_augment.corruptions import Draws
from cam_augment.registry import CORRUPTIONS

COLOURS = 3


@CORRUPTIONS.add(
    version=1, family="digital", unit="share of the resolution that is lost",
    strengths=(0.4, 0.6, 0.75),
)  # fmt: skip
def pixelation(images: np.ndarray, strength: float, _draws: Draws) -> np.ndarray:
    """Average each image over coarse cells, as if it had been taken from further away.

    Box-averaged to (1 - s) of its rows and columns, and enlarged back by the nearest value
    (Hendrycks and Dietterich 2019, pixelate).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: share of the resolution that is lost.
    """
    rows, columns = (_coarse(side, strength) for side in images.shape[1:3])
    return np.einsum("rs,nscd,ec->nred", rows, images, columns, optimize=True)


def _coarse(side: int, strength: float) -> np.ndarray:
    """Return what averages a side into cells and enlarges it back, float32 [to, from]."""
    cells = max(1, round((1 - strength) * side))
    edges, pixels = np.arange(cells + 1) * side / cells, np.arange(side)
    low, high = edges[:-1, None], edges[1:, None]
    overlap = np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, None)
    nearest = ((pixels + 0.5) * cells / side).astype(int)
    return (overlap * cells / side)[nearest].astype(np.float32)


@CORRUPTIONS.add(version=1, family="digital", unit="100 less the quality", strengths=(60, 80, 92))
def jpeg(images: np.ndarray, strength: float, _draws: Draws) -> np.ndarray:
    """Store each image as JPEG of a low quality, and read it back.

    By Pillow, in 8 bits; channels that are no colours one by one (Hendrycks and Dietterich 2019,
    JPEG compression).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: 100 less the quality.
    """
    pixels = (np.clip(images, 0, 1) * 255).round().astype(np.uint8)
    quality, changed = round(100 - strength), np.empty_like(pixels)
    for image, place in zip(pixels, changed, strict=True):
        if image.shape[-1] == COLOURS:
            place[:] = _stored(image, quality)
            continue
        for channel in range(image.shape[-1]):
            place[..., channel] = _stored(image[..., channel], quality)
    return changed.astype(np.float32) / 255


def _stored(pixels: np.ndarray, quality: int) -> np.ndarray:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))
