"""A table of pictures: their paths and classes, and where it says so masks, groups and splits."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from cam_augment.base.errors import InputError, nearest
from cam_augment.datasets.layouts.names import SPLITS, split_of
from cam_augment.datasets.layouts.parting import Contents
from cam_augment.datasets.layouts.rows import Layout, Misfit, Row
from cam_augment.reading.finder import Finder, normal
from cam_augment.reading.lacking import is_lacking
from cam_augment.reading.listing import below, inside, is_absolute, scan
from cam_augment.reading.names import shown
from cam_augment.reading.tables import read_table

ENDINGS = (".csv", ".tsv", ".txt", ".tab")
NAMES: Mapping[str, Sequence[str]] = {
    "path": (
        "filename", "file_name", "image", "image_path", "file", "filepath", "file_path", "img",
        "img_path", "image_name", "imagename", "image_file", "img_name", "picture", "photo", "name",
        "image_id", "img_id", "id", "datei", "bild", "fichier", "ファイル", "ファイル名", "画像",
    ),
    "label": (
        "class", "class_name", "classname", "category", "target", "label_name", "labels",
        "class_label", "species", "diagnosis", "dx", "defect", "type", "y", "klasse", "classe",
        "ラベル", "クラス", "分類",
    ),
    "mask": ("mask_path", "mask_file", "mask_name", "masks", "ground_truth", "segmentation"),
    "group": ("group_id", "groups", "グループ"),
    "split": ("subset", "partition", "phase", "set"),
    "sequence": ("sequence_id", "sequence_name", "シーケンス"),
    "frame": ("frame_number", "frame_id", "frame_index", "フレーム"),
}  # fmt: skip

_OPTIONAL = ("mask", "group", "split", "sequence", "frame")


def by_table(contents: Contents) -> Layout | Misfit:
    """Return the layout of the one table that lies in a folder of pictures without classes.

    Raises:
        InputError: there are two of them.
    """
    tables = [file for file in contents.tree.files if file.suffix.lower() in ENDINGS[:3]]
    layouts, reasons = [], []
    for table in tables:
        try:
            layout = read_rows(table)
            present = sum(os.path.isfile(row.path) for row in layout.rows)
            if layout.rows and 2 * present > len(layout.rows):
                layouts.append((table, layout))
        except InputError as error:
            reasons.append(str(error))
    if len(layouts) > 1:
        names = " and ".join(f"'{shown(table.name)}'" for table, _ in layouts)
        raise InputError(
            f"folder: path: '{shown(contents.tree.path)}' has {names}, each with classes of its "
            "pictures; set dataset.path to one of them"
        )
    return layouts[0][1] if layouts else Misfit(reasons[0] if reasons else "no table lies in it")


def read_rows(path: Path) -> Layout:
    """Return the layout of a table.

    Raises:
        InputError: it cannot be read, lacks a column, names a picture twice, or a path that leads
            out of its folder.
    """
    pictures = _Pictures(path.parent)
    rows: list[Row] = []
    lines: dict[str, int] = {}
    table, encoding = read_table(path, ("path", "label"), _OPTIONAL, NAMES)
    for number, cells in table:
        where = f"{shown(path)}, line {number}"
        row = _row(pictures, cells, where)
        if row.name in lines:
            raise InputError(f"{where}: '{shown(row.name)}' is in line {lines[row.name]}, too")
        lines[row.name] = number
        rows.append(row)
    unsaid = [row.where for row in rows if row.split is None]
    if unsaid and len(unsaid) < len(rows):
        raise InputError(f"{unsaid[0]}: no split, though other lines have one")
    substitutes = tuple(pictures.substitutes.items())
    return Layout("table", path.parent, tuple(rows), encoding=encoding, substitutes=substitutes)


class _Pictures:
    """Finds the pictures that a table names below a folder.

    Attributes:
        substitutes: what the table says of files that are not there so, to what was taken.
    """

    def __init__(self, root: Path):
        self.root = root
        self.substitutes: dict[str, str] = {}

    def path(self, text: str, where: str) -> Path:
        """Return the file that a cell names, which need not be there.

        One that is not there may be named without its ending, or as it lay on another machine,
        before the data were split anew.

        Raises:
            InputError: it leads out of the folder.
        """
        is_foreign = is_absolute(text) and below(self.root, text) is None
        path = None if is_foreign else inside(self.root, text, where)
        if path is not None and os.path.exists(path):  # False for a name too long
            return path
        name = self._finder.by_path(text) or self._finder.by_stem(text)
        if name is None and is_foreign:
            name = self._moved(text)
        if name is None or not (is_foreign or self._may_mean(text, name)):
            return path or inside(self.root, text, where)
        self.substitutes[text] = name
        return self.root / name

    def _moved(self, text: str) -> str | None:
        """Return the picture that lies in another split now than a path says.

        No two pictures may have one name: else the one that is meant may be missing.
        """
        name = self._finder.near(text)
        paths = [PurePosixPath(path.replace("\\", "/")) for path in (text, name or "")]
        return name if all(any(map(split_of, path.parts[:-1])) for path in paths) else None

    def _may_mean(self, text: str, name: str) -> bool:
        """Return whether a path below the folder may be another's: it names no other folder.

        That of the shorter path must end that of the longer one; where the folder that the text
        names is there, the file is missing from it.
        """
        written, actual = (
            PurePosixPath(normal(part.replace("\\", "/")).casefold()).parent.parts
            for part in (below(self.root, text) or text, name)
        )
        if written and os.path.isdir(inside(self.root, text, "").parent):
            return written == actual
        pairs = zip(reversed(written), reversed(actual), strict=False)
        return all(one == other for one, other in pairs)

    @cached_property
    def _finder(self) -> Finder:
        tree = scan(self.root)
        return Finder([path.relative_to(self.root).as_posix() for path in tree.all_pictures])


def _row(pictures: _Pictures, cells: dict[str, str], where: str) -> Row:
    if not cells["path"]:
        raise InputError(f"{where}: no path of a picture")
    path = pictures.path(cells["path"], where)
    masks = tuple(_masks(pictures, cells.get("mask", ""), where))
    text = cells.get("split", "")
    split = split_of(text) if text else None
    if text and split is None:
        raise InputError(
            f"{where}: split '{shown(text, 40)}'.{nearest(text.lower(), SPLITS)} Allowed: "
            f"{', '.join(SPLITS)}"
        )
    name = path.relative_to(pictures.root).as_posix()
    group, sequence = (_named(cells.get(column, "")) for column in ("group", "sequence"))
    frame = None if sequence is None else _frame(cells, where)
    return Row(path, name, normal(cells["label"]), where, masks, group, split, sequence, frame)


def _named(cell: str) -> str | None:
    """Return the name in a cell; None where programs write that it is lacking."""
    return None if is_lacking(cell) else normal(cell)


def _frame(cells: dict[str, str], where: str) -> float:
    """Return the number, or the time, of a frame of a sequence."""
    if "frame" not in cells:
        raise InputError(f"{where}: a sequence, and the table has no column 'frame'")
    try:
        frame = float(cells["frame"])
    except ValueError:
        frame = math.nan
    if not math.isfinite(frame):
        raise InputError(
            f"{where}: frame '{shown(cells['frame'], 40)}'; expected its number or time in the "
            "sequence"
        )
    return frame


def _masks(pictures: _Pictures, cell: str, where: str) -> Iterator[Path]:
    """Yield the masks that a cell names, several with bars between them."""
    for text in filter(None, (part.strip() for part in cell.split("|"))):
        yield pictures.path(text, where)
