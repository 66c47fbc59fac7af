"""Pictures without classes, with masks: what has something marked in it is one class."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cam_augment.datasets.layouts.by_class import leftovers, rows_of
from cam_augment.datasets.layouts.names import split_of
from cam_augment.datasets.layouts.parting import Contents
from cam_augment.datasets.layouts.rows import Layout, Misfit, Row
from cam_augment.reading.listing import Tree

MARKED, UNMARKED = "marked", "unmarked"

Marks = Callable[[Mapping[str, tuple[Path, ...]]], set[str]]


def by_mask(contents: Contents, marked: Marks, *, all_folders: bool = False) -> Layout | Misfit:
    """Return the layout of classes ``marked`` and ``unmarked``.

    Args:
        marked: returns of pictures' masks the names of those in which something is marked.
        all_folders: whether all pictures count, whatever folders they lie in; else those are taken
            that lie in the folder itself, or in folders of splits.
    """
    if not contents.masks:
        return Misfit("no masks lie with its pictures")
    folders = _folders(contents.tree, all_folders)
    if not folders:
        return Misfit("its pictures lie in folders")
    names = marked(contents.masks)
    rows = []
    for folder, split in folders:
        for row in rows_of(contents.tree.path, folder, UNMARKED, split):
            label = MARKED if row.name in names else UNMARKED
            rows.append(Row(row.path, row.name, label, row.where, split=split))
    class_trees = [folder for folder, _ in folders]
    _, left_out = leftovers(contents, [contents.tree], class_trees, "beside")
    return Layout("masks", contents.tree.path, tuple(rows), left_out=left_out)


def _folders(tree: Tree, all_folders: bool) -> list[tuple[Tree, str | None]]:
    """Return the folders of pictures, with their splits."""
    if all_folders:
        return [(tree, None)]
    splits: list[tuple[Tree, str | None]] = []
    for folder in tree.folders:
        siblings = [other.name for other in tree.folders if other.path != folder.path]
        split = split_of(folder.name, siblings)
        if split and folder.pictures:
            splits.append((folder, split))
    if "train" in [split for _, split in splits]:
        return splits
    return [(tree, None)] if tree.pictures else []
