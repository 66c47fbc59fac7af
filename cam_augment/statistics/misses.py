"""How many defects a threshold misses, for each number of false alarms that it may give."""

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.groups import ROUNDING


def defect_scores(logits: ArrayLike, good: int) -> np.ndarray:
    """Return the log odds that a part has a defect, float64 [image].

    All classes but the good one are defects; temperatures and mixes of classes keep the order.

    Args:
        logits: float [image, class].

    >>> defect_scores([[0.0, 1.0], [2.0, 0.5]], good=0).tolist()
    [1.0, -1.5]
    """
    logits = np.asarray(logits, np.float64)
    return np.logaddexp.reduce(np.delete(logits, good, axis=1), axis=1) - logits[:, good]


def worst(logits: ArrayLike, pictures: ArrayLike, good: int) -> np.ndarray:
    """Return the logits of each picture's worst tile: that with the greatest defect score.

    Of equal ones the first. So a picture's defect score is the largest of its tiles'.

    Args:
        logits: float [tile, class]. pictures: int [tile], the picture of each. good: a class.

    Returns:
        float [picture, class], pictures by their numbers.

    >>> worst([[0.0, 1.0], [2.0, 0.5], [1.0, 0.0]], [7, 7, 3], good=0).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    logits, pictures = np.asarray(logits), np.asarray(pictures)
    order = np.lexsort((-defect_scores(logits, good), pictures))  # the first is the worst
    return logits[order[np.unique(pictures[order], return_index=True)[1]]]


def least_misses(scores: ArrayLike, labels: ArrayLike, good: int, rates: ArrayLike) -> np.ndarray:
    """Return the share of each class that is called good, at the threshold that false alarms allow.

    The threshold is the least at which no more than a share of the good parts is called a defect;
    parts on it are called good (the lower edge of a ROC curve, Fawcett 2006).

    Args:
        scores: float [image], the higher the more like a defect. labels: int [image].
        rates: float [rate] in 0..1, of the good parts.

    Returns:
        float64 [class, rate]; NaN for the good class, and for classes without images.

    >>> least_misses([0.1, 0.6, 0.5, 0.9], [0, 0, 1, 1], 0, [0, 0.5, 1])[1].tolist()
    [0.5, 0.0, 0.0]
    """
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    alarms = np.sort(scores[labels == good])[::-1]
    allowed = np.floor(np.asarray(rates, float) * len(alarms) + ROUNDING).astype(int)
    thresholds = np.append(alarms, -np.inf)[allowed]
    shares = np.full((labels.max(initial=good) + 1, len(thresholds)), np.nan)
    for index in np.setdiff1d(labels, [good]):
        shares[index] = (scores[labels == index, None] <= thresholds).mean(axis=0)
    return shares
