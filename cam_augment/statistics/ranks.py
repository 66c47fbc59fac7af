"""How well one class is told from the rest: scores of the order into which images are put.

All take logits, float [model, image, class], and labels, int [image], and give float [model], 0..1
and larger where it is better. They are of the second class where there are two, and the plain mean
over the classes where there are more; NaN where a class of them has no image, or all images. Images
are in the order of the logarithm of the odds of their probability.

``psi`` functions give influence values, as in ``scores``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.images import auroc_influence


def auroc(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the area under the ROC curve, float [model].

    The chance that an image of the class has a larger score than one of another class, ties
    half (Hanley and McNeil 1982).
    """
    return _over_classes(_area, logits, labels)


def auroc_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of AUROC, float [model, image], from DeLong's components."""
    return _over_classes(auroc_influence, logits, labels)


def average_precision(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the average precision, float [model].

    The sum over thresholds of precision times the rise of recall, without interpolation;
    images of equal scores pass a threshold together.
    """
    return _over_classes(_precision, logits, labels)


def average_precision_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of average precision, float [model, image].

    It is the mean over the m images i of the class of H_i / (H_i + A_i), with H_i hits and A_i
    false alarms at i's value or above. An image weighed by 1 + e changes it by e psi / N, with

        psi = N / m (P_t - AP + sum A_i / (H_i + A_i)^2)   for an image t of the class,
        psi = -N / m sum H_i / (H_i + A_i)^2               for another,

    the sums over those i whose value is t's or below.
    """
    return _over_classes(_precision_psi, logits, labels)


def recall_at_fpr(logits: ArrayLike, labels: ArrayLike, rate: float) -> np.ndarray:
    """Return the largest recall of a class at which no more of the rest than ``rate`` pass.

    No interpolation between thresholds.

    Args:
        rate: of false alarms, above 0 and below 1.

    Returns:
        float [model].

    Raises:
        ValueError: the rate is not between 0 and 1.
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate: received {rate}; it is above 0 and below 1")
    return _over_classes(partial(_recall, rate=rate), logits, labels)


def log_odds(logits: ArrayLike) -> np.ndarray:
    """Return log p / (1 - p) of every class's probability p, float [model, image, class].

    It puts images into the order of p, and knows apart what p rounds to 1. Of two classes it is
    the difference of their logits, to the last bit.

    >>> log_odds(np.log([[[0.2, 0.8]]])).round(6)
    array([[[-1.386294,  1.386294]]])
    """
    logits = np.asarray(logits, float)
    top = logits.argmax(axis=2)[..., None]
    below = logits - np.take_along_axis(logits, top, axis=2)
    others = np.exp(below)
    np.put_along_axis(others, top, 0, axis=2)
    odds = below - np.log1p(np.maximum(others.sum(axis=2, keepdims=True) - others, 0))
    np.put_along_axis(below, top, -np.inf, axis=2)
    np.put_along_axis(odds, top, -_log_sum(below)[..., None], axis=2)
    return odds


def _over_classes(
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray], logits: ArrayLike, labels: ArrayLike
) -> np.ndarray:
    """Return the mean of what is measured of each class against the rest."""
    odds, labels = log_odds(logits), np.asarray(labels)
    count = odds.shape[2]
    classes = [1] if count == 2 else range(count)
    images = np.bincount(labels, minlength=count)
    if any(images[c] in (0, len(labels)) for c in classes):
        return np.full(measure(odds[..., 0], np.arange(len(labels)) == 0).shape, np.nan)
    return np.mean([measure(odds[..., c], labels == c) for c in classes], axis=0)


def _area(values: np.ndarray, positive: np.ndarray) -> np.ndarray:
    order = _order(values, positive)
    hits, before = order.hits, order.before(order.hits)
    rise = order.alarms - order.before(order.alarms)
    share = order.first * rise * (hits + before) / 2  # a trapezium for each group of equals
    return share.sum(axis=1) / (positive.sum() * (~positive).sum())


def _precision(values: np.ndarray, positive: np.ndarray) -> np.ndarray:
    order = _order(values, positive)
    precision = order.hits / (order.hits + order.alarms)
    return (order.positive * precision).sum(axis=1) / positive.sum()


def _precision_psi(values: np.ndarray, positive: np.ndarray) -> np.ndarray:
    order = _order(values, positive)
    passed, count = order.hits + order.alarms, positive.sum()
    precision = order.hits / passed
    whole = (order.positive * precision).sum(axis=1, keepdims=True) / count
    gain = order.at_or_below(order.positive * order.alarms / passed**2)
    loss = order.at_or_below(order.positive * order.hits / passed**2)
    slope = np.where(order.positive, precision - whole + gain, -loss) / count
    psi = np.empty(values.shape)
    np.put_along_axis(psi, order.images, slope * len(positive), axis=1)
    return psi


def _recall(values: np.ndarray, positive: np.ndarray, rate: float) -> np.ndarray:
    rest = -np.sort(-values[:, ~positive], axis=1)
    count = rest.shape[1]
    allowed = int(np.searchsorted(np.arange(1, count + 1) / count, rate, side="right"))
    return (values[:, positive] > rest[:, [allowed]]).mean(axis=1)


@dataclass(frozen=True, eq=False)
class _Order:
    """Images in the order of falling values, those of equal values as one group.

    All are [model, place].

    Attributes:
        images: int, the image at a place. positive: bool.
        hits, alarms: float, how many positive and other images are in a place's group or above.
        first: bool, whether a place begins its group. start, end: int, where its group does.
    """

    images: np.ndarray
    positive: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    first: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def before(self, counts: np.ndarray) -> np.ndarray:
        """Return what the counts are above a place's group."""
        above = np.take_along_axis(counts, np.maximum(self.start - 1, 0), axis=1)
        return np.where(self.start > 0, above, 0)

    def at_or_below(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values from a place's group on."""
        sums = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
        return np.take_along_axis(sums, self.start, axis=1)


def _order(values: np.ndarray, positive: np.ndarray) -> _Order:
    images = np.argsort(-values, axis=1, kind="stable")
    falling = np.take_along_axis(values, images, axis=1)
    places = np.arange(values.shape[1])
    change = falling[:, 1:] < falling[:, :-1]
    edge = np.ones((len(values), 1), bool)
    first, last = np.hstack([edge, change]), np.hstack([change, edge])
    start = np.maximum.accumulate(np.where(first, places, 0), axis=1)
    back = np.where(last, places, places[-1])[:, ::-1]
    end = np.minimum.accumulate(back, axis=1)[:, ::-1]
    hits = np.take_along_axis(np.cumsum(positive[images], axis=1, dtype=float), end, axis=1)
    return _Order(images, positive[images], hits, end + 1 - hits, first, start, end)


def _log_sum(logits: np.ndarray) -> np.ndarray:
    """Return the logarithm of the sum over the last axis of the exponentials."""
    peak = logits.max(axis=-1, keepdims=True)
    return np.log(np.exp(logits - peak).sum(axis=-1)) + peak[..., 0]
