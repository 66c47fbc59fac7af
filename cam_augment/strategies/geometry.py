"""Strategies that move pixels: each is one matrix per image, and one warp serves them all.

A matrix, float32 [image, 3, 3], says where each output pixel is read from (see ``warp``).
Steps in a row are one product of matrices, so they interpolate once.

``fill`` says what stands outside the image. The default ``reflect`` continues the texture
of a surface where ``zero`` would draw black wedges, which a network learns to see; around
a digit on an empty ground, all three are the same for shifts less than its margin.
"""

from collections.abc import Callable
from math import pi
from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.warp import Fill, warp


def affine(
    xx: Tensor, xy: Tensor, yx: Tensor, yy: Tensor, x: Tensor | None = None, y: Tensor | None = None
) -> Tensor:
    """Stack six numbers per image, float32 [image] each, into matrices [image, 3, 3]."""
    zero, one = tf.zeros_like(xx), tf.ones_like(xx)
    rows = [xx, xy, zero if x is None else x, yx, yy, zero if y is None else y, zero, zero, one]
    return tf.reshape(tf.stack(rows, 1), [-1, 3, 3])


def rotations(images: Tensor, seed: Tensor, magnitude: float) -> Tensor:
    """Return matrices of turns by up to ``magnitude`` degrees either way."""
    angle = uniform(images, seed, -magnitude, magnitude) * (pi / 180)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    return affine(cosine, -sine, sine, cosine)


def zooms(images: Tensor, seed: Tensor, magnitude: float) -> Tensor:
    """Return matrices that scale by 1 - ``magnitude`` to 1 + ``magnitude``."""
    scale = 1 / uniform(images, seed, 1 - magnitude, 1 + magnitude)
    return affine(scale, tf.zeros_like(scale), tf.zeros_like(scale), scale)


def translations(images: Tensor, seed: Tensor, magnitude: float) -> Tensor:
    """Return matrices of shifts by up to ``magnitude`` of each side either way."""
    sides = tf.cast(tf.shape(images)[1:3][::-1], tf.float32)
    shift = uniform(images, seed, -magnitude, magnitude, 2) * sides
    one = tf.ones_like(shift[:, 0])
    return affine(one, tf.zeros_like(one), tf.zeros_like(one), one, -shift[:, 0], -shift[:, 1])


def shears(images: Tensor, seed: Tensor, magnitude: float) -> Tensor:
    """Return matrices that slide rows sideways, by up to ``magnitude`` per row of height."""
    slope = uniform(images, seed, -magnitude, magnitude)
    one = tf.ones_like(slope)
    return affine(one, slope, tf.zeros_like(slope), one)


def _geometry(matrices: Callable, unit: str) -> Callable:
    return STRATEGIES.add(
        version=1,
        family="geometry",
        unit=unit,
        identity=0.0,
        labels="kept",
        matrices=matrices,
        moves=True,
    )


@_geometry(rotations, "degrees")
def rotation(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=180)] = 15.0,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """Turn each image about its centre, by up to `magnitude` degrees either way.

    The angle is uniform in -magnitude..magnitude (degrees), drawn for each image. Takes
    and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    return warp(images, rotations(images, seed, magnitude), fill), labels


@_geometry(zooms, "fraction")
def zoom(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=0.9)] = 0.15,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """Scale each image about its centre, by up to `magnitude` larger or smaller.

    The factor is uniform in 1 - magnitude..1 + magnitude and the same for both sides,
    drawn for each image. Takes and returns images (float32 [image, row, column, channel]
    in 0..1) and labels.
    """
    return warp(images, zooms(images, seed, magnitude), fill), labels


@_geometry(translations, "fraction of the side")
def translation(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.1,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """Shift each image, by up to `magnitude` of its width and of its height.

    Both shifts are uniform, independent, and not whole pixels, drawn for each image. Takes
    and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    return warp(images, translations(images, seed, magnitude), fill), labels


@_geometry(shears, "shift per height")
def shear(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=2)] = 0.3,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """Slant each image sideways, by up to `magnitude` of the height, about its centre.

    The slope (shift of columns per row; the tangent of the slant) is uniform in
    -magnitude..magnitude, drawn for each image. Takes and returns images (float32 [image,
    row, column, channel] in 0..1) and labels.
    """
    return warp(images, shears(images, seed, magnitude), fill), labels
