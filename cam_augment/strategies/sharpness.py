"""Sharpen or soften."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.tones import sharpened


@STRATEGIES.add(
    version=1, family="sharpness", unit="fraction", identity=0.0, labels="kept", moves=False
)
def sharpness(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.5,
) -> tuple[Tensor, Tensor]:
    """Scale each image's fine detail by 1 - `magnitude` to 1 + `magnitude`.

    Detail is what a small smoothing takes away: each pixel weighs 5/13, its eight
    neighbours 1/13 each (Pillow's ``SMOOTH``; there edge pixels are left alone, here the
    image is mirrored at its edges). The factor is uniform, drawn for each image; values are
    then cut to 0..1. Takes and returns images (float32 [image, row, column, channel] in
    0..1) and labels.
    """
    if magnitude == 0:
        return images, labels
    return sharpened(images, uniform(images, seed, 1 - magnitude, 1 + magnitude)), labels
