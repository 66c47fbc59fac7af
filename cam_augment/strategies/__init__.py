"""Augmentation strategies: ``(images, labels, seed) -> (images, labels)``, one file a family.

Every strategy takes images (float32 [image, row, column, channel] in 0..1), labels (float32
one-hot [image, class]) and a stateless seed (int32 [2]), and returns both in the same shapes,
types and ranges. What it draws, it draws for each image apart and from the seed alone: the
same seed gives the same images on any number of threads.
"""

import operator
from collections.abc import Sequence
from functools import reduce
from itertools import groupby
from typing import Any

from cam_augment.base.lazy import Tensor, tf
from cam_augment.registry import STRATEGIES
from cam_augment.strategies.warp import Fill, warp

Numbered = tuple[int, Any]  # a step and its place among the steps

__all__ = ["apply", "augment", "knows_its_moves", "move"]


def apply(
    steps: Sequence[Any], images: Tensor, labels: Tensor, seed: Tensor
) -> tuple[Tensor, Tensor]:
    """Apply ``steps`` in order, each drawing from its own part of the seed.

    Geometry steps in a row (with one ``fill``) become one warp, which interpolates once.

    Args:
        steps: ``plan.Choice`` or alike, with ``name`` and ``settings``; none: no change.
        images: float32 [image, row, column, channel] in 0..1.
        labels: float32 [image, class], one-hot.
        seed: int32 [2], a stateless seed.

    Returns:
        Images and labels, as they came in shape, type and range.
    """
    for fill, group in _groups(steps):
        if fill is None or len(group) == 1:
            images, labels = _one_by_one(group, images, labels, seed)
        else:
            images = _one_warp(group, images, seed, fill)
    return images, labels


def move(steps: Sequence[Any], images: Tensor, seed: Tensor) -> Tensor:
    """Move pixels as ``apply`` moves those of its images under the same seed; change no value.

    So a map goes along with its image. A step says what it moves by its trait ``moves``:
    True, all that it does is to move pixels; False, it moves none; a function
    ``(images, seed, **settings) -> images``, that is the part of it that moves them.

    Args:
        steps, seed: as for ``apply``; see ``knows_its_moves``.
        images: float32 [image, row, column, channel] in 0..1, as many as ``apply`` is given
            and of their rows and columns; channels may differ.
    """
    for fill, group in _groups(steps):
        if fill is not None and len(group) > 1:
            images = _one_warp(group, images, seed, fill)
            continue
        for index, step in group:
            images = _move(step, images, tf.random.experimental.stateless_fold_in(seed, index))
    return images


def knows_its_moves(steps: Sequence[Any]) -> bool:
    """Return whether every step says what it moves: one that mixes images cannot."""
    return all(STRATEGIES[step.name].moves is not None for step in steps)


def _groups(steps: Sequence[Any]) -> list[tuple[Fill | None, list[Numbered]]]:
    """Return steps with their numbers, those of geometry with one ``fill`` in a row together."""
    return [(fill, list(group)) for fill, group in groupby(enumerate(steps), _fill)]


def _move(step: Any, images: Tensor, seed: Tensor) -> Tensor:
    entry = STRATEGIES[step.name]
    if callable(entry.moves):
        return entry.moves(images, seed, **step.settings)
    return entry(images, None, seed, **step.settings)[0] if entry.moves else images


def _fill(pair: Numbered) -> Fill | None:
    """Return what a geometry step fills with; None: the step is not a geometric strategy."""
    _, step = pair
    return step.settings["fill"] if STRATEGIES[step.name].matrices else None


def _one_by_one(
    group: Sequence[Numbered], images: Tensor, labels: Tensor, seed: Tensor
) -> tuple[Tensor, Tensor]:
    for index, step in group:
        part = tf.random.experimental.stateless_fold_in(seed, index)
        images, labels = STRATEGIES[step.name](images, labels, part, **step.settings)
    return images, labels


def _matrices(pair: Numbered, images: Tensor, seed: Tensor) -> Tensor:
    index, step = pair
    matrices = STRATEGIES[step.name].matrices
    if matrices is None:
        raise TypeError(f"'{step.name}' is not a geometric strategy")
    settings = {name: value for name, value in step.settings.items() if name != "fill"}
    return matrices(images, tf.random.experimental.stateless_fold_in(seed, index), **settings)


def _one_warp(group: Sequence[Numbered], images: Tensor, seed: Tensor, fill: Fill) -> Tensor:
    product = reduce(operator.matmul, (_matrices(pair, images, seed) for pair in group))
    projective = any(STRATEGIES[step.name].projective for _, step in group)
    return warp(images, product, fill, projective)


def augment(
    dataset: "tf.data.Dataset", steps: Sequence[Any], seed: int | Tensor
) -> "tf.data.Dataset":
    """Return ``dataset`` with ``steps`` applied to each batch, in parallel, reproducibly.

    Batch ``i`` draws from the seed (``seed``, ``i``), whatever the number of threads. Repeat
    the dataset before, so that ``i`` runs on and every epoch draws anew.

    Args:
        dataset: ``tf.data.Dataset`` of batches (images, one-hot labels).
        steps: as for ``apply``; none: the dataset itself.
        seed: from 0 to 2**31 - 1, or a tensor of it.
    """
    if not steps:
        return dataset

    @tf.autograph.experimental.do_not_convert
    def change(index: Tensor, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        images, labels = batch
        return apply(steps, images, labels, tf.stack([seed, tf.cast(index, tf.int32)]))

    return dataset.enumerate().map(change, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
