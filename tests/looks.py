"""Networks for the tests of CAM methods, and what the tests read off them slowly."""

from functools import cache

import keras
import numpy as np
import tensorflow as tf

from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from cam_augment.registry import ARCHITECTURES

LAYER = "features"
CLASSES = 4


@cache
def pooled():
    """``small_cnn``, not square; behind its layer every cell of a channel has one gradient."""
    keras.utils.set_random_seed(1)
    model = ARCHITECTURES["small_cnn"]((16, 20, 1), CLASSES, width=4)
    model(np.random.default_rng(0).random((64, 16, 20, 1), np.float32), training=True)
    return model


@cache
def deep():
    """Colours, sides that no grid divides, and gradients that differ from cell to cell."""
    keras.utils.set_random_seed(2)
    image = keras.Input((17, 22, 3))
    x = keras.layers.Conv2D(5, 3, strides=2, padding="same", activation="relu", name=LAYER)(image)
    x = keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="gelu")(x)
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


@cache
def signed():
    """A layer without a ReLU, as wide as the image: nothing is enlarged on the way to a mask."""
    keras.utils.set_random_seed(3)
    image = keras.Input((6, 7, 1))
    x = keras.layers.Conv2D(5, 3, padding="same", name=LAYER)(image)
    x = keras.layers.Conv2D(6, 3, strides=2, activation="tanh")(x)
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


NETWORKS = {"pooled": pooled, "deep": deep, "signed": signed}


@cache
def look(network: str) -> Look:
    """A network's look, one for all tests, so that it is traced once."""
    return Look(Network(NETWORKS[network]()), LAYER)


def probe(network: str, count: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Images float32 [image, row, column, channel] in 0..1 and targets int64 [image]."""
    rng = np.random.default_rng(3)
    images = rng.random((count, *NETWORKS[network]().input_shape[1:]), np.float32)
    return images, rng.integers(CLASSES, size=count)


def activations(network: str, images: np.ndarray) -> np.ndarray:
    """What the layer gives, float32 [image, row, column, channel]."""
    model = NETWORKS[network]()
    return keras.Model(model.inputs[0], model.get_layer(LAYER).output)(images).numpy()


def logit(network: str, image: np.ndarray, target: int) -> float:
    """The target's logit of one image."""
    return float(NETWORKS[network]()(image[None])[0, int(target)])


def pixel_gradient(network: str, image: np.ndarray, target: int) -> np.ndarray:
    """The gradient of one image's target with respect to its pixels, shaped like the image."""
    pixels = tf.constant(image[None])
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        score = NETWORKS[network]()(pixels)[0, int(target)]
    return tape.gradient(score, pixels)[0].numpy()


def twin_to_cells(pixels: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The sum of one image's pixels in each cell, pixel by pixel, split at the borders."""
    cells = np.zeros((rows, columns))
    tall, wide = pixels.shape[0] / rows, pixels.shape[1] / columns
    for (i, j), value in np.ndenumerate(pixels):
        for r, c in np.ndindex(rows, columns):
            height = min(i + 1, (r + 1) * tall) - max(i, r * tall)
            width = min(j + 1, (c + 1) * wide) - max(j, c * wide)
            cells[r, c] += value * max(height, 0) * max(width, 0)
    return cells
