"""Random numbers, one per image, that follow from a seed alone."""

from math import pi

from cam_augment.lazy import tf


def uniform(images, seed, low, high, *shape: int):
    """Return float32 [image, *shape], uniform in low..high, drawn apart for each image."""
    size = tf.concat([tf.shape(images)[:1], tf.constant(shape, tf.int32, [len(shape)])], 0)
    return tf.random.stateless_uniform(size, seed, low, high, alg="philox")


def spread(seed, index: int):
    """Return the seed of the ``index``-th of several independent draws."""
    return tf.random.experimental.stateless_fold_in(seed, index)


def per_image(values):
    """Return values [image] as [image, 1, 1, 1], to meet a batch of images."""
    return tf.reshape(values, [-1, 1, 1, 1])


def normal(images, seed):
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
