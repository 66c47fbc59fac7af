"""A Keras model with all that this package must know of it to ask it for logits and maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras, tf
from cam_augment.base.stack import Stack
from cam_augment.networks.anatomy import Anatomy, one_tensor
from cam_augment.networks.choice import Place, place_of
from cam_augment.networks.endings import Answer, Ending, check_answer, ending_of
from cam_augment.networks.feeding import feeding, image_shape
from cam_augment.networks.randomness import augmenting
from cam_augment.networks.taps import inlined, layers_by_path, tapped

_PROBES = 8
Tensor = Any  # TensorFlow has no types of its own


@dataclass(frozen=True)
class Seen:
    """What one traced pass shows: tensors of one graph.

    Attributes:
        cells: what the layer gave, in its own precision [image, row, column, channel].
        units: the outputs before a softmax or sigmoid, float32 [image, unit].
        logits, evidence: float32 [image, class]; see ``Ending``.
    """

    cells: Any
    units: Any
    logits: Any
    evidence: Any


class Network:
    """Any Keras model that predicts classes of images, as it is: nothing of it is changed.

    Args:
        model: a built ``keras.Model``: functional, sequential or subclassed, of one input of
            images and one output of classes, in whatever precision.
        shape: rows, columns and channels of the images; None: as the model says.
        probes: some images as the model expects them, float [image, row, column, channel]; None:
            drawn from 0..1. They tell where the graph does not how the outputs are made.
        subject: the model's name in messages.
        ends_in: ``logits`` or ``probabilities`` where a person says what the outputs are.
        ending: how the outputs are made, where that is known.

    Raises:
        InputError: the model takes or gives something else, or ``ends_in`` is another word.
    """

    def __init__(
        self,
        model: keras.Model,
        shape: tuple[int, int, int] | None = None,
        *,
        probes: np.ndarray | Stack | None = None,
        subject: str = "the model",
        ends_in: Answer | None = None,
        ending: Ending | None = None,
    ):
        check_answer(ends_in)
        self.model = model
        self.subject = subject
        _check_axes(model, subject)
        rows, columns, channels = shape or image_shape(model, subject)
        self.shape = rows, columns, channels
        self._feed = feeding(model, self.shape, subject)
        self._probes = probes
        self._answer = ends_in
        self._ending = ending
        self._places: dict[str | None, Place] = {}

    @cached_property
    def anatomy(self) -> Anatomy:
        """The model's traced pass in use."""
        with tf.init_scope():  # also where another trace asks for it
            return Anatomy.of(self.model, self._feed, self.shape, self.subject)

    @cached_property
    def ending(self) -> Ending:
        """How the outputs are made."""
        if self._ending is not None:
            return self._ending
        with tf.init_scope():
            return ending_of(self.anatomy, self.samples, self.subject, self._answer)

    @cached_property
    def samples(self) -> np.ndarray:
        """A few images as the model expects them, float32 [image, row, column, channel]."""
        if self._probes is None:
            return np.random.default_rng(0).random((_PROBES, *self.shape), np.float32)
        return self._probes[:_PROBES]

    def place(self, wish: str | None = None) -> Place:
        """Return the layer that is wished for; see ``place_of``."""
        if wish not in self._places:
            self._places[wish] = place_of(self.anatomy, wish, self.subject)
        return self._places[wish]

    @cached_property
    def augmenting(self) -> list[str]:
        """Paths of layers that change the picture at random in training; see ``augmenting``."""
        with tf.init_scope():
            training = Anatomy.of(self.model, self._feed, self.shape, self.subject, training=True)
        return augmenting(training)

    def like(self, model: keras.Model) -> Network:
        """Return the network of another model of the same layers, which ends in the same way."""
        return Network(model, self.shape, subject=self.subject, ending=self.ending)

    def outputs(self, images: Tensor, training: bool = False) -> Tensor:
        """Return what the model gives, a tensor of the trace that this is called in."""
        with inlined({"": self.model, **layers_by_path(self.model)}):
            return one_tensor(self.model(self._feed(images), training=training), self.subject)

    def logits(self, images: Tensor, training: bool = False) -> Tensor:
        """Return the logits, a tensor float32 [image, class]; only while a function is traced."""
        return self.ending.logits(self.outputs(images, training))

    def evidence(self, images: Tensor) -> Tensor:
        """Return what maps are made of, a tensor float32 [image, class]; see ``Ending``."""
        return self.ending.evidence(self.outputs(images))

    def seen(
        self, images: Tensor, layer: str, watch: Callable[[Tensor], object] = lambda _: None
    ) -> Seen:
        """Return what one pass shows of a layer, tensors of the trace that this is called in.

        Args:
            layer: a path, as a ``Place`` has it. Called several times, its last call counts.
            watch: told of what the layer gives before anything follows from it; a tape's.
        """
        calls: list = []

        def hear(_: str, outputs: Any) -> None:
            calls.append(_cells(outputs))
            watch(calls[-1])

        with tapped({layer: layers_by_path(self.model)[layer]}, hear):
            outputs = self.outputs(images)
        ending = self.ending
        return Seen(
            cells=calls[-1],
            units=ending.units_before(outputs),
            logits=ending.logits(outputs),
            evidence=ending.evidence(outputs),
        )


def _check_axes(model: Any, subject: str) -> None:
    """Raise InputError where layers have their channels first: rows would be taken for channels."""
    for path, layer in layers_by_path(model).items():
        if getattr(layer, "data_format", None) == "channels_first":
            raise InputError(
                f"{subject}: layer '{path}' has its channels first; images and layers are [image, "
                "row, column, channel] here"
            )


def _cells(outputs: Any) -> Tensor:
    """Return the tensor with rows and columns among what a layer gave."""
    tensors = [leaf for leaf in tf.nest.flatten(outputs) if tf.is_tensor(leaf)]
    return next(tensor for tensor in tensors if tensor.shape.rank == 4)
