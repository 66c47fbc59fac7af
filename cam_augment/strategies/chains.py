"""Several chains of operations for each image, in one compiled loop.

``operations.transform`` reads and writes all images anew for every step of every operation. A
strategy that makes several changed versions of each image pays for that several times over;
here an image stays in the processor's cache from its warp to its last operation, which takes
about a third of the time. What an operation does is said there, and tests hold every one of
them here against it.
"""

from functools import partial

from cam_augment.base.lazy import tf
from cam_augment.strategies.operations import Space, amounts, matrices
from cam_augment.strategies.warp import Fill


def blended(images, shares, drawn, strength, space: Space, fill: Fill):
    """Blend each image with what several chains of its own operations make of it.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        shares: float32 [image, 1 + chain], of the image itself and of each chain.
        drawn: int32 [image, chain, slot], numbers of operations: those of ``GEOMETRY``,
            autocontrast, equalise, posterise and solarise. strength: float32 alike, -1..1.
        space: the largest changes. fill: what stands outside, as for ``warp``.

    Returns:
        float32 like ``images``, in 0..1: the sum of shares of the image and of what
        ``transform`` makes of it by each chain, up to rounding.
    """
    chains, slots = drawn.shape[1:]
    names, sizes = (tf.reshape(each, [-1, slots]) for each in (drawn, strength))
    moves = tf.reshape(matrices(tf.shape(images), names, sizes, space), [-1, chains, 3, 3])
    by = tf.reshape(amounts(names, sizes, space), [-1, chains, slots])
    mixed = tf.numpy_function(
        partial(_loop, fill), [images, shares, moves, drawn, by], tf.float32, stateful=False
    )
    return tf.ensure_shape(mixed, images.shape)


def _loop(fill: Fill, *arrays):
    from cam_augment.strategies.compiled import chains  # here: it loads Numba

    return chains.blended(*arrays, fill)
