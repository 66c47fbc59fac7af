"""Hide a grid of squares."""

from typing import Annotated, Literal

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import spread, uniform

Share = Annotated[float, Field(gt=0, le=1)]


@STRATEGIES.add(
    version=1,
    family="occlusion",
    unit="share of the image",
    identity=0.0,
    labels="kept",
    moves=False,
)
def grid_mask(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=1)] = 0.36,
    least: Share = 0.4,
    most: Share = 1.0,
    probability: Annotated[float, Field(ge=0, le=1)] = 0.8,
    fill: Literal["zero", "mean"] = "zero",
) -> tuple[Tensor, Tensor]:
    """Hide a grid of squares that covers `magnitude` of the area, in some of the images.

    An image is touched with ``probability``. The grid's period is uniform in
    ``least``..``most`` of the shorter side (in either order), its offset uniform, drawn for
    each image; of each period a share of sqrt(magnitude) is hidden along rows and along
    columns, so on average over the offsets ``magnitude`` is hidden of the image. It is
    filled with zeros or the image's mean. After Chen et al. (2020), "GridMask Data
    Augmentation": r = 1 - sqrt(magnitude) there, .4 by default; the probability is constant
    here instead of rising over the training, and the grid is not turned.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    shape = tf.shape(images)
    draw = uniform(images, spread(seed, 0), 0.0, 1.0, 4)
    shorter = tf.cast(tf.minimum(shape[1], shape[2]), tf.float32)
    period = (least + (most - least) * draw[:, 0]) * shorter
    width = tf.where(draw[:, 1] < probability, magnitude**0.5, 0.0)
    rows = _hidden(shape[1], period, draw[:, 2], width)
    columns = _hidden(shape[2], period, draw[:, 3], width)
    hidden = (rows[:, :, None] & columns[:, None, :])[..., None]
    if fill == "zero":
        return images * tf.cast(~hidden, tf.float32), labels
    return tf.where(hidden, tf.reduce_mean(images, [1, 2, 3], keepdims=True), images), labels


def _hidden(side: Tensor, period: Tensor, offset: Tensor, width: Tensor) -> Tensor:
    """Return bool [image, pixel]: centres in the first ``width`` of a period, shares of it."""
    centres = tf.range(tf.cast(side, tf.float32)) + 0.5
    phase = centres / period[:, None] + offset[:, None]
    return phase - tf.floor(phase) < width[:, None]
