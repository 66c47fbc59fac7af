"""Cross-validation: cut images into folds, one held out for each run.

With a fixed test part the pool is train and validation together, and a fold serves as validation
images: accuracy is taken on the same images in every run. With a rotating one the test images are
in the pool, too; a fold is the test part of its runs and the next one their validation part. So
every image of the pool is judged by runs that have not seen it. Probe images are in no fold: maps
are made of the same images in every run.
"""

from typing import NamedTuple

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.stack import Stack
from cam_augment.datasets.shares import cut
from cam_augment.plan import Plan, Run
from cam_augment.records import DataSet, Split
from cam_augment.records.tiles import Tiles

SEED = 0
LEARNING = "in train and validation"


class Parts(NamedTuple):
    """What a run learns from, chooses by and is judged on."""

    train: Split
    validation: Split
    test: Split


def folds(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the indices of ``count`` disjoint folds that together hold every image once.

    The images of each class are put in a random order, class after class, and dealt out like
    cards: sizes of folds differ by one at most, and so do the numbers of each class in them.
    A class with ``count`` images or more is in every fold. (Cutting the sequence of
    ``stratified`` in pieces would not promise that for a rare class.)

    Args:
        labels: int [image]. count: folds, 2 or more.

    >>> [fold.tolist() for fold in folds(np.array([0, 0, 0, 1, 1, 1]), 3)]
    [[2, 3], [0, 5], [1, 4]]
    """
    order = np.random.default_rng(SEED).permutation(len(labels))
    dealt = order[np.argsort(labels[order], kind="stable")]
    return [dealt[fold::count] for fold in range(count)]


def parts_of(data: DataSet, run: Run) -> Parts:
    """Return what a run learns from, chooses by and is judged on."""
    if run.fold is None:
        return Parts(data.train, data.validation, data.test)
    number, count = run.fold
    if run.test == "fixed":
        pool = _pool(data.train, data.validation)
        folds = folds_of(pool, count)
        validation = folds.pop(number)
        return Parts(pool.pick(np.concatenate(folds)), pool.pick(validation), data.test)
    pool = whole_pool(data)
    folds = folds_of(pool, count)
    test, validation = folds[number], folds[(number + 1) % count]
    rest = [fold for place, fold in enumerate(folds) if place not in (number, (number + 1) % count)]
    return Parts(*(pool.pick(part) for part in (np.concatenate(rest), validation, test)))


def test_of(data: DataSet, run: Run) -> Split:
    """Return the test images that a run is judged on."""
    return data.test if run.test == "fixed" else parts_of(data, run).test


def folds_of(pool: Split, count: int) -> list[np.ndarray]:
    """Return the indices of ``count`` folds of a pool of images, no group in two of them.

    Each fold has its share of every class; of pictures that are cut into tiles, of these.

    Returns:
        int64 [image] for each fold, indices into the pool.
    """
    if pool.groups is None:
        return folds(pool.labels, count)
    shares = [1 / count] * count
    if pool.tiles is None:
        numbered = np.unique(pool.groups, return_inverse=True)[1]
        return cut(pool.labels, numbered, shares, SEED)
    pictures, first = np.unique(pool.tiles.picture, return_index=True)
    numbered = np.unique(pool.groups[first], return_inverse=True)[1]
    parts = cut(pool.tiles.labels, numbered, shares, SEED)
    return [np.flatnonzero(np.isin(pool.tiles.picture, pictures[part])) for part in parts]


def check_folds(data: DataSet, plan: Plan) -> None:
    """Raise InputError where a fold would hold no image of some class."""
    if plan.folds is None:
        return
    if plan.rotates:
        _check_rotation(data, plan.folds)
        return
    if data.train.groups is not None:
        _check_parts(data, plan.folds, _pool(data.train, data.validation), "", LEARNING)
        return
    images = _counts(data, data.train.labels, data.validation.labels)
    rarest = int(images.argmin())
    if images[rarest] < plan.folds:
        raise InputError(
            f"folds: received {plan.folds}; class '{data.classes[rarest]}' of {data.name} has "
            f"{images[rarest]} images {LEARNING}, and every fold must hold one: ask "
            f"for {images[rarest]} folds at most, or for more images"
        )


def _check_rotation(data: DataSet, count: int) -> None:
    pool = whole_pool(data)
    _check_parts(data, count, pool, " with a rotating test part", "outside the probes")


def _check_parts(data: DataSet, count: int, pool: Split, how: str, where: str) -> None:
    """Raise InputError where one of the folds that keep groups together lacks a class."""
    for fold in folds_of(pool, count):
        images = _counts(data, pool.pick(fold).judged_labels)
        if not images.all():
            rarest = int(images.argmin())
            present, groups = int((pool.judged_labels == rarest).sum()), ""
            if pool.groups is not None:
                groups = f" in {len(np.unique(pool.groups[pool.labels == rarest]))} groups"
            raise InputError(
                f"folds: received {count}{how}; class "
                f"'{data.classes[rarest]}' of {data.name} has {present} images {where}"
                f"{groups}, and every fold must hold one: ask for fewer folds, or for more images"
            )


def _counts(data: DataSet, *labels: np.ndarray) -> np.ndarray:
    return np.bincount(np.concatenate(labels), minlength=len(data.classes))


def whole_pool(data: DataSet) -> Split:
    """Return all images but the probes: those of train, validation and test, in this order."""
    return _pool(data.train, data.validation, data.test)


def _pool(*splits: Split) -> Split:
    masks = [split.masks for split in splits if split.masks is not None]
    groups = [split.groups for split in splits if split.groups is not None]
    tiles = [split.tiles for split in splits if split.tiles is not None]
    return Split(
        Stack.joined([split.images for split in splits]),
        np.concatenate([split.labels for split in splits]),
        Stack.joined(masks) if len(masks) == len(splits) else None,
        np.concatenate(groups) if len(groups) == len(splits) else None,
        Tiles.joined(tiles) if len(tiles) == len(splits) else None,
    )
