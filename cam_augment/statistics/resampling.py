"""Bootstrap over labelled images: as many of each class in every draw as there are.

A draw is how often each image is in it, so that what depends on the order of images alone is
sorted once for all draws.
"""

import numpy as np

DRAWS = 200


def resample(labels: np.ndarray, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Return how often each image is in each draw, int16 [draw, image].

    Every draw has as many images of each class as there are. Equal arguments give equal draws.

    Args:
        labels: int [image].

    >>> resample(np.array([0, 0, 1]), draws=2).sum(axis=1)
    array([3, 3])
    """
    labels = np.asarray(labels)
    rng = np.random.default_rng(seed)
    counts = np.empty((draws, len(labels)), np.int16)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        size = len(members)
        drawn = rng.integers(size, size=(draws, size)) + size * np.arange(draws)[:, None]
        counts[:, members] = np.bincount(drawn.ravel(), minlength=draws * size).reshape(draws, size)
    return counts
