"""How good predictions are: scores of models on labelled images.

Scores of right and wrong are 0..1, and the larger the better; scores of probabilities, the softmax
of the logits, are the smaller the better.
"""

import numpy as np

from cam_augment.statistics.images import balanced_influence
from cam_augment.statistics.predictions import Measured, Predictions

# ---- right and wrong


def accuracy(predictions: Predictions) -> Measured:
    """Return the share of images whose largest logit is that of their class."""
    return Measured.of_means(predictions.right)


def balanced_accuracy(predictions: Predictions) -> Measured:
    """Return the mean recall over the classes that have images: for uneven classes."""
    right, labels = predictions.right, predictions.labels
    recall = [right[:, labels == label].mean(axis=1) for label in np.unique(labels)]
    return Measured(np.mean(recall, axis=0), balanced_influence(right, labels))


def macro_f1(predictions: Predictions) -> Measured:
    """Return the mean over classes of F1 = 2 TP / (2 TP + FP + FN).

    A class that has no image and is never predicted is left out of a model's mean. F1 of a class
    is a ratio of two means, A / B, of values a_t and b_t of single images; by the delta method its
    influence values are (a_t - F1 b_t) / B.
    """
    shape = predictions.right.shape
    ratios, count, influence = np.zeros(shape[0]), np.zeros(shape[0]), np.zeros(shape)
    for c in range(predictions.classes):
        predicted, true = predictions.predicted == c, predictions.labels == c
        sums = predicted.astype(float) + true
        mean = sums.mean(axis=1)
        known = mean > 0
        per_image = 1 / np.where(known, mean, np.inf)
        hits = 2.0 * (predicted & true)
        ratio = hits.mean(axis=1) * per_image
        ratios += ratio
        count += known
        influence += (hits - ratio[:, None] * sums) * per_image[:, None]
    return Measured(ratios / count, influence / count[:, None])


# ---- probabilities


def brier_score(predictions: Predictions) -> Measured:
    """Return the mean over images of sum_c (p_c - y_c)^2, 0..2 (Brier 1950)."""
    true = np.eye(predictions.classes)[predictions.labels]
    return Measured.of_means(((predictions.probabilities - true) ** 2).sum(axis=2))


def log_loss(predictions: Predictions) -> Measured:
    """Return the mean over images of -log p of the true class, in nats."""
    images = np.arange(len(predictions.labels))
    return Measured.of_means(-predictions.log_probabilities[:, images, predictions.labels])
