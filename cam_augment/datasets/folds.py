"""Cross-validation: cut what networks learn from into folds, one held out for each run.

The pool is train and validation together. Probe and test stay what they are, so that maps
are made and accuracy is taken on the same images in every run.
"""

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.records import DataSet, Split

SEED = 0


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


def learned_and_held(data: DataSet, fold: tuple[int, int] | None) -> tuple[Split, Split]:
    """Return what a run learns from and what it holds out as its validation split.

    Args:
        fold: number of the fold held out, from 0, and of how many folds; None: the data
            set's own train and validation splits.
    """
    if fold is None:
        return data.train, data.validation
    number, count = fold
    pool = _pool(data)
    parts = folds(pool.labels, count)
    held = parts.pop(number)
    return _part(pool, np.concatenate(parts)), _part(pool, held)


def check_folds(data: DataSet, count: int | None) -> None:
    """Raise InputError where a fold would hold no image of some class."""
    if count is None:
        return
    labels = np.concatenate([data.train.labels, data.validation.labels])
    images = np.bincount(labels, minlength=len(data.classes))
    rarest = int(images.argmin())
    if images[rarest] < count:
        raise InputError(
            f"folds: received {count}; class '{data.classes[rarest]}' of {data.name} has "
            f"{images[rarest]} images in train and validation, and every fold must hold one: ask "
            f"for {images[rarest]} folds at most, or for more images"
        )


def _pool(data: DataSet) -> Split:
    first, second = data.train, data.validation
    masked = first.masks is not None and second.masks is not None
    return Split(
        np.concatenate([first.images, second.images]),
        np.concatenate([first.labels, second.labels]),
        np.concatenate([first.masks, second.masks]) if masked else None,
    )


def _part(pool: Split, chosen: np.ndarray) -> Split:
    masks = None if pool.masks is None else pool.masks[chosen]
    return Split(pool.images[chosen], pool.labels[chosen], masks)
