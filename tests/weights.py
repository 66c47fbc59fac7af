"""Weights of networks, held against each other as far as two processors agree."""

import numpy as np


def assert_moved_alike(start, one_end, other_end, within: float = 0.01) -> None:
    """Hold two trainings from the same weights against each other, variable by variable.

    Two graphs may round differently, and Adam makes whole steps of what is next to nothing. So
    the way that each variable went is compared, in the Euclidean norm; another order, rate or
    loss takes it a tenth of its way elsewhere, or more.

    Args:
        start, one_end, other_end: lists of arrays, shaped alike. within: share of the way.
    """
    for before, one, other in zip(start, one_end, other_end, strict=True):
        way = np.linalg.norm(other - before)
        assert np.linalg.norm(one - other) <= within * way + 1e-6
