"""Folders of splits, each with a folder for each class."""

from collections.abc import Sequence

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts.by_class import class_folders, leftovers, rows_of, unpacked
from cam_augment.datasets.layouts.names import split_of
from cam_augment.datasets.layouts.parting import Parted
from cam_augment.datasets.layouts.rows import Layout, Misfit
from cam_augment.reading.listing import Tree
from cam_augment.reading.names import shown


def by_split(parted: Parted) -> Layout | Misfit:
    """Return the layout of split folders; folders beside them are left out."""
    top = above_splits(parted.tree)
    splits = split_folders(top)
    if not splits:
        return Misfit("it has no folder 'train' of folders")
    trains = [tree for tree, split in splits if split == "train"]
    if len(trains) == 1 and len(class_folders(trains[0])) == 1 and _is_wider(splits, trains[0]):
        return Misfit("'train' has one class and 'test' has more")
    check_once(top, splits)
    rows = [
        row
        for tree, split in splits
        for folder in class_folders(tree)
        for row in rows_of(parted.tree.path, folder, folder.name, split)
    ]
    folders = [tree for tree, _ in splits]
    taken = [inner for tree in folders for inner in class_folders(tree)]
    ignored, left_out = leftovers(parted, [top, *folders], taken, "beside")
    return Layout("splits", parted.tree.path, tuple(rows), ignored, left_out)


def above_splits(tree: Tree) -> Tree:
    """Return the folder in which the folders of splits are: this one, or its only one."""
    filled = [folder for folder in tree.folders if folder.all_pictures]
    if len(filled) == 1 and not tree.pictures and not split_folders(tree):
        return above_splits(filled[0])
    return tree


def split_folders(tree: Tree) -> list[tuple[Tree, str]]:
    """Return the folders of splits, each with its split; none without one to learn from.

    Each must hold folders, and no pictures beside these.
    """
    splits = []
    for folder in tree.folders:
        others = [other.name for other in tree.folders if other.path != folder.path]
        split = split_of(folder.name, others)
        inner = _unpacked(folder)
        if split and class_folders(inner) and not inner.pictures:
            splits.append((inner, split))
    return splits if "train" in [split for _, split in splits] else []


def _unpacked(folder: Tree) -> Tree:
    """Return the folder of classes: ``seg_train/seg_train`` has them one deeper."""
    inner = unpacked(folder)
    filled = [f for f in inner.folders if f.all_pictures]
    again = len(filled) == 1 and filled[0].name == folder.name and not inner.pictures
    return filled[0] if again and filled[0].folders else inner


def check_once(top: Tree, splits: Sequence[tuple[Tree, str]]) -> None:
    """Raise InputError where two folders are of one split."""
    kinds = [split for _, split in splits]
    twice = next((split for split in kinds if kinds.count(split) > 1), None)
    if twice:
        both = " and ".join(f"'{shown(tree.name)}'" for tree, split in splits if split == twice)
        raise InputError(f"folder: path: '{shown(top.path)}' has {both} for one split")


def _is_wider(splits: Sequence[tuple[Tree, str]], train: Tree) -> bool:
    """Return whether some split has classes that the folder to learn from lacks."""
    known = {folder.name for folder in train.folders}
    return any({folder.name for folder in tree.folders} - known for tree, _ in splits)
