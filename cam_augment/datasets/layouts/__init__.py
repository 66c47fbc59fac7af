"""How people and tools lay out pictures: each layout says whether a folder has it, or why not."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts.by_category import by_category
from cam_augment.datasets.layouts.by_class import by_class
from cam_augment.datasets.layouts.by_mask import Marks, by_mask
from cam_augment.datasets.layouts.by_split import by_split
from cam_augment.datasets.layouts.inspection import Defects, inspection
from cam_augment.datasets.layouts.parting import Contents, part
from cam_augment.datasets.layouts.rows import Layout, LeftOut, Misfit, Row
from cam_augment.datasets.layouts.table import ENDINGS, by_table, read_rows
from cam_augment.reading.listing import Tree, scan
from cam_augment.reading.names import shown
from cam_augment.reading.videos import is_video

Kind = Literal["auto", "classes", "splits", "inspection", "masks", "coco", "table"]
TITLES: Mapping[str, str] = {
    "inspection": "a folder 'train' of one class and 'test' of more, as MVTec AD",
    "splits": "folders of splits, of class folders each",
    "classes": "class folders",
    "coco": "pictures with a file of COCO's",
    "table": "pictures with a table",
    "masks": "pictures with masks, without classes",
}

Attempts = Mapping[str, Callable[[], Layout | Misfit]]

__all__ = ["TITLES", "Defects", "Kind", "Layout", "LeftOut", "Row", "read_layout"]


def read_layout(
    path: Path,
    marked: Marks,
    apart: Collection[Path] = (),
    kind: Kind = "auto",
    defects: Defects = "one",
    regions: Path | None = None,
    videos: bool = False,
) -> Layout:
    """Return the pictures that ``path`` names, with their classes.

    Args:
        path: a folder laid out in one of the ways of ``TITLES``, or a table with columns path and
            label, and optionally mask, group, split, and sequence with frame.
        marked: returns of pictures' masks the names of those in which something is marked.
        apart: folders that hold no pictures of a class, as their real paths.
        kind: which way; ``auto``: the one that fits.
        defects: whether types of defects are one class, see ``layouts.inspection``.
        regions: a file of COCO's that is not in the folder.
        videos: whether video files count as pictures, too.

    Raises:
        InputError: it is none of these, or several; or it names nothing, something twice, or a
            path that leads out of the folder.
    """
    if os.path.isdir(path):
        layout = _folder(path, marked, apart, kind, defects, regions, videos)
    elif path.suffix.lower() in ENDINGS and os.path.isfile(path):
        layout = read_rows(path)
    else:
        problem = (
            "is neither a folder nor a .csv file" if os.path.exists(path) else "does not exist"
        )
        raise InputError(f"folder: path: '{shown(path)}' {problem}")
    if not layout.rows:
        raise InputError(f"folder: path: '{shown(path)}' holds no picture")
    return layout


def _folder(
    path: Path,
    marked: Marks,
    apart: Collection[Path],
    kind: Kind,
    defects: Defects,
    regions: Path | None,
    videos: bool,
) -> Layout:
    tree = scan(path, apart, videos)
    _check_pictures(tree)
    contents = part(tree)
    by_folders: Attempts = {
        "inspection": lambda: inspection(contents, defects),
        "splits": lambda: by_split(contents),
        "classes": lambda: by_class(contents),
    }
    by_files: Attempts = {
        "coco": lambda: by_category(contents, regions),
        "table": lambda: by_table(contents),
        "masks": lambda: by_mask(contents, marked, all_folders=kind == "masks"),
    }
    misfits: dict[str, str] = {}
    for attempts in (by_folders, by_files):
        layout = _only(path, attempts, kind, misfits)
        if layout is not None:
            return _with_masks(_with_called_masks(layout, contents), contents)
    raise _unknown(tree, contents, misfits, kind)


def _only(path: Path, attempts: Attempts, kind: Kind, misfits: dict[str, str]) -> Layout | None:
    """Return the one layout that fits; add to ``misfits`` why the others do not.

    Raises:
        InputError: several fit.
    """
    layouts: dict[str, Layout] = {}
    for name, attempt in attempts.items():
        if kind not in ("auto", name) or (name == "masks" and layouts):
            continue  # masks of pictures whose classes are known say nothing of these
        outcome = attempt()
        if isinstance(outcome, Misfit):
            misfits[name] = outcome.why
        else:
            layouts[name] = outcome
    if len(layouts) > 1:
        both = " and as ".join(f'{TITLES[name]} (layout = "{name}")' for name in layouts)
        raise InputError(
            f"folder: path: '{shown(path)}' can be read as {both}: set dataset.layout to one"
        )
    return next(iter(layouts.values()), None)


def _with_masks(layout: Layout, contents: Contents) -> Layout:
    """Return a layout whose rows have the masks that lie with the pictures."""
    rows = tuple(
        replace(row, masks=row.masks or contents.masks.get(row.name, ())) for row in layout.rows
    )
    return layout.with_rows(rows)


def _with_called_masks(layout: Layout, contents: Contents) -> Layout:
    """Return a layout that says which of its folders of pictures are called masks."""
    counts = [
        (folder, sum(row.name.startswith(f"{folder}/") for row in layout.rows))
        for folder in contents.pictures_called_masks
    ]
    return replace(layout, called_masks=tuple(pair for pair in counts if pair[1]))


def _check_pictures(tree: Tree) -> None:
    """Raise InputError where nothing in a folder is a picture, and say what there is."""
    if tree.all_pictures:
        return
    endings = Counter(
        file.suffix.lower() or "without ending" for inner in tree.all for file in inner.files
    )
    present = ", ".join(f"{count:,} {shown(end, 20)}" for end, count in endings.most_common(5))
    videos = any(is_video(str(file)) for inner in tree.all for file in inner.files)
    how = ". dataset.frames says how many frames a second are taken of videos" if videos else ""
    raise InputError(
        f"folder: path: '{shown(tree.path)}' holds no picture; the files in it are: "
        f"{present or 'none'}{how}"
    )


def _unknown(tree: Tree, contents: Contents, misfits: Mapping[str, str], kind: Kind) -> InputError:
    place = shown(tree.path)
    if kind != "auto":
        return InputError(f"folder: layout: '{place}' is not laid out as {kind}: {misfits[kind]}")
    folders = ", ".join(f"'{shown(folder.name, 40)}'" for folder in contents.tree.folders[:6])
    return InputError(
        f"folder: path: '{place}' has no classes that can be told: {misfits['classes']} (folders "
        f"in it: {folders or 'none'}). Put the pictures of each class into a folder, or set "
        "dataset.path to a CSV file with columns path and label"
    )
