"""Pictures that were read are kept: decoded once, mapped from then on.

What is kept is named by the files as they are (names, sizes, times), by all settings that decide
how they are read, and by this package's version of reading them.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.keeper import Contents, Make, keeper
from cam_augment.datasets.collection import Collection
from cam_augment.plan import digest
from cam_augment.reading.names import shown
from cam_augment.records import Notice
from cam_augment.records.sequences import Sequences
from cam_augment.records.tiles import Tiles

VERSION = 5  # raised when the same files would be read otherwise; what was kept is made anew
State = tuple[str, int, int]  # a file's path, its bytes, and when it was written, in nanoseconds
_OF_TILES = ("picture", "corner", "clear", "classes")
_OF_FRAMES = ("sequence", "frame", "place")
_STACKS = ("images", "masks", "thumbs", "products")


def collection_of(
    name: str,
    settings: Mapping[str, Any],
    files: Callable[[], Iterable[Path]],
    make: Callable[[Path], Collection],
) -> Collection:
    """Return the collection that ``make`` reads of files; see ``contents_of``."""
    return _collection(contents_of(name, settings, files, lambda place: _contents(make(place))))


def contents_of(
    name: str, settings: Mapping[str, Any], files: Callable[[], Iterable[Path]], make: Make
) -> Contents:
    """Return what ``make`` reads of files, as it is kept, or made and kept now.

    Args:
        name: of the data set. settings: plain values: all that decides what is made of the files.
        files: returns the files and folders that are read.
        make: reads them, and writes images into a folder.

    Raises:
        InputError: a file changed while it was read; or ``make`` does.
    """
    states = list(_states(files()))

    def unchanged(folder: Path) -> Contents:
        contents = make(folder)
        _check_unchanged(name, states, list(_states(files())))
        return contents

    return keeper().keep(digest(["pictures", VERSION, name, dict(settings), states]), unchanged)


def _states(places: Iterable[Path]) -> Iterator[State]:
    """Yield the state of files, and of all files below folders, in order."""
    for place in places:
        yield from _states_below(str(place), ())


def _states_below(path: str, above: tuple[str, ...]) -> Iterator[State]:
    try:
        state = os.stat(path)
    except OSError:  # a link to nowhere: whoever reads it will say so
        yield path, -1, -1
        return
    if not os.path.isdir(path):
        yield path, state.st_size, state.st_mtime_ns
        return
    real, kept_in = os.path.realpath(path), keeper().folder
    if real in above or (kept_in is not None and real == os.path.realpath(kept_in)):
        return  # a loop of links, or the store itself, which every study changes
    try:
        names = sorted(os.listdir(path))
    except OSError:
        names = []
    for name in names:
        yield from _states_below(os.path.join(path, name), (*above, real))


def _check_unchanged(name: str, before: list[State], after: list[State]) -> None:
    changed = sorted(set(before) ^ set(after))
    if changed:
        raise InputError(
            f"{name}: '{shown(changed[0][0])}' changed while it was read; start again when nobody "
            "writes there"
        )


def _contents(collection: Collection) -> Contents:
    """Return a collection as it is kept; ``rows``: which images of the files are used."""
    stacks = {name: stack for name in _STACKS if (stack := getattr(collection, name)) is not None}
    record: dict[str, Any] = {
        "pictures": [*zip(collection.names, collection.groups, collection.splits, strict=True)],
        "classes": collection.classes,
        "notes": [notice.model_dump(mode="json") for notice in collection.notes],
        "reading": [notice.model_dump(mode="json") for notice in collection.reading],
    }
    arrays = {"labels": collection.labels, "hashes": collection.hashes}
    if collection.sequences is not None:
        record["sequences"] = collection.sequences.names
        arrays |= {f"sequences.{name}": getattr(collection.sequences, name) for name in _OF_FRAMES}
    if collection.tiles is not None:
        record["tiles"] = {"good": collection.tiles.good, "names": collection.tiles.names}
        arrays |= {f"tiles.{name}": getattr(collection.tiles, name) for name in _OF_TILES}
    return Contents(record, arrays, stacks)


def _collection(contents: Contents) -> Collection:
    pictures = contents.record["pictures"]
    names, groups, splits = zip(*pictures, strict=True)
    return Collection(
        names=names,
        groups=groups,
        splits=splits,
        classes=tuple(contents.record["classes"]),
        images=contents.stacks["images"],
        labels=np.asarray(contents.arrays["labels"]),
        masks=contents.stacks.get("masks"),
        hashes=contents.arrays["hashes"],
        thumbs=contents.stacks["thumbs"],
        notes=tuple(Notice(**notice) for notice in contents.record["notes"]),
        products=contents.stacks.get("products"),
        reading=tuple(Notice(**notice) for notice in contents.record["reading"]),
        tiles=_tiles(contents),
        sequences=_sequences(contents),
    )


def _tiles(contents: Contents) -> Tiles | None:
    if "tiles" not in contents.record:
        return None
    about = contents.record["tiles"]
    arrays = {name: np.asarray(contents.arrays[f"tiles.{name}"]) for name in _OF_TILES}
    return Tiles(**arrays, names=tuple(about["names"]), good=about["good"])


def _sequences(contents: Contents) -> Sequences | None:
    if "sequences" not in contents.record:
        return None
    arrays = {name: np.asarray(contents.arrays[f"sequences.{name}"]) for name in _OF_FRAMES}
    return Sequences(**arrays, names=tuple(contents.record["sequences"]))
