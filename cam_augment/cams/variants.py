"""Many variants of each image through a network, a bounded number at a time."""

from collections.abc import Callable

import numpy as np


def each_variant(
    images: int, variants: int, size: int, work: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return ``work`` for every variant of every image, [image, variant].

    Images and variants are cut into pieces as one sequence. All pieces have one size, the
    last one filled up with repeats that are thrown away: one shape is one trace, and nothing
    depends on how many images there are.

    Args:
        images, variants: how many there are. size: pairs in a piece.
        work: ``(image, variant) -> value``, from two int arrays [size] to an array [size].
    """
    pairs = images * variants
    values = []
    for start in range(0, pairs, size):
        index = np.minimum(np.arange(start, start + size), pairs - 1)
        values.append(np.asarray(work(*np.divmod(index, variants)))[: pairs - start])
    return np.concatenate(values).reshape(images, variants)
