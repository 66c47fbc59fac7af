"""Where the part lies, and what lies before it."""

import numpy as np
from scipy import ndimage

from cam_augment.corruptions import Draws, shorter_side
from cam_augment.registry import CORRUPTIONS


@CORRUPTIONS.add(
    version=1,
    family="place",
    unit="shares of the shorter side",
    strengths=(0.05, 0.1, 0.15),
    strategies=("translation", "random_crop", "rand_augment", "trivial_augment", "aug_mix"),
)
def misplacement(images: np.ndarray, strength: float, draws: Draws) -> np.ndarray:
    """Shift each image by one distance in a drawn direction, as a part that lies askew.

    Between pixels by bilinear interpolation; the edge is held (a small translation, as in Mu and
    Gilmer 2019).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: distance, shares of the shorter side. draws: one generator an image.
    """
    angles = np.array([draw.uniform(0, 2 * np.pi) for draw in draws])
    steps = strength * shorter_side(images) * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    shifted = [
        ndimage.shift(image, (*step, 0), order=1, mode="nearest")
        for image, step in zip(images, steps, strict=True)
    ]
    return np.array(shifted, np.float32).reshape(images.shape)


@CORRUPTIONS.add(
    version=1,
    family="place",
    unit="side, shares of the image's",
    strengths=(0.2, 0.3, 0.4),
    strategies=("random_erasing", "grid_mask", "cutmix"),
)
def occlusion(images: np.ndarray, strength: float, draws: Draws) -> np.ndarray:
    """Hide a rectangle at a drawn place under a drawn grey, as something in the way does.

    Its sides are shares of the image's; it lies wholly inside (DeVries and Taylor 2017, cutout).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: the rectangle's sides, shares of the image's. draws: one generator an image.
    """
    sides = [max(1, round(strength * side)) for side in images.shape[1:3]]
    covered = np.array(images)
    for image, draw in zip(covered, draws, strict=True):
        top, left, grey = draw.random(3)
        row, column = (
            round(start * (whole - part))
            for start, whole, part in zip((top, left), image.shape[:2], sides, strict=True)
        )
        image[row : row + sides[0], column : column + sides[1]] = grey
    return covered
