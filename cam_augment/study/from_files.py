"""What a comparison is made of, from files: saved models by arm, and images with labels."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, overload

import numpy as np

from cam_augment.architectures.layers.saved import check_model_file, load_model
from cam_augment.base.errors import InputError
from cam_augment.base.stack import Stack
from cam_augment.datasets.collection import Collection
from cam_augment.datasets.folder import Source, gather
from cam_augment.networks.endings import Answer
from cam_augment.networks.feeding import taken_shape
from cam_augment.networks.network import Network
from cam_augment.reading.lacking import is_lacking
from cam_augment.reading.listing import entries, folders, is_file
from cam_augment.reading.names import shown
from cam_augment.reading.npz import names_in, read_npz
from cam_augment.records import Notice, Sequences
from cam_augment.registry import DATASETS
from cam_augment.study.samples import check_finite

WHO = "compare"
OPTIONAL = ("classes", "masks", "product", "groups", "sequences", "frames")
SPARSE = ("masks", "product")
READING = ("size", "fit", "channels", "damaged", "bits")
CHANNELS = {1: "grey", 3: "colour"}
OF_CLASS_FOLDERS = ("classes", "splits")  # layouts
_NAMED = 12  # classes that a notice names at most


@dataclass(frozen=True)
class Images:
    """What all models are shown, as ``compare`` takes it.

    Attributes:
        images: [image, row, column, channel], in the range that the models expect.
        labels: int [image], from 0.
        classes: the classes' names, or None.
        masks, product: bool [image, row, column], or None.
        groups, sequences: which images belong together, as ``compare`` takes them, or None.
        notes: what a reader of the report should know, such as pictures that were left out.
    """

    images: np.ndarray | Stack
    labels: np.ndarray
    classes: Sequence[str] | None = None
    masks: np.ndarray | None = None
    product: np.ndarray | None = None
    groups: Sequence[Any] | np.ndarray | None = None
    sequences: Sequence[Any] | Sequences | None = None
    notes: Sequence[Notice] = ()


class SavedModels(Sequence):
    """The models of an arm, each loaded when it is asked for and not kept."""

    def __init__(self, paths: Sequence[Path]):
        self.paths = tuple(paths)

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "SavedModels": ...
    def __getitem__(self, place):
        if isinstance(place, slice):
            return SavedModels(self.paths[place])
        return load_model(str(self.paths[place]), WHO)


def saved_models(folder: Path) -> dict[str, SavedModels]:
    """Return the models below a folder: one folder for each arm, of ``.keras`` files.

    Nothing in them is executed: a model that holds code, such as a Lambda layer, is refused.

    Raises:
        InputError: there is no such folder, no arm in it, no model in an arm, or a file that
            is no model or holds code.
    """
    arms = _files_by_arm(folder, "models", ".keras")
    for paths in arms.values():
        for path in paths:
            check_model_file(str(path), WHO)
    return {name: SavedModels(paths) for name, paths in arms.items()}


def saved_answers(folder: Path) -> dict[str, list[Path]]:
    """Return the answers below a folder: one folder for each arm, of ``.npz`` files.

    Raises:
        InputError: there is no such folder, no arm in it, or no answers in an arm.
    """
    return _files_by_arm(folder, "answers", ".npz")


def _files_by_arm(folder: Path, kind: str, end: str) -> dict[str, list[Path]]:
    if not os.path.isdir(folder):
        raise InputError(f"{WHO}: {kind}: no folder '{shown(folder)}'")
    arms = {name: _files(folder / name, end) for name in folders(folder)}
    if not arms:
        raise InputError(f"{WHO}: {kind}: '{shown(folder)}' has no folder of an arm in it")
    for name, paths in arms.items():
        if not paths:
            raise InputError(f"{WHO}: {kind}: '{shown(folder / name)}' holds no {end} file")
    return arms


def _files(folder: Path, end: str) -> list[Path]:
    return [
        Path(entry.path)
        for entry in entries(folder)
        if entry.name.endswith(end) and not entry.name.startswith(".") and is_file(entry)
    ]


def arrays(path: Path) -> Images:
    """Return the images of an npz file: ``images`` and ``labels``, and ``OPTIONAL`` arrays.

    Raises:
        InputError: it cannot be read, lacks an array, or images are no finite numbers.
    """
    present = [name for name in OPTIONAL if name in names_in(path)]
    content: dict[str, Any] = read_npz(path, ["images", "labels", *present], sparse=SPARSE)
    images = content["images"]
    if images.dtype.kind not in "uif":
        raise InputError(
            f"{shown(path)}: array 'images' is {images.dtype}; expected finite numbers, in the "
            "range that the models expect"
        )
    check_finite("array 'images'", images, shown(path))
    return Images(**_in_pairs(path, content))


def _in_pairs(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Return arrays with ``sequences`` and ``frames`` as pairs of both, None of stills.

    Raises:
        InputError: there is one of them without the other, or they are not one an image.
    """
    if ("sequences" in content) != ("frames" in content):
        raise InputError(
            f"{shown(path)}: arrays 'sequences' and 'frames' say together which frame of which "
            "sequence an image is; one of them is lacking"
        )
    if "sequences" not in content:
        return content
    arrays = dict(content)
    names, frames = arrays.pop("sequences"), arrays.pop("frames")
    if names.ndim != 1 or names.shape != frames.shape:
        raise InputError(
            f"{shown(path)}: arrays 'sequences' and 'frames' are one an image; received "
            f"{names.shape} and {frames.shape}"
        )
    pairs = zip(names.tolist(), frames.tolist(), strict=True)
    return arrays | {"sequences": [None if is_lacking(pair[0]) else pair for pair in pairs]}


