"""How people lay out pictures: class folders, split folders of these, or a table."""

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.listing import (
    entries,
    folders,
    inside,
    is_file,
    is_picture,
    pictures,
)
from cam_augment.reading.names import shown
from cam_augment.reading.tables import read_table

SPLIT_OF = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "probe": "probe",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Row:
    """One picture as a folder or a table names it.

    Attributes:
        name: its path below the folder, with slashes. label: its class; empty: none given.
        where: what a message about its label names.
        mask, group, split: where they are given.
    """

    path: Path
    name: str
    label: str
    where: str
    mask: Path | None = None
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Layout:
    """All pictures of a folder or a table.

    Attributes:
        root: the folder below which they lie.
        ignored: how many files are left out: ``hidden``, ``other`` (no pictures by their
            names) and ``beside`` (pictures outside of the class folders).
    """

    root: Path
    rows: tuple[Row, ...]
    ignored: Counter

    @property
    def names(self) -> list[str]:
        return [row.name for row in self.rows]


def read_layout(path: Path, apart: Collection[Path] = ()) -> Layout:
    """Return the pictures that ``path`` names, with their classes.

    Args:
        path: a folder with one folder for each class; or with folders train, validation (val,
            valid), probe and test of such folders; or a CSV file with columns path and
            label, and optionally mask, group and split.
        apart: folders that hold no pictures of a class.

    Raises:
        InputError: it is none of these, or names nothing, something twice, or a path that
            leads out of the folder.
    """
    if os.path.isdir(path):
        layout = _split_folders(path, apart) or _class_folders(path, apart)
    elif path.suffix.lower() == ".csv" and os.path.isfile(path):
        layout = _table(path)
    else:
        what = "is neither a folder nor a .csv file" if os.path.exists(path) else "does not exist"
        raise InputError(f"folder: path: '{shown(path)}' {what}")
    if not layout.rows:
        raise InputError(f"folder: path: '{shown(path)}' holds no picture")
    return layout


def _class_folders(root: Path, apart: Collection[Path]) -> Layout:
    ignored: Counter = Counter()
    classes = folders(root, apart)
    if not classes:
        raise InputError(
            f"folder: path: '{shown(root)}' has no folder of a class in it; pictures of one class "
            "go into one folder, or set dataset.path to a CSV file with columns path and label"
        )
    rows = _rows_of(root, root, classes, None, ignored)
    _count_beside(root, ignored)
    return Layout(root, tuple(rows), ignored)


def _split_folders(root: Path, apart: Collection[Path]) -> Layout | None:
    """Return the layout of train/, test/ and so on; None where the folders are others."""
    found = folders(root, apart)
    splits = [SPLIT_OF.get(name.lower()) for name in found]
    if "train" not in splits or None in splits:
        return None
    twice = next((split for split in splits if splits.count(split) > 1), None)
    if twice:
        both = " and ".join(f"'{n}'" for n, s in zip(found, splits, strict=True) if s == twice)
        raise InputError(f"folder: path: '{shown(root)}' has {both} for one split")
    ignored: Counter = Counter()
    rows: list[Row] = []
    for name, split in zip(found, splits, strict=True):
        rows += _rows_of(root, root / name, folders(root / name, apart), split, ignored)
        _count_beside(root / name, ignored)
    _count_beside(root, ignored)
    return Layout(root, tuple(rows), ignored)


def _rows_of(
    root: Path, folder: Path, classes: list[str], split: str | None, ignored: Counter
) -> list[Row]:
    rows = []
    for label in classes:
        found = [Row(path, path.relative_to(root).as_posix(), label, shown(path), split=split)
                 for path in pictures(folder / label, ignored)]  # fmt: skip
        if not found:
            raise InputError(f"folder: '{shown(folder / label)}' holds no picture")
        rows += found
    return rows


def _count_beside(folder: Path, ignored: Counter) -> None:
    for entry in entries(folder):
        if is_file(entry):
            hidden = entry.name.startswith(".")
            kind = "beside" if is_picture(entry.name) else "other"
            ignored["hidden" if hidden else kind] += 1


def _table(path: Path) -> Layout:
    root = path.parent
    table = read_table(path, ("path", "label"), ("mask", "group", "split"))
    rows, seen = [], {}
    for line, cells in table:
        where = f"{shown(path)}, line {line}"
        row = _table_row(root, cells, where)
        if row.name in seen:
            raise InputError(f"{where}: '{shown(row.name)}' is in line {seen[row.name]}, too")
        seen[row.name] = line
        rows.append(row)
    unsaid = [row.where for row in rows if row.split is None]
    if unsaid and len(unsaid) < len(rows):
        raise InputError(f"{unsaid[0]}: no split, though other lines have one")
    return Layout(root, tuple(rows), Counter())


def _table_row(root: Path, cells: dict[str, str], where: str) -> Row:
    path = inside(root, cells["path"], where)
    mask = inside(root, cells["mask"], where) if cells.get("mask") else None
    split = cells.get("split", "").lower()
    if split and split not in SPLIT_OF:
        raise InputError(
            f"{where}: split '{shown(split, 40)}'.{nearest(split, SPLIT_OF)} Allowed: train, "
            "validation, probe, test"
        )
    name = path.relative_to(root).as_posix()
    group = cells.get("group") or None
    return Row(path, name, cells["label"], where, mask, group, SPLIT_OF.get(split))
