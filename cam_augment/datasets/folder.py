"""Pictures of one's own: class folders, split folders or a table, and masks where there are."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.datasets.collection import Channels, Collection, Item, Policy, collect
from cam_augment.datasets.division import divide_collection
from cam_augment.datasets.layouts import Layout, Row, read_layout
from cam_augment.datasets.marked import Draw, masks_of, product_of
from cam_augment.datasets.shares import check_shares
from cam_augment.reading.fitting import Fit, Size, rows_and_columns
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged
from cam_augment.records import DataSet, Notice
from cam_augment.registry import DATASETS

Share = Annotated[float, Field(gt=0, lt=1)]


@DATASETS.add(version=1, masks=None, places=("path", "masks", "regions", "product"))
def folder(
    *,
    size: Size = "64x64",
    fit: Fit = "letterbox",
    channels: Channels = "auto",
    train: Share = 0.6,
    validation: Share = 0.1,
    probe: Share = 0.1,
    test: Share = 0.2,
    split_seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0,
    damaged: Policy = "refuse",
    path: str | None = None,
    masks: str | None = None,
    regions: str | None = None,
    product: str | None = None,
) -> DataSet:
    """Your own pictures: a folder for each class, split folders of these, or a CSV table.

    PNG, JPEG, BMP and TIFF of 8 or 16 bits become float32 [image, row, column, channel] in
    0..1, brought to ``size`` by ``fit``; see ``reading.pictures`` and ``reading.fitting``.
    With ``masks`` (a folder of masks named like their pictures), ``regions`` (JSON of COCO
    or labelme) or a table's column ``mask`` there are masks, bool [image, row, column].
    Regions of the category ``product`` are no marks: they outline the product.

    Splits are shares of the pictures, stratified by class; a table's column ``group`` keeps
    pictures together. Splits that the data bring along are taken whole, and the others are
    cut from ``train``.

    Raises:
        InputError: the data cannot be had as they are asked for; one line says why.
    """
    shares = {"train": train, "validation": validation, "probe": probe, "test": test}
    check_shares("folder", shares)
    collection, notes = gather(path, size, fit, channels, damaged, masks, regions, product)
    return divide_collection("folder", collection, shares, split_seed, notes)


def gather(
    path: str | None,
    size: str,
    fit: Fit,
    channels: Channels,
    damaged: Policy,
    masks: str | None,
    regions: str | None,
    product: str | None,
    *,
    only: str | None = None,
) -> tuple[Collection, list[Notice]]:
    """Return the pictures that the settings of ``folder`` name, read, and notes on them.

    Args:
        only: the split whose pictures are read, where the data say which those are.

    Raises:
        InputError: as ``folder`` does, or the split lacks a class.
    """
    if path is None:
        raise InputError(
            "folder: path: received none; set dataset.path (or --data) to a folder with one "
            "folder for each class, or to a CSV file with columns path and label"
        )
    places = [None if place is None else Path(place) for place in (masks, regions)]
    layout = read_layout(Path(path), [Path(os.path.realpath(place)) for place in places if place])
    draw, notes = masks_of(layout, *places, product)
    outline = product_of(layout, places[1], product)
    items = [_item(row, draw, outline) for row in _rows(layout, only)]
    collection = collect("folder", items, rows_and_columns(size), fit, channels, damaged)
    return collection, [*_ignored_note(layout), *notes]


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


def _item(row: Row, draw: Mapping[str, Draw], outline: Mapping[str, Draw]) -> Item:
    load: Callable = partial(_there, row.path) if row.label else partial(_without_label, row)
    drawn = draw.get(row.name), outline.get(row.name)
    return Item(row.name, row.label, load, drawn[0], row.group, row.split, drawn[1])


def _there(path: Path) -> Path:
    return path


def _without_label(row: Row) -> Path:
    raise Damaged(f"{row.where}: mislabelled: no label")


def _ignored_note(layout: Layout) -> list[Notice]:
    files = {kind: count for kind, count in layout.ignored.items() if count}
    return [Notice.of("files.ignored", files=files)] if files else []
