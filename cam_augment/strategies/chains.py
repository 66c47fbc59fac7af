"""Several chains of operations for each image, in one compiled loop.

``operations.transform`` reads and writes all images anew for every step of every operation. A
strategy that makes several changed versions of each image pays for that several times over;
here an image stays in the processor's cache from its warp to its last operation, which takes
about a third of the time. What an operation does is said there, and tests hold every one of
them here against it.
"""

from functools import partial

import numpy as np

from cam_augment.base.lazy import Tensor, tf
from cam_augment.strategies.operations import Space, amounts, matrices
from cam_augment.strategies.warp import Fill


def blend_chains(
    images: Tensor, shares: Tensor, numbers: Tensor, strength: Tensor, space: Space, fill: Fill
) -> Tensor:
    """Blend each image with what several chains of its own operations make of it.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        shares: float32 [image, 1 + chain], of the image itself and of each chain.
        numbers: int32 [image, chain, slot], numbers of operations: those of ``GEOMETRY``,
            autocontrast, equalise, posterise and solarise. strength: float32 alike, -1..1.
        space: the largest changes. fill: what stands outside, as for ``warp``.

    Returns:
        float32 like ``images``, in 0..1: the sum of shares of the image and of what
        ``transform`` makes of it by each chain, up to rounding.
    """
    chains, slots = numbers.shape[1:]
    names, sizes = (tf.reshape(values, [-1, slots]) for values in (numbers, strength))
    moves = tf.reshape(matrices(tf.shape(images), names, sizes, space), [-1, chains, 3, 3])
    by = tf.reshape(amounts(names, sizes, space), [-1, chains, slots])
    blend = tf.numpy_function(
        partial(_loop, fill), [images, shares, moves, numbers, by], tf.float32, stateful=False
    )
    return tf.ensure_shape(blend, images.shape)


def _loop(
    fill: Fill,
    images: np.ndarray,
    shares: np.ndarray,
    moves: np.ndarray,
    numbers: np.ndarray,
    by: np.ndarray,
) -> np.ndarray:
    from cam_augment.strategies.compiled import chains  # here: it loads Numba

    return chains.blend_chains(images, shares, moves, numbers, by, fill)
