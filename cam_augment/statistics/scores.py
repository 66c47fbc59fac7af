"""How good predictions are: scores of models on labelled images, from their logits.

All take logits, float [model, image, class], and labels, int [image], and give float [model].
Probabilities are the softmax of the logits. Scores of right and wrong are 0..1, and the larger the
better; scores of probabilities are the smaller the better.

``psi`` functions give the influence values of a score, float [model, image]: N times the slope of
the score in the weight of each of the N images. Their mean is 0, and to first order the score
deviates by their mean on other images. Scores without them take a bootstrap
(``images.resampled_scores``).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.images import balanced_influence

# ---- right and wrong


def accuracy(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the share of images whose largest logit is that of their class, float [model]."""
    return _right(logits, labels).mean(axis=1)


def accuracy_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of accuracy, float [model, image]."""
    return _centred(_right(logits, labels))


def balanced_accuracy(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the mean recall over the classes that have images, float [model]."""
    right, labels = _right(logits, labels), np.asarray(labels)
    recall = [right[:, labels == label].mean(axis=1) for label in np.unique(labels)]
    return np.mean(recall, axis=0)


def balanced_accuracy_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of balanced accuracy, float [model, image]."""
    return balanced_influence(_right(logits, labels), labels)


def macro_f1(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the mean over classes of F1 = 2 TP / (2 TP + FP + FN), float [model].

    A class that has no image and is never predicted is left out of a model's mean.
    """
    ratios = [hits.mean(axis=1) / _mean(sums) for hits, sums in _f1_parts(logits, labels)]
    return np.nanmean(ratios, axis=0)


def macro_f1_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of macro-F1, float [model, image], by the delta method.

    F1 of a class is a ratio of two means, A / B, of values a_t and b_t of single images; its
    influence values are (a_t - F1 b_t) / B.
    """
    total: float | np.ndarray = 0.0
    count: float | np.ndarray = 0
    for hits, sums in _f1_parts(logits, labels):
        mean = _mean(sums)
        ratio = hits.mean(axis=1) / mean
        total = total + np.nan_to_num((hits - ratio[:, None] * sums) / mean[:, None])
        count = count + np.isfinite(ratio)
    return np.asarray(total / np.reshape(count, (-1, 1)))


def _f1_parts(logits: ArrayLike, labels: ArrayLike) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the numerator and the denominator of F1 of every class by image, [model, image]."""
    logits, labels = np.asarray(logits), np.asarray(labels)
    predicted = logits.argmax(axis=2)
    for c in range(logits.shape[2]):
        hits = 2.0 * ((predicted == c) & (labels == c))
        yield hits, (predicted == c).astype(float) + (labels == c)


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of every row, NaN for 0."""
    mean = values.mean(axis=1)
    return np.where(mean > 0, mean, np.nan)


# ---- probabilities


def brier_score(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the mean over images of sum_c (p_c - y_c)^2, 0..2, float [model] (Brier 1950)."""
    return _brier_values(logits, labels).mean(axis=1)


def brier_score_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of the Brier score, float [model, image]."""
    return _centred(_brier_values(logits, labels))


def log_loss(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the mean over images of -log p of the true class, in nats, float [model]."""
    return _losses(logits, labels).mean(axis=1)


def log_loss_psi(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the influence values of the log-loss, float [model, image]."""
    return _centred(_losses(logits, labels))


def log_probabilities(logits: ArrayLike) -> np.ndarray:
    """Return the logarithm of the softmax, float [model, image, class]."""
    logits = np.asarray(logits, float)
    below = logits - logits.max(axis=2, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=2, keepdims=True))


def _brier_values(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    probabilities = np.exp(log_probabilities(logits))
    true = np.eye(probabilities.shape[2])[np.asarray(labels)]
    return ((probabilities - true) ** 2).sum(axis=2)


def _losses(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    labels = np.asarray(labels)
    return -log_probabilities(logits)[:, np.arange(len(labels)), labels]


def _right(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return which images are classified rightly, 0 or 1, float [model, image]."""
    return (np.asarray(logits).argmax(axis=2) == np.asarray(labels)).astype(float)


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=1, keepdims=True)
