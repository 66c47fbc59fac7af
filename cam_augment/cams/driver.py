"""The one driver: a model, a layer, a method, images and targets in; maps out.

A method has one of three forms. ``weigh`` takes activations and gradients, ``kernel``
takes activations and the dense layer's kernel, ``model`` takes the look itself and does as
it likes. The first two come from one compiled pass that gives features, logits and the
head's gradients: the network itself is run forward only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.base.lazy import keras, tf
from cam_augment.registry import CAMS, Entry

# Images that go through a network at once: no more than pay on a core, and no more than
# have half a GiB of numbers in all layers together, which a gradient keeps until its end.
BLOCK = 256
LAYER_BYTES = 2**29


@dataclass(frozen=True, eq=False)
class Look:
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

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the layer: the native grid of its maps."""
        return tuple(self.model.get_layer(self.layer).output.shape[1:3])

    @cached_property
    def block(self) -> int:
        """How many images may go through the network at once."""
        return max(1, min(BLOCK, LAYER_BYTES // (4 * _numbers(self.model))))

    @cached_property
    def kernel(self) -> tf.Variable:
        """The kernel [channel, class] of a head that is average pooling and one dense layer.

        Raises:
            InputError: the head is another one.
        """
        layers = [x for x in self.head.layers[1:] if not isinstance(x, keras.layers.Dropout)]
        kinds = [type(layer) for layer in layers]
        if kinds != [keras.layers.GlobalAveragePooling2D, keras.layers.Dense]:
            names = ", ".join(kind.__name__ for kind in kinds)
            raise InputError(
                "cam 'cam' needs a network that ends in global average pooling and one dense "
                f"layer; after '{self.layer}' come: {names}. Use gradcam or hirescam"
            )
        return self.head.layers[-1].kernel

    def check(self, entry: Entry) -> None:
        """Raise InputError where the network is not one that the method can look at."""
        if entry.form == "kernel":
            _ = self.kernel

    def activations(self, images: np.ndarray) -> np.ndarray:
        """Return what the layer gives, float32 [image, row, column, channel]."""
        see = self.traced("activations", lambda images: self.features(images, training=False))
        return see(images).numpy()

    def scores(self, images, targets):
        """Return the logits of the targets, a tensor float32 [image]; differentiable."""
        return tf.gather(self.model(images, training=False), targets, batch_dims=1)

    @cached_property
    def _passes(self) -> dict[str, Callable]:
        return {}

    def traced(self, question: str, function: Callable) -> Callable:
        """Return ``function`` compiled; the same one whenever it is asked for.

        A model's weights may change between two calls; what was traced stays right, because
        it reads them as variables.

        Args:
            question: what the function is, its settings included; one name, one function.
            function: tensors to tensors. It is called with arrays; a second number of images
                traces it once more, for any number.
        """
        if question not in self._passes:
            self._passes[question] = tf.function(function, reduce_retracing=True, autograph=False)
        return self._passes[question]

    def compiled(self, entries: Sequence[Entry], settings: Mapping = {}) -> Callable:
        """Return ``(images, targets) -> (logits, {name: maps})``, traced once per methods.

        ``settings`` go to every one of the methods.
        """
        question = repr(([entry.name for entry in entries], sorted(settings.items())))
        return self.traced(
            question, lambda images, targets: self._pass(entries, settings, images, targets)
        )

    def maps(
        self, method: str, images: np.ndarray, targets: np.ndarray, settings: Mapping = {}
    ) -> np.ndarray:
        """Return a method's maps of all images, on the layer's native grid.

        Args:
            method: name of the method. settings: the method's settings.
            images: float32 [image, row, column, channel]. targets: int [image], class of each.

        Returns:
            float32 [image, row, column], not negative, not normalised.
        """
        entry, targets = CAMS[method], np.asarray(targets, np.int64)
        maps = []
        for start in range(0, len(images), self.block):
            block = slice(start, start + self.block)
            maps.append(np.asarray(self._block(entry, settings, images[block], targets[block])))
        return np.maximum(np.concatenate(maps).astype(np.float32, copy=False), 0)

    def _block(self, entry, settings, images, targets):
        if entry.form == "model":
            return entry(self, images, targets, **settings)
        return self.compiled([entry], settings)(images, targets)[1][entry.name]

    def _pass(self, entries, settings, images, targets):
        activations = self.features(images, training=False)
        logits, gradients = self._gradients(activations, targets)
        found = {}
        for entry in entries:
            if entry.form == "kernel":
                weights = tf.gather(tf.transpose(self.kernel), targets)
                found[entry.name] = entry(activations, weights, **settings)
            else:
                found[entry.name] = entry(activations, gradients, **settings)
        maps = found | _multiplied(activations, found)
        return logits, {name: tf.nn.relu(values) for name, values in maps.items()}

    def _gradients(self, activations, targets):
        """Return logits, and the targets' gradients, [image, row, column, channel].

        Behind average pooling every cell of a channel has one gradient: it is given once,
        [image, 1, 1, channel], for spreading it out would take longer than all methods do.
        """
        after = self._after_pooling
        seen = activations if after is None else self.head.layers[1](activations)
        with tf.GradientTape() as tape:
            tape.watch(seen)
            logits = (self.head if after is None else after)(seen, training=False)
            score = tf.reduce_sum(tf.gather(logits, targets, batch_dims=1))
        gradients = tape.gradient(score, seen)
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


def _multiplied(activations, found: Mapping) -> dict:
    """Return the maps of the methods that gave weights of channels, all by one product."""
    weights = {name: each for name, each in found.items() if each.shape.rank == 2}
    if not weights:
        return {}
    together = tf.stack(list(weights.values()), axis=-1)
    maps = tf.unstack(tf.einsum("nrck,nkm->nrcm", activations, together), axis=-1)
    return dict(zip(weights, maps, strict=True))


def _numbers(model) -> int:
    """Return how many numbers all layers of a model put out for one image."""
    outputs = [layer.output for layer in model.layers if hasattr(layer, "output")]
    own = sum(math.prod(side or 1 for side in x.shape[1:]) for x in tf.nest.flatten(outputs))
    return own + sum(_numbers(layer) for layer in model.layers if hasattr(layer, "layers"))


def choose_layer(model: keras.Model, name: str | None) -> str:
    """Return the layer to look at: ``name``, or the last one with a grid.

    Raises:
        InputError: there is no such layer, it has no grid, or the grid is a single cell.
    """
    gridded = {
        layer.name: layer.output.shape[1:3]
        for layer in model.layers
        if hasattr(layer, "output") and len(getattr(layer.output, "shape", ())) == 4
    }
    usable = [layer for layer, grid in gridded.items() if max(grid) > 1]
    name = name or (list(gridded) or [""])[-1]
    if name not in gridded:
        raise InputError(f"cam_layer: no layer '{name}' with a grid.{nearest(name, usable)}")
    if name not in usable:
        raise InputError(
            f"cam_layer: '{name}' has a grid of 1x1: a map of it says nothing. "
            f"Layers that would do: {', '.join(usable[-5:]) or 'none'}"
        )
    return name
