"""Decisions from logits: calibrated probabilities, another mix of classes, least cost.

A temperature T is fitted by the negative log-likelihood of held-out images (Guo et al.
2017). Probabilities speak of the mix of classes that a network learned from; another mix
multiplies each class by the ratio of its shares (Saerens, Latinne and Decaestecker 2002),
which adds the ratio's logarithm, the ``offset``, to the logits. The decision of least
expected cost follows (Elkan 2001; Bayes).
"""

import numpy as np
from numpy.typing import ArrayLike

HOTTEST = 100.0  # the temperature lies in 1 / HOTTEST .. HOTTEST
HALVINGS = 60
TIED = 1e-9  # of the largest cost: expected costs closer than this differ by rounding


def offset(learned: ArrayLike, production: ArrayLike) -> np.ndarray:
    """Return what to add to logits where classes are met in other shares, float64 [class].

    Args:
        learned: float [class], number of images of each class that the network learned
            from, as far as it counted them; one of which there was none counts as half an
            image.
        production: float [class], shares where the decision is taken; 0 makes a class impossible.

    >>> offset([50, 50], [0.9, 0.1]).round(3)
    array([ 0.588, -1.609])
    """
    before, after = np.maximum(np.asarray(learned, float), 0.5), np.asarray(production, float)
    with np.errstate(divide="ignore"):
        return np.log(after / after.sum()) - np.log(before / before.sum())


def temperature(logits: ArrayLike, labels: ArrayLike, learned: ArrayLike) -> float:
    """Return the temperature T of least negative log-likelihood of held-out images.

    Probabilities are softmax(logits / T + offset), the offset from the mix learned from to
    that of the held-out images. The likelihood has one image more, of which only that mix is
    known: without it, images that are all read rightly would ask for a T of zero, as if no
    mistake were possible. It is convex in 1 / T, and solved by halving.

    Args:
        logits: float [image, class]. labels: int [image]. learned: as in ``offset``.

    >>> round(temperature([[2.0, 0.0]] * 3 + [[0.0, 2.0]] * 2, [0, 0, 1, 1, 1], [1, 1]), 1)
    1.7
    """
    logits, labels = np.asarray(logits, np.float64), np.asarray(labels)
    logits = np.asarray(logits - logits.max(axis=1, keepdims=True))
    images, classes = logits.shape
    shares = np.bincount(labels, minlength=classes) / images
    shift = offset(learned, shares)
    targets = (images * np.eye(classes)[labels] + shares) / (images + 1)
    low, high = -np.log(HOTTEST), np.log(HOTTEST)  # of log(1 / T)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        excess = probabilities(logits, np.exp(-middle), shift) - targets
        if (excess * logits).sum() > 0:
            high = middle
        else:
            low = middle
    return float(np.exp(-(low + high) / 2))


def probabilities(
    logits: ArrayLike, temperature: float = 1.0, offset: ArrayLike = 0.0
) -> np.ndarray:
    """Return softmax(logits / temperature + offset), float64 [image, class].

    >>> probabilities([[0.0, np.log(3)]]).round(6)
    array([[0.25, 0.75]])
    """
    scaled = np.asarray(logits, np.float64) / temperature + np.asarray(offset)
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def cheapest(probabilities: ArrayLike, costs: ArrayLike) -> np.ndarray:
    """Return the class whose expected cost is least, int [image].

    Of classes that cost the same the likeliest is taken: where taking one defect for another
    is free, that is the likeliest defect.

    Args:
        probabilities: float [image, class]. costs: float [true class, predicted class].

    >>> cheapest([[0.95, 0.05], [0.99, 0.01]], [[0, 1], [50, 0]])
    array([1, 0])
    """
    probabilities, costs = np.asarray(probabilities, float), np.asarray(costs, float)
    expected = probabilities @ costs
    least = expected.min(axis=1, keepdims=True)
    tied = expected <= least + TIED * costs.max()
    return np.where(tied, probabilities, -1.0).argmax(axis=1)
