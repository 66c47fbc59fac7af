"""How well one class is told from the rest: scores of the order into which images are put.

They are of the second class where there are two, and the plain mean over the classes where there
are more, 0..1 and larger where it is better; NaN where a class of them has no image, or all images.
Images are in the order of the logarithm of the odds of their probability.
"""

from collections.abc import Callable

import numpy as np

from cam_augment.statistics.ordering import Order
from cam_augment.statistics.predictions import Measured, Predictions
from cam_augment.statistics.resampling import resample


def auroc(predictions: Predictions) -> Measured:
    """Return the area under the ROC curve; of several classes, each against the rest, the mean.

    The chance that an image of the class has a larger score than one of another class, ties
    half (Hanley and McNeil 1982). Influence by placements, the components of DeLong, DeLong and
    Clarke-Pearson (1988): T / m (V10 - A) for the m positive images and T / n (V01 - A) for the n
    others, with V10 the share of others below an image and V01 the share of positives above it,
    ties half.
    """
    return _over_classes(_area, predictions)


def average_precision(predictions: Predictions) -> Measured:
    """Return the average precision, the area under precision against recall, likewise.

    The sum over thresholds of precision times the rise of recall, without interpolation;
    images of equal scores pass a threshold together.

    It is the mean over the m images i of the class of H_i / (H_i + A_i), with H_i hits and A_i
    false alarms at i's value or above. An image weighed by 1 + e changes it by e psi / N, with

        psi = N / m (P_t - AP + sum A_i / (H_i + A_i)^2)   for an image t of the class,
        psi = -N / m sum H_i / (H_i + A_i)^2               for another,

    the sums over those i whose value is t's or below.
    """
    return _over_classes(_precision, predictions)


def recall_at_fpr(predictions: Predictions, rate: float) -> Measured:
    """Return the largest recall at which no more of the rest than a rate pass, likewise.

    No interpolation between thresholds, and no influence values: see ``recall_draws``.

    Args:
        rate: of false alarms, above 0 and below 1.

    Raises:
        ValueError: the rate is not between 0 and 1.
    """
    return _over_classes(lambda order: Measured(_recall(order, rate)), predictions)


def recall_draws(predictions: Predictions, rate: float) -> np.ndarray:
    """Return the recall at a rate of false alarms on resampled images, float [model, draw].

    A draw moves the threshold along the images of the rest, whose order is that of all draws, and
    allows as many false alarms as its own number of them does. NaN where a class is one image, or
    one cluster: another draw of it would be the same.
    """
    counts = resample(predictions.labels, clusters=predictions.clusters)
    if predictions.fewest < 2:
        return np.full((len(predictions.logits), len(counts)), np.nan)
    parts = [_recall_draws(order, counts, rate) for order in predictions.orders]
    shape = len(predictions.logits), len(counts)
    return np.mean(parts, axis=0) if parts else np.full(shape, np.nan)


def _over_classes(measure: Callable[[Order], Measured], predictions: Predictions) -> Measured:
    """Return the mean of what is measured of each class against the rest."""
    parts = [measure(order) for order in predictions.orders]
    if not parts:
        shape = predictions.logits.shape[:2]
        return Measured(np.full(shape[0], np.nan), np.full(shape, np.nan))
    values = np.mean([part.values for part in parts], axis=0)
    images = [part.images for part in parts if part.images is not None]
    return Measured(values, np.mean(images, axis=0) if images else None)


def _area(order: Order) -> Measured:
    m, n = order.hits[:, -1:], order.alarms[:, -1:]
    below = 1 - (order.alarms + order.alarms_before) / (2 * n)
    above = (order.hits + order.hits_before) / (2 * m)
    placements = np.where(order.positive, below, above)
    area = (order.positive * placements).sum(axis=1, keepdims=True) / m
    psi = (placements - area) * np.where(order.positive, (m + n) / m, (m + n) / n)
    return Measured(area[:, 0], order.by_image(psi))


def _precision(order: Order) -> Measured:
    passed, m, n = order.hits + order.alarms, order.hits[:, -1:], order.alarms[:, -1:]
    precision = order.hits / passed
    whole = (order.positive * precision).sum(axis=1, keepdims=True) / m
    gain = order.at_or_below(order.positive * order.alarms / passed**2)
    loss = order.at_or_below(order.positive * order.hits / passed**2)
    slope = np.where(order.positive, precision - whole + gain, -loss)
    return Measured(whole[:, 0], order.by_image(slope * (m + n) / m))


def _allowed(rest: int, rate: float) -> int:
    """Return how many images of the rest may pass."""
    if not 0 < rate < 1:
        raise ValueError(f"rate: received {rate}; it is above 0 and below 1")
    return int(np.searchsorted(np.arange(1, rest + 1) / rest, rate, side="right"))


def _recall(order: Order, rate: float) -> np.ndarray:
    allowed = _allowed(int(order.alarms[0, -1]), rate)
    first = (order.alarms > allowed).argmax(axis=1)[:, None]  # too many pass from here on
    return np.take_along_axis(order.hits_before, first, axis=1)[:, 0] / order.hits[:, -1]


def _recall_draws(order: Order, counts: np.ndarray, rate: float) -> np.ndarray:
    """Return the recall of one class in every draw, float [model, draw].

    Args:
        counts: int [draw, image], how often each image is in it.
    """
    of_rest = counts[:, order.images[0][~order.positive[0]]].sum(axis=1)  # of all models alike
    by_number = {int(number): _allowed(int(number), rate) for number in np.unique(of_rest)}
    allowed = np.array([by_number[int(number)] for number in of_rest])
    recalls = []
    for images, hit, before in zip(order.images, order.positive, order.hits_before, strict=True):
        rest = np.flatnonzero(~hit)
        first = np.minimum(_first_too_many(images[rest], counts, allowed), len(rest) - 1)
        passing = before[rest[first]].astype(int)  # images of the class above the threshold
        weights = np.cumsum(counts[:, images[hit]], axis=1, dtype=np.int32)
        hits = np.take_along_axis(weights, np.maximum(passing - 1, 0)[:, None], axis=1)[:, 0]
        with np.errstate(invalid="ignore"):  # a draw without any image of the class
            recalls.append(np.where(passing > 0, hits, 0) / weights[:, -1])
    return np.where(of_rest > 0, np.array(recalls), np.nan)


def _first_too_many(images: np.ndarray, counts: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return the place of the image by which more than are allowed have passed, int [draw].

    Args:
        images: int [place], of the rest, from the largest value down. counts: int [draw, image].
        allowed: int [draw].
    """
    size, reach = len(images), min(len(images), 2 * int(allowed.max()) + 32)
    while True:
        passed = np.cumsum(counts[:, images[:reach]], axis=1, dtype=np.int32)
        if reach == size or (passed[:, -1] > allowed).all():
            return (passed <= allowed[:, None]).sum(axis=1)
        reach = min(size, 2 * reach)
