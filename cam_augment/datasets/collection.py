"""Pictures of one's own as one collection, the damaged and contradictory ones named."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.stack import Stack
from cam_augment.datasets.decoding import Channels, Form, Item, Raster, read_all
from cam_augment.datasets.depth import Bits, depth_of
from cam_augment.datasets.markings import (
    check_markings,
    marking_notes,
    marking_summary,
)
from cam_augment.datasets.remarks import broken_note, class_notes
from cam_augment.datasets.tiled import Cut, tile_notes, tile_summary, tiles_of
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged
from cam_augment.reading.tiling import Tiling
from cam_augment.records import Notice
from cam_augment.records.sequences import Sequences
from cam_augment.records.tiles import Tiles

Policy = Literal["refuse", "skip"]

_LONGEST = 100


def key_of(tiles: str | None) -> dict[str, str]:
    """Return what tiles add to the settings by which read pictures are kept."""
    return {} if tiles is None else {"tiles": tiles}


@dataclass(frozen=True)
class Collection:
    """Pictures that were read: an image of each, or several, if they are cut into tiles.

    Attributes:
        names: of those that are used, in order. groups, splits: theirs, None where there is none.
        classes: the labels' names.
        images: read as float32 [image, row, column, channel] in 0..1.
        labels: int64 [image].
        masks, products: bool [image, row, column], or None.
        hashes, thumbs: [picture], what near duplicates are found by, see ``reading.duplicates``.
        notes: what a reader of the report should know. reading: how it was read.
        tiles: of which pictures the images are tiles; None: each is a picture of its own.
        sequences: of which sequences the pictures are frames; None: of none.
    """

    names: tuple[str, ...]
    groups: tuple[str | None, ...]
    splits: tuple[str | None, ...]
    classes: tuple[str, ...]
    images: Stack
    labels: np.ndarray
    masks: Stack | None
    hashes: np.ndarray
    thumbs: Stack
    notes: tuple[Notice, ...]
    products: Stack | None = None
    reading: tuple[Notice, ...] = ()
    tiles: Tiles | None = None
    sequences: Sequences | None = None

    @property
    def picture(self) -> np.ndarray:
        """The picture of each image, by its place among ``names``, int [image]."""
        return np.arange(len(self.names)) if self.tiles is None else self.tiles.picture

    @property
    def clear(self) -> np.ndarray:
        """Whether the class of each image is known, bool [image]."""
        return np.ones(len(self.names), bool) if self.tiles is None else self.tiles.clear


def collect(
    name: str,
    items: Sequence[Item],
    form: Form,
    channels: Channels = "auto",
    damaged: Policy = "refuse",
    bits: Bits = "auto",
    flawed: Policy = "refuse",
    *,
    folder: Path,
) -> Collection:
    """Read all pictures, bring them to one size or cut them into tiles, and write the images.

    ``auto`` keeps colours where any picture has some, and takes white from the greatest value of
    all pictures of 16 bits a value. Under ``skip`` the damaged pictures are left out: those that
    cannot be read whole or are too large, and those that are there twice under two classes. Under
    ``skip`` for ``flawed`` pictures are left out of which it is not known what is marked, since
    the mask cannot be read or has another size.

    Args:
        folder: an empty one, in which the files of images and masks are made.

    Raises:
        InputError: a picture is damaged or a mask flawed under ``refuse``, no mask can be used,
            or the names of classes cannot be told apart. OSError: a file cannot be written.
    """
    results, stacks = read_all(items, form, channels, folder)
    counts = [len(result.marked) if isinstance(result, Raster) else 0 for result in results]
    places = np.cumsum([bool(count) for count in counts]) - 1  # in the file of thumbs
    firsts = np.cumsum(counts) - counts  # in the other files
    _mark_contradictions(items, results)
    broken = [str(result) for result in results if isinstance(result, Damaged)]
    if broken and damaged == "refuse":
        more = f" ({len(broken)} are damaged in all)" if len(broken) > 1 else ""
        raise InputError(
            f'{name}: {broken[0]}{more}. dataset.damaged="skip" leaves such pictures out'
        )
    pictures = [
        _Picture(item, raster, number, place, first)
        for number, (item, raster, place, first) in enumerate(
            zip(items, results, places.tolist(), firsts.tolist(), strict=True)
        )
        if isinstance(raster, Raster)
    ]
    markings = {p.item.name: p.raster.marking for p in pictures if p.raster.marking is not None}
    check_markings(markings, flawed == "skip")
    sound = [p for p in pictures if p.raster.marking is None or not p.raster.marking.flaw]
    classes = class_names(name, [item.label for item in items if item.label])
    notes = [*broken_note(broken), *class_notes(classes.values()), *marking_notes(markings)]
    collection = _collection(name, classes, sound, stacks, notes, bits, folder)
    frames = Sequences.of([item.frame for item in items])
    collection = replace(
        collection,
        reading=tuple(marking_summary(markings)),
        sequences=frames and frames.pick(np.array([picture.number for picture in sound])),
    )
    return _tiled(name, collection, sound, form) if isinstance(form, Tiling) else collection


class _Picture(NamedTuple):
    """A picture that can be used.

    Attributes:
        number: its place among all pictures, the damaged ones too.
        place: its row in the file of thumbs. first: that of its first image in the other files.
    """

    item: Item
    raster: Raster
    number: int
    place: int
    first: int


def _collection(
    name: str,
    classes: Mapping[str, str],
    sound: Sequence[_Picture],
    stacks: Mapping[str, Stack],
    notes: list[Notice],
    bits: Bits,
    folder: Path,
) -> Collection:
    items = [picture.item for picture in sound]
    number = {label: place for place, label in enumerate(classes)}
    labels = np.array([number[item.label] for item in items], np.int64)
    empty = [label for label in classes if number[label] not in labels]
    if empty:
        raise InputError(
            f"{name}: class '{classes[empty[0]]}': all of its pictures are damaged, or their masks"
        )
    depth = depth_of(name, [picture.raster.peak for picture in sound], labels, bits)
    counts = [len(picture.raster.marked) for picture in sound]
    of = np.repeat(np.arange(len(sound)), counts)  # the picture of each image
    first = np.array([picture.first for picture in sound]) - np.cumsum([0, *counts[:-1]])
    rows = first[of] + np.arange(len(of))
    shown_parts = {name: stack.pick(rows) for name, stack in stacks.items() if name != "thumb"}
    images = depth.whitened(shown_parts["image"], of, folder / "image-white.bin")
    thumbs = stacks["thumb"].pick(np.array([picture.place for picture in sound]))
    thumbs = depth.whitened(thumbs, np.arange(len(sound)), folder / "thumb-white.bin")
    return Collection(
        names=tuple(item.name for item in items),
        groups=tuple(item.group for item in items),
        splits=tuple(item.split for item in items),
        classes=tuple(classes.values()),
        images=images,
        labels=labels,
        masks=shown_parts.get("mask"),
        hashes=np.array([picture.raster.hash for picture in sound], np.uint64),
        thumbs=thumbs,
        notes=(*notes, *depth.notes(tuple(classes.values()), images)),
        products=shown_parts.get("product"),
    )


def _tiled(
    name: str, collection: Collection, sound: Sequence[_Picture], tiling: Tiling
) -> Collection:
    """Return a collection of tiles, each with its own class."""
    cuts = [Cut(shown(picture.item.name), label, picture.raster.shape, picture.raster.marked)
            for picture, label in zip(sound, collection.labels.tolist(), strict=True)]  # fmt: skip
    tiles, labels = tiles_of(name, cuts, collection.classes, tiling)
    return replace(
        collection,
        labels=labels,
        tiles=tiles,
        notes=(*collection.notes, *tile_notes(cuts, tiles)),
        reading=(*collection.reading, tile_summary(tiles, labels, tiling)),
    )


def _mark_contradictions(items: Sequence[Item], results: list[Raster | Damaged]) -> None:
    """Replace pictures that are there under two classes by what is wrong with them."""
    first: dict[bytes, int] = {}
    wrong: dict[int, int] = {}
    for place, (item, result) in enumerate(zip(items, results, strict=True)):
        if isinstance(result, Raster):
            other = first.setdefault(result.content, place)
            if items[other].label != item.label:
                wrong |= {place: other, other: wrong.get(other, place)}
    for place, other in wrong.items():
        one, two = items[place], items[other]
        results[place] = Damaged(
            f"{shown(one.name)}: mislabelled: '{shown(one.label)}' here, and the same picture is "
            f"'{shown(two.label)}' as {shown(two.name)}"
        )


def class_names(name: str, labels: Sequence[str]) -> dict[str, str]:
    """Return the labels in order, each with its name as it is shown.

    Numbers come by their value, words by their letters. Control characters become "?".

    Raises:
        InputError: no class, more than 1,000, or two with one name.
    """
    distinct = set(labels)
    numbers = all(label.isdecimal() and len(label) < 10 for label in distinct)
    order = sorted(distinct, key=(lambda text: (int(text), text)) if numbers else None)
    if not 1 <= len(order) <= 1000:
        raise InputError(f"{name}: {len(order):,} classes; 2 to 1,000 are studied")
    names = {label: shown(label, _LONGEST) for label in order}
    printed = Counter(names.values())
    for text, count in printed.items():
        if count > 1 or not text.strip():
            raise InputError(f"{name}: two classes or an unnamed one read '{text}' when printed")
    return names
