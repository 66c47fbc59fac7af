"""One warp for every strategy that moves pixels: a map or a field per image, read bilinearly.

It is compiled into one loop over pixels (by XLA), which reads more images
per second on one core than TensorFlow's own projective transform.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from cam_augment.base.lazy import Tensor, tf

Fill = Literal["reflect", "nearest", "zero"]


# A homography sends a line of the plane to infinity and turns over what lies beyond it.
# Divisors are cut here, so that what would be read from there is read from far outside.
_LEAST_DIVISOR = 0.05


def warp(
    images: Tensor, matrices: Tensor, fill: Fill = "reflect", projective: bool = False
) -> Tensor:
    """Read every output pixel from where its image's matrix says, bilinearly.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        matrices: float32 [image, 3, 3]: from output place to input place (x, y, 1), with x
            along columns and y along rows, in pixels from the image's centre.
        fill: what stands outside: the image mirrored at its edge, its nearest edge pixel,
            or zeros.
        projective: whether the last rows differ from (0, 0, 1): x and y are then divided
            by the third number.

    Returns:
        float32 like ``images``, in 0..1.
    """
    return tf.ensure_shape(_compiled(_mapped)(images, matrices, fill, projective), images.shape)


def displace(images: Tensor, shifts: Tensor, fill: Fill = "reflect") -> Tensor:
    """Read every output pixel from beside its own place, bilinearly.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        shifts: float32 [2, image, row, column]: how far to the right and how far below to
            read, in pixels.
        fill: as for ``warp``.

    Returns:
        float32 like ``images``, in 0..1.
    """
    return tf.ensure_shape(_compiled(_displaced)(images, shifts, fill), images.shape)


@cache
def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    return tf.function(function, jit_compile=True, autograph=False)


def _mapped(images: Tensor, matrices: Tensor, fill: Fill, projective: bool) -> Tensor:
    shape = tf.shape(images)
    x, y = _homography(shape, matrices) if projective else _places(shape, matrices)
    return _read(images, shape, x, y, fill)


def _displaced(images: Tensor, shifts: Tensor, fill: Fill) -> Tensor:
    shape = tf.shape(images)
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    x = tf.range(width)[None, None, :] + shifts[0]
    y = tf.range(height)[None, :, None] + shifts[1]
    return _read(images, shape, x, y, fill)


def _read(images: Tensor, shape: Tensor, x: Tensor, y: Tensor, fill: Fill) -> Tensor:
    border = 1 if fill == "zero" else 0
    column, right_of, to_right = _split(_inside(x, shape[2], fill), shape[2], border)
    row, below, down = _split(_inside(y, shape[1], fill), shape[1], border)
    if border:
        images = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
    height, width = shape[1] + 2 * border, shape[2] + 2 * border
    pixels = tf.reshape(images, [-1, shape[3]])
    start = tf.range(shape[0])[:, None, None] * height * width
    upper, lower = start + row * width, start + below * width
    top, bottom = (
        _between(tf.gather(pixels, line + column), tf.gather(pixels, line + right_of), to_right)
        for line in (upper, lower)
    )
    return tf.clip_by_value(_between(top, bottom, down), 0.0, 1.0)


def _places(shape: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Return where to read, x and y [image, row, column], in pixels from the first one's."""
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    x = (tf.range(width) - (width - 1) / 2)[None, None, :]
    y = (tf.range(height) - (height - 1) / 2)[None, :, None]
    m = matrices[:, :, :, None, None]
    to_x = m[:, 0, 0] * x + m[:, 0, 1] * y + m[:, 0, 2] + (width - 1) / 2
    to_y = m[:, 1, 0] * x + m[:, 1, 1] * y + m[:, 1, 2] + (height - 1) / 2
    return to_x, to_y


def _homography(shape: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Return where to read as ``_places`` does, for matrices with any last row."""
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    x = (tf.range(width) - (width - 1) / 2)[None, None, :]
    y = (tf.range(height) - (height - 1) / 2)[None, :, None]
    m = matrices[:, :, :, None, None]
    to_x, to_y, by = (m[:, row, 0] * x + m[:, row, 1] * y + m[:, row, 2] for row in range(3))
    by = tf.maximum(by, _LEAST_DIVISOR)
    return to_x / by + (width - 1) / 2, to_y / by + (height - 1) / 2


def _inside(place: Tensor, side: Tensor, fill: Fill) -> Tensor:
    """Bring places into 0..side - 1, or for zeros into -1..side, a black border included."""
    side = tf.cast(side, tf.float32)
    if fill == "zero":
        return tf.clip_by_value(place, -1.0, side)
    if fill == "reflect":
        place = place + 0.5
        place -= 2 * side * tf.floor(place / (2 * side))
        place = tf.minimum(place, 2 * side - place) - 0.5
    return tf.clip_by_value(place, 0.0, side - 1)


def _split(place: Tensor, side: Tensor, border: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the pixel at or before each place, the next one, and the share of the latter."""
    floor = tf.floor(place)
    first = tf.cast(floor, tf.int32) + border
    return first, tf.minimum(first + 1, side - 1 + 2 * border), (place - floor)[..., None]


def _between(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    return first + share * (second - first)
