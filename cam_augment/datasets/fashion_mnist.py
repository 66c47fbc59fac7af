"""Fashion-MNIST: articles of clothing, in the format and counts of MNIST."""

import os
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras
from cam_augment.datasets import fetched
from cam_augment.datasets.splits import SplitSeed, divide_official
from cam_augment.reading.idx import read_idx
from cam_augment.reading.names import shown
from cam_augment.records import DataSet
from cam_augment.registry import DATASETS

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
FILES = {part: (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
         for part in ("train", "t10k")}  # fmt: skip
_KEPT = "fashion-mnist"
_SOURCE = "the four .gz files of https://github.com/zalandoresearch/fashion-mnist (data/fashion)"
Learned = Annotated[int, Field(ge=1, le=60_000)]


@DATASETS.add(version=1, masks=False, places=("path",))
def fashion_mnist(
    *,
    train: Learned = 500,
    validation: Learned = 250,
    probe: Learned = 500,
    test: Annotated[int, Field(ge=1, le=10_000)] | None = None,
    split_seed: SplitSeed = 0,
    path: str | None = None,
) -> DataSet:
    """Fashion-MNIST: 70,000 grey images of 28x28, of ten articles of clothing.

    The images are float32 [image, 28, 28, 1] in 0..1 (Xiao, Rasul, Vollgraf 2017). Splits
    are disjoint and stratified, by ``split_seed``: ``train``, ``validation`` and ``probe``
    are cut from the 60,000 official training images; ``test`` are the 10,000 test images, or
    so many of them.

    ``path`` is a folder with the four published .gz files. Without it they are read from
    where Keras keeps them ($KERAS_HOME/datasets/fashion-mnist), or downloaded by Keras.

    Raises:
        InputError: the files are not to be had or damaged, more images are asked than there
            are, or a class gets none in a split.
    """
    train_pool, test_pool = _read(Path(path)) if path is not None else _keras()
    sizes = {"train": train, "validation": validation, "probe": probe, "test": test}
    return divide_official("fashion_mnist", CLASSES, train_pool, test_pool, sizes, split_seed)


def _keras():
    folder = fetched.keras_folder(_KEPT)
    if all(os.path.isfile(folder / name) for pair in FILES.values() for name in pair):
        return _read(folder)  # without Keras, which takes seconds to load
    where = f"Fetch {_SOURCE}, put them there or set dataset.path to their folder"
    load = fetched.fetch(
        "fashion_mnist", folder, lambda: keras.datasets.fashion_mnist.load_data(), where
    )
    return [(images[..., None], labels.astype(np.int64)) for images, labels in load]


def _read(folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the official splits: images, uint8 [image, 28, 28, 1], and labels, int64."""
    missing = [
        name for pair in FILES.values() for name in pair if not os.path.isfile(folder / name)
    ]
    if missing:
        problem = f"has no '{missing[0]}'" if os.path.isdir(folder) else "is not a folder"
        raise InputError(f"fashion_mnist: path: '{shown(folder)}' {problem}; expected {_SOURCE}")
    return [_pair(folder / images, folder / labels) for images, labels in FILES.values()]


def _pair(images_path: Path, labels_path: Path) -> tuple[np.ndarray, np.ndarray]:
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if images.shape[1:] != (28, 28):
        rows, columns = images.shape[1:]
        raise InputError(f"{shown(images_path)}: images of {rows}x{columns}; expected 28x28")
    if len(images) != len(labels):
        raise InputError(f"{shown(labels_path)}: {len(labels):,} labels for {len(images):,} images")
    if len(labels) and labels.max() >= len(CLASSES):
        raise InputError(
            f"{shown(labels_path)}: label {labels.max()}; expected 0 to {len(CLASSES) - 1}"
        )
    return images[..., None], labels.astype(np.int64)
