"""Stretch or flatten grey values."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import per_image, uniform


@STRATEGIES.add(
    version=1, family="intensity", unit="fraction", identity=0.0, labels="kept", moves=False
)
def contrast(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.3,
) -> tuple[Tensor, Tensor]:
    """Scale each image's contrast about its mean, by up to `magnitude` more or less.

    The factor is uniform in 1 - magnitude..1 + magnitude, drawn for each image; the mean is
    over rows, columns and channels; values are then cut to 0..1. Takes and returns images
    (float32 [image, row, column, channel] in 0..1) and labels.
    """
    if magnitude == 0:  # (x - mean) + mean is not x to the last digit
        return images, labels
    factor = per_image(uniform(images, seed, 1 - magnitude, 1 + magnitude))
    mean = tf.reduce_mean(images, [1, 2, 3], keepdims=True)
    return tf.clip_by_value(mean + factor * (images - mean), 0.0, 1.0), labels
