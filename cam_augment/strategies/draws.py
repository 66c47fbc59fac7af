"""Random numbers, one per image, that follow from a seed alone."""

from math import pi

from cam_augment.base.lazy import Tensor, tf

_SMALLEST = 1e-37  # keeps the logarithm of a uniform draw finite


def uniform(
    images: Tensor, seed: Tensor, low: float | Tensor, high: float | Tensor, *shape: int
) -> Tensor:
    """Return float32 [image, *shape], uniform in low..high, drawn apart for each image."""
    size = tf.concat([tf.shape(images)[:1], tf.constant(shape, tf.int32, [len(shape)])], 0)
    return tf.random.stateless_uniform(size, seed, low, high, alg="philox")


def spread(seed: Tensor, index: int) -> Tensor:
    """Return the seed of the ``index``-th of several independent draws."""
    return tf.random.experimental.stateless_fold_in(seed, index)


def per_image(values: Tensor) -> Tensor:
    """Return values [image] as [image, 1, 1, 1], to meet a batch of images."""
    return tf.reshape(values, [-1, 1, 1, 1])


def normal(images: Tensor, seed: Tensor) -> Tensor:
    """Return float32 like ``images``, standard normal, drawn apart for each value.

    By Box and Muller on whole vectors: faster on one core than TensorFlow's own.
    """
    count = tf.size(images)
    radial, turn = tf.unstack(
        tf.random.stateless_uniform([2, (count + 1) // 2], seed, alg="philox")
    )
    radius = tf.sqrt(-2 * tf.math.log(1 - radial))  # 1 - [0, 1) is never 0
    turn *= 2 * pi
    values = tf.concat([radius * tf.cos(turn), radius * tf.sin(turn)], 0)
    return tf.reshape(values[:count], tf.shape(images))


def beta(images: Tensor, seed: Tensor, alpha: float) -> Tensor:
    """Return float32 [image] from Beta(alpha, alpha).

    As X / (X + Y) of two gammas, in logarithms: a gamma of a small alpha is often less
    than the least float. Gamma(alpha) = Gamma(alpha + 1) U^(1/alpha).
    """
    size = tf.stack([tf.shape(images)[0], 2])
    gamma = tf.math.log(tf.random.stateless_gamma(size, spread(seed, 0), alpha + 1))
    power = tf.math.log(uniform(images, spread(seed, 1), _SMALLEST, 1.0, 2)) / alpha
    logs = gamma + power
    return tf.sigmoid(logs[:, 0] - logs[:, 1])


def shares(images: Tensor, seed: Tensor, count: int) -> Tensor:
    """Return float32 [image, count] from Dirichlet(1, ..., 1): rows sum to 1."""
    waiting = -tf.math.log(uniform(images, seed, _SMALLEST, 1.0, count))
    return waiting / tf.reduce_sum(waiting, 1, keepdims=True)


def integers(images: Tensor, seed: Tensor, count: int, *shape: int) -> Tensor:
    """Return int32 [image, *shape], each of 0..count - 1 as likely as any other."""
    values = tf.cast(uniform(images, seed, 0.0, float(count), *shape), tf.int32)
    return tf.minimum(values, count - 1)  # a draw close below count may be rounded up to it


def signs(images: Tensor, seed: Tensor, *shape: int) -> Tensor:
    """Return float32 [image, *shape], -1 or 1, each as likely."""
    return tf.where(uniform(images, seed, -1.0, 1.0, *shape) < 0, -1.0, 1.0)
