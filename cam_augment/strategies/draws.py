"""Random numbers, one per image, that follow from a seed alone."""

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
