"""Scores of models, and what another choice of the images that they are from would do to them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics import bootstrap_image_part, image_part
from cam_augment.statistics.groups import Groups
from cam_augment.statistics.images import stratified_image_part


class Scores(NamedTuple):
    """Scores of models on the same images.

    Attributes:
        values: float [model], the more the better; NaN for one that failed.
        images: influence values, float [model, image], or [model, cluster] where images are chosen
            together. draws: the scores on resampled images, float [model, draw], where a score
            has no influence values. None, both: nothing is known of other images.
        units: how many images, or clusters of them, draws are of. strata: int [image, or cluster],
            their classes, where influence values are of a score that takes their mix as given.
    """

    values: np.ndarray
    images: np.ndarray | None = None
    draws: np.ndarray | None = None
    units: float = np.inf
    strata: np.ndarray | None = None

    @property
    def is_known(self) -> np.ndarray:
        """Which models have a score with all that is known of it, bool [model]."""
        rows = [part for part in (self.images, self.draws) if part is not None]
        return np.isfinite(np.column_stack([self.values, *rows])).all(axis=1)

    def pick(self, places: Sequence[int]) -> "Scores":
        """Return the scores of some models."""
        images, draws = (
            None if rows is None else rows[places] for rows in (self.images, self.draws)
        )
        return Scores(self.values[places], images, draws, self.units, self.strata)

    def image_part(self, groups: Groups, contrasts: np.ndarray) -> tuple[np.ndarray, ArrayLike]:
        """Return the image part of each contrast's variance, and how many units it is from."""
        if self.images is not None and self.strata is not None:
            return stratified_image_part(self.images, groups, contrasts, self.strata)
        if self.images is not None:
            return image_part(self.images, groups, contrasts), self.images.shape[1]
        if self.draws is not None:
            part = bootstrap_image_part(self.draws, groups, contrasts)
            return part, min(self.draws.shape[1], self.units)
        return np.zeros(1), np.inf


def joined(parts: Sequence[Scores]) -> Scores:
    """Return the scores of all models; NaN where others have what a model has not."""
    return Scores(
        np.concatenate([part.values for part in parts]) if parts else np.zeros(0),
        _rows([(part.images, len(part.values)) for part in parts]),
        _rows([(part.draws, len(part.values)) for part in parts]),
        min((part.units for part in parts), default=np.inf),
        next((part.strata for part in parts if part.strata is not None), None),
    )


def _rows(parts: Sequence[tuple[np.ndarray | None, int]]) -> np.ndarray | None:
    """Return rows of all models, float [model, column]; None where no model has any."""
    columns = next((rows.shape[1] for rows, _ in parts if rows is not None), None)
    if columns is None:
        return None
    return np.concatenate(
        [np.full((models, columns), np.nan) if rows is None else rows for rows, models in parts]
    )
