"""Predictions of several models on the same labelled images, and what several scores take of them.

What is made of the logits, such as probabilities, is made once and kept.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cam_augment.statistics.ordering import Order, falling
from cam_augment.statistics.resampling import rarest_class


class Measured(NamedTuple):
    """A score of every model, with what single images do to it.

    Attributes:
        values: float [model], the score.
        images: float [model, image], its influence values: N times the slope of the score in the
            weight of each of the N images. Their mean is 0, and to first order the score deviates
            by their mean on other images (von Mises 1947). None where there are none.
    """

    values: np.ndarray
    images: np.ndarray | None = None

    @classmethod
    def of_means(cls, values: np.ndarray) -> "Measured":
        """Return the score that is a mean over images, of its values [model, image]."""
        means = values.mean(axis=1)
        return cls(means, values - means[:, None])


@dataclass(frozen=True, eq=False)
class Predictions:
    """Logits of models on the same labelled images.

    Attributes:
        logits: [model, image, class]. labels: int [image], the class of each.
        clusters: int [image], images that were chosen together; None: each by itself.
    """

    logits: np.ndarray
    labels: np.ndarray
    clusters: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "logits", np.asarray(self.logits))
        object.__setattr__(self, "labels", np.asarray(self.labels))

    @cached_property
    def units(self) -> np.ndarray:
        """The class of each image, or the rarest class of each cluster, int [image or cluster]."""
        return self.labels if self.clusters is None else rarest_class(self.labels, self.clusters)

    @property
    def fewest(self) -> int:
        """How many images, or clusters, the class has that has the fewest."""
        return int(np.unique(self.units, return_counts=True)[1].min(initial=len(self.labels)))

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.logits.shape[2]

    @cached_property
    def predicted(self) -> np.ndarray:
        """The class of the largest logit, int [model, image]."""
        return self.logits.argmax(axis=2)

    @cached_property
    def right(self) -> np.ndarray:
        """Which images are classified rightly, 0 or 1, float [model, image]."""
        return (self.predicted == self.labels).astype(float)

    @cached_property
    def log_probabilities(self) -> np.ndarray:
        """The logarithm of the softmax, float [model, image, class]."""
        logits = self.logits.astype(float)
        below = logits - logits.max(axis=2, keepdims=True)
        return below - np.log(np.exp(below).sum(axis=2, keepdims=True))

    @cached_property
    def probabilities(self) -> np.ndarray:
        """The softmax, float [model, image, class]."""
        return np.exp(self.log_probabilities)

    @cached_property
    def log_odds(self) -> np.ndarray:
        """log p / (1 - p) of every class's probability p, float [class, model, image].

        It puts images into the order of p, and knows apart what p rounds to 1. Of two classes it
        is the difference of their logits, to the last bit.

        >>> Predictions(np.log([[[0.2, 0.8]]]), [1]).log_odds.round(6).ravel()
        array([-1.386294,  1.386294])
        """
        logits = np.ascontiguousarray(np.moveaxis(self.logits, 2, 0), float)
        top = self.predicted[None]
        below = logits - np.take_along_axis(logits, top, axis=0)
        others = np.exp(below)
        np.put_along_axis(others, top, 0, axis=0)
        odds = below - np.log1p(np.maximum(others.sum(axis=0) - others, 0))
        np.put_along_axis(below, top, -np.inf, axis=0)
        peak = below.max(axis=0)
        rest = np.log(np.exp(below - peak).sum(axis=0)) + peak
        np.put_along_axis(odds, top, -rest[None], axis=0)
        return odds

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        """The images in the order of their odds, for each class that counts against the rest.

        The second class of two, and every class of more. None at all where one of them has no
        image, or all images.
        """
        count = self.classes
        counting = [1] if count == 2 else range(count)
        images = np.bincount(self.labels, minlength=count)
        if any(images[c] in (0, len(self.labels)) for c in counting):
            return ()
        return tuple(falling(self.log_odds[c], self.labels == c) for c in counting)

    def select(self, images: np.ndarray) -> "Predictions":
        """Return the predictions of some images, by their numbers, each as often as it is named."""
        clusters = None if self.clusters is None else self.clusters[images]
        return Predictions(self.logits[:, images], self.labels[images], clusters)
