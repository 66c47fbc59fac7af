"""Do probabilities mean what they say? Confidence against the share that is right, in bins.

A model's confidence in an image is the probability of the class that it predicts. Bins hold
equally many images, so that none is empty where most are sure (adaptive binning: Nguyen and
O'Connor 2015, arXiv:1508.05154; Nixon et al. 2019, arXiv:1904.01685). Equal confidences are in
one bin, so the order of images changes nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.scores import log_probabilities

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


def reliability(logits: ArrayLike, labels: ArrayLike, bins: int = BINS) -> Reliability:
    """Return how right predictions are that are as sure as others.

    Args:
        logits: [model, image, class]. labels: int [image]. bins: 1 or more; from the least sure.
    """
    confidence, right = _predictions(logits, labels)
    place = _bins(confidence, bins) + bins * np.arange(len(confidence))[:, None]
    shape = len(confidence), bins

    def sums(weights: np.ndarray | None = None) -> np.ndarray:
        flat = None if weights is None else weights.ravel()
        return np.bincount(place.ravel(), flat, minlength=shape[0] * bins).reshape(shape)

    images = sums()
    with np.errstate(invalid="ignore"):
        return Reliability(sums(confidence) / images, sums(right) / images, images)


def calibration_error(logits: ArrayLike, labels: ArrayLike, bins: int = BINS) -> np.ndarray:
    """Return the expected calibration error, 0..1, float [model].

    The mean over images of |share right - confidence| of their bins (Naeini, Cooper and
    Hauskrecht 2015). It is above 0 by chance alone, the more the fewer images a bin has: compare
    models by the same images and bins.
    """
    curve = reliability(logits, labels, bins)
    gaps = np.nan_to_num(np.abs(curve.right - curve.confidence))
    return (gaps * curve.images).sum(axis=1) / curve.images.sum(axis=1)


def _predictions(logits: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return confidence, and whether an image is classified rightly: float [model, image]."""
    logs = log_probabilities(logits)
    right = logs.argmax(axis=2) == np.asarray(labels)
    return np.exp(logs.max(axis=2)), right.astype(float)


def _bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    """Return the bin of every image, int [model, image]: by its mean rank among its model's."""
    from scipy.stats import rankdata

    share = (rankdata(confidence, axis=1) - 0.5) / confidence.shape[1]
    return (share * bins).astype(int)
