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

SEED = 0


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
        held = folds(pool.labels, count)
        validation = held.pop(number)
        return Parts(_part(pool, np.concatenate(held)), _part(pool, validation), data.test)
    pool = _whole_pool(data)
    held = rotating_folds(pool, count)
    test, validation = held[number], held[(number + 1) % count]
    rest = [fold for place, fold in enumerate(held) if place not in (number, (number + 1) % count)]
    return Parts(*(_part(pool, part) for part in (np.concatenate(rest), validation, test)))


def rotating_folds(pool: Split, count: int) -> list[np.ndarray]:
    """Return the indices of ``count`` folds of a pool of images, no group in two of them."""
    if pool.groups is None:
        return folds(pool.labels, count)
    numbered = np.unique(pool.groups, return_inverse=True)[1]
    return cut(pool.labels, numbered, [1 / count] * count, SEED)


def check_folds(data: DataSet, plan: Plan) -> None:
    """Raise InputError where a fold would hold no image of some class."""
    if plan.folds is None:
        return
    if plan.rotates:
        _check_rotation(data, plan.folds)
        return
    images = _counts(data, data.train.labels, data.validation.labels)
    rarest = int(images.argmin())
    if images[rarest] < plan.folds:
        raise InputError(
            f"folds: received {plan.folds}; class '{data.classes[rarest]}' of {data.name} has "
            f"{images[rarest]} images in train and validation, and every fold must hold one: ask "
            f"for {images[rarest]} folds at most, or for more images"
        )


def _check_rotation(data: DataSet, count: int) -> None:
    pool = _whole_pool(data)
    for fold in rotating_folds(pool, count):
        images = _counts(data, pool.labels[fold])
        if not images.all():
            rarest = int(images.argmin())
            there, groups = int((pool.labels == rarest).sum()), ""
            if pool.groups is not None:
                groups = f" in {len(np.unique(pool.groups[pool.labels == rarest]))} groups"
            raise InputError(
                f"folds: received {count} with a rotating test part; class "
                f"'{data.classes[rarest]}' of {data.name} has {there} images outside the probes"
                f"{groups}, and every fold must hold one: ask for fewer folds, or for more images"
            )


def _counts(data: DataSet, *labels: np.ndarray) -> np.ndarray:
    return np.bincount(np.concatenate(labels), minlength=len(data.classes))


def _whole_pool(data: DataSet) -> Split:
    return _pool(data.train, data.validation, data.test)


def _pool(*splits: Split) -> Split:
    masks = [split.masks for split in splits if split.masks is not None]
    groups = [split.groups for split in splits if split.groups is not None]
    return Split(
        Stack.joined([split.images for split in splits]),
        np.concatenate([split.labels for split in splits]),
        Stack.joined(masks) if len(masks) == len(splits) else None,
        np.concatenate(groups) if len(groups) == len(splits) else None,
    )


def _part(pool: Split, chosen: np.ndarray) -> Split:
    masks = None if pool.masks is None else pool.masks.pick(chosen)
    groups = None if pool.groups is None else pool.groups[chosen]
    return Split(pool.images.pick(chosen), pool.labels[chosen], masks, groups)
