"""Which mask belongs to which picture of a folder."""

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.datasets.layouts import Layout
from cam_augment.reading.listing import pictures
from cam_augment.reading.masks import read_mask
from cam_augment.reading.names import shown
from cam_augment.reading.regions import Finder, read_regions
from cam_augment.records import Notice

Draw = Callable[[tuple[int, int]], np.ndarray]
_SUFFIX = re.compile(r"[-_. ]mask$", re.IGNORECASE)


def masks_of(
    layout: Layout, masks: Path | None, regions: Path | None, product: str | None = None
) -> tuple[dict[str, Draw], list[Notice]]:
    """Return what draws the mask of a picture, by its name, and notes.

    Args:
        masks: a folder of masks with the names of their pictures, apart from the ending and
            from ``_mask``: in the same folders as these, or found by a name that only one has.
        regions: a JSON file of COCO, or one or a folder of labelme.
        product: category of those regions that are no marks, see ``product_of``.

    Raises:
        InputError: more than one of masks, regions and a table's column names masks, or none
            is found.
    """
    columns = {row.name: row.mask for row in layout.rows if row.mask}
    sources = {"masks": masks, "regions": regions, "a table's column mask": columns or None}
    given = [name for name, source in sources.items() if source is not None]
    if len(given) > 1:
        raise InputError(f"folder: {' and '.join(given)}: take one of them for the masks")
    if regions is not None:
        _check_there("regions", regions)
        counts = None if product is None else lambda name: name != product
        found = read_regions(regions, layout.root, layout.names, counts)
        return {name: marks.drawn for name, marks in found.items()}, _unmarked(layout, found)
    if masks is not None:
        _check_there("masks", masks)
        columns, unused = _by_name(layout, masks)
        notes = [Notice.of("masks.unused", count=unused)] * bool(unused)
        return _read_by(columns), notes + _unmarked(layout, columns)
    return _read_by(columns), _unmarked(layout, columns)


def product_of(layout: Layout, regions: Path | None, product: str | None) -> dict[str, Draw]:
    """Return what outlines the product in a picture, by its name; empty without a category.

    Args:
        regions: as in ``masks_of``. product: name of the category that outlines the product.

    Raises:
        InputError: there are no regions, or none of that category.
    """
    if product is None:
        return {}
    if regions is None:
        raise InputError(
            f"folder: product: received '{shown(product)}'; it names a category of "
            "dataset.regions, and there are none"
        )
    seen: set[str] = set()

    def counts(name: str | None) -> bool:
        seen.add(str(name))
        return name == product

    found = read_regions(regions, layout.root, layout.names, counts)
    outlined = {name: marks.drawn for name, marks in found.items() if marks.drawn_any}
    if not outlined:
        raise InputError(
            f"folder: product: no region is of category '{shown(product)}'."
            f"{nearest(product, seen)} The file has: {', '.join(sorted(map(shown, seen))[:8])}"
        )
    return outlined


def _check_there(setting: str, path: Path) -> None:
    if setting == "masks" and not os.path.isdir(path):
        raise InputError(f"folder: masks: '{shown(path)}' is no folder")
    if not os.path.exists(path):
        raise InputError(f"folder: {setting}: '{shown(path)}' does not exist")


def _read_by(paths: Mapping[str, Path]) -> dict[str, Draw]:
    return {name: partial(_read, path) for name, path in paths.items()}


def _read(path: Path, shape: tuple[int, int]) -> np.ndarray:
    return read_mask(path, str(path), shape)


def _by_name(layout: Layout, folder: Path) -> tuple[dict[str, Path], int]:
    finder = Finder(layout.names)
    found: dict[str, Path] = {}
    unused = 0
    for path in pictures(folder, Counter()):
        relative = path.relative_to(folder).with_suffix("").as_posix()
        shorter = _SUFFIX.sub("", relative)
        if {relative, shorter} & finder.twins:
            raise InputError(
                f"folder: masks: '{shown(path)}' may belong to any of the pictures named "
                f"'{shown(shorter)}': they differ in their endings only"
            )
        name = finder.by_stem(relative) or finder.by_stem(shorter)
        if name is None:
            unused += 1
        elif name in found:
            raise InputError(
                f"folder: masks: '{shown(found[name])}' and '{shown(path)}' are both named as "
                f"'{shown(name)}'"
            )
        else:
            found[name] = path
    if not found:
        raise InputError(
            f"folder: masks: none of {unused} pictures in '{shown(folder)}' has the name of a "
            f"picture such as '{shown(layout.names[0])}'"
        )
    return found, unused


def _unmarked(layout: Layout, masks: Mapping[str, object]) -> list[Notice]:
    """Return a note where only some pictures of a class have a mask."""
    if not masks:
        return []
    all_of = Counter(row.label for row in layout.rows)
    some_of = Counter(row.label for row in layout.rows if row.name in masks)
    lacking = [
        {"count": all_of[label] - some_of[label], "of": all_of[label], "name": shown(label, 40)}
        for label in sorted(some_of)
        if some_of[label] < all_of[label]
    ]
    return [Notice.of("masks.lacking", classes=lacking)] if lacking else []
