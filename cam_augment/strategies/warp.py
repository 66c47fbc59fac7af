"""One warp for every strategy that moves pixels: an affine map per image, read bilinearly.

It is compiled into one loop over pixels (by XLA), which reads more images
per second on one core than TensorFlow's own projective transform.
"""

from functools import cache
from typing import Literal

from cam_augment.lazy import tf

Fill = Literal["reflect", "nearest", "zero"]


def warp(images, matrices, fill: Fill = "reflect"):
    """Read every output pixel from where its image's matrix says, bilinearly.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        matrices: float32 [image, 3, 3]: from output place to input place (x, y, 1), with x
            along columns and y along rows, in pixels from the image's centre.
        fill: what stands outside: the image mirrored at its edge, its nearest edge pixel,
            or zeros.

    Returns:
        float32 like ``images``, in 0..1.
    """
    return tf.ensure_shape(_compiled()(images, matrices, fill), images.shape)


@cache
def _compiled():
    return tf.function(_read, jit_compile=True)


def _read(images, matrices, fill: Fill):
    shape = tf.shape(images)
    x, y = _places(shape, matrices)
    column, right = _split(_inside(x, shape[2], fill), shape[2])
    row, below = _split(_inside(y, shape[1], fill), shape[1])
    edge = "CONSTANT" if fill == "zero" else "SYMMETRIC"
    pixels = tf.reshape(tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], edge), [-1, shape[3]])
    width = shape[2] + 2
    start = tf.range(shape[0])[:, None, None] * (shape[1] + 2) * width
    first = start + row * width + column
    top = _between(tf.gather(pixels, first), tf.gather(pixels, first + 1), right)
    first += width
    bottom = _between(tf.gather(pixels, first), tf.gather(pixels, first + 1), right)
    return tf.clip_by_value(_between(top, bottom, below), 0.0, 1.0)


def _places(shape, matrices):
    """Return where to read, x and y [image, row, column], in pixels from the first one's."""
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    x = (tf.range(width) - (width - 1) / 2)[None, None, :]
    y = (tf.range(height) - (height - 1) / 2)[None, :, None]
    m = matrices[:, :, :, None, None]
    to_x = m[:, 0, 0] * x + m[:, 0, 1] * y + m[:, 0, 2] + (width - 1) / 2
    to_y = m[:, 1, 0] * x + m[:, 1, 1] * y + m[:, 1, 2] + (height - 1) / 2
    return to_x, to_y


def _inside(place, side, fill: Fill):
    """Bring places into -1..side, where -1 and side are the padded edge."""
    side = tf.cast(side, tf.float32)
    if fill == "reflect":
        place = place + 0.5
        place -= 2 * side * tf.floor(place / (2 * side))
        return tf.minimum(place, 2 * side - place) - 0.5
    low, high = (0.0, side - 1) if fill == "nearest" else (-1.0, side)
    return tf.clip_by_value(place, low, high)


def _split(place, side):
    """Return the padded pixel at or before each place, and the share of the next one."""
    whole = tf.minimum(tf.floor(place), tf.cast(side, tf.float32) - 1)
    return tf.cast(whole, tf.int32) + 1, (place - whole)[..., None]


def _between(first, second, share):
    return first + share * (second - first)
