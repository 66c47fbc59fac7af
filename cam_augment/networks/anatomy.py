"""One traced pass of a model with every layer listened to, and what is read off its graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError, cause
from cam_augment.base.lazy import tf
from cam_augment.networks import graphs
from cam_augment.networks.taps import inlined, layers_by_path, tapped

# Images of the traced pass: fixed, so that a layer that folds windows into its first axis shows.
IMAGES = 8


@dataclass(frozen=True, eq=False)
class Output:
    """What a call of a layer gave: one tensor.

    Attributes:
        path: of the layer. tensor: what came out, in the anatomy's graph.
    """

    path: str
    tensor: Any

    def __str__(self) -> str:
        return f"{self.path} ({'x'.join(map(str, self.grid))})" if self.has_grid else self.path

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns, where it is [image, row, column, channel] of known sides; else 0, 0."""
        shape = self.tensor.shape
        if shape.rank != 4 or shape[0] not in (None, IMAGES) or None in shape[1:3]:
            return 0, 0
        return shape[1], shape[2]

    @property
    def has_grid(self) -> bool:
        """Whether maps can be made of it: rows and columns are known."""
        return self.grid != (0, 0)


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A traced pass: images, the calls of all layers in order of completion, and the outputs.

    Attributes:
        run: images float32 [8, row, column, channel] to the outputs, compiled.
        images, outputs: tensors of the graph. calls: what each layer gave, call by call.
    """

    run: Any
    images: Any
    outputs: Any
    calls: tuple[Output, ...]

    @classmethod
    def of(
        cls, model: Any, feed: Callable, shape: Sequence[int], subject: str, training: bool = False
    ) -> Anatomy:
        """Trace a model.

        Args:
            feed: see ``feeding``. shape: of an image. subject: the model's name in messages.
            training: whether layers behave as in training.

        Raises:
            InputError: the model cannot be run on such images, or gives more than one tensor.
        """
        calls: list[Output] = []

        def hear(path: str, outputs: Any) -> None:
            tensors = filter(tf.is_tensor, tf.nest.flatten(outputs))
            calls.extend(Output(path, tensor) for tensor in tensors)

        def run(images: Any) -> Any:
            layers = layers_by_path(model)
            with inlined({"": model, **layers}), tapped(layers, hear):
                return one_tensor(model(feed(images), training=training), subject)

        traced = tf.function(run, autograph=False)
        try:
            concrete = traced.get_concrete_function(tf.TensorSpec((IMAGES, *shape), tf.float32))
        except InputError:
            raise
        except Exception as error:  # a model of somebody's own may raise anything
            raise InputError(
                f"{subject} cannot be run on images of {tuple(shape)}: {cause(error)}"
            ) from None
        calls_traced = [call for call in calls if call.tensor.graph is concrete.graph]
        return cls(concrete, concrete.inputs[0], concrete.graph.outputs[0], tuple(calls_traced))

    @cached_property
    def numbers(self) -> int:
        """How many numbers the images and all layers put out for one image."""
        tensors = [self.images, *(call.tensor for call in self.calls)]
        return sum(math.prod(side or 1 for side in tensor.shape[1:]) for tensor in tensors)

    @cached_property
    def gridded(self) -> list[Output]:
        """The outputs with rows and columns that are made of the images, each tensor once.

        Under the path of the layer that computed it: not of one that passed it on, such as
        dropout in use, nor of a model that ends in the layer. The images themselves are none.
        """
        first: dict[Any, Output | None] = {self.images.ref(): None}
        for call in self.calls:
            if call.has_grid:
                first.setdefault(graphs.passed(call.tensor).ref(), call)
        return [call for call in first.values() if call is not None and self._is_seen(call)]

    def _is_seen(self, call: Output) -> bool:
        return graphs.depends(call.tensor, self.images)

    def is_crossed(self, call: Output) -> bool:
        """Return whether every way from the images to the outputs goes through this one."""
        return not graphs.depends(self.outputs, self.images, without=call.tensor)

    def is_computed(self, call: Output) -> bool:
        """Return whether new values came about in it, and not the same ones at other places."""
        return graphs.passed(call.tensor).op.type not in graphs.MOVING

    def is_between(self, call: Output) -> bool:
        """Return whether the images go into it, and it into the outputs."""
        return self._is_seen(call) and graphs.depends(self.outputs, call.tensor)

    def is_learnt(self, call: Output) -> bool:
        """Return whether a kernel took part in it; before the first, there is but the picture."""
        return any(tensor.ref() in self._kernels for tensor in graphs.ancestors(call.tensor))

    @cached_property
    def _kernels(self) -> set:
        """The tensors by which the graph gets at its variables of two axes or more."""
        inside = {id(outer): inner for outer, inner in self.run.graph.captures}
        handles = [v.handle for v in self.run.graph.variables if (v.shape.rank or 0) > 1]
        return {inside[id(handle)].ref() for handle in handles if id(handle) in inside}

    def gradient(self, call: Output) -> Any:
        """Return the gradient of the outputs' sum with respect to an output; None without one."""
        with self.run.graph.as_default():
            return tf.gradients(tf.reduce_sum(self.outputs), call.tensor)[0]

    def values(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs of some images, float64 [image, ...]."""
        blocks = []
        for start in range(0, len(images), IMAGES):
            block = images[start : start + IMAGES]
            filled = np.concatenate([block, np.repeat(block[-1:], IMAGES - len(block), axis=0)])
            blocks.append(self.run(tf.constant(filled, tf.float32)).numpy()[: len(block)])
        return np.concatenate(blocks).astype(np.float64)


def one_tensor(outputs: Any, subject: str) -> Any:
    """Return a model's one output.

    Raises:
        InputError: it has several.
    """
    tensors = tf.nest.flatten(outputs)
    if len(tensors) != 1:
        raise InputError(f"{subject} has {len(tensors)} outputs; one output of classes expected")
    return tensors[0]
