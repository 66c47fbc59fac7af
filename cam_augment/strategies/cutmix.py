"""Paste a part of another image, and of its label."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import beta, spread, uniform


@STRATEGIES.add(version=1, family="mixing", unit="alpha", identity=0.0, labels="mixed")
def cutmix(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=100)] = 1.0,
) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of another image, of a share from Beta(alpha, alpha), and its label.

    The rectangle has the image's shape, a share of its area drawn from Beta(magnitude,
    magnitude), and its centre anywhere, so it may reach outside and is then cut. It is
    pasted from the same place of the image that stands at this one's place in a random
    order of the batch (which may be itself). Labels are mixed by the pixels that were
    pasted. After Yun et al. (2019), "CutMix: Regularization Strategy to Train Strong
    Classifiers with Localizable Features", which draws one rectangle per batch.

    Takes and returns images (float32 [image, row, column, channel] in 0..1) and labels
    (float32 [image, class], rows summing to one).
    """
    if magnitude == 0:
        return images, labels
    side = tf.sqrt(beta(images, spread(seed, 0), magnitude))
    order = tf.argsort(uniform(images, spread(seed, 1), 0.0, 1.0))
    centre = uniform(images, spread(seed, 2), 0.0, 1.0, 2)
    rows = _span(tf.shape(images)[1], centre[:, 0], side)
    columns = _span(tf.shape(images)[2], centre[:, 1], side)
    inside = (rows[:, :, None] & columns[:, None, :])[..., None]
    share = (_part(rows) * _part(columns))[:, None]
    blend = labels + share * (tf.gather(labels, order) - labels)
    return tf.where(inside, tf.gather(images, order), images), blend


def _span(side: Tensor, centre: Tensor, length: Tensor) -> Tensor:
    """Return bool [image, pixel]: pixel centres less than half a ``length`` from ``centre``.

    Both are shares of the side, [image].
    """
    pixels = (tf.range(tf.cast(side, tf.float32)) + 0.5) / tf.cast(side, tf.float32)
    return tf.abs(pixels - centre[:, None]) < length[:, None] / 2


def _part(chosen: Tensor) -> Tensor:
    """Return the share of pixels that are chosen, [image]."""
    return tf.reduce_mean(tf.cast(chosen, tf.float32), axis=1)
