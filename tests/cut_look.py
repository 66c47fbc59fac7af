"""A slow twin of the look: a functional model cut in two at the layer, as the package once did it.

Only for functional models that are not nested and end in logits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from cam_augment.registry import CAMS


@dataclass(frozen=True, eq=False)
class CutLook:
    """A functional model cut at a layer: what it sees, and what it makes of it.

    Args:
        model: a functional ``keras.Model`` with one input, ending in logits.
        layer: name of the layer whose output is looked at, [image, row, column, channel].
    """

    model: keras.Model
    layer: str

    @cached_property
    def features(self) -> keras.Model:
        return keras.Model(self.model.inputs[0], self.model.get_layer(self.layer).output)

    @cached_property
    def head(self) -> keras.Model:
        return keras.Model(self.model.get_layer(self.layer).output, self.model.outputs[0])

    @cached_property
    def kernel(self) -> tf.Variable:
        """The kernel [channel, class] of a head that is average pooling and one dense layer."""
        return self.head.layers[-1].kernel

    def maps(self, method: str, images, targets, settings: Mapping = {}) -> np.ndarray:
        """Return a method's maps, float32 [image, row, column]; not for methods of form model."""
        entry = CAMS[method]
        compiled = tf.function(
            lambda images, targets: self._pass([entry], settings, images, targets), autograph=False
        )  # with its logits: TensorFlow computes what is not asked for in another order
        return compiled(images, np.asarray(targets, np.int64))[1][method].numpy()

    def _pass(self, entries, settings, images, targets):
        activations = self.features(images, training=False)
        logits, gradients = self._gradients(activations, targets)
        outputs = {}
        for entry in entries:
            if entry.form == "kernel":
                weights = tf.gather(tf.transpose(self.kernel), targets)
                outputs[entry.name] = entry(activations, weights, **settings)
            else:
                outputs[entry.name] = entry(activations, gradients, **settings)
        maps = outputs | _multiplied(activations, outputs)
        return logits, {name: tf.nn.relu(values) for name, values in maps.items()}

    def _gradients(self, activations, targets):
        """Return logits, and the targets' gradients, [image, row, column, channel].

        Behind average pooling every cell of a channel has one gradient: it is given once,
        [image, 1, 1, channel], for spreading it out would take longer than all methods do.
        """
        after = self._after_pooling
        entering = activations if after is None else self.head.layers[1](activations)
        with tf.GradientTape() as tape:
            tape.watch(entering)
            logits = (self.head if after is None else after)(entering, training=False)
            score = tf.reduce_sum(tf.gather(logits, targets, batch_dims=1))
        gradients = tape.gradient(score, entering)
        if after is not None:
            cells = tf.cast(tf.shape(activations)[1] * tf.shape(activations)[2], tf.float32)
            gradients = gradients[:, None, None, :] / cells
        return logits, gradients

    @cached_property
    def _after_pooling(self) -> keras.Model | None:
        """The head behind global average pooling, if that is how it begins."""
        pooling = self.head.layers[1]
        if type(pooling) is not keras.layers.GlobalAveragePooling2D or pooling.keepdims:
            return None
        try:
            return keras.Model(pooling.output, self.model.outputs[0])
        except ValueError:  # the looked-at layer also feeds something else
            return None


def _multiplied(activations, outputs: Mapping) -> dict:
    """Return the maps of the methods that gave weights of channels, all by one product."""
    weights = {name: values for name, values in outputs.items() if values.shape.rank == 2}
    if not weights:
        return {}
    together = tf.stack(list(weights.values()), axis=-1)
    maps = tf.unstack(tf.einsum("nrck,nkm->nrcm", activations, together), axis=-1)
    return dict(zip(weights, maps, strict=True))
