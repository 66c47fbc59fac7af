"""Make the four splits of pictures that were collected."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.datasets.collection import Collection
from cam_augment.datasets.remarks import duplicate_notes
from cam_augment.datasets.shares import check_shares, cut
from cam_augment.datasets.splits import SPLITS, stratified
from cam_augment.reading.names import shown
from cam_augment.records import DataSet, Notice, Split


def divide_collection(
    name: str,
    found: Collection,
    shares: Mapping[str, float],
    seed: int,
    notes: Sequence[Notice] = (),
) -> DataSet:
    """Return the data set of a collection, with what its report should say.

    Splits that the data bring along are taken whole. The others are cut from what is left
    or marked ``train``, their shares taken relative to each other and to what is in none.
    Every class has its share in each, and no group is in two.

    Args:
        shares: of the images, per split as named in ``SPLITS``.
        notes: further notes for the report.

    Raises:
        InputError: the shares are more than everything, or a split lacks a class.
    """
    check_shares(name, shares)
    parts = _parts(name, found, shares, seed)
    for split in SPLITS:
        _check_classes(name, found, split, parts[split])
    notes = (*notes, *found.notes, *_group_notes(found, parts), *_repeated(found, parts))
    train, validation, probe, test = (_split(found, parts[split]) for split in SPLITS)
    product = None if found.products is None else found.products[parts["probe"]]
    return DataSet(
        name, found.classes, train, validation, probe, test, notes,
        product=product, reading=found.reading,
    )  # fmt: skip


def _parts(
    name: str, found: Collection, shares: Mapping[str, float], seed: int
) -> dict[str, np.ndarray]:
    """Return the indices of each split, in the order of ``SPLITS``."""
    said = np.array([item.split or "train" for item in found.items])
    given = {split: np.flatnonzero(said == split) for split in SPLITS[1:] if split in said}
    pool = np.flatnonzero(said == "train")
    if not len(pool):
        raise InputError(f"{name}: no image is of split 'train'")
    free = [split for split in SPLITS if split not in given]
    scale = 1 - sum(shares[split] for split in given)
    groups = _groups(found)
    groups = None if groups is None else np.unique(groups[pool], return_inverse=True)[1]
    cuts = cut(found.labels[pool], groups, [shares[split] / scale for split in free], seed)
    parts = {split: pool[part] for split, part in zip(free, cuts, strict=True)}
    parts |= given
    return {split: _interleaved(parts[split], found.labels, seed) for split in SPLITS}


def _interleaved(part: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Return a split's indices so that its first images have the classes' shares, too."""
    return part[stratified(labels[part], [len(part)], seed)[0]]


def _groups(found: Collection) -> np.ndarray | None:
    """Return the group of each image, int [image]; one without a group is its own."""
    names = [item.group for item in found.items]
    if not any(names):
        return None
    number = {group: place for place, group in enumerate(dict.fromkeys(filter(None, names)))}
    alone = len(number) + np.arange(len(names))
    return np.array([number[g] if g else own for g, own in zip(names, alone, strict=True)])


def _check_classes(name: str, found: Collection, split: str, part: np.ndarray) -> None:
    missing = np.setdiff1d(np.arange(len(found.classes)), found.labels[part])
    if len(missing):
        there = int((found.labels == missing[0]).sum())
        groups = " in their groups" if any(item.group for item in found.items) else ""
        raise InputError(
            f"{name}: {split} ({len(part)} images) holds none of class "
            f"'{found.classes[missing[0]]}', of which there are {there}{groups}: give {split} a "
            "greater share, or more images of the class"
        )


def _group_notes(found: Collection, parts: Mapping[str, np.ndarray]) -> list[Notice]:
    """Return a note where the data's own splits tear a group apart."""
    where: dict[str, set[str]] = {}
    for split, part in parts.items():
        for index in part:
            if group := found.items[index].group:
                where.setdefault(group, set()).add(split)
    torn = sorted(group for group, splits in where.items() if len(splits) > 1)
    if not torn:
        return []
    groups = [shown(group, 40) for group in torn[:3]]
    return [Notice.of("pictures.groups_torn", count=len(torn), groups=groups)]


def _repeated(found: Collection, parts: Mapping[str, np.ndarray]) -> list[Notice]:
    names = [item.name for item in found.items]
    return duplicate_notes(names, found.hashes, found.thumbs, parts)


def _split(found: Collection, part: np.ndarray) -> Split:
    masks = None if found.masks is None else found.masks[part]
    return Split(found.images[part], found.labels[part], masks)
