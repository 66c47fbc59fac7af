"""What images a model takes, and how they are handed to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras, tf


def image_shape(model: Any, subject: str) -> tuple[int, int, int]:
    """Return rows, columns and channels of the images that a model says it takes.

    Raises:
        InputError: it does not say, as a subclassed model or one for any size.
    """
    expected = taken_shape(model)
    if expected is not None and len(expected) == 2:
        expected = (*expected, 1)
    if expected is None or len(expected) != 3 or None in expected:
        raise InputError(f"{subject} does not say what images it takes: hand over their shape")
    return expected


def feeding(model: Any, shape: tuple[int, int, int], subject: str) -> Callable:
    """Return what makes a model's inputs of images, a tensor [image, row, column, channel].

    A model of grey images without an axis of channels gets them without; one that takes its
    input in a list or by name gets it so.

    Args:
        shape: rows, columns and channels of the images. subject: the model's name in messages.

    Raises:
        InputError: the model has several inputs, was never built, or takes other images.
    """
    if not getattr(model, "built", True):
        raise InputError(
            f"{subject} was never built: it has no weights yet; call it on an image first"
        )
    inputs = getattr(model, "inputs", None)
    if inputs is None:
        return lambda images: images
    if len(inputs) != 1:
        raise InputError(f"{subject} has {len(inputs)} inputs; one input of images expected")
    expected = tuple(inputs[0].shape[1:])
    flat = len(expected) == 2
    if flat and shape[2] == 1 and _fits(shape[:2], expected):
        prepare = lambda images: tf.squeeze(images, -1)  # noqa: E731
    elif _fits(shape, expected):
        prepare = lambda images: images  # noqa: E731
    else:
        raise InputError(f"{subject} takes images of {expected}; received {tuple(shape)}")
    structure = getattr(model, "input", inputs[0])  # a Sequential has none
    if keras.tree.is_nested(structure):
        return lambda images: keras.tree.pack_sequence_as(structure, [prepare(images)])
    return prepare


def taken_shape(model: Any) -> tuple | None:
    """Return the shape of what a model says it takes, without the axis of images; else None."""
    inputs = getattr(model, "inputs", None)
    return tuple(inputs[0].shape[1:]) if inputs and len(inputs) == 1 else None


def _fits(shape: Sequence[int], expected: Sequence[int | None]) -> bool:
    return len(shape) == len(expected) and all(
        b in (None, a) for a, b in zip(shape, expected, strict=True)
    )
