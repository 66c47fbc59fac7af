"""Lighten or darken."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.tones import brightened


@STRATEGIES.add(
    version=1, family="intensity", unit="fraction", identity=0.0, labels="kept", moves=False
)
def brightness(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.3,
) -> tuple[Tensor, Tensor]:
    """Multiply each image's values by 1 - `magnitude` to 1 + `magnitude`, as exposure does.

    The factor is uniform, drawn for each image; black stays black; values are then cut to
    0..1. Takes and returns images (float32 [image, row, column, channel] in 0..1) and
    labels.
    """
    return brightened(images, uniform(images, seed, 1 - magnitude, 1 + magnitude)), labels
