"""Look from elsewhere: a homography per image."""

from typing import Annotated

from pydantic import Field

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.draws import uniform
from cam_augment.strategies.warp import Fill, warp


def perspectives(images: Tensor, seed: Tensor, magnitude: float) -> Tensor:
    """Return homographies that read the corners from places displaced by ``magnitude``.

    Each corner is displaced along both sides, by up to ``magnitude`` of the side either way.
    """
    if magnitude == 0:  # the way to the unit square and back is not exact
        return tf.eye(3, batch_shape=tf.shape(images)[:1])
    corners = tf.constant([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    corners += uniform(images, seed, -magnitude, magnitude, 4, 2)
    sides = tf.cast(tf.shape(images)[1:3][::-1], tf.float32)
    to_unit = _scaled(images, 1 / sides, tf.constant([0.5, 0.5]))
    return _scaled(images, sides, -sides / 2) @ _from_unit_square(corners) @ to_unit


def _scaled(images: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Return matrices [image, 3, 3] that scale x and y, then shift them; both float32 [2]."""
    matrix = tf.concat([tf.linalg.diag(scale), shift[:, None]], 1)
    matrix = tf.concat([matrix, [[0.0, 0.0, 1.0]]], 0)
    return tf.tile(matrix[None], [tf.shape(images)[0], 1, 1])


def _from_unit_square(corners: Tensor) -> Tensor:
    """Return homographies [image, 3, 3] of the unit square to quadrilaterals.

    ``corners`` [image, 4, 2] are where (0, 0), (1, 0), (1, 1) and (0, 1) go. After
    Heckbert (1989), "Fundamentals of Texture Mapping and Image Warping", section 2.2.3.
    """
    a, b, c, d = tf.unstack(corners, axis=1)
    (x1, y1), (x2, y2), (x3, y3) = (tf.unstack(v, axis=1) for v in (b - c, d - c, a - b + c - d))
    area = x1 * y2 - x2 * y1
    right, down = (x3 * y2 - x2 * y3) / area, (x1 * y3 - x3 * y1) / area
    along = b - a + right[:, None] * b, d - a + down[:, None] * d, a
    last = tf.stack([right, down, tf.ones_like(right)], 1)
    return tf.concat([tf.stack(along, 2), last[:, None]], 1)


@STRATEGIES.add(
    version=1,
    family="geometry",
    unit="fraction of the side",
    identity=0.0,
    labels="kept",
    matrices=perspectives,
    projective=True,
    moves=True,
)
def perspective(
    images: Tensor,
    labels: Tensor,
    seed: Tensor,
    *,
    magnitude: Annotated[float, Field(ge=0, le=0.2)] = 0.1,
    fill: Fill = "reflect",
) -> tuple[Tensor, Tensor]:
    """Look at each image askew: its corners move by up to `magnitude` of the sides.

    Each corner is read from a place displaced along both sides, uniform in
    -magnitude..magnitude of them, drawn for each image; straight lines stay straight. Below
    a quarter the corners always span a convex quadrilateral. Takes and returns images
    (float32 [image, row, column, channel] in 0..1) and labels.
    """
    return warp(images, perspectives(images, seed, magnitude), fill, projective=True), labels
