"""Labels as people hold them: numbers, booleans, one-hot, or words of the classes' names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cam_augment.base.arrays import as_array
from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.lacking import is_lacking

WHO = "compare"  # what errors begin with
_MOST = 2**31 - 1  # of a label


def numbers_of(labels: Any, names: Sequence[str] | None, who: str = WHO) -> tuple[np.ndarray, bool]:
    """Return labels as int64 [image], and whether they were words.

    Args:
        labels: whole numbers of whatever type, booleans, [image, 1], one-hot [image, class], or
            words that are found in ``names``.
        who: what messages begin with.

    Raises:
        InputError: they are none of these.
    """
    if labels is None:
        raise InputError(f"{who}: no labels")
    array = as_array(f"{who}: labels", labels)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "biuf":
        return _one_hot(array, who), False
    if array.ndim != 1:
        raise InputError(f"{who}: labels are one an image; received {array.shape}")
    if not len(array):
        raise InputError(f"{who}: no labels")
    if array.dtype.kind in "USOT":  # NumPy 2 has text of any length, "T"
        return _numbered(array, names, who)
    return _whole_numbers(array, who), False


def _one_hot(array: np.ndarray, who: str) -> np.ndarray:
    if not np.isin(array, (0, 1)).all() or (array.sum(axis=1) != 1).any():
        raise InputError(
            f"{who}: labels {array.shape} are one class an image: one 1 in each row, or a number; "
            "images of several classes or shares of classes cannot be compared"
        )
    return array.argmax(axis=1)


def _numbered(array: np.ndarray, names: Sequence[str] | None, who: str) -> tuple[np.ndarray, bool]:
    values = array.tolist()
    for place, value in enumerate(values):
        if not isinstance(value, (str, bytes)) and is_lacking(value):
            raise InputError(f"{who}: labels: image {place} (from 0) has none: received {value!r}")
    if all(isinstance(value, (int, float, np.number)) for value in values):
        return _whole_numbers(np.array(values), who), False
    words = [text(value) for value in values]
    if names is None:
        raise InputError(
            f"{who}: labels are words, such as '{words[0]}': name the classes in the order of the "
            'models\' outputs, classes=["...", "..."]'
        )
    number = {name: place for place, name in enumerate(names)}
    for word in words:
        if word not in number:
            raise InputError(
                f"{who}: labels: no class '{word}'.{nearest(word, names)} Allowed: "
                f"{', '.join(names)}"
            )
    return np.array([number[word] for word in words], np.int64), True


def _whole_numbers(array: np.ndarray, who: str) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise _no_numbers(array, who)
    numbers = array.astype(np.float64) if array.dtype.kind == "f" else array
    wrong = (numbers < 0) | (numbers > _MOST) | ~np.isfinite(numbers) | (numbers % 1 != 0)
    if wrong.any():
        place = int(wrong.argmax())
        raise _no_numbers(array, who, f"; image {place} (from 0) has {array[place].item()!r}")
    return array.astype(np.int64)


def _no_numbers(array: np.ndarray, who: str, more: str = "") -> InputError:
    return InputError(
        f"{who}: labels are whole numbers from 0, one-hot, or words; received {array.dtype} "
        f"{array[:3].tolist()}{more}"
    )


def text(value: Any) -> str:
    """Return a word; bytes, as NumPy and TensorFlow keep words, are UTF-8."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
