"""Smooth images."""

from math import ceil
from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform

_REACH = 4  # the Gaussian is cut at so many of its largest standard deviations
_SMALLEST = 1e-3  # pixels; narrower than this, all weight is on the pixel itself


@STRATEGIES.add(
    version=1,
    family="sharpness",
    unit="standard deviation, pixels",
    identity=0.0,
    labels="kept",
    moves=False,
)
def gaussian_blur(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=10)] = 1.0,
) -> tuple[Tensor, Tensor]:
    """Smooth each image by a Gaussian of up to `magnitude` pixels.

    The standard deviation is uniform in 0..magnitude, drawn for each image; images are
    mirrored at their edges. Takes and returns images (float32 [image, row, column, channel]
    in 0..1) and labels.
    """
    if magnitude == 0:
        return images, labels
    taps = gaussians(uniform(images, seed, 0.0, magnitude), ceil(_REACH * magnitude))
    return tf.clip_by_value(separable(images, taps, taps), 0.0, 1.0), labels


def gaussians(sigma: Tensor, reach: int) -> Tensor:
    """Return weights [image, tap] of -reach..reach pixels, each row summing to 1."""
    distance = tf.range(-reach, reach + 1, dtype=tf.float32) / tf.maximum(sigma, _SMALLEST)[:, None]
    weights = tf.exp(-0.5 * distance**2)
    return weights / tf.reduce_sum(weights, 1, keepdims=True)


def separable(images: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """Convolve rows and columns, images mirrored at their edges.

    As one matrix per image and direction: two products of small matrices take less time
    than a pass over the images for every tap.

    Args:
        images: float32 [image, row, column, channel].
        down, across: weights of neighbours, float32 [image or 1, tap], an odd number of taps.

    Returns:
        float32 like ``images``.
    """
    shape = tf.shape(images)
    planes = tf.reshape(tf.transpose(images, [0, 3, 1, 2]), tf.stack([-1, shape[1], shape[2]]))
    rows, columns = (
        _matrices(*weights, shape) for weights in ((down, shape[1]), (across, shape[2]))
    )
    planes = rows @ tf.matmul(planes, columns, transpose_b=True)
    planes = tf.reshape(planes, tf.gather(shape, [0, 3, 1, 2]))
    return tf.ensure_shape(tf.transpose(planes, [0, 2, 3, 1]), images.shape)


def _matrices(taps: Tensor, side: Tensor, shape: Tensor) -> Tensor:
    """Return float32 [image x channel, side, side]: how much of each pixel goes into each.

    One for every product: TensorFlow with oneDNN may crash where a product has to repeat
    the matrices of one side itself.
    """
    reach = taps.shape[1] // 2
    place = tf.range(side)[None, :] + tf.range(-reach, reach + 1)[:, None]
    place %= 2 * side
    source = tf.one_hot(tf.minimum(place, 2 * side - 1 - place), side)  # [tap, to, from]
    matrices = taps @ tf.reshape(source, [2 * reach + 1, -1])
    matrices = tf.repeat(matrices, shape[0] * shape[3] // tf.shape(taps)[0], axis=0)
    return tf.reshape(matrices, tf.stack([-1, side, side]))
