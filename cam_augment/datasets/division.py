"""Make the four splits of pictures that were collected."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.datasets.collection import Collection
from cam_augment.datasets.groups import numbered
from cam_augment.datasets.remarks import duplicate_notes
from cam_augment.datasets.shares import check_shares, cut
from cam_augment.datasets.splits import SPLITS, stratified
from cam_augment.reading.names import shown
from cam_augment.records import DataSet, Notice, Split
from cam_augment.records.thumbs import Thumbs


def divide_collection(
    name: str,
    collection: Collection,
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
    parts = _parts(name, collection, shares, seed)
    for split in SPLITS:
        _check_classes(name, collection, split, parts[split])
    notes = (
        *notes,
        *collection.notes,
        *_group_notes(collection, parts),
        *_repeated(collection, parts),
    )
    groups = _groups_of_images(collection)
    train, validation, probe, test = (_split(collection, parts[split], groups) for split in SPLITS)
    product = None if collection.products is None else collection.products[parts["probe"]]
    frames = None if collection.sequences is None else collection.sequences.pick(parts["probe"])
    return DataSet(
        name, collection.classes, train, validation, probe, test, notes,
        product=product, reading=collection.reading, sequences=frames,
        thumbs=_thumbs(collection, parts),
    )  # fmt: skip


def _parts(
    name: str, collection: Collection, shares: Mapping[str, float], seed: int
) -> dict[str, np.ndarray]:
    """Return the indices of each split, in the order of ``SPLITS``."""
    splits = np.array([split or "train" for split in collection.splits])
    ready = {split: np.flatnonzero(splits == split) for split in SPLITS[1:] if split in splits}
    pool = np.flatnonzero(splits == "train")
    if not len(pool):
        raise InputError(f"{name}: no image is of split 'train'")
    free = [split for split in SPLITS if split not in ready]
    scale = 1 - sum(shares[split] for split in ready)
    groups = _groups(collection)
    groups = None if groups is None else np.unique(groups[pool], return_inverse=True)[1]
    labels = collection.labels if collection.tiles is None else collection.tiles.classes
    cuts = cut(labels[pool], groups, [shares[split] / scale for split in free], seed)
    pictures = {split: pool[part] for split, part in zip(free, cuts, strict=True)} | ready
    parts = {split: _images(collection, part) for split, part in pictures.items()}
    parts["probe"] = parts["probe"][collection.clear[parts["probe"]]]  # it is only looked at
    return {split: _interleave(parts[split], collection.labels, seed) for split in SPLITS}


def _interleave(part: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Return a split's indices so that its first images have the classes' shares, too."""
    return part[stratified(labels[part], [len(part)], seed)[0]]


def _images(collection: Collection, pictures: np.ndarray) -> np.ndarray:
    """Return the indices of the images of some pictures, int [image]."""
    return np.flatnonzero(np.isin(collection.picture, pictures))


def _groups(collection: Collection) -> np.ndarray | None:
    """Return the group of each picture, int [picture]; one without a group is its own."""
    return numbered([group or None for group in collection.groups])


def _groups_of_images(collection: Collection) -> np.ndarray | None:
    """Return the group of each image, int [image]; the tiles of a picture are in its group."""
    groups = _groups(collection)
    if groups is None:
        return None if collection.tiles is None else collection.picture
    return groups[collection.picture]


def _check_classes(name: str, collection: Collection, split: str, part: np.ndarray) -> None:
    present = set(collection.labels[part[collection.clear[part]]].tolist())
    if collection.tiles is not None and split == "test":  # where pictures are judged
        present &= set(collection.tiles.pick(part).labels.tolist())
    missing = [label for label in range(len(collection.classes)) if label not in present]
    if missing:
        sure = int((collection.labels == missing[0])[collection.clear].sum())
        groups = "" if _groups(collection) is None else " in their groups"
        raise InputError(
            f"{name}: {split} ({len(part)} images) holds none of class "
            f"'{collection.classes[missing[0]]}', of which there are {sure}{groups}: give {split} "
            "a greater share, or more images of the class"
        )


def _group_notes(collection: Collection, parts: Mapping[str, np.ndarray]) -> list[Notice]:
    """Return a note where the data's own splits tear a group apart."""
    where: dict[str, set[str]] = {}
    for split, part in parts.items():
        for index in part:
            if group := collection.groups[collection.picture[index]]:
                where.setdefault(group, set()).add(split)
    torn = sorted(group for group, splits in where.items() if len(splits) > 1)
    if not torn:
        return []
    groups = [shown(group, 40) for group in torn[:3]]
    return [Notice.of("pictures.groups_torn", count=len(torn), groups=groups)]


def _repeated(collection: Collection, parts: Mapping[str, np.ndarray]) -> list[Notice]:
    pictures = {split: np.unique(collection.picture[part]) for split, part in parts.items()}
    return duplicate_notes(collection.names, collection.hashes, collection.thumbs, pictures)


def _thumbs(collection: Collection, parts: Mapping[str, np.ndarray]) -> Thumbs:
    images = np.concatenate([parts[split] for split in SPLITS if split != "probe"])
    pictures = collection.picture[images]
    return Thumbs(collection.names, collection.hashes, collection.thumbs, pictures)


def _split(collection: Collection, part: np.ndarray, groups: np.ndarray | None) -> Split:
    masks = None if collection.masks is None else collection.masks.pick(part)
    part_groups = None if groups is None else groups[part]
    tiles = None if collection.tiles is None else collection.tiles.pick(part)
    return Split(collection.images.pick(part), collection.labels[part], masks, part_groups, tiles)
