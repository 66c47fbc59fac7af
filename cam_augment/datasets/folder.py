"""Pictures of one's own: class folders, split folders or a table, and masks where there are."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.datasets.cache import collection_of
from cam_augment.datasets.collection import Collection, Policy, collect, key_of
from cam_augment.datasets.decoding import Channels, Form, Item, form_of
from cam_augment.datasets.depth import Bits
from cam_augment.datasets.division import divide_collection
from cam_augment.datasets.frames import Rate, Still, stills
from cam_augment.datasets.groups import Pattern, with_groups, with_table_of_groups
from cam_augment.datasets.layouts import Defects, Kind, Layout, Row, read_layout
from cam_augment.datasets.marked import Draw, marked_pictures, masks_of, product_of
from cam_augment.datasets.remarks import called_masks_notes, substitutes_note
from cam_augment.datasets.shares import check_shares
from cam_augment.datasets.splits import SplitSeed
from cam_augment.reading.fitting import Fit, Size
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged, Picture
from cam_augment.reading.tiling import Tiles, Tiling
from cam_augment.records import DataSet, Notice
from cam_augment.registry import DATASETS

Share = Annotated[float, Field(gt=0, lt=1)]

PLACES = ("path", "masks", "regions", "product", "groups")
# The fingerprint says what came of these.
READING = ("bits", "layout", "defects", "group", "tiles", "frames")


@DATASETS.add(version=1, masks=None, places=PLACES, reading=READING)
def folder(
    *,
    size: Size = "64x64",
    fit: Fit = "letterbox",
    channels: Channels = "auto",
    train: Share = 0.6,
    validation: Share = 0.1,
    probe: Share = 0.1,
    test: Share = 0.2,
    split_seed: SplitSeed = 0,
    damaged: Policy = "refuse",
    bits: Bits = "auto",
    layout: Kind = "auto",
    defects: Defects = "one",
    group: Pattern | None = None,
    tiles: Tiles | None = None,
    frames: Rate | None = None,
    path: str | None = None,
    masks: str | None = None,
    regions: str | None = None,
    product: str | None = None,
    groups: str | None = None,
) -> DataSet:
    """Your own pictures or videos: a folder for each class, split folders of these, or a CSV table.

    Pictures of any usual format, of 8 or 16 bits, become float32 [image, row, column, channel]
    in 0..1, brought to ``size`` by ``fit``; see ``reading.pictures`` and ``reading.fitting``.
    Masks, bool [image, row, column], are those that lie with the pictures, those of ``masks``
    (a folder of masks named like their pictures), of ``regions`` (JSON of COCO or labelme) or
    of a table's column ``mask``. Regions of the category ``product`` are no marks: they outline
    the product. ``tiles`` cuts pictures as they are into tiles instead, which take their classes
    from the masks, see ``datasets.tiled``.

    Videos count as pictures where ``frames`` says how many frames a second are taken of them. A
    video is a sequence; so are the pictures that have one name in a table's column ``sequence``, in
    the order of its column ``frame``. A sequence stays whole, see ``datasets.frames``.

    Splits are shares of the pictures, stratified by class. A table's column ``group``, what the
    regular expression ``group`` matches in a picture's path, or ``groups``, a table apart with
    columns path and group, keeps pictures together. Splits that the data bring along are taken
    whole, and the others are cut from ``train``.

    Raises:
        InputError: the data cannot be had as they are asked for; one line says why.
    """
    shares = {"train": train, "validation": validation, "probe": probe, "test": test}
    check_shares("folder", shares)
    source = Source(path, masks, regions, product, layout, defects, group, groups, frames)
    collection = gather(source, size, fit, channels, damaged, bits, tiles=tiles)
    return divide_collection("folder", collection, shares, split_seed)


@dataclass(frozen=True)
class Source:
    """Where pictures and masks are, and how they are laid out; see ``folder``."""

    path: str | None = None
    masks: str | None = None
    regions: str | None = None
    product: str | None = None
    layout: Kind = "auto"
    defects: Defects = "one"
    group: str | None = None
    groups: str | None = None
    frames: float | None = None

    def place(self, name: str) -> Path | None:
        """Return the path of one of the settings."""
        text = getattr(self, name)
        return None if text is None else Path(text)


def gather(
    source: Source,
    size: str,
    fit: Fit,
    channels: Channels,
    damaged: Policy,
    bits: Bits = "auto",
    *,
    tiles: str | None = None,
    only: str | None = None,
) -> Collection:
    """Return the pictures that the settings of ``folder`` name, read.

    Args:
        tiles: how they are cut; None: not.
        only: the split whose pictures are read, where the data say which those are.

    Raises:
        InputError: as ``folder`` does, or the split lacks a class.
    """
    settings = {**asdict(source), "size": size, "fit": fit, "channels": channels,
                "damaged": damaged, "bits": bits, "only": only, **key_of(tiles)}  # fmt: skip
    form = form_of(size, fit, tiles)
    make = partial(_gathered, source, form, channels, damaged, bits, only)
    return collection_of("folder", settings, partial(_files, source), make)


def _files(source: Source) -> Iterator[Path]:
    """Yield the files and folders that are read; of a table those that it names."""
    for setting in PLACES:
        place = source.place(setting)
        if place is None:
            continue
        yield place
        if setting == "path" and os.path.isfile(place):
            for row in layout_of(source).rows:
                yield from (row.path, *row.masks)


def _gathered(
    source: Source,
    form: Form,
    channels: Channels,
    damaged: Policy,
    bits: Bits,
    only: str | None,
    folder: Path,
) -> Collection:
    layout = layout_of(source)
    masks = masks_of(layout, source.place("masks"), source.place("regions"), source.product)
    outline = product_of(layout, source.place("regions"), source.product)
    pictures = stills(_rows(layout, only), source.frames)
    items = [_item(picture, masks.draws, outline) for picture in pictures]
    if isinstance(form, Tiling) and not masks.draws:
        raise InputError(
            "folder: tiles: take their classes from masks, and there are none: masks that lie with "
            "the pictures, dataset.masks, dataset.regions, or a table's column mask"
        )
    if isinstance(form, Tiling) and any(item.frame for item in items):
        raise InputError("folder: tiles: frames of sequences are not cut; leave out one of them")
    collection = collect("folder", items, form, channels, damaged, bits, "skip", folder=folder)
    notes = (*_ignored_note(layout), *masks.notes, *_groups_note(layout), *collection.notes)
    return replace(collection, notes=notes, reading=(*_layout_notes(layout), *collection.reading))


def layout_of(source: Source) -> Layout:
    """Return how the pictures lie, with their groups.

    Raises:
        InputError: they lie in no known way, or no picture's path has a group in it.
    """
    path = source.place("path")
    if path is None:
        raise InputError(
            "folder: path: received none; set dataset.path (or --data) to a folder with one "
            "folder for each class, or to a CSV file with columns path and label"
        )
    places = [source.place(name) for name in ("masks", "regions")]
    apart = [Path(os.path.realpath(place)) for place in places if place]
    regions = source.place("regions")
    layout = read_layout(
        path, marked_pictures, apart, source.layout, source.defects,
        regions if regions and regions.is_file() else None, source.frames is not None,
    )  # fmt: skip
    return _grouped(layout, source)


def _grouped(layout: Layout, source: Source) -> Layout:
    table = source.place("groups")
    if table is None:
        return layout if source.group is None else with_groups(layout, source.group)
    if source.group is not None:
        raise InputError("folder: group and groups: take one of them")
    return with_table_of_groups(layout, table)


def _rows(layout: Layout, only: str | None) -> Sequence[Row]:
    if only is None or all(row.split is None for row in layout.rows):
        return layout.rows
    rows = [row for row in layout.rows if row.split == only]
    lacking = {row.label for row in layout.rows} - {row.label for row in rows}
    if lacking:
        raise InputError(
            f"folder: path: '{shown(layout.root)}': class '{shown(min(lacking))}' has no picture "
            f"in the split {only}"
        )
    return rows


def _item(still: Still, draw: Mapping[str, Draw], outline: Mapping[str, Draw]) -> Item:
    row = still.row
    load: Callable[[], Path | Picture] = still.load or partial(_file, row)
    if not row.label:
        load = partial(_without_label, row)
    frame = None if row.sequence is None or row.frame is None else (row.sequence, row.frame)
    mask, product = draw.get(still.source), outline.get(still.source)
    return Item(row.name, row.label, load, mask, row.group, row.split, product, frame)


def _file(row: Row) -> Path:
    return row.path


def _without_label(row: Row) -> NoReturn:
    raise Damaged(f"{row.where}: mislabelled: no label")


def _ignored_note(layout: Layout) -> list[Notice]:
    files = {kind: count for kind, count in sorted(layout.file_counts.items()) if count}
    return [Notice.of("files.ignored", files=files)] if files else []


def _groups_note(layout: Layout) -> list[Notice]:
    strange = layout.strange_groups
    if not strange:
        return []
    return [Notice.of("groups.unused", count=len(strange), name=shown(strange[0]))]


def _layout_notes(layout: Layout) -> list[Notice]:
    """Return how the folder was understood, and one note for each thing that was left out."""
    notes = [Notice.of("layout", kind=layout.kind, name=shown(layout.root))]
    if layout.encoding and not layout.encoding.startswith("utf"):
        notes.append(Notice.of("table.encoding", name=layout.encoding))
    notes += substitutes_note(layout.substitutes)
    notes += called_masks_notes(layout.called_masks)
    return notes + [
        Notice.of("folder.left_out", why=part.why, name=shown(part.name), count=part.count)
        for part in layout.left_out
    ]
