"""Tell masks from pictures: by the folders that hold them, and by names beside each other."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np

from cam_augment.datasets.layouts.names import (
    is_masks,
    is_pictures,
    may_be_masks,
    number_of,
    stems_behind,
)
from cam_augment.datasets.layouts.rows import LeftOut
from cam_augment.reading.finder import Finder, normal
from cam_augment.reading.listing import Tree
from cam_augment.reading.masks import is_drawn, is_photograph
from cam_augment.reading.pictures import Damaged, opened

Item = TypeVar("Item")
_LEAST_MATCHES = 0.5  # of the pictures in a folder, for it to be one of masks
_LOOKED_AT = 6  # pictures that are masks by their names
_NUMBERS = re.compile(r"\(?\d+\)?")
_MASK_ENDINGS = (".png", ".bmp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True)
class Contents:
    """A folder whose masks lie apart.

    Attributes:
        tree: the folder without masks; folders that are called ``images`` and no more are gone
            from it, what they hold is in the folder above.
        masks: files of masks by picture, as paths below the folder.
        left_out: the folders of masks. unused: masks that no picture has the name of.
        pictures_called_masks: folders that are called masks, and hold pictures all the same.
    """

    tree: Tree
    masks: dict[str, tuple[Path, ...]]
    left_out: tuple[LeftOut, ...]
    unused: int = 0
    pictures_called_masks: tuple[str, ...] = ()


def part(tree: Tree) -> Contents:
    """Return a folder's pictures and masks apart."""
    root = tree.path
    aside = [folder for folder in _mask_folders(tree) if folder.all_pictures]
    matcher = Matcher(root, _without(tree, aside).all_pictures)
    masks: dict[str, list[Path]] = {}
    mask_folders: list[Tree] = []
    left_out: list[LeftOut] = []
    unused = 0
    for folder in aside:
        matches = [(matcher.picture_of(path, root), path) for path in folder.all_pictures]
        count = sum(name is not None for name, _ in matches)
        if not _holds_masks(folder, tree, count):
            continue
        mask_folders.append(folder)
        left_out.append(
            LeftOut("masks" if count else "unmatched", _below(root, folder.path), len(matches))
        )
        unused += len(matches) - count if count else 0
        for name, path in matches:
            if name is not None:
                masks.setdefault(name, []).append(path)
    bare, beside = _masks_beside(_lift(_without(tree, mask_folders)))
    for picture, path in beside:
        masks.setdefault(_below(root, picture), []).append(path)
    union = {name: tuple(paths) for name, paths in masks.items()}
    rest = [folder for folder in aside if folder not in mask_folders and is_masks(folder.name)]
    called_masks = tuple(_below(root, folder.path) for folder in rest)
    return Contents(bare, union, tuple(left_out), unused, called_masks)


def _holds_masks(folder: Tree, root: Tree, matches: int) -> bool:
    """Return whether a folder that may be one of masks is one.

    Many colours make photographs, but not where both the folder's name and those of its files
    say masks, and most look drawn: maps of objects have colours by chance.

    Args:
        matches: how many of its files are called like pictures.
    """
    has_matches = matches >= _LEAST_MATCHES * len(folder.all_pictures)
    if not (is_masks(folder.name) or has_matches) or _is_one_of_classes(folder, root):
        return False
    sample = _sample(folder.all_pictures)
    if not all(is_photograph(path, str(path)) for path in sample):
        return True
    is_sure = is_masks(folder.name) and has_matches
    return is_sure and 2 * sum(is_drawn(path, str(path)) for path in sample) >= len(sample)


class Matcher:
    """Finds the picture of a mask by the mask's path.

    Folders that are called after masks or pictures, and words such as ``_mask``, do not count; a
    folder that is called like a picture may hold several masks of it.

    Args:
        root: the folder of the pictures. pictures: their files.
    """

    def __init__(self, root: Path, pictures: Sequence[Path]):
        self._names: dict[str, str] = {}
        for path in pictures:
            name = _below(root, path)
            key = PurePosixPath(_key(name))
            self._names[str(key)] = name
        self._finder = Finder(self._names)
        numbered = {
            str(PurePosixPath(key).with_name(number + PurePosixPath(key).suffix)): name
            for key, name in self._names.items()
            if (number := number_of(PurePosixPath(key).stem)) is not None
        }
        self._numbered, self._number_finder = numbered, Finder(numbered)

    @property
    def twins(self) -> set[str]:
        """Paths without endings that several pictures have."""
        return self._finder.twins

    def picture_of(self, mask: Path, root: Path) -> str | None:
        """Return the name of the picture that a mask below ``root`` belongs to; None: of none."""
        for stem in self.stems_of(mask, root):
            key = self._finder.by_stem(stem)
            if key is not None:
                return self._names[key]
            key = self._number_finder.by_stem(stem)
            if key is not None:
                return self._numbered[key]
        return None

    def stems_of(self, mask: Path, root: Path) -> Iterator[str]:
        """Yield what the path of a mask's picture may be, without its ending."""
        key = PurePosixPath(_key(_below(root, mask)))
        for stem in stems_behind(key.stem):
            yield str(key.with_name(stem))
        if str(key.parent) != ".":
            yield str(key.parent)


