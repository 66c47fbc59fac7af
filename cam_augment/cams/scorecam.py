"""Score-CAM: channels weighed by what the network says of the image that they let through."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from cam_augment.base.lazy import tf
from cam_augment.cams.variants import each_variant
from cam_augment.registry import CAMS


@CAMS.add("scorecam", form="model", version=2)
def scorecam(
    look: Any,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    baseline: Literal["none", "black"] = "none",
) -> np.ndarray:
    """Score-CAM: channels weighed by the confidence in the image they mask (Wang et al. 2020).

    The sum over k of s_k A_k(i, j), with s_k the target's softmax score of the image masked by
    A_k, each scaled to 0..1.

    The confidence is the target's softmax probability, as in the paper (its section 3): this
    is the one method that does not read logits. With ``baseline="black"`` the confidence in
    the zero image is taken off, as in the paper's increase of confidence; by default it is
    not: a network that takes black for some class, as it may for the digit one, would give
    that class weights below zero, and most of its maps would be zero everywhere. There is no
    softmax over the channels (the paper's algorithm 1), which makes nearly equal weights of
    probabilities.

    Args:
        look: the network and the layer. targets: int64 [image].
        images: float32 [image, row, column, channel].
        baseline: what the confidence is measured from: zero, or that in a black image.

    Returns:
        float32 [image, row, column] before the ReLU, not normalised.
    """
    activations = look.activations(images)
    start = _black(look, images, targets) * np.float32(baseline == "black")
    weights = confidence(look, images, activations, targets, start)
    return np.einsum("nrck,nk->nrc", activations, weights)


@CAMS.add("faster_scorecam", form="model")
def faster_scorecam(
    look: Any,
    images: np.ndarray,
    targets: np.ndarray,
    *,
    channels: Annotated[int, Field(ge=1, le=10_000)] = 10,
) -> np.ndarray:
    """Faster Score-CAM: Score-CAM of the few channels that vary most over the cells.

    The sum over the ``channels`` k of greatest standard deviation over cells of s_k A_k(i, j),
    with s_k as for Score-CAM (the idea is T. Tabayashi's, 2020, as in tf-keras-vis).

    Score-CAM takes a pass through the network for each channel of the layer, of which
    MobileNetV2 has 1,280. The channels are those of each image for itself.

    Args:
        look: the network and the layer. targets: int64 [image].
        images: float32 [image, row, column, channel].
        channels: how many of the layer's channels count; all, where it has no more.

    Returns:
        float32 [image, row, column] before the ReLU, not normalised.
    """
    activations = look.activations(images)
    order = np.argsort(-activations.std(axis=(1, 2)), axis=1, kind="stable")[:, :channels]
    activations = np.take_along_axis(activations, order[:, None, None], axis=3)
    weights = confidence(look, images, activations, targets, np.zeros(len(images), np.float32))
    return np.einsum("nrck,nk->nrc", activations, weights)


def confidence(
    look: Any,
    images: np.ndarray,
    activations: np.ndarray,
    targets: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """Return each channel's confidence above its start, float32 [image, channel], -1..1.

    That is the target's probability for the image under the channel (enlarged bilinearly,
    then stretched to 0..1), less ``start``, float32 [image]. A channel without contrast says
    nothing of any place: 0.

    Args:
        look: the network and the layer. images: float32 [image, row, column, colour].
        activations: float32 [image, row, column, channel]. targets: int64 [image].
    """
    compiled = look.traced("scorecam", lambda *tensors: _confidence(look, *tensors))

    def work(image, channel):
        channels = activations[image, :, :, channel]
        return compiled(images[image], channels, targets[image], start[image])

    return each_variant(len(images), activations.shape[-1], look.block, work)


def _confidence(look, images, channels, targets, start):
    """One channel for each image: [image, Row, Column, colour], [image, row, column], [image]."""
    masks = tf.image.resize(channels[..., None], images.shape[1:3])
    low = tf.reduce_min(masks, (1, 2), keepdims=True)
    high = tf.reduce_max(masks, (1, 2), keepdims=True)
    masks = tf.math.divide_no_nan(masks - low, high - low)
    above = _probability(look, images * masks, targets) - start
    return tf.where(tf.reshape(high > low, (-1,)), above, 0)


def _black(look, images, targets):
    """Return the probability of each image's target for the zero image, float32 [image]."""
    compiled = look.traced("black", lambda *tensors: _probability(look, *tensors))
    return compiled(np.zeros_like(images), targets).numpy()


def _probability(look, images, targets):
    return tf.gather(tf.nn.softmax(look.logits(images)), targets, batch_dims=1)
