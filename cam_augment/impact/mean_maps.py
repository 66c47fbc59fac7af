"""Where each arm looks on average, over all probe images and class by class."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.records import MeanMap
from cam_augment.records.pictures import Cells

MOST_CLASSES = 20  # with maps of their own: a profile is not to grow with thousands


def mean_by_image(arms: Arms) -> dict[str, np.ndarray]:
    """Return each arm's mean map of every image [image, row, column]; arms without runs left out.

    Each map is divided by its sum before, so that all models count alike.
    """
    return {label: _mean(arms.stacks(label)) for label in arms.labels if arms.fits(label)}


def _mean(stacks: Sequence[np.ndarray]) -> np.ndarray:
    total = [stack.sum(axis=(1, 2), keepdims=True) for stack in stacks]
    shares = [
        np.divide(stack, t, out=np.zeros_like(stack), where=t > 0)
        for stack, t in zip(stacks, total, strict=True)
    ]
    return np.mean(shares, axis=0)


def mean_maps(arms: Arms, by_image: Mapping[str, np.ndarray]) -> tuple[MeanMap, ...]:
    """Return the mean maps of every arm that has some, all images first, then each class.

    Args:
        by_image: arm to its mean map of every image [image, row, column].
    """
    labels = arms.data.probe.labels
    groups = {"": np.ones(len(labels), bool)} | {
        arms.data.classes[label]: labels == label for label in np.unique(labels)[:MOST_CLASSES]
    }
    return tuple(
        MeanMap(arm=arm, name=name, images=int(members.sum()), cells=cells(maps))
        for arm, stack in by_image.items()
        for name, members in groups.items()
        if (maps := _even(stack[members])) is not None
    )


def _even(stack: np.ndarray) -> np.ndarray | None:
    """Return the mean of maps that are not all zero, 1 together; None where all are."""
    mean = stack.mean(axis=0)
    total = mean.sum()
    return mean / total if total > 0 else None


def cells(values: np.ndarray) -> Cells:
    """Return a map as plain numbers of six decimals.

    Args:
        values: float [row, column].
    """
    return tuple(tuple(round(float(v), 6) for v in row) for row in values)
