"""Magnetic tiles: grey photographs of real surfaces, with defects and masks of these."""

import io
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.datasets.cache import collection_of
from cam_augment.datasets.collection import Collection, collect, key_of
from cam_augment.datasets.decoding import Form, Item, form_of
from cam_augment.datasets.division import divide_collection
from cam_augment.datasets.splits import SplitSeed
from cam_augment.reading.fitting import Fit, Size
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import BLACK, Marked, read_mask
from cam_augment.reading.names import reason, shown
from cam_augment.reading.tables import parse_table
from cam_augment.reading.tiling import Tiles
from cam_augment.records import DataSet
from cam_augment.registry import DATASETS

_MOST_BYTES = 2**26  # of one file in the archive
_INDEX = "index.csv"
_FREE = "free"
_BROKEN = (OSError, EOFError, RuntimeError, NotImplementedError, KeyError, ValueError,
           zlib.error, zipfile.BadZipFile)  # fmt: skip
Share = Annotated[float, Field(gt=0, lt=1)]


@DATASETS.add(version=1, masks=True, places=("path",), reading=("tiles",))
def magnetic_tiles(
    *,
    size: Size = "64x64",
    fit: Fit = "stretch",
    classes: Literal["six", "binary"] = "six",
    train: Share = 0.5,
    validation: Share = 0.1,
    probe: Share = 0.2,
    test: Share = 0.2,
    split_seed: SplitSeed = 0,
    tiles: Tiles | None = None,
    path: str | None = None,
) -> DataSet:
    """Magnetic tiles: 1,344 grey photographs, free or with one of five defects, and masks.

    The images are float32 [image, row, column, 1] in 0..1, brought to ``size`` (Huang, Qiu,
    Guo, Wang, Yuan 2018). ``six`` classes are free, blowhole, break, crack, fray and uneven;
    the ``binary`` ones free and defect. Splits are shares of the images. They are stratified
    by class, and no group of photographs of one place is in two of them.

    ``tiles`` cuts the photographs as they are into tiles instead, see ``reading.tiling``.

    ``path`` is a zip file of ``index.csv`` (columns image, mask, class, group) and the
    pictures and masks that it names.

    Raises:
        InputError: no path, the file is damaged or not as above, or a split lacks a class.
    """
    if path is None:
        raise InputError(
            "magnetic_tiles: path: received none; set dataset.path to a zip file with index.csv, "
            "images and masks (pictures: https://github.com/abin24/Magnetic-tile-defect-datasets.)"
        )
    shares = {"train": train, "validation": validation, "probe": probe, "test": test}
    form = form_of(size, fit, tiles)
    settings = {"path": path, "size": size, "fit": fit, "classes": classes, **key_of(tiles)}
    make = partial(_gathered, Path(path), form, classes)
    collection = collection_of("magnetic_tiles", settings, lambda: [Path(path)], make)
    return divide_collection("magnetic_tiles", collection, shares, split_seed)


def _gathered(path: Path, form: Form, classes: str, folder: Path) -> Collection:
    with _opened(path) as archive:
        items = _items(path, archive, classes)
        return collect("magnetic_tiles", items, form, "grey", folder=folder)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _BROKEN as error:
        raise InputError(f"{shown(path)}: this is not a zip file: {reason(error)}") from None


def _items(path: Path, archive: zipfile.ZipFile, classes: str) -> list[Item]:
    try:
        text = _bytes(path, archive, _INDEX).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{shown(path)}: {_INDEX} is not UTF-8 text") from None
    rows = parse_table(
        io.StringIO(text), f"{shown(path)}: {_INDEX}", ("image", "mask", "class", "group")
    )
    return [_item(path, archive, row, classes) for _, row in rows]


def _item(path: Path, archive: zipfile.ZipFile, row: dict[str, str], classes: str) -> Item:
    kind = row["class"]
    label = kind if classes == "six" or kind == _FREE else "defect"
    mask = partial(_mask, path, archive, row["mask"]) if row["mask"] else None
    load = partial(_bytes, path, archive, row["image"])
    return Item(row["image"], label, load, mask, row["group"])


def _mask(path: Path, archive: zipfile.ZipFile, name: str, frame: Frame) -> Marked:
    return read_mask(_bytes(path, archive, name), name, frame, BLACK)


def _bytes(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of the archive; zipfile lets several threads read."""
    try:
        info = archive.getinfo(name)
        if info.file_size > _MOST_BYTES:
            raise InputError(
                f"{shown(path)}: '{shown(name)}' has {info.file_size:,} bytes; at most "
                f"{_MOST_BYTES:,} are read"
            )
        return archive.read(info)
    except InputError:
        raise
    except KeyError:
        raise InputError(f"{shown(path)}: has no file '{shown(name)}'") from None
    except _BROKEN as error:
        raise InputError(
            f"{shown(path)}: '{shown(name)}' cannot be read: {reason(error)}"
        ) from None
