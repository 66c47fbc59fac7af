"""Formulas that change values and move no pixel, each image by its own strength.

All take images, float32 [image, row, column, channel] in 0..1, and one number for each
image, [image]; they return images alike. Nothing is drawn here.
"""

from cam_augment.base.lazy import Tensor, tf
from cam_augment.strategies.blur import separable
from cam_augment.strategies.draws import per_image

GREY_LEVELS = 256
_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601


def blend(plain: Tensor, images: Tensor, factor: Tensor) -> Tensor:
    """Lead away from a ``plain`` version: plain + factor x (images - plain), cut to 0..1.

    A factor of 0 is the plain version, 1 the image, above 1 more than the image.
    """
    return tf.clip_by_value(plain + per_image(factor) * (images - plain), 0.0, 1.0)


def brightened(images: Tensor, factor: Tensor) -> Tensor:
    """Multiply values by ``factor``: away from black."""
    return tf.clip_by_value(per_image(factor) * images, 0.0, 1.0)


def contrasted(images: Tensor, factor: Tensor) -> Tensor:
    """Scale values about the image's mean over rows, columns and channels."""
    return blend(tf.reduce_mean(images, [1, 2, 3], keepdims=True), images, factor)


def saturated(images: Tensor, factor: Tensor) -> Tensor:
    """Scale colours about the grey of the same luminance; grey images stay as they are."""
    if images.shape[3] != 3:
        return images
    weights = tf.constant(_LUMINANCE, tf.float32, [3, 1])
    return blend(tf.tensordot(images, weights, 1), images, factor)


def sharpened(images: Tensor, factor: Tensor) -> Tensor:
    """Scale values about the smoothed image: each pixel five times, its eight neighbours once."""
    boxes = separable(images, tf.ones([1, 3]), tf.ones([1, 3]))
    return blend((boxes + 4 * images) / 13, images, factor)


def solarised(images: Tensor, threshold: Tensor) -> Tensor:
    """Invert the values above ``threshold``."""
    return tf.where(images > per_image(threshold), 1 - images, images)


def posterised(images: Tensor, bits: Tensor) -> Tensor:
    """Set the lowest ``bits`` (0 to 7) of eight bits to zero; 0 leaves the image as it is."""
    step = per_image(2**bits)
    levels = tf.floor(tf.round(images * (GREY_LEVELS - 1)) / step) * step / (GREY_LEVELS - 1)
    return tf.where(per_image(bits) > 0, levels, images)


def stretched(images: Tensor, _: Tensor | None = None) -> Tensor:
    """Stretch each channel to 0..1 (autocontrast); a channel of one value stays."""
    planes = _planes(images)
    low = tf.reduce_min(planes, 1, keepdims=True)
    width = tf.reduce_max(planes, 1, keepdims=True) - low
    spread = tf.where(width > 0, width, 1.0)
    wide = tf.clip_by_value((planes - low) / spread, 0.0, 1.0)
    return _images(tf.where(width > 0, wide, planes), images)


def equalised(images: Tensor, _: Tensor | None = None) -> Tensor:
    """Give each channel an even histogram, of 256 levels; a channel of one value stays.

    A level becomes the share of pixels below it, of all that are below the brightest level.
    """
    planes = _planes(images)
    rows = tf.shape(planes)[0]
    level = tf.cast(tf.round(planes * (GREY_LEVELS - 1)), tf.int32)
    place = GREY_LEVELS * tf.range(rows)[:, None] + level
    # And no bincount: on a GPU that has no deterministic form.
    counts = tf.math.unsorted_segment_sum(tf.ones_like(planes), place, GREY_LEVELS * rows)
    counts = tf.reshape(counts, [-1, GREY_LEVELS])
    below = tf.cumsum(counts, axis=1, exclusive=True)
    most = tf.reduce_max(tf.where(counts > 0, below, 0.0), axis=1, keepdims=True)
    levels = tf.reshape(below / tf.maximum(most, 1.0), [-1])
    return _images(tf.where(most > 0, tf.gather(levels, place), planes), images)


def _planes(images: Tensor) -> Tensor:
    """Return images as [image x channel, pixel]: sums over the last axis are fast."""
    shape = tf.shape(images)
    ahead = tf.transpose(images, [0, 3, 1, 2]) if images.shape[3] != 1 else images
    return tf.reshape(ahead, tf.stack([shape[0] * shape[3], shape[1] * shape[2]]))


def _images(planes: Tensor, images: Tensor) -> Tensor:
    """Return planes as images of the shape of ``images``."""
    if images.shape[3] == 1:
        return tf.reshape(planes, tf.shape(images))
    ahead = tf.reshape(planes, tf.gather(tf.shape(images), [0, 3, 1, 2]))
    return tf.transpose(ahead, [0, 2, 3, 1])
