"""The operations that policies draw from, and how an image goes through those it drew.

An operation is a number, its place in ``OPERATIONS``. Its strength is in -1..1: the size is
the share of the largest change that a ``Space`` allows, the sign its direction.

The geometry of an image's operations is one matrix, and one warp comes before all that
changes values: it interpolates once and costs the same for any number of operations. Values
are then changed in the order of the draws, each image by its own operation only.
"""

from math import pi
from typing import NamedTuple

from cam_augment.base.lazy import tf
from cam_augment.strategies import tones
from cam_augment.strategies.draws import whole
from cam_augment.strategies.geometry import affine
from cam_augment.strategies.warp import Fill, warp

GEOMETRY = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
CHANGES = {
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


def draw(images, seed, space: Space, slots: int):
    """Return which operations each image goes through, int32 [image, slot]."""
    numbers = tf.constant([OPERATIONS.index(name) for name in space.operations])
    return tf.gather(numbers, whole(images, seed, len(space.operations), slots))


def transform(images, drawn, strength, space: Space, fill: Fill):
    """Put each image through its own operations.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        drawn: int32 [image, slot], numbers of operations. strength: float32 alike, -1..1.
        space: the largest changes. fill: what stands outside, as for ``warp``.

    Returns:
        float32 like ``images``, in 0..1.
    """
    images, sizes = move(images, drawn, strength, space, fill), amounts(drawn, strength, space)
    for slot in range(drawn.shape[1]):
        images = _change(images, drawn[:, slot], sizes[:, slot], space)
    return images


def move(images, drawn, strength, space: Space, fill: Fill):
    """Move pixels as ``transform`` does, and change no value."""
    return warp(images, matrices(tf.shape(images), drawn, strength, space), fill)


def matrices(shape, drawn, strength, space: Space):
    """Return the product of each image's matrices, float32 [image, 3, 3], as for ``warp``.

    ``shape`` is that of the images; the others are as for ``transform``.
    """
    product = None
    for slot in range(drawn.shape[1]):
        own = _matrix(shape, drawn[:, slot], strength[:, slot], space)
        product = own if product is None else product @ own
    return product


def _matrix(shape, drawn, strength, space: Space):
    """Return the matrix of one drawn operation; of one that moves nothing, the identity."""
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)

    def share(name: str):
        return tf.where(drawn == OPERATIONS.index(name), strength, 0.0)

    angle = share("rotate") * (space.rotate * pi / 180)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    across, down = space.shear * share("shear_x"), space.shear * share("shear_y")
    x, y = share("translate_x") * width, share("translate_y") * height
    return affine(
        cosine, across - sine, down + sine, cosine, space.translate * x, space.translate * y
    )


def amounts(drawn, strength, space: Space):
    """Return by how much each operation changes values, float32 [image, slot].

    posterise: bits that it drops; solarise: its threshold; those that blend: the factor.
    """
    low, high = space.bits
    found = 1 + space.blend * strength
    for name, amount in (
        ("posterise", tf.round(low + (high - low) * tf.abs(strength))),
        ("solarise", 1 - tf.abs(strength)),
    ):
        found = tf.where(drawn == OPERATIONS.index(name), amount, found)
    return found


def _change(images, drawn, sizes, space: Space):
    """Change values: each image goes through its own operation and through no other."""
    names = [name for name in VALUES if name in space.operations]
    groups = tf.constant([names.index(o) + 1 if o in names else 0 for o in OPERATIONS])
    untouched, *places = tf.dynamic_partition(
        tf.range(tf.size(drawn)), tf.gather(groups, drawn), 1 + len(names)
    )
    changed = [
        CHANGES[name](tf.gather(images, own), tf.gather(sizes, own))
        for name, own in zip(names, places, strict=True)
    ]
    together = tf.dynamic_stitch([untouched, *places], [tf.gather(images, untouched), *changed])
    return tf.ensure_shape(together, images.shape)
