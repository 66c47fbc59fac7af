"""Noise of the sensor."""

import numpy as np

from cam_augment.corruptions import Draws
from cam_augment.registry import CORRUPTIONS


@CORRUPTIONS.add(
    version=1,
    family="noise",
    unit="standard deviation",
    strengths=(0.08, 0.16, 0.3),
    strategies=("gaussian_noise",),
)
def sensor_noise(images: np.ndarray, strength: float, draws: Draws) -> np.ndarray:
    """Add normal noise to each pixel and channel, as a sensor does in low light.

    x + n, n normal of mean 0 (Hendrycks and Dietterich 2019, Gaussian noise).

    Args:
        images: float32 [image, row, column, channel] in 0..1; returned alike.
        strength: standard deviation of the noise. draws: one generator an image.
    """
    noise = [draw.standard_normal(images.shape[1:], np.float32) for draw in draws]
    return images + strength * np.array(noise, np.float32).reshape(images.shape)
