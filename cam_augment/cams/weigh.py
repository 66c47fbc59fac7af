"""Methods that differ only in how they weigh activations: each says just that.

Every function takes the layer's activations and the gradients of the target's logit with
respect to them, both float32 [image, row, column, channel], and returns the map before
its ReLU, float32 [image, row, column]. The driver does the rest.
"""

from cam_augment.lazy import tf
from cam_augment.registry import CAMS

GRID = (1, 2)


def _sum(activations, weights):
    return tf.reduce_sum(activations * weights, axis=-1)


@CAMS.add("gradcam", form="weigh")
def gradcam(activations, gradients):
    """Grad-CAM: channels weighed by their mean gradient (Selvaraju et al. 2017, eq. 1-2)."""
    return _sum(activations, tf.reduce_mean(gradients, GRID, keepdims=True))


@CAMS.add("hirescam", form="weigh")
def hirescam(activations, gradients):
    """HiResCAM: every cell weighed by its own gradient (Draelos and Carin 2020)."""
    return _sum(activations, gradients)


@CAMS.add("gradcam++", form="weigh")
def gradcam_plus_plus(activations, gradients):
    """Grad-CAM++: positive gradients weighed by their curvature (Chattopadhyay et al. 2018).

    The second and third derivatives are those of exp(logit), as in the paper's eq. 19:
    powers of the first derivative.
    """
    square = gradients * gradients
    mass = tf.reduce_sum(activations, GRID, keepdims=True)
    alpha = tf.math.divide_no_nan(square, 2 * square + mass * square * gradients)
    return _sum(activations, tf.reduce_sum(alpha * tf.nn.relu(gradients), GRID, keepdims=True))


@CAMS.add("layercam", form="weigh")
def layercam(activations, gradients):
    """LayerCAM: every cell weighed by its own positive gradient (Jiang et al. 2021)."""
    return _sum(activations, tf.nn.relu(gradients))


@CAMS.add("xgradcam", form="weigh")
def xgradcam(activations, gradients):
    """XGrad-CAM: channels weighed by the gradient's mean over their activation (Fu et al. 2020).

    A channel whose activations sum to zero has weight zero.
    """
    mass = tf.reduce_sum(activations, GRID, keepdims=True)
    moment = tf.reduce_sum(activations * gradients, GRID, keepdims=True)
    return _sum(activations, tf.math.divide_no_nan(moment, mass))
