"""A folder for each class; pictures may lie deeper in it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cam_augment.base.errors import InputError
from cam_augment.datasets.layouts.names import is_sound, split_of
from cam_augment.datasets.layouts.parting import Contents
from cam_augment.datasets.layouts.rows import Layout, LeftOut, Misfit, Row
from cam_augment.reading.listing import Tree
from cam_augment.reading.names import shown


def by_class(contents: Contents) -> Layout | Misfit:
    """Return the layout of class folders."""
    tree = unpack(contents.tree)
    classes = class_folders(tree)
    if not classes:
        return Misfit("it has no folder of a class in it")
    splits = [f for f in classes if split_of(f.name, _others(f, classes)) and f.folders]
    classes = [f for f in classes if f not in splits]
    again = {inner.name for folder in splits for inner in folder.folders}
    if splits and (len(classes) < 2 or not {folder.name for folder in classes} <= again):
        return Misfit(f"'{shown(splits[0].name)}' is called as splits are")
    if all(_has_splits(folder) for folder in classes):
        return Misfit(
            f"its folders hold splits of their own; one of them, such as '{shown(classes[0].name)}'"
            ", is a data set"
        )
    if len(classes) > 1 and all(_has_sound_class(folder) for folder in classes):
        return Misfit(
            "each of its folders holds sound parts and others; one of them, such as "
            f"'{shown(classes[0].name)}', is a data set"
        )
    if len(classes) == 1 and tree.pictures:
        return Misfit(f"'{shown(classes[0].name)}' is its only folder, and pictures lie beside it")
    if all(split_of(f.name, _others(f, classes)) for f in classes):
        return Misfit("its folders are called as splits are")
    root, has_splits = contents.tree.path, all(map(_splits_in, classes))
    rows = [
        row
        for folder in classes
        for part, split in (_splits_in(folder) if has_splits else [(folder, None)])
        for row in rows_of(root, part, folder.name, split)
    ]
    return Layout("classes", contents.tree.path, tuple(rows), *leftovers(contents, [tree], classes))


def unpack(tree: Tree) -> Tree:
    """Return the folder in which the others are: archives often unpack into one folder more."""
    nonempty = [folder for folder in tree.folders if folder.all_pictures]
    if tree.pictures or len(nonempty) != 1 or not class_folders(nonempty[0]):
        return tree
    inner = unpack(nonempty[0])
    is_copy = inner.name == tree.name
    return inner if is_copy or len(class_folders(inner)) > 1 else tree


def class_folders(tree: Tree) -> list[Tree]:
    """Return the folders that hold pictures.

    Raises:
        InputError: a folder is empty: a class may be meant.
    """
    for folder in tree.folders:
        if not any(inner.pictures or inner.files or inner.hidden for inner in folder.all):
            raise InputError(f"folder: '{shown(folder.path)}' holds no picture")
    return [folder for folder in tree.folders if folder.all_pictures]


def rows_of(root: Path, folder: Tree, label: str, split: str | None = None) -> list[Row]:
    """Return the pictures of a folder, of one class."""
    return [
        Row(path, path.relative_to(root).as_posix(), label, shown(path), split=split)
        for path in folder.all_pictures
    ]


def leftovers(
    contents: Contents, above: Sequence[Tree], class_trees: Sequence[Tree], why: str = "empty"
) -> tuple[Counter, tuple[LeftOut, ...]]:
    """Return which files and folders are left out, where ``class_trees`` are those of the classes.

    Args:
        above: the folders in which these lie. why: of folders of pictures that are not taken.
    """
    root = contents.tree.path
    file_counts: Counter = Counter()
    left_out = list(contents.left_out)
    paths = {folder.path for folder in class_trees}
    for tree in (contents.tree, *(t for t in above if t.path != contents.tree.path)):
        file_counts["beside"] += len(tree.pictures)
        _count_files(file_counts, tree)
        left_out += _system(root, tree)
    for folder in (inner for tree in class_trees for inner in tree.all):
        _count_files(file_counts, folder)
        left_out += _system(root, folder)
    for folder in (f for tree in (contents.tree, *above) for f in tree.folders):
        place = folder.path
        if not any(path.is_relative_to(place) or place.is_relative_to(path) for path in paths):
            reason = why if folder.all_pictures else "empty"
            name = place.relative_to(root).as_posix()
            left_out.append(LeftOut(reason, name, len(folder.all_pictures)))
    return file_counts, tuple(dict.fromkeys(left_out))


def _count_files(file_counts: Counter, tree: Tree) -> None:
    file_counts["hidden"] += tree.hidden
    file_counts["other"] += len(tree.files)


def _system(root: Path, tree: Tree) -> list[LeftOut]:
    return [
        LeftOut("system", (tree.path / name).relative_to(root).as_posix(), 0)
        for name in tree.system
    ]


def _splits_in(folder: Tree) -> list[tuple[Tree, str | None]]:
    """Return the splits in a class's folder; none unless all of its pictures lie in such."""
    nonempty = [inner for inner in folder.folders if inner.all_pictures]
    names = [inner.name for inner in nonempty]
    splits = [split_of(name, set(names) - {name}) for name in names]
    if folder.pictures or None in splits or not {"train", "test"} <= set(splits):
        return []
    return list(zip(nonempty, splits, strict=True))


def _has_splits(folder: Tree) -> bool:
    """Return whether a folder holds one to learn from and one to test on, of class folders."""
    names = [inner.name for inner in folder.folders if inner.folders]
    splits = {split_of(name, set(names) - {name}) for name in names}
    return {"train", "test"} <= splits


def _has_sound_class(folder: Tree) -> bool:
    """Return whether a folder holds class folders, that of sound parts among them, as VisA's do."""
    names = [inner.name for inner in folder.folders if inner.all_pictures]
    if len(names) == 1 and not folder.pictures:
        return _has_sound_class(next(f for f in folder.folders if f.all_pictures))
    return len(names) > 1 and any(map(is_sound, names))


def _others(folder: Tree, folders: Sequence[Tree]) -> list[str]:
    return [other.name for other in folders if other.path != folder.path]