def labelled(path: Path) -> dict[str, Any]:
    """Return what answers are held against: ``labels``, and ``images`` and more where there are.

    Raises:
        InputError: the file cannot be read, or has no labels.
    """
    present = [name for name in ("images", *OPTIONAL) if name in names_in(path)]
    return _in_pairs(path, read_npz(path, ["labels", *present], sparse=SPARSE))


def pictures(
    path: Path,
    settings: Mapping[str, Any],
    model: Any,
    limits: tuple[float, float],
    ends_in: Answer | None = None,
) -> Images:
    """Return the pictures of a folder or a table, brought to what a model takes.

    Where the data say which pictures are for tests, only those are taken. Classes are
    numbered in the order of their names; those of a table, where all are numbers, by value.

    Args:
        settings: of the data set ``folder``, as a plan has them.
        model: one of the models, a ``keras.Model``.
        limits: the values that the models expect of black and of white.
        ends_in: what the models give, where that cannot be known.

    Raises:
        InputError: the pictures cannot be had so, the model takes none of one size, or it tells
            more or fewer classes apart than there are.
    """
    resolved = DATASETS["folder"].resolve({**settings, **_form(model, settings), "path": str(path)})
    if resolved["tiles"] is not None:
        raise InputError(f"{WHO}: dataset.tiles: models from elsewhere judge pictures as they are")
    source = Source(**{field.name: resolved[field.name] for field in fields(Source)})
    collection = gather(source, **{name: resolved[name] for name in READING}, only="test")
    collection = _as_loaders_number(collection)
    images: np.ndarray | Stack = collection.images
    black, white = limits
    if (black, white) != (0, 1):
        images = images[:] * np.float32(white - black) + np.float32(black)
    classes = collection.classes
    _, rows, columns, channels = images.shape
    subject = f"{WHO}: the first model"
    network = Network(
        model, (rows, columns, channels), probes=images, subject=subject, ends_in=ends_in
    )
    if len(classes) != network.ending.classes:
        raise InputError(
            f"{WHO}: '{shown(path)}' has {len(classes)} classes; the models tell "
            f"{network.ending.classes} apart"
        )
    masks, products = (
        None if stack is None else stack[:] for stack in (collection.masks, collection.products)
    )
    return Images(
        images, collection.labels, classes, masks, products,
        collection.groups, collection.sequences, collection.notes,
    )  # fmt: skip


def _as_loaders_number(collection: Collection) -> Collection:
    """Return the pictures of class folders with their classes in the order of names as text.

    So Keras and torchvision number them, also where names are numbers: 1, 10, 2. Our own studies
    order such names by value, and their models may be compared, too: a note says which is taken.
    """
    kinds = {note.values["kind"] for note in collection.reading if note.code == "layout"}
    names = tuple(sorted(collection.classes))
    if names == collection.classes or not kinds & set(OF_CLASS_FOLDERS):
        return collection
    number = np.array([names.index(name) for name in collection.classes])
    note = Notice.of("classes.as_text", names=list(names[:_NAMED]), count=len(names))
    return replace(
        collection, classes=names, labels=number[collection.labels], notes=(*collection.notes, note)
    )


def _form(model: Any, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return size and channels of the images that a model takes, as settings of ``folder``."""
    shape = taken_shape(model)
    if shape is None:
        _check_form(model, settings)
        return {}
    sides = (*shape, 1) if len(shape) == 2 else shape  # greys may have no axis of channels
    if len(sides) != 3 or sides[2] not in CHANNELS:
        raise InputError(f"{WHO}: the models take {shape}; pictures have 1 or 3 channels")
    rows, columns, channels = sides
    if rows and columns:
        return {"size": f"{rows}x{columns}", "channels": CHANNELS[channels]}
    if "size" not in settings:
        raise InputError(f"{WHO}: the models take images of any size: name one by dataset.size")
    return {"channels": CHANNELS[channels]}


def _check_form(model: Any, settings: Mapping[str, Any]) -> None:
    """Raise InputError unless settings say what a model takes, which does not say it itself."""
    count = len(getattr(model, "inputs", None) or ())
    if count > 1:
        raise InputError(f"{WHO}: the models have {count} inputs; one input of images expected")
    if not {"size", "channels"} <= set(settings):
        raise InputError(
            f"{WHO}: the models do not say what images they take: set dataset.size and "
            "dataset.channels"
        )
