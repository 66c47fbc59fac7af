"""Bootstrap over labelled images, or clusters of them: as many of each class in every draw.

A draw is how often each image is in it, so that what depends on the order of images alone is
sorted once for all draws.
"""

import numpy as np

DRAWS = 200


def resample(
    labels: np.ndarray, draws: int = DRAWS, seed: int = 0, clusters: np.ndarray | None = None
) -> np.ndarray:
    """Return how often each image is in each draw, int16 [draw, image].

    Every draw has as many images of each class as there are; of clusters, as many of those whose
    rarest class is this one, so that no rare class is lost. Equal arguments give equal draws.

    Args:
        labels: int [image]. clusters: int [image], images that are drawn together; None: each
            by itself.

    >>> resample(np.array([0, 0, 1]), draws=2).sum(axis=1)
    array([3, 3])
    """
    labels = np.asarray(labels)
    if clusters is not None:
        cluster = np.unique(clusters, return_inverse=True)[1]
        return resample(rarest_class(labels, clusters), draws, seed)[:, cluster]
    rng = np.random.default_rng(seed)
    counts = np.empty((draws, len(labels)), np.int16)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        size = len(members)
        drawn = rng.integers(size, size=(draws, size)) + size * np.arange(draws)[:, None]
        counts[:, members] = np.bincount(drawn.ravel(), minlength=draws * size).reshape(draws, size)
    return counts


def rarest_class(labels: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the rarest class in each cluster, int [cluster], clusters in their rising order.

    Args:
        labels, clusters: int [image].

    >>> rarest_class(np.array([0, 0, 0, 1]), np.array([8, 8, 5, 5]))
    array([1, 0])
    """
    names, cluster = np.unique(clusters, return_inverse=True)
    classes, member, images = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(images, kind="stable")  # from the rarest on
    place = np.full(len(names), len(classes))
    np.minimum.at(place, cluster, np.argsort(order)[member])
    return classes[order[place]]
