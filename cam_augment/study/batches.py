"""Images and labels in a ``tf.data.Dataset``, made the arrays in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import loaded
from cam_augment.study.labels import WHO, numbers_of


def from_batches(images: Any, labels: Any, names: Sequence[str] | None) -> tuple[Any, Any]:
    """Return what a ``tf.data.Dataset`` holds, as arrays; anything else as it is.

    Args:
        names: of the classes, which labels may be words of.

    Raises:
        InputError: it holds no images, repeats without end, or has labels that are not ``labels``.
    """
    tensorflow = loaded("tensorflow")  # where it was never loaded, nothing is of it
    if tensorflow is None or not isinstance(images, tensorflow.data.Dataset):
        return images, labels
    if images.cardinality().numpy() == tensorflow.data.INFINITE_CARDINALITY:
        raise InputError(f"{WHO}: images: the Dataset repeats without end; take(n) of it")
    elements = [element[:2] if isinstance(element, tuple) else (element,)
                for element in images.as_numpy_iterator()]  # fmt: skip
    if not elements:
        raise InputError(f"{WHO}: no images")
    if any(isinstance(part, dict) for part in elements[0]):
        raise _no_pairs()
    join = np.concatenate if _in_batches(elements[0]) else np.stack
    try:
        pictures, *others = (join(parts) for parts in zip(*elements, strict=True))
    except ValueError as error:
        raise _no_pairs(f", of one size each: {error}") from None
    if not others:
        return pictures, labels
    if labels is not None:
        _check_same(others[0], labels, names)
        return pictures, labels
    return pictures, others[0]


def _no_pairs(more: str = "") -> InputError:
    return InputError(f"{WHO}: images: a Dataset of pairs expected: images and labels{more}")


def _in_batches(element: tuple) -> bool:
    """Return whether an element of a Dataset is many images, and not one."""
    if len(element) > 1:
        return np.ndim(element[1]) > 0 and len(element[1]) == len(element[0])
    return np.ndim(element[0]) == 4


def _check_same(own: Any, labels: Any, names: Sequence[str] | None) -> None:
    """Raise InputError where labels are not those of the Dataset, which may have been shuffled."""
    expected, received = (numbers_of(values, names)[0] for values in (own, labels))
    if not np.array_equal(expected, received):
        raise InputError(
            f"{WHO}: labels are not those that the Dataset of images holds; is it shuffled? Leave "
            "labels out, or hand over a Dataset of images alone"
        )
