"""What images a model takes, and how they are handed to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras, tf


def image_shape(model: Any, who: str) -> tuple[int, int, int]:
    """Return rows, columns and channels of the images that a model says it takes.

    Raises:
        InputError: it does not say, as a subclassed model or one for any size.
    """
    taken = _taken(model)
    if taken is not None and len(taken) == 2:
        taken = (*taken, 1)
    if taken is None or len(taken) != 3 or None in taken:
        raise InputError(f"{who} does not say what images it takes: hand over their shape")
    return taken


def feeding(model: Any, shape: tuple[int, int, int], who: str) -> Callable:
    """Return what makes a model's inputs of images, a tensor [image, row, column, channel].

    A model of grey images without an axis of channels gets them without; one that takes its
    input in a list or by name gets it so.

    Args:
        shape: rows, columns and channels of the images. who: the model's name in messages.

    Raises:
        InputError: the model has several inputs, was never built, or takes other images.
    """
    if not getattr(model, "built", True):
        raise InputError(f"{who} was never built: it has no weights yet; call it on an image first")
    inputs = getattr(model, "inputs", None)
    if inputs is None:
        return lambda images: images
    if len(inputs) != 1:
        raise InputError(f"{who} has {len(inputs)} inputs; one input of images expected")
    taken = tuple(inputs[0].shape[1:])
    flat = len(taken) == 2
    if flat and shape[2] == 1 and _fits(shape[:2], taken):
        prepare = lambda images: tf.squeeze(images, -1)  # noqa: E731
    elif _fits(shape, taken):
        prepare = lambda images: images  # noqa: E731
    else:
        raise InputError(f"{who} takes images of {taken}; received {tuple(shape)}")
    structure = getattr(model, "input", inputs[0])  # a Sequential has none
    if keras.tree.is_nested(structure):
        return lambda images: keras.tree.pack_sequence_as(structure, [prepare(images)])
    return prepare


def _taken(model: Any) -> tuple | None:
    inputs = getattr(model, "inputs", None)
    return tuple(inputs[0].shape[1:]) if inputs and len(inputs) == 1 else None


def _fits(shape: Sequence[int], taken: Sequence[int | None]) -> bool:
    return len(shape) == len(taken) and all(
        b in (None, a) for a, b in zip(shape, taken, strict=True)
    )
