"""Do probabilities mean what they say? Confidence against the share that is right, in bins.

A model's confidence in an image is the probability of the class that it predicts. Bins hold
equally many images, so that none is empty where most are sure (adaptive binning: Nguyen and
O'Connor 2015, arXiv:1508.05154; Nixon et al. 2019, arXiv:1904.01685). Equal confidences are in
one bin, so the order of images changes nothing.
"""

from typing import NamedTuple

import numpy as np

from cam_augment.statistics.ordering import falling
from cam_augment.statistics.predictions import Measured, Predictions
from cam_augment.statistics.resampling import resample

BINS = 15


class Reliability(NamedTuple):
    """A reliability curve of every model.

    Attributes:
        confidence, right: float [model, bin], the mean confidence and the share that is
            right, 0..1; NaN in an empty bin.
        images: int [model, bin].
    """

    confidence: np.ndarray
    right: np.ndarray
    images: np.ndarray


def reliability(predictions: Predictions, bins: int = BINS) -> Reliability:
    """Return how right predictions are that are as sure as others, from the least sure on.

    Args:
        bins: 1 or more.
    """
    confidence = predictions.probabilities.max(axis=2)
    place = _bins(confidence, bins) + bins * np.arange(len(confidence))[:, None]
    shape = len(confidence), bins

    def sums(weights: np.ndarray | None = None) -> np.ndarray:
        flat = None if weights is None else weights.ravel()
        return np.bincount(place.ravel(), flat, minlength=shape[0] * bins).reshape(shape)

    images = sums()
    with np.errstate(invalid="ignore"):
        return Reliability(sums(confidence) / images, sums(predictions.right) / images, images)


def calibration_error(predictions: Predictions, bins: int = BINS) -> Measured:
    """Return the expected calibration error, 0..1.

    The mean over images of |share right - confidence| of their bins (Naeini, Cooper and
    Hauskrecht 2015). It is above 0 by chance alone, the more the fewer images a bin has: compare
    models by the same images and bins. It has a kink where a bin is calibrated, so no influence
    values: see ``calibration_draws``.
    """
    return Measured(error_of(reliability(predictions, bins)))


def error_of(curve: Reliability) -> np.ndarray:
    """Return the expected calibration error that a reliability curve shows, float [model]."""
    gaps = np.nan_to_num(np.abs(curve.right - curve.confidence))
    return (gaps * curve.images).sum(axis=1) / curve.images.sum(axis=1)


def calibration_draws(predictions: Predictions, bins: int = BINS) -> np.ndarray:
    """Return the expected calibration error on resampled images, float [model, draw].

    The bins keep the borders that they have on all images.
    """
    confidence = predictions.probabilities.max(axis=2)
    gaps, place = predictions.right - confidence, _bins(confidence, bins)
    counts = resample(predictions.labels, clusters=predictions.clusters).astype(float)
    total = np.zeros((len(counts), len(confidence)))
    for number in range(bins):
        total += np.abs(counts @ np.where(place == number, gaps, 0).T)
    return total.T / counts.sum(axis=1)


def _bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    """Return the bin of every image, int [model, image]: by its mean rank among its model's."""
    order = falling(confidence, np.zeros(confidence.shape[1], bool))
    below = confidence.shape[1] - order.by_image(order.alarms)
    above = order.by_image(order.alarms_before)
    twice = (below + confidence.shape[1] - above).astype(int)  # twice the mean rank, less one
    return twice * bins // (2 * confidence.shape[1])
