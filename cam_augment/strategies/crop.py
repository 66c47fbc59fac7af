"""Pad and crop."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.geometry import affine
from cam_augment.strategies.warp import Fill, warp


def crops(images: Tensor, seed: Tensor, magnitude: float) -> Tensor:
    """Return matrices of shifts by whole pixels, by up to ``magnitude`` of each side."""
    sides = tf.cast(tf.shape(images)[1:3][::-1], tf.float32)
    padding = tf.round(magnitude * sides)
    # Each of the 2 x padding + 1 offsets is as likely as any other.
    offset = tf.floor(uniform(images, seed, 0.0, 1.0, 2) * (2 * padding + 1)) - padding
    offset = tf.minimum(offset, padding)
    one = tf.ones_like(offset[:, 0])
    return affine(one, tf.zeros_like(one), tf.zeros_like(one), one, offset[:, 0], offset[:, 1])


@STRATEGIES.add(
    version=1,
    family="geometry",
    unit="fraction of the side",
    identity=0.0,
    labels="kept",
    matrices=crops,
    moves=True,
)
def random_crop(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.125,
    fill: Fill = "zero",
) -> tuple[Tensor, Tensor]:
    """Pad each image by `magnitude` of its sides and crop it back at a random place.

    The default is the 4 pixels of 32 that are usual for CIFAR, on black. Padding and offset
    are whole pixels, so values are copied and never blended, unlike those of
    ``translation``, and every offset is as likely; drawn for each image. Takes and returns
    images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    return warp(images, crops(images, seed, magnitude), fill), labels
