"""Methods that read the gradient of the target's logit with respect to the pixels.

Their maps are summed over the pixels of each cell of the layer's grid: so they are compared
with the other methods' maps by the same metrics. The layer gives the grid and no more.
"""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from cam_augment.base.lazy import tf
from cam_augment.cams.grid import to_cells
from cam_augment.registry import CAMS

NOISE_SEED = 20170612


@CAMS.add("saliency", form="model")
def saliency(look: Any, images: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Saliency: the largest absolute gradient over the colours (Simonyan et al. 2013, section 3.1).

    The greatest absolute gradient of y over a pixel's channels, summed in each cell.

    Args:
        look: the network and the layer. targets: int64 [image].
        images: float32 [image, row, column, channel].

    Returns:
        float32 [image, row, column], not negative.
    """
    gradients = mean_gradient(look, "saliency", lambda images, _: images, 1, images, targets)
    return to_cells(np.abs(gradients).max(axis=-1), look.grid)


@CAMS.add("smoothgrad", form="model")
def smoothgrad(
    look: Any,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    samples: Annotated[int, Field(ge=1, le=1000)] = 25,
    noise: Annotated[float, Field(ge=0, le=1)] = 0.15,
) -> np.ndarray:
    """SmoothGrad: saliency of the gradient's mean over noisy images (Smilkov et al. 2017).

    As saliency, of the mean gradient of noisy copies, summed in each cell.

    The signed gradients are averaged, as in the paper; then the largest absolute value
    over the colours is taken. Every image meets the same noise, sample by sample, so that no
    map depends on the place of its image.

    Args:
        look: the network and the layer. targets: int64 [image].
        images: float32 [image, row, column, channel].
        samples: noisy images of each image.
        noise: standard deviation over the range of the image's values.

    Returns:
        float32 [image, row, column], not negative.
    """

    def vary(images, sample):
        return images + noise * _range(images) * noise_of(sample, images.shape[1:])

    question = f"smoothgrad {samples} {noise}"
    gradients = mean_gradient(look, question, vary, samples, images, targets)
    return to_cells(np.abs(gradients).max(axis=-1), look.grid)


@CAMS.add("integrated_gradients", form="model")
def integrated_gradients(
    look: Any,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    steps: Annotated[int, Field(ge=1, le=1000)] = 32,
) -> np.ndarray:
    """Integrated gradients from black to the image (Sundararajan et al. 2017, eq. 1).

    The image times the mean gradient on the way from black, summed in each cell.

    The integral is a sum at the middles of the steps. Attributions keep their sign until they
    are summed over colours and cell; the driver then cuts the map at zero. Before that cut
    the map's sum is the logit less that of the zero image, up to the error of the steps.

    Args:
        look: the network and the layer. targets: int64 [image].
        images: float32 [image, row, column, channel].
        steps: images on the way from zero, which is black for images in 0..1.

    Returns:
        float32 [image, row, column] before the ReLU.
    """

    def vary(images, step):
        return images * ((tf.cast(step, tf.float32) + 0.5) / steps)

    question = f"integrated_gradients {steps}"
    gradients = mean_gradient(look, question, vary, steps, images, targets)
    return to_cells((images * gradients).sum(axis=-1), look.grid)


def mean_gradient(
    look: Any, question: str, vary: Callable, count: int, images: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return the mean gradient over variants of each image, float32 like ``images``.

    The variants follow each other inside one compiled loop: memory is that of one pass.

    Args:
        look: the network. question: what is asked, settings included; see ``Look.traced``.
        vary: ``(images, number) -> images``, tensors; the number is 0..count-1.
        images: float32 [image, row, column, channel]. targets: int64 [image].
    """

    def gradient(images, targets):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = tf.reduce_sum(look.scores(images, targets))
        return tape.gradient(score, images)

    def mean(images, targets):
        total = tf.foldl(
            lambda total, number: total + gradient(vary(images, number), targets),
            tf.range(count),
            initializer=tf.zeros_like(images),
            parallel_iterations=1,  # several at once would each keep all their activations
        )
        return total / count

    return look.traced(question, mean)(images, targets).numpy()


def noise_of(sample, shape):
    """Return the standard normal noise of a sample, a tensor float32 of ``shape``."""
    return tf.random.stateless_normal(shape, seed=[NOISE_SEED, sample])


def _range(images):
    pixels = (1, 2, 3)
    high = tf.reduce_max(images, pixels, keepdims=True)
    return high - tf.reduce_min(images, pixels, keepdims=True)
