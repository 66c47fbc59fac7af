"""Folders of splits, each with a folder for each class."""

from collections.abc import Sequence

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts.by_class import class_folders, leftovers, rows_of, unpack
from cam_augment.datasets.layouts.names import split_of
from cam_augment.datasets.layouts.parting import Contents
from cam_augment.datasets.layouts.rows import Layout, Misfit
from cam_augment.reading.listing import Tree
from cam_augment.reading.names import shown


def by_split(contents: Contents) -> Layout | Misfit:
    """Return the layout of split folders; folders beside them are left out."""
    top = above_splits(contents.tree)
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
        for row in rows_of(contents.tree.path, folder, folder.name, split)
    ]
    folders = [tree for tree, _ in splits]
    class_trees = [inner for tree in folders for inner in class_folders(tree)]
    file_counts, left_out = leftovers(contents, [top, *folders], class_trees, "beside")
    return Layout("splits", contents.tree.path, tuple(rows), file_counts, left_out)


def above_splits(tree: Tree) -> Tree:
    """Return the folder in which the folders of splits are: this one, or its only one."""
    nonempty = [folder for folder in tree.folders if folder.all_pictures]
    if len(nonempty) == 1 and not tree.pictures and not split_folders(tree):
        return above_splits(nonempty[0])
    return tree


def split_folders(tree: Tree) -> list[tuple[Tree, str]]:
    """Return the folders of splits, each with its split; none without one to learn from.

    Each must hold folders, and few pictures beside these.
    """
    splits = []
    for folder in tree.folders:
        siblings = [other.name for other in tree.folders if other.path != folder.path]
        split = split_of(folder.name, siblings)
        inner = _unpack(folder)
        if split and class_folders(inner) and 2 * len(inner.pictures) < len(inner.all_pictures):
            splits.append((inner, split))
    return splits if "train" in [split for _, split in splits] else []


def _unpack(folder: Tree) -> Tree:
    """Return the folder of classes: ``seg_train/seg_train`` has them one deeper."""
    inner = unpack(folder)
    nonempty = [f for f in inner.folders if f.all_pictures]
    is_copy = len(nonempty) == 1 and nonempty[0].name == folder.name and not inner.pictures
    return nonempty[0] if is_copy and nonempty[0].folders else inner


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
