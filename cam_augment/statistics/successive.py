"""Formulas on successive frames of sequences: means of sequences, flips, and what maps follow.

The unit that images are drawn by is the sequence: its frames show one part.
"""

import numpy as np

from cam_augment.statistics.predictions import Measured, Predictions
from cam_augment.statistics.ranks import auroc


def mean_of_sequences(values: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Return the mean of the pairs of each sequence, float [..., sequence]; NaN of none.

    Args:
        values: float [..., pair], NaN where a pair has none. sequence: int [pair], from 0 on.

    >>> mean_of_sequences(np.array([1.0, 3.0, np.nan, 5.0]), np.array([0, 0, 1, 1])).tolist()
    [2.0, 5.0]
    """
    known = np.isfinite(values)
    sums, counts = (_sums(part, sequence) for part in (np.where(known, values, 0.0), known))
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def of_sequences(by_sequence: np.ndarray) -> Measured:
    """Return each model's mean over the sequences that it has a value of.

    Args:
        by_sequence: float [model, sequence], NaN where a model has no value.

    Returns:
        The mean of every model, NaN where it has no value, and its influence values [model,
        sequence], 0 of sequences without.
    """
    known = np.isfinite(by_sequence)
    counts = known.sum(axis=1, keepdims=True)
    total = np.where(known, by_sequence, 0.0).sum(axis=1, keepdims=True)
    means = np.divide(total, counts, out=np.full(total.shape, np.nan), where=counts > 0)
    weights = by_sequence.shape[1] / np.maximum(counts, 1)
    return Measured(means[:, 0], np.where(known, by_sequence - means, 0.0) * weights)


def greater_at_flips(distance: np.ndarray, flips: np.ndarray) -> Measured:
    """Return how often a pair with a flip has the greater distance than one without, 0..1.

    The area under the ROC curve: 0.5 where the two have nothing to do with each other.

    Args:
        distance: float [pair], NaN where there is none. flips: bool [pair].

    Returns:
        ``values`` [1], NaN without pairs of either kind, and influence values [1, pair], 0 of pairs
        without a distance.
    """
    known = np.isfinite(distance)
    influence = np.zeros((1, len(distance)))
    if not (flips & known).any() or flips[known].all():
        return Measured(np.array([np.nan]), influence)
    logits = np.stack([np.zeros(known.sum()), distance[known]], axis=1)[None]
    measured = auroc(Predictions(logits, flips[known].astype(int)))
    assert measured.images is not None
    influence[:, known] = measured.images * (len(distance) / known.sum())
    return Measured(measured.values, influence)


def followed(moves: np.ndarray, marked: np.ndarray, sequence: np.ndarray) -> Measured:
    """Return what share of the motion of marked regions the centres of models' maps go along.

    The slope through the origin of the maps' displacements on the masks', over all pairs: the sum
    of their scalar products over the sum of the masks' squared displacements. 1: maps move as what
    is marked does; 0: they stay, or move otherwise.

    Args:
        moves: float [model, pair, 2], displacements of maps' centroids, NaN where there is none.
        marked: float [pair, 2], those of masks, NaN where nothing is marked. sequence: int [pair].

    Returns:
        The slope of every model, NaN where nothing marked moves, and its influence values [model,
        sequence], of sequences in which something does.
    """
    top, below = _products_and_squares(moves, marked, sequence)
    moving = in_motion(moves, marked, sequence)
    if not moving.any():
        return Measured(np.full(len(moves), np.nan))
    top, below = top[:, moving], below[:, moving]
    total = below.sum(axis=1, keepdims=True)
    slope = np.divide(
        top.sum(axis=1, keepdims=True), total, out=np.full(total.shape, np.nan), where=total > 0
    )
    influence = (top - slope * below) * (top.shape[1] / np.where(total > 0, total, np.nan))
    return Measured(slope[:, 0], influence)


def in_motion(moves: np.ndarray, marked: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Return in which sequences something marked moves, bool [sequence]; as in ``followed``."""
    _, squares = _products_and_squares(moves, marked, sequence)
    return np.any(squares > 0, axis=0)


def _products_and_squares(
    moves: np.ndarray, marked: np.ndarray, sequence: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums that the slope is made of, each float [model, sequence]."""
    products = (moves * marked).sum(axis=-1)
    squares = np.where(np.isfinite(products), (marked**2).sum(axis=-1), 0.0)
    top, below = (_sums(np.nan_to_num(part), sequence) for part in (products, squares))
    return top, below


def _sums(values: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Return the sum of the pairs of each sequence, float [..., sequence]."""
    total = np.zeros((sequence.max(initial=-1) + 1, *values.shape[:-1]))
    np.add.at(total, sequence, np.moveaxis(np.asarray(values, float), -1, 0))
    return np.moveaxis(total, 0, -1)
