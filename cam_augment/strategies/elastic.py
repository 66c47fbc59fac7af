"""Bend images."""

from math import ceil, pi
from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.warp import Fill, displace

_MARGIN = 2  # nodes beyond each edge; those further off weigh less than 1 in 20 there


@STRATEGIES.add(
    version=1,
    family="geometry",
    unit="fraction of the side",
    identity=0.0,
    labels="kept",
    moves=True,
)
def elastic(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=0.5)] = 0.04,
    smoothness: Annotated[float, Field(ge=0.05, le=1)] = 0.14,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """Bend each image smoothly, by a random field of `magnitude` of the sides.

    Every pixel is read from beside its place. Its displacement along each side is normal
    with a standard deviation of ``magnitude`` of that side, and alike for pixels closer
    than ``smoothness`` of the side: normal noise smoothed by a Gaussian of that standard
    deviation. The default has the smoothness of Simard et al. (2003), "Best Practices for
    Convolutional Neural Networks" (4 of 29 pixels), whose noise is uniform; here it is
    drawn on a grid that is as coarse as the Gaussian allows, for each image. Takes and
    returns images (float32 [image, row, column, channel] in 0..1) and labels.
    """
    if magnitude == 0:
        return images, labels
    return displace(images, fields(images, seed, magnitude, smoothness), fill), labels


def fields(images: Tensor, seed: Tensor, magnitude: float, smoothness: float) -> Tensor:
    """Return displacements along columns and rows, float32 [2, image, row, column], pixels."""
    shape = tf.shape(images)
    nodes = ceil(1 / smoothness) + 1 + 2 * _MARGIN
    noise = _normal(images, seed, nodes)
    down, across = (_smoothing(side, nodes, smoothness) for side in (shape[1], shape[2]))
    sides = tf.cast(tf.stack([shape[2], shape[1]]), tf.float32)
    smooth = tf.reshape(tf.reshape(noise, [-1, nodes]) @ down, tf.stack([-1, nodes, shape[1]]))
    smooth = tf.reshape(tf.transpose(smooth, [0, 2, 1]), [-1, nodes]) @ across
    smooth = tf.reshape(smooth, tf.stack([2, -1, shape[1], shape[2]]))
    return smooth * (magnitude * sides)[:, None, None, None]


def _smoothing(side: Tensor, nodes: int, smoothness: float) -> Tensor:
    """Return weights [node, pixel]; squares of a pixel's weights sum to 1."""
    pixel = (tf.range(tf.cast(side, tf.float32)) + 0.5) / tf.cast(side, tf.float32)
    node = 0.5 + (tf.range(float(nodes)) - (nodes - 1) / 2) * smoothness
    weights = tf.exp(-0.5 * ((pixel - node[:, None]) / smoothness) ** 2)
    return weights / tf.norm(weights, axis=0)


def _normal(images: Tensor, seed: Tensor, nodes: int) -> Tensor:
    """Return standard normal float32 [2, image, nodes, nodes], by Box and Muller."""
    radial, turn = tf.unstack(uniform(images, seed, 0.0, 1.0, 2, nodes, nodes), axis=1)
    radius = tf.sqrt(-2 * tf.math.log(1 - radial))
    return tf.stack([radius * tf.cos(2 * pi * turn), radius * tf.sin(2 * pi * turn)])
