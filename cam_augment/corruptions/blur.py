"""Blur: out of focus, and in motion."""

import numpy as np
from scipy import ndimage, signal

from cam_augment.corruptions import Draws, shorter_side
from cam_augment.registry import CORRUPTIONS

DIRECTIONS = 12  # of motion, over half a turn; images of one direction are blurred together
STEPS = 4  # points of the line that a pixel moves along, for each pixel of its length


@CORRUPTIONS.add(
    version=1,
    family="blur",
    unit="standard deviation, shares of the shorter side",
    strengths=(0.015, 0.03, 0.05),
    strategies=("gaussian_blur", "sharpness", "rand_augment", "trivial_augment"),
)
def defocus(images: np.ndarray, strength: float, _draws: Draws) -> np.ndarray:
    """Smooth each image by a Gaussian, as a lens out of focus does.

    The image convolved with a Gaussian, its edge held (Hendrycks and Dietterich 2019, Gaussian
    blur).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: standard deviation, shares of the shorter side.
    """
    width = strength * shorter_side(images)
    return ndimage.gaussian_filter(images, (0, width, width, 0), mode="nearest")


@CORRUPTIONS.add(
    version=1,
    family="blur",
    unit="length, shares of the shorter side",
    strengths=(0.08, 0.15, 0.25),
)
def motion_blur(images: np.ndarray, strength: float, draws: Draws) -> np.ndarray:
    """Average each image along a straight line of a drawn direction, as a moving part looks.

    The mean of the image over shifts of -L/2 to L/2 along the line, its edge held (Hendrycks and
    Dietterich 2019, motion blur).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: length of the line, shares of the shorter side. draws: one generator an image.
    """
    length = strength * shorter_side(images)
    directions = np.array([draw.integers(DIRECTIONS) for draw in draws], int)
    blurred = np.empty_like(images)
    for direction in np.unique(directions):
        line = _line(length, np.pi * direction / DIRECTIONS)
        chosen, edge = directions == direction, len(line) // 2
        padded = np.pad(images[chosen], ((0, 0), (edge, edge), (edge, edge), (0, 0)), "edge")
        kernel = line[None, :, :, None]
        blurred[chosen] = signal.fftconvolve(padded, kernel, "valid", axes=(1, 2))
    return blurred


def _line(length: float, angle: float) -> np.ndarray:
    """Return the kernel of a line through the middle, float32 [row, column]; its sum is 1."""
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    along = np.linspace(-length / 2, length / 2, max(2, int(np.ceil(STEPS * length))))
    rows, columns = reach + along * np.sin(angle), reach + along * np.cos(angle)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    for down, across in np.ndindex(2, 2):  # a point between pixels is shared by four of them
        weight = (1 - abs(rows - top - down)) * (1 - abs(columns - left - across))
        np.add.at(kernel, (top + down, left + across), weight)
    return (kernel / kernel.sum()).astype(np.float32)
