"""Which masks belong to which picture of a folder, and how they are read."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cam_augment.base.errors import InputError, nearest
from cam_augment.base.processor import cores
from cam_augment.datasets.layouts import Layout
from cam_augment.datasets.layouts.names import stems_behind
from cam_augment.datasets.layouts.parting import Matcher
from cam_augment.datasets.remarks import flaws_note
from cam_augment.reading.frames import Frame
from cam_augment.reading.listing import scan
from cam_augment.reading.masks import Colour, Marked, background_of, read_mask
from cam_augment.reading.names import shown
from cam_augment.reading.pictures import Damaged, quiet
from cam_augment.reading.regions import Marks, Regions, read_regions
from cam_augment.records import Notice

Draw = Callable[[Frame], Marked]
_VOTERS = 200  # masks that tell what is the background of all


@dataclass
class Masks:
    """What draws the mask of a picture.

    Attributes:
        draws: by the picture's name. notes: what a reader should know of them.
    """

    draws: Mapping[str, Draw] = field(default_factory=dict)
    notes: list[Notice] = field(default_factory=list)


def masks_of(
    layout: Layout, masks: Path | None, regions: Path | None, product: str | None = None
) -> Masks:
    """Return what draws the masks of pictures.

    Args:
        masks: a folder of masks with the names of their pictures, apart from the ending and from
            words such as ``_mask``: found by as much of their paths as tells them from others.
        regions: a JSON file of COCO, or one or a folder of labelme.
        product: category of those regions that are no marks, see ``product_of``.

    Raises:
        InputError: more than one of masks, regions and a table's column names masks, or none
            is found.
    """
    lying = {row.name: row.masks for row in layout.rows if row.masks}
    column = lying if layout.kind == "table" else None
    sources = {"masks": masks, "regions": regions, "a table's column mask": column or None}
    names = [name for name, source in sources.items() if source is not None]
    if len(names) > 1:
        raise InputError(f"folder: {' and '.join(names)}: take one of them for the masks")
    if regions is not None:
        _check_place("regions", regions)
        counts = None if product is None else lambda name: name != product
        return _of_regions(layout, read_regions(regions, layout.root, layout.names, counts))
    if masks is not None:
        _check_place("masks", masks)
        files, unused = _by_name(layout, masks)
        notes = [Notice.of("masks.unused", count=unused)] * bool(unused)
        return Masks(_readers(files), notes + _lacking(layout, files))
    if layout.marks:
        return _of_regions(layout, Regions(dict(layout.marks), list(layout.flaws)))
    return Masks(_readers(lying), _lacking(layout, lying))


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
    categories: set[str] = set()

    def counts(name: str | None) -> bool:
        categories.add(str(name))
        return name == product

    marks = read_regions(regions, layout.root, layout.names, counts).marks
    outlines: dict[str, Draw] = {name: one.drawn for name, one in marks.items() if one.draws}
    if not outlines:
        raise InputError(
            f"folder: product: no region is of category '{shown(product)}'."
            f"{nearest(product, categories)} The file has: "
            f"{', '.join(sorted(map(shown, categories))[:8])}"
        )
    return outlines


def marked_pictures(masks: Mapping[str, Sequence[Path]]) -> set[str]:
    """Return the names of the pictures in whose masks something is marked.

    A mask that cannot be read marks nothing; it is named where it is read for its picture.
    """
    background = _background(path for paths in masks.values() for path in paths)

    def has_mark(path: Path) -> bool:
        try:
            return bool(read_mask(path, str(path), None, background).mask.any())
        except Damaged:
            return False

    with quiet(), ThreadPoolExecutor(cores()) as pool:
        marks = pool.map(lambda paths: any(map(has_mark, paths)), masks.values())
        return {name for name, mark in zip(masks, marks, strict=True) if mark}


def _check_place(setting: str, path: Path) -> None:
    if setting == "masks" and not os.path.isdir(path):
        raise InputError(f"folder: masks: '{shown(path)}' is not a folder")
    if not os.path.exists(path):
        raise InputError(f"folder: {setting}: '{shown(path)}' does not exist")


def _of_regions(layout: Layout, regions: Regions) -> Masks:
    draws: dict[str, Draw] = {name: marks.drawn for name, marks in regions.marks.items()}
    return Masks(draws, flaws_note(regions.flaws) + _lacking(layout, regions.marks))


def _readers(files: Mapping[str, Sequence[Path]]) -> dict[str, Draw]:
    background = _background(path for paths in files.values() for path in paths)
    return {name: partial(_united, tuple(paths), background) for name, paths in files.items()}


def _united(paths: Sequence[Path], background: Colour, frame: Frame) -> Marked:
    first, *others = (read_mask(path, str(path), frame, background) for path in paths)
    mask = first.mask
    for other in others:
        mask = mask | other.mask
    return Marked(mask, first.rule)


def _background(paths: Iterable[Path]) -> Colour:
    files = list(paths)
    step = -(-len(files) // _VOTERS) or 1
    with quiet():
        return background_of(files[::step])


def _by_name(layout: Layout, folder: Path) -> tuple[dict[str, list[Path]], int]:
    """Return the masks in a folder by their pictures, and how many are of none."""
    pictures = {row.path for row in layout.rows}
    matcher = Matcher(layout.root, sorted(pictures))
    files: dict[str, list[Path]] = {}
    unused = 0
    for path in scan(folder).all_pictures:
        if path in pictures:
            continue
        if set(matcher.stems_of(path, folder)) & matcher.twins:
            raise InputError(
                f"folder: masks: '{shown(path)}' may belong to any of the pictures named "
                f"'{shown(stems_behind(path.stem)[-1])}': they differ in their endings only"
            )
        name = matcher.picture_of(path, folder)
        if name is None:
            unused += 1
        else:
            files.setdefault(name, []).append(path)
    if not files:
        row = layout.rows[0]
        raise InputError(
            f"folder: masks: none of {unused} pictures in '{shown(folder)}' has the name of a "
            f"picture such as '{shown(row.name)}': looked for {shown(row.path.stem, 40)} with any "
            "ending, by itself or with mask, label, gt, seg or segmentation before or behind it"
        )
    return files, unused


def _lacking(layout: Layout, masks: Mapping[str, Sequence[Path] | Marks]) -> list[Notice]:
    """Return a note where only some pictures of a class have a mask."""
    if not masks or layout.kind == "coco":
        return []
    all_of = Counter(row.label for row in layout.rows)
    some_of = Counter(row.label for row in layout.rows if row.name in masks)
    classes = [
        {"count": all_of[label] - some_of[label], "of": all_of[label], "name": shown(label, 40)}
        for label in sorted(some_of)
        if some_of[label] < all_of[label]
    ]
    return [Notice.of("masks.lacking", classes=classes)] if classes else []
