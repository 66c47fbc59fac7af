"""The operations that policies draw from, and how an image goes through those it drew.

An operation is a number, its place in ``OPERATIONS``. Its strength is in -1..1: the size is
the share of the largest change that a ``Space`` allows, the sign its direction.

The geometry of an image's operations is one matrix, and one warp comes before all that
changes values: it interpolates once and costs the same for any number of operations. Values
are then changed in the order of the draws, each image by its own operation only.
"""

from collections.abc import Callable
from math import pi
from typing import NamedTuple

from cam_augment.base.lazy import Tensor, tf
from cam_augment.strategies import tones
from cam_augment.strategies.draws import integers
from cam_augment.strategies.geometry import affine
from cam_augment.strategies.warp import Fill, warp

GEOMETRY = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
CHANGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "autocontrast": tones.stretched,
    "equalise": tones.equalised,
    "posterise": tones.posterised,
    "solarise": tones.solarised,
    "brightness": tones.brightened,
    "contrast": tones.contrasted,
    "saturation": tones.saturated,
    "sharpness": tones.sharpened,
}
VALUES = tuple(CHANGES)
OPERATIONS = ("identity", *GEOMETRY, *VALUES)


class Space(NamedTuple):
    """The operations of a policy, and their largest change.

    Attributes:
        operations: names, each as likely to be drawn. rotate: degrees.
        shear: shift per height or width. translate: share of the side.
        blend: most that brightness, contrast, saturation and sharpness differ from 1.
        bits: how many posterise drops at strength 0 and at 1.
    """

    operations: tuple[str, ...]
    rotate: float
    shear: float
    translate: float
    blend: float
    bits: tuple[int, int]


def draw(images: Tensor, seed: Tensor, space: Space, slots: int) -> Tensor:
    """Return which operations each image goes through, int32 [image, slot]."""
    numbers = tf.constant([OPERATIONS.index(name) for name in space.operations])
    return tf.gather(numbers, integers(images, seed, len(space.operations), slots))


def transform(
    images: Tensor, numbers: Tensor, strength: Tensor, space: Space, fill: Fill
) -> Tensor:
    """Put each image through its own operations.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        numbers: int32 [image, slot], numbers of operations. strength: float32 alike, -1..1.
        space: the largest changes. fill: what stands outside, as for ``warp``.

    Returns:
        float32 like ``images``, in 0..1.
    """
    images, sizes = move(images, numbers, strength, space, fill), amounts(numbers, strength, space)
    for slot in range(numbers.shape[1]):
        images = _change(images, numbers[:, slot], sizes[:, slot], space)
    return images


def move(images: Tensor, numbers: Tensor, strength: Tensor, space: Space, fill: Fill) -> Tensor:
    """Move pixels as ``transform`` does, and change no value."""
    return warp(images, matrices(tf.shape(images), numbers, strength, space), fill)


def matrices(shape: Tensor, numbers: Tensor, strength: Tensor, space: Space) -> Tensor:
    """Return the product of each image's matrices, float32 [image, 3, 3], as for ``warp``.

    ``shape`` is that of the images; the others are as for ``transform``.
    """
    product = None
    for slot in range(numbers.shape[1]):
        matrix = _matrix(shape, numbers[:, slot], strength[:, slot], space)
        product = matrix if product is None else product @ matrix
    return product


def _matrix(shape: Tensor, numbers: Tensor, strength: Tensor, space: Space) -> Tensor:
    """Return the matrix of one drawn operation; of one that moves nothing, the identity."""
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)

    def share(name: str) -> Tensor:
        return tf.where(numbers == OPERATIONS.index(name), strength, 0.0)

    angle = share("rotate") * (space.rotate * pi / 180)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    across, down = space.shear * share("shear_x"), space.shear * share("shear_y")
    x, y = share("translate_x") * width, share("translate_y") * height
    return affine(
        cosine, across - sine, down + sine, cosine, space.translate * x, space.translate * y
    )


def amounts(numbers: Tensor, strength: Tensor, space: Space) -> Tensor:
    """Return by how much each operation changes values, float32 [image, slot].

    posterise: bits that it drops; solarise: its threshold; those that blend: the factor.
    """
    low, high = space.bits
    sizes = 1 + space.blend * strength
    for name, amount in (
        ("posterise", tf.round(low + (high - low) * tf.abs(strength))),
        ("solarise", 1 - tf.abs(strength)),
    ):
        sizes = tf.where(numbers == OPERATIONS.index(name), amount, sizes)
    return sizes


def _change(images: Tensor, numbers: Tensor, sizes: Tensor, space: Space) -> Tensor:
    """Change values: each image goes through its own operation and through no other."""
    names = [name for name in VALUES if name in space.operations]
    groups = tf.constant([names.index(o) + 1 if o in names else 0 for o in OPERATIONS])
    rest, *places = tf.dynamic_partition(
        tf.range(tf.size(numbers)), tf.gather(groups, numbers), 1 + len(names)
    )
    changes = [
        CHANGES[name](tf.gather(images, place), tf.gather(sizes, place))
        for name, place in zip(names, places, strict=True)
    ]
    together = tf.dynamic_stitch([rest, *places], [tf.gather(images, rest), *changes])
    return tf.ensure_shape(together, images.shape)
