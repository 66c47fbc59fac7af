"""Light: too much or too little, flat, or through haze."""

import numpy as np
from scipy import ndimage

from cam_augment.corruptions import Draws
from cam_augment.registry import CORRUPTIONS

KNOTS = 4  # of the haze's density along each side; between them it is smooth
THINNEST = 0.5  # the haze's least density over its greatest


@CORRUPTIONS.add(
    version=1,
    family="light",
    unit="share of the contrast that is lost",
    strengths=(0.4, 0.65, 0.85),
    strategies=("contrast", "rand_augment", "trivial_augment", "aug_mix"),
)
def low_contrast(images: np.ndarray, strength: float, _draws: Draws) -> np.ndarray:
    """Flatten each image towards its mean, as stray light does.

    m + (1 - s)(x - m), m the image's mean (Hendrycks and Dietterich 2019, contrast).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: share of the contrast that is lost.
    """
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    return mean + (1 - strength) * (images - mean)


@CORRUPTIONS.add(
    version=1,
    family="light",
    unit="of 0 to 1",
    strengths=(0.15, 0.3, 0.45),
    strategies=("brightness", "rand_augment", "trivial_augment"),
)
def exposure(images: np.ndarray, strength: float, draws: Draws) -> np.ndarray:
    """Raise or lower all values of each image alike, which way is drawn.

    x + s or x - s, cut to 0..1 (Hendrycks and Dietterich 2019, brightness, upwards only).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: what is added to, or taken from, all values. draws: one generator an image.
    """
    signs = np.array([draw.choice([-1, 1]) for draw in draws], np.float32)
    return images + strength * signs[:, None, None, None]


@CORRUPTIONS.add(
    version=1, family="light", unit="greatest density, of 0 to 1", strengths=(0.3, 0.5, 0.7)
)
def haze(images: np.ndarray, strength: float, draws: Draws) -> np.ndarray:
    """Blend each image with white by a smooth drawn density, as mist or dust does.

    x (1 - t) + t, t = s f, f a smooth random field of 0.5 to 1 (in place of the fractal fog of
    Hendrycks and Dietterich 2019).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: greatest density of the white, 0..1. draws: one generator an image.
    """
    rows, columns = images.shape[1:3]
    places = np.meshgrid(
        np.linspace(0, KNOTS - 1, rows), np.linspace(0, KNOTS - 1, columns), indexing="ij"
    )
    fields = [
        ndimage.map_coordinates(draw.random((KNOTS, KNOTS)), places, order=3, mode="nearest")
        for draw in draws
    ]
    density = np.clip(np.array(fields, np.float32).reshape(-1, rows, columns, 1), 0, 1)
    veil = strength * (THINNEST + (1 - THINNEST) * density)
    return images * (1 - veil) + veil
