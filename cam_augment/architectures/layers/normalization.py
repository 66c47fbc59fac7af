"""Batch normalisation by TensorFlow's fused operation.

Keras 3 computes the moments by separate operations; on a processor a small network trains
much faster with the fused one. This module imports TensorFlow: architectures import it
inside their functions.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="cam_augment")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """``keras.layers.BatchNormalization`` over the last axis of images, fused.

    Same weights, configuration, outputs, gradients and moving statistics as Keras' own
    layer. Anything that the fused operation cannot do (masks, other axes or ranks, no
    scale or no offset, synchronised replicas) goes Keras' way.
    """

    def call(self, inputs, training=None, mask=None):
        if not self._fusible(inputs, mask):
            return super().call(inputs, training=training, mask=mask)
        if not (training and self.trainable):
            return self._normalize(inputs, self.moving_mean, self.moving_variance)
        outputs, mean, variance = self._normalize_batch(inputs)
        self._update(self.moving_mean, mean)
        self._update(self.moving_variance, variance)
        return outputs

    def _fusible(self, inputs: Any, mask: Any) -> bool:
        plain = mask is None and not self.synchronized and self.renorm_free
        return plain and len(inputs.shape) == 4 and self.axis in (-1, 3)

    @property
    def renorm_free(self) -> bool:
        """Whether the fused operation computes it: with scale and offset, not renormalised."""
        return self.center and self.scale and not getattr(self, "renorm", False)

    def _normalize(self, inputs, mean, variance):
        return tf.compat.v1.nn.fused_batch_norm(
            inputs,
            tf.cast(self.gamma, tf.float32),  # also where the inputs are in half precision
            tf.cast(self.beta, tf.float32),
            mean=tf.convert_to_tensor(mean),
            variance=tf.convert_to_tensor(variance),
            epsilon=self.epsilon,
            is_training=False,
        )[0]

    def _normalize_batch(self, inputs):
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            tf.cast(self.gamma, tf.float32),  # also where the inputs are in half precision
            tf.cast(self.beta, tf.float32),
            epsilon=self.epsilon,
            is_training=True,
        )[:3]
        # The fused operation returns the unbiased variance; Keras keeps the biased one.
        cells = tf.cast(tf.size(inputs) / tf.shape(inputs)[-1], variance.dtype)
        return outputs, mean, variance * ((cells - 1) / cells)

    def _update(self, moving: Any, batch: Any) -> None:
        former = moving * self.momentum
        moving.assign(former + tf.cast(batch, moving.dtype) * (1 - self.momentum))
