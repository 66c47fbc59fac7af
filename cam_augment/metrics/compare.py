"""Comparing two stacks by a metric's name, and reading any metric as a distance."""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.registry import METRICS


def prepare(metric: str, stack: ArrayLike) -> np.ndarray:
    """Return ``stack`` as the metric wants it; do this once per stack, not once per pair.

    Args:
        stack: maps [image, row, column], or logits [image, class].
    """
    return (METRICS[metric].prepare or np.asarray)(stack)


def compare(metric: str, first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Return the metric between two stacks, image by image: float64 [image].

    Args:
        first, second: stacks of one shape.
        metric: a metric that compares ``maps`` ([image, row, column], not negative) or
            ``predictions`` (logits [image, class]).

    Raises:
        InputError: no such metric.
        ValueError: the stacks differ in shape.

    >>> compare("mad", [[[0, 1], [2, 4]]], [[[4, 1], [2, 0]]])
    array([0.5])
    """
    first, second = np.asarray(first), np.asarray(second)
    if first.shape != second.shape:
        raise ValueError(f"two stacks of one shape; received {first.shape} and {second.shape}")
    return METRICS[metric](prepare(metric, first), prepare(metric, second))


def distance(metric: str, values: ArrayLike) -> np.ndarray:
    """Return how far ``values`` are from the metric's optimum: 0 where two maps are equal.

    Args:
        values: of the metric, of any shape; returned alike.

    >>> distance("pearson", 0.8).round(6)
    np.float64(0.2)
    """
    return np.abs(METRICS[metric].optimum - np.asarray(values))
