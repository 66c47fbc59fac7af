"""Models in folds: which fold each is of, and distances with effects of folds in them."""

import numpy as np


def balanced(folds: int, a: int, b: int) -> np.ndarray:
    """The folds of ``a`` and then ``b`` models in every fold."""
    return np.array([*range(folds)] * a + [*range(folds)] * b)


def fold_effects(rng, blocks, size):
    """Strong effects of folds, common to both arms."""
    return size * rng.normal(size=blocks.max() + 1)[blocks]


def distances(rng, blocks, size=2.0, shift=0.0, n_a=5, places=6):
    """Distances [model, model] of points: a fold's place and a model's own."""
    folds = size * rng.normal(size=(blocks.max() + 1, places))[blocks]
    points = folds + rng.normal(size=(len(blocks), places))
    points[:n_a, 0] += shift
    return np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
