"""Images in the order of a score, and how many of a class and of the rest come before each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Order:
    """Images in the order of falling values, those of equal values as one group.

    All are [model, place].

    Attributes:
        images: int, the image at a place. positive: bool, whether it is of the class.
        hits, alarms: float, how many images of the class and of the rest are in a place's group
            or above.
        start: int, where a place's group begins; None: all values differ, and each is a group.
    """

    images: np.ndarray
    positive: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    start: np.ndarray | None

    @cached_property
    def hits_before(self) -> np.ndarray:
        """How many images of the class are above a place's group."""
        return self._before(self.hits)

    @cached_property
    def alarms_before(self) -> np.ndarray:
        """How many images of the rest are above a place's group."""
        return self._before(self.alarms)

    def _before(self, counts: np.ndarray) -> np.ndarray:
        above = np.hstack([np.zeros((len(counts), 1)), counts[:, :-1]])
        return above if self.start is None else _at(above, self.start)

    def at_or_below(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the values from a place's group on."""
        sums = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
        return sums if self.start is None else _at(sums, self.start)

    def by_image(self, values: np.ndarray) -> np.ndarray:
        """Return values of places in the order of the images."""
        back = np.empty(values.shape)
        np.put_along_axis(back, self.images, values, axis=1)
        return back


def falling(values: np.ndarray, positive: np.ndarray) -> Order:
    """Return the images of every model in the order of falling values.

    Args:
        values: float [model, image]. positive: bool [image], those of the class.
    """
    images = np.argsort(-values, axis=1)
    ordered, hit = _at(values, images), positive[images]
    hits = np.cumsum(hit, axis=1, dtype=float)
    change = ordered[:, 1:] < ordered[:, :-1]
    if change.all():
        return Order(images, hit, hits, np.arange(1.0, values.shape[1] + 1) - hits, None)
    places, edge = np.arange(values.shape[1]), np.ones((len(values), 1), bool)
    first, last = np.hstack([edge, change]), np.hstack([change, edge])
    start = np.maximum.accumulate(np.where(first, places, 0), axis=1)
    back = np.where(last, places, places[-1])[:, ::-1]
    end = np.minimum.accumulate(back, axis=1)[:, ::-1]
    hits = _at(hits, end)
    return Order(images, hit, hits, end + 1 - hits, start)


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, places, axis=1)
