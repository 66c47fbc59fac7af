"""Methods that differ only in how they weigh activations: each says just that.

Every function takes the layer's activations, float32 [image, row, column, channel], and the
gradients of the target's logit with respect to them: the same shape, or [image, 1, 1,
channel] where all cells of a channel have one. It returns the map before its ReLU, float32
[image, row, column]; or the weights of the channels, [image, channel], and the driver then
multiplies activations by the weights of all methods at once. The driver does the rest.
"""

from typing import Any

from cam_augment.base.lazy import tf
from cam_augment.registry import CAMS

GRID = (1, 2)


def _by_cell(activations, weights):
    """Return the map of weights like the gradients: one for each cell, or for all."""
    if _one_for_all(weights):
        return weights[:, 0, 0]
    return tf.reduce_sum(activations * weights, axis=-1)


def _one_for_all(gradients: Any) -> bool:
    return gradients.shape[1] == gradients.shape[2] == 1


@CAMS.add("gradcam", form="weigh")
def gradcam(activations, gradients):
    """Grad-CAM: channels weighed by their mean gradient (Selvaraju et al. 2017, eq. 1-2).

    The sum over k of (mean over cells of g_k) A_k(i, j).
    """
    return tf.reduce_mean(gradients, GRID)


@CAMS.add("hirescam", form="weigh")
def hirescam(activations, gradients):
    """HiResCAM: every cell weighed by its own gradient (Draelos and Carin 2020).

    The sum over k of g_k(i, j) A_k(i, j).
    """
    return _by_cell(activations, gradients)


@CAMS.add("gradcam++", form="weigh")
def gradcam_plus_plus(activations, gradients):
    """Grad-CAM++: positive gradients weighed by their curvature (Chattopadhyay et al. 2018).

    The sum over k of [sum over cells of a_k max(g_k, 0)] A_k(i, j), with a_k = g_k² / (2
    g_k² + g_k³ sum over cells of A_k).

    The second and third derivatives are those of exp(logit), as in the paper's eq. 19:
    powers of the first derivative g. Where g is positive, g^2 cancels from
    g^2 / (2 g^2 + mass g^3); elsewhere the ReLU of g makes the weight zero.
    """
    positive = tf.nn.relu(gradients)
    mass = tf.reduce_sum(activations, GRID, keepdims=True)
    curved = tf.math.divide_no_nan(positive, 2 + mass * positive)
    cells = tf.cast(tf.shape(activations)[1] * tf.shape(activations)[2], tf.float32)
    return cells * tf.reduce_mean(curved, GRID)


@CAMS.add("layercam", form="weigh")
def layercam(activations, gradients):
    """LayerCAM: every cell weighed by its own positive gradient (Jiang et al. 2021).

    The sum over k of max(g_k(i, j), 0) A_k(i, j).
    """
    return _by_cell(activations, tf.nn.relu(gradients))


@CAMS.add("xgradcam", form="weigh")
def xgradcam(activations, gradients):
    """XGrad-CAM: channels weighed by the gradient's mean over their activation (Fu et al. 2020).

    The sum over k of [sum over cells of g_k A_k / sum over cells of A_k] A_k(i, j); a
    channel whose activations sum to zero has weight zero.
    """
    mass = tf.reduce_sum(activations, GRID)
    if _one_for_all(gradients):
        moment = mass * gradients[:, 0, 0]
    else:
        moment = tf.reduce_sum(activations * gradients, GRID)
    return tf.math.divide_no_nan(moment, mass)
