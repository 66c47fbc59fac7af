"""What another choice of the images would do to scores of models, however that is known."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.groups import Groups
from cam_augment.statistics.images import (
    bootstrap_image_part,
    image_part,
    of_clusters,
    stratified_image_part,
)
from cam_augment.statistics.resampling import rarest_class


class OtherImages(NamedTuple):
    """What is known of it, of several models on the same images.

    Attributes:
        images: influence values, float [model, image]. draws: the scores on resampled images, float
            [model, draw], where a score has no influence values. None, both: nothing is known.
        clusters: int [image], images that were chosen together; None: each by itself.
        classes: int [image], where the score takes the mix of classes as given; else None.
        total: how many images draws are of.
    """

    images: np.ndarray | None = None
    draws: np.ndarray | None = None
    clusters: np.ndarray | None = None
    classes: np.ndarray | None = None
    total: float = np.inf

    def part(self, groups: Groups, contrasts: np.ndarray) -> tuple[np.ndarray, ArrayLike]:
        """Return the image part of each contrast's variance, and how many units are behind it.

        Args:
            groups: of the models. contrasts: float [contrast, arm].

        Returns:
            float [contrast], 0 where nothing is known of other images, NaN where there are too few
            to tell; and a number, or float [contrast].
        """
        if self.images is not None:
            return self._of_influence(self.images, groups, contrasts)
        if self.draws is None:
            return np.zeros(len(contrasts)), np.inf
        sound = self.draws[:, np.isfinite(self.draws).all(axis=0)]  # a draw may lack a class
        if sound.shape[1] < 2:
            return np.full(len(contrasts), np.nan), np.inf
        units = self.total if self.clusters is None else len(np.unique(self.clusters))
        return bootstrap_image_part(sound, groups, contrasts), min(sound.shape[1], units)

    def _of_influence(
        self, images: np.ndarray, groups: Groups, contrasts: np.ndarray
    ) -> tuple[np.ndarray, ArrayLike]:
        strata = self.classes
        if strata is not None:
            images = _within(images, strata)
        if self.clusters is not None:
            images = of_clusters(images, self.clusters)
            strata = None if strata is None else rarest_class(strata, self.clusters)
        if strata is None:
            return image_part(images, groups, contrasts), images.shape[1]
        return stratified_image_part(images, groups, contrasts, strata)


def _within(values: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return values whose classes have the same mean, that of all: what differs between classes
    is no choice of images where their mix is given."""
    values = np.asarray(values, float)
    means, result = values.mean(axis=1, keepdims=True), np.empty(values.shape)
    for index in np.unique(classes):
        members = classes == index
        of_class = values[:, members]
        result[:, members] = of_class - of_class.mean(axis=1, keepdims=True) + means
    return result
