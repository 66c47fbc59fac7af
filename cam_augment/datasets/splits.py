"""Cut one collection of images into four disjoint, stratified splits."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

import numpy as np
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.records import SPLITS, DataSet, Split

Count = Annotated[int, Field(ge=1, le=1_000_000)]  # of images, as a setting
SplitSeed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Pixels(Protocol):
    """Bytes [image, row, column, channel], of which only those asked for need be decoded."""

    def __getitem__(self, indices: np.ndarray) -> np.ndarray: ...


def stratified(labels: np.ndarray, sizes: Sequence[int], seed: int) -> list[np.ndarray]:
    """Return the indices of consecutive disjoint splits, each with the classes' shares.

    The images of each class are put in a random order and the classes are interleaved by
    their shares; the splits are cut from that one sequence. So any prefix of a split is
    balanced too, and a later split's size changes nothing in an earlier one.

    Args:
        labels: int [image].
        sizes: images per split; their sum is at most the number of labels.
        seed: of the random order, from 0.

    >>> [part.tolist() for part in stratified(np.array([0, 0, 0, 1, 1, 1]), [2, 4], seed=0)]
    [[2, 3], [0, 5, 1, 4]]
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    place = np.empty(len(labels))
    for members in (order[labels[order] == label] for label in np.unique(labels)):
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    sequence = np.lexsort((labels, place))
    return np.split(sequence, np.cumsum(sizes))[: len(sizes)]


def divide(
    name: str,
    classes: tuple[str, ...],
    images: np.ndarray,
    labels: np.ndarray,
    sizes: Mapping[str, int | None],
    seed: int,
) -> DataSet:
    """Return the data set ``name`` of all four splits, cut from ``images``.

    Args:
        images: [image, row, column, channel], float32 in 0..1 or uint8 in 0..255.
        labels: int64 [image], each in 0..classes-1.
        sizes: images per split, named as in ``SPLITS``; None, of one split: all that is left.

    Raises:
        InputError: more images are asked than there are, or a class gets none in a split.
    """
    counts = fill_up(name, sizes, len(labels))
    parts = stratified(labels, [counts[split] for split in SPLITS], seed)
    for split, part in zip(SPLITS, parts, strict=True):
        check_classes(name, classes, split, labels[part])
    train, validation, probe, test = (Split(images[part], labels[part]) for part in parts)
    return DataSet(name, classes, train, validation, probe, test)


def divide_official(
    name: str,
    classes: tuple[str, ...],
    train_pool: tuple[Pixels, np.ndarray],
    test_pool: tuple[Pixels, np.ndarray],
    sizes: Mapping[str, int | None],
    seed: int,
) -> DataSet:
    """Return the data set ``name`` whose test images are from its own official test split.

    ``train``, ``validation`` and ``probe`` are cut from the official training images.

    Args:
        train_pool: the official training split: bytes, uint8 [image, row, column, channel] or
            anything that an array of indices picks those from, and labels, int64 [image],
            each in 0..classes-1.
        test_pool: the official test split, alike.
        sizes: images per split, named as in ``SPLITS``; None: all that is left in its pool.

    Raises:
        InputError: more images are asked than there are, or a class gets none in a split.
    """
    counts = fill_up(f"{name}, training images", sizes, len(train_pool[1]), SPLITS[:3])
    counts |= fill_up(f"{name}, test images", sizes, len(test_pool[1]), SPLITS[3:])
    parts = stratified(train_pool[1], [counts[split] for split in SPLITS[:3]], seed)
    parts += stratified(test_pool[1], [counts["test"]], seed)
    pools = dict(zip(SPLITS, (train_pool, train_pool, train_pool, test_pool), strict=True))
    return assemble(name, classes, pools, dict(zip(SPLITS, parts, strict=True)))


def assemble(
    name: str,
    classes: tuple[str, ...],
    pools: Mapping[str, tuple[Pixels, np.ndarray]],
    parts: Mapping[str, np.ndarray],
) -> DataSet:
    """Return the data set of what ``parts`` picks from each split's pool of bytes and labels.

    Args:
        pools: split to its bytes, uint8 [image, row, column(, channel)], and labels, int [image].
        parts: split to indices into its pool, int [image].

    Raises:
        InputError: a class gets no image in a split.
    """
    for split in SPLITS:
        check_classes(name, classes, split, pools[split][1][parts[split]])
    splits = []
    for split in SPLITS:
        pixels, labels = pools[split]
        splits.append(Split(pixels[parts[split]], labels[parts[split]]))
    train, validation, probe, test = splits
    return DataSet(name, classes, train, validation, probe, test)


def fill_up(
    name: str, sizes: Mapping[str, int | None], available: int, splits: Sequence[str] = SPLITS
) -> dict[str, int]:
    """Return the images of each of some splits; the one of None gets what the others leave.

    Raises:
        InputError: they ask for more images than there are, or leave none.
    """
    counts = {split: size for split in splits if (size := sizes[split]) is not None}
    check_total(name, counts, available, tuple(counts))
    for split in splits:
        if split not in counts:
            counts[split] = available - sum(counts.values())
            if not counts[split]:
                raise InputError(f"{name}: other splits take all {available:,}; {split} has none")
    return counts


def check_total(
    name: str, sizes: Mapping[str, int], available: int, splits: Sequence[str] = SPLITS
) -> None:
    """Raise InputError where the splits ask for more images than there are."""
    total = sum(sizes[split] for split in splits)
    if total > available:
        terms = " + ".join(f"{split} {sizes[split]}" for split in splits)
        raise InputError(f"{name}: {total:,} images asked ({terms}), {available:,} there are")


def check_classes(name: str, classes: Sequence[str], split: str, labels: np.ndarray) -> None:
    """Raise InputError where a split holds no image of some class.

    Args:
        labels: int [image], of the images of the split.
    """
    missing = np.flatnonzero(np.bincount(labels, minlength=len(classes)) == 0)
    if len(missing):
        raise InputError(
            f"{name}: {split}={len(labels)} leaves class '{classes[missing[0]]}' without an "
            f"image; ask for {len(classes)} or more"
        )


def in_turn(labels: np.ndarray, count: int, order: np.ndarray | None = None) -> np.ndarray:
    """Return indices of at most ``count`` images, one class after the other in turn.

    Args:
        labels: int [image]. order: all indices in the order in which a class gives its images.

    >>> in_turn(np.array([0, 0, 0, 1, 1, 2]), 4).tolist()
    [0, 3, 5, 1]
    """
    order = np.arange(len(labels)) if order is None else order
    queues = [order[labels[order] == label] for label in np.unique(labels)]
    turns = [queue[turn] for turn in range(len(labels)) for queue in queues if turn < len(queue)]
    return np.array(turns[:count])
