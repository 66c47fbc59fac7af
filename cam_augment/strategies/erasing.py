"""Hide a part of the image."""

from typing import Annotated, Literal

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import per_image, spread, uniform

_LOG_LONGEST = 1.2  # sides of a rectangle differ by at most exp(1.2), 3.3 times


@STRATEGIES.add(
    version=1,
    family="occlusion",
    unit="share of the image",
    identity=0.0,
    labels="kept",
    moves=False,
)
def random_erasing(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.33,
    least: Annotated[float, Field(ge=0, le=1)] = 0.02,
    probability: Annotated[float, Field(ge=0, le=1)] = 0.5,
    fill: Literal["noise", "mean", "zero"] = "noise",
) -> tuple[Tensor, Tensor]:
    """Erase a rectangle of up to `magnitude` of the area in some of the images.

    An image is touched with ``probability``. Its rectangle lies wholly inside, anywhere,
    with an area uniform in ``least``..``magnitude`` of the image and a ratio of sides
    log-uniform in .3..3.3 (a side longer than the image is cut to it, so large rectangles
    come out smaller). It is filled with uniform noise, the image's mean, or zeros.
    After Zhong et al. (2020), "Random Erasing Data Augmentation".

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    area = uniform(images, spread(seed, 0), min(least, magnitude), magnitude)
    area *= tf.cast(uniform(images, spread(seed, 1), 0.0, 1.0) < probability, tf.float32)
    mask = _rectangles(images, spread(seed, 2), area)
    return tf.where(mask, _filling(images, spread(seed, 3), fill), images), labels


def _rectangles(images: Tensor, seed: Tensor, area: Tensor) -> Tensor:
    """Return bool [image, row, column, 1]: pixels whose centre is in the rectangle."""
    draw = uniform(images, seed, 0.0, 1.0, 3)
    half_log = (draw[:, 0] - 0.5) * _LOG_LONGEST
    height = tf.minimum(tf.sqrt(area) * tf.exp(half_log), 1.0)
    width = tf.minimum(tf.sqrt(area) * tf.exp(-half_log), 1.0)
    rows = _between(tf.shape(images)[1], draw[:, 1] * (1 - height), height)
    columns = _between(tf.shape(images)[2], draw[:, 2] * (1 - width), width)
    return (rows[:, :, None] & columns[:, None, :])[..., None]


def _between(side: Tensor, start: Tensor, length: Tensor) -> Tensor:
    """Return bool [image, pixel]: centres in start..start + length, fractions of the side."""
    centres = (tf.range(tf.cast(side, tf.float32)) + 0.5) / tf.cast(side, tf.float32)
    return (centres >= start[:, None]) & (centres < (start + length)[:, None])


def _filling(images: Tensor, seed: Tensor, fill: str) -> Tensor:
    if fill == "noise":
        return tf.random.stateless_uniform(tf.shape(images), seed, alg="philox")
    if fill == "mean":
        return tf.reduce_mean(images, [1, 2, 3], keepdims=True)
    return per_image(tf.zeros([1]))
