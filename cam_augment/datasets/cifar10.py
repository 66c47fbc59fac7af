"""CIFAR-10: small photographs in colour, through Keras or from a file."""

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras
from cam_augment.datasets import fetched
from cam_augment.datasets.splits import Pixels, SplitSeed, divide_official
from cam_augment.reading.names import shown
from cam_augment.reading.npz import check_labels, check_pixels, names_in, read_npz
from cam_augment.reading.pictures import opened, quiet
from cam_augment.records import DataSet
from cam_augment.registry import DATASETS

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_SIDE = 32
_KEPT = "cifar-10-batches-py-target_archive"  # the name under which Keras looks for it
_INSTEAD = (
    "Fetch https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz and put it there under this "
    "name, or set dataset.path to an npz file with x_train, y_train, x_test, y_test"
)
Learned = Annotated[int, Field(ge=1, le=50_000)]


@DATASETS.add(version=1, masks=False, places=("path",))
def cifar10(
    *,
    train: Learned = 500,
    validation: Learned = 250,
    probe: Learned = 500,
    test: Annotated[int, Field(ge=1, le=10_000)] | None = None,
    split_seed: SplitSeed = 0,
    path: str | None = None,
) -> DataSet:
    """CIFAR-10: 60,000 colour photographs of 32x32, of ten kinds of things.

    The images are float32 [image, 32, 32, 3] in 0..1 (Krizhevsky 2009). Splits are disjoint
    and stratified, by ``split_seed``: ``train``, ``validation`` and ``probe`` are cut from
    the 50,000 official training images; ``test`` are the 10,000 test images, or so many of them.

    ``path`` is an npz file with Keras' keys (x_train, y_train, x_test, y_test), or one that
    keeps the images as JPEG files one after the other (x_train_jpeg, x_train_offsets,
    y_train and the same of test); these are not true to the pixel. Without it Keras loads
    the data, and downloads them where it has not done so.

    Raises:
        InputError: the data are not to be had or damaged, more images are asked than there
            are, or a class gets none in a split.
    """
    train_pool, test_pool = _keras() if path is None else _read(Path(path))
    sizes = {"train": train, "validation": validation, "probe": probe, "test": test}
    return divide_official("cifar10", CLASSES, train_pool, test_pool, sizes, split_seed)


def _keras() -> list[tuple[Pixels, np.ndarray]]:
    loaded = fetched.fetch(
        "cifar10", fetched.keras_folder(_KEPT), lambda: keras.datasets.cifar10.load_data(), _INSTEAD
    )
    return [(images, labels.reshape(-1).astype(np.int64)) for images, labels in loaded]


def _read(path: Path) -> list[tuple[Pixels, np.ndarray]]:
    packed = "x_train_jpeg" in names_in(path)
    return [(_packed if packed else _plain)(path, part) for part in ("train", "test")]


def _plain(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = read_npz(path, (f"x_{part}", f"y_{part}")).values()
    check_pixels(path, f"x_{part}", images, (3,))
    _check_side(path, images.shape[1:3])
    return images, check_labels(path, f"y_{part}", labels, len(images), len(CLASSES))


def _packed(path: Path, part: str) -> tuple["Jpegs", np.ndarray]:
    names = (f"x_{part}_jpeg", f"x_{part}_offsets", f"y_{part}")
    packed, offsets, labels = read_npz(path, names).values()
    sound = packed.dtype == np.uint8 and packed.ndim == offsets.ndim == 1
    if not sound or offsets.dtype.kind not in "iu" or not _rising(offsets, len(packed)):
        raise InputError(
            f"{shown(path)}: '{names[1]}' does not cut '{names[0]}' into files: expected whole "
            f"numbers that rise from 0 to {packed.size:,}"
        )
    labels = check_labels(path, names[2], labels, len(offsets) - 1, len(CLASSES))
    return Jpegs(path, packed, offsets.astype(np.int64)), labels


def _rising(offsets: np.ndarray, end: int) -> bool:
    ends = len(offsets) > 0 and int(offsets[0]) == 0 and int(offsets[-1]) == end
    return bool(ends and (offsets[1:] > offsets[:-1]).all())


def _check_side(name: object, shape: tuple[int, ...]) -> None:
    if shape != (_SIDE, _SIDE):
        raise InputError(f"{shown(name)}: images of {shape[0]}x{shape[1]}; expected 32x32")


class Jpegs:
    """Images as JPEG files one after the other; those that are picked are decoded."""

    def __init__(self, path: Path, packed: np.ndarray, offsets: np.ndarray):
        self.path, self.packed, self.offsets = path, packed, offsets

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        with quiet():
            return np.stack([self._decoded(index) for index in indices])

    def _decoded(self, index: int) -> np.ndarray:
        name = f"{self.path}: image {index}"
        file = self.packed[self.offsets[index] : self.offsets[index + 1]].tobytes()
        image = opened(file, name).image
        _check_side(name, image.size[::-1])
        return np.asarray(image.convert("RGB"))
