"""The contact sheet of a plan: what was read, and what each of its strategies makes of it."""

import numpy as np

from cam_augment import strategies
from cam_augment.datasets.splits import in_turn
from cam_augment.plan import Plan, Strategy
from cam_augment.records import DataSet, Split
from cam_augment.report.sheet import contact_sheet

COLUMNS = 8  # samples
SEED = (0, 1)
_WIDEST = 14  # characters of a class above its column


def sheet(plan: Plan, data: DataSet) -> bytes:
    """Return a picture, PNG: training images of all classes in turn, marked ones first.

    Beneath them they are as each strategy gives them to a network. Arms that change the training
    and not the images have no row.
    """
    split = data.train.learnable
    chosen = samples(split, COLUMNS)
    images = split.images[chosen]
    labels = np.eye(len(data.classes), dtype=np.float32)[split.labels[chosen]]
    rows = [("as read", images)]
    for strategy in plan.strategies:
        if strategy.augmentations:
            rows.append((strategy.label, _changed(strategy, images, labels)))
    heads = [_short(data.classes[label]) for label in split.labels[chosen]]
    return contact_sheet(rows, heads, None if split.masks is None else split.masks[chosen])


def samples(split: Split, count: int) -> np.ndarray:
    """Return indices of images, one class after the other in turn, marked ones first.

    Returns:
        int [image], at most ``count`` indices into the split.
    """
    areas = np.zeros(len(split)) if split.masks is None else split.masks.areas()
    order = np.argsort(areas == 0, kind="stable")
    return in_turn(split.labels, count, order)


def _changed(strategy: Strategy, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from cam_augment.base.lazy import tf

    seed = tf.constant(SEED, tf.int32)
    return np.asarray(strategies.apply(strategy.augmentations, images, labels, seed)[0])


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST else f"{name[: _WIDEST - 1]}…"
