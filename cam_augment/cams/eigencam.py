"""Eigen-CAM: what the layer's activations have most in common, whatever the class."""

from typing import Any

import numpy as np

from cam_augment.base.lazy import tf
from cam_augment.registry import CAMS


@CAMS.add("eigencam", form="model", targeted=False)
def eigencam(look: Any, images: np.ndarray, targets: np.ndarray) -> Any:
    """Eigen-CAM: activations projected on their first singular vector (Muhammad and Yeasin 2020).

    The first principal component of the cells' activations, not centred; it has no target.

    As in the paper the activations are not centred, and the target plays no part. A singular
    vector has no sign of its own: the one is taken with which the map's sum is positive. After
    a ReLU that makes the whole map positive. Where the first two singular values are equal the
    map is not defined, and any of the projections may come.

    Args:
        look: the network and the layer. targets: not used.
        images: float32 [image, row, column, channel].

    Returns:
        float32 [image, row, column] before the ReLU.
    """
    project = look.traced("eigencam", lambda images: projection(look.features(images)))
    return project(images)


def projection(activations: Any) -> Any:
    """Return activations projected on their first singular vector, [image, row, column].

    The decomposition comes from the smaller of two Gram matrices: a third of the SVD's time.

    Args:
        activations: a tensor float32 [image, row, column, channel].
    """
    _, rows, columns, channels = activations.shape
    cells = tf.reshape(activations, (-1, rows * columns, channels))
    if rows * columns < channels:
        squares, vectors = tf.linalg.eigh(tf.matmul(cells, cells, transpose_b=True))
        values = vectors[:, :, -1] * tf.sqrt(tf.nn.relu(squares[:, -1:]))
    else:
        _, vectors = tf.linalg.eigh(tf.matmul(cells, cells, transpose_a=True))
        values = tf.linalg.matvec(cells, vectors[:, :, -1])
    upright = tf.where(tf.reduce_sum(values, 1, keepdims=True) < 0, -values, values)
    return tf.reshape(upright, (-1, rows, columns))
