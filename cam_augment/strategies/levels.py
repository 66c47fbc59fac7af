"""Invert or coarsen values."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.tones import posterised, solarised


@STRATEGIES.add(
    version=1, family="intensity", unit="fraction", identity=0.0, labels="kept", moves=False
)
def solarise(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.5,
) -> tuple[Tensor, Tensor]:
    """Invert each image's values above a threshold of 1 - `magnitude` to 1.

    The threshold is uniform, drawn for each image. Takes and returns images (float32
    [image, row, column, channel] in 0..1) and labels.
    """
    return solarised(images, 1 - uniform(images, seed, 0.0, magnitude)), labels


@STRATEGIES.add(
    version=1, family="intensity", unit="bits", identity=0.0, labels="kept", moves=False
)
def posterise(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=7)] = 5.0,
) -> tuple[Tensor, Tensor]:
    """Drop up to `magnitude` of the eight bits of each image's values, the lowest first.

    The number is uniform in 0..magnitude and then rounded, drawn for each image; where it
    is 0, values are not even rounded to eight bits. Takes and returns images (float32
    [image, row, column, channel] in 0..1) and labels.
    """
    return posterised(images, tf.round(uniform(images, seed, 0.0, magnitude))), labels
