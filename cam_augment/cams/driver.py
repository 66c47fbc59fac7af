"""The one driver: a network, a layer, a method, images and targets in; maps out.

A method has one of three forms. ``weigh`` takes activations and gradients, ``kernel``
takes activations and the dense layer's kernel, ``model`` takes the look itself and does as
it likes. The first two come from one compiled pass in which the layer is listened to: the
network is run forward once, and the gradient is that of what follows the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cam_augment.base.compat import compiled_for_one
from cam_augment.base.errors import InputError
from cam_augment.base.lazy import tf
from cam_augment.base.stack import Stack
from cam_augment.networks import graphs
from cam_augment.networks.network import Network
from cam_augment.registry import CAMS, Entry
from cam_augment.registry.kinds import CamEntry

# Images that go through a network at once: no more than pay on a core, and no more than
# have half a GiB of numbers in all layers together, which a gradient keeps until its end.
BLOCK = 256
LAYER_BYTES = 2**29


@dataclass(frozen=True, eq=False)
class Look:
    """A network looked at from one of its layers.

    Args:
        network: any network. layer: the path of a layer with a grid, as ``Network.place`` gives it.
        passed_over: a later layer whose grid is too small, for a reader to know.
    """

    network: Network
    layer: str
    passed_over: str = ""

    @classmethod
    def at(cls, network: Network, wish: str | None = None) -> Look:
        """Return the look from the layer that is wished for.

        Raises:
            InputError: there is no such layer, or its map would say nothing.
        """
        place = network.place(wish)
        return cls(network, place.layer, str(place.passed_over or ""))

    @property
    def remarks(self) -> dict[str, str]:
        """What a reader of the maps must know; see ``records.Maps``."""
        ending = self.network.ending
        outputs = {} if ending.is_plain else {"outputs": ending.code}
        return outputs | ({"passed_over": self.passed_over} if self.passed_over else {})

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the layer: the native grid of its maps."""
        return self.network.place(self.layer).grid

    @property
    def channels(self) -> int:
        """Channels of the layer."""
        return int(self.network.place(self.layer).output.tensor.shape[-1])

    @cached_property
    def block(self) -> int:
        """How many images may go through the network at once."""
        return max(1, min(BLOCK, LAYER_BYTES // (4 * self.network.anatomy.numbers)))

    def check(self, entry: CamEntry) -> None:
        """Raise InputError where the network is not one that the method can look at."""
        if entry.form == "kernel":
            anatomy, ending = self.network.anatomy, self.network.ending
            with anatomy.run.graph.as_default():
                units = ending.units_before(anatomy.outputs)
            self._kernel(self.network.place(self.layer).output.tensor, units)

    def features(self, images):
        """Return what the layer gives, a tensor float32 of the trace that this is called in."""
        return tf.cast(self.network.seen(images, self.layer).cells, tf.float32)

    def activations(self, images: np.ndarray) -> np.ndarray:
        """Return what the layer gives, float32 [image, row, column, channel].

        Args:
            images: float32 [image, row, column, channel].
        """
        return self.traced("activations", self.features)(images).numpy()

    def logits(self, images):
        """Return the logits, a tensor float32 [image, class] of the trace; differentiable."""
        return self.network.logits(images)

    def scores(self, images, targets):
        """Return what speaks for the targets, a tensor float32 [image]; differentiable.

        The targets' logits; where one unit tells two classes apart, it or its negative.
        """
        return of_targets(self.network.evidence(images), targets)

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
            self._passes[question] = compiled_for_one(function)
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
        self, method: str, images: np.ndarray | Stack, targets: np.ndarray, settings: Mapping = {}
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
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            seen = self.network.seen(images, self.layer, tape.watch)
            score = tf.reduce_sum(of_targets(seen.evidence, targets))
        activations = tf.cast(seen.cells, tf.float32)
        gradients = _gradients(tape, score, seen.cells)
        outputs = {}
        for entry in entries:
            if entry.form == "kernel":
                weights = tf.gather(tf.transpose(self._kernel(seen.cells, seen.units)), targets)
                outputs[entry.name] = entry(activations, weights, **settings)
            else:
                outputs[entry.name] = entry(activations, gradients, **settings)
        return seen.logits, maps_of(activations, outputs)

    def _kernel(self, cells, units):
        """Return the kernel [channel, class] of a head that is average pooling and a dense layer.

        Raises:
            InputError: the head is another one.
        """
        mean = graphs.pooled(cells, units)
        kernel = None if mean is None else graphs.kernel(units, mean)
        if kernel is None:
            raise InputError(
                "cam 'cam' needs a network that ends in global average pooling and one dense "
                f"layer; what follows '{self.layer}' is something else. Use gradcam or hirescam"
            )
        kernel = tf.cast(kernel, tf.float32)
        return kernel if kernel.shape[1] > 1 else tf.concat([-kernel, kernel], axis=1)


def of_targets(values: Any, targets: Any) -> Any:
    """Return the value of each image's target, [image], of values [image, class]; differentiable.

    Not by ``tf.gather`` with ``batch_dims``: its gradient takes longer to trace than a network.
    """
    image = tf.range(tf.size(targets, out_type=targets.dtype))
    return tf.gather_nd(values, tf.stack([image, targets], axis=1))


def _gradients(tape: Any, score: Any, cells: Any) -> Any:
    """Return the gradients of a score [] with respect to a layer's output, float32.

    Behind average pooling every cell of a channel has one gradient: it is given once,
    [image, 1, 1, channel], for spreading it out would take longer than all methods do.
    Otherwise it has the output's shape, [image, row, column, channel].
    """
    mean = graphs.pooled(cells, score)
    if mean is None:
        return tf.cast(tape.gradient(score, cells), tf.float32)
    gradients = tf.cast(tape.gradient(score, mean), tf.float32)
    count = tf.cast(tf.shape(cells)[1] * tf.shape(cells)[2], tf.float32)
    return gradients[:, None, None, :] / count


def maps_of(activations: Any, outputs: Mapping) -> dict:
    """Return maps, float32 [image, row, column] by method, of what weighing functions gave.

    Args:
        activations: float32 [image, row, column, channel]. outputs: method to its map, or to the
            weights of the channels [image, channel].
    """
    maps = dict(outputs) | _multiplied(activations, outputs)
    return {name: tf.nn.relu(values) for name, values in maps.items()}


def _multiplied(activations: Any, outputs: Mapping) -> dict:
    """Return the maps of the methods that gave weights of channels, all by one product."""
    weights = {name: values for name, values in outputs.items() if values.shape.rank == 2}
    if not weights:
        return {}
    together = tf.stack(list(weights.values()), axis=-1)
    maps = tf.unstack(tf.einsum("nrck,nkm->nrcm", activations, together), axis=-1)
    return dict(zip(weights, maps, strict=True))
