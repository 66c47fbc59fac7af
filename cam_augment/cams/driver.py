"""The one driver: a model, a layer, a method, images and targets in; maps out.

A method has one of three forms. ``weigh`` takes activations and gradients, ``kernel``
takes activations and the dense layer's kernel, ``model`` does as it likes. The first two
come from one compiled pass that gives features, logits and the head's gradients: the
network itself is run forward only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cam_augment.errors import InputError, nearest
from cam_augment.lazy import keras, tf
from cam_augment.registry import CAMS, Entry

BLOCK = 500


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

    @cached_property
    def kernel(self) -> tf.Variable:
        """The kernel [channel, class] of a head that is average pooling and one dense layer.

        Raises:
            InputError: the head is another one.
        """
        kinds = [type(layer) for layer in self.head.layers[1:]]
        if kinds != [keras.layers.GlobalAveragePooling2D, keras.layers.Dense]:
            names = ", ".join(kind.__name__ for kind in kinds)
            raise InputError(
                "cam 'cam' needs a network that ends in global average pooling and one dense "
                f"layer; after '{self.layer}' come: {names}. Use gradcam or hirescam"
            )
        return self.head.layers[-1].kernel

    def check(self, entry: Entry) -> None:
        """Raise InputError where the network is not one that the method can look at."""
        if entry.traits["form"] == "kernel":
            _ = self.kernel

    @cached_property
    def _passes(self) -> dict[str, Callable]:
        return {}

    def compiled(self, entries: Sequence[Entry], settings: Mapping = {}) -> Callable:
        """Return ``(images, targets) -> (logits, {name: maps})``, traced once per methods.

        ``settings`` go to every one of the methods.
        """
        question = repr(([entry.name for entry in entries], sorted(settings.items())))
        if question not in self._passes:
            self._passes[question] = tf.function(
                lambda images, targets: self._pass(entries, settings, images, targets),
                reduce_retracing=True,
                autograph=False,
            )
        return self._passes[question]

    def maps(
        self, method: str, images: np.ndarray, targets: np.ndarray, settings: Mapping = {}
    ) -> np.ndarray:
        """Return a method's maps of all images, on the layer's native grid.

        Args:
            method: name of the method. settings: the method's settings.
            images: float32 [image, row, column, channel]. targets: int [image], class of each.

        Returns:
            float32 [image, row, column], not negative, not normalised (but see scorecam).
        """
        entry = CAMS[method]
        if entry.traits["form"] == "model":
            maps = entry(self.model, self.layer, images, targets, **settings)
            return np.maximum(np.asarray(maps, np.float32), 0)
        compiled = self.compiled([entry], settings)
        blocks = [slice(start, start + BLOCK) for start in range(0, len(images), BLOCK)]
        passes = [compiled(tf.constant(images[b]), tf.constant(targets[b])) for b in blocks]
        return np.concatenate([maps[method].numpy() for _, maps in passes])

    def _pass(self, entries, settings, images, targets):
        activations = self.features(images, training=False)
        with tf.GradientTape() as tape:
            tape.watch(activations)
            logits = self.head(activations, training=False)
            score = tf.reduce_sum(tf.gather(logits, targets, batch_dims=1))
        gradients = tape.gradient(score, activations)
        maps = {}
        for entry in entries:
            if entry.traits["form"] == "kernel":
                weights = tf.gather(tf.transpose(self.kernel), targets)
                maps[entry.name] = tf.nn.relu(entry(activations, weights, **settings))
            else:
                maps[entry.name] = tf.nn.relu(entry(activations, gradients, **settings))
        return logits, maps


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
