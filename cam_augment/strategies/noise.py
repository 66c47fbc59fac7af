"""Add noise."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import normal


@STRATEGIES.add(
    version=1,
    family="intensity",
    unit="standard deviation",
    identity=0.0,
    labels="kept",
    moves=False,
)
def gaussian_noise(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.2,
) -> tuple[Tensor, Tensor]:
    """Add normal noise of standard deviation `magnitude` to each pixel and channel.

    Values are then cut to 0..1. Takes and returns images (float32 [image, row, column,
    channel] in 0..1) and labels.
    """
    return tf.clip_by_value(images + magnitude * normal(images, seed), 0.0, 1.0), labels