def _key(name: str) -> str:
    """Return a path without the folders that say only whether pictures or masks are in them."""
    *folders, last = normal(name).split("/")
    return "/".join([f for f in folders if not is_pictures(f) and not may_be_masks(f)] + [last])


def _below(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _mask_folders(tree: Tree) -> Iterator[Tree]:
    """Yield the folders that may hold masks, by their names; not those inside one."""
    for folder in tree.folders:
        if may_be_masks(folder.name):
            yield folder
        else:
            yield from _mask_folders(folder)


def _is_one_of_classes(folder: Tree, root: Tree) -> bool:
    """Return whether others beside a folder are called by its word, too: "mask" and "no_mask"."""
    word = normal(folder.name).lower().rstrip("s")
    return any(
        word in normal(other.name).lower()
        for tree in root.all
        if tree.path == folder.path.parent
        for other in tree.folders
        if other.path != folder.path and not may_be_masks(other.name)
    )


def _without(tree: Tree, removal: Sequence[Tree]) -> Tree:
    """Return a tree without some of its folders."""
    paths = {folder.path for folder in removal}
    folders = tuple(_without(f, removal) for f in tree.folders if f.path not in paths)
    return replace(tree, folders=folders)


def _lift(tree: Tree) -> Tree:
    """Return a tree in which a folder ``images`` by itself is merged with the folder above."""
    folders = tuple(_lift(folder) for folder in tree.folders)
    nonempty = [folder for folder in folders if folder.all_pictures]
    if len(nonempty) != 1 or not is_pictures(nonempty[0].name):
        return replace(tree, folders=folders)
    inner = nonempty[0]
    return replace(
        tree,
        folders=tuple(f for f in folders if f is not inner) + inner.folders,
        pictures=tree.pictures + inner.pictures,
        files=tree.files + inner.files,
        hidden=tree.hidden + inner.hidden,
        system=tree.system + inner.system,
    )


# ---- beside each other


def _masks_beside(tree: Tree) -> tuple[Tree, list[tuple[Path, Path]]]:
    """Return a tree without masks beside their pictures, and pairs of picture and mask."""
    pairs = list(_pairs(tree.pictures))
    masks = {mask for _, mask in pairs}
    folders = []
    for folder in tree.folders:
        inner, more = _masks_beside(folder)
        folders.append(inner)
        pairs += more
    pictures = tuple(picture for picture in tree.pictures if picture not in masks)
    return replace(tree, folders=tuple(folders), pictures=pictures), pairs


def _pairs(pictures: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each picture of a folder that has a mask beside it, with the mask."""
    of_stem: dict[str, list[Path]] = {}
    for picture in pictures:
        of_stem.setdefault(normal(picture.stem).casefold(), []).append(picture)
    ending = _ending_of_masks(list(of_stem.values()))
    by_name: dict[str, list[tuple[Path, Path]]] = {}
    for picture in pictures:
        stem = normal(picture.stem)
        twins = [p for p in of_stem[stem.casefold()] if p.suffix.lower() != ending]
        if picture.suffix.lower() == ending and len(twins) == 1:
            yield twins[0], picture
            continue
        for behind in stems_behind(stem)[1:]:
            siblings = [p for p in of_stem.get(behind.casefold(), []) if p.suffix.lower() != ending]
            if len(siblings) == 1:
                kind = _NUMBERS.sub("", stem.casefold().replace(behind.casefold(), "", 1))
                by_name.setdefault(kind, []).append((siblings[0], picture))
                break
    for kind, pairs in by_name.items():
        yield from _without_photographs(pairs, is_sure=is_masks(kind))


def _without_photographs(
    pairs: list[tuple[Path, Path]], is_sure: bool
) -> Iterator[tuple[Path, Path]]:
    """Yield those of some pairs, whose masks are called alike, of which the mask may be one.

    A picture ``part_label.jpg`` may show the label of a part. Where no mask that is looked at is
    a photograph none is; else all are looked at.

    Args:
        is_sure: whether the names say masks and nothing else: what looks drawn is one then.
    """

    def is_picture(path: Path) -> bool:
        drawn = is_sure and is_drawn(path, str(path))
        return not drawn and is_photograph(path, str(path))

    has_some = any(is_picture(mask) for _, mask in _sample(pairs))
    for picture, mask in pairs:
        if not has_some or not is_picture(mask):
            yield picture, mask


def _sample(items: Sequence[Item]) -> Sequence[Item]:
    """Return a few, from the first to the last."""
    return items[:: -(-len(items) // _LOOKED_AT)]


def _ending_of_masks(groups: list[list[Path]]) -> str | None:
    """Return the ending of masks that are called exactly like their pictures beside them.

    Most of the pictures must come in such pairs, and those of the ending be of two values.
    """
    pairs = [group for group in groups if len(group) == 2]
    if len(pairs) < max(1, len(groups) / 2):
        return None
    endings = Counter(path.suffix.lower() for pair in pairs for path in pair)
    for ending, count in endings.most_common(2):
        if ending in _MASK_ENDINGS and count == len(pairs):
            sample = [p for pair in _sample(pairs) for p in pair if p.suffix.lower() == ending]
            if all(_has_two_values(path) for path in sample):
                return ending
    return None


def _has_two_values(path: Path) -> bool:
    try:
        image = opened(path, str(path)).image
    except Damaged:
        return False
    return len(np.unique(np.asarray(image.convert("L")))) <= 2
